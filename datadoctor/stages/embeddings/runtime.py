"""What runs a network: OpenVINO on processors, PyTorch on GPUs and wherever OpenVINO is missing or does not take the network.

Chosen by what is installed, the device and the network, never by the clock: equal pixels give equal vectors.
"""

from __future__ import annotations

import importlib.metadata
import platform
from typing import Protocol

import torch
from torch import Tensor

from datadoctor.stages.embeddings.looking import Looking


class Runtime(Protocol):
    """Runs a ``Looking``."""

    @property
    def name(self) -> str:
        """For people: what runs, and why it is not the faster one."""
        ...

    def __call__(self, images: Tensor) -> tuple[Tensor, ...]:
        """What the ``Looking`` makes of images (batch, 3, s, s), s one of its two sides."""
        ...


def start(looking: Looking, batch_size: int, device: torch.device) -> Runtime:
    """The runtime for batches of this size on this device."""
    version = openvino_version()
    if device.type != "cpu" or not version:
        return Eager(looking, device)
    from datadoctor.stages.embeddings import openvino

    try:
        return openvino.OpenVino(looking, batch_size, f"OpenVINO {version}")
    except openvino.NotConverted as error:
        return Eager(looking, device, f"; OpenVINO does not take this network: {error}")


def key(device: torch.device, dtype: torch.dtype) -> str:
    """Changes whenever the last bits of a result could: libraries, arithmetic, kind of device."""
    version = openvino_version()
    if device.type != "cpu":
        kind = device.type
    else:
        kind = f"{platform.machine()} {torch.backends.cpu.get_cpu_capability()}"  # type: ignore[no-untyped-call]
        kind += f" openvino {version}" if version else ""
    return f"{kind} {str(dtype).removeprefix('torch.')} torch {torch.__version__}"


def openvino_version() -> str:
    """'' where it is not installed."""
    try:
        return importlib.metadata.version("openvino")
    except importlib.metadata.PackageNotFoundError:
        return ""


class Eager:
    """PyTorch, operation by operation."""

    def __init__(self, looking: Looking, device: torch.device, why: str = "") -> None:
        self._looking = looking.to(device).to(memory_format=torch.channels_last)
        self._device = device
        self.name = f"PyTorch {torch.__version__} on {device.type}{why}"

    def __call__(self, images: Tensor) -> tuple[Tensor, ...]:
        """See ``Runtime``."""
        with torch.inference_mode():
            made: tuple[Tensor, ...] = self._looking(images.to(self._device, memory_format=torch.channels_last))
        return made
