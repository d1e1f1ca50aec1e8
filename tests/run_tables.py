"""Tables of run directories as an audit writes them, where a test says only some of their columns."""

import pandas as pd

from datadoctor.run import DUPLICATE_COLUMNS, ITEM_COLUMNS
from datadoctor.run.checking import ITEM_TEXTS


def whole_items(table: pd.DataFrame) -> pd.DataFrame:
    """With the columns of ``items.parquet`` that are missing: '' or 0."""
    missing = [name for name in ITEM_COLUMNS if name not in table.columns]
    return table.assign(**{name: "" if name in ITEM_TEXTS else 0 for name in missing})


def whole_duplicates(table: pd.DataFrame) -> pd.DataFrame:
    """With the columns of ``duplicates.parquet`` that are missing: ''."""
    return table.assign(**{name: "" for name in DUPLICATE_COLUMNS if name not in table.columns})
