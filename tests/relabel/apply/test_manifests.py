"""Manifests: only the cells of changed labels get other bytes."""

import csv
import io
import json
from pathlib import Path

import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from datadoctor.errors import DataDoctorError
from datadoctor.relabel.apply.manifests import read_manifest
from datadoctor.tables import read_table as read_rows

CRLF = b'path,label,n\r\n"a,b.jpg","OLD",1\r\nc.jpg,cat,"x ""y"""\r\n'
LINES = b'{"path" : "a,b.jpg","label":  "OLD", "o":{"label":"cat"}}\n\n{"path":"c"}\n'
CASES = {
    "crlf.csv": CRLF,
    "bom.csv": b'\xef\xbb\xbflabel,path\nOLD,"a,b.jpg"',
    "utf16.csv": '\ufefflabel,path\nOLD,"a,b.jpg"\n'.encode("utf-16-le"),
    "semicolons.csv": b'\xef\xbb\xbfpath;label;n\r\n"a,b.jpg";OLD;0,5\r\nc.jpg;dog;0,7\r\n',
    "comments.csv": b'# exported, twice\r\n# path;label\r\n\r\npath,label\r\n"a,b.jpg",OLD\r\n',
    "header-in-comment.csv": b'# see below\n#label,path\nOLD,"a,b.jpg"\n',
    "utf16-excel.csv": "\ufeffsep=\t\r\nlabel\tpath\r\nOLD\ta,b.jpg\r\n".encode("utf-16-le"),
    "utf16-unmarked.csv": 'label,path\nOLD,"a,b.jpg"\n'.encode("utf-16-le"),
    "spaces.csv": b'path, label\n"a,b.jpg", OLD\nc.jpg, "dog"\n',
    "no-header.csv": b'"a,b.jpg",OLD\nc.jpg,cat\n',
    "empty-columns.csv": b'path,label,,\n"a,b.jpg",OLD,,\n',
    "other-names.csv": b'File Name,CLASS\n"a,b.jpg",OLD\n',
    "list.txt": b"a,b.jpg OLD\nc d.jpg cat\n",
    "windows.csv": 'path,label,who\n"a,b.jpg",OLD,Jürgen €\n'.encode("cp1252"),
    "joined.csv": b'path,label\nc.jpg,dog\npath,label\n"a,b.jpg",OLD\n',
    "tabs.tsv": b"path\tlabel\n\na,b.jpg\tOLD\n",
    "lines.jsonl": LINES,
    "twice.csv": b'path,label\n"a,b.jpg",OLD\n"./a,b.jpg",OLD\n',
}


@pytest.mark.parametrize("name", CASES)
def test_everything_but_the_label_stays(tmp_path: Path, name: str) -> None:
    wide = name.startswith("utf16")
    before, after = (
        CASES[name].replace("OLD".encode("utf-16-le") if wide else b"OLD", new.encode("utf-16-le" if wide else "utf-8"))
        for new in ("cat", "lynx")
    )
    file = tmp_path / name
    file.write_bytes(before)
    manifest = read_manifest(file)
    assert {cell.label for cell in manifest.cells["a,b.jpg"]} == {"cat"}
    assert manifest.with_labels({"a,b.jpg": "lynx"}) == after
    assert manifest.with_labels({}) == before


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)
PLAIN = st.one_of(st.none(), st.text(max_size=4), st.floats(allow_nan=False))
JSON = st.recursive(PLAIN, lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=3), x), max_leaves=5)


@given(
    rows=st.lists(st.tuples(TEXT, TEXT), max_size=6),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    end=st.sampled_from(["\n", "\r\n"]),
    new=TEXT.filter(bool),
)
def test_any_csv_reads_back_with_just_the_label_changed(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], quoting: int, end: str, new: str
) -> None:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, quoting=quoting, lineterminator=end)  # type: ignore[arg-type] # one of its own constants
    writer.writerows([["label", "path", "more"], *([label, f"{i}.jpg", more] for i, (label, more) in enumerate(rows))])
    file = tmp_path_factory.mktemp("csv") / "m.csv"
    file.write_bytes(stream.getvalue().encode())
    manifest = read_manifest(file)
    before = read_rows(file).columns
    assert manifest.with_labels({}) == file.read_bytes()
    file.write_bytes(manifest.with_labels({f"{i}.jpg": new for i in range(0, len(rows), 2)}))
    after = read_rows(file).columns
    assert after["label"] == [new if i % 2 == 0 else label for i, label in enumerate(before["label"])]
    assert {name: after[name] for name in ("path", "more")} == {name: before[name] for name in ("path", "more")}


