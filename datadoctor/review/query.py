"""Which images, in which order: the state of a gallery as it stands in the page's address."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadoctor.errors import DataDoctorError
from datadoctor.review.standing import Standing
from datadoctor.review.table import TEXTS, Table

_PART = re.compile(r"(\d{1,3})/(\d{1,3})(?:\+(\d{1,3}))?")
# Between the ends of a range; either may be left out.
TO = "~"
BARS = 24
# Drawn as histograms, where the run has them.
DRAWN = ("p", "side", "brightness")
Decided = Mapping[int, Standing]
_KNOWN = {"text", "class", "suggested", "label", "superclass", "check", "state", "reviewer", "part", "sort", *TEXTS}


@dataclass(frozen=True)
class Query:
    """``words``: filters by name; ``ranges``: (low, high) of numbers, ends included; ``sort``: a number's name, ``-`` if it falls."""

    words: Mapping[str, str] = field(default_factory=dict)
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    sort: str = "-score"


def parsed(parameters: Mapping[str, str], table: Table) -> Query:
    """The query that an address asks; raises ``DataDoctorError`` for what it cannot ask."""
    words, ranges = {}, {}
    for name, value in parameters.items():
        if not value or name == "sort":
            continue
        if name in _KNOWN:
            words[name] = value
        elif name in table.numbers:
            ranges[name] = _range(name, value)
        else:
            raise DataDoctorError(f"images are not filtered by {name!r}")
    sort = parameters.get("sort") or "-score"
    if sort.removeprefix("-") not in (*table.numbers, "path"):
        raise DataDoctorError(f"images are not sorted by {sort!r}")
    return Query(words, ranges, sort)


def _range(name: str, value: str) -> tuple[float, float]:
    low, there, high = value.partition(TO)
    try:
        return float(low or "-inf"), float((high if there else low) or "inf")
    except ValueError as error:
        raise DataDoctorError(f"{name}={value!r}: a range is written 0.2{TO}0.8") from error


def places(query: Query, table: Table, decided: Decided) -> NDArray[np.uint32]:
    """The places of the images that pass, in the order asked for; those without the figure sorted by come last."""
    passing = np.flatnonzero(_all(table, _masks(query, table, decided).values()))
    if query.sort.removeprefix("-") == "path":
        found = passing[::-1] if query.sort.startswith("-") else passing
    else:
        values = table.numbers[query.sort.removeprefix("-")][passing]
        found = passing[np.argsort(-values if query.sort.startswith("-") else values, kind="stable")]
    return found.astype(np.uint32)


def histograms(query: Query, table: Table, decided: Decided) -> dict[str, object]:
    """Counts by split, and of numbers in equal bars: each over the images that pass all filters but its own."""
    masks = _masks(query, table, decided)

    def others(name: str) -> NDArray[np.bool_]:
        kept = [mask for filtered, mask in masks.items() if filtered != name]
        return _all(table, kept)

    codes, words = table.texts["split"]
    counts = np.bincount(codes[others("split")], minlength=len(words))
    bars = {name: _bars(table.numbers[name], others(name)) for name in DRAWN if name in table.numbers}
    return {
        "split": {"words": words, "counts": counts.tolist()} if len(words) > 1 else None,
        "bars": {name: found for name, found in bars.items() if found},
    }


def _bars(values: NDArray[np.float64], mask: NDArray[np.bool_]) -> dict[str, object] | None:
    known = values[np.isfinite(values)]
    if not len(known) or known.min() == known.max():
        return None
    # Bars of all images, so that they do not move under the pointer while it filters.
    whole = (0.0, 1.0) if known.min() >= 0 and known.max() <= 1 else None
    edges = np.histogram_bin_edges(known, BARS, whole)
    counts = np.histogram(values[mask & np.isfinite(values)], edges)[0]
    return {"edges": [float(f"{edge:.3g}") for edge in edges], "counts": counts.tolist()}


