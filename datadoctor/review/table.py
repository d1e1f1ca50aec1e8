"""The images of a run as columns that are quick to filter and to sort. *Place*: an image's row in ``items.parquet``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadoctor.run import Run
from datadoctor.run.suspects import OF_LABELS
from datadoctor.sources.label_sets import labels_of

TEXTS = ("split", "group", "kind", "relation")
# Columns that can be sorted by and dragged over, beside the quality figures: name on the page, column of the table.
NUMBERS = {
    "p": "p_mislabel",
    "score": "mislabel_score",
    "confidence": "self_confidence",
    "agreement": "neighbour_agreement",
    "width": "width",
    "height": "height",
    "bytes": "file_size",
}


class Table:
    """All images of a run; arrays have one entry an image, by place."""

    def __init__(self, run: Run, flips: Mapping[str, NDArray[np.int64]] | None = None) -> None:
        """``flips``: places whose label is doubted now ('up') or no longer ('down'), where labels were judged again."""
        self.run = run
        self.flips = flips or {}
        self.items: pd.DataFrame = run.items
        self.classes: list[str] = list(run.summary["dataset"]["class_counts"])
        self.number = {name: label for label, name in enumerate(run.label_texts)}

    def __len__(self) -> int:
        return len(self.items)

    @cached_property
    def given(self) -> NDArray[np.int32]:
        """(n,) number of the given class, -1 without one."""
        return self._numbered("given_label")

    @cached_property
    def suggested(self) -> NDArray[np.int32]:
        """(n,) number of the suggested class, -1 without one."""
        return self._numbered("suggested_label")

    @cached_property
    def numbers(self) -> dict[str, NDArray[np.float64]]:
        """What can be sorted by: NaN where it is not known. ``side`` is the longer one, in pixels."""
        found = {name: self._number(column) for name, column in NUMBERS.items()}
        found["side"] = np.maximum(found["width"], found["height"])
        quality = [name for name in map(str, self.items) if name.startswith("quality_")]
        return found | {name.removeprefix("quality_"): self._number(name) for name in quality}

    @cached_property
    def texts(self) -> dict[str, tuple[NDArray[np.int32], list[str]]]:
        """Columns of repeated texts: (n,) codes into sorted words."""
        return {name: _encoded(self.items[name]) for name in TEXTS}

    @cached_property
    def superclass(self) -> NDArray[np.int32] | None:
        """(k,) number of each class's superclass; None without a class tree."""
        tree = self.run.hierarchy.get("used")
        if not tree:
            return None
        by_name = dict(zip(tree["classes"], tree["superclass_of"], strict=True))
        return np.array([by_name.get(name, -1) for name in self.classes], dtype=np.int32)

    @cached_property
    def named(self) -> Mapping[str, NDArray[np.int64]]:
        """By check, the places of the images that its findings name."""
        found: dict[str, list[int]] = {}
        for check, subjects in zip(self.run.findings["check"], self.run.findings["subjects"], strict=True):
            found.setdefault(str(check), []).extend(
                self.place[s["path"]] for s in json.loads(subjects) if s["path"] in self.place
            )
        return {check: np.unique(np.array(places, dtype=np.int64)) for check, places in found.items()}

    @cached_property
    def key(self) -> dict[int, str]:
        """The key of the finding that says an image's label is wrong, by place; of several labels those of all, a space between."""
        findings = self.run.findings[self.run.findings["check"].isin(OF_LABELS)]
        pairs = zip(findings["key"], findings["subjects"], strict=True)
        named = ((key, json.loads(subjects)[0]["path"]) for key, subjects in pairs if subjects != "[]")
        keys: dict[int, list[str]] = {}
        for key, path in named:
            if path in self.place:
                keys.setdefault(self.place[path], []).append(str(key))
        return {place: " ".join(several) for place, several in keys.items()}

    def with_class(self, name: str) -> list[int]:
        """The numbers of labels that are this class, or a set with it in it."""
        if not self.run.several_labels:
            return [self.number[name]] if name in self.number else []
        return [number for text, number in self.number.items() if name == text or name in labels_of(text)]

    def is_label(self, text: str) -> bool:
        """Whether a text is a class, or several where images may have them."""
        if not self.run.several_labels:
            return text in self.number
        return bool(text) and set(labels_of(text)) <= set(self.classes)

    @cached_property
    def place(self) -> dict[str, int]:
        """The place of each path."""
        return {path: place for place, path in enumerate(self.items["path"].tolist())}

    @cached_property
    def lot(self) -> NDArray[np.int64]:
        """(n,) a number drawn for each image by its digest: the same on every machine, and for copies of one file."""
        return np.array([int(digest[:8] or "0", 16) for digest in self.items["digest"].tolist()], dtype=np.int64)

    @cached_property
    def columns(self) -> dict[str, Any]:
        """The columns that facts about single images come from."""
        names = ("path", "digest", "split", "error", "width", "height", "row")
        return {name: self.items[name].to_numpy() for name in names}

    def facts(self, place: int) -> dict[str, Any]:
        """What the page shows of one image."""
        p = self.numbers["p"][place]
        column = self.columns
        return {
            "path": str(column["path"][place]),
            "given": int(self.given[place]),
            "suggested": int(self.suggested[place]),
            "p": None if np.isnan(p) else round(float(p), 3),
            "split": str(column["split"][place]),
            "width": int(column["width"][place]),
            "height": int(column["height"][place]),
            "error": str(column["error"][place]),
            "version": str(column["digest"][place])[:12],
        }

    def _numbered(self, column: str) -> NDArray[np.int32]:
        numbers: NDArray[np.int32] = np.asarray(self.items[column].map(self.number).fillna(-1), dtype=np.int32)
        return numbers

    def _number(self, column: str) -> NDArray[np.float64]:
        return self.items[column].to_numpy(np.float64, na_value=np.nan)


def _encoded(texts: pd.Series[str]) -> tuple[NDArray[np.int32], list[str]]:
    codes, words = pd.factorize(texts.fillna("").astype(str), sort=True)
    return codes.astype(np.int32), [str(word) for word in words]
