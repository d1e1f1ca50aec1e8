"""Where to compute and in which arithmetic. PyTorch is loaded where there may be a choice."""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from datadoctor.errors import DataDoctorError

if TYPE_CHECKING:
    import torch

# Compute capability; before it, float16 is no quicker than float32.
TENSOR_CORES = (7, 0)


def kind_named(name: str) -> str:
    """'cpu' or 'cuda', for what ``device_named`` takes; see there."""
    return "cpu" if name == "cpu" or (name == "auto" and not _may_have_gpu()) else device_named(name).type


@cache
def _may_have_gpu() -> bool:
    """False where PyTorch could find no GPU: its kinds need NVIDIA's driver, or AMD's on Linux."""
    if sys.platform != "linux":
        return sys.platform == "win32"
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        return Path("/dev/kfd").exists()
    return True


def device_named(name: str) -> torch.device:
    """The device for 'auto', 'cpu' or 'cuda'. Raises ``DataDoctorError`` for 'cuda' without CUDA."""
    import torch

    if name not in {"auto", "cpu", "cuda"}:
        raise DataDoctorError(f"device '{name}' is not known; choose auto, cpu or cuda")
    if name == "cuda" and not torch.cuda.is_available():
        raise DataDoctorError("device 'cuda' was asked for, but PyTorch finds no CUDA here; use --device auto or cpu")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def arithmetic(device: torch.device) -> torch.dtype:
    """float16 on GPUs with tensor cores, else float32.

    Of the two halves float16 keeps eight times more of each number than bfloat16; GPUs are as quick with either.
    """
    import torch

    if device.type == "cuda" and torch.cuda.get_device_capability(device) >= TENSOR_CORES:
        return torch.float16
    return torch.float32
