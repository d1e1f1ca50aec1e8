"""Defects that other tools for duplicates have, each as a dataset on which ours must be right."""

import io
import tracemalloc
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from datadoctor.progress import Silent
from datadoctor.stages.duplicates import DuplicatePairs
from datadoctor.stages.duplicates.candidates import unmirrored
from datadoctor.stages.duplicates.find import find
from datadoctor.stages.index import faiss as faiss_index
from datadoctor.stages.index.build import build
from tests.stages.duplicates.pictures import dataset_of, picture

Found = dict[tuple[str, str], tuple[str, float, str]]


def found_in(root: Path, images: Mapping[str, Image.Image | bytes]) -> Found:
    """(path, path) -> kind, score, difference."""
    dataset, small = dataset_of(root, images)
    pairs = find(dataset, small, build(unmirrored(small), 10, device="cpu"), progress=Silent(), device="cpu")
    return by_path(pairs, dataset.paths)


def by_path(pairs: DuplicatePairs, paths: tuple[str, ...]) -> Found:
    columns = (pairs.a.tolist(), pairs.b.tolist(), pairs.kinds, pairs.scores.tolist(), pairs.differences)
    return {(paths[a], paths[b]): (kind, score, words) for a, b, kind, score, words in zip(*columns, strict=True)}


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def test_unreadable_images_are_no_copies_of_each_other(tmp_path: Path) -> None:
    whole = encoded(picture(0), "PNG")
    files = {"a.png": whole, "b.png": whole[:500], "c.png": whole[:500], "d.png": b"", "e.png": b"", "f.png": whole}
    assert list(found_in(tmp_path, files)) == [("a.png", "f.png")]


def test_black_images_of_three_shapes_are_no_copies(tmp_path: Path) -> None:
    shapes = {
        "a.png": Image.new("RGB", (10, 20)),
        "b.png": Image.new("RGB", (20, 10)),
        "c.png": Image.new("L", (10, 60)),
    }
    assert found_in(tmp_path, shapes) == {}


def test_all_identical_images_are_one_star(tmp_path: Path) -> None:
    found = found_in(tmp_path, {f"{i:02d}.png": picture(0) for i in range(15)})
    assert list(found) == [("00.png", f"{i:02d}.png") for i in range(1, 15)]
    assert {kind for kind, _, _ in found.values()} == {"exact"}


def test_exact_copies_do_not_push_near_ones_off_the_list(tmp_path: Path) -> None:
    images = {f"p{i}.png": picture(i) for i in range(12)}
    images |= {f"x{i}-same.png": picture(i) for i in range(4)}
    images |= {f"x{i}-mirrored.png": ImageOps.mirror(picture(i)) for i in range(4, 8)}
    found = found_in(tmp_path, images)
    expected = {(f"p{i}.png", f"x{i}-same.png") for i in range(4)}
    assert set(found) == expected | {(f"p{i}.png", f"x{i}-mirrored.png") for i in range(4, 8)}


def test_what_else_is_in_the_dataset_changes_no_verdict(tmp_path: Path) -> None:
    pair = {"a.png": picture(0), "b.png": picture(0).crop((0, 0, 214, 160)), "c.png": picture(1)}
    alone = found_in(tmp_path / "alone", pair)
    among = found_in(tmp_path / "among", pair | {f"p{i}.png": picture(i) for i in range(2, 14)})
    assert alone == among
    assert list(alone) == [("a.png", "b.png")]


def test_rotation_in_the_file_is_seen(tmp_path: Path) -> None:
    turned = picture(0).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by 90 degrees clockwise
    files = {"a.png": encoded(picture(0), "PNG"), "b.png": encoded(turned, "PNG", exif=exif)}
    files |= {"c.jpg": encoded(turned, "JPEG", exif=exif, quality=60), "d.png": encoded(picture(1), "PNG")}
    found = found_in(tmp_path, files)
    assert found["a.png", "b.png"][::2] == ("exact", "same pixels, other file")
    assert found["a.png", "c.jpg"][::2] == ("near", "recompressed")
    assert len(found) == 2


def test_colours_hidden_by_transparency_do_not_count(tmp_path: Path) -> None:
    alpha = Image.new("L", (240, 180), 255)
    alpha.paste(0, (0, 0, 120, 180))
    files = {}
    for name, hidden in (("a.png", "red"), ("b.png", "blue")):
        image = picture(0)
        image.paste(hidden, (0, 0, 120, 180))
        image.putalpha(alpha)
        files[name] = encoded(image, "PNG")
    assert list(found_in(tmp_path, files)) == [("a.png", "b.png")]


def test_vectors_are_not_centred_in_place() -> None:
    vectors = np.random.default_rng(0).normal(1, 0.1, (500, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    before = vectors.copy()
    vectors.setflags(write=False)
    alone = build(vectors[:300], 1, device="cpu")
    among = build(vectors, 300, device="cpu")
    np.testing.assert_array_equal(vectors, before)
    nearest = among.rows[0].tolist().index(int(alone.rows[0, 0]))
    assert among.cosines[0, nearest] == pytest.approx(alone.cosines[0, 0], abs=1e-6)


@pytest.mark.parametrize("n", [9_000, 11_000])
@pytest.mark.parametrize("flat_up_to", [20_000, 1_000])
def test_cosines_are_not_rounded_whatever_the_size_and_the_index(
    monkeypatch: pytest.MonkeyPatch, n: int, flat_up_to: int
) -> None:
    monkeypatch.setattr(faiss_index, "FLAT_UP_TO", flat_up_to)
    vectors = np.random.default_rng(0).normal(size=(n, 24)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    across = vectors[1] - vectors[1] @ vectors[0] * vectors[0]
    # Half-precision would make .9 of this.
    vectors[1] = 0.8998 * vectors[0] + np.sqrt(1 - 0.8998**2) * across / np.linalg.norm(across)
    found = build(vectors, 5, device="cpu")
    assert found.rows[0, 0] == 1
    assert found.cosines[0, 0] == pytest.approx(0.8998, abs=2e-6)
    assert found.cosines.dtype == np.float32


def test_no_table_of_all_pairs() -> None:
    vectors = np.random.default_rng(0).normal(size=(12_000, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    tracemalloc.start()
    build(vectors, 5, device="cpu")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12_000**2 * 4 / 20


def test_different_things_before_one_plain_background_are_not_joined(tmp_path: Path) -> None:
    images = {}
    for i in range(30):
        image = Image.new("RGB", (160, 120), "white")
        image.paste(picture(i, 50, 40), (55, 40))
        images[f"{i:02d}.png"] = image
    images["x.png"] = ImageOps.mirror(images["05.png"])
    assert list(found_in(tmp_path, images)) == [("05.png", "x.png")]


def test_false_pairs_among_planted_ones_stay_below_the_nominal_share(tmp_path: Path) -> None:
    # Sixty unrelated pictures and ten copies: of what is reported at most 5 % is false.
    images = {f"p{i:03d}.png": picture(i, 96, 72) for i in range(60)}
    images |= {f"x{i:03d}.png": picture(i, 96, 72).resize((80, 60), Image.Resampling.BICUBIC) for i in range(10)}
    found = found_in(tmp_path, images)
    true = {(f"p{i:03d}.png", f"x{i:03d}.png") for i in range(10)}
    assert len(set(found) - true) <= 0.05 * len(found)
    assert len(true & set(found)) >= 9
