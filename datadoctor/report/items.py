"""Which items the page knows, as columns: every one up to a limit, beyond it those with findings and an even sample."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from datadoctor.run import Run

TEXT_COLUMNS = ("split", "group", "kind", "relation", "mode", "error", "warning")


@dataclass(frozen=True)
class Dictionary:
    """A column of repeated texts: item i has the text ``words[codes[i]]``."""

    words: list[str]
    codes: list[int]


@dataclass(frozen=True)
class Items:
    """The items of the page, sorted by path; all lists have one entry an item.

    ``given`` and ``suggested`` index ``labels``, -1 for none: ``classes``, and behind them sets of several. Probabilities and
    agreements are in [0, 1] with three decimals, None where not judged. ``row`` is the row in the arrays of the run, -1 for
    unreadable images.
    """

    table: pd.DataFrame
    classes: list[str]
    total: int
    labels: list[str]

    def __len__(self) -> int:
        return len(self.table)

    @cached_property
    def index(self) -> dict[str, int]:
        """Position on the page of each path."""
        return {path: i for i, path in enumerate(self.table["path"].tolist())}

    @cached_property
    def index_of_row(self) -> dict[int, int]:
        """Position on the page of each row of the run's arrays."""
        return {row: i for i, row in enumerate(self.table["row"].tolist()) if row >= 0}

    def positions(self, paths: Iterable[str]) -> list[int]:
        """Where these paths are on the page; those that are not are left out."""
        return [self.index[path] for path in paths if path in self.index]

    def columns(self, subjects: set[int]) -> dict[str, object]:
        """Everything the scripts read about items; digests only of ``subjects``, the items that can be decided on."""
        table = self.table
        number = {name: i for i, name in enumerate(self.labels)}
        return {
            "path": table["path"].tolist(),
            "given": [number.get(name, -1) for name in table["given_label"].tolist()],
            "suggested": [number.get(name, -1) for name in table["suggested_label"].tolist()],
            "score": rounded(table["mislabel_score"]),
            "p": rounded(table["p_mislabel"]),
            "confidence": rounded(table["self_confidence"]),
            "agreement": rounded(table["neighbour_agreement"]),
            "flagged": table["flagged"].astype(int).tolist(),
            "width": table["width"].tolist(),
            "height": table["height"].tolist(),
            "bytes": table["file_size"].tolist(),
            "digest": [digest if i in subjects else "" for i, digest in enumerate(table["digest"].tolist())],
            "views": {name[5:]: rounded(table[name]) for name in map(str, table) if name.startswith("view_")},
            "quality": {name[8:]: rounded(table[name]) for name in map(str, table) if name.startswith("quality_")},
            **{name: encoded(table[name]) for name in TEXT_COLUMNS},
        }


def chosen_items(run: Run, limit: int) -> Items:
    """The items of a run's page: at most ``limit``."""
    table = run.items
    total = len(table)
    if total > limit:
        named = table["path"].isin(set(_named_in_findings(run.findings["subjects"])))
        weight = table["flagged"].astype(float) * 2 + named + table["mislabel_score"].fillna(0)
        worst = np.argsort(-weight.to_numpy(), kind="stable")[: limit // 2]
        sample = np.linspace(0, total - 1, limit - len(worst)).astype(int)
        table = table.iloc[np.union1d(worst, sample)].reset_index(drop=True)
    return Items(table, list(run.summary["dataset"]["class_counts"]), total, run.label_texts)


def _named_in_findings(subjects: Iterable[str]) -> Iterable[str]:
    return (subject["path"] for text in subjects for subject in json.loads(text))


def rounded(values: Sequence[float] | pd.Series[float]) -> list[float | None]:
    """Three decimals, None for what is not a finite number, integers without a point: what JSON can say."""
    return [_short(value) for value in np.asarray(values, dtype=float).tolist()]


def _short(value: float) -> float | None:
    if not math.isfinite(value):
        return None
    short = round(value, 3)
    return int(short) if short == int(short) else short


def encoded(texts: pd.Series[str]) -> Dictionary:
    """Repeated texts as codes into the sorted distinct ones."""
    codes, words = pd.factorize(texts.astype(str), sort=True)
    return Dictionary([str(word) for word in words], codes.tolist())
