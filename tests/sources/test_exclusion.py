"""The exclusion list: what it names is left out and counted; what it no longer names right stays, and that is said."""

import hashlib
from pathlib import Path

import pytest

from datadoctor.cli import main
from datadoctor.config import Config
from datadoctor.errors import DataDoctorError
from datadoctor.findings import exclusions
from datadoctor.run import Run
from datadoctor.sources.choice import list_source
from fixtures.make import make_planted


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path in ("cat/1.png", "cat/2.png", "dog/1.png", "=x/1.png"):
        (tmp_path / "images" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "images" / path).write_bytes(path.encode())
    return tmp_path / "images"


def listed(root: Path, *paths: str) -> Path:
    rows = [f"{path},{hashlib.sha256(path.lstrip(chr(39)).encode()).hexdigest()},,mara,\n" for path in paths]
    file = root.parent / "excluded.csv"
    file.write_text("path,digest,key,reviewer,note\n" + "".join(rows))
    return file


def test_what_is_on_the_list_is_left_out(root: Path) -> None:
    listing = list_source(root, Config(exclude=listed(root, "cat/2.png", "gone/9.png")))
    assert listing.paths == ("=x/1.png", "cat/1.png", "dog/1.png")
    assert [listing.label_name(row) for row in range(3)] == ["=x", "cat", "dog"]
    assert listing.left_out == ("cat/2.png",)
    assert not listing.problems


def test_a_class_that_loses_its_last_image_goes(root: Path) -> None:
    listing = list_source(root, Config(exclude=listed(root, "'=x/1.png")))
    assert listing.classes == ("cat", "dog")
    assert listing.labels.tolist() == [0, 0, 1]


def test_a_file_that_changed_stays_and_is_named(root: Path) -> None:
    (root / "cat/2.png").write_bytes(b"another")
    listing = list_source(root, Config(exclude=listed(root, "cat/1.png", "cat/2.png")))
    assert listing.left_out == ("cat/1.png",)
    assert [(one.where, one.path) for one in listing.problems] == [("excluded.csv:3", "cat/2.png")]


def test_everything_excluded_leaves_nothing(root: Path) -> None:
    file = listed(root, "cat/1.png", "cat/2.png", "dog/1.png", "'=x/1.png")
    listing = list_source(root, Config(exclude=file))
    assert len(listing) == len(listing.classes) == 0
    assert len(listing.left_out) == 4


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"file,digest\na,b\n", "no column 'path'"),
        (b"path,digest\na\n", ":2: a row with more or fewer fields"),
        (b"path,digest\na,b,c\n", ":2: a row with more or fewer fields"),
        (b"path,digest\n,b\n", ":2: no path"),
        (b'path,digest\n"a,b\n', ":2: unexpected end of data; quote"),
        (b"path,digest\n\x81,b\n", ":2: not UTF-8 text"),
        (None, "No such file"),
    ],
)
def test_a_list_that_cannot_be_read_is_an_error(tmp_path: Path, content: bytes | None, said: str) -> None:
    file = tmp_path / "excluded.csv"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(DataDoctorError, match=said) as error:
        exclusions.read(file)
    assert str(file) in str(error.value)


def test_an_empty_list_excludes_nothing(tmp_path: Path) -> None:
    (tmp_path / "excluded.csv").write_bytes(b"")
    assert exclusions.read(tmp_path / "excluded.csv") == ()


def test_an_audit_finds_the_list_that_apply_wrote_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    images = make_planted(tmp_path / "images").root
    listing = list_source(images, Config())
    flags = ["--model", "filters", "--select", "unreadable-image", "--cache", "cache"]
    path, label = listing.paths[0], listing.label_name(0)
    digest = hashlib.sha256((images / path).read_bytes()).hexdigest()
    header = "path,given_label,suggested_label,digest,decision,new_label\n"
    (tmp_path / "decisions.csv").write_text(f"{header}{path},{label},,{digest},exclude,\n")
    assert main(["apply", "decisions.csv", "--source", str(images), "--write", "--by", "mara"]) == 0
    main(["audit", str(images), *flags, "--out", "run"])
    run = Run(tmp_path / "run")
    assert set(run.items["path"]) == {*listing.paths} - {path}
    assert run.summary["dataset"]["left_out"] == 1
    assert any("images left out: 1 (.datadoctor/excluded.csv)" in notice for notice in run.summary["notices"])
    assert "1 left out (exclusion list)" in capsys.readouterr().out
    assert "left out (exclusion list)" in (run.path / "report.html").read_text()
