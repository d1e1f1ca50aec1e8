"""Lists the images named by a manifest: one row an image, with its path below the root and its given label.

A path listed twice stays one item, as first listed. A row without a label is an item without a given label. An image that
is not there stays an item and turns out unreadable. Nothing outside the root is opened.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from datadoctor.errors import DataDoctorError
from datadoctor.sources import Listing, SourceProblem
from datadoctor.sources.rows import Rows, read_rows

# Looked for in this order, in any case of letters.
LABEL_COLUMNS = ("given_label", "label", "labels", "class", "class_name", "category", "target")


@dataclass(frozen=True, slots=True)
class _Row:
    path: str
    label: str
    split: str
    group: str
    location: str


def list_manifest(
    root: Path,
    manifest: Path,
    *,
    path_column: str = "path",
    label_column: str | None = None,
    split_column: str | None = None,
    group_column: str | None = None,
) -> Listing:
    """List the images that ``manifest`` names below ``root``.

    ``label_column`` None takes the first of ``LABEL_COLUMNS`` that is there, ``split_column`` None a column 'split'.
    Raises ``DataDoctorError`` if the manifest cannot be read, lacks a column, or names no image that is there.
    """
    if not root.is_dir():
        raise DataDoctorError(f"{root}: not a folder; give the folder that the paths in {manifest} start from")
    rows = read_rows(manifest)
    problems = list(rows.problems)
    given = list(
        _checked(
            rows,
            _column(rows, manifest, path_column, "path"),
            _column(rows, manifest, label_column or _usual_label(rows, manifest), "label"),
            _optional(rows, manifest, split_column, "split"),
            _optional(rows, manifest, group_column, "group"),
            problems,
        )
    )
    kept = sorted(_once(given, problems).values(), key=lambda row: row.path)
    if not kept:
        first = f"; {problems[0].where}: {problems[0].cause}" if problems else ""
        raise DataDoctorError(f"{manifest}: names no image{first}; write one row an image")
    if not any((root / row.path).is_file() for row in kept):
        raise DataDoctorError(
            f"{manifest}: none of its {len(kept):,} images is below {root}, not even '{kept[0].path}'; "
            "give the folder that the paths start from"
        )
    return _listing(root, kept, problems)


def _column(rows: Rows, manifest: Path, name: str, kind: str) -> list[str]:
    if name not in rows.columns:
        raise DataDoctorError(f"{manifest}: no column '{name}'; {_choose(rows, kind)}")
    return rows.columns[name]


def _choose(rows: Rows, kind: str) -> str:
    return f"choose the {kind} column with --{kind}-column among: {', '.join(rows.columns) or '(none)'}"


def _usual_label(rows: Rows, manifest: Path) -> str:
    by_lower = {name.lower(): name for name in reversed(list(rows.columns))}
    for name in LABEL_COLUMNS:
        if name in by_lower:
            return by_lower[name]
    raise DataDoctorError(f"{manifest}: no column is called {', '.join(LABEL_COLUMNS)}; {_choose(rows, 'label')}")


def _optional(rows: Rows, manifest: Path, name: str | None, kind: str) -> list[str]:
    if name is not None:
        return _column(rows, manifest, name, kind)
    return rows.columns.get("split", [""] * len(rows.locations)) if kind == "split" else [""] * len(rows.locations)


def _checked(
    rows: Rows, paths: list[str], labels: list[str], splits: list[str], groups: list[str], problems: list[SourceProblem]
) -> Iterator[_Row]:
    for path, label, split, group, where in zip(paths, labels, splits, groups, rows.locations, strict=True):
        wrong = _wrong(path)
        if wrong:
            problems.append(SourceProblem(where, f"left out: {wrong}", _valid(path)))
            continue
        tidy = posixpath.normpath(path)
        given = _valid(label) if label.strip() else ""
        if not given:
            problems.append(SourceProblem(where, "no given label: the image is compared for duplicates only", tidy))
        yield _Row(tidy, given, _valid(split), _valid(group), where)


def _wrong(path: str) -> str:
    """Why a path cannot be used, '' where it can."""
    if not path.strip():
        return "an empty path"
    if path != _valid(path) or "\0" in path:
        return "a path that is not valid text"
    if posixpath.isabs(path) or Path(path).is_absolute():
        return "an absolute path; write it relative to the folder of images"
    if posixpath.normpath(path).split("/")[0] in ("..", "."):
        return "a path that leads out of the folder of images"
    return ""


def _valid(text: str) -> str:
    # JSON can hold halves of surrogate pairs, which no file or table can be written with.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _once(given: list[_Row], problems: list[SourceProblem]) -> Mapping[str, _Row]:
    """The first row of each path; every later one is a problem."""
    first: dict[str, _Row] = {}
    for row in given:
        earlier = first.setdefault(row.path, row)
        if earlier is not row:
            problems.append(SourceProblem(row.location, _repeated(earlier, row), row.path))
    return first


def _repeated(earlier: _Row, row: _Row) -> str:
    for name in ("label", "split", "group"):
        before, now = getattr(earlier, name), getattr(row, name)
        if before != now:
            return f"listed before with another {name}: '{before}' in {earlier.location}, which is kept, '{now}' here"
    return "left out: the same row as an earlier one"


def _listing(root: Path, kept: list[_Row], problems: list[SourceProblem]) -> Listing:
    classes = tuple(sorted({row.label for row in kept if row.label}))
    index = {name: number for number, name in enumerate(classes)}
    return Listing(
        root=root,
        paths=tuple(row.path for row in kept),
        labels=np.array([index.get(row.label, -1) for row in kept], dtype=np.int32),
        classes=classes,
        splits=tuple(row.split for row in kept),
        groups=tuple(row.group for row in kept),
        problems=tuple(problems),
        locations=tuple(row.location for row in kept),
    )
