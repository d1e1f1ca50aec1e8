"""Any torchvision classifier as an extractor: three stages of the network in one pass, mean-pooled, without its head.

The stages are the blocks of the trunk at half, three quarters and all of its depth: early enough that one still shows texture
and layout, late enough that one shows what the classes are. Two further views err differently and cost half a pass more: a
second look at a smaller, mirrored copy, averaged with the first; and the last stage by quarters of the image. Batch size and
arithmetic are fixed, so equal pixels give equal vectors. bfloat16 where the processor has instructions for it or on CUDA,
float32 elsewhere.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torchvision
from numpy.typing import NDArray
from torch import Tensor, nn

from datadoctor.errors import DataDoctorError
from datadoctor.stages.embeddings import Stage
from datadoctor.stages.embeddings.devices import images_at_once
from datadoctor.stages.embeddings.pooling import pooled, quarters
from datadoctor.stages.embeddings.trunk import Block, late_blocks, remove_head
from datadoctor.stages.embeddings.weights import load_into, weights_digest

BATCH_SIZE = 64
BATCH_SIZE_ON_GPU = 256
# Images of which the memory is measured on a GPU.
TRIAL = 8
# A response below it has lost digits in float16, or may have.
FAINT = 1e-3
# Side of networks that take one size only, as vision transformers do.
FIXED_SIDE = 224
# Side of the second look as a share of the first: half the pixels.
SMALLER = 0.7
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
    """An ``Extractor``; see there.

    A GPU takes a batch in as large parts as fit its memory; the last bits of a vector may depend on how large they are.
    """

    def __init__(
        self, name: str, weights: Mapping[str, Any], side: int, device: torch.device, dtype: torch.dtype
    ) -> None:
        """``weights``: a state_dict of the classifier; its head may be missing or have any number of classes.

        ``dtype``: float32, bfloat16, or float16: then only what loses nothing by it is computed in it, and images that are
        too much or too little for its range are seen in float32.
        Raises ``DataDoctorError`` if the model is not known or the weights are not its own.
        """
        model = _build(name)
        remove_head(model)
        load_into(model, weights, name)
        self._mixed = dtype == torch.float16
        self._device, self._dtype = device, torch.float32 if self._mixed else dtype
        self._model = model.eval().to(device, self._dtype).to(memory_format=torch.channels_last)
        self.batch_size = BATCH_SIZE_ON_GPU if device.type == "cuda" else BATCH_SIZE
        self._at_once = self.batch_size
        mean, std = _normalisation(name)
        self._mean = torch.tensor(mean, device=device).view(1, 3, 1, 1) * 255
        self._std = torch.tensor(std, device=device).view(1, 3, 1, 1) * 255
        self.side, self._blocks = self._trunk(side)
        self._smaller_side = self._smaller()
        self.stages, self.views = self._stages()
        kind = f"{device.type} {str(dtype).removeprefix('torch.')} torch {torch.__version__}"
        self.weights_sha256 = weights_digest(weights)
        self.made_by = f"{name}, weights sha256 {self.weights_sha256[:16]}, {self.side} px"
        names = ",".join(stage.name for stage in self.stages)
        self.key = f"{self.made_by}, {names}, mirrored at {self._smaller_side} px, quarters, {kind}"
        if device.type == "cuda":
            self._at_once = self._fitting()

    def embed(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(batch_size, side, side, 3) uint8 RGB to (batch_size, d) float32 rows of length 1."""
        return self._in_parts(batch, lambda images: (self._look(images).vectors,))[0]

    def embed_views(self, batch: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float16]]:
        """``embed(batch)``, and (batch_size, e) float16: both looks averaged, then the quarters of both averaged."""
        vectors, further = self._in_parts(batch, self._both_looks)
        return vectors, further

    def _in_parts(
        self, batch: NDArray[np.uint8], look: Callable[[Tensor], tuple[Tensor, ...]]
    ) -> tuple[NDArray[Any], ...]:
        """What ``look`` makes of the batch, in parts that are halved, for good, whenever the memory of the GPU is too small."""
        made: list[list[NDArray[Any]]] = []
        done = 0
        while done < len(batch):
            part = batch[done : done + self._at_once]
            try:
                made.append([array.cpu().numpy() for array in look(self._images(part))])
                done += len(part)
                continue
            except torch.OutOfMemoryError as error:
                if self._at_once == 1:
                    raise DataDoctorError("the GPU has no memory left for one image; use --device cpu") from error
            # Not while the error is handled: it holds what did not fit.
            self._at_once //= 2
            torch.cuda.empty_cache()
        return tuple(np.concatenate(column) for column in zip(*made, strict=True))

    def _images(self, batch: NDArray[np.uint8]) -> Tensor:
        """(B, 3, side, side) float32 on the device; bytes travel there."""
        return torch.from_numpy(batch).to(self._device).permute(0, 3, 1, 2).float()

    def _fitting(self) -> int:
        """How many images fit the memory of the GPU at once, by what a few take."""
        self._at_once = TRIAL
        before = torch.cuda.memory_allocated(self._device)
        torch.cuda.reset_peak_memory_stats(self._device)
        self.embed_views(np.zeros((TRIAL, self.side, self.side, 3), dtype=np.uint8))
        taken = torch.cuda.max_memory_allocated(self._device) - before
        return images_at_once(self.batch_size, taken // self._at_once, torch.cuda.mem_get_info(self._device)[0])

    def _both_looks(self, images: Tensor) -> tuple[Tensor, Tensor]:
        smaller = nn.functional.interpolate(images, (self._smaller_side,) * 2, mode="bilinear", antialias=True)
        first, second = self._look(images), self._look(smaller.flip(3))
        averaged = nn.functional.normalize(first.vectors + second.vectors, dim=1, eps=1e-30)
        by_quarter = _unit(first.quarters) + _unit(second.quarters.flip(3))
        further = torch.cat([averaged, _unit(by_quarter)], dim=1).half()
        return first.vectors, further

    def _look(self, images: Tensor) -> _Look:
        """What the stages make of images (B, 3, s, s) on the 0-255 scale."""
        found = self._pooled(images)
        if self._mixed and (lost := found.lost()).any():
            exact = self._pooled(images[lost], exact=True)
            found.vectors[lost], found.quarters[lost] = exact.vectors, exact.quarters
        return found

    def _pooled(self, images: Tensor, *, exact: bool = False) -> _Look:
        found = self._outputs(images, exact=exact)
        share = len(found) ** -0.5
        means = [pooled(output) for output in found]
        blocks = [nn.functional.normalize(mean, dim=1, eps=1e-30) * share for mean in means]
        strengths = torch.stack([mean.abs().amax(dim=1) for mean in means], dim=1)
        return _Look(torch.cat(blocks, dim=1), quarters(found[-1]), strengths)

    def _outputs(self, images: Tensor, *, exact: bool = False) -> list[Tensor]:
        """The output of each stage; copied, since later layers may work in place."""
        found: list[Tensor] = []

        def keep(module: nn.Module, inputs: Any, output: Tensor) -> None:
            found.append(output.clone())

        hooks = [block.module.register_forward_hook(keep) for block in self._blocks]
        try:
            self._forward(images, exact=exact)
        finally:
            for hook in hooks:
                hook.remove()
        return found

    def _forward(self, images: Tensor, *, exact: bool = False) -> None:
        half = torch.autocast(self._device.type, torch.float16, enabled=self._mixed and not exact)
        with torch.inference_mode(), half:
            x = (images.to(self._device) - self._mean) / self._std
            self._model(x.to(self._dtype).contiguous(memory_format=torch.channels_last))

    def _trunk(self, side: int) -> tuple[int, list[Block]]:
        """The side that the network takes, the asked one if it can, and the blocks to read."""
        for candidate in (side, FIXED_SIDE):
            try:
                one = torch.zeros(1, 3, candidate, candidate)
                return candidate, late_blocks(self._model, functools.partial(self._forward, one))
            except (AssertionError, RuntimeError, ValueError) as error:
                failure = error
        raise DataDoctorError(f"the model takes neither {side} nor {FIXED_SIDE} px images: {failure}") from failure

    def _smaller(self) -> int:
        """Side of the second look, a multiple of 16; the first's where the network takes no other."""
        side = max(16, round(SMALLER * self.side / 16) * 16)
        try:
            self._forward(torch.zeros(1, 3, side, side))
        except (AssertionError, RuntimeError, ValueError):
            return self.side
        return side

    def _stages(self) -> tuple[tuple[Stage, ...], tuple[Stage, ...]]:
        outputs = self._outputs(torch.zeros(1, 3, self.side, self.side))
        stages = _side_by_side([block.name for block in self._blocks], [pooled(one).shape[1] for one in outputs])
        sizes = [stages[-1].stop, quarters(outputs[-1]).numel()]
        return stages, _side_by_side(["mirrored", "quarters"], sizes)


@dataclass(frozen=True)
class _Look:
    """``vectors`` (B, d) float32, the pooled stages side by side, rows of length 1; ``quarters`` (B, d', 2, 2) float32.

    ``strengths`` (B, stages) float32: the largest mean of a channel; not finite where any value of the stage is not.
    """

    vectors: Tensor
    quarters: Tensor
    strengths: Tensor

    def lost(self) -> Tensor:
        """(B,) bool: the images of which some stage is too much or too little for float16."""
        return ~((self.strengths >= FAINT) & self.strengths.isfinite()).all(dim=1)


def _unit(maps: Tensor) -> Tensor:
    """Each image's maps in one row of length 1, or the sum of such rows: (B, d') in either case."""
    return nn.functional.normalize(maps.flatten(1), dim=1, eps=1e-30)


def _side_by_side(names: Sequence[str], sizes: Sequence[int]) -> tuple[Stage, ...]:
    ends = np.cumsum(sizes).tolist()
    return tuple(Stage(name, end - size, end) for name, size, end in zip(names, sizes, ends, strict=True))


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
