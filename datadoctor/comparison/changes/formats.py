"""Two runs compared, as text for a terminal, Markdown for a pull request, and JSON for programs and the report."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator

from datadoctor.comparison.changes import CAUSES, Change, Changes, ClassErrors, Rate, Tally
from datadoctor.comparison.changes.answers import Doubted
from datadoctor.console import shown
from datadoctor.run import CHANGES_SCHEMA
from datadoctor.run.markdown import escaped, fitted, table

FORMATS = ("text", "markdown", "json")
MOST = 10
COLUMNS = ("fixed", "gone", "still", "kept", "new")
CUT = "\n*Cut here: the whole is in the JSON output.*\n"


def rendered(changes: Changes, form: str) -> str:
    """The comparison in one of ``FORMATS``; text and Markdown name the ``MOST`` worst of each list, JSON all."""
    if form == "json":
        return (
            json.dumps({"schema": CHANGES_SCHEMA, **dataclasses.asdict(changes)}, ensure_ascii=False, indent=1) + "\n"
        )
    if form == "markdown":
        return fitted(list(_markdown(changes)), CUT)
    return "\n".join(_text(changes)) + "\n"


def _text(changes: Changes) -> Iterator[str]:
    yield from (shown(line) for line in _facts(changes))
    width = max([len(one.name) for one in changes.by_check], default=0)
    yield "\n" + f"{'':<{width}}" + "".join(f"{title:>8}" for title in COLUMNS)
    for one in changes.by_check:
        yield f"{one.name:<{width}}" + "".join(f"{count:>8,}" for count in _counts(one))
    for title, rows in _sections(changes):
        yield f"\n{title}"
        yield from (f"  {shown('  '.join(row))}" for row in rows)


def _markdown(changes: Changes) -> Iterator[str]:
    yield from ("## What changed since the last audit", "")
    yield from (f"- {escaped(line)}" for line in _facts(changes))
    yield ""
    rows = [(escaped(one.name), *map("{:,}".format, _counts(one))) for one in changes.by_check]
    yield from table(("check", *COLUMNS), rows)
    for title, cells in _sections(changes):
        yield from ("", f"### {title}", "", *(f"- {escaped(' · '.join(row))}" for row in cells))


def _counts(one: Tally) -> tuple[int, ...]:
    return one.fixed, one.gone, one.still, one.accepted, one.new


def _facts(changes: Changes) -> Iterator[str]:
    before, after = changes.rates
    yield f"estimated wrong labels: {_rate(before)} before, {_rate(after)} now"
    yield f"images: {changes.relabelled:,} relabelled, {changes.removed:,} removed, {changes.added:,} added"
    if changes.answered:
        yield f"images decided: {changes.answered:,}, of these doubted all the same: {len(changes.doubted):,}"
    if changes.excluded_but_there:
        yield f"on the exclusion list, and still in the dataset: {len(changes.excluded_but_there):,} images"
    if changes.fixed:
        after_removal = sum(one.cause == CAUSES[1] for one in changes.fixed)
        yield f"fixed: {len(changes.fixed):,} findings, {after_removal:,} of them with images that went or came"
    if changes.gone:
        yield f"gone: {len(changes.gone):,} findings, though nobody decided them and nothing about their images changed"
    if changes.come:
        alone = sum(one.cause == CAUSES[-1] for one in changes.come)
        yield f"new: {len(changes.come):,} findings, {alone:,} of them on images that nothing changed about"
    yield from (f"note: {remark}" for remark in changes.remarks)


def _sections(changes: Changes) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    """Titles and rows of cells: what to look at next."""
    classes = sorted(changes.classes, key=lambda one: (one.expected_wrong[1] - one.expected_wrong[0], one.name))
    moved = [one for one in classes if round(one.expected_wrong[0]) != round(one.expected_wrong[1])]
    parts = (
        ("decided, and doubted all the same", list(map(_doubted_row, changes.doubted))),
        ("new", list(map(_finding_row, changes.come))),
        ("gone though nobody decided them: look at these before you trust it", list(map(_finding_row, changes.gone))),
        ("classes, expected wrong labels before and now", list(map(_class_row, moved))),
    )
    for title, rows in parts:
        if rows:
            yield f"{title}: {len(rows):,}" + (f", the first {MOST}" if len(rows) > MOST else ""), rows[:MOST]


def _doubted_row(one: Doubted) -> tuple[str, ...]:
    said = f"{one.decision} {one.label} [{one.who}]"
    return f"{one.p_mislabel:.2f}", one.path, said, f"looks like {one.suggested}"


def _finding_row(one: Change) -> tuple[str, ...]:
    return f"{one.score:.2f}", one.check, _where(one), one.message


def _class_row(one: ClassErrors) -> tuple[str, ...]:
    before, after = one.expected_wrong
    return one.name, f"{before:.0f} of {one.images[0]:,}", f"{after:.0f} of {one.images[1]:,}"


def _where(one: Change) -> str:
    if not one.paths:
        return " and ".join(one.labels)
    return one.paths[0] + (f" and {len(one.paths) - 1:,} more" if len(one.paths) > 1 else "")


def _rate(rate: Rate) -> str:
    if rate.estimate is None:
        return "no estimate"
    interval = "" if rate.low is None or rate.high is None else f" ({rate.low:.1%} to {rate.high:.1%})"
    return f"{rate.estimate:.1%}{interval}"
