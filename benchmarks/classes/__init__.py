"""Benchmark of class pairs and class trees."""
