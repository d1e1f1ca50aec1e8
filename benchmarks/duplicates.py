"""Near-duplicates beside the peers: `python benchmarks/duplicates.py FOLDER PAIRS.csv [--embeddings FILE.npy]`.

PAIRS.csv holds judged pairs: path_a, path_b and judgment (0, 1 same picture, 2 very similar, 3 different; without the column
every pair is the same picture). Prints, for each method on the same images and the same embeddings, the share of each judgment
that it joins, and how many pairs it joins in all. The list is never complete, so an unlisted pair is not counted as false: with
``--sheet FILE.png``, 100 random unlisted pairs that were accepted are drawn, to be looked at. Without ``--embeddings`` (one
row an image, sorted by path) the dataset's own filters are the embedding.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import importlib.util
import io
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from datadoctor.artifacts.dataset import Dataset, Listing, readable_part
from datadoctor.artifacts.duplicates.find import find
from datadoctor.artifacts.embeddings.patches import embed_filters, learn_filters
from datadoctor.artifacts.index import Neighbours
from datadoctor.artifacts.index.build import build
from datadoctor.artifacts.reading import read
from datadoctor.cache import ImageCache
from datadoctor.progress import Silent, Terminal

SUFFIXES = (".jpg", ".jpeg", ".png")
SPLITS = ("train", "test", "val")
NEIGHBOURS = 30
SHOWN = 100

Pair = tuple[int, int]
Joins = Callable[[Pair], bool]


def listing_of(folder: Path) -> Listing:
    paths = tuple(sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES))
    parts = [path.split("/") for path in paths]
    splits = tuple(part[0] if part[0] in SPLITS else "" for part in parts)
    classes = tuple(sorted({part[-2] for part in parts}))
    labels = np.array([classes.index(part[-2]) for part in parts], dtype=np.int32)
    return Listing(folder, paths, labels, classes, splits, ("",) * len(paths))


def judged_pairs(file: Path, dataset: Dataset) -> dict[str, list[Pair]]:
    """Judgment -> pairs of rows."""
    number = {path: row for row, path in enumerate(dataset.paths)}
    judged: dict[str, list[Pair]] = {}
    with file.open(newline="") as stream:
        for record in csv.DictReader(stream):
            a, b = sorted((number[record["path_a"]], number[record["path_b"]]))
            judged.setdefault(record.get("judgment") or "0", []).append((a, b))
    return dict(sorted(judged.items()))


def ours(dataset: Dataset, small: NDArray[np.uint8], neighbours: Neighbours) -> tuple[set[Pair], Joins]:
    found = find(dataset, small, neighbours, progress=Terminal(), device="cpu")
    group = found.group_of(len(dataset))
    pairs = {(int(a), int(b)) for a, b in zip(found.a, found.b, strict=True)}
    return pairs, lambda pair: bool(group[pair[0]] == group[pair[1]])


def cosine(neighbours: Neighbours, vectors: NDArray[np.float32], least: float) -> tuple[int, Joins]:
    near = np.nan_to_num(neighbours.cosines, nan=-1) >= least
    rows = np.broadcast_to(np.arange(len(near))[:, None], near.shape)[near]
    edges = np.unique(np.sort(np.stack([rows, neighbours.rows[near]], axis=1), axis=1), axis=0)
    return len(edges), lambda pair: float(vectors[pair[0]] @ vectors[pair[1]]) >= least


def datalab(vectors: NDArray[np.float32]) -> tuple[int, Joins]:
    """Cleanlab's near_duplicate issue at its default threshold."""
    from cleanlab import Datalab

    lab = Datalab(data={"row": list(range(len(vectors)))})
    with contextlib.redirect_stdout(io.StringIO()):
        lab.find_issues(features=vectors, issue_types={"near_duplicate": {}})
    sets = [set(map(int, found)) for found in lab.get_info("near_duplicate")["near_duplicate_sets"]]
    pairs = {(min(a, b), max(a, b)) for a, found in enumerate(sets) for b in found}
    return len(pairs), lambda pair: pair in pairs


def dhash(dataset: Dataset, most_bits: int) -> tuple[int, Joins]:
    """Difference hash of 64 bits (the signs of horizontal differences at 9 x 8), as imagededup's and CleanVision's."""
    bits = np.empty((len(dataset), 64), dtype=np.float32)
    for row in range(len(dataset)):
        with Image.open(dataset.file(row)) as image:
            grey = np.asarray(image.convert("L").resize((9, 8), Image.Resampling.LANCZOS), dtype=np.int16)
        bits[row] = np.where(grey[:, 1:] > grey[:, :-1], 1, -1).ravel()
    least, count = 64 - 2 * most_bits, 0
    for start in range(0, len(bits), 1024):
        count += int((bits[start : start + 1024] @ bits.T >= least).sum())
    return (count - len(bits)) // 2, lambda pair: float(bits[pair[0]] @ bits[pair[1]]) >= least


def imagededup(dataset: Dataset, method: str) -> tuple[int, Joins]:
    """A perceptual hash of imagededup at its default of 10 bits."""
    from imagededup import methods

    hasher = getattr(methods, method)()
    encodings = {str(row): hasher.encode_image(str(dataset.file(row))) for row in range(len(dataset))}
    found = hasher.find_duplicates(encoding_map=encodings, max_distance_threshold=10)
    pairs = {(min(int(a), int(b)), max(int(a), int(b))) for a, others in found.items() for b in others}
    return len(pairs), lambda pair: pair in pairs


