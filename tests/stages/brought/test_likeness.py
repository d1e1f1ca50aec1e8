"""Embeddings in another order are noticed by labels and by pixels; useless embeddings in the right order are not stopped."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from datadoctor.stages.brought.likeness import Brought, same_label, same_pixels, tells_nothing
from datadoctor.stages.brought.orders import Listed, row_orders
from tests.stages.brought.planted import listed, noisy


def digits(n_classes: int, per_class: int, splits: int = 1) -> tuple[Listed, NDArray[np.float64], NDArray[np.uint8]]:
    """A listing, a random layer's view of the digits, and the digits."""
    images, _ = listed(n_classes, per_class, splits)
    data = load_digits()
    pixels = np.zeros((len(images.paths), 8, 8))
    for label in range(n_classes):
        rows = np.flatnonzero(images.labels == label)
        pixels[rows] = data.images[np.flatnonzero(data.target == label % 10)[: len(rows)]]
    weights = np.random.default_rng(0).normal(size=(64, 32))
    vectors = np.maximum(pixels.reshape(len(pixels), -1) @ weights, 0) + 1e-3
    small = np.repeat((pixels * 15.9).astype(np.uint8)[..., None], 3, axis=3).repeat(2, axis=1).repeat(2, axis=2)
    return images, vectors, small


@pytest.mark.parametrize("shape", [(2, 20, 1), (5, 40, 2), (10, 12, 1), (12, 12, 1)])
@pytest.mark.parametrize("noise", [0.0, 0.4])
@pytest.mark.parametrize("kind", ["layer", "noise", "constant", "one column"])
def test_the_right_order_is_never_stopped(shape: tuple[int, int, int], noise: float, kind: str) -> None:
    images, layer, small = digits(*shape)
    rng = np.random.default_rng(5)
    images = replace(images, labels=noisy(images.labels, shape[0], noise, "uniform", rng))
    vectors = {
        "layer": layer,
        "noise": rng.normal(size=(len(layer), 16)),
        "constant": np.ones_like(layer),
        "one column": layer[:, :1],
    }
    brought = Brought(vectors[kind], small, images)
    assert same_label(brought) is None
    assert same_pixels(brought) is None


def test_rows_exchanged_within_their_classes_are_noticed_by_pixels_alone() -> None:
    images, vectors, small = digits(10, 30)
    order = next(order for order in row_orders(images) if order.name == "natural order of the paths")
    written = np.empty_like(vectors)
    written[order.positions] = vectors
    brought = Brought(written, small, images)
    assert same_label(brought) is None
    better = same_pixels(brought)
    assert better
    assert better.rows == "natural order of the paths"


def test_rows_exchanged_between_classes_are_noticed_by_labels() -> None:
    images, vectors, small = digits(10, 30)
    order = next(
        order for order in row_orders(images) if order.name.startswith("natural order of the file names alone")
    )
    written = np.empty_like(vectors)
    written[order.positions] = vectors
    better = same_label(Brought(written, small, images))
    assert better
    assert better.rows == order.name
    assert better.given < 0.3 < 0.8 < better.other


def test_shuffled_rows_tell_nothing_and_rows_in_order_do() -> None:
    images, vectors, small = digits(5, 40)
    shuffled = vectors[np.random.default_rng(0).permutation(len(vectors))]
    assert tells_nothing(Brought(shuffled, small, images))
    assert not tells_nothing(Brought(vectors, small, images))
    unlabelled = replace(images, labels=np.full_like(images.labels, -1))
    assert tells_nothing(Brought(shuffled, small, unlabelled))
    assert not tells_nothing(Brought(vectors, small, unlabelled))


def test_rows_of_unreadable_images_may_hold_anything() -> None:
    images, vectors, small = digits(5, 40)
    vectors[::7] = np.nan
    readable = np.flatnonzero(np.arange(len(vectors)) % 7)
    brought = Brought(vectors, small[readable], replace(images, readable=readable))
    assert same_label(brought) is None
    assert same_pixels(brought) is None
    assert not tells_nothing(brought)
