"""Paths that nearly match are found in whatever form, and the form is said; what matches nothing is told the difference."""

import ntpath
import os
import unicodedata
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from datadoctor.errors import DataDoctorError
from datadoctor.relabel.apply import plan_decisions
from datadoctor.sources import Listing
from datadoctor.sources.manifest import list_manifest, paths
from tests.sources.make import causes, grid, write

FILES = ["images/a b/é1.png", *grid("images", "cat dog")]
Form = Callable[[str, Path], str]


def listing_of(root: Path, texts: list[str], where: str = "labels.csv") -> Listing:
    file = root / where
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        "path,label\n" + "".join(f'"{text}",{number % 2}\n' for number, text in enumerate(texts)), encoding="utf-8"
    )
    return list_manifest(root, file)


FORMS: dict[str, tuple[Form, str]] = {
    "as they are": (lambda path, root: path, ""),
    "dot and slash": (lambda path, root: f"./{path}", ""),
    "backslashes": (lambda path, root: path.replace("/", "\\"), r"`\` as `/`"),
    "absolute": (lambda path, root: f"{root}/{path}", "absolute ones below the folder"),
    "absolute elsewhere": (lambda path, root: f"/home/ann/set/{path}", "`./` for `home/ann/set/`"),
    "absolute on Windows": (lambda path, root: "C:\\Users\\ann\\" + path.replace("/", "\\"), "`./` for `Users/ann/`"),
    "file URL": (lambda path, root: f"file://{quote(f'{root}/{path}')}", "URLs"),
    "URL": (lambda path, root: f"https://example.org/{quote(path)}?version=2", "URLs"),
    "URL with a folder": (lambda path, root: f"s3://bucket/v1/{path}", "`./` for `v1/`"),
    "percent-encoded": (lambda path, root: quote(path), "percent-encoding"),
    "decomposed": (lambda path, root: unicodedata.normalize("NFD", path), "accents composed otherwise"),
    "no extension": (lambda path, root: path[:-4], "another extension or none"),
    "another extension": (lambda path, root: f"{path[:-4]}.jpeg", "another extension or none"),
    "extension in capitals": (lambda path, root: f"{path[:-4]}.PNG", "another case of letters"),
    "below a folder": (lambda path, root: path.removeprefix("images/"), "`images/` for `./`"),
    "another top folder": (lambda path, root: path.replace("images/", "jpg/"), "`images/` for `jpg/`"),
    "spaces around": (lambda path, root: f" {path} ", "without spaces"),
}


@pytest.mark.parametrize("form", FORMS)
def test_one_form_for_all_rows(tmp_path: Path, form: str) -> None:
    write(tmp_path, *FILES)
    change, said = FORMS[form]
    listing = listing_of(tmp_path, [change(path, tmp_path) for path in FILES])
    assert set(listing.paths) == set(FILES)
    assert said in listing.sentence()
    assert ("paths taken" in listing.sentence()) == bool(said)
    assert causes(listing) == []


@pytest.mark.parametrize("form", FORMS)
def test_some_rows_in_another_form(tmp_path: Path, form: str) -> None:
    write(tmp_path, *FILES)
    change, said = FORMS[form]
    texts = [change(path, tmp_path) if number < 3 else path for number, path in enumerate(FILES)]
    listing = listing_of(tmp_path, texts)
    assert set(listing.paths) == set(FILES)
    assert said in listing.sentence()


def test_paths_from_the_folder_of_the_manifest(tmp_path: Path) -> None:
    write(tmp_path, *FILES)
    listing = listing_of(tmp_path, [f"../{path}" for path in FILES], "lists/labels.csv")
    assert set(listing.paths) == set(FILES)
    assert "from the manifest's folder" in listing.sentence()


def test_file_names_alone_where_each_is_there_once(tmp_path: Path) -> None:
    files = [f"{name}/{name}{number}.png" for name in ("cat", "dog") for number in range(3)]
    write(tmp_path, *files)
    listing = listing_of(tmp_path, [file.split("/")[1] for file in files])
    assert set(listing.paths) == set(files)


