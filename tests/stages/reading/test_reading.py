import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datadoctor.cache import ImageCache
from datadoctor.progress import Silent
from datadoctor.stages.embeddings.extractor import Extractor
from datadoctor.stages.reading.images import Opened, read_image
from datadoctor.stages.reading.read import Reading, read
from datadoctor.stages.reading.sizes import small_side, typical_short_side
from tests.stages.listings import listed, tiny_extractor, write_images


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return tiny_extractor()


def run(root: Path, work: Path, extractor: Extractor | None, *, workers: int = 2, out: str = "out") -> Reading:
    cache = ImageCache(work / "cache")
    try:
        return read(listed(root), extractor, cache=cache, out=work / out, progress=Silent(), workers=workers)
    finally:
        cache.close()


def test_rows_are_the_readable_images_in_listing_order(tmp_path: Path, extractor: Extractor) -> None:
    write_images(tmp_path / "a", 5)
    (tmp_path / "a" / "001b.png").write_bytes(b"not an image")
    (tmp_path / "a" / "002b.png").symlink_to(tmp_path / "nowhere")
    found = run(tmp_path / "a", tmp_path, extractor)
    assert found.images.readable.tolist() == [True, True, False, True, False, True, True]
    assert [bool(error) for error in found.images.errors] == (~found.images.readable).tolist()
    assert found.vectors is not None
    assert found.vectors.shape[0] == found.small.shape[0] == 5
    for row, name in enumerate(["000", "001", "002", "003", "004"]):
        opened = read_image(tmp_path / "a" / f"{name}.png")
        assert isinstance(opened, Opened)
        batch = np.zeros((extractor.batch_size, extractor.side, extractor.side, 3), dtype=np.uint8)
        batch[0] = np.asarray(opened.pixels.resize((extractor.side,) * 2, Image.Resampling.BICUBIC, reducing_gap=3.0))
        vectors, views = extractor.embed_views(batch)
        np.testing.assert_array_equal(found.vectors[row], vectors[0])
        assert found.views is not None
        np.testing.assert_array_equal(found.views[row], views[0])
        expected = opened.pixels.resize((found.small.shape[1],) * 2, Image.Resampling.BILINEAR, reducing_gap=3.0)
        np.testing.assert_array_equal(found.small[row], np.asarray(expected))
        assert found.thumbnails.get(opened.digest)


