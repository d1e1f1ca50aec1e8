"""The dissimilarity of classes, by definition."""

import numpy as np
import pytest

from datadoctor.stages.hierarchy.similarity import dissimilarity


def test_by_definition() -> None:
    soft = np.array([[0, 0.9, 0.1], [0.5, 0, 0.5], [0.2, 0.8, 0]], dtype=np.float32)
    n_given = np.array([9, 4, 0])
    weight = n_given / (n_given + 1)
    smooth = soft * weight[:, np.newaxis] + (1 - weight)[:, np.newaxis] / 2
    np.fill_diagonal(smooth, 0)
    both = smooth + smooth.T
    found = dissimilarity(soft, n_given)
    for j in range(3):
        for k in range(3):
            alike = both[j, k] / np.sqrt(both[j].sum() * both[k].sum())
            assert found[j, k] == pytest.approx(-np.log(alike) if j != k else 0, abs=1e-5)
    np.testing.assert_allclose(found, found.T, atol=1e-6)


def test_resamples_are_treated_one_by_one() -> None:
    random = np.random.default_rng(0)
    soft = random.dirichlet(np.ones(5), (3, 5)).astype(np.float32)
    n_given = np.full(5, 10)
    stacked = dissimilarity(soft, n_given)
    for one, expected in zip(soft, stacked, strict=True):
        np.testing.assert_allclose(dissimilarity(one, n_given), expected, atol=1e-6)
