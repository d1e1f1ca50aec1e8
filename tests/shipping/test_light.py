"""Light installations: the hash-only gate runs on what requirements/hook.txt lists; hook, action and Dockerfile agree with the lists."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from packaging.requirements import Requirement
from PIL import Image

from tests.sources.boxed import WRITERS, Photo, Thing

yaml = pytest.importorskip("yaml", reason="pyyaml is not installed")

ROOT = Path(__file__).parents[2]
NEEDED: dict[str, Requirement] = {
    one.name: one
    for one in map(Requirement, tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"])
}  # fmt: skip
IMPORTED_AS = {"pillow": "PIL", "pyyaml": "yaml"}
# Lets nothing be imported but Python itself, datadoctor and the named packages.
ONLY = """
import sys
from importlib.machinery import BuiltinImporter, FrozenImporter, PathFinder
class Only:
    def find_spec(self, name, path=None, target=None):
        there = name.partition(".")[0] in sys.stdlib_module_names | {allowed!r}
        return PathFinder.find_spec(name, path, target) if there else None
sys.meta_path[:] = [BuiltinImporter, FrozenImporter, Only()]
from datadoctor.cli import main
sys.exit(main(sys.argv[1:]))
"""


def requirements(name: str) -> list[str]:
    lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def light(folder: Path, *arguments: str, beside: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    hook = [Requirement(line).name for line in requirements("hook.txt")]
    allowed = {"datadoctor", *(IMPORTED_AS.get(name, name) for name in hook), *beside}
    command = [sys.executable, "-c", ONLY.format(allowed=allowed), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    with (tmp_path / "labels.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["path", "label", "split"])
        for number in range(8):
            label, split = "ab"[number % 2], "train" if number < 6 else "test"
            file = tmp_path / "data" / label / f"{number}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(rng.integers(0, 255, (32, 32, 3), dtype=np.uint8)).save(file)
            # As Windows writes paths.
            writer.writerow([f"{label}\\{number}.png", label, split])
    return tmp_path


def test_the_hook_finds_copies_leaks_and_broken_files_with_what_its_list_names(images: Path) -> None:
    command = ["gate", "data", "--hash-only", "--manifest", "labels.csv", "--format", "json"]
    assert json.loads(light(images, *command).stdout)["exit_code"] == 0
    content = (images / "data/a/0.png").read_bytes()
    (images / "data/a/6.png").write_bytes(content)
    (images / "data/b/1.png").write_bytes(content[:200])
    done = light(images, *command)
    assert done.returncode == 1, done.stderr
    found = {row["check"] for row in json.loads(done.stdout)["checks"] if row["new"]}
    assert {"split-leak", "unreadable-image"} <= found


def test_the_hook_lints_boxes(tmp_path: Path) -> None:
    photos = [Photo("a.png", "train", (Thing("cat", (10, 10, 60, 60)), Thing("dog", (10, 10, 60, 60))))]
    for name, write in WRITERS.items():
        write(tmp_path / name, photos)
        done = light(tmp_path, "gate", name, "--hash-only", "--format", "json")
        found = [one["message"] for row in json.loads(done.stdout)["checks"] for one in row["new"]]
        assert any("annotated twice, with two classes" in message for message in found), name


def test_an_image_that_the_hook_cannot_decode_is_said_with_what_mends_it(images: Path) -> None:
    deep = np.random.default_rng(0).integers(0, 2**16, (16, 16, 3), dtype=np.uint16)
    cv2.imwrite(str(images / "data/a/2.png"), deep)
    done = light(images, "gate", "data", "--hash-only")
    assert done.returncode == 1
    assert "`pip install opencv-python-headless` lets it be read" in done.stdout
    assert light(images, "gate", "data", "--hash-only", beside=("cv2",)).returncode == 0


def test_an_audit_says_what_a_light_installation_lacks(images: Path) -> None:
    done = light(images, "audit", "data", "--cache", "cache")
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1].startswith("datadoctor: the package ")
    assert "`pip install datadoctor` brings all" in done.stderr


def test_the_lists_ask_for_what_the_project_asks_for() -> None:
    for line in requirements("hook.txt"):
        one = Requirement(line)
        assert str(one) == str(NEEDED[one.name])
        assert not one.extras
    faiss, without = map(Requirement, requirements("cpu.txt"))
    assert (faiss.name, faiss.specifier, faiss.marker) == ("faiss-cpu", NEEDED["faiss-cpu"].specifier, None)
    assert without.name == "faiss-gpu"
    assert without.marker is not None
    assert not without.marker.evaluate()


def test_hook_action_and_dockerfile_use_the_lists() -> None:
    hook: Any = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))[0]
    assert hook["additional_dependencies"] == ["--no-deps", *requirements("hook.txt")]
    for file in ("action.yml", "Dockerfile", "docs/gate.md"):
        text = (ROOT / file).read_text(encoding="utf-8")
        assert "--torch-backend cpu --overrides" in text, file
        assert "requirements/cpu.txt" in text, file
