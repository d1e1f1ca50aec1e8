"""Places: what a user named, and the files in it. Formats read through it, so that it may be a folder or what is in archives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from datadoctor.sources import file_on_disk
from datadoctor.sources.originals import ImageFile, Original, content_of
from datadoctor.sources.walk import Walk, walk
from datadoctor.tables import Table, table_of


@dataclass(frozen=True)
class Place:
    """What a user named: a folder, or one ``file`` of one. ``root``: the folder."""

    root: Path
    file: Path | None = None

    def __str__(self) -> str:
        return str(self.file or self.root)

    @property
    def whole(self) -> bool:
        """Whether all that lies there is the dataset: no one file of it was named."""
        return self.file is None

    @property
    def within(self) -> str:
        """In what the files are, for people, where that is not the folder."""
        return ""

    @cached_property
    def walk(self) -> Walk:
        """What lies in the folder."""
        return walk(self.root)

    def named(self, *suffixes: str) -> list[str]:
        """The files below the root with one of these extensions that are no images; only the file that was named, if one was."""
        if self.file is not None:
            return [self.file.name] if self.file.name.lower().endswith(suffixes) else []
        return [path for path in self.walk.others if path.lower().endswith(suffixes)]

    def image(self, path: str) -> ImageFile:
        """Where the bytes of a file below the root are."""
        # Only names that are not UTF-8 are written otherwise than they are.
        return file_on_disk(self.root, path, self.walk.names_on_disk if "\\" in path else {})

    def originals(self, paths: Iterable[str]) -> dict[str, Original]:
        """Where the bytes of those files are that are no files of their own."""
        return {path: file for path in paths if not isinstance(file := self.image(path), Path)}

    def start(self, path: str, n_bytes: int = 4096) -> bytes:
        """The first bytes of a file below the root, none where it cannot be read."""
        file = self.image(path)
        try:
            if not isinstance(file, Path) or not file.is_file():
                return b""
            with file.open("rb") as stream:
                return stream.read(n_bytes)
        except OSError:
            return b""

    def content(self, path: str) -> bytes:
        """All bytes of a file below the root; raises ``OSError`` or ``ValueError`` where there are none."""
        return content_of(self.image(path))

    def table(self, path: str, what: str) -> Table:
        """A table below the root; ``what``: what it is, for errors. Raises ``DataDoctorError`` where it cannot be read."""
        return table_of(self.root / path, lambda: self.content(path), what)
