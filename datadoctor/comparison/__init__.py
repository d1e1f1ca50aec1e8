"""Comparison: a run with known truth or an earlier run, and pictures of one dataset with those of another."""
