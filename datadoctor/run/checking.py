"""Whether the tables of a run directory are what an audit writes: they may come from anybody, and their paths are opened."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from datadoctor.errors import DataDoctorError
from datadoctor.sources import inside

ITEM_TEXTS = (
    "path", "split", "group", "given_label", "suggested_label", "kind", "relation", "digest", "pixel_digest", "mode", "error",
    "warning", "location",
)  # fmt: skip
SUBJECT = {"path", "digest", "label", "split"}


def check_columns(table: pd.DataFrame, columns: Sequence[str], file: Path) -> None:
    """Raises ``DataDoctorError`` where a column is missing."""
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise _not_ours(file, f"no column '{missing[0]}'")


def check_items(table: pd.DataFrame, columns: Sequence[str], file: Path) -> None:
    """Raises ``DataDoctorError`` where a column has another type, or a path leads out of the dataset."""
    if table.empty:  # then its columns have no type
        return
    for name in columns:
        kind = pd.api.types.infer_dtype(table[name], skipna=False)
        fits = kind in ("string", "empty") if name in ITEM_TEXTS else pd.api.types.is_numeric_dtype(table[name])
        if not fits:
            raise _not_ours(file, f"column '{name}' holds {kind}")
    escaping = next((path for path in table["path"] if not inside(path)), None)
    if escaping is not None:
        raise _not_ours(file, f"names '{escaping}', which is not below the dataset")


def check_findings(table: pd.DataFrame, file: Path) -> None:
    """Raises ``DataDoctorError`` where subjects, labels or evidence are not the JSON that they should be."""
    try:
        wrong = next((text for text in _wrong(table)), None)
    except (ValueError, TypeError, RecursionError) as error:
        raise _not_ours(file, f"not the JSON of findings ({error})") from error
    if wrong is not None:
        raise _not_ours(file, f"not the JSON of a finding: {wrong[:80]}")


def _wrong(table: pd.DataFrame) -> Iterator[str]:
    for name, fits in (("subjects", _are_subjects), ("labels", _are_texts), ("evidence", _is_object)):
        yield from (str(text) for text in table[name] if not fits(json.loads(text)))


def _are_subjects(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, dict) and one.keys() == SUBJECT and _are_texts([*one.values()]) for one in value
    )


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _not_ours(file: Path, cause: str) -> DataDoctorError:
    return DataDoctorError(f"{file}: {cause}: not what `datadoctor audit` writes; run the audit again")
