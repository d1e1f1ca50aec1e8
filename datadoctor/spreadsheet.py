"""CSV that a spreadsheet shows and never runs.

A cell that starts like a formula (``= + - @``, also full-width; tab, line break) gets an apostrophe in front. A spreadsheet of a
country that writes ``1,5`` splits our lines at semicolons, and heeds no quotes inside: so does every part of a text after a
semicolon, tab, bar or line break. What starts with an apostrophe gets one more, so that reading back takes exactly one away.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

# Spaces and quotes before a formula do not keep every spreadsheet from running it. The report's download does the same.
_START = r"(?<![^;|\t\r\n])"
_FORMULA = r"""(?=[ "]*[=+\-@＝＋－＠\t\r\n'])"""
_BARE = re.compile(_START + _FORMULA)
_GUARDED = re.compile(_START + "'" + _FORMULA)


def neutralised(text: str) -> str:
    """The text with an apostrophe wherever a spreadsheet would take what follows for a formula."""
    return _BARE.sub("'", text)


def restored(text: str) -> str:
    """The text before ``neutralised``."""
    return _GUARDED.sub("", text)


def write_csv(table: pd.DataFrame, file: Path) -> None:
    """Write a table as UTF-8 CSV with Unix line ends and neutralised text cells."""
    safe = table.copy()
    texts = [name for name in safe.columns if safe[name].dtype.kind not in "biuf"]
    for name in texts:
        safe[name] = [neutralised(str(value)) for value in safe[name]]
    # Python quotes a text with a carriage return in it only where all texts are quoted.
    returns = any("\r" in text for name in texts for text in safe[name])
    quoting: Literal[0, 2] = csv.QUOTE_NONNUMERIC if returns else csv.QUOTE_MINIMAL
    safe.to_csv(file, index=False, lineterminator="\n", quoting=quoting)
