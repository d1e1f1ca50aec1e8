"""Datasets with names that people give, and what a classifier of a given strength would say of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.brought.orders import Listed


def listed(n_classes: int, per_class: int, splits: int = 1, pad: int = 0) -> tuple[Listed, tuple[str, ...]]:
    """Images as ``split/class7/img12.png``, sorted as the program sorts; classes sorted as text."""
    names = [("train", "val", "test")[number % splits] for number in range(per_class)]
    rows = sorted(
        (names[i] if splits > 1 else "", f"class{c}", f"img{i:0{pad}d}.png")
        for c in range(n_classes)
        for i in range(per_class)
    )
    classes = tuple(sorted({name for _, name, _ in rows}))
    labels = np.array([classes.index(name) for _, name, _ in rows], dtype=np.int32)
    paths = ["/".join(filter(None, row)) for row in rows]
    return Listed(paths, labels, np.arange(len(paths)), [row[0] for row in rows]), classes


def predicted(truth: NDArray[np.int32], n_classes: int, signal: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Softmax probabilities of logits with ``signal`` more for the true class than their spread of 1."""
    logits = rng.normal(size=(len(truth), n_classes))
    logits[np.arange(len(truth)), truth] += signal
    values = np.exp(2 * logits)
    made: NDArray[np.float32] = (values / values.sum(axis=1, keepdims=True)).astype(np.float32)
    return made


def noisy(
    labels: NDArray[np.int32], n_classes: int, share: float, kind: str, rng: np.random.Generator
) -> NDArray[np.int32]:
    """Labels of which ``share`` are wrong: any other class ('uniform') or always the next one ('next')."""
    wrong = rng.random(len(labels)) < share
    step = rng.integers(1, n_classes, len(labels)) if kind == "uniform" else np.ones(len(labels), dtype=np.int64)
    made: NDArray[np.int32] = np.where(wrong, (labels + step) % n_classes, labels).astype(np.int32)
    return made
