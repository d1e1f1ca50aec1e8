"""Wrong and missing labels of images with several: `python -m benchmarks.multilabel [--caltech DIR] [--fruits DIR] [--flips 0.1]`.

Two sets with real photographs. *fruits*: 300 photographs with the classes that their boxes show. *frames*: two to four photographs
of caltech44 in one frame, each used once, with their true classes. Of every hundred images ``--flips`` get one label taken away or
one added. Prints the average precision of "this label of this image is wrong" and of "some label of this image is wrong", of our
probabilities and of cleanlab's ``multilabel_classification``, which is given our out-of-sample probabilities of the given labels.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from cleanlab.multilabel_classification import get_label_quality_scores
from cleanlab.multilabel_classification.rank import get_label_quality_scores_per_class
from numpy.typing import NDArray
from PIL import Image
from sklearn.metrics import average_precision_score

from benchmarks.boxes import _unpack
from datadoctor.config import Config
from datadoctor.flow import Flow
from datadoctor.progress import Silent

SIDE = 320
Names = tuple[str, ...]


@dataclass(frozen=True)
class Set:
    """Images in a folder; ``true``: the labels of each by path."""

    folder: Path
    true: dict[str, frozenset[str]]


def fruits(data: Path, work: Path) -> Set:
    """The photographs of fruits with the classes of their boxes."""
    _unpack(data / "images.tar", work)
    table = pd.read_csv(data / "truth.csv")
    return Set(work, {str(path): frozenset(labels) for path, labels in table.groupby("path")["true_label"]})


def frames(data: Path, work: Path, seed: int) -> Set:
    """Two to four photographs in a frame."""
    _unpack(data / "images.tar", work / "parts")
    table = pd.read_csv(data / "truth.csv").sample(frac=1.0, random_state=seed)
    source, rng = list(zip(table["path"], table["true_label"], strict=True)), np.random.default_rng(seed)
    (work / "frames").mkdir()
    true: dict[str, frozenset[str]] = {}
    while len(source) > 4:
        count = int(rng.integers(2, 5))
        taken, source = source[:count], source[count:]
        name = f"{len(true):05d}.jpg"
        _frame([work / "parts" / path for path, _ in taken], rng).save(work / "frames" / name, quality=90)
        true[name] = frozenset(label for _, label in taken)
    return Set(work / "frames", true)


def _frame(files: Sequence[Path], rng: np.random.Generator) -> Image.Image:
    frame = Image.new("RGB", (SIDE, SIDE), tuple(rng.integers(0, 256, 3).tolist()))
    half = SIDE // 2
    for place, file in zip(rng.permutation(4)[: len(files)].tolist(), files, strict=True):
        part = Image.open(file).convert("RGB")
        part.thumbnail((half, half))
        frame.paste(part, (place % 2 * half + (half - part.width) // 2, place // 2 * half + (half - part.height) // 2))
    return frame


def flipped(true: dict[str, frozenset[str]], share: float, seed: int) -> dict[str, frozenset[str]]:
    """The labels with one taken away, or one more, of a share of the images."""
    rng = np.random.default_rng(seed)
    classes = sorted({label for labels in true.values() for label in labels})
    given = {}
    for path, labels in sorted(true.items()):
        absent = [name for name in classes if name not in labels]
        if rng.random() < share:
            away = (rng.random() < 0.5 and len(labels) > 1) or not absent
            one = str(rng.choice(sorted(labels) if away else absent))
            labels = labels - {one} if away else labels | {one}
        given[path] = labels
    return given


def write_manifest(file: Path, given: dict[str, frozenset[str]]) -> None:
    """One row an image, its labels with bars between."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["path", "labels"])
        writer.writerows([path, "|".join(sorted(labels))] for path, labels in sorted(given.items()))


def measured(one: Set, given: dict[str, frozenset[str]], work: Path, cache: Path | None) -> dict[str, float]:
    """Average precision of ours and of cleanlab's, by label and by image."""
    write_manifest(work / "labels.csv", given)
    config = Config(
        manifest=(work / "labels.csv",), out=work / "run", cache=cache or work / "cache", label_separator="|"
    )
    flow = Flow(one.folder, config, Silent())
    dataset, quality = flow["dataset"], flow["label_set_quality"]
    number = {name: column for column, name in enumerate(dataset.classes)}
    truth = np.zeros(dataset.several.shape, dtype=bool)
    for row, path in enumerate(dataset.paths):
        truth[row, [number[label] for label in one.true[path] if label in number]] = True
    has = dataset.several == 1
    wrong = truth != has
    probabilities = 1 / (1 + np.exp(-quality.logits.astype(np.float64)))
    return scores(quality.p_wrong, quality.scores, quality.flagged, probabilities, has, wrong)


def scores(
    cells: NDArray[np.float32],
    images: NDArray[np.float32],
    flagged: NDArray[np.bool_],
    probabilities: NDArray[np.float64],
    has: NDArray[np.bool_],
    wrong: NDArray[np.bool_],
) -> dict[str, float]:
    """By name: 'ours' and 'cleanlab' of 'label' and 'image', and the share of the flagged that is wrong and of the wrong flagged."""
    lists = [np.flatnonzero(row).tolist() for row in has]
    of_class = get_label_quality_scores_per_class(lists, probabilities)
    best = {
        f"cleanlab {method} image": average_precision_score(
            wrong.any(axis=1), 1 - get_label_quality_scores(lists, probabilities, method=method)
        )
        for method in ("self_confidence", "normalized_margin")
    }
    return {
        "label ours": average_precision_score(wrong.ravel(), cells.ravel()),
        "label cleanlab": average_precision_score(wrong.ravel(), 1 - of_class.ravel()),
        "image ours": average_precision_score(wrong.any(axis=1), images),
        "image cleanlab": max(best.values()),
        "precision": float(wrong[flagged].mean()) if flagged.any() else 1.0,
        "recall": float(flagged[wrong].mean()),
        "expected": float(cells.sum() / max(int(wrong.sum()), 1)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--caltech", type=Path, default=Path("../shared/data/caltech44"))
    parser.add_argument("--fruits", type=Path, default=Path("../shared/data/fruits"))
    parser.add_argument("--flips", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cache", type=Path)
    arguments = parser.parse_args()
    print(
        f"{'set':8} {'images':>6}  label: ours cleanlab ratio  image: ours cleanlab ratio  precision recall expected/true"
    )
    with tempfile.TemporaryDirectory() as work:
        for name, make in (("fruits", fruits), ("frames", frames)):
            folder = Path(work) / name
            folder.mkdir()
            one = (
                fruits(arguments.fruits, folder)
                if make is fruits
                else frames(arguments.caltech, folder, arguments.seed)
            )
            found = measured(one, flipped(one.true, arguments.flips, arguments.seed), folder, arguments.cache)
            ratios = [
                (1 - found[f"{kind} ours"]) / max(1 - found[f"{kind} cleanlab"], 1e-9) for kind in ("label", "image")
            ]
            print(
                f"{name:8} {len(one.true):6}        {found['label ours']:.3f} {found['label cleanlab']:.3f}    {ratios[0]:.2f}"
                f"         {found['image ours']:.3f} {found['image cleanlab']:.3f}    {ratios[1]:.2f}"
                f"       {found['precision']:.3f}  {found['recall']:.3f}  {found['expected']:.2f}"
            )
            print(json.dumps(found))


if __name__ == "__main__":
    main()
