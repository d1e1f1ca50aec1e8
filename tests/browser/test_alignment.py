"""Duplicates of a crop: the comparison lays it where it was cut out."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from datadoctor import report
from datadoctor.run import Run
from tests.browser.chromium import Browser
from tests.browser.conftest import SCREENSHOTS
from tests.report.make_run import Spec, build

pytestmark = pytest.mark.browser
CUT = (40, 20, 136, 92)  # of 160 x 120: 36 %


def scene(seed: int) -> Image.Image:
    noise = np.random.default_rng(seed).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((160, 120), Image.Resampling.BICUBIC)


def encoded(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=95)
    return stream.getvalue()


def caption(browser: Browser) -> str:
    browser.click("[data-mode=difference]")
    browser.wait("document.querySelector('dialog.compare canvas')")
    return str(browser.run("document.querySelector('dialog.compare figure').textContent"))


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_crop_is_laid_where_it_was_cut_out(browser: Browser, tmp_path: Path, mirrored: bool) -> None:
    thumbnail = build(tmp_path, Spec(items=40, duplicate_sets=2))
    run = Run(tmp_path)
    digests = run.items.set_index("path")["digest"]
    near = run.duplicates[run.duplicates["kind"] == "near"].head(1)
    words = "mirrored, cropped to 36 %" if mirrored else "cropped to 36 %"
    near.assign(difference=words, figure_overlap_a=0.36, figure_overlap_b=1.0).to_parquet(
        tmp_path / "duplicates.parquet"
    )
    path_a, path_b = near["path_a"].item(), near["path_b"].item()
    crop = scene(1).crop(CUT).resize((160, 120))
    copy = ImageOps.mirror(crop) if mirrored else crop
    for pictured, said in ((copy, "laid onto the first where the two match"), (scene(2), "could not be laid")):
        pictures: dict[str, bytes] = {digests[path_a]: encoded(scene(1)), digests[path_b]: encoded(pictured)}

        def pictured_as(digest: str, known: dict[str, bytes] = pictures) -> bytes | None:
            return known.get(digest) or thumbnail(digest)

        report.write(Run(tmp_path), pictured_as, tmp_path / "report.html")
        browser.open(tmp_path / "report.html", "#duplicates")
        browser.click(".set header .button")
        text = caption(browser)
        browser.screenshot(SCREENSHOTS / f"aligned-{'mirrored' if mirrored else 'crop'}-{pictured is copy}.png")
        assert said in text
        assert ("mirrored back" in text) is (mirrored and pictured is copy)
        differing = float(text.partition("%")[0].strip("<\u00a0"))
        assert differing < 10 if pictured is copy else differing > 50
