"""What holds for all tests."""

import pytest


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests marked ``gpu`` skip, saying so, where PyTorch finds no CUDA."""
    if item.get_closest_marker("gpu"):
        import torch

        if not torch.cuda.is_available():
            pytest.skip("no CUDA device")
