"""Duplicates beside the peers: `python -m benchmarks.duplicates FOLDER PAIRS.csv [--weights FILE] [--plant N] [--sheet FILE.png]`.

FOLDER holds images or an ``images.tar``, PAIRS.csv judged pairs: path_a, path_b and judgment (0, 1 same picture, 2 very similar, 3
different; without the column every pair is the same picture). ``--plant`` adds N images' copies under each known change, found
again or not. Prints, for each method on the same images and embeddings, the share of each judgment and change that it joins and how
many pairs in all; of ours also the pairs verified a second and the judged pairs joined that have two labels. The list is never
complete: an unlisted pair is not counted as false, and ``--sheet`` draws 100 random accepted pairs, to be looked at. Without
``--weights`` (a state_dict of SqueezeNet 1.0) the dataset's own filters are the embedding. Peers: `pip install --group benchmarks`.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.duplicates.peers import Joins, Pair, peers
from datadoctor.cache import ImageCache
from datadoctor.progress import Silent
from datadoctor.sources import Listing
from datadoctor.stages.dataset import Dataset, readable_part
from datadoctor.stages.duplicates.find import find
from datadoctor.stages.duplicates.planting import CHANGES
from datadoctor.stages.embeddings.choice import choose
from datadoctor.stages.embeddings.patches import embed_filters, learn_filters
from datadoctor.stages.index import Neighbours
from datadoctor.stages.index.build import build
from datadoctor.stages.reading.images import Opened, read_image
from datadoctor.stages.reading.read import read
from datadoctor.stages.reading.sizes import typical_short_side

SUFFIXES = (".jpg", ".jpeg", ".png")
SPLITS = ("train", "test", "val")
NEIGHBOURS = 30
SHOWN = 100


def listing_of(folder: Path) -> Listing:
    paths = tuple(sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES))
    parts = [path.split("/") for path in paths]
    splits = tuple(part[0] if part[0] in SPLITS else "" for part in parts)
    classes = tuple(sorted({part[-2] for part in parts}))
    labels = np.array([classes.index(part[-2]) for part in parts], dtype=np.int32)
    return Listing(folder, paths, labels, classes, splits, ("",) * len(paths))


def unpacked(folder: Path, work: Path) -> Path:
    if not (folder / "images.tar").is_file():
        return folder
    shutil.unpack_archive(folder / "images.tar", work / "images")
    return work / "images"


def judged_pairs(
    file: Path, planted: Mapping[str, Sequence[tuple[str, str]]], dataset: Dataset
) -> dict[str, list[Pair]]:
    judged: dict[str, list[tuple[str, str]]] = {}
    with file.open(newline="") as stream:
        for record in csv.DictReader(stream):
            judgment = f"judged {record.get('judgment') or '0'}"
            judged.setdefault(judgment, []).append((record["path_a"], record["path_b"]))
    number = {path: row for row, path in enumerate(dataset.paths)}
    named = {**dict(sorted(judged.items())), **planted}
    return {
        name: [(min(number[a], number[b]), max(number[a], number[b])) for a, b in pairs]
        for name, pairs in named.items()
    }


class Timed(Silent):
    """Keeps how many steps the last stage made, and the seconds it took."""

    steps, seconds = 0, 0.0

    @contextmanager
    def stage(self, title: str, total: int) -> Iterator[Callable[[int], None]]:
        """Count and time it."""
        self.steps, start = 0, time.perf_counter()

        def advance(steps: int) -> None:
            self.steps += steps

        yield advance
        self.seconds = time.perf_counter() - start


def plant(folder: Path, n: int, work: Path) -> tuple[Path, dict[str, list[tuple[str, str]]]]:
    """A folder with all images and with copies of n of them under each change; change -> (path, path of its copy)."""
    everything = work / "planted"
    shutil.copytree(folder, everything)
    paths = listing_of(folder).paths
    chosen = np.sort(np.random.default_rng(0).choice(len(paths), n, replace=False)).tolist()
    planted: dict[str, list[tuple[str, str]]] = {}
    for number, (name, change) in enumerate(CHANGES.items()):
        for row in chosen:
            image = read_image(folder / paths[row])
            if isinstance(image, Opened):
                copy = f"{Path(paths[row]).parent.as_posix()}/planted{number}-{row}.png"
                change(image.pixels).save(everything / copy)
                planted.setdefault(name, []).append((paths[row], copy))
    return everything, planted


def ours(dataset: Dataset, small: NDArray[np.uint8], neighbours: Neighbours) -> tuple[set[Pair], Joins, str]:
    timed = Timed()
    found = find(dataset, small, neighbours, progress=timed, device="cpu")
    group = found.group_of(len(dataset))
    pairs = {(int(a), int(b)) for a, b in zip(found.a, found.b, strict=True)}
    speed = f"{timed.steps:,} pairs verified in {timed.seconds:.1f} s: {timed.steps / timed.seconds:,.0f} a second"
    return pairs, lambda pair: bool(group[pair[0]] == group[pair[1]]), speed


def print_row(name: str, judged: Mapping[str, list[Pair]], count: int, joins: Joins, seconds: float) -> None:
    shares = "".join(f"{f'{sum(map(joins, pairs))}/{len(pairs)}':>10}" for pairs in judged.values())
    print(f"{name:<24}{shares}{count:>12,}{seconds:>9.1f}", flush=True)


def sheet(dataset: Dataset, pairs: Sequence[Pair], file: Path) -> None:
    side, across = 96, 10
    canvas = Image.new("RGB", (across * (2 * side + 8), -(-len(pairs) // across) * (side + 4)))
    for place, pair in enumerate(pairs):
        x, y = place % across * (2 * side + 8), place // across * (side + 4)
        for k, row in enumerate(pair):
            with Image.open(dataset.root / dataset.paths[row]) as image:
                canvas.paste(image.convert("RGB").resize((side, side)), (x + k * side, y))
    canvas.save(file)


def report_labels_and_leaks(dataset: Dataset, pairs: set[Pair], judged: set[Pair]) -> None:
    print(
        f"judged pairs joined that have two labels: {sum(dataset.labels[a] != dataset.labels[b] for a, b in judged):,}"
    )
    leaked = {row for a, b in pairs if dataset.splits[a] != dataset.splits[b] for row in (a, b)}
    print(f"test images with a copy in train: {sum(dataset.splits[row] == 'test' for row in leaked):,}")


def prepared(folder: Path, work: Path, weights: Path | None) -> tuple[Dataset, NDArray[np.uint8], NDArray[np.float32]]:
    listing = listing_of(folder)
    choice = choose("squeezenet1_0" if weights else "filters", weights, typical_short_side(listing), "cpu")
    cache = ImageCache(work / "cache")
    reading = read(listing, choice.extractor, cache=cache, out=work, progress=Silent())
    cache.close()
    dataset = readable_part(listing, reading.images)
    if reading.vectors is not None:
        return dataset, reading.small, reading.vectors
    own = embed_filters(learn_filters(reading.small), reading.small, work / "own.npy", device="cpu", progress=Silent())
    return dataset, reading.small, own.vectors


def print_header(judged: Mapping[str, list[Pair]]) -> None:
    words = [name.split() for name in judged]
    for line in range(max(map(len, words))):
        titles = "".join(f"{(parts[line] if line < len(parts) else ''):>10}" for parts in words)
        print(f"{'':<24}{titles}{('', 'all pairs')[line == 0]:>12}{('', 'seconds')[line == 0]:>9}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--plant", type=int, default=0)
    parser.add_argument("--sheet", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        folder, planted = plant(unpacked(arguments.folder, Path(work)), arguments.plant, Path(work))
        run(folder, planted, Path(work), arguments)


def run(
    folder: Path, planted: Mapping[str, Sequence[tuple[str, str]]], work: Path, arguments: argparse.Namespace
) -> None:
    dataset, small, vectors = prepared(folder, work, arguments.weights)
    judged = judged_pairs(arguments.pairs, planted, dataset)
    neighbours = build(vectors, NEIGHBOURS, device="cpu")
    print(f"{len(dataset):,} images")
    print_header(judged)
    start = time.perf_counter()
    pairs, joins, speed = ours(dataset, small, neighbours)
    print_row("datadoctor", judged, len(pairs), joins, time.perf_counter() - start)
    for name, module, peer in peers(dataset, vectors, neighbours, arguments.weights):
        if module and importlib.util.find_spec(module) is None:
            print(f"{name:<24}  skipped: {module} is not installed")
            continue
        start = time.perf_counter()
        print_row(name, judged, *peer(), time.perf_counter() - start)
    print(speed)
    joined = {pair for name in judged.keys() - planted.keys() for pair in judged[name] if joins(pair)}
    report_labels_and_leaks(dataset, pairs, joined)
    if arguments.sheet:
        shown = sorted(pair for pair in pairs if not any(dataset.paths[row].find("/planted") >= 0 for row in pair))
        chosen = np.random.default_rng(0).permutation(len(shown))[:SHOWN]
        sheet(dataset, [shown[i] for i in chosen.tolist()], arguments.sheet)


if __name__ == "__main__":
    main()
