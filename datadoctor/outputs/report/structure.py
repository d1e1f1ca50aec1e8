"""What the page shows about the classes beyond tree and matrix, from ``class_structure.json`` of the run."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from datadoctor.outputs.report.items import rounded
from datadoctor.outputs.report.payload import ResponseView, StructureView
from datadoctor.outputs.run import Run

MOST_EDGES = 5_000
# A class-by-class matrix of more is too large for the page.
MOST_CORRELATED = 400
# Standard deviations of the largest response kept in a byte.
MOST_DEVIATIONS = 4.0


def structure(run: Run) -> StructureView | None:
    """The views of a run's class structure, None for a run that has none; a part that was not made is None."""
    file = run.path / "class_structure.json"
    if not file.is_file():
        return None
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return StructureView(
        levels=_short(content.get("level_accuracy")),
        groups=_short(content.get("groups")),
        network=_network(content.get("network")),
        destinations=_short(content.get("destinations")),
        separability=_short(content.get("separability")),
        responses=[_responses(one) for one in content.get("responses") or []],
        two_stage=_short(content.get("two_stage")),
    )


def _network(content: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Edges are cut to the strongest; what is said of each class is whole."""
    if content is None:
        return None
    edges = ("given", "predicted", "count", "expected", "p_values")
    return {
        key: value if key == "p_values" else _short(value)
        for key, value in (
            {key: content[key][:MOST_EDGES] if key in edges else content[key] for key in content}
        ).items()
    }


def _responses(content: Mapping[str, Any]) -> ResponseView:
    correlation = content.get("correlation")
    return ResponseView(
        stage=str(content["stage"]),
        channels=content["channels"],
        classes=content["classes"],
        group=content["group"],
        sensitivity=rounded(content["sensitivity"]),
        means=_bytes(content["means"], MOST_DEVIATIONS),
        correlation=_bytes(correlation, 1.0) if correlation and len(content["classes"]) <= MOST_CORRELATED else None,
    )


def _bytes(values: Any, largest: float) -> str:
    """A matrix as signed bytes row by row in base64, 127 for ``largest`` and beyond; what is not a number is 0."""
    matrix = np.nan_to_num(np.array(values, dtype=float))
    return base64.b64encode(np.clip(np.rint(matrix / largest * 127), -127, 127).astype(np.int8).tobytes()).decode()


def _short(value: Any) -> Any:
    """Every number in it with three decimals."""
    if isinstance(value, Mapping):
        return {key: _short(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_short(part) for part in value]
    return rounded([value])[0] if isinstance(value, float) else value
