"""What changed from one run over a dataset to a later one: which findings are fixed, which are still there, which are new.

``matching`` pairs the findings of the two runs -> ``causes`` says why one went or came -> ``answers`` looks up what became of the
images that a reviewer decided -> ``formats`` shows it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from datadoctor.run import Run

if TYPE_CHECKING:
    import pandas as pd

    from datadoctor.comparison.changes.answers import Doubted
    from datadoctor.comparison.changes.matching import Row
    from datadoctor.findings.records import Records

# Why a finding went or came: an image of it was relabelled, removed or added; or all are as they were, and the run judges otherwise.
CAUSES = ("relabelled", "images", "judged otherwise")


@dataclass(frozen=True, slots=True)
class Change:
    """A finding that went or came; ``cause`` is one of ``CAUSES``."""

    check: str
    key: str
    labels: tuple[str, ...]
    paths: tuple[str, ...]
    message: str
    score: float
    cause: str


@dataclass(frozen=True, slots=True)
class Tally:
    """Findings of one check, or that name one class, sorted as ``Changes`` has them.

    ``accepted``: those still there that a reviewer kept as they are.
    """

    name: str
    fixed: int
    gone: int
    still: int
    accepted: int
    new: int


@dataclass(frozen=True, slots=True)
class Rate:
    """Wrong labels as a share of the judged images, estimated by one run; None where it had no estimate."""

    estimate: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class ClassErrors:
    """Images of one class, and the sum of their probabilities of a wrong label, in the old and in the new run."""

    name: str
    images: tuple[int, int]
    expected_wrong: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Changes:
    """Two runs compared; ``by_class`` and ``classes`` by name, findings worst first within a check.

    ``fixed``: went with a label or an image that changed, or a reviewer accepted it and the run now agrees. ``gone``: went though
    nothing about its images changed and nobody decided it: it may have been right. ``come``: is new. ``relabelled``, ``removed``
    and ``added`` count pictures. ``answered`` counts decided images, ``doubted`` are those of them that the new run doubts all the
    same, ``excluded_but_there`` those on the exclusion list that it still has. ``remarks``: what makes the two hard to compare.
    """

    old: str
    new: str
    by_check: tuple[Tally, ...]
    by_class: tuple[Tally, ...]
    classes: tuple[ClassErrors, ...]
    fixed: tuple[Change, ...]
    gone: tuple[Change, ...]
    come: tuple[Change, ...]
    rates: tuple[Rate, Rate]
    relabelled: int
    removed: int
    added: int
    answered: int
    doubted: tuple[Doubted, ...]
    excluded_but_there: tuple[str, ...]
    remarks: tuple[str, ...]


def changes(old: Run, new: Run, records: Records) -> Changes:
    """Compare two runs over one dataset. ``records``: what reviewers decided in between."""
    from datadoctor.comparison.changes.answers import doubted, excluded_but_there
    from datadoctor.comparison.changes.causes import compare_images, remarks
    from datadoctor.comparison.changes.matching import matched

    images = compare_images(old.items, new.items)
    went, still, come = matched(old.findings, new.findings)
    settled = [images.cause(row) != CAUSES[-1] or records.accepts(row["key"]) for row in went]
    fixed = [row for row, is_settled in zip(went, settled, strict=True) if is_settled]
    gone = [row for row, is_settled in zip(went, settled, strict=True) if not is_settled]
    accepted = [row for row in still if records.accepts(row["key"])]
    counted = (fixed, gone, still, accepted, come)
    return Changes(
        old=str(old.path),
        new=str(new.path),
        by_check=_tallies(counted, lambda row: [row["check"]]),
        by_class=_tallies(counted, lambda row: row["labels"]),
        classes=_classes(old.items, new.items),
        fixed=tuple(_change(row, images.cause(row)) for row in fixed),
        gone=tuple(_change(row, images.cause(row)) for row in gone),
        come=tuple(_change(row, images.cause(row)) for row in come),
        rates=(_rate(old), _rate(new)),
        relabelled=len(images.relabelled),
        removed=len(images.removed),
        added=len(images.added),
        answered=len(records.corrections),
        doubted=tuple(doubted(records.corrections, new.items)),
        excluded_but_there=tuple(excluded_but_there(records.excluded, new.items)),
        remarks=tuple(remarks(old.summary, new.summary)),
    )


def _tallies(counted: Sequence[Sequence[Row]], names: Callable[[Row], Sequence[str]]) -> tuple[Tally, ...]:
    counts = [Counter(name for row in rows for name in set(names(row))) for rows in counted]
    return tuple(Tally(name, *(count[name] for count in counts)) for name in sorted(set().union(*counts)))


def _change(row: Row, cause: str) -> Change:
    paths = tuple(subject["path"] for subject in row["subjects"])
    return Change(row["check"], row["key"], tuple(row["labels"]), paths, row["message"], float(row["score"]), cause)


def _classes(old: pd.DataFrame, new: pd.DataFrame) -> tuple[ClassErrors, ...]:
    images = [items["given_label"].value_counts().to_dict() for items in (old, new)]
    wrong = [items.groupby("given_label")["p_mislabel"].sum().to_dict() for items in (old, new)]
    names = sorted({str(name) for counts in images for name in counts})
    return tuple(
        ClassErrors(
            name,
            (int(images[0].get(name, 0)), int(images[1].get(name, 0))),
            (round(float(wrong[0].get(name, 0)), 1), round(float(wrong[1].get(name, 0)), 1)),
        )
        for name in names
        if name
    )


def _rate(run: Run) -> Rate:
    found = run.summary.get("label_errors") or {}
    return Rate(found.get("estimate"), found.get("low"), found.get("high"))
