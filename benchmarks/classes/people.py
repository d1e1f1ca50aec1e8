"""What people made of CIFAR-10: annotators of CIFAR-10N, votes of CIFAR-10H."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True)
class Humans:
    """What people said: three annotators of each of n images, class numbers (n, 3); shares of votes on m others (m, K)."""

    said: NDArray[np.int64]
    votes: NDArray[np.float64]

    def again(self, random: np.random.Generator) -> Humans:
        """Of as many images, drawn with replacement."""
        n, m = len(self.said), len(self.votes)
        return Humans(self.said[random.integers(0, n, n)], self.votes[random.integers(0, m, m)])

    def confusions(self) -> dict[str, NDArray[np.float64]]:
        """(K, K) symmetric: annotators of CIFAR-10N who disagree on an image; votes of CIFAR-10H that do."""
        n_classes = self.votes.shape[1]
        disagree = np.zeros((n_classes, n_classes))
        for one, other in ((0, 1), (0, 2), (1, 2)):
            np.add.at(disagree, (self.said[:, one], self.said[:, other]), 1)
        return {"CIFAR-10N annotators": disagree + disagree.T, "CIFAR-10H votes": self.votes.T @ self.votes}


def humans(manifest: pd.DataFrame, data: Path, classes: tuple[str, ...]) -> Humans:
    train = manifest[manifest["split"] == "train"]
    number = {name: i for i, name in enumerate(classes)}
    said = np.stack([train[f"rand{i}_label"].map(number).to_numpy() for i in (1, 2, 3)], axis=1)
    votes = pd.read_csv(data / "cifar10h.csv")[list(classes)].to_numpy(np.float64)
    return Humans(said.astype(np.int64), votes / votes.sum(axis=1, keepdims=True))
