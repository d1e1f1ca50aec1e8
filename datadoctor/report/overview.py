"""The view model of the first screen: what was audited, what was found, what did not run, what to do first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from datadoctor.report.method import said
from datadoctor.report.payload import Payload
from datadoctor.report.pictures import SIDE
from datadoctor.report.since import Since, since
from datadoctor.report.thumbnails import Album
from datadoctor.run import Run
from datadoctor.run.assessment import Assessment, assess


@dataclass(frozen=True)
class LeakCell:
    """Duplicate pairs between two splits; ``inside`` where both are the same split."""

    exact: int
    near: int
    inside: bool


@dataclass(frozen=True)
class LeakRow:
    """One split against every split."""

    split: str
    cells: list[LeakCell]


@dataclass(frozen=True)
class Overview:
    """Everything the first screen says.

    ``understood``: what was read of the input, in the words that the command said first. ``start``: what the one coloured button
    offers, '' where nothing is to review. ``annotators``: as in the summary, None where nothing says who labelled.
    """

    found: Assessment
    understood: str
    created_with: str
    leaks: list[LeakRow]
    notices: list[str]
    start: str
    model: list[tuple[str, str]]
    settings: list[tuple[str, str]]
    left_out: list[str]
    since: Since | None
    annotators: Mapping[str, Any] | None


def overview(run: Run, payload: Payload, album: Album) -> Overview:
    """The first screen of a run."""
    summary = run.summary
    return Overview(
        found=assess(run),
        understood=str(summary["dataset"].get("understood", "")),
        created_with=str(summary["created_with"]),
        leaks=_leaks(summary["split_leakage"]),
        notices=[str(notice) for notice in summary.get("notices", [])],
        start=_start(payload),
        model=_model(summary),
        settings=_settings(summary["settings"]),
        left_out=list(_left_out(run, payload, album)),
        since=since(run.changes, {check["check"]: check["title"] for check in summary["checks"]}),
        annotators=summary.get("annotators"),
    )


def _leaks(leakage: Mapping[str, Any] | None) -> list[LeakRow]:
    if leakage is None:
        return []
    names = leakage["splits"]
    return [
        LeakRow(
            name or "(none)",
            [LeakCell(leakage["exact"][x][y], leakage["near"][x][y], x == y) for y in range(len(names))],
        )
        for x, name in enumerate(names)
    ]


def _model(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    model, index = summary["model"] or {}, summary["index"] or {}
    hierarchy = summary["hierarchy"] or {}
    facts = [
        ("Embeddings", model.get("embeddings")),
        ("Second view", model.get("second_view")),
        ("Predictions", model.get("predictions")),
        ("Weights (sha256)", model.get("weights_sha256")),
        ("Neighbours", index.get("made_by")),
        ("Class tree", hierarchy.get("origin")),
    ]
    return [(name, str(value or "not made")) for name, value in facts]


def _start(payload: Payload) -> str:
    if not payload.queue:
        return ""
    flagged = payload.items["flagged"]
    assert isinstance(flagged, list)
    return "Review the worst label" if flagged[payload.queue[0]] else "Review the worst image"


def _settings(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Those that were given a value."""
    return [(name, said(value)) for name, value in settings.items() if value not in (None, "", [])]


def _left_out(run: Run, payload: Payload, album: Album) -> Iterator[str]:
    cut = payload.shortened
    if album.full:
        larger, usual, small = album.taken
        yield (
            f"Pictures: {larger:,} at up to {SIDE} px, {usual:,} at 160 px and {small:,} small ones fit, worst items first. "
            f"The rest are the files in {run.summary['source']}; all that is known of one: datadoctor explain {run.path} PATH"
        )
    if cut.items_shown < cut.items:
        yield f"Images: {cut.items_shown:,} of {cut.items:,} are on this page. All: items.parquet in {run.path}"
    if cut.findings_shown < cut.findings:
        yield f"Findings: {cut.findings_shown:,} of {cut.findings:,} are on this page. All: findings.csv in {run.path}"
    if cut.sets_shown < cut.sets:
        yield f"Duplicate sets: {cut.sets_shown:,} of {cut.sets:,} are on this page. All: duplicates.parquet in {run.path}"
    if payload.confusion and payload.confusion.left_out:
        yield f"Confusion cells: the {payload.confusion.left_out:,} smallest are left out. All: artifacts/confusion.npz"