def cleanvision(dataset: Dataset) -> tuple[int, Joins]:
    """CleanVision's exact and near duplicates."""
    from cleanvision import Imagelab

    lab = Imagelab(filepaths=[str(dataset.file(row)) for row in range(len(dataset))])
    with contextlib.redirect_stdout(io.StringIO()):
        lab.find_issues({"near_duplicates": {}, "exact_duplicates": {}}, n_jobs=1)
    number = {str(dataset.file(row)): row for row in range(len(dataset))}
    sets = [s for kind in ("near_duplicates", "exact_duplicates") for s in lab.info[kind]["sets"]]
    pairs = {tuple(sorted((number[a], number[b]))) for s in sets for a in s for b in s if a < b}
    return len(pairs), lambda pair: pair in pairs


def row_of(name: str, judged: dict[str, list[Pair]], count: int, joins: Joins, seconds: float) -> None:
    shares = "".join(
        f"{f'{sum(map(joins, pairs))}/{len(pairs)} = {np.mean([joins(p) for p in pairs]):.3f}':>20}"
        for pairs in judged.values()
    )
    print(f"{name:<28}{shares}{count:>12,}{seconds:>9.1f}")


def peers(
    dataset: Dataset, vectors: NDArray[np.float32], neighbours: Neighbours
) -> list[tuple[str, str, Callable[[], tuple[int, Joins]]]]:
    """(name, module it needs, what runs it)."""
    return [
        ("cosine >= .90", "", lambda: cosine(neighbours, vectors, 0.90)),
        ("cosine >= .95", "", lambda: cosine(neighbours, vectors, 0.95)),
        ("dHash-64 within 6 bits", "", lambda: dhash(dataset, 6)),
        ("Datalab near_duplicate", "datasets", lambda: datalab(vectors)),
        ("imagededup PHash", "imagededup", lambda: imagededup(dataset, "PHash")),
        ("imagededup DHash", "imagededup", lambda: imagededup(dataset, "DHash")),
        ("CleanVision", "cleanvision", lambda: cleanvision(dataset)),
    ]


def sheet(dataset: Dataset, pairs: Sequence[Pair], file: Path) -> None:
    """Pairs side by side, ten a row."""
    side, across = 96, 10
    canvas = Image.new("RGB", (across * (2 * side + 8), -(-len(pairs) // across) * (side + 4)))
    for place, pair in enumerate(pairs):
        x, y = place % across * (2 * side + 8), place // across * (side + 4)
        for k, row in enumerate(pair):
            with Image.open(dataset.file(row)) as image:
                canvas.paste(image.convert("RGB").resize((side, side)), (x + k * side, y))
    canvas.save(file)


def report_leaks(dataset: Dataset, pairs: set[Pair]) -> None:
    leaked = {row for a, b in pairs if dataset.splits[a] != dataset.splits[b] for row in (a, b)}
    in_test = sum(dataset.splits[row] == "test" for row in leaked)
    print(f"test images with a copy in train: {in_test:,}")


def prepared(
    folder: Path, work: Path, embeddings: Path | None
) -> tuple[Dataset, NDArray[np.uint8], NDArray[np.float32]]:
    listing = listing_of(folder)
    cache = ImageCache(work / "cache")
    reading = read(listing, None, cache=cache, out=work, progress=Silent())
    cache.close()
    dataset = readable_part(listing, reading.images)
    if embeddings is None:
        own = embed_filters(
            learn_filters(reading.small), reading.small, work / "own.npy", device="cpu", progress=Silent()
        )
        return dataset, reading.small, own.vectors
    vectors = np.load(embeddings)[dataset.listing_rows].astype(np.float32)
    return dataset, reading.small, vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--embeddings", type=Path)
    parser.add_argument("--sheet", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        dataset, small, vectors = prepared(arguments.folder, Path(work), arguments.embeddings)
        judged = judged_pairs(arguments.pairs, dataset)
        neighbours = build(vectors, NEIGHBOURS, device="cpu")
        held = [np.mean([b in neighbours.rows[a] or a in neighbours.rows[b] for a, b in p]) for p in judged.values()]
        print(f"{len(dataset):,} images; among the {NEIGHBOURS} neighbours: {', '.join(f'{h:.3f}' for h in held)}")
        header = "".join(f"{'judged ' + judgment:>20}" for judgment in judged)
        print(f"{'':<28}{header}{'all pairs':>12}{'seconds':>9}")
        start = time.perf_counter()
        pairs, joins = ours(dataset, small, neighbours)
        row_of("datadoctor", judged, len(pairs), joins, time.perf_counter() - start)
        report_leaks(dataset, pairs)
        for name, module, run in peers(dataset, vectors, neighbours):
            if module and importlib.util.find_spec(module) is None:
                print(f"{name:<28}  skipped: {module} is not installed")
                continue
            start = time.perf_counter()
            row_of(name, judged, *run(), time.perf_counter() - start)
        if arguments.sheet:
            unlisted = sorted(pairs - {pair for listed in judged.values() for pair in listed})
            chosen = np.random.default_rng(0).permutation(len(unlisted))[:SHOWN]
            sheet(dataset, [unlisted[i] for i in chosen.tolist()], arguments.sheet)


if __name__ == "__main__":
    main()
