"""Manifests: what each row becomes, and what is said of a row that becomes nothing."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datadoctor.config import Config
from datadoctor.errors import DataDoctorError
from datadoctor.sources import Listing
from datadoctor.sources.choice import list_source
from datadoctor.sources.manifest import list_manifest
from fixtures.make import make_malformed_manifest

TABLE = {"path": ["b.png", "a.png", "c.png"], "label": ["007", "NA", "8"], "split": ["test", "train", ""]}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in "abc":
        (tmp_path / f"{name}.png").write_bytes(b"x")
    return tmp_path


def manifest(root: Path, text: str, name: str = "labels.csv", encoding: str = "utf-8") -> Path:
    (root / name).write_bytes(text.encode(encoding))
    return root / name


def table_of(listing: Listing) -> list[tuple[str, str, str, str]]:
    return [
        (path, listing.label_name(row), listing.splits[row], listing.locations[row])
        for row, path in enumerate(listing.paths)
    ]


@pytest.mark.parametrize("kind", ["csv", "tsv", "parquet", "jsonl"])
def test_every_kind_of_manifest_says_the_same(root: Path, kind: str) -> None:
    table, file = pd.DataFrame(TABLE), root / f"labels.{kind}"
    if kind == "parquet":
        table.to_parquet(file)
    elif kind == "jsonl":
        table.to_json(file, orient="records", lines=True)
    else:
        table.to_csv(file, index=False, sep="," if kind == "csv" else "\t")
    first = 2 if kind in ("csv", "tsv") else 1
    assert table_of(list_manifest(root, file)) == [
        ("a.png", "NA", "train", f"labels.{kind}:{first + 1}"),
        ("b.png", "007", "test", f"labels.{kind}:{first}"),
        ("c.png", "8", "", f"labels.{kind}:{first + 2}"),
    ]


def test_everything_wrong_at_once(tmp_path: Path) -> None:
    listing = list_manifest(tmp_path / "made", make_malformed_manifest(tmp_path / "made"))
    assert table_of(listing) == [
        ("a/0.png", "cat", "train", "labels.csv:2"),
        ("a/1.png", "", "train", "labels.csv:3"),
        ("a/2.png", "", "test", "labels.csv:9"),
        ("a/gone.png", "dog", "test", "labels.csv:8"),
        ('a/with "quotes" and\nnewline.png', "dog", "test", "labels.csv:6"),
    ]
    assert listing.labels.tolist()[1:3] == [-1, -1]
    first = listing.problems[0]
    assert (first.where, first.path, first.severity) == ("labels.csv:3", "a/1.png", "error")
    assert first.cause.startswith(
        "1 image of 5 has several rows with different labels, such as 'a/1.png': '007', 'dog'; "
    )
    causes = {problem.where: (problem.cause, problem.path) for problem in listing.problems[1:]}
    assert causes == {
        "labels.csv:4": ("left out: the same row as an earlier one", "a/0.png"),
        "labels.csv:9": ("no given label: the image is compared for duplicates only", "a/2.png"),
        "labels.csv:10": ("left out: a path that leads out of the folder of images", "../outside.png"),
        "labels.csv:11": ("left out: an absolute path; write it relative to the folder of images", "/etc/passwd"),
        "labels.csv:12": ("left out: an empty path", ""),
        "labels.csv:13": ("left out: a row with more or fewer fields than the header", ""),
        "test": ("the splits do not have the same classes: in test only: dog; in train only: cat", ""),
    }


@pytest.mark.parametrize("other", ["label", "split", "group"])
def test_a_path_listed_twice_names_what_differs(root: Path, other: str) -> None:
    rows = {
        "label": "a.png,x,t,g\na.png,y,t,g",
        "split": "a.png,x,t,g\na.png,x,u,g",
        "group": "a.png,x,t,g\na.png,x,t,h",
    }
    listing = list_manifest(root, manifest(root, f"path,label,split,group\n{rows[other]}\n"), group_column="group")
    assert len(listing) == 1
    said = {
        "label": "1 image of 1 has several rows with different labels, such as 'a.png': 'x', 'y'; ",
        "split": "1 image listed in several splits, such as 'a.png': t, u; the first is kept",
        "group": "1 image listed in several groups, such as 'a.png': g, h; the first is kept",
    }
    assert listing.problems[0].cause.startswith(said[other])
    assert (listing.label_name(0), listing.splits, listing.groups) == ("" if other == "label" else "x", ("t",), ("g",))


@pytest.mark.parametrize("written", ["./a.png", "x/../a.png", ".//a.png"])
def test_ways_to_write_a_path_are_one_path(root: Path, written: str) -> None:
    listing = list_manifest(root, manifest(root, f"path,label\n{written},cat\na.png,cat\n"))
    assert listing.paths == ("a.png",)


@pytest.mark.parametrize("written", ["..", "x/../../a.png", ".", "", "  ", "/a.png"])
def test_paths_out_of_the_root_are_left_out(root: Path, written: str) -> None:
    listing = list_manifest(root, manifest(root, f"path,label\n{written},cat\nb.png,cat\n"))
    assert listing.paths == ("b.png",)
    assert [problem.where for problem in listing.problems] == ["labels.csv:2", "a.png"]
    assert listing.problems[1].cause.startswith("2 images below the folder are in no row")


@pytest.mark.parametrize("column", ["given_label", "label", "Label", "class", "category", "target"])
def test_usual_label_columns_are_found(root: Path, column: str) -> None:
    assert list_manifest(root, manifest(root, f"path,{column}\na.png,cat\n")).classes == ("cat",)


@pytest.mark.parametrize(
    ("text", "settings_", "said"),
    [
        ("path,clean_label,noisy_label\na.png,x,y\n", {}, "--label-column among: path, clean_label, noisy_label"),
        ("path,clean,noisy\na.png,x,y\n", {"label_column": "nois"}, "no column 'nois'"),
        ("what,label\na,x\n", {}, "no column 'path'.*--path-column among: what, label"),
        ("path,label\na.png,x\n", {"split_column": "fold"}, "no column 'fold'.*--split-column"),
        ("path,label\na.png,x\n", {"group_column": "patient"}, "no column 'patient'"),
        ("", {}, "no column 'path'"),
        ("path,label\n", {}, "names no image"),
        (
            "path,label\n/x,y\n",
            {},
            "none of its 1 images is below .*: the row says '/x', and the image there that is most like it is '",
        ),
        ("path,label\nd.png,y\n", {}, "none of its 1 images is below"),
        ("path,label,label\na.png,x,y\n", {}, "'label' is there twice"),
        ('path,label\na.png,"x\n', {}, "labels.csv:2: .*quote"),
    ],
)
def test_errors_name_file_cause_and_next_step(root: Path, text: str, settings_: dict[str, str], said: str) -> None:
    with pytest.raises(DataDoctorError, match=said) as error:
        list_source(root, Config(manifest=(manifest(root, text),), **settings_))  # type: ignore[arg-type]
    assert "labels.csv" in str(error.value)


@pytest.mark.parametrize("name", ["labels.xlsx", "labels", "nowhere.csv"])
def test_unknown_or_missing_manifest(root: Path, name: str) -> None:
    if name != "nowhere.csv":
        (root / name).write_text("x")
    with pytest.raises(DataDoctorError, match=name):
        list_manifest(root, root / name)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-8"])
def test_byte_order_marks(root: Path, encoding: str) -> None:
    file = manifest(root, "path,label\r\na.png,Käfer\r\n", encoding=encoding)
    assert list_manifest(root, file).classes == ("Käfer",)


def test_what_excel_writes_on_windows_is_read_and_said(root: Path) -> None:
    file = manifest(root, "path,label\na.png,cat\nb.png,Käfer €\n", encoding="cp1252")
    listing = list_manifest(root, file)
    assert listing.classes == ("Käfer €", "cat")
    assert "not UTF-8, read as Windows-1252" in listing.sentence()


def test_comment_lines_above_the_header_are_left_out_and_said(root: Path) -> None:
    listing = list_manifest(root, manifest(root, "# exported by us, twice\n# a.png is new\npath,label\na.png,cat\n"))
    assert listing.classes == ("cat",)
    assert "2 comment lines (#) above the rows left out" in listing.sentence()


@pytest.mark.parametrize("wrong", [b"K\x81fer", b"\xff\x00\x01"])
def test_what_is_no_text_is_an_error_with_its_line(root: Path, wrong: bytes) -> None:
    file = manifest(root, "path,label\na.png,cat\n")
    file.write_bytes(file.read_bytes() + b"b.png," + wrong + b"\n")
    with pytest.raises(DataDoctorError, match=r"labels.csv:3: not UTF-8"):
        list_manifest(root, file)


def test_the_header_of_a_joined_file_is_no_image(root: Path) -> None:
    listing = list_manifest(root, manifest(root, "path,label\na.png,cat\npath,label\nb.png,dog\n"))
    assert (listing.paths, listing.classes) == (("a.png", "b.png"), ("cat", "dog"))
    assert [(problem.where, problem.cause) for problem in listing.problems][:1] == [
        ("labels.csv:3", "left out: the header once more")
    ]


def test_damaged_parquet(root: Path) -> None:
    with pytest.raises(DataDoctorError, match="not a Parquet file"):
        list_manifest(root, manifest(root, "x" * 100, "labels.parquet"))


def test_numbers_and_missing_values_of_parquet_are_text(root: Path) -> None:
    table = pd.DataFrame({"path": ["a.png", "b.png"], "label": pd.array([7, None], dtype="Int64"), "box": [[1], [2]]})
    table.to_parquet(root / "labels.parquet")
    listing = list_manifest(root, root / "labels.parquet")
    assert [listing.label_name(row) for row in range(2)] == ["7", ""]


def test_json_lines_of_every_sort(root: Path) -> None:
    lines = ['{"path": "a.png", "label": 7}', "{", '["b.png"]', "", '{"path": "b.png", "label": null}']
    lines += ['{"path": "c\\ud800.png", "label": "x"}', '{"path": "c.png", "label": "x\\ud800"}']
    listing = list_manifest(root, manifest(root, "\n".join(lines), "labels.jsonl"))
    assert {path: listing.label_name(row) for row, path in enumerate(listing.paths)} == {
        "a.png": "7",
        "b.png": "",
        "c.png": "x\\ud800",
    }
    assert [problem.where.split(":")[1] for problem in listing.problems] == ["2", "3", "6", "5"]
    json.dumps([problem.path for problem in listing.problems]).encode()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(st.text(max_size=8), st.text(max_size=4)), min_size=1, max_size=8))
def test_every_row_is_an_item_or_a_problem(root: Path, rows: list[tuple[str, str]]) -> None:
    text = "\n".join(json.dumps({"path": path, "label": label}) for path, label in [*rows, ("a.png", "cat")])
    listing = list_manifest(root, manifest(root, text, "labels.jsonl"))
    causes = [problem.cause for problem in listing.problems]
    left_out = [cause for cause in causes if cause.startswith(("left out", "joined"))]
    several = [
        int(found[1]) for cause in causes if (found := re.match(r"(\d+) images? of \d+ ha(s|ve) several rows", cause))
    ]
    assert len(listing) + len(left_out) <= len(rows) + 1
    assert several or len(listing) + len(left_out) == len(rows) + 1
    assert listing.paths == tuple(sorted(set(listing.paths)))
    assert not any(path.startswith(("/", "../")) for path in listing.paths)
