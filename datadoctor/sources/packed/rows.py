"""Images as bytes in tables: Parquet, and Arrow as ``datasets`` saves it. A row is read with those packed beside it."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datadoctor import cache
from datadoctor.errors import DataDoctorError
from datadoctor.sources.originals import check_size
from datadoctor.sources.packed.groups import ARROW, GROUPS, batches
from datadoctor.tables import Table
from datadoctor.tables.parquet import texts_of

IMAGE_NAMES = ("image", "img", "images", "jpg", "png", "pixel_values", "picture", "photo")


@dataclass(frozen=True, slots=True)
class Row:
    """An image in a row of a table. ``group`` and ``place``: which group of rows, and where in it; ``path``: what the table calls it."""

    table: Path
    column: str
    group: int
    place: int
    path: str = ""

    @property
    def name(self) -> str:
        """The table, the column and the row."""
        return f"{self.table.absolute()}!{self.column}/{self.group}/{self.place}"

    @property
    def suffix(self) -> str:
        """The extension of what the table calls it."""
        return posixpath.splitext(self.path)[1]

    @property
    def box(self) -> None:
        """It is all of an image."""
        return

    def stamp(self) -> str:
        """The table's."""
        return cache.stamp(self.table)

    def read(self) -> bytes:
        """Its bytes; raises ``OSError`` or ``ValueError`` where the table is damaged, or the row empty."""
        value = GROUPS.value(self.table, self.column, self.group, self.place)
        content = value.get("bytes") if isinstance(value, Mapping) else value
        if not isinstance(content, bytes):
            raise ValueError(
                "the row holds no bytes of an image" + (f", only its path '{self.path}'" if self.path else "")
            )
        check_size(len(content))
        return content


@dataclass(frozen=True, slots=True)
class Rows:
    """A table with images: ``originals`` of its rows, and ``table``: all columns that are text, numbers or the like.

    ``names``: of classes whose column holds their numbers, by column.
    """

    originals: Sequence[Row]
    table: Table
    names: Mapping[str, Sequence[str]]


def image_column(file: Path) -> str:
    """The column of a table that holds images: bytes, or a struct of bytes and path. '' where there is none or it cannot be read."""
    import pyarrow

    try:
        schema = _schema(file)
    except (pyarrow.ArrowException, OSError):
        return ""
    found = [field.name for field in schema if _is_bytes(field.type, field.name)]
    usual = sorted(found, key=lambda name: name.casefold() not in IMAGE_NAMES)
    return usual[0] if usual else ""


def _is_bytes(kind: Any, name: str) -> bool:
    import pyarrow

    if pyarrow.types.is_struct(kind):
        return any(kind.field(number).name == "bytes" for number in range(kind.num_fields))
    return bool(pyarrow.types.is_binary(kind) or pyarrow.types.is_large_binary(kind)) and name.casefold() in IMAGE_NAMES


def _schema(file: Path) -> Any:
    import pyarrow
    from pyarrow.parquet import read_schema

    if not file.name.endswith(ARROW):
        return read_schema(file)
    mapped = pyarrow.memory_map(str(file))
    try:
        return pyarrow.ipc.open_stream(mapped).schema
    except pyarrow.ArrowInvalid:
        return pyarrow.ipc.open_file(mapped).schema


def rows_of(file: Path, column: str) -> Rows:
    """The rows of a table; of the images only their paths are read. Raises ``DataDoctorError`` where it is damaged."""
    import pyarrow

    try:
        texts, paths, groups, schema = _arrow(file, column) if file.name.endswith(ARROW) else _parquet(file, column)
    except (pyarrow.ArrowException, OSError) as error:
        raise DataDoctorError(f"{file}: not a table that can be read: {error}; write it again") from error
    places = [(group, place) for group, count in enumerate(groups) for place in range(count)]
    originals = [
        Row(file, column, group, place, path or "") for (group, place), path in zip(places, paths, strict=True)
    ]
    return Rows(originals, Table(file, texts, list(range(1, len(places) + 1)), []), _class_names(schema))


def _texts(columns: Iterator[tuple[str, Any]]) -> dict[str, list[str]]:
    found = {name: texts_of(values) for name, values in columns}
    return {
        name: ["" if text is None else text for text in texts] for name, texts in found.items() if texts is not None
    }


def _parquet(file: Path, column: str) -> tuple[dict[str, list[str]], list[str | None], list[int], Any]:
    import pyarrow
    from pyarrow.parquet import ParquetFile

    with ParquetFile(file) as opened:
        schema = opened.schema_arrow
        others = [field.name for field in schema if not _is_bytes(field.type, field.name)]
        kind = schema.field(column).type
        with_path = pyarrow.types.is_struct(kind) and kind.get_field_index("path") >= 0
        table = opened.read(columns=[*others, *([f"{column}.path"] if with_path else [])], use_threads=False)
        groups = [opened.metadata.row_group(number).num_rows for number in range(opened.num_row_groups)]
        paths = table.column(column).combine_chunks().field("path").to_pylist() if with_path else [None] * sum(groups)
        return _texts((name, table.column(name)) for name in others), paths, groups, schema


def _arrow(file: Path, column: str) -> tuple[dict[str, list[str]], list[str | None], list[int], Any]:
    import pyarrow

    several = batches(file, cache.stamp(file))
    schema = _schema(file)
    table = pyarrow.Table.from_batches(several, schema)
    others = [field.name for field in schema if not _is_bytes(field.type, field.name)]
    kind = schema.field(column).type
    with_path = pyarrow.types.is_struct(kind) and kind.get_field_index("path") >= 0
    paths = [
        path
        for batch in several
        for path in (batch.column(column).field("path").to_pylist() if with_path else [None] * batch.num_rows)
    ]
    return _texts((name, table.column(name)) for name in others), paths, [batch.num_rows for batch in several], schema


def _class_names(schema: Any) -> dict[str, list[str]]:
    """The names of classes that ``datasets`` writes into a schema."""
    try:
        features = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
        # A column of several classes is a sequence of them: {"feature": …}, or a list with one entry.
        inner = {name: one[0] if isinstance(one, list) else one.get("feature", one) for name, one in features.items()}
        return {
            name: list(map(str, one["names"]))
            for name, one in inner.items()
            if isinstance(one, dict) and one.get("_type") == "ClassLabel"
        }
    except (TypeError, KeyError, ValueError, RecursionError, AttributeError, IndexError):
        return {}