@given(label=st.one_of(st.text(max_size=5), st.integers(), st.none(), st.booleans()), more=JSON)
def test_any_json_line_keeps_what_is_not_the_label(
    tmp_path_factory: pytest.TempPathFactory, label: object, more: object
) -> None:
    row = {"more": more, "label": label, "path": "a.jpg", "end": more}
    file = tmp_path_factory.mktemp("jsonl") / "m.jsonl"
    file.write_text(json.dumps(row) + "\n")
    file.write_bytes(read_manifest(file).with_labels({"a.jpg": "new"}))
    assert json.loads(file.read_text()) == row | {"label": "new"}
    assert read_manifest(file).cells["a.jpg"][0].label == read_rows(file).columns["label"][0] == "new"


def test_a_label_that_a_list_cannot_hold_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_bytes(CASES["list.txt"])
    with pytest.raises(DataDoctorError, match="save it as CSV"):
        read_manifest(file).with_labels({"a,b.jpg": "two words"})


def test_a_label_that_the_encoding_cannot_hold_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "m.csv"
    file.write_bytes("path,label\na.jpg,Käfer\n".encode("cp1252"))
    assert read_manifest(file).with_labels({"a.jpg": "Bär"}) == "path,label\na.jpg,Bär\n".encode("cp1252")
    with pytest.raises(
        DataDoctorError, match=r"m.csv: the label '猫' cannot be written in cp1252; save the manifest as UTF-8"
    ):
        read_manifest(file).with_labels({"a.jpg": "猫"})


def test_numbers_stay_numbers(tmp_path: Path) -> None:
    file = tmp_path / "m.jsonl"
    file.write_text('{"path":"a.jpg","label":7}\n')
    assert read_manifest(file).with_labels({"a.jpg": "8"}) == b'{"path":"a.jpg","label":8}\n'
    assert read_manifest(file).with_labels({"a.jpg": "007"}) == b'{"path":"a.jpg","label":"007"}\n'


@pytest.mark.parametrize("dictionary", [False, True])
def test_parquet_keeps_types_order_and_metadata(tmp_path: Path, dictionary: bool) -> None:
    labels = pyarrow.array(["cat", "dog", None])
    labels = labels.dictionary_encode() if dictionary else labels
    table = pyarrow.table({"n": [1, 2, 3], "label": labels, "path": ["a", "b", "c"]}).replace_schema_metadata(
        {"k": "v"}
    )
    file = tmp_path / "m.parquet"
    parquet.write_table(table, file, compression="zstd", row_group_size=2)
    file.write_bytes(read_manifest(file).with_labels({"b": "lynx"}))
    after = parquet.read_table(file)
    assert after.schema.equals(table.schema, check_metadata=True)
    assert after.column("label").to_pylist() == ["cat", "lynx", None]
    assert after.drop_columns("label").equals(table.drop_columns("label"))
    assert parquet.ParquetFile(file).metadata.num_row_groups == 2


def test_a_label_that_the_column_cannot_hold_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "m.parquet"
    parquet.write_table(pyarrow.table({"path": ["a"], "label": [7]}), file)
    with pytest.raises(DataDoctorError, match="does not fit a column of int64"):
        read_manifest(file).with_labels({"a": "lynx"})


@pytest.mark.parametrize(
    ("content", "cause"), [(b'path,label\n"a"b,c\n', "quot"), (b"path,x\na,b\n", "no column"), (b"", "empty")]
)
def test_a_manifest_that_cannot_be_corrected_safely_is_refused(tmp_path: Path, content: bytes, cause: str) -> None:
    file = tmp_path / "m.csv"
    file.write_bytes(content)
    with pytest.raises(DataDoctorError, match=cause):
        read_manifest(file)
