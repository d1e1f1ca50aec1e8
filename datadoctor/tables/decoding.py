"""The text of a table: UTF-8 or UTF-16, with a byte order mark or without, or what Excel writes on Windows in western languages."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from datadoctor.errors import DataDoctorError

BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
LOOKED_AT = 4096
WINDOWS = "cp1252"
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text after the byte order mark ``bom`` (b'' for none), and its encoding, so that it can be written again."""

    text: str
    bom: bytes
    encoding: str


def decoded(file: Path, content: bytes) -> Decoded:
    """The text of a file; raises ``DataDoctorError`` naming the line that is none."""
    bom, encoding = next(((bom, name) for bom, name in BOMS if content.startswith(bom)), (b"", _without_mark(content)))
    try:
        return Decoded(content[len(bom) :].decode(encoding), bom, encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-8" and not bom and (text := _of_windows(content)):
            return Decoded(text, bom, WINDOWS)
        line = content[: len(bom) + error.start].count(b"\n") + 1
        raise DataDoctorError(
            f"{file}:{line}: not {encoding.upper()} text ({error.reason}); save the file as UTF-8"
        ) from error


def _of_windows(content: bytes) -> str:
    """The text in Windows' western code page, '' where it cannot be that."""
    if _CONTROL.search(content):
        return ""
    try:
        return content.decode(WINDOWS)
    except UnicodeDecodeError:
        return ""


def _without_mark(content: bytes) -> str:
    """UTF-16 without a mark has a zero in every other byte of what is mostly ASCII."""
    start = content[: LOOKED_AT & ~1]
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if (
            len(start) >= 4
            and start[first::2].count(0) > 0.8 * len(start[first::2])
            and not start[1 - first :: 2].count(0)
        ):
            return encoding
    return "utf-8"
