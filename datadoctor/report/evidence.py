"""Where the worst images speak for their labels, small enough for the page: 8 bits a place."""

from __future__ import annotations

import base64

import numpy as np

from datadoctor.report.items import Items
from datadoctor.report.payload import MapsView
from datadoctor.run import Run
from datadoctor.run.maps import what_is_left_out
from datadoctor.run.maps.drawing import strengths
from datadoctor.run.maps.kept import kept
from datadoctor.run.originals import of_files


def maps(run: Run, items: Items) -> MapsView | None:
    """The maps that the audit made, of images on the page whose labels still are those of the maps; None where it made none."""
    evidence = kept(run)
    if evidence is None:
        return None
    table = items.table
    number = {name: i for i, name in enumerate(items.classes)}
    shown: dict[int, str] = {}
    boxes = not of_files(run)
    every = zip(evidence.rows.tolist(), evidence.digests, evidence.classes.tolist(), evidence.maps, strict=True)
    for row, digest, classes, of_image in every:
        place = items.index_of_row.get(row, -1)
        # An object is shown with what is around it, where its map would lie beside it: `explain --maps` shows it alone.
        if place < 0 or table["digest"].iat[place] != digest or (boxes and "#" in str(table["path"].iat[place])):
            continue
        now = [number.get(str(table[f"{which}_label"].iat[place]), -1) for which in ("given", "suggested")]
        if now == classes:
            levels = np.rint(strengths(of_image.astype(np.float64)) * 255).astype(np.uint8)
            shown[place] = base64.b64encode(levels.tobytes()).decode("ascii")
    return MapsView(evidence.maps.shape[-1], shown, what_is_left_out(evidence.share, evidence.without))
