"""The text of a table: UTF-8 or UTF-16, with a byte order mark or without."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

from datadoctor.errors import DataDoctorError

BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
LOOKED_AT = 4096


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
        line = content[: len(bom) + error.start].count(b"\n") + 1
        raise DataDoctorError(
            f"{file}:{line}: not {encoding.upper()} text ({error.reason}); save the file as UTF-8"
        ) from error


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
