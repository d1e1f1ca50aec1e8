"""Several labels an image: how a cell of a table writes them, and how the labels of an image are said in one text.

A cell may be a list (``["cat", "dog"]`` of JSON, ``['cat', 'dog']`` of Python) or labels with something between them (``cat|dog``). What is
between is found by whether the parts of the cells come back in other cells: ``goldfish, Carassius auratus`` is the name of one
class. The text of a set is ``cat|dog``; a JSON list where a name needs it, ``[]`` for an image that is known to have none.
"""

from __future__ import annotations

import ast
import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from datadoctor.sources.building import Entry

BETWEEN = "|"
# Looked for in this order; the last are so frequent in names that their parts have to come back in other cells.
SEPARATORS = ("|", ";", ",", " ")
# From this share of the cells on, lists are how the column is written.
MOST_ARE = 0.9
# Share of the parts of cells that has to come back in a different cell; any of them at least.
COME_BACK = {"|": 0.0, ";": 0.0, ",": 0.5, " ": 0.9}
LONGEST_CELL = 10_000


@dataclass(frozen=True, slots=True)
class Notation:
    """How cells hold several labels. ``separator``: what is between them, '' for lists in brackets."""

    separator: str

    def labels(self, cell: str) -> tuple[str, ...]:
        """The labels in a cell, each once, in its order; a cell that is no list is one label."""
        parts = cell.split(self.separator) if self.separator else _list(cell)
        return tuple(dict.fromkeys(part.strip() for part in ([cell] if parts is None else parts) if part.strip()))

    def rewritten(self, cell: str, removed: Collection[str], added: Sequence[str]) -> str:
        """The cell with some labels fewer and some more at its end, written as it was."""
        kept = [label for label in self.labels(cell) if label not in removed]
        labels = [*kept, *(label for label in added if label not in kept)]
        if self.separator:
            space = " " if f"{self.separator} " in cell and self.separator != " " else ""
            return f"{self.separator}{space}".join(labels)
        tight = "," in cell and ", " not in cell
        return _as_list(cell, labels, "," if tight else ", ")

    @property
    def words(self) -> str:
        """It in words, for the sentence on what was understood."""
        between = {" ": "a space"}.get(self.separator, f"`{self.separator}`")
        return f"with {between} between them" if self.separator else "lists in cells"


def _as_list(cell: str, labels: Sequence[str], comma: str) -> str:
    """Labels as a list in the manner of a cell: numbers stay numbers, quotes are those that are there."""
    values = _values(cell) or []
    numbers = bool(values) and all(isinstance(value, int) for value in values) and all(map(_is_number, labels))
    if numbers:
        return f"[{comma.join(labels)}]"
    if "'" in cell and '"' not in cell:
        return f"[{comma.join(map(repr, labels))}]"
    escaped = "\\u" in cell
    return f"[{comma.join(json.dumps(label, ensure_ascii=escaped) for label in labels)}]"


def _is_number(text: str) -> bool:
    return text.removeprefix("-").isdecimal()


def _values(cell: str) -> list[object] | None:
    """The values of a list in brackets, None where the cell is none; nothing in it is run."""
    text = cell.strip()
    if not (text.startswith("[") and text.endswith("]")) or len(text) > LONGEST_CELL:
        return None
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(found, list) and all(isinstance(value, str | int) for value in found):
            return list(found)
    return None


def _list(cell: str) -> list[str] | None:
    values = _values(cell)
    return None if values is None else [str(value) for value in values]


def notation_of(cells: Iterable[str], separator: str | None = None) -> Notation | None:
    """How these cells hold several labels, None where each is one label.

    ``separator``: what the user says is between labels, '' for nothing: each cell is one label; None to find it.
    """
    if separator is not None:
        return Notation(separator) if separator else None
    distinct = {cell.strip() for cell in cells} - {""}
    lists = [cell for cell in distinct if cell.startswith("[") and _values(cell) is not None]
    if lists and len(lists) >= MOST_ARE * len(distinct):
        return Notation("")
    return next((Notation(one) for one in SEPARATORS if _separates(one, distinct)), None)


def _separates(separator: str, cells: Collection[str]) -> bool:
    """Whether it stands between labels: parts of cells are whole, and enough of them come back in different cells."""
    parts = [[part.strip() for part in cell.strip(separator).split(separator)] for cell in cells]
    several = [one for one in parts if len(one) > 1]
    if not several or not all(part for one in several for part in one):
        return False
    seen = Counter(part for one in parts for part in set(one))
    named = {part for one in several for part in one}
    again = sum(seen[part] > 1 for part in named)
    if separator == " ":
        # 'light blue' and 'dark blue' come back, too: words that are labels stand alone and in threes.
        lengths = {len(one) for one in parts}
        if len(lengths) < 3 or len(seen) >= len(cells):
            return False
    # Ids beside names come back nowhere, however many there are.
    return again > 0 and again >= COME_BACK[separator] * len(named)


def with_sets(entries: Sequence[Entry], separator: str | None) -> tuple[list[Entry], list[str]]:
    """The images with the labels that their cells hold, and phrases on how these were read."""
    cells = [entry.classes[-1] for entry in entries if entry.classes]
    notation = notation_of(cells, separator)
    if notation is None:
        return list(entries), [
            f"`{one}` in labels is taken as part of a name: --label-separator '{one}' to read several labels"
            for one in SEPARATORS[:2]
            if separator is None and any(one in cell.strip(one) for cell in cells)
        ]
    sets = {cell: notation.labels(cell) for cell in set(cells)}
    if all(len(one) == 1 for one in sets.values()):
        return [replace(e, classes=sets[e.classes[-1]]) if e.classes else e for e in entries], []
    found = [replace(e, classes=(), labels=sets[e.classes[-1]]) if e.classes else e for e in entries]
    return found, [f"several labels an image, {notation.words} (--label-separator '' for one label a cell)"]


def text_of(labels: Iterable[str]) -> str:
    """A set of labels as one text."""
    names = list(labels)
    plain = names and not any(BETWEEN in name or name.startswith("[") for name in names)
    return BETWEEN.join(names) if plain else json.dumps(names, ensure_ascii=False, separators=(",", ":"))


def labels_of(text: str) -> tuple[str, ...]:
    """The labels that a text of a set names."""
    found = _list(text)
    return tuple(text.split(BETWEEN) if found is None else found) if text else ()
