"""The images of a run whose label, or place in the dataset, somebody should look at: with the finding that says so."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from datadoctor.console import nearest
from datadoctor.errors import DataDoctorError
from datadoctor.findings import Finding, ItemRef, Severity
from datadoctor.run import Run

if TYPE_CHECKING:
    import pandas as pd

# Findings about the label of an image: of its only one, or of one of several.
OF_LABELS = ("mislabel", "extra-label", "missing-label")
# Findings about the label, or the place in the dataset, of each image they name.
RELABELABLE = (*OF_LABELS, "disputed-label", "conflicting-duplicate", "outlier", "unreadable-image")
# For images that the label model did not judge: of two labels for one picture, one is wrong.
UNJUDGED_P = {"conflicting-duplicate": 0.5, "unreadable-image": 1.0}


def candidates(run: Run, checks: Sequence[str], flagged_only: bool) -> pd.DataFrame:
    """The items that the findings of ``checks`` name, plus 'found', 'key', 'reason' and 'check'; in the order of items.

    An image named by several findings is there once, with that of the check that comes first in ``checks``; by several about its
    labels with all of them, their keys with a space between. With
    ``flagged_only`` False, judged images without a finding are there too (``found`` False), so that a budget can go beyond
    the flagged ones. ``p_mislabel`` of an image that was not judged is that of ``UNJUDGED_P``, else 0.
    """
    unknown = [name for name in checks if name not in RELABELABLE]
    if unknown:
        raise DataDoctorError(
            f"'{unknown[0]}' findings are not about labels{nearest(unknown[0], RELABELABLE)}; choose among {', '.join(RELABELABLE)}"
        )
    reasons = _reasons(run.findings, checks)
    items = run.items
    found = items["path"].isin(list(reasons))
    more = items["judged"] & (not flagged_only and bool(set(OF_LABELS) & set(checks)))
    chosen = items.assign(found=found)[found | more].copy()
    others = chosen[~chosen["found"]].to_dict("records")
    reasons |= {row["path"]: _unflagged(row, run.called) for row in others}
    rows = [reasons[path] for path in chosen["path"].tolist()]
    chosen["key"], chosen["reason"], chosen["check"] = ([row[i] for row in rows] for i in range(3))
    chosen["p_mislabel"] = chosen["p_mislabel"].astype("float64").fillna(chosen["check"].map(UNJUDGED_P)).fillna(0.0)
    return chosen


def worst_first(run: Run) -> list[str]:
    """Paths of the images that look mislabelled, most probably wrong first, ties by path: the order of ``relabel.csv``."""
    found = candidates(run, OF_LABELS, flagged_only=True)
    paths: list[str] = found.sort_values(["p_mislabel", "path"], ascending=[False, True])["path"].tolist()
    return paths


def without(queue: pd.DataFrame, decided: Collection[str]) -> pd.DataFrame:
    """The rows with a key that does not start with any of ``decided`` (whole keys, or their first 8 or more digits)."""
    whole = {key for one in decided for key in one.split() if len(key) == 32}
    short = tuple(key for key in decided if len(key) < 32)
    keep = [
        row
        for row, keys in enumerate(queue["key"])
        if not all(key in whole or key.startswith(short) for key in keys.split() or [""])
    ]
    return queue.iloc[keep]


def _reasons(findings: pd.DataFrame, checks: Sequence[str]) -> dict[str, tuple[str, str, str]]:
    reasons: dict[str, tuple[str, str, str]] = {}
    for check in checks:
        for path, key, message in _named(findings[findings["check"] == check]):
            if path in reasons and {check, reasons[path][2]} <= set(OF_LABELS):
                before = reasons[path]
                reasons[path] = (f"{before[0]} {key}", f"{before[1]} {message}", before[2])
            reasons.setdefault(path, (key, message, check))
    return reasons


def _named(findings: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    for subjects, key, message in zip(findings["subjects"], findings["key"], findings["message"], strict=True):
        for subject in json.loads(subjects):
            yield subject["path"], key, message


def _unflagged(item: Mapping[Any, Any], called: Callable[[str], str]) -> tuple[str, str, str]:
    given, suggested = item["given_label"], item["suggested_label"]
    reference = ItemRef(item["path"], item["pixel_digest"], given)
    finding = Finding("mislabel", Severity.INFO, 0.0, "", (reference,), (given,))
    odd = f"perhaps {called(suggested)}" if suggested != given else "no other class stands out"
    return finding.key, f"Not flagged: given {called(given)}, {odd}.", "mislabel"
