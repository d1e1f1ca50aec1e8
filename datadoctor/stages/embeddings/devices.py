"""Where to compute and in which arithmetic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from datadoctor.errors import DataDoctorError

# Compute capability; before it, float16 is no quicker than float32.
TENSOR_CORES = (7, 0)
# Of the memory that is free on a GPU, what a batch may take: other programs come and go, and allocators waste some.
MEMORY_SHARE = 0.5


def device_named(name: str) -> torch.device:
    """The device for 'auto', 'cpu' or 'cuda'. Raises ``DataDoctorError`` for 'cuda' without CUDA."""
    if name not in {"auto", "cpu", "cuda"}:
        raise DataDoctorError(f"device '{name}' is not known; choose auto, cpu or cuda")
    if name == "cuda" and not torch.cuda.is_available():
        raise DataDoctorError("device 'cuda' was asked for, but PyTorch finds no CUDA here; use --device auto or cpu")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def arithmetic(device: torch.device) -> torch.dtype:
    """float16 on GPUs with tensor cores, bfloat16 on CPUs that multiply it, else float32.

    Of the two halves float16 keeps eight times more of each number; GPUs are as quick with either.
    """
    if device.type == "cuda":
        return torch.float16 if torch.cuda.get_device_capability(device) >= TENSOR_CORES else torch.float32
    # Older versions of PyTorch cannot say.
    capabilities: Mapping[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    native = capabilities.get("avx512_bf16") or capabilities.get("amx_bf16")
    return torch.bfloat16 if native else torch.float32


def images_at_once(most: int, bytes_an_image: int, free_bytes: int) -> int:
    """How many images may go through a network together, a power of two from 1 to ``most`` (itself one)."""
    fitting = int(MEMORY_SHARE * free_bytes) // max(bytes_an_image, 1)
    return min(most, 1 << max(fitting.bit_length() - 1, 0))
