"""Every GPU path of the product beside the CPU's: seconds, memory and whether the answers are the same."""
