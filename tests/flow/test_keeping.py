"""Kept values come back equal, whole or not at all, and only for the same key."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from datadoctor.flow.keeping import Keeper, dataclasses_in


@dataclass(frozen=True)
class Inner:
    low: float


@dataclass(frozen=True)
class Value:
    numbers: NDArray[np.float32]
    empty: NDArray[np.int32]
    names: tuple[str, ...]
    nested: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]
    columns: Mapping[str, NDArray[np.int32]]
    inner: Inner
    choices: Mapping[str, float | list[float] | str]


def value() -> Value:
    return Value(
        numbers=np.linspace(0, 1, 7, dtype=np.float32),
        empty=np.zeros(0, dtype=np.int32),
        names=("a", "<b>", "array"),
        nested=(((1, 2), ()), ((), (3,))),
        columns={"array": np.arange(3, dtype=np.int32)},
        inner=Inner(0.25),
        choices={"tuple": 1.5, "list": [1.0, float("inf")], "text": "ä\n"},
    )


def assert_same(one: Value, other: Value) -> None:
    np.testing.assert_array_equal(one.numbers, other.numbers)
    assert one.numbers.dtype == other.numbers.dtype
    assert one.empty.shape == other.empty.shape
    assert (one.names, one.nested, one.inner, one.choices) == (other.names, other.nested, other.inner, other.choices)
    np.testing.assert_array_equal(one.columns["array"], other.columns["array"])


def test_a_kept_value_comes_back_equal(tmp_path: Path) -> None:
    Keeper(tmp_path).put("stage", "key", value())
    again = Keeper(tmp_path).fetch("stage", "key", Value)
    assert_same(again, value())
    assert not again.numbers.flags.writeable


def test_the_types_of_the_parts_are_found_in_annotations() -> None:
    assert set(dataclasses_in(tuple[Mapping[str, Value], ...] | None)) == {Value, Inner}


def test_nothing_is_there_under_another_key_or_before(tmp_path: Path) -> None:
    keeper = Keeper(tmp_path)
    assert keeper.fetch("stage", "key", Value) is None
    keeper.put("stage", "key", value())
    assert keeper.fetch("stage", "other", Value) is None
    assert keeper.size("stage") > 0


@pytest.mark.parametrize("damaged", ["value.json", "0.npy"])
def test_a_damaged_value_is_made_again(tmp_path: Path, damaged: str) -> None:
    keeper = Keeper(tmp_path)
    keeper.put("stage", "key", value())
    (tmp_path / "stage" / damaged).write_bytes(b"half")
    assert keeper.fetch("stage", "key", Value) is None
    keeper.put("stage", "key", value())
    assert_same(keeper.fetch("stage", "key", Value), value())
