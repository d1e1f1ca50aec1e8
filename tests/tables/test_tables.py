"""Tables of every dialect say the same; what cannot be read is an error that names the line."""

import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datadoctor.errors import DataDoctorError
from datadoctor.tables import Table, read_table

ROWS = {"path": ["a b/1.png", "c.png"], "label": ["dog", "cat"]}


def table(folder: Path, content: str | bytes, name: str = "t.csv") -> Table:
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return read_table(folder / name)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", "path,label\na b/1.png,dog\nc.png,cat\n"),
        ("t.csv", "path;label\r\na b/1.png;dog\r\nc.png;cat\r\n"),
        ("t.csv", "path\tlabel\na b/1.png\tdog\nc.png\tcat\n"),
        ("t.tsv", "path\tlabel\na b/1.png\tdog\nc.png\tcat\n"),
        ("t.csv", "path|label\na b/1.png|dog\nc.png|cat\n"),
        ("t.csv", "sep=;\r\npath;label\r\na b/1.png;dog\r\nc.png;cat\r\n"),
        ("t.csv", '"sep=\t"\npath\tlabel\na b/1.png\tdog\nc.png\tcat\n'),
        ("t.csv", "# exported 2026, by: us\n# two images\npath,label\na b/1.png,dog\nc.png,cat\n"),
        ("t.csv", "\ufeff#who;when\r\n#\r\n\r\npath;label\r\na b/1.png;dog\r\nc.png;cat\r\n"),
        ("t.csv", "# a list\n# path, label\na b/1.png,dog\nc.png,cat\n"),
        ("t.tsv", "#path\tlabel\na b/1.png\tdog\nc.png\tcat\n"),
        ("t.csv", "\ufeffpath;label\na b/1.png;dog\nc.png;cat\n"),
        ("t.csv", "\ufeffpath,label\na b/1.png,dog\nc.png,cat\n".encode("utf-16-le")),
        ("t.csv", "\ufeffpath,label\na b/1.png,dog\nc.png,cat\n".encode("utf-16-be")),
        ("t.csv", "path,label\na b/1.png,dog\nc.png,cat\n".encode("utf-16-le")),
        ("t.csv", "path, label\na b/1.png, dog\nc.png,cat\n"),
        ("t.csv", "path,label\na b/1.png, dog\nc.png, cat\n"),
        ("t.csv", "path,label,,\na b/1.png,dog,,\nc.png,cat,,\n"),
        ("t.csv", "path,label\na b/1.png,dog,\nc.png,cat,\n"),
        ("t.csv", "path,label,\na b/1.png,dog\nc.png,cat\n"),
        ("t.csv", "\n\npath,label\n\na b/1.png,dog\n\nc.png,cat\n\n"),
        ("t.txt", "path,label\na b/1.png,dog\nc.png,cat\n"),
        ("t.jsonl", '{"path": "a b/1.png", "label": "dog"}\n{"path": "c.png", "label": "cat"}\n'),
    ],
)  # fmt: skip
def test_dialects_say_the_same(tmp_path: Path, name: str, content: str | bytes) -> None:
    read = table(tmp_path, content, name)
    assert (read.columns, read.left_out, read.header) == (ROWS, [], True)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", "a b/1.png,dog\nc.png,cat\n"),
        ("t.csv", "a b/1.png;dog\nc.png;cat\n"),
        ("t.txt", "a b/1.png dog\nc.png cat\n"),
        ("t.lst", "a b/1.png\tdog\nc.png\tcat\n"),
    ],
)
def test_a_missing_header_is_noticed(tmp_path: Path, name: str, content: str) -> None:
    read = table(tmp_path, content, name)
    assert not read.header
    assert read.columns == {"column 1": ROWS["path"], "column 2": ROWS["label"]}
    assert read.lines == [1, 2]


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        ("path,label\na.png,dog;cat\nb.png,x;y\n", {"path": ["a.png", "b.png"], "label": ["dog;cat", "x;y"]}),
        (
            "path;label\na.png;dog, big\nb.png;cat, small\n",
            {"path": ["a.png", "b.png"], "label": ["dog, big", "cat, small"]},
        ),
        (
            "a.png;dog;0,5\nb.png;cat;0,7\n",
            {"column 1": ["a.png", "b.png"], "column 2": ["dog", "cat"], "column 3": ["0,5", "0,7"]},
        ),
        (",path,label\n0,a.png,dog\n", {"column 1": ["0"], "path": ["a.png"], "label": ["dog"]}),
        ('path,label\n"a,1.png","x ""y"""\n', {"path": ["a,1.png"], "label": ['x "y"']}),
        ("id,0,1\na,2,3\n", {"id": ["a"], "0": ["2"], "1": ["3"]}),
    ],
)
def test_delimiters_inside_values_mislead_nobody(tmp_path: Path, content: str, columns: dict[str, list[str]]) -> None:
    assert table(tmp_path, content).columns == columns


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        ("1 001.Auk/a.jpg\n2 002.Emu/b.jpg\n", [["1", "2"], ["001.Auk/a.jpg", "002.Emu/b.jpg"]]),
        ("Abyssinian_1 1 2\nBengal_2 5 1\n", [["Abyssinian_1", "Bengal_2"], ["1", "5"], ["2", "1"]]),
        ("my dir/a b.png 3\nmy dir/c.png 4\n", [["my dir/a b.png", "my dir/c.png"], ["3", "4"]]),
        ("a.png\nb c.png\n", [["a.png", "b c.png"]]),
        ("a,b.png 1\nc,d.png 2\n", [["a,b.png", "c,d.png"], ["1", "2"]]),
        ("img_1,cat\nimg_2,dog\n", [["img_1", "img_2"], ["cat", "dog"]]),
    ],
)
def test_text_lists(tmp_path: Path, content: str, columns: list[list[str]]) -> None:
    assert list(table(tmp_path, content, "list.txt").columns.values()) == columns


