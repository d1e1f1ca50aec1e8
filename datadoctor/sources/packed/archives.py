"""Members of zip and tar archives, each read from where it lies in the file.

Names of members are data: they become paths of a listing, and no path of a disk is made of them.
"""

from __future__ import annotations

import gzip
import os
import posixpath
import shutil
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from datadoctor import cache
from datadoctor.errors import DataDoctorError
from datadoctor.sources import inside
from datadoctor.sources.originals import check_size
from datadoctor.sources.packed import temporary_file

ZIPS, TARS = (".zip",), (".tar", ".tar.gz", ".tgz")
ARCHIVES = (*ZIPS, *TARS)
MOST_MEMBERS = 20_000_000
_STORED, _DEFLATED, _ENCRYPTED = 0, 8, 1
_LOCAL_HEADER = struct.Struct("<4s22xHH")


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive. ``start`` and ``size``: where its bytes are; of a zip, ``start`` is that of its header.

    ``length``: of its content. ``method``: how a zip packed it, -1 for members of a tar. ``box``: it is all of an image.
    """

    archive: Path
    member: str
    start: int
    size: int
    length: int
    method: int = -1

    @property
    def name(self) -> str:
        """The archive and the member."""
        return f"{self.archive.absolute()}!/{self.member}"

    @property
    def suffix(self) -> str:
        """The extension of the member."""
        return posixpath.splitext(self.member)[1]

    @property
    def box(self) -> None:
        """It is all of an image."""
        return

    def stamp(self) -> str:
        """The archive's."""
        return f"{cache.stamp(self.archive)} {self.start}"

    def read(self) -> bytes:
        """Its content; raises ``OSError`` or ``ValueError`` where the archive is damaged."""
        check_size(max(self.length, self.size))
        content = self._unpacked(self.size, self.length + 1)
        if len(content) != self.length:
            raise ValueError(f"damaged in its archive: {len(content):,} of {self.length:,} bytes")
        return content

    def beginning(self, n_bytes: int) -> bytes:
        """So many bytes of its content, or all; raises as ``read`` does."""
        # What cannot be packed smaller gets a little larger.
        return self._unpacked(min(self.size, n_bytes + n_bytes // 64 + 64), n_bytes)

    def _unpacked(self, size: int, length: int) -> bytes:
        """At most ``length`` bytes of the content, from the first ``size`` of those in the archive."""
        if self.method < 0:
            return _read(self.archive, self.start, size)[:length]
        header = _read(self.archive, self.start, _LOCAL_HEADER.size)
        if len(header) < _LOCAL_HEADER.size:
            raise ValueError("damaged in its archive: it ends before this member")
        _, name, extra = _LOCAL_HEADER.unpack(header)
        packed = _read(self.archive, self.start + _LOCAL_HEADER.size + name + extra, size)
        return _unpacked(packed, self.method, length)


def _unpacked(packed: bytes, method: int, length: int) -> bytes:
    if method == _STORED:
        return packed[:length]
    if method != _DEFLATED:
        raise ValueError(f"packed in a way that is not read (zip method {method}): pack it with `zip` again")
    try:
        # Never more than was announced, whatever the stream holds.
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, length)
    except zlib.error as error:
        raise ValueError(f"damaged in its archive: {error}") from error


def members(archive: Path) -> Iterator[Member]:
    """The files in an archive, in its order; raises ``DataDoctorError`` where it cannot be read."""
    try:
        yield from _of_zip(archive) if archive.name.lower().endswith(ZIPS) else _of_tar(archive)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error, ValueError, NotImplementedError) as error:
        raise DataDoctorError(f"{archive}: not an archive that can be read: {error}; pack it again") from error


def escapes(name: str) -> bool:
    """Whether the name of a member would lead out of where it was unpacked."""
    return not inside(name.replace("\\", "/"))


def _of_zip(archive: Path) -> Iterator[Member]:
    with zipfile.ZipFile(archive) as opened:
        for one in opened.infolist():
            if one.is_dir():
                continue
            method = -2 if one.flag_bits & _ENCRYPTED else one.compress_type
            yield Member(
                archive, one.filename, one.header_offset, one.compress_size, one.file_size, 99 if method < 0 else method
            )


def _of_tar(archive: Path) -> Iterator[Member]:
    with _plain(archive).open("rb") as stream, tarfile.open(fileobj=stream, mode="r:") as opened:
        for one in opened:
            if one.isreg():
                yield Member(archive, one.name.removeprefix("./"), one.offset_data, one.size, one.size)
            opened.members.clear()  # type: ignore[attr-defined] # it would keep them all


def _read(archive: Path, start: int, size: int) -> bytes:
    with _plain(archive).open("rb") as stream:
        return os.pread(stream.fileno(), size, start) if hasattr(os, "pread") else _sought(stream, start, size)


def _sought(stream: object, start: int, size: int) -> bytes:
    stream.seek(start)  # type: ignore[attr-defined]
    content: bytes = stream.read(size)  # type: ignore[attr-defined]
    return content


def _plain(archive: Path) -> Path:
    """The archive, or what a compressed tar holds: members of that lie nowhere until it is unpacked as a whole, under no name of theirs."""
    return _unzipped(archive, cache.stamp(archive)) if archive.name.lower().endswith((".tar.gz", ".tgz")) else archive


@lru_cache(maxsize=64)
def _unzipped(archive: Path, _: str) -> Path:
    plain = temporary_file()
    with gzip.open(archive) as packed, plain.open("wb") as unpacked:
        shutil.copyfileobj(packed, unpacked, 2**20)
    return plain