def test_a_second_run_opens_and_embeds_nothing(tmp_path: Path, extractor: Extractor) -> None:
    write_images(tmp_path / "a", 70)
    (tmp_path / "a" / "zero.png").write_bytes(b"")
    first = run(tmp_path / "a", tmp_path, extractor)
    assert (first.decoded, first.embedded) == (71, 70)
    second = run(tmp_path / "a", tmp_path, extractor, out="again")
    assert (second.decoded, second.embedded) == (0, 0)
    assert first.images.digests == second.images.digests
    assert first.images.errors == second.images.errors
    np.testing.assert_array_equal(first.images.quality["contrast"], second.images.quality["contrast"])
    for name in ("network.npy", "views.npy", "small.npy"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_only_what_changed_is_embedded_again(tmp_path: Path, extractor: Extractor) -> None:
    write_images(tmp_path / "a", 100)
    first = run(tmp_path / "a", tmp_path, extractor)
    before = np.array(first.vectors)
    Image.new("RGB", (70, 60), "red").save(tmp_path / "a" / "050.png")
    second = run(tmp_path / "a", tmp_path, extractor)
    assert (second.decoded, second.embedded) == (1, 1)
    assert second.vectors is not None
    same = (second.vectors == before).all(axis=1)
    assert np.flatnonzero(~same).tolist() == [50]


def test_identical_files_are_embedded_once(tmp_path: Path, extractor: Extractor) -> None:
    write_images(tmp_path / "a", 3)
    # One copy in the batch of the original, one in a later batch.
    shutil.copy(tmp_path / "a" / "000.png", tmp_path / "a" / "000copy.png")
    write_images(tmp_path / "a" / "more", 70, seed=1)
    shutil.copy(tmp_path / "a" / "000.png", tmp_path / "a" / "z.png")
    found = run(tmp_path / "a", tmp_path, extractor)
    assert (found.decoded, found.embedded) == (75, 73)
    assert found.vectors is not None
    np.testing.assert_array_equal(found.vectors[0], found.vectors[1])
    np.testing.assert_array_equal(found.vectors[0], found.vectors[-1])


def test_another_extractor_does_not_reuse_vectors(tmp_path: Path, extractor: Extractor) -> None:
    write_images(tmp_path / "a", 3)
    run(tmp_path / "a", tmp_path, extractor)
    assert run(tmp_path / "a", tmp_path, tiny_extractor(side=80)).embedded == 3


def test_a_row_does_not_depend_on_the_others_in_its_batch(extractor: Extractor) -> None:
    rng = np.random.default_rng(0)
    batch = rng.integers(0, 256, (extractor.batch_size, extractor.side, extractor.side, 3), dtype=np.uint8)
    order = rng.permutation(len(batch))
    np.testing.assert_array_equal(extractor.embed(batch)[order], extractor.embed(batch[order]))
    alone = np.zeros_like(batch)
    alone[0] = batch[17]
    of_one, of_all = extractor.embed_views(alone), extractor.embed_views(batch)
    np.testing.assert_array_equal(of_one[0][0], of_all[0][17])
    np.testing.assert_array_equal(of_one[1][0], of_all[1][17])


def test_without_an_extractor_only_small_images_are_made(tmp_path: Path) -> None:
    write_images(tmp_path / "a", 4)
    found = run(tmp_path / "a", tmp_path, None)
    assert found.vectors is None
    assert not (tmp_path / "out" / "network.npy").exists()
    assert run(tmp_path / "a", tmp_path, None).decoded == 0


def test_nothing_readable(tmp_path: Path, extractor: Extractor) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.png").write_bytes(b"x")
    found = run(tmp_path / "a", tmp_path, extractor)
    assert found.vectors is not None
    assert found.vectors.shape == (0, extractor.stages[-1].stop)
    assert len(found.small) == 0


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    root = tmp_path / "a"
    write_images(root, 1)
    (root / "000.png").rename(root / os.fsdecode(b"\xff.png"))
    listing = listed(tmp_path / "none")
    assert len(listing) == 0
    name = "\\xff.png"
    source = type(listing)(
        root, (name,), np.zeros(1, dtype=np.int32), ("a",), ("",), ("",), names_on_disk={name: b"\xff.png"}
    )  # fmt: skip
    for expected in (1, 0):
        cache = ImageCache(tmp_path / "cache")
        found = read(source, None, cache=cache, out=tmp_path / "out", progress=Silent())
        assert found.images.readable.all()
        assert found.decoded == expected


@pytest.mark.parametrize(("side", "expected"), [(8, 16), (28, 28), (40, 40), (300, 48)])
def test_small_side_follows_the_images(tmp_path: Path, side: int, expected: int) -> None:
    write_images(tmp_path, 3, side)
    assert typical_short_side(listed(tmp_path)) == side
    assert small_side(listed(tmp_path)) == expected


class Interrupting(Silent):
    """A progress that presses Ctrl-C after some images."""

    def __init__(self, after: int) -> None:
        self.left = after

    @contextmanager
    def stage(self, title, total):  # type: ignore[no-untyped-def]
        def advance(steps: int) -> None:
            self.left -= steps
            if self.left < 0:
                raise KeyboardInterrupt

        yield advance


def test_ctrl_c_leaves_a_cache_to_continue_from(tmp_path: Path, extractor: Extractor) -> None:
    write_images(tmp_path / "a", 150)
    cache = ImageCache(tmp_path / "cache")
    with pytest.raises(KeyboardInterrupt):
        read(listed(tmp_path / "a"), extractor, cache=cache, out=tmp_path / "out", progress=Interrupting(130))
    cache.close()
    assert not (tmp_path / "out" / "network.npy").exists()
    found = run(tmp_path / "a", tmp_path, extractor)
    assert (found.decoded, found.embedded) == (150 - 128, 150 - 128)


KILLED = """
import sys
from pathlib import Path
import tests.stages.reading.test_reading as here
work = Path(sys.argv[1])
print("ready", flush=True)
here.run(work / "a", work, here.tiny_extractor())
print("done", flush=True)
"""


def test_a_killed_run_continues_to_the_same_bytes(tmp_path: Path, extractor: Extractor) -> None:
    write_images(tmp_path / "a", 300)
    whole = run(tmp_path / "a", tmp_path / "uninterrupted", extractor)
    assert whole.embedded == 300
    reused = []
    for number, seconds in enumerate((0.1, 0.4, 0.8)):
        work = tmp_path / f"killed{number}"
        work.mkdir()
        (work / "a").symlink_to(tmp_path / "a")
        process = subprocess.Popen([sys.executable, "-c", KILLED, str(work)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        found = run(work / "a", work, extractor)
        reused.append(300 - found.embedded)
        for name in ("network.npy", "small.npy"):
            assert (work / "out" / name).read_bytes() == (tmp_path / "uninterrupted" / "out" / name).read_bytes()
        assert found.images.pixel_digests == whole.images.pixel_digests
    assert all(count % extractor.batch_size == 0 or count == 300 for count in reused)
