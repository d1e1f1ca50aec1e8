"""``class_structure.json``: what was computed about the classes beyond tree and pairs, and why a part is missing."""

from __future__ import annotations

import dataclasses
import math
import traceback
from typing import TYPE_CHECKING, Any

import numpy as np

from datadoctor.errors import NotAvailableError
from datadoctor.run import STRUCTURE_SCHEMA

if TYPE_CHECKING:
    from datadoctor.flow import Flow

# Part of the file: the stage it shows.
PARTS = {
    "level_accuracy": "level_accuracy",
    "cuts": "cuts",
    "groups": "group_metrics",
    "network": "confusion_network",
    "destinations": "destinations",
    "agreement": "agreement",
    "separability": "separability",
    "responses": "responses",
    "two_stage": "two_stage",
}
# Parts that are pictures: kept as the stage's value, not in the file.
KEPT = {"patches": "patches"}
EDGES = ("given", "predicted", "count", "expected", "p_values")
MOST_EDGES = 5_000
DIGITS = 4


def class_structure(flow: Flow) -> dict[str, Any]:
    """The content of ``class_structure.json``; a part that cannot be made is null, with the reason in ``missing``.

    Nothing is made for a run whose checks needed no class tree.
    """
    content: dict[str, Any] = {"schema": STRUCTURE_SCHEMA, "missing": {}, **dict.fromkeys(PARTS)}
    no_tree = flow.part("hierarchy") is None or flow.part("confusion") is None
    for part, name in (PARTS | KEPT).items():
        if no_tree:
            content["missing"][part] = _why_no_tree(flow)
            continue
        if part in KEPT and "class_pairs" not in flow.made:
            content["missing"][part] = "no selected check needs pairs of classes"
            continue
        try:
            made = flow[name]
            if part in PARTS:
                content[part] = plain(made)
        except NotAvailableError as error:
            content["missing"][part] = str(error)
        except Exception as error:  # noqa: BLE001 - what the checks found must be written, this the report can do without
            flow.notices.append("".join(traceback.format_exception(error)))
            content["missing"][part] = f"failed: {type(error).__name__}: {error}"
    if content["network"]:
        content["network"] |= {name: content["network"][name][:MOST_EDGES] for name in EDGES}
    return content


def _why_no_tree(flow: Flow) -> str:
    failed = next((flow.failed[name] for name in ("confusion", "hierarchy") if name in flow.failed), None)
    return str(failed) if failed else "no selected check needs the class tree"


def plain(value: Any) -> Any:
    """JSON for dataclasses of arrays: four decimals, tiny numbers by four digits, null for what is not finite."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, tuple | list):
        return [plain(part) for part in value]
    return _short(value) if isinstance(value, float) else value


def _short(value: float) -> float | None:
    if not math.isfinite(value):
        return None
    return round(value, DIGITS) if abs(value) >= 10**-DIGITS else float(f"{value:.{DIGITS}g}")
