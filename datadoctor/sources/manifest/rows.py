"""Rows of manifests as images: several rows of one image become one, and what they do not agree on is said once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from datadoctor.findings import Severity
from datadoctor.sources import SourceProblem, counted, listed
from datadoctor.sources.building import Entry
from datadoctor.sources.spelling import folded

# From this share of the images on, several labels an image are how the dataset is made.
MANY = 0.05


@dataclass(frozen=True, slots=True)
class Row:
    """A row whose path is tidy; ``label`` '' for none, ``annotator`` '' where it is not said who gave it."""

    path: str
    label: str
    split: str
    group: str
    location: str
    annotator: str = ""


def entries(rows: Sequence[Row], problems: list[SourceProblem]) -> tuple[list[Entry], set[str]]:
    """One entry an image; an image with several labels has none. Also the locations of those with several labels."""
    by_path: dict[str, list[Row]] = {}
    for row in rows:
        by_path.setdefault(row.path, []).append(row)
    if any(row.annotator for row in rows):
        from datadoctor.sources.manifest.votes import with_votes

        return with_votes(by_path, problems), set()
    several = {path: same for path, same in by_path.items() if len(same) > 1}
    labels = {path: _labels(same) for path, same in several.items()}
    problems.extend(_on_labels(labels, several, len(by_path)))
    problems.extend(_on(several, "split"))
    problems.extend(_on(several, "group"))
    problems.extend(_on_repeats(several, labels))
    unsure = {several[path][0].location for path, given in labels.items() if len(given) > 1}
    return [_entry(same, labels.get(path)) for path, same in by_path.items()], unsure


def _entry(rows: Sequence[Row], labels: Sequence[str] | None) -> Entry:
    first = rows[0]
    label = first.label if labels is None else labels[0] if len(labels) == 1 else ""
    split, group = (next((value for row in rows if (value := getattr(row, name))), "") for name in ("split", "group"))
    return Entry(first.path, (label,) if label else (), split, group, first.location)


def _labels(rows: Sequence[Row]) -> list[str]:
    """The different labels of an image, spellings of one class as the first of them."""
    return list({folded(row.label): row.label for row in reversed(rows) if row.label}.values())[::-1]


def _on_labels(
    labels: Mapping[str, Sequence[str]], several: Mapping[str, Sequence[Row]], n_images: int
) -> Iterator[SourceProblem]:
    paths = [path for path, given in labels.items() if len(given) > 1]
    if not paths:
        return
    first = paths[0]
    many = len(paths) >= MANY * n_images
    named = listed(f"'{label}'" for label in labels[first])
    yield SourceProblem(
        several[first][0].location,
        f"{counted(len(paths), 'image')} of {n_images:,} {'has' if len(paths) == 1 else 'have'} several rows with different labels, such "
        f"as '{first}': {named}; an image has one label here, so "
        f"{'it counts' if len(paths) == 1 else 'these count'} as unlabelled: looked at for duplicates, leaks and quality only",
        first,
        Severity.ERROR if many else Severity.WARNING,
        "If one label is right, keep its row. If images show several things, audit one label at a time: a manifest that says of each "
        "image whether it has it."
        if many
        else "Keep the row with the right label.",
    )


def _on(several: Mapping[str, Sequence[Row]], name: str) -> Iterator[SourceProblem]:
    values = {
        path: list(dict.fromkeys(v for row in rows if (v := getattr(row, name)))) for path, rows in several.items()
    }
    paths = [path for path, given in values.items() if len(given) > 1]
    if paths:
        first = paths[0]
        yield SourceProblem(
            several[first][0].location,
            f"{counted(len(paths), 'image')} listed in several {name}s, such as '{first}': {listed(values[first])}; the first is kept",
            first,
            Severity.ERROR if name == "split" else Severity.WARNING,
            "A model is tested on what it was trained on: keep one of the rows." if name == "split" else "",
        )


def _on_repeats(several: Mapping[str, Sequence[Row]], labels: Mapping[str, Sequence[str]]) -> Iterator[SourceProblem]:
    for path, rows in several.items():
        seen = {_said(rows[0])}
        for row in rows[1:]:
            if _said(row) in seen:
                yield SourceProblem(row.location, "left out: the same row as an earlier one", path)
            elif len(labels[path]) < 2:
                yield SourceProblem(row.location, "joined with an earlier row of the same image", path)
            seen.add(_said(row))


def _said(row: Row) -> tuple[str, str, str]:
    return row.label, row.split, row.group
