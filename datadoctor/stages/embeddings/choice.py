"""Which network looks at the images: the asked one with real weights or, offline, none: the dataset's own filters do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from datadoctor.errors import DataDoctorError, IncompleteError
from datadoctor.stages.embeddings.extractor import Extractor

OWN_FILTERS = "filters"
TRAINED_HERE = "train"


@dataclass(frozen=True, slots=True)
class Choice:
    """``extractor`` is None where the images are seen through the dataset's own filters; ``notice``: why, '' if asked for."""

    extractor: Extractor | None
    notice: str = ""


def choose(model: str, weights: Path | None, short_side: int, device: str) -> Choice:
    """The extractor for ``model``: a torchvision classifier, 'filters', or 'train' (which sees through filters until trained).

    ``short_side``: typical short side of the images in pixels. ``device``: 'auto', 'cpu' or 'cuda'.
    Raises ``DataDoctorError`` for a model, device or weights file that cannot be used; weights that cannot be downloaded are
    no error: the dataset's own filters stand in, and ``notice`` says so.
    """
    if model in {OWN_FILTERS, TRAINED_HERE}:
        if weights:
            raise DataDoctorError(f"--weights {weights} is for a torchvision classifier; --model {model} takes none")
        return Choice(None)
    from datadoctor.stages.embeddings import devices, torchvision
    from datadoctor.stages.embeddings.weights import pretrained, read_weights

    torchvision.check_known(model)
    where = devices.device_named(device)
    try:
        content = read_weights(weights) if weights else pretrained(model)
    except IncompleteError as error:
        return Choice(None, f"{error}. The images are seen through filters learnt from themselves instead")
    side = torchvision.side_for(short_side)
    return Choice(torchvision.TorchvisionExtractor(model, content, side, where, devices.arithmetic(where)))
