"""Values that anybody may have put into a run directory, and mutations of its documents, tables and arrays with them."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from numpy.typing import NDArray

DEEP = "[" * 30_000 + "]" * 30_000
# What stands in for any value of a document; texts of these are no valid JSON, or more than a number can be.
VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 1, 3, 10**12, 10**40, -(10**400), 0.5, -7.25, float("nan"), float("inf"), 1e308, "", "x", "a\0b", "\ud800",
    "../../etc/passwd", "9" * 5000, "x" * 5000, [], {}, [[]], [None], {"": {}}, [1, "a", []], {"check": 7}, [[1, 2], [3]],
    json.loads("[" * 200 + "]" * 200), {"a": {"b": {"c": ["d"] * 50}}},
)  # fmt: skip


def places(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every part of a document; of long lists, to the first and the last."""
    yield before
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*before, key))
    elif isinstance(value, list):
        for number in sorted({0, len(value) - 1} if value else ()):
            yield from places(value[number], (*before, number))


def replaced(document: Any, place: tuple[Any, ...], value: Any) -> Any:
    """The document with another value in one place; ``...`` takes away what is there."""
    if not place:
        return value
    changed = copy.deepcopy(document)
    inner = changed
    for step in place[:-1]:
        inner = inner[step]
    if value is ...:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    return changed


@st.composite
def documents(draw: st.DrawFn, document: Any) -> str:
    """The text of the document, changed in one to three places."""
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(list(places(document))))
        document = replaced(
            document, place, draw(st.sampled_from((*VALUES, ...)) if place else st.sampled_from(VALUES))
        )
    text = json.dumps(document)
    return draw(st.sampled_from((text, text, text, text.replace("1", "1e999", 1), text[: len(text) // 2], DEEP)))


COLUMNS: dict[str, Any] = {
    "texts": "x", "no texts": None, "numbers": 3, "negative": -5, "huge": 2**62, "not a number": float("nan"), "infinite": np.inf,
    "halves": 0.5, "yes": True, "lists": [1, 2], "bytes": b"\xff\xfe", "outside": "../../../etc/passwd", "nul": "a\0b",
    "json": '{"a": 1}', "deep": DEEP, "json list": "[]", "json numbers": "[1, NaN, 1e999]", "surrogate": '["\\ud800"]',
    "times": pd.Timestamp("2026-01-01"), "place": "labels.csv:" + "9" * 5000, "odd place": "labels.csv:²",
}  # fmt: skip


@st.composite
def tables(draw: st.DrawFn, table: pd.DataFrame) -> pd.DataFrame:
    """The table, changed in one to three columns: gone, of other values throughout or in one row, cut, or rows twice."""
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from(list(table.columns)))
        kind = draw(st.sampled_from(("column", "column", "cell", "gone", "cut", "twice", "none", "shuffled")))
        value = COLUMNS[draw(st.sampled_from(list(COLUMNS)))]
        if kind == "column":
            table = table.assign(**{name: pd.Series([value] * len(table), index=table.index)})
        elif kind == "cell" and len(table):
            values = table[name].tolist()
            values[draw(st.integers(0, len(values) - 1))] = value
            table = table.assign(**{name: pd.Series(values, index=table.index)})
        elif kind == "shuffled":
            table = table.assign(**{name: table[name].sample(frac=1, random_state=1).to_numpy()})
        elif kind == "gone" and len(table.columns) > 1:
            table = table.drop(columns=name)
        elif kind in ("cut", "none"):
            table = table.iloc[: len(table) // 2 if kind == "cut" else 0]
        else:
            table = pd.concat([table, table], ignore_index=True)
    return table


@st.composite
def arrays(draw: st.DrawFn, array: NDArray[Any]) -> NDArray[Any]:
    """An array of another type, shape, length or values."""
    changed: NDArray[Any] = np.array(array)
    kind = draw(
        st.sampled_from(
            ("type", "shorter", "longer", "flat", "deeper", "scalar", "empty", "value", "columns", "values")
        )
    )
    if kind == "type":
        type_ = draw(
            st.sampled_from(("int8", "uint64", "float16", "complex64", "bool", "U3", "S2", "M8[s]", "V4", "float64"))
        )
        return changed.astype(type_) if type_ not in ("M8[s]", "V4") else np.zeros(changed.shape, dtype=type_)
    if kind == "value" and changed.size:
        flat = changed.reshape(-1)
        with np.errstate(all="ignore"):
            value = draw(st.sampled_from((np.nan, np.inf, -1, 1e30, 2**31 - 1, -(2**31), 0)))
            flat[draw(st.integers(0, flat.size - 1))] = np.array(value).astype(changed.dtype)
        return changed
    if kind == "values":
        return np.full_like(changed, draw(st.sampled_from((0, 1, -1, 7))))
    shapes = {
        "shorter": changed[: len(changed) // 2], "longer": np.concatenate([changed, changed]), "flat": changed.reshape(-1),
        "deeper": changed[None], "scalar": np.float32(7).reshape(()), "empty": changed[:0], "columns": changed[:, :1],
        "value": changed,
    }  # fmt: skip
    return np.asarray(shapes[kind])
