"""Outputs: what is done with an audit's artifacts and findings."""
