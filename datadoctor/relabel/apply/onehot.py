"""One-hot tables to correct: of a row only the 0 and 1 of the classes that a decision names are changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from datadoctor.errors import DataDoctorError
from datadoctor.relabel.apply.decisions import Decision
from datadoctor.relabel.apply.label_sets import change, is_done, still_stands
from datadoctor.relabel.apply.manifests.text import csv_records
from datadoctor.sources import file_on_disk
from datadoctor.sources.formats.onehot import read
from datadoctor.sources.label_sets import labels_of, text_of
from datadoctor.sources.originals import digest_if_readable
from datadoctor.sources.places import Place
from datadoctor.tables.decoding import decoded
from datadoctor.tables.dialect import dialect_of

SWITCHED = {"0": "1", "1": "0", "0.0": "1.0", "1.0": "0.0"}


@dataclass(frozen=True)
class OneHotTarget:
    """A place with tables that have a column for each class."""

    place: Place

    @property
    def root(self) -> Path:
        """The folder that paths start from."""
        return self.place.root

    @cached_property
    def _rows(self) -> Mapping[str, tuple[list[str], str]]:
        """The classes of each photo, and where its row is: that of its first row, as an audit takes it."""
        _, _, rows = read(self.place, [])
        return {photo: (things, where) for photo, things, where in reversed(rows)}

    @cached_property
    def classes(self) -> frozenset[str]:
        """The names of the columns."""
        tables, _, _ = read(self.place, [])
        return frozenset(name.strip() for table in tables.values() for name in table.classes)

    def names(self, label: str) -> Sequence[str]:
        """The classes in the text of several."""
        return labels_of(label)

    def label_of(self, path: str) -> str | None:
        """The classes with a 1 in the row of a photo, as one text."""
        return text_of(sorted(self._rows[path][0])) if path in self._rows else None

    def where(self, path: str) -> str:
        """The row."""
        return self._rows[path][1] if path in self._rows else path

    def digest(self, path: str) -> str:
        """Of the photo."""
        return digest_if_readable(file_on_disk(self.root, path, self.place.walk.names_on_disk))

    def there(self, path: str) -> bool:
        """Whether a row names it."""
        return path in self._rows

    def stands(self, one: Decision) -> bool:
        """Whether the classes that it is about are as the reviewer saw them."""
        return still_stands(one, labels_of(self.label_of(one.path) or ""))

    def done(self, one: Decision) -> bool:
        """Whether the row says so, for these bytes."""
        label = self.label_of(one.path)
        return label is not None and is_done(one, labels_of(label)) and self.digest(one.path) == one.digest

    def contents(self, relabels: Sequence[Decision]) -> dict[str, bytes]:
        """The new content of each table, by its path below the root; every byte but those digits is as it was."""
        by_file: dict[str, dict[int, Decision]] = {}
        for one in relabels:
            file, _, line = self.where(one.path).rpartition(":")
            by_file.setdefault(file, {})[int(line)] = one
        return {file: self._rewritten(file, decisions) for file, decisions in sorted(by_file.items())}

    def _rewritten(self, file: str, decisions: Mapping[int, Decision]) -> bytes:
        whole = decoded(self.root / file, (self.root / file).read_bytes())
        dialect = dialect_of(whole.text, Path(file).suffix.lower())
        records = list(csv_records(whole.text, dialect))
        column = {value.strip(): number for number, (value, _, _) in enumerate(records[0][1])}
        places = []
        for line, fields in records:
            if line in decisions:
                removed, added = change(decisions[line])
                places += [fields[column[name]] for name in (*removed, *added)]
        parts, end = [], 0
        for value, start, stop in sorted(places, key=lambda field: field[1]):
            old = whole.text[start:stop]
            if value.strip() not in SWITCHED:
                raise DataDoctorError(
                    f"{self.root / file}: changed while decisions were being applied; run the command again"
                )
            parts += [whole.text[end:start], old.replace(value.strip(), SWITCHED[value.strip()], 1)]
            end = stop
        return whole.bom + "".join([*parts, whole.text[end:]]).encode(whole.encoding)
