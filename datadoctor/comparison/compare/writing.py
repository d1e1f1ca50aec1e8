"""The files of a comparison beside its page: pairs.csv, compare.json and compare.md."""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path

import pandas as pd

from datadoctor.comparison.compare import Overlap, Shared
from datadoctor.comparison.compare.formats import rendered
from datadoctor.files import write_whole
from datadoctor.run.writing import write_whole_csv


def write_tables(overlap: Overlap, out: Path) -> None:
    """Write every pair, one a line, and the whole as JSON and Markdown."""
    columns = [field.name for field in fields(Shared)]
    write_whole_csv(pd.DataFrame([asdict(one) for one in overlap.shared], columns=columns), out / "pairs.csv")
    for name, form in (("compare.json", "json"), ("compare.md", "markdown")):
        write_whole(out / name, rendered(overlap, form).encode("utf-8", "surrogatepass"))