@pytest.mark.parametrize(
    ("name", "content", "lines", "comments"),
    [
        ("t.csv", "# one\n# two, three\npath,label\na.png,x\n", [4], 2),
        ("t.csv", "# one\n# path,label\na.png,x\nb.png,y\n", [3, 4], 1),
        ("t.txt", "# images and classes\n\na.png 1\nb.png 2\n", [3, 4], 1),
        ("t.csv", "#tag/a.png,x\nb.png,y\n", [1, 2], 0),
        ("t.csv", "path,label\n#tag/a.png,x\nb.png,#1\n", [2, 3], 0),
        ("t.csv", "sep=;\n# one\npath;label\na.png;x\n", [4], 1),
        ("t.csv", "# nothing else\n", [], 1),
    ],
)
def test_comments_above_the_rows_are_counted(
    tmp_path: Path, name: str, content: str, lines: list[int], comments: int
) -> None:
    found = table(tmp_path, content, name)
    assert (found.lines, found.comments) == (lines, comments)


def test_long_fields_and_lines_of_rows(tmp_path: Path) -> None:
    read = table(tmp_path, f'path,label,note\n\na.png,dog,"{"x" * 200_000}\ny"\nb.png,cat,\n')
    assert len(read.columns["note"][0]) == 200_002
    assert read.lines == [3, 5]


def test_missing_values_are_empty(tmp_path: Path) -> None:
    frame = pd.DataFrame({"path": ["a", "b", "c"], "x": [1.0, float("nan"), 2.5], "t": ["u", None, "nan"]})
    frame.to_parquet(tmp_path / "t.parquet")
    assert read_table(tmp_path / "t.parquet").columns == {
        "path": ["a", "b", "c"],
        "x": ["1", "", "2.5"],
        "t": ["u", "", "nan"],
    }
    lines = '{"path": "a", "x": NaN}\n{"path": "b", "x": null}\n{"path": "c", "x": "NaN"}\n{"path": "d"}\n'
    assert table(tmp_path, lines, "t.jsonl").columns["x"] == ["", "", "NaN", ""]


def test_rows_that_are_none_are_left_out_or_refused(tmp_path: Path) -> None:
    read = table(tmp_path, "path,label\na.png\nb.png,cat,x\nc.png,dog\n")
    assert (read.lines, [line for line, _ in read.left_out]) == ([4], [2, 3])
    with pytest.raises(DataDoctorError, match=r"t.csv:2: a row with more or fewer fields.*correct that row"):
        read.whole()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("t.csv", b'path,label\na,"b\n', "t.csv:2: unexpected end of data; quote"),
        ("t.csv", b"path,label\na,b\n\x81,c\n", "t.csv:3: not UTF-8 text"),
        ("t.csv", b"path,path\na,b\n", "'path' is there twice"),
        ("t.parquet", b"x", "not a Parquet file"),
        ("t.ods", b"x", "unknown kind of table; give one of .csv"),
    ],
)
def test_errors_name_the_place(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    with pytest.raises(DataDoctorError, match=said):
        table(tmp_path, content, name)


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n\ufeff"), max_size=6)


@given(
    rows=st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=6),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_what_python_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], delimiter: str, encoding: str, quoting: int
) -> None:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, quoting=quoting)  # type: ignore[arg-type] # one of its own constants
    paths = [f"{number}.png" for number in range(len(rows))]
    writer.writerows(
        [["path", "label", "more"], *((path, f"x{a}", f"y{b}") for path, (a, b) in zip(paths, rows, strict=True))]
    )
    file = tmp_path_factory.mktemp("csv") / "t.csv"
    file.write_bytes(stream.getvalue().encode(encoding))
    assert read_table(file).columns == {
        "path": paths,
        "label": [f"x{a}" for a, _ in rows],
        "more": [f"y{b}" for _, b in rows],
    }