def test_a_missing_image_is_not_another_one(tmp_path: Path) -> None:
    write(tmp_path, *FILES)
    gone = "images/cat/9.png"
    listing = listing_of(tmp_path, [*FILES, gone, "images/bird/0.png"])
    assert set(listing.paths) == {*FILES, gone, "images/bird/0.png"}


def test_no_two_rows_get_one_file(tmp_path: Path) -> None:
    write(tmp_path, "a/1.png", "b/2.png")
    listing = listing_of(tmp_path, ["a/1.png", "b/2.png", "a/1.jpg", "b/2.jpg"])
    assert listing.paths == ("a/1.jpg", "a/1.png", "b/2.jpg", "b/2.png")


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["pics/0.gif"], "the row says 'pics/0.gif', and the image there that is most like it is 'b/2.png'"),
        (["2.png", "1.png"], "several files are called '2.png', such as 'a/2.png', 'b/2.png'"),
        (["/data/x/7.png"], "the row says '/data/x/7.png'"),
    ],
)
def test_what_matches_nothing_is_told_the_difference(tmp_path: Path, texts: list[str], said: str) -> None:
    write(tmp_path, "a/1.png", "b/1.png", "a/2.png", "b/2.png")
    with pytest.raises(DataDoctorError) as error:
        listing_of(tmp_path, texts)
    assert said in str(error.value)


def test_images_in_no_row_are_counted(tmp_path: Path) -> None:
    write(tmp_path, *FILES)
    listing = listing_of(tmp_path, FILES[:3])
    assert "4 images below the folder are in no row" in listing.sentence()
    assert causes(listing) == ["4 images below the folder are in no row of the manifest and not audited"]


@pytest.mark.parametrize("form", ["backslashes", "absolute", "URL", "no extension", "below a folder"])
def test_apply_corrects_the_row_that_an_audit_read(tmp_path: Path, form: str) -> None:
    write(tmp_path, *FILES)
    listing_of(tmp_path, [FORMS[form][0](path, tmp_path) for path in FILES])
    digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"  # of 'x'
    header = "path,given_label,suggested_label,digest,decision,new_label"
    (tmp_path / "decisions.csv").write_text(f"{header}\nimages/cat/0.png,1,0,{digest},relabel,0\n")
    plan = plan_decisions(
        tmp_path / "decisions.csv", source=tmp_path, manifest=tmp_path / "labels.csv", records=tmp_path / "kept"
    )
    assert [(one.path, one.new_label) for one in plan.accepted] == [("images/cat/0.png", "0")]
    before = (tmp_path / "labels.csv").read_bytes().split(b"\n")
    after = plan.target.manifest.with_labels({"images/cat/0.png": "0"}).split(b"\n")  # type: ignore[attr-defined]
    assert [now for was, now in zip(before, after, strict=True) if was != now] == [before[2][:-1] + b"0"]


def test_windows_finds_absolute_paths_whatever_their_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os.path, "normcase", ntpath.normcase)
    below = paths._from("c:/USERS/ann/set/cat/1.png", "", ["C:/Users/ann/set"])
    assert [path for _, path in below] == ["cat/1.png"]
    assert paths._from("d:/Users/ann/set/cat/1.png", "", ["C:/Users/ann/set"]) == []


def test_a_disk_that_knows_no_case_holds_one_image_under_both_names(tmp_path: Path) -> None:
    write(tmp_path, "cat/1.png")
    os.link(tmp_path / "cat/1.png", tmp_path / "cat/1.PNG")  # as such a disk opens it
    assert paths.locate(tmp_path, ["cat/1.PNG"], [""], {"cat/1.png"}).paths == ["cat/1.png"]
    (tmp_path / "cat/1.PNG").unlink()
    write(tmp_path, "cat/1.PNG")
    assert paths.locate(tmp_path, ["cat/1.PNG"], [""], {"cat/1.png"}).paths == ["cat/1.PNG"]
