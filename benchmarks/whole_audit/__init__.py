"""Whole audits beside the peers: see ``__main__``."""
