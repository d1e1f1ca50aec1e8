"""The settings measured: which labels are given, which are true, and what is known about each image."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.mislabels.features import Features
from datadoctor.stages.hierarchy import Hierarchy
from datadoctor.stages.hierarchy import given as given_tree

Labels = NDArray[np.int32]


@dataclass(frozen=True)
class Setting:
    """``given`` and ``true`` (n,) int32 labels of images with ``features``, or with ``probabilities`` (n, K) as given.

    ``tree``: superclasses somebody made, where we are measured with them as well.
    """

    name: str
    classes: tuple[str, ...]
    given: Labels
    true: Labels
    features: Features | None = None
    probabilities: NDArray[np.float32] | None = None
    tree: Hierarchy | None = None


def caltech(data: Path, features: Features, *, quick: bool) -> Iterator[Setting]:
    """The labels as published with 10 % injected errors; then errors injected at other rates and in other ways."""
    table = pd.read_csv(data / "truth.csv").set_index("path").loc[list(features.paths)]
    classes = tuple(sorted(set(table["given_label"])))
    given, true = _numbers(table["given_label"], classes), _numbers(table["true_label"], classes)
    tree = given_tree.read(data / "hierarchy.csv", classes)
    yield Setting("caltech44, 10% as published", classes, given, true, features, tree=tree)
    for way in ("uniform",) if quick else ("uniform", "superclass", "class-dependent"):
        for rate in (0.02,) if quick else (0.02, 0.1, 0.4):
            given = inject(true, tree.superclass_of, rate, way)
            yield Setting(f"caltech44, {rate:.0%} {way}", classes, given, true, features)
    yield Setting("caltech44, no error", classes, true, true, features)


def cifar(data: Path, features: Features) -> Iterator[Setting]:
    """CIFAR-10N: labels of human annotators; and the clean labels, without and with errors injected."""
    table = pd.read_csv(data / "manifest.csv").set_index("path").loc[list(features.paths)]
    classes = tuple(sorted(set(table["clean_label"])))
    true = _numbers(table["clean_label"], classes)
    for column in ("aggre_label", "rand1_label", "worse_label"):
        given = _numbers(table[column], classes)
        yield Setting(f"CIFAR-10N {column.removesuffix('_label')}", classes, given, true, features)
    animal = np.array([name not in ("airplane", "automobile", "ship", "truck") for name in classes])
    for rate, way in ((0.0, "no error"), (0.1, "uniform"), (0.4, "superclass")):
        name = f"CIFAR-10, {rate:.0%} {way}" if rate else "CIFAR-10, no error"
        yield Setting(name, classes, inject(true, animal, rate, way), true, features)


def tiny_imagenet(data: Path, features: Features) -> Iterator[Setting]:
    """200 classes of 30 images of 64 px, hard for any of our views; no form or figure was chosen on them."""
    table = pd.read_csv(data / "manifest.csv").set_index("path").loc[list(features.paths)]
    classes = tuple(sorted(set(table["wnid"])))
    true = _numbers(table["wnid"], classes)
    tree = given_tree.read(data / "hierarchy.csv", classes)
    for rate, way in ((0.1, "uniform"), (0.1, "superclass"), (0.4, "superclass")):
        yield Setting(
            f"Tiny ImageNet, {rate:.0%} {way}", classes, inject(true, tree.superclass_of, rate, way), true, features
        )


def given_probabilities(data: Path, *, quick: bool) -> Iterator[Setting]:
    """Cross-validated probabilities of two networks trained on CIFAR-10N, as they are."""
    classes = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
    for file in sorted(data.glob("*_pred_probs.npy")):
        noise, network = file.name.removesuffix("_pred_probs.npy").split("_")
        given, true = (np.load(data / f"{noise}_{network}_{what}.npy").astype(np.int32) for what in ("given", "true"))
        some = slice(None, None, 5 if quick else 1)
        yield Setting(f"{network} {noise}", classes, given[some], true[some], probabilities=np.load(file)[some])


def inject(true: Labels, group: NDArray[np.generic], rate: float, way: str) -> Labels:
    """``rate`` of the labels made wrong: by any other class, one of the same superclass, or always the next class."""
    random = np.random.default_rng(0)
    n_classes = len(group)
    given = true.copy()
    for row in random.permutation(len(true))[: round(rate * len(true))].tolist():
        label = int(true[row])
        others = [k for k in range(n_classes) if k != label and (way != "superclass" or group[k] == group[label])]
        given[row] = (label + 1) % n_classes if way == "class-dependent" or not others else random.choice(others)
    return given


def _numbers(names: pd.Series, classes: tuple[str, ...]) -> Labels:
    return np.asarray(names.map({name: index for index, name in enumerate(classes)}), dtype=np.int32)
