"""Where to compute and in which arithmetic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from datadoctor.errors import DataDoctorError


def device_named(name: str) -> torch.device:
    """The device for 'auto', 'cpu' or 'cuda'. Raises ``DataDoctorError`` for 'cuda' without CUDA."""
    if name not in {"auto", "cpu", "cuda"}:
        raise DataDoctorError(f"device '{name}' is not known; choose auto, cpu or cuda")
    if name == "cuda" and not torch.cuda.is_available():
        raise DataDoctorError("device 'cuda' was asked for, but PyTorch finds no CUDA here; use --device auto or cpu")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def arithmetic(device: torch.device) -> torch.dtype:
    """bfloat16 where the hardware multiplies it, else float32."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    # Older versions of PyTorch cannot say.
    capabilities: Mapping[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    native = capabilities.get("avx512_bf16") or capabilities.get("amx_bf16")
    return torch.bfloat16 if native else torch.float32
