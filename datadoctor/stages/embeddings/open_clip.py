"""The image towers of open_clip, ``open_clip/ARCH/PRETRAINED``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import Tensor, nn

from datadoctor.errors import DataDoctorError
from datadoctor.stages.embeddings.hub import fetching, library
from datadoctor.stages.embeddings.network import Network
from datadoctor.stages.embeddings.text import TextTower
from datadoctor.stages.embeddings.weights import load_into, read_weights, weights_digest

PREFIX = "open_clip/"
TOWER = "visual."


def network(name: str, file: Path | None, side: int) -> Network:
    """The image tower at its own side; ``file``: weights of the whole model or of the tower, and then PRETRAINED may be left out.

    Raises ``DataDoctorError`` if open_clip has no such model or the weights are not its own, ``IncompleteError`` where the pretrained
    ones are not to be had.
    """
    open_clip = library("open_clip", "open_clip")
    architecture, _, tag = name.removeprefix(PREFIX).partition("/")
    _check_known(open_clip, name, architecture, None if file else tag)
    if file:
        model = open_clip.create_model(architecture, pretrained=None)
        weights = {key.removeprefix(TOWER): value for key, value in _of_tower(read_weights(file)).items()}
        load_into(model.visual, weights, name)
    else:
        with fetching(name):
            model = open_clip.create_model(architecture, pretrained=tag)
    shown = open_clip.get_model_preprocess_cfg(model)
    size = shown["size"]
    return Network(
        name, model.visual, size if isinstance(size, int) else size[0], tuple(shown["mean"]), tuple(shown["std"]),
        weights_digest(model.visual.state_dict()), shown["interpolation"], text_space=_Features(),
    )  # fmt: skip


def text_tower(name: str, file: Path | None) -> TextTower:
    """The text tower of the same model, from the same weights. Raises ``DataDoctorError`` where they are of the image tower alone."""
    open_clip = library("open_clip", "open_clip")
    architecture, _, tag = name.removeprefix(PREFIX).partition("/")
    with fetching(name):
        model = open_clip.create_model(architecture, pretrained=None if file else tag).eval()
        tokens = open_clip.get_tokenizer(architecture)
    if file:
        weights = read_weights(file)
        if not any(key.startswith(TOWER) for key in weights):
            raise DataDoctorError(f"{file}: the weights of the image tower alone: audit with those of the whole model")
        load_into(model, weights, name)
    return lambda text: model.encode_text(tokens([text]))


class _Features(nn.Module):
    """What the image tower returns: features in the text space, with tokens beside them if it is asked for these."""

    def forward(self, returned: Tensor | tuple[Tensor, ...]) -> Tensor:
        return returned[0] if isinstance(returned, tuple) else returned


def _of_tower(weights: Any) -> dict[str, Any]:
    """The image tower's part of a whole model's weights; all of them where they are the tower's."""
    return {key: value for key, value in weights.items() if key.startswith(TOWER)} or dict(weights)


def _check_known(open_clip: Any, name: str, architecture: str, tag: str | None) -> None:
    if architecture not in open_clip.list_models():
        raise DataDoctorError(
            f"model '{name}' is not known to open_clip; architectures are ViT-B-32, ViT-L-14, and others"
        )
    tags = open_clip.list_pretrained_tags_by_model(architecture)
    if tag is not None and tag not in tags:
        raise DataDoctorError(
            f"open_clip has no weights '{tag}' for {architecture}; it has {', '.join(tags) or 'none'}"
        )
