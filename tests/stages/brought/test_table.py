"""Tables that name rows and columns are read by name."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from datadoctor.errors import DataDoctorError
from datadoctor.stages.brought.table import load, positions

VALUES = np.array([[0.25, 0.75], [0.5, 0.5], [1, 0]], dtype=np.float32)


@pytest.mark.parametrize(
    "text",
    [
        "path,ant,bee\n01.png,0.25,0.75\nNA,0.5,0.5\nb/c.png,1,0\n",
        "\ufeffbee;ant;filename;label\n0,75;0,25;01.png;x\n0,5;0,5;NA;y\n0;1;b/c.png;x\n",
        "id\tnote\tant\tbee\n01.png\tx\t0.25\t0.75\nNA\ty\t0.5\t0.5\nb/c.png\tz\t1\t0\n",
    ],
)
def test_csv_of_any_separator_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "p.csv").write_text(text, encoding="utf-8")
    table = load(tmp_path / "p.csv", (), ("ant", "bee"))
    assert table.paths == ("01.png", "NA", "b/c.png")
    assert table.columns == ("ant", "bee")
    np.testing.assert_array_equal(table.values, VALUES)


def test_pandas_writes_an_index_and_numbers_for_names(tmp_path: Path) -> None:
    pd.DataFrame(VALUES).to_csv(tmp_path / "p.csv")
    table = load(tmp_path / "p.csv", (), ("ant", "bee"))
    assert table.paths is None
    assert table.columns == ("0", "1")
    np.testing.assert_array_equal(table.values, VALUES)


def test_parquet_named_by_its_index_or_holding_lists(tmp_path: Path) -> None:
    pd.DataFrame(VALUES, columns=["ant", "bee"], index=pd.Index(["a", "b", "c"], name="path")).to_parquet(
        tmp_path / "i.parquet"
    )
    pd.DataFrame({"image_path": ["a", "b", "c"], "embedding": list(VALUES)}).to_parquet(tmp_path / "l.parquet")
    for name in ("i", "l"):
        table = load(tmp_path / f"{name}.parquet", ())
        assert table.paths == ("a", "b", "c")
        np.testing.assert_array_equal(table.values, VALUES)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("path,label\na,x\n", "no column of numbers"),
        ("", "cannot be read"),
        ("path,a\nx,1,2,3\ny,1\n", "cannot be read"),
    ],
)
def test_tables_without_numbers_say_so(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "p.csv").write_text(content)
    with pytest.raises(DataDoctorError, match=message):
        load(tmp_path / "p.csv", (), ("ant", "bee"))


def test_an_npz_whose_names_do_not_fit_its_rows(tmp_path: Path) -> None:
    np.savez(tmp_path / "p.npz", embeddings=VALUES, paths=np.array(["a", "b"]))
    with pytest.raises(DataDoctorError, match="'paths' must be 3 texts, found 2"):
        load(tmp_path / "p.npz", ("embeddings",))


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_a_damaged_byte_anywhere_is_a_clear_error_or_another_number(tmp_path: Path, suffix: str) -> None:
    """NumPy reads the header of an array as Python text: a damaged one is a fault of that text, of any kind."""
    file = tmp_path / f"p{suffix}"
    np.save(file, VALUES) if suffix == ".npy" else np.savez(file, embeddings=VALUES)
    whole, refused = file.read_bytes(), 0
    for place, byte in itertools.product(range(len(whole)), b"\0'(\n9"):
        file.write_bytes(whole[:place] + bytes([byte]) + whole[place + 1 :])
        try:
            load(file, ("embeddings",))
        except DataDoctorError as error:
            refused += str(file) in str(error)
    assert refused > 100


def test_names_that_repeat_or_miss() -> None:
    with pytest.raises(DataDoctorError, match="'a' is there more than once"):
        positions(Path("p.csv"), "images", ("a", "a"), ("a",))
    with pytest.raises(DataDoctorError, match=r"nothing for 2 of 3 images, the first is 'b'"):
        positions(Path("p.csv"), "images", ("a", "x"), ("a", "b", "c"))
