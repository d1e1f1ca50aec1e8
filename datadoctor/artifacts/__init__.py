"""Artifacts: computed once, on first use, each from those before it."""
