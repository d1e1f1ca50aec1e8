"""Image encoders of transformers, ``hf/ORG/NAME`` on the Hugging Face hub or ``hf/FOLDER`` on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn

from datadoctor.errors import DataDoctorError
from datadoctor.stages.embeddings.hub import fetching, library
from datadoctor.stages.embeddings.network import Network
from datadoctor.stages.embeddings.text import TextTower
from datadoctor.stages.embeddings.weights import load_into, read_weights, weights_digest

PREFIX = "hf/"


def network(name: str, file: Path | None, side: int) -> Network:
    """The encoder, or the image tower of a model of images and text, at the side its own image processor asks for.

    ``file`` takes the place of its weights; its configuration is still needed. No code of the repository is run.
    Raises ``DataDoctorError`` if it takes no images or the weights are not its own, ``IncompleteError`` where it is not to be had.
    """
    transformers, where = library("transformers", "hf"), name.removeprefix(PREFIX)
    with fetching(name):
        processor = transformers.AutoImageProcessor.from_pretrained(where)
        config = transformers.AutoConfig.from_pretrained(where)
        model = transformers.AutoModel.from_config(config) if file else transformers.AutoModel.from_pretrained(where)
    module = getattr(model, "vision_model", model)
    if getattr(module, "main_input_name", "") != "pixel_values":
        raise DataDoctorError(
            f"model '{name}' takes {getattr(module, 'main_input_name', 'no images')}, not images; name another"
        )
    if file:
        load_into(module, read_weights(file), name)
    mean, std = (
        tuple(getattr(processor, f"image_{each}", None) or (float(each == "std"),) * 3) for each in ("mean", "std")
    )
    side = _side(processor)
    # Weights from a file are those of the encoder: what leads from there to text is not among them.
    text_space = None if file else _text_space(model, module, side)
    return Network(
        name,
        module,
        side,
        mean,
        std,
        weights_digest(module.state_dict()),
        _resampling(processor),
        text_space=text_space,
    )


def text_tower(name: str, file: Path | None) -> TextTower:
    """The text tower of the same model."""
    transformers, where = library("transformers", "hf"), name.removeprefix(PREFIX)
    with fetching(name):
        model = transformers.AutoModel.from_pretrained(where).eval()
        tokens = transformers.AutoTokenizer.from_pretrained(where)
    # Some were trained on texts of one length only, and the others do not mind.
    length = model.config.text_config.max_position_embeddings
    shape = {"padding": "max_length", "max_length": length, "truncation": True, "return_tensors": "pt"}
    return lambda text: _features(model.get_text_features(**tokens([text], **shape)))


class _Projected(nn.Module):
    """What an image tower returns, in the space of the text tower."""

    def __init__(self, projection: nn.Module) -> None:
        super().__init__()
        self._projection = projection

    def forward(self, returned: Any) -> Tensor:
        found: Tensor = self._projection(returned.pooler_output)
        return found


def _text_space(model: Any, module: nn.Module, side: int) -> nn.Module | None:
    """None where the model reads no text, or holds something else of images against it than ``_Projected`` computes."""
    if not hasattr(model, "get_text_features") or not hasattr(model, "get_image_features"):
        return None
    found = _Projected(getattr(model, "visual_projection", nn.Identity()))
    example = torch.rand((1, 3, side, side), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        theirs, ours = _features(model.eval().get_image_features(example)), found(module(example))
    return found if theirs.shape == ours.shape and torch.allclose(theirs, ours, rtol=1e-3, atol=1e-5) else None


def _features(returned: Any) -> Tensor:
    features: Tensor = getattr(returned, "pooler_output", returned)
    return features


def _side(processor: Any) -> int:
    """Of the square that the network gets in the end: cropped, else resized."""
    size = getattr(processor, "crop_size", None) if getattr(processor, "do_center_crop", False) else None
    size = dict(size or processor.size)
    return int(size.get("height") or size.get("shortest_edge") or size.get("longest_edge") or 224)


def _resampling(processor: Any) -> str:
    return Image.Resampling(int(getattr(processor, "resample", None) or Image.Resampling.BICUBIC)).name.lower()
