"""Any torchvision classifier as an extractor: three stages of the network in one pass, mean-pooled, without its head.

The stages are the blocks of the trunk at half, three quarters and all of its depth: early enough that one still shows texture
and layout, late enough that one shows what the classes are. Batch size and arithmetic are fixed, so equal pixels give
equal vectors. bfloat16 where the processor has instructions for it or on CUDA, float32 elsewhere.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
import torchvision
from numpy.typing import NDArray
from torch import Tensor, nn

from datadoctor.artifacts.embeddings import Stage
from datadoctor.artifacts.embeddings.pooling import pooled
from datadoctor.artifacts.embeddings.trunk import Block, late_blocks, remove_head
from datadoctor.artifacts.embeddings.weights import load_into, weights_digest
from datadoctor.errors import DataDoctorError

BATCH_SIZE = 64
# Side of networks that take one size only, as vision transformers do.
FIXED_SIDE = 224
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


def names() -> list[str]:
    """The classifiers torchvision has, sorted."""
    return sorted(torchvision.models.list_models(module=torchvision.models))


def side_for(short_side: int) -> int:
    """Input side in pixels for images with this typical short side: 112 up to 64 px, 160 above.

    Small enough to be quick; upscaling tiny images further adds cost but no detail.
    """
    return 112 if short_side <= 64 else 160


class TorchvisionExtractor:
    """An ``Extractor``; see there."""

    batch_size = BATCH_SIZE

    def __init__(
        self, name: str, weights: Mapping[str, Any], side: int, device: torch.device, dtype: torch.dtype
    ) -> None:
        """``weights``: a state_dict of the classifier; its head may be missing or have any number of classes.

        Raises ``DataDoctorError`` if the model is not known or the weights are not its own.
        """
        model = _build(name)
        remove_head(model)
        load_into(model, weights, name)
        self._model = model.eval().to(device, dtype).to(memory_format=torch.channels_last)
        self._device, self._dtype = device, dtype
        mean, std = _normalisation(name)
        self._mean = torch.tensor(mean, device=device).view(1, 3, 1, 1) * 255
        self._std = torch.tensor(std, device=device).view(1, 3, 1, 1) * 255
        self.side, self._blocks = self._trunk(side)
        self.stages = self._stages()
        kind = f"{device.type} {str(dtype).removeprefix('torch.')} torch {torch.__version__}"
        self.weights_sha256 = weights_digest(weights)
        self.made_by = f"{name}, weights sha256 {self.weights_sha256[:16]}, {self.side} px"
        self.key = f"{self.made_by}, {','.join(stage.name for stage in self.stages)}, {kind}"

    def embed(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(64, side, side, 3) uint8 RGB to (64, d) float32 rows of length 1."""
        found = self._stage_means(torch.from_numpy(batch))
        share = len(found) ** -0.5
        blocks = [nn.functional.normalize(block, dim=1, eps=1e-30) * share for block in found]
        vectors: NDArray[np.float32] = torch.cat(blocks, dim=1).cpu().numpy()
        return vectors

    def _stage_means(self, batch: Tensor) -> list[Tensor]:
        """The pooled output (B, d_stage) float32 of each stage; inside the hook, since later layers may work in place."""
        found: list[Tensor] = []

        def keep(module: nn.Module, inputs: Any, output: Tensor) -> None:
            found.append(pooled(output))

        hooks = [block.module.register_forward_hook(keep) for block in self._blocks]
        try:
            self._forward(batch)
        finally:
            for hook in hooks:
                hook.remove()
        return found

    def _forward(self, batch: Tensor) -> None:
        with torch.inference_mode():
            x = batch.to(self._device).permute(0, 3, 1, 2).float()
            x = (x - self._mean) / self._std
            self._model(x.to(self._dtype).contiguous(memory_format=torch.channels_last))

    def _trunk(self, side: int) -> tuple[int, list[Block]]:
        """The side that the network takes, the asked one if it can, and the blocks to read."""
        for candidate in (side, FIXED_SIDE):
            try:
                one = torch.zeros(1, candidate, candidate, 3, dtype=torch.uint8)
                return candidate, late_blocks(self._model, functools.partial(self._forward, one))
            except (AssertionError, RuntimeError, ValueError) as error:
                failure = error
        raise DataDoctorError(f"the model takes neither {side} nor {FIXED_SIDE} px images: {failure}") from failure

    def _stages(self) -> tuple[Stage, ...]:
        found = self._stage_means(torch.zeros(1, self.side, self.side, 3, dtype=torch.uint8))
        ends = np.cumsum([block.shape[1] for block in found]).tolist()
        starts = [0, *ends[:-1]]
        return tuple(Stage(b.name, start, end) for b, start, end in zip(self._blocks, starts, ends, strict=True))


def check_known(name: str) -> None:
    """Raise ``DataDoctorError`` unless torchvision has this classifier."""
    known = names()
    if name not in known:
        close = difflib.get_close_matches(name, known, 3, 0.5) or ["squeezenet1_0", "resnet18", "convnext_tiny"]
        raise DataDoctorError(
            f"model '{name}' is not known; choose 'filters', 'train' or a torchvision classifier such as {', '.join(close)}"
        )


def _build(name: str) -> nn.Module:
    check_known(name)
    model: nn.Module = torchvision.models.get_model(name, weights=None)
    return model


def _normalisation(name: str) -> tuple[Sequence[float], Sequence[float]]:
    """Mean and standard deviation of the channels, 0 to 1, that the pretrained weights expect."""
    transforms = torchvision.models.get_model_weights(name).DEFAULT.transforms()
    return getattr(transforms, "mean", IMAGENET_MEAN), getattr(transforms, "std", IMAGENET_STD)
