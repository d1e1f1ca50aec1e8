"""What cannot be read has its right cause, whatever the file is called; what is sound is read."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from datadoctor.checks import load
from datadoctor.errors import DataDoctorError
from datadoctor.stages.dataset.look import Look
from datadoctor.stages.reading.causes import LFS_POINTER, refuse_pointers
from datadoctor.stages.reading.images import Opened, Unreadable, decode, read_image
from datadoctor.stages.reading.said import of_images
from tests.shared_cases import unpacked
from tests.stages.listings import listed
from tests.stages.reading.collect import collect
from tests.stages.reading.deep_images import scene

PICTURE = Image.fromarray((scene(1) * 255).astype(np.uint8))
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 20000\n"
unreadable = load("unreadable-image")


def box(brand: bytes, *compatible: bytes) -> bytes:
    content = b"ftyp" + brand + b"\0\0\0\0" + b"".join(compatible)
    return struct.pack(">I", len(content) + 4) + content + b"\0" * 200


def encoded(kind: str, **settings: object) -> bytes:
    stream = io.BytesIO()
    PICTURE.save(stream, kind, **settings)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "said_"),
    [
        (
            box(b"heic", b"mif1", b"heic"),
            "a file of HEIC, whatever its name says: `pip install pillow-heif` lets it be read",
        ),
        (box(b"mif1", b"heic"), "pillow-heif"),
        (box(b"msf1", b"hevc"), "pillow-heif"),
        (b"\xff\x0a" + b"\0" * 99, "a file of JPEG XL, whatever its name says: `pip install imagecodecs`"),
        (b"\0\0\0\x0cJXL \r\n\x87\n" + b"\0" * 99, "imagecodecs"),
        (POINTER % (b"0" * 64), "a Git LFS pointer, not the image itself: run `git lfs pull`"),
        (box(b"isom", b"mp41"), "not an image, or of a format that is not supported"),
        (b"version 2 of my notes", "not an image"),
    ],
)
def test_the_content_says_what_it_is(content: bytes, said_: str) -> None:
    found = decode(content)
    assert isinstance(found, Unreadable)
    assert said_ in found.cause


def test_avif_is_read_under_any_name(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(encoded("AVIF"))
    assert isinstance(read_image(tmp_path / "photo.jpg"), Opened)


def text_chunks(kind: str) -> bytes:
    notes = PngInfo()
    if kind == "one of two megabytes":
        notes.add_text("parameters", "x" * 2_000_000, zip=True)
    elif kind == "a hundred":
        for number in range(100):
            notes.add_itxt(f"key{number}", "y" * 900_000, zip=True)
    else:
        return encoded("PNG", icc_profile=bytes(3_000_000))
    return encoded("PNG", pnginfo=notes)


@pytest.mark.parametrize("kind", ["one of two megabytes", "a hundred", "a large profile"])
def test_a_sound_png_with_much_besides_the_picture_is_read(kind: str) -> None:
    plain, found = decode(encoded("PNG")), decode(text_chunks(kind))
    assert isinstance(found, Opened)
    assert isinstance(plain, Opened)
    assert found.pixel_digest == plain.pixel_digest


def test_a_damaged_png_with_much_text_stays_damaged() -> None:
    content = text_chunks("one of two megabytes")
    place = content.index(b"IDAT")
    found = decode(content[: place + 40] + b"\0\0\0\0" + content[place + 44 :])
    assert isinstance(found, Unreadable)
    assert "PNG" in found.cause


@pytest.mark.parametrize(("size", "most"), [((300, 200), 59_999), ((30_000, 10_000), 10**8)])
def test_images_above_the_limit_name_it_and_what_reads_them(size: tuple[int, int], most: int) -> None:
    stream = io.BytesIO()
    Image.new("1", size).save(stream, "PNG")
    found = decode(stream.getvalue(), Look(most_pixels=most))
    assert isinstance(found, Unreadable)
    assert found.cause.startswith("too large: ")
    assert f"at most {most:,} pixels are decoded: --max-pixels {size[0] * size[1]} reads it" in found.cause
    if size == (300, 200):
        assert isinstance(decode(stream.getvalue(), Look(most_pixels=60_000)), Opened)


def folder_of(root: Path, contents: dict[str, bytes]) -> Path:
    root.mkdir(exist_ok=True)
    for name, content in contents.items():
        (root / name).write_bytes(content)
    return root


def test_pointers_and_a_format_are_one_finding_each(tmp_path: Path) -> None:
    pointers = {f"{i}.png": POINTER % (str(i) * 64).encode() for i in range(5)}
    heic = {f"{i}.heic": box(b"heic", str(i).encode() * 4) for i in range(3)}
    root = folder_of(tmp_path, pointers | heic | {"good.png": encoded("PNG"), "bad.png": b"no", "worse.png": b""})
    listing = listed(root)
    images = collect(read_image(root / path) for path in listing.paths)
    findings = list(unreadable.find(listing=listing, images=images))
    assert sorted(len(finding.items) for finding in findings) == [1, 1, 3, 5]
    messages = " ".join(finding.message for finding in findings)
    assert "5 images cannot be read, each a Git LFS pointer, not the image itself: run `git lfs pull`." in messages
    assert "3 images cannot be read, each a file of HEIC" in messages
    told: list[str] = []
    of_images(images, told.append)
    assert told == ["5 of 11 images are Git LFS pointers, not images, and are left out: run `git lfs pull`"]
    with pytest.raises(DataDoctorError, match="5 images are Git LFS pointers"):
        refuse_pointers(images.errors, "data")


@pytest.mark.shared
def test_the_cases(tmp_path: Path) -> None:
    case = unpacked("git_lfs_pointers", tmp_path)
    every = collect(read_image(file) for file in sorted((case / "data").rglob("*.png")))
    assert set(every.errors) == {LFS_POINTER}
    with pytest.raises(DataDoctorError, match="all 24 images are Git LFS pointers, not images: run `git lfs pull`"):
        of_images(every, print)
    some = collect(read_image(file) for file in sorted((case / "some").rglob("*.png")))
    assert (some.errors.count(LFS_POINTER), int(some.readable.sum())) == (8, 16)
    large = unpacked("png_with_big_metadata", tmp_path)
    assert collect(read_image(file) for file in sorted((large / "data").rglob("*.png"))).readable.all()


ODD = """
import sys, numpy as np, struct, io
from pathlib import Path
from PIL import Image
from datadoctor.stages.reading.images import decode
from tests.stages.reading.deep_images import bands
content = bands(np.zeros((8, 8, 13), np.uint8))
for content in (content, content[:-100], b"II*\\0" + bytes(range(200)), Path(sys.argv[1]).read_bytes()):
    decode(content)
"""


def test_what_pil_and_tifffile_think_of_odd_files_never_reaches_the_terminal(tmp_path: Path) -> None:
    stream = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "x" * 500
    PICTURE.save(stream, "JPEG", exif=exif)
    content = stream.getvalue()
    place = content.index(b"x" * 500)
    (tmp_path / "odd.jpg").write_bytes(content[: place - 30] + zlib.compress(b"junk") + content[place - 10 :])
    done = subprocess.run(
        [sys.executable, "-c", ODD, str(tmp_path / "odd.jpg")], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
