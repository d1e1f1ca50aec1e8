"""The classifiers of torchvision as networks to look through, with their own pretrained weights or a file's."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import torchvision

from datadoctor.console import nearest
from datadoctor.errors import DataDoctorError
from datadoctor.stages.embeddings.network import Network
from datadoctor.stages.embeddings.trunk import remove_head
from datadoctor.stages.embeddings.weights import downloading, load_into, read_weights, weights_digest

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

# What else a model may be called, for who mistyped it.
OTHERS = ("efficientnet_lite2", "efficientnet_lite1", "efficientnet_lite0", "filters", "train")


def names() -> list[str]:
    """The classifiers torchvision has, sorted."""
    return sorted(torchvision.models.list_models(module=torchvision.models))


def network(name: str, file: Path | None, side: int) -> Network:
    """The classifier with the weights in ``file``, whose head may be missing or have any number of classes, or its pretrained ones.

    Raises ``DataDoctorError`` if torchvision has no such classifier or the weights are not its own, ``IncompleteError`` where the
    pretrained ones are not to be had.
    """
    check_known(name)
    weights = read_weights(file) if file else pretrained(name)
    module = torchvision.models.get_model(name, weights=None)
    remove_head(module)
    load_into(module, weights, name)
    transforms = torchvision.models.get_model_weights(name).DEFAULT.transforms()
    mean, std = getattr(transforms, "mean", IMAGENET_MEAN), getattr(transforms, "std", IMAGENET_STD)
    return Network(name, module, side, tuple(mean), tuple(std), weights_digest(weights))


def pretrained(name: str) -> Mapping[str, Any]:
    """Torchvision's best pretrained weights, from its cache or downloaded. Raises ``IncompleteError``."""
    with downloading(name, Path(torch.hub.get_dir()) / "checkpoints"):
        weights: Mapping[str, Any] = torchvision.models.get_model_weights(name).DEFAULT.get_state_dict(
            progress=False, check_hash=True, map_location="cpu", weights_only=True
        )
    return weights


def check_known(name: str) -> None:
    """Raise ``DataDoctorError`` unless torchvision has this classifier."""
    known = names()
    if name not in known:
        close = difflib.get_close_matches(name, known, 3, 0.5) or ["resnet18", "convnext_tiny", "vit_b_16"]
        meant = nearest(name, (*OTHERS, *known))
        raise DataDoctorError(
            f"model '{name}' is not known{meant}; choose 'efficientnet_lite2', 'filters', 'train' or a torchvision classifier such as "
            f"{', '.join(close)}"
        )
