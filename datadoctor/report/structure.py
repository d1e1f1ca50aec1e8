"""What the page shows about the classes beyond tree and matrix, from ``class_structure.json`` of the run."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np

from datadoctor.report.detectors import detectors
from datadoctor.report.items import Items, rounded
from datadoctor.report.payload import ResponseView, StructureView
from datadoctor.run import Run

# Standard deviations of the largest response kept in a byte.
MOST_DEVIATIONS = 4.0


def structure(run: Run, items: Items) -> StructureView | None:
    """The class structure of a run, None where the run has none."""
    if not run.has("class_structure.json"):
        return None
    content = run.class_structure
    parts = {name: content[name] for name in StructureView.__dataclass_fields__ if name != "detectors"}
    responses = [_responses(one) for one in content["responses"] or []]
    return StructureView(**parts | {"responses": responses}, detectors=detectors(run, items))


def _responses(content: Mapping[str, Any]) -> ResponseView:
    correlation = content["correlation"]
    return ResponseView(
        stage=str(content["stage"]),
        channels=content["channels"],
        classes=content["classes"],
        group=content["group"],
        sensitivity=rounded(content["sensitivity"]),
        means=_bytes(content["means"], MOST_DEVIATIONS),
        correlation=_bytes(correlation, 1.0) if correlation else None,
        alike=content["alike"],
        alikeness=[rounded(row) for row in content["alikeness"]],
    )


def _bytes(values: Any, largest: float) -> str:
    """A matrix as signed bytes row by row in base64, 127 for ``largest`` and beyond; what is not a number is 0."""
    matrix = np.nan_to_num(np.array(values, dtype=float))
    return base64.b64encode(np.clip(np.rint(matrix / largest * 127), -127, 127).astype(np.int8).tobytes()).decode()
