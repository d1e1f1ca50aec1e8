"""Text that a terminal can be shown."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Iterator
from typing import TextIO

# Longer lists on a terminal are cut, with the count of what is left out.
MOST_LINES = 10


# Of what is bad, doubtful and good, as the report has them: in the ANSI colours that a terminal's user has chosen.
_COLOURS = {"bad": "31", "warn": "33", "good": "32"}


def coloured(stream: TextIO | None) -> bool:
    """Whether a stream is a terminal that shows colours, and the user wants them (https://no-color.org)."""
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return wanted and stream is not None and stream.isatty()


def painted(text: str, tone: str, colours: bool) -> str:
    """Text in the colour of 'bad', 'warn' or 'good'; as it is without colours, or for any other tone."""
    return f"\x1b[{_COLOURS[tone]}m{text}\x1b[0m" if colours and tone in _COLOURS else text


def nearest(word: str, known: Iterable[str]) -> str:
    """What somebody may have meant who wrote ``word``: " (did you mean 'mislabel'?)", '' where nothing is near."""
    found = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean '{found[0]}'?)" if found else ""


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
