"""Small datasets, from a seed."""

from __future__ import annotations

import io
import os
import random
from pathlib import Path

import numpy as np

from fixtures.textures import picture
from tests.campaign.program import damages

KINDS = {"PNG": "png", "JPEG": "jpg", "GIF": "gif", "BMP": "bmp", "TIFF": "tif", "WEBP": "webp", "PPM": "ppm"}
NAMES = (
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "=cmd|' calc'!A0", "@SUM(1+1)", "{{7*7}}", "$(id)",
    "`id`", "; rm -rf x", "a\nb", "a\tb", "\x1b[31mred", "%s%n", "-rf", "ünï 日本 🦆", "\u202egnp", "a'b\"c", "con", "a,b;c|d",
)  # fmt: skip


def clean(folder: Path, seed: int, per_class: int = 20) -> Path:
    """Two classes of textures, a pair of copies and one image in the wrong class."""
    random_ = np.random.default_rng(seed)
    for name in ("stripes", "spots"):
        (folder / name).mkdir(parents=True)
        for number in range(per_class):
            picture(name, random_).save(folder / name / f"{number:03d}.png")
    (folder / "spots" / "copy.png").write_bytes((folder / "spots" / "000.png").read_bytes())
    picture("stripes", random_).save(folder / "spots" / "wrong.png")
    return folder


def malformed(folder: Path, seed: int, count: int) -> set[str]:
    """So many damaged files of every kind, and a sound image for each ten of them; returns the paths of the sound ones."""
    chance, random_ = random.Random(seed), np.random.default_rng(seed)
    made, sound = 0, set()
    while made < count:
        kind, extension = chance.choice(list(KINDS.items()))
        buffer = io.BytesIO()
        picture(chance.choice(("stripes", "spots")), random_).save(buffer, kind)
        class_ = folder / chance.choice("ab")
        class_.mkdir(parents=True, exist_ok=True)
        for content in damages(buffer.getvalue(), chance):
            (class_ / f"{made:05d}.{chance.choice([extension, *KINDS.values()])}").write_bytes(content)
            made += 1
        if made % 10 < 7:
            (class_ / f"sound{made:05d}.{extension}").write_bytes(buffer.getvalue())
            sound.add(f"{class_.name}/sound{made:05d}.{extension}")
    return sound


def hostile(folder: Path, seed: int) -> int:
    """Images whose names, and whose folders' names, are made to be run by something; returns how many."""
    random_ = np.random.default_rng(seed)
    for number, name in enumerate(NAMES):
        class_ = folder / NAMES[number % 4]
        class_.mkdir(parents=True, exist_ok=True)
        picture("spots", random_).save(class_ / f"{name}.png".replace("/", "∕"), "PNG")
    raw = os.fsencode(folder / NAMES[0]) + b"/caf\xe9.png"
    Path(os.fsdecode(raw)).write_bytes(next(folder.rglob("*.png")).read_bytes())
    return len(NAMES) + 1
