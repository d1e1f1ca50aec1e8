"""Videos: the frames that were asked for, by numbers that their pictures show, in whatever order they are read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from datadoctor.config import Config
from datadoctor.errors import DataDoctorError
from datadoctor.sources import Listing
from datadoctor.sources.choice import list_source
from datadoctor.sources.originals import ImageFile, stamp_of
from datadoctor.sources.packed import videos
from datadoctor.stages.reading.images import Opened, read_image
from tests.sources.packs import film, in_zip


def numbered(n: int) -> list[NDArray[np.uint8]]:
    """Frames that show their numbers in ten bars, from 0."""
    frames = []
    for number in range(n):
        frame = np.full((48, 176, 3), 40, dtype=np.uint8)
        for bit in range(10):
            if number >> bit & 1:
                frame[8:40, 8 + 16 * bit : 20 + 16 * bit] = 220
        frames.append(frame)
    return frames


def shown(file: ImageFile) -> int:
    """The number that a frame shows."""
    image = read_image(file)
    assert isinstance(image, Opened), image
    light = np.asarray(image.pixels.convert("L"))
    return sum(1 << bit for bit in range(10) if light[24, 14 + 16 * bit] > 130)


def listed(root: Path, every: str | None = None, *manifest: Path) -> Listing:
    return list_source(root, Config(every=every, manifest=manifest))


def said(listing: Listing) -> list[tuple[str, str]]:
    return [(one.where, one.cause) for one in listing.problems]


@pytest.mark.parametrize("every", ["1s", "340ms", "7f"])
@pytest.mark.parametrize(
    ("name", "code", "rate"), [("a.mp4", "mp4v", 25.0), ("b.avi", "MJPG", 12.5), ("c.mkv", "mp4v", 29.97)]
)
def test_a_frame_is_the_first_at_its_time_from_the_beginning_and_by_a_jump(
    name: str, code: str, rate: float, every: str, tmp_path: Path
) -> None:
    listing = listed(film(tmp_path / name, numbered(300), code, rate), every)
    step = {"1s": 1.0, "340ms": 0.34, "7f": 7 / rate}[every]
    # Containers count milliseconds, and are right to one of them.
    times = [round(number / rate, 3) for number in range(300)]
    due = [next(n for n, at in enumerate(times) if at >= number * step - 0.001) for number in range(len(listing))]
    assert len(listing) == int((299 / rate + 0.001) / step) + 1
    assert [shown(file) for file in listing.files()] == due
    videos._reader.cache_clear()
    order = np.random.default_rng(0).permutation(len(listing)).tolist()
    assert [shown(listing.file(row)) for row in order] == [due[row] for row in order]


def test_the_video_is_the_group_and_folders_say_the_rest(tmp_path: Path) -> None:
    for path in ("train/cat/a.mkv", "train/dog/b.mkv", "test/cat/c.mkv", "test/dog/d.mkv"):
        film(tmp_path / path, numbered(5))
    listing = listed(tmp_path, "2s")
    assert listing.format == "video"
    assert listing.paths[:4] == (
        "test/cat/c.mkv#t=00000.000", "test/cat/c.mkv#t=00002.000", "test/cat/c.mkv#t=00004.000", "test/dog/d.mkv#t=00000.000",
    )  # fmt: skip
    assert list(listing.paths) == sorted(listing.paths)
    assert listing.groups[:4] == ("test/cat/c.mkv",) * 3 + ("test/dog/d.mkv",)
    assert [listing.label_name(row) for row in (0, 3, 6)] == ["cat", "dog", "cat"]
    assert [listing.splits[row] for row in (0, 3, 6)] == ["test", "test", "train"]
    assert "12 images: a frame every 2s of 4 videos (--every)" in listing.sentence()
    assert not said(listing)


def test_a_manifest_names_videos(tmp_path: Path) -> None:
    for name in ("a.mkv", "b.mkv", "c.mkv"):
        film(tmp_path / "clips" / name, numbered(3))
    (tmp_path / "labels.csv").write_text("clip,label,split\na.mkv,cat,train\nb.mkv,dog,test\n", encoding="utf-8")
    listing = listed(tmp_path / "clips", None, tmp_path / "labels.csv")
    assert [listing.label_name(row) for row in range(len(listing))] == ["cat"] * 3 + ["dog"] * 3
    assert listing.splits == ("train",) * 3 + ("test",) * 3
    assert listing.locations[3] == "labels.csv:3"
    assert said(listing)[0][0] == "c.mkv"


def test_frames_keep_their_paths_and_stamps_when_more_are_taken(tmp_path: Path) -> None:
    file = film(tmp_path / "a.mkv", numbered(9))
    few, many = listed(file, "2s"), listed(file, "1s")
    assert set(few.paths) < set(many.paths)
    both = [(few.file(row), many.file(many.paths.index(path))) for row, path in enumerate(few.paths)]
    assert all(stamp_of(one) == stamp_of(other) and shown(one) == shown(other) for one, other in both)


def test_more_frames_than_there_are_are_each_taken_once(tmp_path: Path) -> None:
    listing = listed(film(tmp_path / "a.mkv", numbered(9), rate=5.0), "10ms")
    assert [shown(file) for file in listing.files()] == list(range(9))


def test_a_damaged_video_is_one_line_and_the_others_go_on(tmp_path: Path) -> None:
    whole = film(tmp_path / "v/x/whole.avi", numbered(60), "MJPG", 5.0)
    content = whole.read_bytes()
    (tmp_path / "v/x/cut.avi").write_bytes(content[: len(content) // 2])
    (tmp_path / "v/x/empty.mp4").write_bytes(b"")
    (tmp_path / "v/x/no.mkv").write_bytes(np.random.default_rng(0).bytes(5000))
    (tmp_path / "v/x/notes.txt").write_text("x", encoding="utf-8")
    listing = listed(tmp_path / "v")
    found = dict(said(listing))
    assert found["x/empty.mp4"] == "left out: a video that cannot be read: an empty file"
    assert found["x/no.mkv"].startswith("left out: a video that cannot be read: damaged")
    assert found["x/cut.avi"].startswith("cut off, or its length is wrong: of the 12 frames")
    assert "by its extension (.txt)" in found["x/notes.txt"]
    assert len(found) == 4
    numbers = [shown(file) for file in listing.files()]
    cut = sum("cut.avi" in path for path in listing.paths)
    assert 3 <= cut <= 8
    assert numbers == [5 * number for number in (*range(cut), *range(12))]
    whole.unlink()
    (tmp_path / "v/x/cut.avi").unlink()
    with pytest.raises(
        DataDoctorError, match=r"no frame of any video can be read: x/empty\.mp4: left out: .* an empty file"
    ):
        listed(tmp_path / "v")


@pytest.mark.parametrize("every", ["3", "0s", "1h", "", "s", "-1s"])
def test_what_is_no_time_is_said(every: str, tmp_path: Path) -> None:
    film(tmp_path / "a.mkv", numbered(3))
    with pytest.raises(DataDoctorError, match="not a time; give 1s, 500ms, 2min, or 30f"):
        listed(tmp_path, every)


def test_videos_in_archives_and_beside_images_are_said(tmp_path: Path) -> None:
    film(tmp_path / "set/cat/a.mkv", numbered(3))
    with pytest.raises(DataDoctorError, match=r"set\.zip: videos in archives are not read; unpack it"):
        listed(in_zip(tmp_path / "set"))
    image = read_image(listed(tmp_path / "set").file(0))
    assert isinstance(image, Opened)
    image.pixels.save(tmp_path / "set/cat/b.png")
    listing = listed(tmp_path / "set")
    assert (listing.format, len(listing)) == ("folder", 1)
    assert "a.mkv" in str(said(listing))
    assert "--source-format video reads the frames" in str(said(listing))
    assert list_source(tmp_path / "set", Config(source_format="video")).format == "video"
