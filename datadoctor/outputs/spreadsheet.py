"""CSV that a spreadsheet shows and never runs.

A cell that starts like a formula (``= + - @``, tab, carriage return) gets an apostrophe in front, and so does one that starts with
an apostrophe, so that reading back takes exactly one away.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "'")


def neutralised(text: str) -> str:
    """The text with an apostrophe in front where a spreadsheet would take it for a formula."""
    return "'" + text if text.startswith(DANGEROUS) else text


def restored(text: str) -> str:
    """The text before ``neutralised``."""
    return text[1:] if text.startswith("'") and text[1:].startswith(DANGEROUS) else text


def write_csv(table: pd.DataFrame, file: Path) -> None:
    """Write a table as UTF-8 CSV with Unix line ends and neutralised text cells."""
    safe = table.copy()
    for name in safe.columns:
        if safe[name].dtype.kind not in "biuf":
            safe[name] = [neutralised(str(value)) for value in safe[name]]
    safe.to_csv(file, index=False, lineterminator="\n")
