"""Stages that do not serve are found by held-out labels, whatever the order of the images."""

import hashlib

import numpy as np
import pytest
from numpy.typing import NDArray

from datadoctor.stages.embeddings import Stage
from datadoctor.stages.predictions.serving import serving

N, K, D = 300, 3, 40


def planted(useful: tuple[bool, ...]) -> tuple[NDArray[np.float32], tuple[Stage, ...], NDArray[np.int32], list[str]]:
    """Stages that show the class, or nothing but noise of many directions."""
    random = np.random.default_rng(0)
    labels = random.integers(0, K, N).astype(np.int32)
    centres = random.normal(size=(K, D))
    blocks = [random.normal(size=(N, D)) + (0.35 * centres[labels] if tells else 0) for tells in useful]
    stages = tuple(Stage(f"s{i}", i * D, (i + 1) * D) for i in range(len(useful)))
    return (
        np.hstack(blocks).astype(np.float32),
        stages,
        labels,
        [hashlib.sha256(b"%d" % i).hexdigest() for i in range(N)],
    )


@pytest.mark.parametrize(
    ("useful", "expected"),
    [
        ((True, True, True), ("s0", "s1", "s2")),
        ((True, True, False), ("s0", "s1")),
        ((False, True, True), ("s1", "s2")),
        ((True, True, True, False), ("s0", "s1", "s2")),
        ((True, False), ("s0", "s1")),  # with two stages there is nothing to choose from
    ],
)
def test_noise_at_either_end_is_left_out(useful: tuple[bool, ...], expected: tuple[str, ...]) -> None:
    vectors, stages, labels, digests = planted(useful)
    assert serving(vectors, stages, labels, K, digests) == expected
    order = np.random.default_rng(1).permutation(N)
    assert serving(vectors[order], stages, labels[order], K, [digests[i] for i in order]) == expected


def test_without_labels_all_serve() -> None:
    vectors, stages, labels, digests = planted((True, True, False))
    assert serving(vectors, stages, np.full_like(labels, -1), K, digests) == ("s0", "s1", "s2")
    assert serving(vectors, stages, np.zeros_like(labels), 1, digests) == ("s0", "s1", "s2")
