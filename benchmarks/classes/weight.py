"""Which weight of the two parts of the ambiguity predicts the wrong labels of images it has not seen.

Of every second image the two parts are measured, of the others the wrong labels between each two classes are counted, and the
reverse. Counts are negative binomial with a mean in proportion to a power of the ambiguity: level, power and dispersion by maximum
likelihood, so that weights are compared with equally many parameters, and nothing but the order and the ratios of pairs counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.stats import nbinom

from benchmarks.classes.runs import Labels, Probabilities, clean_labels, confusions, fused_of, of_run
from datadoctor.run import Run
from datadoctor.stages.class_pairs.evidence import gather
from datadoctor.stages.class_pairs.strength import parts
from datadoctor.stages.confusion.confident import estimate
from datadoctor.stages.label_quality.fusion import fused

WEIGHTS = (0.0, 0.1, 0.25, 0.4, 0.5, 0.75, 1.0)


def log_likelihood(counts: NDArray[np.float64], log_ambiguity: NDArray[np.float64]) -> float:
    """The largest of the m counts given the m ambiguities."""
    centred = log_ambiguity - log_ambiguity.mean()

    def loss(parameters: NDArray[np.float64]) -> float:
        level, power, dispersion = parameters
        mean, size = np.exp(level + power * centred), np.exp(dispersion)
        return -float(nbinom.logpmf(counts, size, size / (size + mean)).sum())

    start = np.array([np.log(counts.mean()), 1.0, 1.0])
    return -float(minimize(loss, start, method="Nelder-Mead", options={"maxiter": 4000, "fatol": 1e-6}).fun)


def of_halves(labels: Labels, clean: Labels, seen: Probabilities) -> NDArray[np.float64]:
    """Per weight, the log-likelihood of the wrong labels of both halves, each predicted from the other."""
    total = np.zeros(len(WEIGHTS))
    for half in (0, 1):
        inside = np.arange(len(labels)) % 2 == half
        pairs = gather(labels[inside], seen[inside], estimate(labels[inside], seen[inside]), None)
        mutual, flips = (np.log(part) for part in parts(pairs))
        wrong = confusions(labels[~inside], clean[~inside], seen.shape[1])[pairs.a, pairs.b]
        total += [log_likelihood(wrong, (1 - weight) * mutual + weight * flips) for weight in WEIGHTS]
    return total


def settings(runs: list[Path], data: Path) -> Iterator[tuple[str, Labels, Labels, Probabilities]]:
    """Name, given labels, clean labels and probabilities: of audits of CIFAR-10, and of networks trained elsewhere."""
    manifest = pd.read_csv(data / "cifar10" / "manifest.csv")
    for path in runs:
        run = Run(path)
        labels, _, classes = of_run(run)
        labelled = labels >= 0
        yield path.name, labels[labelled], clean_labels(run, manifest, classes)[labelled], fused_of(run)[labelled]
    for file in sorted((data / "cifar10n_probs").glob("*_pred_probs.npy")):
        name = file.name.removesuffix("_pred_probs.npy")
        labels, clean = (np.load(file.with_name(f"{name}_{which}.npy")).astype(np.int32) for which in ("given", "true"))
        yield name, labels, clean, fused([np.load(file)], labels)


def print_weights(runs: list[Path], data: Path) -> None:
    print(f"{'log-likelihood less that of weight 0':38}" + "".join(f"{weight:>8.2f}" for weight in WEIGHTS))
    total = np.zeros(len(WEIGHTS))
    for name, labels, clean, seen in settings(runs, data):
        gain = of_halves(labels, clean, seen)
        total += gain - gain[0]
        print(f"{name:38}" + "".join(f"{more:>+8.1f}" for more in gain - gain[0]))
    print(f"{'all':38}" + "".join(f"{more:>+8.1f}" for more in total))
