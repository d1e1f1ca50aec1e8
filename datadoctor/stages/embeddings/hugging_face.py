"""Image encoders of transformers, ``hf/ORG/NAME`` on the Hugging Face hub or ``hf/FOLDER`` on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image

from datadoctor.errors import DataDoctorError
from datadoctor.stages.embeddings.hub import fetching, library
from datadoctor.stages.embeddings.network import Network
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
    return Network(
        name, module, _side(processor), mean, std, weights_digest(module.state_dict()), _resampling(processor)
    )


def _side(processor: Any) -> int:
    """Of the square that the network gets in the end: cropped, else resized."""
    size = getattr(processor, "crop_size", None) if getattr(processor, "do_center_crop", False) else None
    size = dict(size or processor.size)
    return int(size.get("height") or size.get("shortest_edge") or size.get("longest_edge") or 224)


def _resampling(processor: Any) -> str:
    return Image.Resampling(int(getattr(processor, "resample", None) or Image.Resampling.BICUBIC)).name.lower()
