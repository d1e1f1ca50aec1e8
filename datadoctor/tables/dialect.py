"""How a text table is written: what separates its fields, whether it names its columns, where its rows begin."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from datadoctor.tables.preamble import preamble_of

# fmt: off
_EXTENSION = re.compile(r"\.(?:jpe?g|jpe|jfif|mpo|a?png|gif|bmp|dib|tiff?|webp|p[pgbn]m|jp2|j2k|avif|ico|hei[cf]|jxl|npy|dcm)['\"]?$", re.I)
_VIDEO = re.compile(r"\.(?:mp4|m4v|mov|avi|mkv|webm|mpe?g|wmv|flv|3gp|ogv|m2?ts)['\"]?$", re.I)
NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?")
# Names of columns that no row of data holds, folded.
_KNOWN = frozenset([
    "path", "imagepath", "imgpath", "filepath", "filename", "file", "image", "img", "imagename", "imageid", "id", "label", "labels",
    "class", "classname", "category", "target", "givenlabel", "truelabel", "cleanlabel", "split", "subset", "set", "fold", "partition",
    "superclass", "child", "parent", "digest", "decision", "patha", "pathb", "judgment", "url", "name", "labelname",
])
# fmt: on
SAMPLE = 200
CONSISTENT = 0.8
WHITESPACE = " "


@dataclass(frozen=True, slots=True)
class Dialect:
    """``delimiter``: one character, or ``WHITESPACE`` for a list of a path and what follows it on each line.

    ``start``: where the rows begin in the text, on line ``first_line``, after Excel's 'sep=' line and ``comments`` lines of comment.
    ``skip_space``: spaces after a delimiter are no part of the field.
    """

    delimiter: str
    header: bool
    skip_space: bool
    start: int = 0
    first_line: int = 1
    comments: int = 0


def dialect_of(text: str, kind: str) -> Dialect:
    """The dialect of a text; ``kind``: the extension of the file, such as '.csv'."""
    above = preamble_of(text, names_file, _has_known_name)
    sample = _sample(text, above.start)
    delimiter = above.separator or _delimiter(sample, kind)
    records = list_records(sample) if delimiter == WHITESPACE else _records(sample, delimiter)
    skip = delimiter != WHITESPACE and _skips_space(records)
    header = bool(records) and _is_header(records)
    return Dialect(delimiter, header, skip, above.start, above.first_line, above.comments)


def folded_name(name: str) -> str:
    """The name of a column as it is compared: in small letters, without spaces, '_', '-' and '.'."""
    return re.sub(r"[\s_.\-]+", "", unicodedata.normalize("NFC", name).casefold())


def looks_like_image(text: str) -> bool:
    """Whether a field names an image file."""
    return bool(_EXTENSION.search(text.strip()))


def looks_like_video(text: str) -> bool:
    """Whether a field names a video file."""
    return bool(_VIDEO.search(text.strip()))


def names_file(text: str) -> bool:
    """Whether a field names a file of what datasets are made of."""
    return looks_like_image(text) or looks_like_video(text)


def list_records(text: str) -> list[list[str]]:
    """The records of a text list."""
    return [[value for value, _, _ in fields_of_line(line)] for line in text.splitlines() if line.strip()]


def fields_of_line(line: str) -> list[tuple[str, int, int]]:
    """The fields of a line of a text list, each with start and end: a path that may hold spaces, and the words around it."""
    words = list(re.finditer(r"\S+", line))
    ends = [place for place, word in enumerate(words) if names_file(word[0])]
    if not ends:
        return [(word[0], word.start(), word.end()) for word in words]
    last = ends[0]
    # Words before the path are numbers; others are part of it, for folders may have spaces in their names.
    first = next((place for place in range(last + 1) if not words[place][0].isdecimal() or place == last), last)
    places = (
        [(place, place) for place in range(first)] + [(first, last)] + [(p, p) for p in range(last + 1, len(words))]
    )
    spans = [(words[a].start(), words[b].end()) for a, b in places]
    return [(line[start:end], start, end) for start, end in spans]


def _sample(text: str, start: int) -> str:
    end = start
    for _ in range(SAMPLE):
        found = re.compile(r"\r\n|\r|\n").search(text, end)
        if not found:
            return text[start:]
        end = found.end()
    return text[start:end]


def _records(sample: str, delimiter: str) -> list[list[str]]:
    csv.field_size_limit(2**31 - 1)
    return [record for record in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if record]


def _delimiter(sample: str, kind: str) -> str:
    usual = "\t" if kind in (".tsv", ".tab") else ","
    is_list = kind in (".txt", ".lst", ".list")
    best, best_score = (WHITESPACE, _list_score(sample)) if is_list else (usual, (False, 0.0, False, 0))
    for delimiter in dict.fromkeys([usual, ",", ";", "\t", "|"]):
        records = _records(sample, delimiter)
        if not records or len(records[0]) < 2:
            continue
        standard = delimiter == usual and not is_list
        score = _score(records, standard)
        if standard or score[1] >= CONSISTENT:
            best, best_score = max((best, best_score), (delimiter, score), key=lambda one: one[1])
    return best


def _list_score(sample: str) -> tuple[bool, float, bool, int]:
    """How well a text list fits, as ``_score`` says it."""
    records = list_records(sample)
    bare = sum(any(map(_is_bare_path, record)) for record in records) > len(records) / 2
    width = len(records[0]) if records else 0
    return bare, 1.0, width > 1, width


def _score(records: Sequence[Sequence[str]], usual: bool) -> tuple[bool, float, bool, int]:
    """How well a delimiter fits: it lays paths bare, rows are of one length, it is the usual one, it gives many fields."""
    width = max((place for place, field in enumerate(records[0], start=1) if field.strip()), default=0)
    even = sum(len(record) >= width and not any(record[max(width, len(records[0])) :]) for record in records) / len(
        records
    )
    rows = records[1:] or records
    columns = list(zip(*(row[:width] for row in rows if len(row) >= width), strict=True))
    bare = max((sum(map(_is_bare_path, column)) / len(rows) for column in columns), default=0.0)
    return bare > 0.5, round(even, 1), usual, width


def _is_bare_path(text: str) -> bool:
    return names_file(text) and not any(separator in text for separator in ";\t|")


def _skips_space(records: Sequence[Sequence[str]]) -> bool:
    """Whether spaces follow the delimiters in the header, or in all rows below."""

    def spaced(record: Iterable[str]) -> bool:
        return all(not field or field.startswith(" ") for field in record)

    first, *rest = [record[1:] for record in records if len(record) > 1] or [[]]
    below = any(map(any, rest)) and all(map(spaced, rest))
    return below or (any(first) and spaced(first) and _is_header(records))


def _is_header(records: Sequence[Sequence[str]]) -> bool:
    """Whether the first record names columns: it has a name that columns have, or nothing that only data has."""
    first, rest = records[0], records[1:]
    if any(names_file(field) for field in first):
        return False
    if _has_known_name(first):
        return True
    below = [record[place] for record in rest for place in range(min(len(record), len(first)))]
    return not any(_is_data(field) for field in first) and not set(map(_pattern, first)) & set(map(_pattern, below)) - {
        ""
    }


def _has_known_name(fields: Sequence[str]) -> bool:
    return any(folded_name(field) in _KNOWN for field in fields)


def _is_data(field: str) -> bool:
    return "/" in field or "\\" in field or bool(NUMBER.fullmatch(field.strip()))


def _pattern(field: str) -> str:
    """A field with its numbers left open, such as 'img_#'; '' where it has none."""
    pattern = re.sub(r"\d+", "#", field)
    return pattern if pattern != field else ""
