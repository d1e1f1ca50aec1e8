"""Arrays in another order are noticed; arrays in the right order never are, however poor labels and predictions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from datadoctor.stages.brought.agreement import Better, Tried, of_probabilities
from datadoctor.stages.brought.orders import Listed, Order, class_orders, natural, row_orders
from tests.stages.brought.planted import listed, noisy, predicted

BIG = [(2, 60, 1), (3, 40, 3), (10, 20, 1), (12, 12, 2), (200, 4, 1)]


def found(
    called: NDArray[np.int64], images: Listed, classes: tuple[str, ...], tried: Tried | None = None
) -> Better | None:
    return of_probabilities(called, images, classes, tried or Tried())


@settings(max_examples=150, deadline=None)
@given(
    shape=st.sampled_from([(2, 10, 1), (2, 40, 2), (3, 8, 1), (10, 4, 1), (10, 30, 3), (12, 12, 1), (50, 3, 1), (200, 1, 1), (200, 3, 2)]),
    signal=st.sampled_from([0, 0.3, 0.7, 1.5, 4]),
    noise=st.sampled_from([(0, "uniform"), (0.4, "uniform"), (0.4, "next"), (0.45, "next")]),
    bias=st.sampled_from([0, 2, 6]),
    seed=st.integers(0, 10**6),
)  # fmt: skip
def test_the_right_order_is_never_stopped(
    shape: tuple[int, int, int], signal: float, noise: tuple[float, str], bias: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    images, classes = listed(*shape)
    probabilities = predicted(images.labels, shape[0], signal, rng) * np.exp(bias * rng.normal(size=shape[0]))
    images = replace(images, labels=noisy(images.labels, shape[0], *noise, rng))
    assert found(probabilities.argmax(axis=1), images, classes) is None


@pytest.mark.parametrize("shape", BIG)
@pytest.mark.parametrize(("signal", "noise"), [(4, 0.0), (1.5, 0.0), (4, 0.2)])
def test_columns_in_any_other_order_are_noticed(shape: tuple[int, int, int], signal: float, noise: float) -> None:
    rng = np.random.default_rng(1)
    images, classes = listed(*shape)
    called = predicted(images.labels, shape[0], signal, rng).argmax(axis=1)
    images = replace(images, labels=noisy(images.labels, shape[0], noise, "uniform", rng))
    if shape[0] == 200 and signal < 4:
        pytest.skip("of 200 classes it tells nearly nothing")
    right = float((called == images.labels).mean())
    for order in (*class_orders(classes, images), Order("", rng.permutation(shape[0]))):
        if np.array_equal(order.positions, np.arange(shape[0])):
            continue
        better = found(order.positions[called], images, classes)
        assert better is not None, order.name
        assert better.columns
        assert better.given < better.other
        assert better.other >= 0.9 * right


def test_natural_order_of_the_classes_is_named() -> None:
    images, classes = listed(12, 12)
    called = predicted(images.labels, 12, 4, np.random.default_rng(0)).argmax(axis=1)
    order = next(order for order in class_orders(classes, images) if order.name == "natural order")
    better = found(order.positions[called], images, classes)
    assert better
    assert (better.rows, better.columns) == ("", "natural order")


def test_two_exchanged_columns_among_many_are_named() -> None:
    images, classes = listed(10, 30)
    called = predicted(images.labels, 10, 4, np.random.default_rng(0)).argmax(axis=1)
    exchanged = np.arange(10)
    exchanged[[3, 7]] = 7, 3
    better = found(exchanged[called], images, classes)
    assert better
    assert "column 7 for 'class3'" in better.columns
    assert "column 3 for 'class7'" in better.columns


@pytest.mark.parametrize("shape", [(3, 40, 3), (10, 20, 1), (12, 12, 2)])
def test_rows_in_another_order_that_people_use_are_named(shape: tuple[int, int, int]) -> None:
    images, classes = listed(*shape)
    called = predicted(images.labels, shape[0], 4, np.random.default_rng(2)).argmax(axis=1)
    for order in row_orders(images):
        written = np.empty_like(called)
        written[order.positions] = called
        # Exchanged within their classes, rows agree with the labels as before.
        if (images.labels[np.argsort(order.positions)] == images.labels).mean() > 0.8:
            continue
        better = found(written, images, classes)
        assert better, order.name
        assert better.other == pytest.approx(float((called == images.labels).mean()), abs=0.1)
        assert better.rows


def test_rows_in_the_order_of_the_manifest_are_named() -> None:
    images, classes = listed(5, 20)
    rng = np.random.default_rng(3)
    lines = rng.permutation(len(images.paths))
    images = replace(images, locations=[f"labels.csv:{line + 2}" for line in lines])
    called = predicted(images.labels, 5, 4, rng).argmax(axis=1)
    written = np.empty_like(called)
    written[lines] = called
    better = found(written, images, classes)
    assert better
    assert better.rows == "order of the manifest's rows"
    assert found(written, images, classes, Tried(rows=False)) is None


def test_a_manifest_sorted_by_noisy_labels_is_no_better_order() -> None:
    """It agrees with anything sorted: 40 % of the labels of two classes are wrong, the folders are the truth."""
    images, classes = listed(2, 200)
    rng = np.random.default_rng(4)
    called = predicted(images.labels, 2, 4, rng).argmax(axis=1)
    labels = noisy(images.labels, 2, 0.4, "next", rng)
    lines = np.argsort(np.argsort(labels, kind="stable"))
    images = replace(images, labels=labels, locations=[f"labels.csv:{line + 2}" for line in lines])
    assert found(called, images, classes) is None


def test_unreadable_and_unlabelled_images_say_nothing() -> None:
    images, classes = listed(4, 10)
    called = predicted(images.labels, 4, 4, np.random.default_rng(0)).argmax(axis=1)[::-1]
    assert found(called, replace(images, labels=np.full(40, -1, np.int32)), classes) is None
    assert found(called, replace(images, readable=np.arange(10)), classes) is None


@given(
    st.lists(st.integers(0, 10**9), min_size=1, max_size=20, unique=True),
    st.text(st.characters(categories=["L"]), max_size=3),
)
def test_natural_order_sorts_numbers_in_names_as_numbers(numbers: list[int], stem: str) -> None:
    assert sorted((f"{stem}{n}.png" for n in numbers), key=natural) == [f"{stem}{n}.png" for n in sorted(numbers)]
