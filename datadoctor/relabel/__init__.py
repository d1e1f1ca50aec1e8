"""Relabelling: queues of images to look at go out, and the answers come back."""
