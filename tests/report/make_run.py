"""Writes synthetic run directories of any size: what the report has to survive, without an audit.

``python -m tests.report.make_run OUT --classes 1000 --items 100000`` writes one and its report.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from datadoctor.flow.keeping import Keeper
from datadoctor.run import CLASS_PAIR_COLUMNS, DUPLICATE_COLUMNS, ITEM_COLUMNS
from datadoctor.stages.label_quality.evidence import SIDE, Evidence
from tests.relabel.queue.make_run import put_reasons
from tests.report import make_findings, make_structure, make_summary, make_tree

HOSTILE = (
    "<script>window.hacked=1</script>", "</script><b>bold", "\"><img src=x onerror=window.hacked=1>", "=cmd|' /C calc'!A0",
    "{{ 7*7 }}", "line\nbreak", "tab\there", "ünï©ødé 日本語 🦆", "\u2028\u2029", "@SUM(1+1)",
)  # fmt: skip


@dataclass(frozen=True)
class Spec:
    """What the run holds. ``noise`` is the share of wrong labels; ``skipped`` and ``failed`` name checks."""

    classes: int = 10
    items: int = 500
    noise: float = 0.08
    duplicate_sets: int = 12
    unreadable: int = 3
    splits: tuple[str, ...] = ("test", "train")
    hostile: bool = False
    skipped: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    seed: int = 0


def build(folder: Path, spec: Spec, source: Path | None = None) -> Callable[[str], bytes | None]:
    """Write a run directory into ``folder``; returns the thumbnails of its items by digest.

    With ``source`` the images are written there too, so that what the report says of them can be applied to them.
    """
    random = np.random.default_rng(spec.seed)
    names = _class_names(spec)
    items = _items(spec, names, random)
    if source is not None:
        _write_images(source, names, items)
    duplicates = _duplicates(spec, items, random)
    tables = {"items": items, "duplicates": duplicates, "class_pairs": _class_pairs(spec, names, items)}
    tables["findings"] = make_findings.findings(spec, tables)
    (folder / "artifacts").mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet", index=False)
    counts = _arrays(folder / "artifacts", spec, names, items, random)
    trees = make_tree.trees(names)
    _json(folder / "hierarchy.json", trees)
    _json(folder / "class_structure.json", make_structure.class_structure(trees["used"], counts, spec.seed))
    summary = make_summary.summary(spec, names, tables)
    _json(folder / "summary.json", summary if source is None else summary | {"source": str(source)})
    readable = items[items["readable"]]
    pictures = dict(zip(readable["digest"], (_number(name, names) for name in readable["true"]), strict=True))
    items.drop(columns=["true"]).to_parquet(folder / "items.parquet", index=False)
    _maps(folder / "artifacts" / "stages", items, names)
    right = items[items["judged"] & ~items["flagged"]]["row"]
    put_reasons(folder / "artifacts" / "stages", items[items["flagged"]], names, int(right.max()) if len(right) else -1)
    return lambda digest: picture(pictures[digest], digest) if digest in pictures else None


def _maps(folder: Path, items: pd.DataFrame, names: list[str]) -> None:
    """Of the worst: the given label is seen on the left, half as clearly as the suggested one is on the right."""
    found = items[items["flagged"]].nlargest(400, "mislabel_score")
    maps = np.full((len(found), 2, SIDE, SIDE), -0.1, np.float32)
    maps[:, 0, 5:15, 2:8] = 0.5
    maps[:, 1, 5:15, 12:18] = 1
    both = [[_number(label, names) for label in found[f"{which}_label"]] for which in ("given", "suggested")]
    rows, digests = found["row"].to_numpy(np.int64), tuple(found["digest"])
    classes, elsewhere = np.array(both, np.int32).T.reshape(-1, 2), np.zeros((len(found), 2), np.float32)
    Keeper(folder).put("evidence_maps", "", Evidence(rows, digests, classes, maps, elsewhere, 0.75, ("neighbours",)))


def say_in_words(folder: Path, names: list[str]) -> None:
    """Give the classes of a run's hierarchy words, '' for none."""
    file = folder / "hierarchy.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    _json(file, content | {"used": content["used"] | {"names": names}})


