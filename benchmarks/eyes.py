"""What networks see: `python -m benchmarks.eyes --data ../shared/data [--eye NAME[=WEIGHTS] …] [--n 1500]`.

For each network, on a part of each image set: how many images a plain probe on its embedding puts into their true class, the average
precision of cleanlab's self-confidence on the probe's probabilities for "this label is wrong", the same with the stages that serve,
and images a second, in the runtime that the product takes and in PyTorch.
"""

from __future__ import annotations

import argparse
import os
import tarfile
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from cleanlab.rank import get_label_quality_scores
from numpy.typing import NDArray
from PIL import Image
from sklearn.metrics import average_precision_score

from datadoctor.machine import share
from datadoctor.stages.embeddings import runtime
from datadoctor.stages.embeddings.awaited import Awaited
from datadoctor.stages.embeddings.choice import choose
from datadoctor.stages.embeddings.extractor import Extractor
from datadoctor.stages.embeddings.narrowing import Narrowed
from datadoctor.stages.embeddings.network_extractor import NetworkExtractor
from datadoctor.stages.predictions import folds, probe
from datadoctor.stages.predictions.serving import serving

# Set, table, columns of given and true labels, only these rows, short side of the images.
SETS = (
    ("caltech44", "truth.csv", "given_label", "true_label", "", 225),
    ("cifar10", "manifest.csv", "aggre_label", "clean_label", "train", 32),
)
EYES = ("squeezenet1_0=../shared/weights/squeezenet1_0_imagenet.pth", "efficientnet_lite0", "efficientnet_lite2")
ROUNDS = 3


@dataclass(frozen=True)
class Images:
    """``files`` in the order of ``given`` and ``true`` (n,) int32, of ``n_classes``."""

    name: str
    files: tuple[Path, ...]
    given: NDArray[np.int32]
    true: NDArray[np.int32]
    n_classes: int
    short_side: int


def image_sets(data: Path, work: Path, n: int) -> Iterator[Images]:
    for name, file, given, true, split, short_side in SETS:
        table = pd.read_csv(data / name / file)
        table = table[table["split"] == split] if split else table
        table = table.iloc[:: max(1, len(table) // n)]
        with tarfile.open(data / name / "images.tar") as archive:
            archive.extractall(work / name, members=[archive.getmember(path) for path in table["path"]], filter="data")
        classes = sorted({*table[given], *table[true]})
        numbers = [table[column].map(classes.index).to_numpy(np.int32) for column in (given, true)]
        files = tuple(work / name / path for path in table["path"])
        yield Images(name, files, numbers[0], numbers[1], len(classes), short_side)


def seen(extractor: Extractor, images: Images) -> NDArray[np.float32]:
    made = []
    for start in range(0, len(images.files), extractor.batch_size):
        part = images.files[start : start + extractor.batch_size]
        batch = np.zeros((extractor.batch_size, extractor.side, extractor.side, 3), dtype=np.uint8)
        for place, file in enumerate(part):
            image, how = Image.open(file).convert("RGB"), Image.Resampling[extractor.resampling.upper()]
            batch[place] = np.asarray(image.resize((extractor.side,) * 2, how, reducing_gap=3.0))
        made.append(extractor.embed(batch)[: len(part)])
    return np.concatenate(made)


def judged(vectors: NDArray[np.float32], images: Images) -> str:
    names = [file.name for file in images.files]
    held_out = folds.assign(images.given, np.arange(len(names), dtype=np.int32), names)
    p = probe.predict(vectors, images.given, images.n_classes, held_out).probabilities.astype(np.float64)
    score = 1 - get_label_quality_scores(images.given, p / p.sum(axis=1, keepdims=True))
    right, ap = (p.argmax(axis=1) == images.true).mean(), average_precision_score(images.given != images.true, score)
    return f"{right:.3f} right, AP {ap:.3f}"


def rate(extractor: Extractor) -> float:
    """Images a second, the best of several rounds."""
    batch = np.random.default_rng(0).integers(0, 256, (extractor.batch_size, *[extractor.side] * 2, 3), dtype=np.uint8)
    spent = []
    for _ in range(ROUNDS + 1):
        start = time.perf_counter()
        extractor.embed_views(batch)
        spent.append(time.perf_counter() - start)
    return len(batch) / min(spent[1:])


def in_pytorch(extractor: Extractor) -> Extractor:
    extractor = extractor.loaded if isinstance(extractor, Awaited) else extractor
    assert isinstance(extractor, NetworkExtractor)
    cpu = torch.device("cpu")
    extractor.__dict__["_runtime"] = runtime.Eager(extractor._looking, cpu, "PyTorch")
    return extractor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--eye", action="append", metavar="NAME[=WEIGHTS]")
    parser.add_argument("--n", type=int, default=1500)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        sets = list(image_sets(arguments.data, Path(work), arguments.n))
        for eye in arguments.eye or EYES:
            name, _, weights = eye.partition("=")
            for images in sets:
                extractor = choose(name, Path(weights) if weights else None, images.short_side, "cpu").extractor
                assert extractor is not None
                vectors = seen(extractor, images)
                names = [file.name for file in images.files]
                chosen = serving(vectors, extractor.stages, images.given, images.n_classes, names)
                narrowed = Narrowed(extractor.stages, chosen).vectors(vectors, Path(work) / "vectors.npy")
                rates = f"{rate(extractor):.0f} images/s in {extractor.runs_in}, {rate(in_pytorch(extractor)):.0f} in PyTorch"
                print(
                    f"{name}, {len(names):,} of {images.name}: {judged(vectors, images)}; with {len(chosen)} of "
                    f"{len(extractor.stages)} stages {judged(narrowed, images)}; {rates}; load {os.getloadavg()[0]:.1f}",
                    flush=True,
                )


if __name__ == "__main__":
    share()
    main()
