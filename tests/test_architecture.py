"""docs/architecture.md is true: its picture is the one that the code draws, and what it says to write is enough."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def datadoctor(folder: Path, *arguments: str, plugins: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DATADOCTOR_PLUGINS": str(plugins or "")}
    command = [sys.executable, "-m", "datadoctor", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the page, where it says they go."""
    folder = tmp_path_factory.mktemp("plugins")
    for block in blocks("python"):
        name = block.partition("\n")[0].removeprefix("# ")
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(block, encoding="utf-8")
    assert {path.parent.name for path in folder.rglob("*.py")} == {"checks", "stages", "sources"}
    return folder


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """12 grey images and a red one, in a list that the plugin reads."""
    random = np.random.default_rng(0)
    lines = []
    for number in range(13):
        pixels = random.integers(0, 256, (16, 16, 1)).repeat(3, axis=2)
        if number == 7:
            pixels[..., 1:] = 0
        Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / f"{number:02d}.png")
        lines.append(f"{'even' if number % 2 == 0 else 'odd'} {number:02d}.png")
    (tmp_path / "list.txt").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path


def test_the_picture_is_the_one_that_the_code_draws(tmp_path: Path) -> None:
    assert blocks("mermaid") == [datadoctor(tmp_path, "stages", "--graph").stdout], "datadoctor stages --graph"


def test_the_files_it_names_are_there() -> None:
    for folder in re.findall(r"\| `(datadoctor/[a-z_/]+)/<", PAGE):
        assert (ROOT / folder).is_dir(), folder
    for test in re.findall(r"`(tests/[a-z_/]+\.py)`", PAGE):
        assert (ROOT / test).is_file(), test


def test_a_check_a_stage_and_a_source_are_a_file_each(plugins: Path, images: Path) -> None:
    settings = ("--model", "filters", "--select", "too-red", "--out", "run", "--cache", "cache")
    done = datadoctor(images, "audit", "list.txt", *settings, plugins=plugins)
    assert done.returncode == 0, done.stderr
    summary = json.loads((images / "run" / "summary.json").read_text(encoding="utf-8"))
    (check,) = summary["checks"]
    assert (check["check"], check["title"], check["findings"]) == ("too-red", "Red images", 1)
    assert summary["dataset"]["class_counts"] == {"even": 7, "odd": 6}
    assert "07.png" in (images / "run" / "findings.csv").read_text(encoding="utf-8")
    costs = datadoctor(images, "stages", "run", plugins=plugins).stdout
    assert re.search(r"^redness +\d+\.\d s, \d+\.\d s of processors +\(n,\) share of red", costs, re.MULTILINE)


def test_without_the_plugins_nothing_of_them_is_known(images: Path) -> None:
    assert "too-red" not in datadoctor(images, "checks").stdout
    assert datadoctor(images, "audit", "list.txt", "--out", "run").returncode == 2
