"""Markdown for pull requests and step summaries, of texts that come from a dataset."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# A comment on GitHub holds 65,536 characters, a step summary 1 MiB: the smaller, in bytes, with room for a header.
MOST_BYTES = 60_000
MOST_IN_CELL = 400
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~>@:-])")


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table; cells are Markdown."""
    return [f"| {' | '.join(cells)} |" for cells in (header, ("---",) * len(header), *rows)]


def escaped(text: str) -> str:
    """Text from the dataset as text: no markup, no mention, no link, on one line."""
    short = text if len(text) <= MOST_IN_CELL else f"{text[:MOST_IN_CELL]}…"
    line = "".join(letter if letter.isprintable() else " " for letter in short)
    return _SPECIAL.sub(r"\\\1", html.escape(line, quote=False))


def leak_table(leakage: Mapping[str, Any] | None) -> list[str]:
    """Pairs of the same picture in two splits, exact + near, as a section of its own; nothing where there are no splits.

    ``leakage["of"]``: of which images, where it is not all.
    """
    if not leakage:
        return []
    splits = leakage["splits"]
    rows = [
        (escaped(first or "(none)"), *(f"{exact:,} + {near:,}" for exact, near in zip(*counts, strict=True)))
        for first, *counts in zip(splits, leakage["exact"], leakage["near"], strict=True)
    ]
    header = ("same picture in", *(escaped(split or "(none)") for split in splits))
    return ["", f"### Pairs by split{leakage.get('of', '')} (exact + near)", "", *table(header, rows)]


def fitted(lines: Sequence[str], cut: str) -> str:
    """The lines as one text of at most ``MOST_BYTES``; where lines had to go, it ends with ``cut``.

    Cut here and not by the platform: one that gets too much drops the whole text.
    """
    text = "\n".join(lines) + "\n"
    if len(text.encode()) <= MOST_BYTES:
        return text
    kept, size = [], len(cut.encode())
    for line in lines:
        size += len(line.encode()) + 1
        if size > MOST_BYTES:
            break
        kept.append(line)
    return "\n".join(kept) + cut
