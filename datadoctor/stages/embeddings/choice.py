"""Which network looks at the images: the one that comes along, the asked one, or none: the dataset's own filters do."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from datadoctor.config import SEVERAL
from datadoctor.errors import DataDoctorError
from datadoctor.stages.embeddings.extractor import Extractor

if TYPE_CHECKING:
    from datadoctor.stages.embeddings.network import Network

OWN_FILTERS = "filters"
TRAINED_HERE = "train"
# What a network's name begins with, before a slash, and the file here that makes those networks.
FAMILIES = {
    "timm": "timm",
    "open_clip": "open_clip",
    "hf": "hugging_face",
    "onnx": "onnx",
    "python": "own_code",
}
COMES_ALONG, DEFAULT = "efficientnet_lite", "efficientnet_lite2"
# Short side of small images in pixels.
SMALL = 64
# Pixels of the square that a network is shown: of images that have as many, more show more. Others are enlarged no further, but so far even
# the smallest: their parts must come in the sizes that the network learnt (docs/decisions/eye.md).
SIDE, SIDE_OF_SMALLER = 192, 160
PACKAGE = "datadoctor.stages.embeddings"


@dataclass(frozen=True, slots=True)
class Choice:
    """``extractor`` is None where the images are seen through the dataset's own filters."""

    extractor: Extractor | None


def choose(model: str, weights: Path | None, short_side: int, device: str) -> Choice:
    """The extractor for ``model``: a network's name, 'efficientnet_lite', 'filters', or 'train' (filters until it is trained).

    Several networks are joined by `` + ``: the first one's vectors are the embedding, the others are further views; ``weights`` is the
    first one's. ``short_side``: typical short side of the images in pixels. ``device``: 'auto', 'cpu' or 'cuda'.
    Raises ``DataDoctorError`` for a model, device or weights file that cannot be used, ``IncompleteError`` where the weights are
    not to be had.
    """
    names = [DEFAULT] if model == COMES_ALONG else model.split(SEVERAL)
    alone = [name for name in names if name in {OWN_FILTERS, TRAINED_HERE}]
    if len(set(names)) < len(names) or (alone and len(names) > 1):
        raise DataDoctorError(
            f"--model {model}: name different pretrained networks, or one of 'filters' and 'train' alone"
        )
    if alone:
        if weights:
            raise DataDoctorError(f"--weights {weights} is for a pretrained network; --model {model} takes none")
        return Choice(None)
    from datadoctor.stages.embeddings.several import Several

    files = [weights, *[None] * (len(names) - 1)]
    made = [_extractor(name, file, side_for(short_side), device) for name, file in zip(names, files, strict=True)]
    return Choice(made[0] if len(made) == 1 else Several(made, names))


def _extractor(name: str, weights: Path | None, side: int, device: str) -> Extractor:
    from datadoctor.stages.embeddings import devices, packaged, versions
    from datadoctor.stages.embeddings.awaited import Awaited
    from datadoctor.stages.embeddings.facts import batch_size_on

    kind, load = devices.kind_named(device), functools.partial(_loaded, name, weights, side, device)
    if weights or name not in packaged.PACKAGED or kind != "cpu" or not importlib.util.find_spec("torch"):
        return load()  # without PyTorch that says so
    packaged.published_weights(name)  # missing ones are told now
    facts = packaged.facts(name, side)
    return Awaited(facts, versions.key(facts, kind, "float32"), batch_size_on(kind), load)


def _loaded(name: str, weights: Path | None, side: int, device: str) -> Extractor:
    from datadoctor.stages.embeddings import devices
    from datadoctor.stages.embeddings.network_extractor import NetworkExtractor

    where = devices.device_named(device)
    return NetworkExtractor(_family(name)(name, weights, side), where, devices.arithmetic(where))


def side_for(short_side: int) -> int:
    """Input side in pixels for images with this typical short side."""
    return SIDE if short_side >= SIDE else SIDE_OF_SMALLER


def _family(model: str) -> Callable[[str, Path | None, int], Network]:
    """What makes the network of that name, from a file of weights or its own, for images of a side."""
    prefix, slash, _ = model.partition("/")
    if slash and prefix not in FAMILIES:
        raise DataDoctorError(
            f"model '{model}': '{prefix}/' is not known; there are {', '.join(f'{each}/' for each in FAMILIES)}"
        )
    comes_along = model.startswith(COMES_ALONG)
    file = FAMILIES[prefix] if slash else "efficientnet_lite" if comes_along else "torchvision"
    found: Callable[[str, Path | None, int], Network] = importlib.import_module(f"{PACKAGE}.{file}").network
    return found
