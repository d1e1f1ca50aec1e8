"""What is said of memory before anything long begins: it grows with the images and their size, up to what is kept of them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datadoctor import machine
from datadoctor.cache import ImageCache
from datadoctor.flow.estimate import BYTES_AN_IMAGE, MOST_BYTES_OF_ALL_TO_COMPARE, estimate
from datadoctor.sources.folder import list_folder
from datadoctor.stages.dataset.look import Look


def peak(folder: Path, n_images: int, side: int) -> int:
    image = Image.fromarray(np.zeros((side, side, 3), dtype=np.uint8))
    for number in range(n_images):
        file = folder / "ab"[number % 2] / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        image.save(file)
    cache = ImageCache(None)
    try:
        return estimate(list_folder(folder), None, 32, Look(), cache).peak_bytes
    finally:
        cache.close()


@pytest.mark.parametrize(("side", "kept"), [(32, 21_024), (200, 60_000), (500, 100_000)])
def test_memory_grows_by_what_is_kept_of_an_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, side: int, kept: int
) -> None:
    monkeypatch.setattr(machine, "used_memory", lambda: 0)
    few, many = peak(tmp_path / "few", 4, side), peak(tmp_path / "many", 24, side)
    assert many - few == 20 * (kept + BYTES_AN_IMAGE)


def test_memory_does_not_grow_beyond_what_is_kept_of_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "used_memory", lambda: 0)
    bare = peak(tmp_path / "images", 4, 200)
    monkeypatch.setattr("datadoctor.flow.estimate.MOST_BYTES_TO_COMPARE", MOST_BYTES_OF_ALL_TO_COMPARE)
    monkeypatch.setattr("datadoctor.flow.estimate.BYTES_TO_COMPARE", MOST_BYTES_OF_ALL_TO_COMPARE)
    assert peak(tmp_path / "images", 4, 200) - bare == MOST_BYTES_OF_ALL_TO_COMPARE - 4 * 60_000
