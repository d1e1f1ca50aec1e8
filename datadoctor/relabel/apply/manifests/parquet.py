"""Parquet manifests: schema, metadata, row groups and compression stay; the file is written anew."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datadoctor.errors import DataDoctorError
from datadoctor.relabel.apply.manifests import Cell, by_path, chosen_columns
from datadoctor.sources.manifest.columns import Named
from datadoctor.tables import parquet as tables


@dataclass(frozen=True, slots=True)
class ParquetManifest:
    """The table, the position of its label column, and how the file was stored."""

    table: Any
    label_at: int
    labels: list[str | None]
    compression: str
    group_rows: int
    file: Path
    cells: Mapping[str, list[Cell]]

    def with_labels(self, labels: Mapping[str, str]) -> bytes:
        """The file with other labels; raises ``DataDoctorError`` for one that the type of the column cannot hold."""
        import pyarrow
        from pyarrow import parquet

        values = list(self.labels)
        for path, new in labels.items():
            for cell in self.cells[path]:
                values[cell.start] = new
        field = self.table.schema.field(self.label_at)
        try:
            if pyarrow.types.is_list(field.type) or pyarrow.types.is_large_list(field.type):
                column = pyarrow.array([None if value is None else json.loads(value) for value in values], field.type)
            else:
                column = pyarrow.array(values, pyarrow.string())
            if pyarrow.types.is_dictionary(field.type):
                column = column.dictionary_encode()
            column = column.cast(field.type)
        except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError) as error:
            raise DataDoctorError(f"{self.file}: a new label does not fit a column of {field.type}: {error}") from error
        stream = io.BytesIO()
        table = self.table.set_column(self.label_at, field, column)
        parquet.write_table(table, stream, compression=self.compression, row_group_size=self.group_rows)
        return stream.getvalue()


def read(file: Path, content: bytes, named: Named) -> ParquetManifest:
    """Find the label of every row."""
    from pyarrow import parquet

    texts = tables.read(file, content)
    stored = parquet.ParquetFile(io.BytesIO(content))
    table = stored.read()
    path_name, label_name = chosen_columns(texts, named)
    labels = tables.texts_of(table.column(label_name)) or []
    cells = by_path(
        [
            (path, Cell(label or "", f"{file.name}:{row + 1}", row, row))
            for row, (path, label) in enumerate(zip(texts.columns[path_name], labels, strict=True))
        ]
    )
    described = stored.metadata
    groups = described.num_row_groups
    compression = described.row_group(0).column(0).compression if groups else "SNAPPY"
    rows = described.row_group(0).num_rows if groups else 1
    codec = "NONE" if compression == "UNCOMPRESSED" else compression
    return ParquetManifest(table, table.column_names.index(label_name), labels, codec, max(rows, 1), file, cells)
