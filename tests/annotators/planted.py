"""Votes of annotators whose ways are known: good ones, one who guesses, one who always says one class, one who is often wrong."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datadoctor.sources import Votes

NAMES = ("ann", "bob", "cleo", "guess", "lazy", "sloppy")
ERRORS = {"ann": 0.03, "bob": 0.05, "cleo": 0.04, "guess": 0.75, "lazy": 0.75, "sloppy": 0.3}
N_CLASSES = 4


@dataclass(frozen=True)
class Planted:
    """``truth`` (n,), ``votes`` on it by three of the people an image, ``majority`` (n,), ``seen`` (n, K) what a model sees."""

    truth: NDArray[np.int32]
    votes: Votes
    majority: NDArray[np.int32]
    seen: NDArray[np.float32]


def planted(n: int = 1200, per_image: int = 3, seed: int = 0, names: tuple[str, ...] = NAMES) -> Planted:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, N_CLASSES, n).astype(np.int32)
    said = []
    for row in range(n):
        for who in rng.choice(len(names), per_image, replace=False).tolist():
            said.append((row, who, said_by(names[who], int(truth[row]), rng)))
    rows, who, labels = map(np.array, zip(*said, strict=True))
    votes = Votes(names, rows.astype(np.int64), who.astype(np.int32), labels.astype(np.int32))
    counts = np.zeros((n, N_CLASSES))
    np.add.at(counts, (rows, labels), 1)
    first, second = np.sort(counts, axis=1)[:, :-3:-1].T
    majority = np.where(first > second, counts.argmax(axis=1), -1).astype(np.int32)
    logits = rng.normal(0, 1, (n, N_CLASSES))
    logits[np.arange(n), truth] += 2.0
    seen = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return Planted(truth, votes, majority, seen.astype(np.float32))


def said_by(name: str, truth: int, rng: np.random.Generator) -> int:
    if name == "lazy":
        return 2
    if name == "guess":
        return int(rng.integers(N_CLASSES))
    return truth if rng.random() > ERRORS[name] else (truth + int(rng.integers(1, N_CLASSES))) % N_CLASSES
