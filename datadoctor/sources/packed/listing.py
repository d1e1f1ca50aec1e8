"""Listings of what is packed: of rows by their columns, of members by the folders that their names tell."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from datadoctor.errors import DataDoctorError
from datadoctor.sources import Listing, SourceProblem, counted, inside, listed
from datadoctor.sources.building import Entry, Said, build
from datadoctor.sources.label_sets import labels_of, with_sets
from datadoctor.sources.manifest.columns import Named, choose, folded_splits
from datadoctor.sources.manifest.paths import tidy, valid
from datadoctor.sources.originals import Original
from datadoctor.sources.split_names import in_order
from datadoctor.tables import Table

if TYPE_CHECKING:
    from datadoctor.config import Config

PATH = "(image)"


@dataclass(frozen=True, slots=True)
class Part:
    """A table of a source with the originals of its rows. ``name``: how items and locations call it; ``split``: what its name says.

    ``table`` has a column for each thing that is known of them, ``paths`` what they are called, '' for nothing. ``names``: of
    classes whose column holds numbers.
    """

    name: str
    table: Table
    originals: Sequence[Original]
    paths: Sequence[str]
    split: str = ""
    names: Mapping[str, Sequence[str]] | None = None


def listing_of_rows(root: Path, parts: Sequence[Part], said: Said, config: Config) -> Listing:
    """One item a row; raises ``DataDoctorError`` where there is none, or the user has to choose a column."""
    if not any(len(part.originals) for part in parts):
        raise DataDoctorError(f"{root}: no row with an image; is it the right one?")
    entries: list[Entry] = []
    originals: dict[str, Original] = {}
    taken: Counter[str] = Counter()
    problems = list(said.problems)
    alike = _unique([path for part in parts for path in part.paths])
    for part in parts:
        columns = choose(replace(part.table, columns={PATH: list(part.paths), **part.table.columns}), _named(config))
        values = _values(part, columns.label), _values(part, columns.split), _values(part, columns.group)
        rows = zip(part.originals, part.paths, part.table.lines, *values, strict=True)
        for original, path, line, label, split, group in rows:
            name = tidy(valid(path)) if alike else f"{part.name}/{line:06d}{original.suffix}"
            originals[name] = original
            chain = (valid(label),) if label.strip() else ()
            entries.append(Entry(name, chain, valid(split or part.split), valid(group), f"{part.name}:{line}"))
        taken[_phrase(part, columns.label, columns.split, columns.group)] += 1
        if columns.label:
            problems += [
                SourceProblem(f"{part.name}:{line}", "no given label: the image is compared for duplicates only")
                for line, label in zip(part.table.lines, values[0], strict=True)
                if not label.strip()
            ]
    entries = [
        replace(one, split=split) for one, split in zip(entries, folded_splits([e.split for e in entries]), strict=True)
    ]
    splits = in_order(entry.split for entry in entries)
    before = [
        *said.before,
        *taken,
        *([f"{'splits' if len(splits) > 1 else 'one split,'} {listed(splits)}"] if splits else []),
    ]
    entries, set_phrases = with_sets(entries, config.label_separator)
    before += set_phrases
    listing = build(root, entries, Said(before, said.after, problems), merge_spellings=config.merge_spellings)
    return replace(listing, originals=originals)


def _named(config: Config) -> Named:
    return Named(PATH, config.label_column, config.split_column, config.group_column)


def _unique(paths: Sequence[str]) -> bool:
    """Whether every row has a path of its own that can be one of a listing."""
    return len(set(map(tidy, paths))) == len(paths) and all(path.strip() and inside(tidy(path)) for path in paths)


def _values(part: Part, column: str | None) -> Sequence[str]:
    if column is None:
        return [""] * len(part.originals)
    values = part.table.columns[column]
    names = (part.names or {}).get(column)
    if not names:
        return values
    return [_named_set(v, names) if v.startswith("[") else _name(v, names) for v in values]


def _name(value: str, names: Sequence[str]) -> str:
    return names[int(value)] if value.isdecimal() and int(value) < len(names) else "" if value == "-1" else value


def _named_set(cell: str, names: Sequence[str]) -> str:
    """A cell that is a list of numbers as the list of their names."""
    return json.dumps([_name(one, names) for one in labels_of(cell)], ensure_ascii=False)


def _phrase(part: Part, label: str | None, split: str | None, group: str | None) -> str:
    taken = [f"{kind} in `{name}`" for kind, name in (("labels", label), ("splits", split), ("groups", group)) if name]
    return ", ".join(taken if label else ["no label column", *taken])


def of_shards(names: Sequence[str]) -> str:
    """'train-00000-of-00002.parquet', or how many."""
    return listed(names, 2) if len(names) <= 2 else counted(len(names), "file")
