"""Which network looks at the images: the one that comes along, the asked one, or none: the dataset's own filters do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from datadoctor.errors import DataDoctorError
from datadoctor.stages.embeddings.extractor import Extractor

if TYPE_CHECKING:
    from datadoctor.stages.embeddings.network import Network

OWN_FILTERS = "filters"
TRAINED_HERE = "train"


@dataclass(frozen=True, slots=True)
class Choice:
    """``extractor`` is None where the images are seen through the dataset's own filters."""

    extractor: Extractor | None


def choose(model: str, weights: Path | None, short_side: int, device: str) -> Choice:
    """The extractor for ``model``: a network's name, 'filters', or 'train' (which sees through filters until trained).

    ``short_side``: typical short side of the images in pixels. ``device``: 'auto', 'cpu' or 'cuda'.
    Raises ``DataDoctorError`` for a model, device or weights file that cannot be used, ``IncompleteError`` where the weights are
    not to be had.
    """
    if model in {OWN_FILTERS, TRAINED_HERE}:
        if weights:
            raise DataDoctorError(f"--weights {weights} is for a pretrained network; --model {model} takes none")
        return Choice(None)
    from datadoctor.stages.embeddings import devices
    from datadoctor.stages.embeddings.network_extractor import NetworkExtractor

    where = devices.device_named(device)
    found = _family(model)(model, weights, side_for(short_side))
    return Choice(NetworkExtractor(found, where, devices.arithmetic(where)))


def side_for(short_side: int) -> int:
    """Input side in pixels for images with this typical short side: 112 up to 64 px, 160 above.

    Small enough to be quick; upscaling tiny images further adds cost but no detail.
    """
    return 112 if short_side <= 64 else 160


def _family(model: str) -> Callable[[str, Path | None, int], Network]:
    """What makes the network of that name, from a file of weights or its own, for images of a side."""
    from datadoctor.stages.embeddings import efficientnet_lite

    if model in efficientnet_lite.PACKAGED:
        return efficientnet_lite.network
    from datadoctor.stages.embeddings import torchvision

    return torchvision.network
