"""Text that a terminal can be shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

# Longer lists on a terminal are cut, with the count of what is left out.
MOST_LINES = 10


def shown(text: str) -> str:
    """Text without characters that would move the cursor or break the line of a terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def cut(lines: Iterable[str], most: int | None) -> Iterator[str]:
    """At most so many lines, then how many more there are, indented as the first; all for None."""
    indent, more = "", 0
    for number, line in enumerate(lines):
        if most is None or number < most:
            indent = indent or line[: len(line) - len(line.lstrip())]
            yield line
        else:
            more += 1
    if more:
        yield f"{indent}and {more:,} more"
