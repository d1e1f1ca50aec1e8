"""What runs a network: OpenVINO on processors, PyTorch on GPUs and wherever OpenVINO is missing or does not take the network.

Chosen by what is installed, the device and the network, never by the clock: equal pixels give equal vectors.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from datadoctor.stages.embeddings import versions
from datadoctor.stages.embeddings.looking import Looking

# A response below it has lost digits in float16, or may have.
FAINT = 1e-3


class Runtime(Protocol):
    """Runs a ``Looking``."""

    @property
    def name(self) -> str:
        """For people: what runs, and why it is not the faster one."""
        ...

    def __call__(self, images: Tensor) -> tuple[Tensor, ...]:
        """What the ``Looking`` makes of images (batch, 3, side, side) on the device."""
        ...

    def rest(self) -> None:
        """Let go of the memory that running takes; the next batch takes it again."""
        ...


def start(looking: Looking, batch_size: int, device: torch.device, dtype: torch.dtype) -> Runtime:
    """The runtime for batches of this size on this device; ``dtype``: float32, or float16 for ``Half``."""
    version = versions.openvino()
    if looking.runs_in:
        return Eager(looking, device, looking.runs_in)
    if dtype == torch.float16:
        return Half(looking, device)
    pytorch = f"PyTorch {torch.__version__} on {device.type}"
    if device.type != "cpu" or not version:
        return Eager(looking, device, pytorch)
    from datadoctor.stages.embeddings import openvino

    try:
        return openvino.OpenVino(looking, batch_size, f"OpenVINO {version}")
    except openvino.NotConverted as error:
        return Eager(looking, device, f"{pytorch}; OpenVINO does not take this network: {error}")


class Eager:
    """PyTorch, operation by operation, in float32."""

    def __init__(self, looking: Looking, device: torch.device, name: str) -> None:
        self._looking = looking.to(device).to(memory_format=torch.channels_last)
        self._device = device
        self.name = name

    def __call__(self, images: Tensor) -> tuple[Tensor, ...]:
        """See ``Runtime``."""
        with torch.inference_mode():
            made: tuple[Tensor, ...] = self._looking(images.contiguous(memory_format=torch.channels_last))
        return made

    def rest(self) -> None:
        """See ``Runtime``: there is none but the network's own."""


class Half(Eager):
    """PyTorch where float16 loses nothing; images that are too much or too little for its range are seen in float32."""

    def __init__(self, looking: Looking, device: torch.device) -> None:
        super().__init__(looking, device, f"PyTorch {torch.__version__} on {device.type}, float16")

    def __call__(self, images: Tensor) -> tuple[Tensor, ...]:
        """See ``Runtime``."""
        with torch.autocast(self._device.type, torch.float16):
            made = super().__call__(images)
        lost = _lost(made[: len(self._looking.names)])
        if lost.any():
            with torch.inference_mode():
                for output, exact in zip(made, super().__call__(images[lost]), strict=True):
                    output[lost] = exact
        return made


def _lost(stages: tuple[Tensor, ...]) -> Tensor:
    """(B,) bool: the images of which some pooled stage is too much or too little for float16."""
    strengths = torch.stack([stage.abs().amax(dim=1) for stage in stages], dim=1)
    return ~((strengths >= FAINT) & strengths.isfinite()).all(dim=1)
