"""An index of known images: what is in it is found in it, whatever was changed; it grows; another eye is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageEnhance

from datadoctor.comparison.known import Index, Part, opened, searching
from datadoctor.stages.duplicates.candidates import unmirrored
from datadoctor.stages.index import exact
from fixtures.textures import picture
from tests.run.whole import Ended, called

KINDS = ("stripes", "spots", "rings")


def pictures(root: Path, numbers: range) -> Path:
    for number in numbers:
        file = root / KINDS[number % 3] / f"{number:03d}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        picture(KINDS[number % 3], np.random.default_rng(number)).save(file)
    return root


class Made:
    """Two runs, an index of the first, and new images: unknown ones and known ones, as they are and changed."""

    def __init__(self, folder: Path) -> None:
        self.options = ["--cache", str(folder / "cache")]
        self.runs = []
        for name, numbers in (("first", range(40)), ("second", range(100, 130))):
            source, run = pictures(folder / name, numbers), folder / f"run-{name}"
            select = ["--select", "near-duplicate"]
            call = ["audit", str(source), "--model", "filters", *select, *self.options, "--out", str(run)]
            assert called(call).code == 0
            self.runs.append(run)
        self.index = folder / "known.idx"
        assert called(["index", str(self.runs[0]), "--out", str(self.index)]).code == 0
        self.new = pictures(folder / "new", range(200, 216))
        shutil.copy(folder / "first/spots/004.png", self.new / "spots/same.png")
        with Image.open(folder / "first/rings/005.png") as image:
            ImageEnhance.Brightness(image).enhance(0.8).save(self.new / "stripes/darker.jpg", quality=90)
        with Image.open(folder / "second/stripes/102.png") as image:
            image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(self.new / "stripes/mirrored.png")

    def compare(self, index: Path, out: Path, *options: str) -> Ended:
        return called(["compare", str(self.new), "--index", str(index), "--out", str(out), *self.options, *options])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(tmp_path_factory.mktemp("known"))


def test_what_is_known_is_found_and_nothing_else(made: Made, tmp_path: Path) -> None:
    ended = made.compare(made.index, tmp_path / "out")
    assert ended.code == 0, ended
    pairs = pd.read_csv(tmp_path / "out/pairs.csv")
    found = {(row.path_a, row.path_b, row.kind) for row in pairs.itertuples()}
    assert found == {
        ("spots/same.png", "spots/004.png", "exact"),
        ("stripes/darker.jpg", "rings/005.png", "near"),
    }
    assert pairs.set_index("path_a").loc["stripes/darker.jpg", "conflicting"]
    told = json.loads((tmp_path / "out/compare.json").read_text())
    assert (told["a"]["images"], told["a"]["have_copies"], told["b"]["images"]) == (19, 2, 40)
    assert "data:image/jpeg" in (tmp_path / "out/compare.html").read_text()
    # What was asked is not kept as known.
    assert len(opened(made.index)) == 40


def test_an_index_grows_and_what_was_there_is_not_touched(made: Made, tmp_path: Path) -> None:
    index = Path(shutil.copytree(made.index, tmp_path / "known.idx"))
    before = {file.name: file.stat().st_mtime_ns for file in (index / "0001").iterdir()}
    answer = called(["index", str(made.runs[1]), "--out", str(index), "--add", "--json"])
    assert answer.code == 0, answer
    assert [part["images"] for part in json.loads(answer.told)["parts"]] == [40, 30]
    assert {file.name: file.stat().st_mtime_ns for file in (index / "0001").iterdir()} == before
    assert made.compare(index, tmp_path / "out").code == 0
    pairs = pd.read_csv(tmp_path / "out/pairs.csv").set_index("path_a")
    assert pairs.loc["stripes/mirrored.png", "path_b"] == "0002/stripes/102.png"
    assert pairs.loc["spots/same.png", "path_b"] == "0001/spots/004.png"
    again = called(["index", str(made.runs[1]), "--out", str(index), "--add"])
    assert again.code == 2
    assert "already, as 0002" in again.said


def test_an_index_of_another_eye_and_what_else_cannot_be(made: Made, tmp_path: Path) -> None:
    index = Path(shutil.copytree(made.index, tmp_path / "known.idx"))
    for call, said in (
        (["index", str(made.runs[0]), "--out", str(index)], "there is an index; --add"),
        (["index", str(made.runs[0]), "--out", str(tmp_path / "none"), "--add"], "no index; make one"),
        (["compare", str(made.new), str(made.new), "--index", str(index)], "or two things"),
        (["compare", str(made.new)], "nothing to compare with"),
        (["compare", str(made.new), "--index", str(made.runs[0])], "no index; make one"),
    ):
        ended = called(call)
        assert (ended.code, said in ended.said) == (2, True), ended
    ended = made.compare(index, tmp_path / "out", "--model", "efficientnet_lite")
    assert ended.code == 2
    assert "an index of another eye: it was seen by filters" in ended.said
    document = json.loads((index / "index.json").read_text())
    (index / "index.json").write_text(json.dumps(document | {"model": "python/evil.py:run"}))
    assert "which is code; name it with --model" in made.compare(index, tmp_path / "out").said
    (index / "index.json").write_text(json.dumps(document | {"columns": 7}))
    assert "7 columns, not" in made.compare(index, tmp_path / "out").said
    (index / "index.json").write_text("[]")
    assert "not an index of this version" in made.compare(index, tmp_path / "out").said


def planted(folder: Path, sizes: list[int], columns: int) -> tuple[Index, NDArray[np.float32], NDArray[np.uint8]]:
    """An index with parts of these sizes, and all its vectors and small images."""
    rng = np.random.default_rng(0)
    parts, vectors, small = [], [], []
    for number, n in enumerate(sizes):
        part = Part(f"{number + 1:04d}", "", n, str(number))
        (folder / part.folder).mkdir()
        drawn = rng.standard_normal((n, columns)).astype(np.float16)
        drawn /= np.linalg.norm(drawn, axis=1, keepdims=True).astype(np.float16)
        pixels = rng.integers(0, 256, (n, 16, 16, 3), dtype=np.uint8)
        np.save(folder / part.folder / "vectors.npy", drawn)
        np.save(folder / part.folder / "small.npy", pixels)
        parts.append(part)
        vectors.append(drawn.astype(np.float32))
        small.append(pixels)
    index = Index(folder, "filters", None, "", "", columns, tuple(parts))
    return index, np.concatenate(vectors), np.concatenate(small)


@pytest.mark.parametrize("sizes", [[50], [3, 0, 41], [1]])
def test_the_search_is_that_of_the_oracle(tmp_path: Path, sizes: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "ROWS_AT_ONCE", 8)
    index, vectors, small = planted(tmp_path, sizes, 20)
    queries = vectors[::5] + 0.01
    rows, cosines = searching.by_vectors(index, queries, 6, lambda n: None)
    wanted, values = exact.search(vectors, queries, 6)
    np.testing.assert_array_equal(rows, wanted)
    np.testing.assert_allclose(cosines, np.where(wanted >= 0, values, -np.inf), atol=1e-5)
    rows, _ = searching.by_pixels(index, small[:4], 3, lambda n: None)
    known = unmirrored(small)
    np.testing.assert_array_equal(rows, exact.search(known, known[:4], 3)[0])
