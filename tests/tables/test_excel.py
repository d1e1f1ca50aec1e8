"""Tables in Excel workbooks, as openpyxl and pandas write them."""

import datetime
import sys
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import Workbook

from datadoctor.errors import DataDoctorError, IncompleteError
from datadoctor.relabel.apply.manifests import read_manifest
from datadoctor.sources.manifest import list_manifest
from datadoctor.tables import read_table
from tests.sources.make import write


def book(file: Path, *sheets: list[list[object]]) -> Path:
    made = Workbook()
    made.remove(made.active)
    for number, rows in enumerate(sheets):
        sheet = made.create_sheet(f"sheet {number}")
        for row in rows:
            sheet.append(row)
    made.save(file)
    return file


def test_cells_are_text_as_they_read(tmp_path: Path) -> None:
    day = datetime.datetime(2026, 11, 28)
    file = book(
        tmp_path / "a.xlsx",
        [["path", "label", "when"], ["a.png", 7, day], ["b.png", 7.5], ["c.png", "007", None], [], ["d.png", True]],
    )
    table = read_table(file)
    assert table.columns["label"] == ["7", "7.5", "007", "True"]
    assert table.columns["when"] == ["2026-11-28", "", "", ""]
    assert table.lines == [2, 3, 4, 6]


def test_the_first_sheet_with_rows_is_read_and_others_are_named(tmp_path: Path) -> None:
    file = book(tmp_path / "a.xlsx", [], [["path", "label"], ["a.png", "cat"]], [["notes"], ["nothing"]])
    table = read_table(file)
    assert table.columns == {"path": ["a.png"], "label": ["cat"]}
    assert table.left_out == [(1, "other sheets than 'sheet 1': sheet 2")]


def test_a_manifest_of_pandas_lists_images(tmp_path: Path) -> None:
    write(tmp_path, "a.png", "b.png")
    pd.DataFrame({"path": ["a.png", "b.png"], "label": ["cat", "dog"]}).to_excel(tmp_path / "m.xlsx", index=False)
    listing = list_manifest(tmp_path, tmp_path / "m.xlsx")
    assert [listing.label_name(row) for row in range(2)] == ["cat", "dog"]
    with pytest.raises(DataDoctorError, match="read, not written"):
        read_manifest(tmp_path / "m.xlsx")


@pytest.mark.parametrize(
    ("rows", "why"), [([], "an empty workbook"), ([["path", "path"], ["a", "b"]], "two columns are called 'path'")]
)
def test_what_is_no_table_is_a_line(tmp_path: Path, rows: list[list[object]], why: str) -> None:
    with pytest.raises(DataDoctorError, match=why):
        read_table(book(tmp_path / "a.xlsx", rows))


def test_what_is_no_workbook_is_a_line(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"path,label")
    with pytest.raises(DataDoctorError, match="not an Excel workbook"):
        read_table(tmp_path / "a.xlsx")


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = book(tmp_path / "a.xlsx", [["path"], ["a.png"]])
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(IncompleteError, match="datadoctor\\[excel\\]"):
        read_table(file)
