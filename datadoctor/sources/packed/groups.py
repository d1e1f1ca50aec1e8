"""Groups of rows of tables with images: those that are in use are kept, large ones on the disk."""

from __future__ import annotations

from collections import OrderedDict
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from datadoctor import cache
from datadoctor.sources.packed import temporary_file

ARROW = (".arrow",)
# Of groups of rows that are kept in memory, since the next image is of the same; a larger group than that of LARGE is not.
MOST_BYTES, LARGE = 2**28, 2**26
# Rows of a large group that are read at once, and how many such batches are kept.
AT_ONCE, KEPT = 32, 8


class Groups:
    """The image columns of the groups of rows that were read last, of so many bytes together, or one."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._known: OrderedDict[tuple[Path, str, str, int], Any] = OrderedDict()
        self._lock = Lock()

    def value(self, table: Path, column: str, number: int, place: int) -> Any:
        """What the row at ``place`` of group ``number`` holds in a column."""
        key = (table, cache.stamp(table), column, number)
        with self._lock:
            if key not in self._known:
                self._known[key] = _group(*key)
                while len(self._known) > 1 and sum(map(_in_memory, self._known.values())) > self._most_bytes:
                    self._known.popitem(last=False)
            self._known.move_to_end(key)
            group = self._known[key]
        return group.value(place) if isinstance(group, Spool) else group[place].as_py()


GROUPS = Groups(MOST_BYTES)


def _in_memory(group: Any) -> int:
    return 0 if isinstance(group, Spool) else int(group.nbytes)


def _group(table: Path, stamp: str, column: str, group: int) -> Any:
    """The values of a group; of a large one a ``Spool``."""
    import pyarrow

    try:
        if table.name.endswith(ARROW):
            return batches(table, stamp)[group].column(column)
        from pyarrow.parquet import ParquetFile

        with ParquetFile(table, buffer_size=2**20, pre_buffer=False) as opened:
            facts = opened.metadata.row_group(group)
            sizes = (facts.column(number) for number in range(facts.num_columns))
            if sum(one.total_uncompressed_size for one in sizes if one.path_in_schema.startswith(column)) > LARGE:
                return Spool(opened, column, group)
            return opened.read_row_group(group, columns=[column], use_threads=False).column(column)
    except (pyarrow.ArrowException, KeyError, IndexError) as error:
        raise ValueError(f"damaged in its table: {error}") from error


class Spool:
    """A large group in a file that goes with this program: of Parquet, a row can be had only after all those before it.

    Batches of rows are read from it one at a time; those that were read last are kept.
    """

    def __init__(self, opened: Any, column: str, group: int) -> None:
        import pyarrow

        several = opened.iter_batches(AT_ONCE, row_groups=[group], columns=[column], use_threads=False)
        file = temporary_file()
        first = next(several)
        with pyarrow.OSFile(str(file), "wb") as stream, pyarrow.ipc.new_file(stream, first.schema) as writer:
            writer.write_batch(first)
            for batch in several:
                writer.write_batch(batch)
        self._file = pyarrow.ipc.open_file(pyarrow.OSFile(str(file)))
        self._known: OrderedDict[int, Any] = OrderedDict()
        self._lock = Lock()

    def value(self, place: int) -> Any:
        """What the row at this place holds."""
        number = place // AT_ONCE
        with self._lock:
            if number not in self._known:
                self._known[number] = self._file.get_batch(number).column(0)
                while len(self._known) > KEPT:
                    self._known.popitem(last=False)
            self._known.move_to_end(number)
            return self._known[number][place % AT_ONCE].as_py()


@lru_cache(maxsize=64)
def batches(table: Path, _: str) -> tuple[Any, ...]:
    """The batches of rows of an Arrow file, in memory only as far as they are looked at."""
    import pyarrow

    mapped = pyarrow.memory_map(str(table))
    try:
        return tuple(pyarrow.ipc.open_stream(mapped))
    except pyarrow.ArrowInvalid:
        opened = pyarrow.ipc.open_file(mapped)
        return tuple(opened.get_batch(number) for number in range(opened.num_record_batches))
