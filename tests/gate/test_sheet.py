"""The contact sheet: small, of what is new, and of pictures that the state knows only."""

import io
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datadoctor.cli import main
from datadoctor.findings import Finding, ItemRef, Severity
from datadoctor.gate.formats import sheet
from datadoctor.gate.judge import Verdict, judge
from datadoctor.gate.policy import read
from datadoctor.gate.state import State, of_findings
from datadoctor.stages.reading.images import Opened, read_image
from tests.gate.make import CHECKS, item, write_run

RED = np.array([200, 30, 40])


def verdict(folder: Path, n: int, side: int, noise: int = 0) -> Verdict:
    """n mislabelled pictures, red but for noise."""
    random = np.random.default_rng(0)
    (folder / "cat").mkdir()
    found = []
    for number in range(n):
        values = np.clip(RED + random.integers(-noise, noise + 1, (side, side, 3)), 0, 255).astype(np.uint8)
        path = f"cat/{number}.png"
        Image.fromarray(values).save(folder / path)
        opened = read_image(folder / path)
        assert isinstance(opened, Opened)
        picture = ItemRef(path, opened.pixel_digest, "cat")
        found.append(
            Finding("mislabel", Severity.WARNING, 0.9, "", (picture,), ("cat",), evidence={"suggested": "dog"})
        )
    state = State((), of_findings(found, {}), (), {}, source=folder)
    return judge(state, None, read(None, CHECKS, None), today=date(2026, 1, 1))


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def share_of_red(content: bytes) -> float:
    pixels = np.asarray(opened(content)).astype(int)
    return float((np.abs(pixels - RED).max(axis=2) < 10).mean())


def test_a_picture_is_shown_only_while_it_is_the_one_that_was_judged(tmp_path: Path) -> None:
    found = verdict(tmp_path, 1, 100)
    before = share_of_red(sheet.render(found))
    assert before > 0.1
    Image.new("RGB", (100, 100), (200, 30, 41)).save(tmp_path / "cat/0.png")
    assert share_of_red(sheet.render(found)) == 0
    (tmp_path / "cat/0.png").unlink()
    assert share_of_red(sheet.render(found)) == 0


def test_pictures_that_compress_badly_make_smaller_ones(tmp_path: Path) -> None:
    found = verdict(tmp_path, 40, 260, noise=120)
    content = sheet.render(found)
    assert len(content) <= sheet.MOST_BYTES
    assert opened(content).width >= sheet.COLUMNS * 64
    assert len(found.new) == 40


def test_nothing_new_is_a_sheet_too(tmp_path: Path) -> None:
    assert opened(sheet.render(verdict(tmp_path, 0, 8))).height < 100


def test_it_is_written_and_cannot_be_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_run(tmp_path / "run", [item("a.png")], [])
    assert main(["gate", str(folder), "--write", f"sheet={tmp_path / 'new.png'}"]) == 0
    assert opened((tmp_path / "new.png").read_bytes()).width > 100
    with pytest.raises(SystemExit):
        main(["gate", str(folder), "--format", "sheet"])
    with pytest.raises(SystemExit):
        main(["gate", str(folder), "--write", "shet=x.png"])
    assert "did you mean 'sheet'?" in capsys.readouterr().err
