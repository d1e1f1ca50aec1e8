"""The networks of timm, ``timm/NAME``: shown images as timm would, with its pretrained weights or a file's."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

from datadoctor.errors import DataDoctorError
from datadoctor.stages.embeddings.hub import fetching, library
from datadoctor.stages.embeddings.network import Network
from datadoctor.stages.embeddings.weights import load_into, read_weights, weights_digest

PREFIX = "timm/"


def network(name: str, file: Path | None, side: int) -> Network:
    """timm's network of that name, at its own side.

    Raises ``DataDoctorError`` if timm has none or the weights in ``file`` are not its own, ``IncompleteError`` where the pretrained
    ones are not to be had.
    """
    timm, short = library("timm", "timm"), name.removeprefix(PREFIX)
    if not timm.is_model(short):
        close = difflib.get_close_matches(short, timm.list_models(), 3, 0.5) or ["vit_small_patch14_dinov2"]
        raise DataDoctorError(f"model '{name}' is not known to timm; it has {', '.join(close)}, and others")
    if file:
        weights = read_weights(file)
        module = timm.create_model(short, pretrained=False, num_classes=0)
        load_into(module, weights, name)
    else:
        module = _pretrained(timm, name, short)
    shown = timm.data.resolve_model_data_config(module)
    return Network(
        name, module, int(shown["input_size"][-1]), tuple(shown["mean"]), tuple(shown["std"]),
        weights_digest(module.state_dict()), shown["interpolation"],
    )  # fmt: skip


def _pretrained(timm: Any, name: str, short: str) -> Any:
    if not timm.models.is_model_pretrained(short):
        raise DataDoctorError(f"timm has no pretrained weights for {name}; give a file with --weights")
    with fetching(name):
        return timm.create_model(short, pretrained=True, num_classes=0)
