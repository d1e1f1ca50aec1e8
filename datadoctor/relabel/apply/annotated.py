"""Photos with annotated objects as a dataset to correct: only the class of an object that was relabelled gets other bytes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from xml.sax.saxutils import escape

from datadoctor.errors import DataDoctorError
from datadoctor.relabel.apply.decisions import Decision
from datadoctor.relabel.apply.targets import OneLabel
from datadoctor.sources import file_on_disk
from datadoctor.sources.boxes import Annotations, Object, with_names
from datadoctor.sources.formats import Format
from datadoctor.sources.originals import Crop, digest_if_readable
from datadoctor.sources.places import Place

_DECLARED = re.compile(rb"""^<\?xml[^>]*encoding=["']([\w.-]+)["']""")


@dataclass(frozen=True)
class BoxTarget(OneLabel):
    """A place whose ``format`` has boxes."""

    place: Place
    format: Format

    @property
    def root(self) -> Path:
        """The folder that paths start from."""
        return self.place.root

    @cached_property
    def _found(self) -> Annotations:
        assert self.format.annotated
        return self.format.annotated(self.place)

    @cached_property
    def _objects(self) -> Mapping[str, Object]:
        return dict(with_names(self._found.objects))

    @cached_property
    def classes(self) -> frozenset[str]:
        """The classes in use, and those that the files name."""
        named = (name for names in self._found.written.values() for name in names)
        return frozenset(filter(None, [*(one.label for one in self._found.objects), *named]))

    def label_of(self, path: str) -> str | None:
        """The class of an object."""
        return self._objects[path].label if path in self._objects else None

    def where(self, path: str) -> str:
        """Where the object is annotated."""
        return self._objects[path].where if path in self._objects else path

    def digest(self, path: str) -> str:
        """Of the photo and the box."""
        if path not in self._objects:
            return ""
        one = self._objects[path]
        photo = file_on_disk(self.root, one.photo, self.place.walk.names_on_disk)
        return digest_if_readable(Crop(photo, one.box))

    def there(self, path: str) -> bool:
        """Whether it is annotated."""
        return path in self._objects

    def done(self, one: Decision) -> bool:
        """Whether the object has the new class already."""
        return self.label_of(one.path) == one.new_label and self.digest(one.path) == one.digest

    def contents(self, relabels: Sequence[Decision]) -> dict[str, bytes]:
        """The new content of each annotation file, by its path below the root, with other classes for some objects.

        Raises ``DataDoctorError`` where a file cannot say the class, or is no longer as it was read.
        """
        changes: dict[str, list[tuple[Object, str]]] = defaultdict(list)
        for one in relabels:
            changes[self._objects[one.path].file].append((self._objects[one.path], one.new_label))
        return {file: self._rewritten(file, several) for file, several in sorted(changes.items())}

    def _rewritten(self, file: str, changes: list[tuple[Object, str]]) -> bytes:
        assert self.format.class_spans
        content = (self.root / file).read_bytes()
        spans = self.format.class_spans(content)
        for one, label in sorted(changes, key=lambda change: -change[0].number):
            start, end = spans[one.number]
            before, after = (self._as_written(file, name, content) for name in (one.label, label))
            if content[start:end].strip() != before:
                raise DataDoctorError(
                    f"{self.root / file}: changed while decisions were being applied; run the same command again"
                )
            content = content[:start] + content[start:end].replace(before, after) + content[end:]
        return content

    def _as_written(self, file: str, label: str, content: bytes) -> bytes:
        """A class as this file writes it: its number, or its name in an XML."""
        if file not in self._found.written:
            declared = _DECLARED.match(content)
            return escape(label).encode(declared[1].decode("ascii") if declared else "utf-8")
        if label not in self._found.written[file]:
            raise DataDoctorError(
                f"{self.root / file}: has no number for the class '{label}'; add it to the names there, or in data.yaml, first"
            )
        return self._found.written[file][label].encode("ascii")
