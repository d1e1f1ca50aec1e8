"""What stands above the rows of a text table: Excel's 'sep=' line, and lines of comment that begin with '#'."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[ \t]*(?:\r\n|\r|\n|\Z)', re.IGNORECASE)
_COMMENT = re.compile(r"[ \t]*#+[ \t]*")
_DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class Preamble:
    """``start``: where the rows begin in the text, on line ``first_line``; ``separator``: as stated, '' for none; lines of comment."""

    start: int
    first_line: int
    separator: str
    comments: int


def preamble_of(text: str, is_image: Callable[[str], bool], names_columns: Callable[[Sequence[str]], bool]) -> Preamble:
    """What stands above the rows; ``is_image``: whether a field names an image, ``names_columns``: whether fields are a header.

    A line with '#' that names an image is a row, whatever its folder is called. A last line of comment that names the columns of
    the row below, which names none, is the header: it begins after its '#'.
    """
    stated = _SEPARATOR_LINE.match(text)
    start, line, comments, header = stated.end() if stated else 0, 2 if stated else 1, 0, 0
    while (found := _LINE.match(text, start)) and start < len(text):
        mark = _COMMENT.match(text, start, found.end())
        if mark and not _is_row(text[mark.end() : found.end()], mark[0], is_image):
            start, comments, header = found.end(), comments + 1, mark.end()
        elif found[0].strip() or not comments:
            break
        else:
            start = found.end()
        line += 1
    fields = _fields(text[header:start])
    below = _fields((_LINE.match(text, start) or [""])[0])
    if comments and len(fields) == len(below) and names_columns(fields) and not names_columns(below):
        return Preamble(header, line - text.count("\n", header, start), stated[1] if stated else "", comments - 1)
    return Preamble(start, line, stated[1] if stated else "", comments)


def _is_row(said: str, mark: str, is_image: Callable[[str], bool]) -> bool:
    """Whether '#' is part of a name: it touches it, and the line names an image."""
    return not mark.endswith((" ", "\t")) and any(map(is_image, _fields(said)))


def _fields(line: str) -> list[str]:
    """The fields of a line, by the delimiter that parts it most."""
    parted = max((line.strip().split(one) for one in _DELIMITERS), key=len)
    return [one.strip(" \t\"'") for one in (parted if len(parted) > 1 else line.split())]
