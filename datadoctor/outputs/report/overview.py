"""The view model of the first screen: what was audited, what was found, what did not run, what to do first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from datadoctor.outputs.report.payload import Payload
from datadoctor.outputs.report.pictures import SIDE
from datadoctor.outputs.report.thumbnails import Album
from datadoctor.outputs.run import Run


@dataclass(frozen=True)
class Figure:
    """A verdict figure: ``tone`` is 'bad', 'warn', 'good' or 'none' (not measured)."""

    title: str
    value: str
    detail: str
    tone: str
    link: str


@dataclass(frozen=True)
class Todo:
    """Something to do first, and where on the page it is done."""

    title: str
    detail: str
    link: str
    action: str


@dataclass(frozen=True)
class CheckRow:
    """A check: what it found, or why it did not run."""

    name: str
    title: str
    status: str
    findings: int
    errors: int
    warnings: int
    infos: int
    reason: str
    link: str


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
    """Everything the first screen says."""

    source: str
    created_with: str
    facts: list[tuple[str, str]]
    figures: list[Figure]
    not_run: list[CheckRow]
    checks: list[CheckRow]
    leaks: list[LeakRow]
    todos: list[Todo]
    notices: list[str]
    model: list[tuple[str, str]]
    left_out: list[str]


def overview(run: Run, payload: Payload, album: Album) -> Overview:
    """The first screen of a run."""
    summary = run.summary
    checks = [_check_row(check) for check in summary["checks"]]
    not_run = [check for check in checks if check.status in ("skipped", "failed")]
    return Overview(
        source=PurePath(str(summary["source"])).name or str(summary["source"]),
        created_with=str(summary["created_with"]),
        facts=_facts(summary["dataset"]),
        figures=list(_figures(summary, payload)),
        not_run=sorted(not_run, key=lambda check: check.status != "failed"),
        checks=checks,
        leaks=_leaks(summary["split_leakage"]),
        todos=list(_todos(checks, payload))[:5],
        notices=[str(notice) for notice in summary.get("notices", [])],
        model=_model(summary),
        left_out=list(_left_out(run, payload, album)),
    )


def _facts(dataset: Mapping[str, Any]) -> list[tuple[str, str]]:
    splits = [
        f"{name or '(none)'} {count:,}"
        for name, count in dataset["splits"].items()
        if name or count < dataset["images"]
    ]
    facts = [("images", f"{dataset['images']:,}"), ("classes", f"{dataset['classes']:,}")]
    facts += [("labelled", f"{dataset['labelled']:,}"), ("unreadable", f"{dataset['unreadable']:,}")]
    return facts + ([("splits", " · ".join(splits))] if splits else [])


def _check_row(check: Mapping[str, Any]) -> CheckRow:
    return CheckRow(
        name=check["check"],
        title=check["title"],
        status=check["status"] if check.get("applicable", True) else "does not apply",
        findings=check["findings"],
        errors=check["errors"],
        warnings=check["warnings"],
        infos=check["infos"],
        reason=check["reason"],
        link=_link(check["check"]),
    )


def _link(check: str) -> str:
    if "duplicate" in check or "leak" in check or "conflict" in check:
        return "#duplicates"
    if "class" in check or "ambig" in check:
        return "#classes"
    return f"#review?check={check}" if "mislabel" in check else f"#images?check={check}"


def _figures(summary: Mapping[str, Any], payload: Payload) -> Iterator[Figure]:
    yield _error_figure(summary)
    yield _duplicate_figure(summary["duplicates"], payload)
    yield _leak_figure(summary)
    yield _pair_figure(summary, payload)
    dataset = summary["dataset"]
    tone = "bad" if dataset["unreadable"] else "good"
    yield Figure("Unreadable", f"{dataset['unreadable']:,}", f"of {dataset['images']:,} images", tone, "#images")


def _error_figure(summary: Mapping[str, Any]) -> Figure:
    labels = summary["label_errors"]
    if labels is None:
        return _unknown("Wrong labels", summary, "mislabel")
    interval = f"{labels['low']:.1%} to {labels['high']:.1%}"
    if not labels["identifiable"]:
        detail = f"{labels['flagged']:,} flagged; rate not identifiable ({interval}): audit 100 by hand"
        return Figure("Wrong labels", "?", detail, "warn", "#review")
    detail = f"{interval} · {labels['flagged']:,} flagged of {labels['judged']:,}"
    return Figure(
        "Wrong labels", f"{labels['estimate']:.1%}", detail, "bad" if labels["flagged"] else "good", "#review"
    )


def _duplicate_figure(found: Mapping[str, Any] | None, payload: Payload) -> Figure:
    if found is None:
        return Figure("Duplicate sets", "–", "not checked", "none", "#method")
    conflicts = sum(s.conflict for s in payload.sets)
    detail = f"{found['exact_pairs']:,} exact pairs, {found['near_pairs']:,} near · {conflicts:,} sets with conflicting labels"
    tone = "bad" if conflicts else "warn" if found["sets"] else "good"
    return Figure("Duplicate sets", f"{found['sets']:,}", detail, tone, "#duplicates")


def _leak_figure(summary: Mapping[str, Any]) -> Figure:
    leakage = summary["split_leakage"]
    if leakage is None:
        single = len(summary["dataset"]["splits"]) < 2
        return Figure("Leaks between splits", "–", "only one split" if single else "not checked", "none", "#duplicates")
    size = range(len(leakage["splits"]))
    exact, near = (sum(leakage[kind][x][y] for x in size for y in size if x < y) for kind in ("exact", "near"))
    detail = f"pairs across splits: {exact:,} exact, {near:,} near"
    link = "#duplicates?show=leaks"
    return Figure("Leaks between splits", f"{exact + near:,}", detail, "bad" if exact + near else "good", link)


def _pair_figure(summary: Mapping[str, Any], payload: Payload) -> Figure:
    if not payload.class_pairs and payload.confusion is None:
        return _unknown("Ambiguous class pairs", summary, "class")
    significant = sum(pair.significant for pair in payload.class_pairs)
    detail = "overlap beyond chance and beyond wrong labels"
    return Figure("Ambiguous class pairs", f"{significant:,}", detail, "warn" if significant else "good", "#classes")


def _unknown(title: str, summary: Mapping[str, Any], part: str) -> Figure:
    reasons = [
        f"{c['status']}: {c['reason']}" for c in summary["checks"] if part in c["check"] and c["status"] != "ran"
    ]
    return Figure(title, "–", reasons[0] if reasons else "not measured", "none", "#overview")


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


def _todos(checks: list[CheckRow], payload: Payload) -> Iterator[Todo]:
    for check in checks:
        if check.status == "failed":
            yield Todo(f"{check.title}: the check failed", check.reason, "#overview", "See why")
    conflicts = sum(s.conflict for s in payload.sets)
    if conflicts:
        detail = "The same picture carries two labels: the surest label errors there are."
        yield Todo(
            f"Settle {conflicts:,} duplicate sets with conflicting labels",
            detail,
            "#duplicates?show=conflicts",
            "Compare",
        )
    leaks = sum(s.leak for s in payload.sets)
    if leaks:
        detail = "Test images that were trained on make a score look better than it is."
        yield Todo(f"Remove {leaks:,} duplicate sets that cross splits", detail, "#duplicates?show=leaks", "Compare")
    flagged = sum(payload.items["flagged"])  # type: ignore[call-overload] # a list of 0 and 1
    if flagged:
        expected = payload.expected_errors[: min(flagged, 100)]
        worth = (
            f"The first {len(expected):,} hold about {expected[-1]:,.0f} wrong labels." if expected else "Worst first."
        )
        yield Todo(f"Review {flagged:,} labels that look wrong", worth, "#review", "Review")
    for check in checks:
        if check.status == "ran" and check.findings and check.link.startswith(("#images", "#classes")):
            count = f"{check.findings:,} finding{'s' if check.findings > 1 else ''}"
            yield Todo(
                f"{check.title}: {count}", f"{check.errors:,} errors, {check.warnings:,} warnings", check.link, "Look"
            )


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
