"""Whether a confusion is more frequent than the two classes' general confusability explains.

The null network is the configuration model without self-loops (quasi-independence, Goodman 1968): class j errs r_j times and is
wrongly predicted c_k times, and errors fall on k in proportion to both, so the expected count is e_jk = α_j β_k for j ≠ k, with
α and β such that the row and column sums are those observed. No matrix of expectations is ever made.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ITERATIONS = 200
FALSE_DISCOVERY_RATE = 0.05


def expected_factors(counts: NDArray[np.int32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Factors α, β (K,) float64 of the expected count α_j β_k of items given j and predicted k ≠ j; ``counts`` (K, K)."""
    diagonal = counts.diagonal().astype(np.float64)
    errs = counts.sum(axis=1, dtype=np.float64) - diagonal
    drawn = counts.sum(axis=0, dtype=np.float64) - diagonal
    alpha, beta = errs.copy(), drawn / max(drawn.sum(), 1.0)
    for _ in range(ITERATIONS):
        alpha = _divide(errs, beta.sum() - beta)
        beta = _divide(drawn, alpha.sum() - alpha)
    return alpha, beta


def chance_of_at_least(
    counts: NDArray[np.integer] | NDArray[np.float64], expected: NDArray[np.float64]
) -> NDArray[np.float64]:
    """P(X >= count) of a Poisson variable with the expected mean; 1 for a count of 0."""
    from scipy.special import gammainc

    tail: NDArray[np.float64] = np.where(counts > 0, gammainc(np.maximum(counts, 1), expected), 1.0)
    return tail


def discoveries(p_values: NDArray[np.float64], tests: int) -> NDArray[np.bool_]:
    """Which of ``tests`` hypotheses to reject at a false discovery rate of 5 % (Benjamini & Hochberg 1995).

    ``p_values`` may leave out hypotheses that were not worth testing: they count as not rejected.
    """
    order = np.argsort(p_values, kind="stable")
    limits = FALSE_DISCOVERY_RATE * np.arange(1, len(p_values) + 1) / max(tests, 1)
    passing = np.flatnonzero(p_values[order] <= limits)
    rejected = np.zeros(len(p_values), dtype=bool)
    if len(passing):
        rejected[order[: passing[-1] + 1]] = True
    return rejected


def _divide(amount: NDArray[np.float64], by: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(amount, by, out=np.zeros_like(amount), where=by > 0)