def _masks(query: Query, table: Table, decided: Decided) -> dict[str, NDArray[np.bool_]]:
    masks = {name: _FILTERS.get(name, _by_text(name))(table, value, decided) for name, value in query.words.items()}
    for name, (low, high) in query.ranges.items():
        with np.errstate(invalid="ignore"):
            masks[name] = (table.numbers[name] >= low) & (table.numbers[name] <= high)
    return masks


def _all(table: Table, masks: Iterable[NDArray[np.bool_]]) -> NDArray[np.bool_]:
    """Where all masks hold."""
    found = np.ones(len(table), dtype=bool)
    for mask in masks:
        found &= mask
    return found


_Filter = Callable[[Table, str, Decided], NDArray[np.bool_]]


def _by_text(name: str) -> _Filter:
    def passing(table: Table, value: str, _: Decided) -> NDArray[np.bool_]:
        codes, words = table.texts[name]
        return np.asarray(codes == (words.index(value) if value in words else -1))

    return passing


def _text(table: Table, value: str, _: Decided) -> NDArray[np.bool_]:
    found = pd.Series(False, index=table.items.index)
    for column in ("path", "given_label", "suggested_label"):
        found |= table.items[column].str.contains(value, case=False, regex=False).fillna(False).astype(bool)
    return found.to_numpy(bool)


def _class(table: Table, value: str, _: Decided) -> NDArray[np.bool_]:
    return np.isin(table.given, table.with_class(value))


def _suggested(table: Table, value: str, _: Decided) -> NDArray[np.bool_]:
    return np.asarray(table.suggested == table.number.get(value, -1))


def _label(table: Table, value: str, _: Decided) -> NDArray[np.bool_]:
    numbers = table.with_class(value)
    return np.isin(table.given, numbers) | np.isin(table.suggested, numbers)


def _superclass(table: Table, value: str, _: Decided) -> NDArray[np.bool_]:
    names = (table.run.hierarchy.get("used") or {}).get("superclasses", [])
    if table.superclass is None or value not in names:
        return np.zeros(len(table), bool)
    return np.asarray(np.append(table.superclass, -1)[table.given] == names.index(value))


def _check(table: Table, value: str, _: Decided) -> NDArray[np.bool_]:
    return _at(table, table.named.get(value, ()))


def _state(table: Table, value: str, decided: Decided) -> NDArray[np.bool_]:
    if value == "disputed":
        return _at(table, [place for place, said in decided.items() if said.disputed])
    if value in table.flips:
        return _at(table, table.flips[value])
    done = _at(table, list(decided))
    return ~done if value == "open" else done


def _reviewer(table: Table, value: str, decided: Decided) -> NDArray[np.bool_]:
    return _at(table, [place for place, said in decided.items() if value in said.by])


def _part(table: Table, value: str, _: Decided) -> NDArray[np.bool_]:
    """One reviewer's part: '2/3' is the second of three, '2/3+20' with 20 % that all three get."""
    found = _PART.fullmatch(value)
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise DataDoctorError(f"part={value!r}: a part is written 2/3, or 2/3+20 with 20 % that everybody gets")
    number, of, shared = int(found[1]), int(found[2]), int(found[3] or 0)
    # Two different draws from one number, so that what all get is spread over the parts.
    return np.asarray((table.lot % of == number - 1) | (table.lot // 1_000_003 % 100 < shared))


def _at(table: Table, chosen: object) -> NDArray[np.bool_]:
    mask = np.zeros(len(table), bool)
    mask[np.asarray(chosen, dtype=np.int64)] = True
    return mask


_FILTERS: dict[str, _Filter] = {
    "text": _text,
    "class": _class,
    "suggested": _suggested,
    "label": _label,
    "superclass": _superclass,
    "check": _check,
    "state": _state,
    "reviewer": _reviewer,
    "part": _part,
}
