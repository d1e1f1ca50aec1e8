"""Two explanations of the given labels, each fitted by maximum likelihood: how an image of some true class got its label.

An image is of class k with probability proportional to fused[k] ** sharpness. Its label is wrong at a rate that depends on k and
in proportion to doubt ** follows, the doubt being 1 less the largest fused probability; a wrong label is j in proportion to
wrong[k, j] * fused[j] ** follows. Class-conditional noise (``follows`` 0) never looks at the image; instance-dependent noise
(1/2) half follows it: what is hard to see, and what it resembles. The EM algorithm (Dempster, Laird & Rubin 1977) fits both; the
sharpness tells errors of the models, which follow the fused probabilities alone, from those of the labels.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from datadoctor.machine import large_products
from datadoctor.stages.label_quality import transition
from datadoctor.stages.label_quality.fusion import FLOOR, softmax

ITERATIONS = 60
# Sharpness and rate of wrong labels: few wrong ones, or very many.
STARTS = ((1.5, 0.1), (4.0, 0.4))
# Log-likelihood an image; seen were .004 on one peak, .23 between two.
ONE_PEAK = 0.01
# The rates of instance-dependent noise have a factor for each fifth of the images, surest first.
BINS = 5
SMALLEST_DOUBT = np.float32(1e-3)
# Shrinkage is chosen again each time after so many iterations.
SHRINK_EVERY = 10
SMALLEST_GAIN = 1e-6
# EM creeps along a ridge: where a step gained little, the next is longer by this factor; after a loss it is plain.
ON_A_RIDGE, LENGTHENED = 1e-3, 1.2
# A rate is shrunk towards that of the dataset as if this many more items had been seen.
PRIOR_ITEMS = 20
RATES = (1e-6, 0.95)
TINY = np.float32(1e-12)
# Multiplications; a processor takes a tenth of a second for as many.
LARGE_PRODUCT = 1e10


@dataclass(frozen=True)
class NoiseModel:
    """K classes: ``rates`` (K,) of wrong labels by true class; ``wrong`` (K, K), given by true class (row), rows sum to 1.

    ``factors`` on the rates for images whose largest fused probability is over ``edges[0]``, then ``edges[1]`` and so on;
    ``mean_doubt`` is what doubt is measured in. ``structured``: some classes are mistaken for each other beyond popularity and
    superclass. Over the m images it was fitted to: mean ``log_likelihood`` of the labels; expected ``share`` of wrong ones.
    """

    sharpness: float
    rates: NDArray[np.float64]
    wrong: NDArray[np.float64]
    factors: NDArray[np.float64]
    edges: NDArray[np.float32]
    follows: float
    mean_doubt: float
    strengths: tuple[float, ...] = ()
    structured: bool = False
    log_likelihood: float = -np.inf
    share: float = 0.0

    def explain(self, fused: NDArray[np.float32], labels: NDArray[np.int32]) -> Explained:
        """What became of m images with ``fused`` (m, K) probabilities and ``labels`` (m,), none -1."""
        found = _expect(self, np.log(np.maximum(fused, FLOOR)), labels)
        return Explained(found.mistaken, found.right)

    def likelihood(self, fused: NDArray[np.float32], labels: NDArray[np.int32]) -> NDArray[np.float32]:
        """(m,) float32 P(label | image) of m images with ``fused`` (m, K) probabilities and ``labels`` (m,), none -1."""
        return _expect(self, np.log(np.maximum(fused, FLOOR)), labels).likelihood


class Explained(NamedTuple):
    """Posterior of m images: ``right`` (m,) the label is right; ``mistaken`` (m, K) it is wrong, and the class is truly k."""

    mistaken: NDArray[np.float32]
    right: NDArray[np.float32]


class _Expected(NamedTuple):
    mistaken: NDArray[np.float32]
    right: NDArray[np.float32]
    likelihood: NDArray[np.float32]
    # Of each class on mistakes, and what each true class has of it within reach; None where mistakes do not follow the image.
    attraction: NDArray[np.float32] | None
    reach: NDArray[np.float32] | None
    bins: NDArray[np.int64]
    doubt: NDArray[np.float32]


def fit(
    fused: NDArray[np.float32],
    labels: NDArray[np.int32],
    superclass_of: NDArray[np.int32] | None,
    *,
    follows: float,
) -> NoiseModel:
    """The most likely model of ``labels`` (m,), none -1, of images with ``fused`` probabilities (m, K).

    The likelihood can have a peak where labels are right and images hard, and one where images are easy and labels wrong: EM
    climbs from both sides, and the second peak is taken where it is higher by more than two paths up one peak differ.
    """
    log = np.log(np.maximum(fused, FLOOR))
    with large_products() if log.shape[0] * log.shape[1] ** 2 > LARGE_PRODUCT else nullcontext():
        few, many = (_climbed(start, log, labels, superclass_of, follows) for start in STARTS)
    return many if many.log_likelihood > few.log_likelihood + ONE_PEAK else few


def _climbed(
    start: tuple[float, float],
    log: NDArray[np.float32],
    labels: NDArray[np.int32],
    superclass_of: NDArray[np.int32] | None,
    follows: float,
) -> NoiseModel:
    """The model that EM reaches from a sharpness and a rate of wrong labels."""
    n_classes = log.shape[1]
    n_given = np.bincount(labels, minlength=n_classes)
    surest = np.exp(log.max(axis=1))
    bins = BINS if follows else 1
    edges = np.quantile(surest, 1 - np.arange(1, bins) / bins).astype(np.float32)
    mean_doubt = float((_doubt(surest) ** follows).mean(dtype=np.float64))
    nothing = transition.shrunk(np.zeros((n_classes, n_classes)), n_given, superclass_of)
    # A weak start, one item a class: structure shows where there is any.
    prior = replace(nothing, strengths=(float(n_classes),))
    sharpness, rate = start
    model = NoiseModel(sharpness, np.full(n_classes, rate), prior.base, np.ones(bins), edges, follows, mean_doubt)
    stride = 1.0
    for iteration in range(ITERATIONS):
        found = _expect(model, log, labels)
        likelihood = float(np.log(np.maximum(found.likelihood, TINY)).mean(dtype=np.float64))
        if 0 <= likelihood - model.log_likelihood < SMALLEST_GAIN:
            break
        stride = stride * LENGTHENED if 0 < likelihood - model.log_likelihood < ON_A_RIDGE else 1.0
        errors = _by_label(found.mistaken, labels)
        if iteration % SHRINK_EVERY == SHRINK_EVERY // 2:
            prior = transition.shrunk(errors, n_given, superclass_of)
        model = replace(
            _farther(model, _maximised(model, found, log, labels, errors, prior), stride),
            strengths=prior.strengths,
            structured=prior.structured,
            log_likelihood=likelihood,
            share=1 - float(found.right.mean(dtype=np.float64)),
        )
    return model


def _farther(model: NoiseModel, after: NoiseModel, stride: float) -> NoiseModel:
    """``stride`` steps instead of one from ``model`` to ``after``, in logarithms; wrong labels are known after one."""
    return replace(
        after,
        sharpness=model.sharpness * (after.sharpness / model.sharpness) ** stride,
        rates=np.clip(model.rates * (after.rates / model.rates) ** stride, *RATES),
        factors=model.factors * (after.factors / model.factors) ** stride,
    )


def _expect(model: NoiseModel, log: NDArray[np.float32], labels: NDArray[np.int32]) -> _Expected:
    each, surest = np.arange(len(labels)), np.exp(log.max(axis=1))
    bins = np.searchsorted(-model.edges, -surest, side="left")
    doubt = (_doubt(surest) ** np.float32(model.follows)) / np.float32(model.mean_doubt)
    factors = doubt * model.factors[bins].astype(np.float32)
    rates = np.clip(model.rates.astype(np.float32) * factors[:, np.newaxis], *RATES)
    wrong = model.wrong.astype(np.float32)
    true = softmax(np.float32(model.sharpness) * log)
    right = true[each, labels] * (1 - rates[each, labels])
    true *= rates
    true *= wrong.T[labels]
    attraction = reach = None
    if model.follows:
        attraction = softmax(np.float32(model.follows) * log)
        reach = np.maximum(attraction @ wrong.T, TINY)
        true *= attraction[each, labels, np.newaxis] / reach
    likelihood = true.sum(axis=1) + right
    total = np.maximum(likelihood, TINY)
    true /= total[:, np.newaxis]
    return _Expected(true, right / total, likelihood, attraction, reach, bins, doubt)


def _doubt(surest: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.maximum(1 - surest, SMALLEST_DOUBT)


def _maximised(
    model: NoiseModel,
    found: _Expected,
    log: NDArray[np.float32],
    labels: NDArray[np.int32],
    errors: NDArray[np.float64],
    prior: transition.Shrunk,
) -> NoiseModel:
    """The model with the parameters that make the expected true classes most likely."""
    true = found.mistaken.copy()
    true[np.arange(len(labels)), labels] += found.right
    wrong = (errors + prior.strength * prior.base) / (_exposure(found) + prior.strength)
    np.fill_diagonal(wrong, 0)
    each, n_bins = found.mistaken.sum(axis=1), len(model.factors)
    shrink = PRIOR_ITEMS * float(each.mean(dtype=np.float64))
    expected = np.bincount(found.bins, weights=found.doubt * (true @ model.rates), minlength=n_bins)
    factors = (np.bincount(found.bins, weights=each, minlength=n_bins) + shrink) / (expected + shrink + TINY)
    seen = (factors[found.bins].astype(np.float32) * found.doubt) @ true
    return replace(
        model,
        sharpness=_sharper(model.sharpness, log, true),
        rates=(found.mistaken.sum(axis=0, dtype=np.float64) + shrink) / (seen + PRIOR_ITEMS),
        wrong=transition.row_shares(wrong),
        factors=factors,
    )


def _exposure(found: _Expected) -> NDArray[np.float64]:
    """How often each class (column) was within reach of a mistake about each true one: what counts are measured against."""
    if found.attraction is None or found.reach is None:
        return np.asarray(found.mistaken.sum(axis=0, dtype=np.float64)[:, np.newaxis])
    return np.asarray((found.mistaken / found.reach).T @ found.attraction, dtype=np.float64)


def _sharper(sharpness: float, log: NDArray[np.float32], true: NDArray[np.float32]) -> float:
    """Two of Newton's steps towards the sharpness that predicts ``true`` (m, K) best."""
    wanted = float((true * log).sum(dtype=np.float64)) / len(log)
    for _ in range(2):
        p = softmax(np.float32(sharpness) * log)
        p *= log
        mean = p.sum(axis=1)
        p *= log
        variance = float((p.sum(axis=1) - mean**2).mean(dtype=np.float64))
        step = (wanted - float(mean.mean(dtype=np.float64))) / max(variance, 1e-9)
        sharpness = float(np.clip(sharpness + step, sharpness / 2, sharpness * 2))
    return sharpness


def _by_label(values: NDArray[np.float32], labels: NDArray[np.int32]) -> NDArray[np.float64]:
    """(K, K) sums of the rows of ``values`` (m, K) with each label (column of the result)."""
    from scipy.sparse import csr_array

    ones, size = np.ones(len(labels), dtype=np.float32), (values.shape[1], len(labels))
    member = csr_array((ones, (labels, np.arange(len(labels)))), shape=size)
    return np.asarray(member @ values, dtype=np.float64).T
