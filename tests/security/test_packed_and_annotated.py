"""Archives, tables and annotations of a stranger: the rows of SECURITY.md on them."""

from __future__ import annotations

import json
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datadoctor.config import Config
from datadoctor.errors import DataDoctorError
from datadoctor.sources.choice import list_source
from datadoctor.stages.reading.images import Unreadable, read_image

OUTSIDE = ("../secret.png", "/etc/passwd", "..\\secret.png", "a/../../secret.png")


def picture(file: Path) -> bytes:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)).save(file)
    return file.read_bytes()


def test_members_reach_no_file_and_unpack_no_more_than_they_announce(tmp_path: Path) -> None:
    content = picture(tmp_path / "secret.png")
    data = tmp_path / "data"
    data.mkdir()
    with zipfile.ZipFile(data / "set.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        for name in OUTSIDE:
            packed.writestr(name, content)
        packed.writestr("cat/a.png", content)
        packed.writestr("cat/bomb.png", b"\0" * 50_000_000)
    raw = bytearray((data / "set.zip").read_bytes())
    # The bomb says that it holds ten bytes.
    places = [place for place in range(len(raw) - 4) if raw[place : place + 4] == struct.pack("<I", 50_000_000)]
    for place in places:
        raw[place : place + 4] = struct.pack("<I", 10)
    (data / "set.zip").write_bytes(raw)
    before = sorted(tmp_path.rglob("*"))
    listing = list_source(data, Config())
    assert listing.paths == ("cat/a.png", "cat/bomb.png")
    found = read_image(listing.file(1))
    assert isinstance(found, Unreadable)
    assert "11 of 10 bytes" in found.cause
    assert sorted(tmp_path.rglob("*")) == before
    assert zlib.crc32(listing.file(0).read()) == zlib.crc32(content)  # type: ignore[union-attr] # a member


@pytest.mark.parametrize("name", OUTSIDE)
def test_annotations_open_nothing_outside_the_root(name: str, tmp_path: Path) -> None:
    picture(tmp_path / "secret.png")
    root = tmp_path / "data"
    picture(root / "images" / "a.png")
    document = {
        "images": [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": name}],
        "annotations": [{"id": n, "image_id": n, "category_id": 1, "bbox": [0, 0, 30, 30]} for n in (1, 2)],
        "categories": [{"id": 1, "name": "cat"}],
    }
    (root / "instances.json").write_text(json.dumps(document), encoding="utf-8")
    listing = list_source(root, Config())
    assert listing.paths == ("images/a.png#001",)
    (root / "instances.json").unlink()
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    xml = f"<!DOCTYPE a [<!ENTITY e0 'x'>{bomb}]><annotation><filename>{name}</filename><object><name>&e11;</name></object></annotation>"
    (root / "a.xml").write_text(xml, encoding="utf-8")
    with pytest.raises(DataDoctorError, match="it declares entities"):
        list_source(root, Config())
