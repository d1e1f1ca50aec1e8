"""Makes a listing of what was read: spellings of one class become one, classes get their names, and what was understood is said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from datadoctor.findings import Severity
from datadoctor.sources import Listing, SourceProblem, Votes, counted, listed
from datadoctor.sources.spelling import letters_in_two_cases, spelling_problems, spellings, words_for_missing

Chain = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """An image as the source has it; ``classes``: superclasses first, the class last, () without a given label.

    ``labels``: where images may have several, those that it has; None where none are given. ``votes``: where several people
    labelled it, each with the label; ``classes`` is then what most said.
    """

    path: str
    classes: Chain = ()
    split: str = ""
    group: str = ""
    location: str = ""
    labels: tuple[str, ...] | None = None
    votes: tuple[tuple[str, str], ...] = ()

    @property
    def labelled(self) -> bool:
        """Whether it has a given label, or is known to have none of several."""
        return bool(self.classes) or self.labels is not None


@dataclass(frozen=True, slots=True)
class Said:
    """What the reader of a source says besides the images: phrases before and after those on classes, and problems."""

    before: Sequence[str] = ()
    after: Sequence[str] = ()
    problems: Sequence[SourceProblem] = ()


def build(
    root: Path,
    entries: Iterable[Entry],
    said: Said,
    *,
    merge_spellings: bool | None = None,
    names_on_disk: Mapping[str, bytes] | None = None,
) -> Listing:
    """The listing of these images; ``merge_spellings``: None merges and warns, True merges, False keeps spellings apart."""
    rows = sorted(entries, key=lambda entry: entry.path)
    if any(row.labels is not None for row in rows):
        from datadoctor.sources.building_sets import build_sets

        return build_sets(root, rows, said, merge_spellings=merge_spellings, names_on_disk=names_on_disk)
    counts = Counter(row.classes for row in rows if row.classes)
    # A label that only a minority gave is a class, too.
    counts.update({(label,): 0 for row in rows for _, label in row.votes})
    usual = spellings(counts, letters_too=merge_spellings is True)
    merged = {} if merge_spellings is False else usual
    chains = [merged.get(row.classes, row.classes) for row in rows]
    voted = {merged.get((label,), (label,)) for row in rows for _, label in row.votes}
    names = _names({chain for chain in chains if chain} | voted)
    labels_of = {chain: names[chain] for chain in {*chains, *voted} if chain}
    classes = tuple(sorted(set(labels_of.values())))
    index = {name: number for number, name in enumerate(classes)}
    where: dict[Chain, str] = {(label,): row.location or row.path for row in reversed(rows) for _, label in row.votes}
    where |= {row.classes: row.location or row.path for row in reversed(rows)}
    problems = [
        *spelling_problems(usual, counts, where, merge_spellings),
        *said.problems,
        *words_for_missing(
            {chain[-1]: n for chain, n in counts.items()}, {chain[-1]: place for chain, place in where.items() if chain}
        ),
        *([] if merge_spellings else letters_in_two_cases(list(classes))),
        *in_one_split((row.split, names[chain]) for row, chain in zip(rows, chains, strict=True) if chain),
    ]
    return Listing(
        root=root,
        paths=tuple(row.path for row in rows),
        labels=np.array([index[names[chain]] if chain else -1 for chain in chains], dtype=np.int32),
        classes=classes,
        splits=tuple(row.split for row in rows),
        groups=tuple(row.group for row in rows),
        superclasses=_superclasses(names, set(labels_of)),
        problems=tuple(sorted(problems, key=lambda problem: problem.severity is not Severity.ERROR)),
        locations=tuple(row.location for row in rows),
        names_on_disk=names_on_disk or {},
        understood=(*said.before, *_on_labels(rows, classes, len(set(counts)) if merged else 0), *said.after),
        votes=_votes(
            rows, {label: index[names[merged.get((label,), (label,))]] for row in rows for _, label in row.votes}
        ),
        as_written={row.path: row.classes[-1] for row, chain in zip(rows, chains, strict=True) if row.classes != chain},
    )


def _votes(rows: Sequence[Entry], index: Mapping[str, int]) -> Votes | None:
    """All votes on the images, None where there are none; ``index``: the class of each label as it was given."""
    said = [(place, who, index[label]) for place, row in enumerate(rows) for who, label in row.votes]
    if not said:
        return None
    annotators = tuple(sorted({who for _, who, _ in said}))
    number = {name: place for place, name in enumerate(annotators)}
    return Votes(
        annotators,
        np.array([place for place, _, _ in said], dtype=np.int64),
        np.array([number[who] for _, who, _ in said], dtype=np.int32),
        np.array([label for _, _, label in said], dtype=np.int32),
    )


def _names(classes: set[Chain]) -> Mapping[Chain, str]:
    """A name of its own for every class and every superclass: the last part if that is unique, else all parts."""
    folders = {parts[:depth] for parts in classes for depth in range(1, len(parts) + 1)}
    same = Counter(parts[-1] for parts in folders)
    return {parts: parts[-1] if same[parts[-1]] == 1 else "/".join(parts) for parts in folders}


def _superclasses(names: Mapping[Chain, str], classes: set[Chain]) -> dict[str, tuple[str, ...]]:
    nested = sorted(parts for parts in classes if len(parts) > 1)
    return {
        names[parts]: tuple(names[parts[:depth]] for depth in range(len(parts) - 1, 0, -1)) for parts in nested
    }  # fmt: skip


def _on_labels(rows: Sequence[Entry], classes: Sequence[str], written: int) -> list[str]:
    bare = sum(not row.classes for row in rows)
    if bare == len(rows):
        return ["no labels: duplicates, leaks, quality and outliers only"]
    spelt = f" in {written:,} spellings" if written > len(classes) else ""
    phrases = [f"{counted(len(classes), 'class')}{spelt}"]
    return [*phrases, f"{bare:,} without a label"] if bare else phrases


def in_one_split(labelled: Iterable[tuple[str, str]]) -> list[SourceProblem]:
    """One note on the classes that only one of several labelled splits has; ``labelled``: split and class of each label."""
    of_split: dict[str, set[str]] = {}
    for split, name in labelled:
        if split:
            of_split.setdefault(split, set()).add(name)
    if len(of_split) < 2:
        return []
    counts = Counter(name for held in of_split.values() for name in held)
    alone = {split: sorted(name for name in held if counts[name] == 1) for split, held in of_split.items()}
    said = [f"in {split} only: {listed(held)}" for split, held in sorted(alone.items()) if held]
    if not said:
        return []
    return [SourceProblem(next(iter(sorted(of_split))), f"the splits do not have the same classes: {'; '.join(said)}",
                          severity=Severity.INFO)]  # fmt: skip
