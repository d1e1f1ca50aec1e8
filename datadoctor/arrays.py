"""NumPy files: written row by row, without knowing how many there will be and without holding them; what a damaged one raises."""

from __future__ import annotations

import io
import mmap
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# NumPy pads headers to a multiple of 64 bytes; those of arrays with up to four axes fit in two.
HEADER_BYTES = 128
# What NumPy raises for a file of one array or of several that cannot be opened, is damaged or is something else. It reads a
# header as Python text, so that a damaged one may be any fault of that; damaged archives look encrypted, or packed by other means.
DAMAGED = (
    OSError,
    ValueError,
    EOFError,
    SyntaxError,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
    RuntimeError,
)
# Files above count as much memory as they have bytes once all of them was looked at.
LARGE = 2**29


class RowWriter:
    """Writes rows beside ``path``, which appears whole on ``finish``."""

    def __init__(self, path: Path, row_shape: tuple[int, ...], dtype: type[np.generic]) -> None:
        self._path = path
        self._row_shape = row_shape
        self._dtype = np.dtype(dtype)
        self.row_bytes = int(np.prod(row_shape)) * self._dtype.itemsize
        self._unfinished = path.with_name(f"{path.name}.unfinished")
        self._unfinished.unlink(missing_ok=True)  # of a run that was killed, or a link that somebody put there
        self._file = self._unfinished.open("xb")

    def put(self, row: int, content: bytes) -> None:
        """Write the bytes of one row."""
        self._file.seek(HEADER_BYTES + row * self.row_bytes)
        self._file.write(content)

    def finish(self, n_rows: int) -> NDArray[Any]:
        """Put the file with ``n_rows`` rows in place; memory-mapped and read-only."""
        header = io.BytesIO()
        shape = (n_rows, *self._row_shape)
        np.lib.format.write_array_header_1_0(header, {"descr": self._dtype.str, "fortran_order": False, "shape": shape})
        assert len(header.getvalue()) == HEADER_BYTES
        self._file.seek(0)
        self._file.write(header.getvalue())
        self._file.close()
        self._unfinished.replace(self._path)
        return mapped(self._path) if n_rows else np.zeros(shape, dtype=self._dtype)


def mapped(path: Path) -> NDArray[Any]:
    """A NumPy file, memory-mapped and read-only."""
    array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    return array


def forget(array: NDArray[Any]) -> None:
    """Give back the memory of what was read of a large mapped file; it is read again where it is needed again."""
    base = array
    while isinstance(base, np.ndarray) and isinstance(base.base, np.ndarray):
        base = base.base
    pages = base.base if isinstance(base, np.ndarray) else base
    # What was written to a private copy would be lost.
    if array.flags.writeable:
        return
    if isinstance(pages, mmap.mmap) and len(pages) > LARGE and hasattr(mmap, "MADV_DONTNEED"):
        pages.madvise(mmap.MADV_DONTNEED)
