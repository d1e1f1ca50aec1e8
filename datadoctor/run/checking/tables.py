"""The tables of a run: the kind of every column, and what columns must say of each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from datadoctor import strict_json
from datadoctor.run.checking import not_ours
from datadoctor.sources import inside

Column: TypeAlias = "pd.Series[Any]"
SUBJECT = {"path", "digest", "label", "split"}
# Float32 may round a share beyond its ends.
_SLACK = 1e-3


def text(column: Column) -> bool:
    """Texts, none of them missing."""
    return pd.api.types.infer_dtype(column, skipna=False) in ("string", "empty") and not column.isna().any()


def whole(column: Column) -> bool:
    """Integers."""
    return _kind(column) in "iu"


def flag(column: Column) -> bool:
    """Yes or no."""
    return _kind(column) == "b"


def figure(column: Column) -> bool:
    """Numbers, NaN where there is none."""
    return _kind(column) in "iuf" and not np.isinf(column.to_numpy()).any()


def number(column: Column) -> bool:
    """Finite numbers."""
    return _kind(column) in "iuf" and bool(np.isfinite(column.to_numpy()).all())


def share(column: Column) -> bool:
    """Numbers from 0 to 1, NaN where there is none."""
    return figure(column) and not bool(((column < -_SLACK) | (column > 1 + _SLACK)).any())


def severity(column: Column) -> bool:
    """The names of severities."""
    return text(column) and bool(column.isin(["error", "warning", "info"]).all())


def _of_json(fits: Callable[[Any], bool]) -> Callable[[Column], bool]:
    def every(column: Column) -> bool:
        try:
            return text(column) and all(fits(strict_json.parse(one)) for one in set(column.tolist()))
        except ValueError:
            return False

    return every


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _are_subjects(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, dict) and one.keys() == SUBJECT and _are_texts([*one.values()]) for one in value
    )


texts = _of_json(_are_texts)
subjects = _of_json(_are_subjects)
evidence = _of_json(lambda value: isinstance(value, dict))

Kinds: TypeAlias = Mapping[str, Callable[[Column], bool]]
FINDINGS: Kinds = {
    "key": text, "check": text, "severity": severity, "score": number, "subjects": subjects, "labels": texts,
    "message": text, "suggestion": text, "evidence": evidence,
}  # fmt: skip
ITEMS: Kinds = {
    "row": whole, "path": text, "split": text, "group": text, "given_label": text, "suggested_label": text,
    "mislabel_score": share, "p_mislabel": share, "flagged": flag, "kind": text, "self_confidence": share,
    "neighbour_agreement": share, "relation": text, "judged": flag, "fold": whole, "digest": text, "pixel_digest": text,
    "width": whole, "height": whole, "mode": text, "file_size": whole, "readable": flag, "error": text, "warning": text,
    "location": text,
}  # fmt: skip
DUPLICATES: Kinds = {
    "path_a": text, "path_b": text, "kind": text, "score": share, "p_value": figure, "difference": text, "split_a": text,
    "split_b": text, "label_a": text, "label_b": text, "set_id": whole, "keep": text,
    "figure_q_value": figure, "figure_overlap_a": figure, "figure_overlap_b": figure,
}  # fmt: skip
CLASS_PAIRS: Kinds = {
    "class_a": text, "class_b": text, "ambiguity": share, "low": share, "high": share, "p_value": number,
    "significant": flag, "kind": text, "n_ab": whole, "n_ba": whole, "mislabel_share": figure, "relation": text,
    "action": text, "boundary_a": texts, "boundary_b": texts,
}  # fmt: skip
TABLES = {
    "findings.parquet": FINDINGS,
    "items.parquet": ITEMS,
    "duplicates.parquet": DUPLICATES,
    "class_pairs.parquet": CLASS_PAIRS,
}
# Paths that need no further look to be seen below the dataset: a million of them are read. For Arrow, which knows no \\0.
_PLAIN = r"[^/.\\:\x00][^\\:\x00.]*\.?[^\\:\x00./]*"
# Columns that are there or not, by what their names begin with.
_FIGURES = ("quality_", "view_", "figure_")


def check_table(table: pd.DataFrame, file: Path) -> None:
    """Raises ``DataDoctorError`` where a column is missing or of another kind, or contradicts another."""
    kinds = TABLES[file.name]
    if not table.columns.is_unique or not all(isinstance(name, str) for name in table.columns):
        raise not_ours(file, "columns without names, or several of one name")
    # An empty table has neither types nor figures.
    expected = [name for name in kinds if len(table) or not name.startswith("figure_")]
    missing = [name for name in expected if name not in table.columns]
    if missing:
        raise not_ours(file, f"no column '{missing[0]}'")
    if table.empty:
        return
    more = {name: figure for name in table.columns if name.startswith(_FIGURES)}
    for name, fits in {**more, **kinds}.items():
        if not fits(table[name]):
            raise not_ours(file, f"column '{name}' holds something else than {_words(fits)}")
    if kinds is ITEMS:
        _check_items(table, file)


def _check_items(table: pd.DataFrame, file: Path) -> None:
    others = table["path"][~table["path"].str.fullmatch(_PLAIN).astype(bool)]
    escaping = next((path for path in others.tolist() if not inside(path)), None)
    if escaping is not None:
        raise not_ours(file, f"names '{escaping}', which is not below the dataset")
    if table["path"].duplicated().any():
        raise not_ours(file, "names an image twice")
    rows = table["row"].to_numpy()
    placed = np.sort(rows[rows >= 0])
    if not np.array_equal(placed, np.arange(len(placed))) or not np.array_equal(rows >= 0, table["readable"]):
        raise not_ours(file, "column 'row' does not number the readable images")
    judged = table.loc[table["judged"], ["readable", "mislabel_score", "p_mislabel"]]
    if not judged["readable"].all():
        raise not_ours(file, "an image was judged that could not be read")
    if judged[["mislabel_score", "p_mislabel"]].isna().any(axis=None):
        raise not_ours(file, "a label was judged, and no probability says how")


def _words(fits: Callable[[Column], bool]) -> str:
    described = (fits.__doc__ or "the JSON of findings").rstrip(".")
    return described[0].lower() + described[1:]


def _kind(column: Column) -> str:
    """The kind of NumPy type, '?' for any other type."""
    return column.dtype.kind if isinstance(column.dtype, np.dtype) else "?"
