"""Which finding of the new run is one of the old run."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import pandas as pd

# A row of findings with 'labels' and 'subjects' as lists.
Row: TypeAlias = dict[str, Any]


def matched(old: pd.DataFrame, new: pd.DataFrame) -> tuple[list[Row], list[Row], list[Row]]:
    """The findings that are fixed (rows of ``old``), still there and new (rows of ``new``), each in the order of its table.

    A finding is still there if its key is; or if its check says something of the very same images, though their labels, which
    are part of the key, have changed. Findings with one key, as copies of a picture have, are paired one by one.
    """
    before, after = _rows(old), _rows(new)
    still: set[int] = set()
    for identity in (_by_key, _by_images):
        waiting: dict[Hashable, list[int]] = defaultdict(list)
        for number, row in enumerate(after):
            if number not in still:
                waiting[identity(row)].append(number)
        left = []
        for row in before:
            known = identity(row)
            if known is not None and waiting[known]:
                still.add(waiting[known].pop(0))
            else:
                left.append(row)
        before = left
    return (
        before,
        [row for number, row in enumerate(after) if number in still],
        [row for number, row in enumerate(after) if number not in still],
    )


def _by_key(row: Row) -> Hashable:
    return row["check"], row["key"]


def _by_images(row: Row) -> Hashable:
    digests = sorted(subject["digest"] for subject in row["subjects"])
    return (row["check"], *digests) if digests else None


def _rows(findings: pd.DataFrame) -> list[Row]:
    rows = [{str(name): value for name, value in row.items()} for row in findings.to_dict("records")]
    return [row | {name: json.loads(row[name]) for name in ("labels", "subjects")} for row in rows]
