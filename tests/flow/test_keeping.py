"""Kept values come back equal, whole or not at all, and only for the same key."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
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


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(["value.json", "0.npy", "1.npy", "2.npy"]),
    place=st.floats(0, 1, exclude_max=True),
    change=st.sampled_from(["gone", "empty", "cut", "byte", "longer", "zeros", "noise", "header"]),
    noise=st.binary(min_size=1, max_size=64),
)
def test_a_damaged_value_is_made_again(tmp_path: Path, name: str, place: float, change: str, noise: bytes) -> None:
    keeper = Keeper(tmp_path)
    keeper.put("stage", "key", value())
    file = tmp_path / "stage" / name
    whole = file.read_bytes()
    at = int(place * len(whole))
    damaged = {
        "gone": None, "empty": b"", "cut": whole[:at], "longer": whole + noise, "zeros": bytes(len(whole)), "noise": noise,
        "byte": whole[:at] + bytes([whole[at] ^ noise[0]]) + whole[at + 1 :], "header": whole[:10] + b"{'a': (" + whole[17:],
    }[change]  # fmt: skip
    file.unlink() if damaged is None else file.write_bytes(damaged)
    fetched = keeper.fetch("stage", "key", Value)
    if damaged == whole:
        assert_same(fetched, value())
    else:
        assert fetched is None
    keeper.put("stage", "key", value())
    assert_same(keeper.fetch("stage", "key", Value), value())
