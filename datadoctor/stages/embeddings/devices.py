"""Where to compute and in which arithmetic."""

from __future__ import annotations

import torch

from datadoctor.errors import DataDoctorError

# Compute capability; before it, float16 is no quicker than float32.
TENSOR_CORES = (7, 0)


def device_named(name: str) -> torch.device:
    """The device for 'auto', 'cpu' or 'cuda'. Raises ``DataDoctorError`` for 'cuda' without CUDA."""
    if name not in {"auto", "cpu", "cuda"}:
        raise DataDoctorError(f"device '{name}' is not known; choose auto, cpu or cuda")
    if name == "cuda" and not torch.cuda.is_available():
        raise DataDoctorError("device 'cuda' was asked for, but PyTorch finds no CUDA here; use --device auto or cpu")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def arithmetic(device: torch.device) -> torch.dtype:
    """float16 on GPUs with tensor cores, else float32.

    Of the two halves float16 keeps eight times more of each number than bfloat16; GPUs are as quick with either.
    """
    if device.type == "cuda" and torch.cuda.get_device_capability(device) >= TENSOR_CORES:
        return torch.float16
    return torch.float32
