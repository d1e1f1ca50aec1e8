"""Makes a listing of images that may have several labels each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from datadoctor.findings import Severity
from datadoctor.sources import Listing, SourceProblem, counted
from datadoctor.sources.building import Chain, Entry, Said, in_one_split
from datadoctor.sources.spelling import letters_in_two_cases, spelling_problems, spellings, words_for_missing


def build_sets(
    root: Path,
    rows: Sequence[Entry],
    said: Said,
    *,
    merge_spellings: bool | None = None,
    names_on_disk: Mapping[str, bytes] | None = None,
) -> Listing:
    """The listing of these images, sorted by path; see ``building.build``."""
    counts = Counter(label for row in rows for label in row.labels or ())
    ways: dict[Chain, int] = {(label,): count for label, count in counts.items()}
    usual = spellings(ways, letters_too=merge_spellings is True)
    merged = {} if merge_spellings is False else {one[0]: other[0] for one, other in usual.items()}
    sets = [None if row.labels is None else {merged.get(label, label) for label in row.labels} for row in rows]
    classes = tuple(sorted({label for labels in sets for label in labels or ()}))
    number = {name: column for column, name in enumerate(classes)}
    several = np.full((len(rows), len(classes)), -1, dtype=np.int8)
    for row, labels in enumerate(sets):
        if labels is not None:
            several[row] = 0
            several[row, [number[label] for label in labels]] = 1
    return Listing(
        root=root,
        paths=tuple(row.path for row in rows),
        labels=np.full(len(rows), -1, dtype=np.int32),
        classes=classes,
        splits=tuple(row.split for row in rows),
        groups=tuple(row.group for row in rows),
        problems=tuple(
            sorted(_problems(rows, sets, said, merge_spellings), key=lambda one: one.severity is not Severity.ERROR)
        ),
        locations=tuple(row.location for row in rows),
        names_on_disk=names_on_disk or {},
        understood=(*said.before, *_on_labels(several, len(counts)), *said.after),
        several=several,
    )


def _problems(
    rows: Sequence[Entry], sets: Sequence[set[str] | None], said: Said, merge_spellings: bool | None
) -> list[SourceProblem]:
    """What is odd about the labels, and what the reader of the source says."""
    counts = Counter(label for row in rows for label in row.labels or ())
    chains: dict[Chain, int] = {(label,): count for label, count in counts.items()}
    usual = spellings(chains, letters_too=merge_spellings is True)
    where: dict[str, str] = {label: row.location or row.path for row in reversed(rows) for label in row.labels or ()}
    first: dict[Chain, str] = {(label,): place for label, place in where.items()}
    spelt = spelling_problems(usual, chains, first, merge_spellings)
    advice = (
        "Write each class in one way; --merge-spellings says that this is right, --no-merge-spellings keeps them apart"
    )
    labelled = [(row.split, label) for row, labels in zip(rows, sets, strict=True) for label in labels or ()]
    return [
        *(replace(one, advice=advice) if one.severity is Severity.ERROR else one for one in spelt),
        *said.problems,
        *words_for_missing(counts, where),
        *([] if merge_spellings else letters_in_two_cases(sorted(counts))),
        *in_one_split(labelled),
    ]


def _on_labels(several: np.ndarray[tuple[int, int], np.dtype[np.int8]], written: int) -> list[str]:
    labelled = (several >= 0).all(axis=1)
    per_image = (several[labelled] == 1).sum(axis=1)
    n_classes = several.shape[1]
    spelt = f" in {written:,} spellings" if written > n_classes else ""
    none = int((per_image == 0).sum())
    phrases = [
        f"{counted(n_classes, 'class')}{spelt}, {per_image.mean():.1f} an image on average, at most {per_image.max()}"
    ]
    phrases += [f"{none:,} with none of them"] if none else []
    return [*phrases, f"{int((~labelled).sum()):,} without a label"] if not labelled.all() else phrases
