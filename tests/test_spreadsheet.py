"""CSV files: no cell runs in a spreadsheet, however it splits the lines, and every text comes back."""

import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from datadoctor.relabel.apply.decisions import read_decisions
from datadoctor.spreadsheet import neutralised, restored, write_csv

RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
texts = st.text(st.sampled_from("=+-@\t\r\n＝＋－＠'\" ;,|ab1")) | st.text()


def cells(text: str, delimiter: str) -> list[str]:
    """As a spreadsheet reads the text that splits its lines at this character."""
    return [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) for cell in row]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@given(text=texts)
@example(text="a;=cmd")
@example(text='a; "=cmd"')
@example(text="\t=cmd")
@example(text="＝cmd")
def test_no_cell_starts_like_a_formula(delimiter: str, text: str) -> None:
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\n").writerow(["3f2a", neutralised(text), "end"])
    for cell in cells(line.getvalue(), delimiter):
        assert not cell.startswith(RUNS)
        assert not cell.lstrip(' "').startswith(RUNS)


@given(text=texts)
def test_every_text_comes_back(text: str) -> None:
    assert restored(neutralised(text)) == text


@given(text=st.text(st.sampled_from("ab =+-';,x")).filter(str.strip))
def test_plain_names_stay_as_they_are(text: str) -> None:
    name = "a" + text.replace(";", "")
    assert neutralised(name) == restored(name) == name


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_apply_reads_back_what_was_written(tmp_path: Path, delimiter: str) -> None:
    names = ["=1", "a;=1", "＝1", "\tx", "\rx", "'=1", 'a;"=1"', "a;'b", "c\n=1"]
    table = pd.DataFrame({"path": names, "given_label": names, "suggested_label": "", "digest": "", "decision": "keep"})
    file = tmp_path / "decisions.csv"
    write_csv(table.assign(new_label=""), file)
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=delimiter).writerows(rows)
    assert [one.path for one in read_decisions(file)] == names
    assert [one.given_label for one in read_decisions(file)] == names
