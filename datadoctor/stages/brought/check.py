"""Stops an array that lies far better with the images in another order than in the one it was given in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from datadoctor.errors import DataDoctorError
from datadoctor.stages.brought.agreement import Better

MOST_NAMES = 6


def refuse(file: Path, better: Better | None, classes: Sequence[str] = ()) -> None:
    """Raise ``DataDoctorError`` that says which other order agrees far better, and what to do; nothing where there is none."""
    if better is None:
        return
    where = " and ".join(filter(None, (_rows(better.rows), _columns(better.columns))))
    names = [name for name, order in (("'paths'", better.rows), ("'classes'", better.columns)) if order]
    order = ""
    if better.columns:
        shown = ", ".join(map(repr, classes[:MOST_NAMES])) + (", …" if len(classes) > MOST_NAMES else "")
        order = f", or put its columns into the order of the sorted class names ({shown})"
    if better.rows:
        order += ", or put its rows into the order of the sorted paths"
    raise DataDoctorError(
        f"{file}: as given, {better.agrees} {better.given:.0%} of the images; with {where} it would be {better.other:.0%}. "
        f"Save it as an .npz with {' and '.join(names)}, or as CSV or Parquet with such names, which are read by name{order}"
    )


def _rows(name: str) -> str:
    return f"its rows in {name}" if name else ""


def _columns(name: str) -> str:
    return f"its columns in another order ({name})" if name else ""
