"""Writes a small run directory with real image files: known truth, probabilities that know it up to noise."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from datadoctor.findings import Finding, ItemRef, Severity
from datadoctor.flow.keeping import Keeper
from datadoctor.run import FINDING_COLUMNS, HIERARCHY_SCHEMA, ITEM_COLUMNS, Run
from datadoctor.run.tables import findings_table
from datadoctor.stages.interpretations import Interpretations
from tests.run_tables import whole_rate, whole_summary, whole_tree


@dataclass(frozen=True)
class Made:
    """A run, the folder of its images, and the true label of each path."""

    run: Run
    images: Path
    truth: dict[str, str]

    def manifest(self, file: Path) -> Path:
        """A CSV manifest of the images as they are labelled."""
        lines = [f"{row.path},{row.given_label}\n" for row in self.run.items.itertuples()]
        file.write_text("path,label\n" + "".join(lines), encoding="utf-8")
        return file


def make_run(
    folder: Path, n: int = 40, classes: tuple[str, ...] = ("cat", "dog", "lynx"), given_tree: bool = False
) -> Made:
    """n images, every fifth mislabelled as the next class; the wrong ones in folders of their wrong class."""
    images, rows, truth = folder / "images", [], {}
    k = len(classes)
    for i in range(n):
        true, given = i % k, (i % k + (i % 5 == 0)) % k
        path = f"{classes[given]}/img{i:04d}.jpg"
        (images / path).parent.mkdir(parents=True, exist_ok=True)
        (images / path).write_bytes(b"image %d" % i)
        truth[path] = classes[true]
        p = 0.95 - 0.001 * i if given != true else 0.05 + 0.001 * i
        rows.append(_item(path, classes[given], classes[true], p, hashlib.sha256(b"image %d" % i).hexdigest()))
    items = pd.DataFrame(rows)[list(ITEM_COLUMNS)].sort_values("path", ignore_index=True)
    items["row"] = range(n)
    _write(folder / "run", items, classes, images, given_tree)
    return Made(Run(folder / "run"), images, truth)


def _item(path: str, given: str, suggested: str, p: float, digest: str) -> dict[str, object]:
    texts = dict.fromkeys(("split", "group", "kind", "relation", "error", "warning", "location"), "")
    numbers = {"mislabel_score": p, "p_mislabel": p, "self_confidence": 1 - p, "neighbour_agreement": 1 - p}
    rest = {
        "judged": True,
        "fold": 0,
        "width": 8,
        "height": 6,
        "mode": "RGB",
        "file_size": 7,
        "readable": True,
        "row": 0,
    }
    labels = {"path": path, "given_label": given, "suggested_label": suggested, "flagged": p > 0.5}
    return {**texts, **numbers, **rest, **labels, "digest": digest, "pixel_digest": digest[::-1]}


def _write(folder: Path, items: pd.DataFrame, classes: tuple[str, ...], images: Path, given_tree: bool) -> None:
    (folder / "artifacts").mkdir(parents=True)
    items.to_parquet(folder / "items.parquet", index=False)
    flagged: list[Any] = list(items[items["flagged"]].itertuples())
    findings = [
        Finding("mislabel", Severity.WARNING, row.p_mislabel, f"Given {row.given_label}.",
                (ItemRef(row.path, row.pixel_digest, row.given_label),), (row.given_label,))
        for row in flagged
    ]  # fmt: skip
    findings_table(findings)[list(FINDING_COLUMNS)].to_parquet(folder / "findings.parquet", index=False)
    rate = whole_rate(estimate=0.2, low=0.15, high=0.25)
    counts = {name: int((items["given_label"] == name).sum()) for name in classes}
    dataset = whole_summary()["dataset"] | {"images": len(items), "classes": len(classes), "class_counts": counts}
    summary = whole_summary(source=str(images), label_errors=rate, dataset=dataset)
    (folder / "summary.json").write_text(json.dumps(summary))
    (folder / "hierarchy.json").write_text(
        json.dumps({"schema": HIERARCHY_SCHEMA, "used": _tree(classes, given_tree), "learnt": None})
    )
    put_reasons(folder / "artifacts" / "stages", items[items["flagged"]], list(classes))


def put_reasons(folder: Path, flagged: pd.DataFrame, classes: list[str], counters: int = -1) -> None:
    """All images of one given and suggested class for one reason; ``counters``: the row of their only counter-example."""
    found = flagged.sort_values(["p_mislabel", "path"], ascending=[False, True])
    groups = [part for _, part in found.groupby(["given_label", "suggested_label"], sort=False)]
    groups.sort(key=lambda part: -len(part))
    numbers = {name: number for number, name in enumerate(classes)}
    pairs = [[numbers[str(part[f"{which}_label"].iat[0])] for which in ("given", "suggested")] for part in groups]
    given, suggested = np.array(pairs, np.int32).reshape(-1, 2).T
    rows = np.concatenate([np.empty(0, np.int64), *(part["row"].to_numpy(np.int64) for part in groups)])
    boundaries = np.stack([np.zeros_like(given), suggested, given], axis=1)
    starts = np.cumsum([0, *map(len, groups)]).astype(np.int64)
    near, ends = np.full((len(groups), 3), -1, np.int64), np.arange(len(groups) + 1)
    near[:, 0] = counters
    alike, distances = np.full(len(groups), 7, np.int32), np.zeros(len(rows), np.float32)
    reasons = Interpretations(given, suggested, rows, starts, distances, near, alike, boundaries, ends, ("network",))
    Keeper(folder).put("interpretations", "", reasons)


def _tree(classes: tuple[str, ...], given: bool) -> dict[str, object]:
    everything = list(range(len(classes)))
    nodes = [{"name": "", "parent": -1, "members": everything}, {"name": "animal", "parent": 0, "members": everything}]
    nodes += [{"name": name, "parent": 1, "members": [i]} for i, name in enumerate(classes)]
    return whole_tree(origin="given" if given else "learnt", classes=list(classes), nodes=nodes)
