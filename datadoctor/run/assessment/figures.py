"""The verdict figures, each with what is known of how sure it is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datadoctor.run.assessment.tally import Tally


# Where planted copies of a kind are found less often than this, finding no duplicates of that kind says little.
BLIND = 0.5


@dataclass(frozen=True)
class Interval:
    """An estimate, None where it is not identifiable, within its interval, drawn from 0 to ``end``; all in one unit."""

    low: float
    estimate: float | None
    high: float
    end: float


@dataclass(frozen=True)
class Figure:
    """A verdict figure: ``tone`` is 'bad', 'warn', 'good' or 'none' (not measured)."""

    title: str
    value: str
    detail: str
    tone: str
    link: str
    interval: Interval | None = None


def figures(summary: Mapping[str, Any], tally: Tally) -> Iterator[Figure]:
    """Wrong labels, duplicates, leaks, ambiguous class pairs, unreadable images."""
    yield _errors(summary)
    yield _duplicates(summary["duplicates"], tally)
    yield _leaks(summary)
    yield _pairs(summary, tally)
    dataset = summary["dataset"]
    tone = "bad" if dataset["unreadable"] else "good"
    yield Figure("Unreadable", f"{dataset['unreadable']:,}", f"of {dataset['images']:,} images", tone, "#images")


def _errors(summary: Mapping[str, Any]) -> Figure:
    labels = summary["label_errors"]
    title = "Images with wrong labels" if summary.get("label_sets") else "Wrong labels"
    if labels is None:
        return _unknown("Wrong labels", summary, "mislabel")
    low, estimate, high = labels["low"], labels["estimate"], labels["high"]
    drawn = Interval(low, estimate if labels["identifiable"] else None, high, max(high * 1.2, 0.001))
    span = f"{low:.1%} to {high:.1%}"
    if summary.get("label_sets"):
        detail = f"{span}, as far as models tell · {labels['flagged']:,} flagged of {labels['judged']:,}"
        return Figure(title, f"{estimate:.1%}", detail, "bad" if labels["flagged"] else "good", "#review", drawn)
    if not labels["identifiable"]:
        detail = f"{labels['flagged']:,} flagged; rate not identifiable ({span}): audit 100 by hand"
        return Figure(title, "?", detail, "warn", "#review", drawn)
    tone = "bad" if labels["flagged"] else "good"
    detail = f"{span} · {labels['flagged']:,} flagged of {labels['judged']:,}"
    return Figure(title, f"{estimate:.1%}", detail, tone, "#review", drawn)


def _duplicates(found: Mapping[str, Any] | None, tally: Tally) -> Figure:
    if found is None:
        return Figure("Duplicate sets", "–", "not checked", "none", "#method")
    recall = found.get("planted_recall", {})
    sure = f" · {_span(recall.values())} of planted copies found" if recall else ""
    reached = found.get("planted_reached", {})
    blind = [name for name, share in recall.items() if min(share, reached.get(name, 1)) < BLIND]
    missed = f", most of these missed: {', '.join(blind)}" if blind else ""
    pairs = f"{found['exact_pairs']:,} exact pairs, {found['near_pairs']:,} near"
    detail = f"{pairs} · {tally.conflicts:,} sets with conflicting labels{sure}{missed}"
    tone = "bad" if tally.conflicts else "warn" if found["sets"] or blind else "good"
    return Figure("Duplicate sets", f"{found['sets']:,}", detail, tone, "#duplicates")


def _span(shares: Collection[float]) -> str:
    """The smallest and the largest of the shares; one where they read the same."""
    return " to ".join(dict.fromkeys(f"{share:.0%}" for share in (min(shares), max(shares))))


def _leaks(summary: Mapping[str, Any]) -> Figure:
    leakage = summary["split_leakage"]
    if leakage is None:
        single = len(summary["dataset"]["splits"]) < 2
        return Figure("Leaks between splits", "–", "only one split" if single else "not checked", "none", "#duplicates")
    size = range(len(leakage["splits"]))
    exact, near = (sum(leakage[kind][x][y] for x in size for y in size if x < y) for kind in ("exact", "near"))
    detail = f"pairs across splits: {exact:,} exact, {near:,} near"
    link = "#duplicates?show=leaks"
    return Figure("Leaks between splits", f"{exact + near:,}", detail, "bad" if exact + near else "good", link)


def _pairs(summary: Mapping[str, Any], tally: Tally) -> Figure:
    if tally.pairs is None:
        return _unknown("Ambiguous class pairs", summary, "ambiguous")
    detail = f"strongest: {tally.pairs[0]}" if tally.pairs else "none is confused beyond chance"
    return Figure(
        "Ambiguous class pairs", f"{len(tally.pairs):,}", detail, "warn" if tally.pairs else "good", "#classes"
    )


def _unknown(title: str, summary: Mapping[str, Any], part: str) -> Figure:
    reasons = [
        f"{c['status'] if c.get('applicable', True) else 'does not apply'}: {c['reason']}"
        for c in summary["checks"]
        if part in c["check"] and c["status"] != "ran"
    ]
    return Figure(title, "–", reasons[0] if reasons else "not measured", "none", "#overview")
