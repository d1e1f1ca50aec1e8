"""Reads Parquet files in the calling thread: where a limit of memory keeps Arrow from starting a thread of its own, it waits for ever."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from datadoctor.files import regular

if TYPE_CHECKING:
    import pandas as pd


def read_arrow(file: Path) -> Any:
    """The file as an Arrow table. Raises ``OSError``, or ``pyarrow.ArrowInvalid`` (a ``ValueError``) for another kind of file."""
    from pyarrow.parquet import ParquetFile

    with ParquetFile(regular(file)) as opened:
        return opened.read(use_threads=False)


def read_frame(file: Path, plain: bool = False) -> pd.DataFrame:
    """The file as a DataFrame; raises as ``read_arrow``, and ``ValueError`` where what it says of its columns is damaged.

    ``plain``: as its columns are, checked value by value, and without heeding what its writer's pandas noted beside them.
    """
    import pyarrow

    table = read_arrow(file)
    if plain:
        table.validate(full=True)
    try:
        frame: pd.DataFrame = table.to_pandas(use_threads=False, ignore_metadata=plain)
    except pyarrow.ArrowMemoryError:
        raise
    except (KeyError, TypeError, pyarrow.ArrowException) as error:
        raise ValueError(f"what it says of its columns is damaged ({error!r})") from error
    return frame