def picture(number: int, digest: str) -> bytes:
    """A JPEG of 160 px: the digits of a class number, tinted by class, shifted by digest."""
    digits = np.concatenate([_digit(int(c), int(digest[:4], 16)) for c in str(max(number, 0))], axis=1)
    hue = (number * 47 + int(digest[4:6], 16) // 16) % 256
    base = Image.fromarray(digits).resize((160, 160), Image.Resampling.BICUBIC)
    flat = Image.new("L", base.size, 110)
    image = Image.merge("HSV", (Image.new("L", base.size, hue), flat, base)).convert("RGB")
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=80)
    return stream.getvalue()


@functools.cache
def _digits() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    from sklearn.datasets import load_digits

    found = load_digits()
    return (found.images * 12 + 50).astype(np.uint8), found.target


def _digit(value: int, choice: int) -> NDArray[np.uint8]:
    images, targets = _digits()
    rows = np.flatnonzero(targets == value)
    return np.asarray(images[rows[choice % len(rows)]])


def _write_images(source: Path, names: list[str], items: pd.DataFrame) -> None:
    for row in items[items["readable"]].itertuples():
        content = picture(_number(str(row.true), names), str(row.digest))
        file = source / str(row.path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        items.loc[row.Index, "digest"] = hashlib.sha256(content).hexdigest()


def _class_names(spec: Spec) -> list[str]:
    width = len(str(max(spec.classes - 1, 0)))
    names = [f"class_{i:0{width}d}" for i in range(spec.classes)]
    if spec.hostile:
        names[: len(HOSTILE)] = HOSTILE[: spec.classes]
    return sorted(names)


def _number(name: str, names: list[str]) -> int:
    return names.index(name) if name in names else -1


def _items(spec: Spec, names: list[str], random: np.random.Generator) -> pd.DataFrame:
    n, k = spec.items, len(names)
    true = random.integers(0, k, n) if k else np.zeros(n, dtype=int)
    wrong = random.random(n) < (spec.noise if k > 1 else 0)
    near = (true // 3 * 3 + random.integers(0, 3, n)) % max(k, 1)
    far = random.integers(0, max(k, 1), n)
    given = np.where(wrong, np.where(random.random(n) < 0.7, near, far), true)
    wrong = given != true
    p = np.where(wrong, random.beta(8, 2, n), np.minimum(random.beta(1, 14, n), 0.45)).astype(np.float32)
    name_of = np.array(names or [""], dtype=object)
    digests = [hashlib.sha256(f"{spec.seed}/{i}".encode()).hexdigest() for i in range(n)]
    hostile = [HOSTILE[i % len(HOSTILE)].replace("/", "∕") if spec.hostile and i % 3 == 0 else "img" for i in range(n)]
    readable = np.arange(n) >= spec.unreadable
    relation = np.where(given == true, "same class", np.where(given // 3 == true // 3, "sibling", "cross-superclass"))
    flagged = (p > 0.5) & readable
    split = [spec.splits[int(random.random() < 0.8) % len(spec.splits)] if spec.splits else "" for _ in range(n)]
    columns: dict[str, Any] = {
        "path": [f"{name_of[g]}/{h}_{i:06d}.jpg" for i, (g, h) in enumerate(zip(given, hostile, strict=True))],
        "split": split, "group": [""] * n,
        "given_label": name_of[given], "suggested_label": np.where(p > 0.4, name_of[true], name_of[given]),
        "mislabel_score": p, "p_mislabel": p, "flagged": flagged,
        "kind": np.where(flagged, np.where(p > 0.7, "relabel", "ambiguous pair"), ""),
        "self_confidence": 1 - p, "neighbour_agreement": np.clip(1.1 - p, 0, 1), "relation": relation, "judged": readable,
        "fold": 0, "digest": digests, "pixel_digest": digests, "width": 320, "height": 240, "mode": "RGB",
        "file_size": 12345, "readable": readable, "error": np.where(readable, "", "truncated: 812 of 4,096 bytes"),
        "warning": "", "location": "",
    }  # fmt: skip
    table = pd.DataFrame(columns | {"true": name_of[true]}).sort_values("path", ignore_index=True)
    table["row"] = np.where(table["readable"], table["readable"].cumsum() - 1, -1)
    for name in ("mislabel_score", "p_mislabel", "self_confidence", "neighbour_agreement"):
        table.loc[~table["readable"], name] = np.nan
    extra = {"quality_brightness": random.random(n), "view_cnn": 1 - p, "view_own_filters": np.clip(1 - p + 0.1, 0, 1)}
    return table[[*ITEM_COLUMNS, "true"]].assign(**{k: v.astype(np.float32) for k, v in extra.items()})


def _duplicates(spec: Spec, items: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    rows: list[tuple[Any, ...]] = []
    pool = random.permutation(np.flatnonzero(items["readable"]))
    for number in range(min(spec.duplicate_sets, len(pool) // 4)):
        members = items.iloc[np.sort(pool[number * 4 : number * 4 + 2 + number % 3])]
        kind = "exact" if number % 3 == 0 else "near"
        difference = "same file" if kind == "exact" else ("mirrored", "cropped to 80 %", "recoloured")[number % 3]
        first = members.iloc[0]
        for _, other in members.iloc[1:].iterrows():
            score = 1.0 if kind == "exact" else 0.8 + 0.01 * (number % 15)
            rows.append(
                (first["path"], other["path"], kind, score, np.nan if kind == "exact" else 1e-9, difference, first["split"],
                 other["split"], first["given_label"], other["given_label"], number, first["path"])
            )  # fmt: skip
    table = pd.DataFrame(rows, columns=list(DUPLICATE_COLUMNS))
    table = table.astype({"score": "float64", "p_value": "float64", "set_id": "int64"} if rows else {})
    shown = table["difference"].map({"cropped to 80 %": 0.8}).fillna(1.0).astype("float32")
    return table.assign(
        figure_q_value=table["p_value"].astype("float32") * 10, figure_overlap_a=shown, figure_overlap_b=np.float32(1)
    )


def _class_pairs(spec: Spec, names: list[str], items: pd.DataFrame) -> pd.DataFrame:
    rows: list[tuple[Any, ...]] = []
    for i in range(0, max(len(names) - 2, 0), 3):
        a, b = names[i], names[i + 1]
        of_a, of_b = (items.loc[items["given_label"] == name, "path"].head(4).tolist() for name in (a, b))
        ambiguity = 0.6 / (1 + i / 3)
        rows.append(
            (a, b, ambiguity, ambiguity * 0.8, min(1.0, ambiguity * 1.3), 1e-5, i % 2 == 0, "fine-grained", 9, 7, 0.3,
             "sibling", f"write a guideline that separates {a} from {b}", json.dumps(of_a), json.dumps(of_b))
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(CLASS_PAIR_COLUMNS))


def _arrays(
    folder: Path, spec: Spec, names: list[str], items: pd.DataFrame, random: np.random.Generator
) -> NDArray[np.int64]:
    """Writes the arrays; returns the confusion counts."""
    readable, k = items[items["readable"]], len(names)
    index = {name: i for i, name in enumerate(names)}
    counts = np.zeros((k, k), dtype=np.int64)
    given, seen = (
        np.array([index.get(v, 0) for v in readable[c]], dtype=int) for c in ("given_label", "suggested_label")
    )
    if k:
        np.add.at(counts, (given, seen), 1)
    if "mislabel" not in spec.failed:
        np.savez(folder / "confusion.npz", confident_joint=counts, argmax_counts=counts)
    n = len(readable)
    if n > 9:
        truth = np.array([index.get(v, 0) for v in readable["true"]], dtype=int)
        order = np.argsort(truth, kind="stable")
        place = np.argsort(order, kind="stable")
        rows = order[(place[:, None] + np.arange(1, 9)) % n].astype(np.int32)
        np.savez(
            folder / "neighbours.npz",
            rows=rows,
            cosines=np.linspace(0.95, 0.7, 8)[None].repeat(n, 0).astype(np.float32),
        )
        centres = random.normal(size=(max(k, 1), 24)).astype(np.float32)
        vectors = centres[truth] + 0.5 * random.normal(size=(n, 24)).astype(np.float32)
        np.save(folder / "embeddings.npy", vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    return counts


def _json(file: Path, content: object) -> None:
    file.write_text(json.dumps(content, ensure_ascii=True), encoding="utf-8")


def main() -> None:
    """Write a run directory and its report from the command line."""
    from datadoctor import report
    from datadoctor.run import Run

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--items", type=int, default=500)
    parser.add_argument("--sets", type=int, default=12)
    parser.add_argument("--hostile", action="store_true")
    asked = parser.parse_args()
    spec = Spec(classes=asked.classes, items=asked.items, duplicate_sets=asked.sets, hostile=asked.hostile)
    thumbnail = build(asked.out, spec)
    report.write(Run(asked.out), thumbnail, asked.out / "report.html")


if __name__ == "__main__":
    main()
