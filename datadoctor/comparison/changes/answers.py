"""What became of the images that a reviewer decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from datadoctor.findings.log import Correction

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Doubted:
    """An image that somebody decided, and whose label the new run doubts all the same.

    ``path`` and ``label`` are those of now, ``suggested`` and ``p_mislabel`` (0 to 1) what the run says of it.
    """

    path: str
    decision: str
    who: str
    label: str
    suggested: str
    p_mislabel: float
    key: str


def doubted(corrections: Sequence[Correction], items: pd.DataFrame) -> Iterator[Doubted]:
    """Decided images that are flagged under the label they were decided to have; most doubted first.

    An image is found by its path or, moved, by the bytes of its file. Those excluded, or called ambiguous, are left out: no one
    said that their label is right.
    """
    flagged = items[items["flagged"]].sort_values(["p_mislabel", "path"], ascending=[False, True])
    said = {one.path: one for one in corrections}
    by_file: dict[tuple[str, str], list[Correction]] = defaultdict(list)
    for one in corrections:
        by_file[one.digest, one.after].append(one)
    for row in flagged.to_dict("records"):
        answer = said.get(row["path"])
        if answer is None or answer.digest != row["digest"]:
            answer = next(iter(by_file[row["digest"], row["given_label"]]), None)
        if answer and answer.decision in ("keep", "relabel") and answer.after == row["given_label"]:
            yield _doubted(row, answer)


def excluded_but_there(excluded: Collection[tuple[str, str]], items: pd.DataFrame) -> list[str]:
    """Paths on the exclusion list, (path, digest of the file), that the run still has."""
    return sorted(
        path for path, digest in zip(items["path"], items["digest"], strict=True) if (path, digest) in excluded
    )


def _doubted(row: dict[Any, Any], answer: Correction) -> Doubted:
    return Doubted(
        path=row["path"],
        decision=answer.decision,
        who=answer.who,
        label=row["given_label"],
        suggested=row["suggested_label"],
        p_mislabel=round(float(row["p_mislabel"]), 4),
        key=answer.key,
    )
