"""What the channels that part confused classes respond to, small enough for the page."""

from __future__ import annotations

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from datadoctor.report.items import Items, rounded
from datadoctor.report.payload import DetectorsView, DetectorView
from datadoctor.run import Run
from datadoctor.stages.class_structure import Patches

QUALITY = 70


def detectors(run: Run, items: Items) -> DetectorsView | None:
    """Those that the audit kept; None where it kept none, or they are not as it made them."""
    from datadoctor.flow.keeping import Keeper

    found = Keeper(run.path / "artifacts" / "stages").latest("patches", Patches)
    if not isinstance(found, Patches):
        return None
    try:
        return _view(found, items)
    except (IndexError, TypeError, ValueError, AttributeError, OverflowError):
        return None


def _view(found: Patches, items: Items) -> DetectorsView:
    of = found.detectors
    shown: list[list[tuple[int, str]]] = [[] for _ in of.channel]
    for number, row, picture in zip(found.detector.tolist(), found.rows.tolist(), found.pictures, strict=True):
        shown[number].append((items.index_of_row.get(row, -1), _webp(picture)))
    columns = zip(
        *(one.tolist() for one in (of.stage, of.pair, of.channel, of.favours)),
        rounded(of.distance.tolist()),
        shown,
        strict=True,
    )
    return DetectorsView(
        stages=list(of.stages),
        pairs=of.pairs.tolist(),
        accuracy=[rounded(row) for row in of.accuracy.tolist()],
        fields=rounded(found.fields.tolist()),
        found=[DetectorView(*one) for one in columns],
    )


def _webp(picture: NDArray[np.uint8]) -> str:
    stream = io.BytesIO()
    Image.fromarray(np.asarray(picture)).save(stream, "WEBP", quality=QUALITY)
    return base64.b64encode(stream.getvalue()).decode("ascii")
