"""End to end: a real git repository of real photographs, its base audited and baselined, and pull requests against it."""

import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

SHARED = Path(__file__).parents[3] / "shared"
CLASSES = ("airplanes", "Motorbikes", "grand_piano", "ketch")
N_TRAIN, N_TEST = 30, 8

pytestmark = [
    pytest.mark.shared,
    pytest.mark.slow,
    pytest.mark.skipif(not (SHARED / "data/caltech44/images.tar").is_file(), reason="../shared/data is not there"),
]


class Repository:
    """A git repository with ``data/<split>/<class>/`` of photographs, and others of the same classes outside it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.spare = folder / "repo", folder / "spare"
        self.cache = folder / "cache"
        self.weights = sorted((SHARED / "weights").glob("squeezenet1_0*.pth"))
        self.kept: dict[str, list[str]] = {}
        for name, images in _photographs(folder).items():
            for number, image in enumerate(images):
                split = "train" if number < N_TRAIN else "test" if number < N_TRAIN + N_TEST else ""
                target = self.folder / "data" / split / name if split else self.spare / name
                target.mkdir(parents=True, exist_ok=True)
                shutil.move(image, target / image.name)
        self.git("init", "--quiet", "--initial-branch=main")
        self.audit()
        self.datadoctor(
            "gate", str(folder / "run"), "--write-baseline", ".datadoctor/baseline.jsonl", "--cache", str(self.cache)
        )
        self.commit("base")

    def audit(self) -> None:
        weights = (
            ["--model", "squeezenet1_0", "--weights", str(self.weights[0])] if self.weights else ["--model", "filters"]
        )
        out = ["--out", str(self.folder.parent / "run"), "--cache", str(self.cache)]
        self.datadoctor("audit", "data", *weights, *out)

    def git(self, *arguments: str) -> None:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *identity, *arguments], cwd=self.folder, check=True, capture_output=True)

    def commit(self, message: str) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)

    def datadoctor(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "datadoctor", *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1, 2, 3), done.stderr
        return done

    def gate(self, *options: str) -> tuple[int, dict[str, Any]]:
        weights = ["--weights", str(self.weights[0])] if self.weights else []
        base = ["--baseline", ".datadoctor/baseline.jsonl", "--cache", str(self.cache), *weights]
        done = self.datadoctor("gate", "data", *base, "--format", "json", *options)
        return done.returncode, json.loads(done.stdout) if done.stdout.startswith("{") else {"error": done.stderr}

    def files(self, place: str) -> list[Path]:
        return sorted((self.folder / "data" / place).iterdir())

    def add(self, source: Path, place: str) -> None:
        shutil.copy(source, self.folder / "data" / place / f"new-{source.name}")


def _photographs(folder: Path) -> dict[str, list[Path]]:
    """Photographs by their true class."""
    with tarfile.open(SHARED / "data/caltech44/images.tar") as archive:
        archive.extractall(folder / "all")
    found: dict[str, list[Path]] = {name: [] for name in CLASSES}
    for line in (SHARED / "data/caltech44/truth.csv").read_text(encoding="utf-8").splitlines()[1:]:
        path, given, true, noise = line.split(",")[:4]
        if true in found and given == true and not noise and len(found[true]) < N_TRAIN + N_TEST + 10:
            found[true].append(folder / "all" / path)
    return found


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository(tmp_path_factory.mktemp("gate"))


@pytest.fixture
def repository(base: Repository) -> Repository:
    """The repository on a fresh branch from the base."""
    base.git("checkout", "--quiet", "--force", "-B", "change", "main")
    base.git("clean", "--quiet", "-d", "--force")
    return base


def new(verdict: dict[str, Any]) -> dict[str, int]:
    return {row["check"]: len(row["new"]) for row in verdict["checks"] if row["new"]}


def test_a_fresh_checkout_of_the_base_passes(repository: Repository) -> None:
    code, verdict = repository.gate()
    assert (code, new(verdict), sum(verdict["delta"].values())) == (0, {}, 0)


def test_clean_images_pass(repository: Repository) -> None:
    # Not motorbikes and pianos: their product photos are nearly the same, in both splits, and the gate rightly says so.
    for name in ("airplanes", "ketch"):
        for image in sorted((repository.spare / name).iterdir())[:5]:
            repository.add(image, f"train/{name}")
    repository.commit("clean images")
    code, verdict = repository.gate()
    assert (code, verdict["delta"]["added"]) == (0, 10)
    assert "mislabel" not in new(verdict)


def test_mislabelled_images_block(repository: Repository) -> None:
    for image in sorted((repository.spare / "airplanes").iterdir())[:5]:
        repository.add(image, "train/grand_piano")
    code, verdict = repository.gate("--write=sarif=gate.sarif", "--write=markdown=gate.md")
    assert code == 1
    assert new(verdict)["mislabel"] >= 4
    assert (repository.folder / "gate.md").read_text(encoding="utf-8").startswith("## ❌")
    assert len(json.loads((repository.folder / "gate.sarif").read_text(encoding="utf-8"))["runs"][0]["results"]) >= 4


def test_a_leak_into_test_blocks_also_when_it_was_resized(repository: Repository) -> None:
    repository.add(repository.files("train/ketch")[0], "test/ketch")
    other = repository.files("train/ketch")[1]
    with Image.open(other) as image:
        image.resize((image.width * 2 // 3, image.height * 2 // 3)).save(
            repository.folder / "data/test/ketch/new-small.png"
        )
    code, verdict = repository.gate()
    assert code == 1
    assert new(verdict)["split-leak"] == 2


def test_a_duplicate_with_another_label_blocks(repository: Repository) -> None:
    repository.add(repository.files("train/ketch")[0], "train/airplanes")
    code, verdict = repository.gate()
    assert code == 1
    assert new(verdict)["conflicting-duplicate"] == 1


def test_relabelling_wrongly_blocks_and_back_again_passes(repository: Repository) -> None:
    moved = repository.files("train/Motorbikes")[3:6]
    for image in moved:
        image.rename(repository.folder / "data/train/ketch" / image.name)
    repository.commit("relabelled")
    code, verdict = repository.gate()
    assert code == 1
    assert verdict["delta"]["relabelled"] == 3
    assert new(verdict)["mislabel"] >= 2
    for image in moved:
        (repository.folder / "data/train/ketch" / image.name).rename(image)
    assert repository.gate()[0] == 0


def test_deleting_renaming_and_shuffling_pass(repository: Repository) -> None:
    for image in repository.files("train/Motorbikes")[:3]:
        image.unlink()
    names = repository.files("train/ketch")
    for image in names:
        image.rename(image.with_name(f"tmp-{image.name}"))
    for old, image in zip(reversed(names), names, strict=True):
        old.with_name(f"tmp-{old.name}").rename(image)
    code, verdict = repository.gate()
    assert (code, new(verdict)) == (0, {})
    assert verdict["delta"]["removed"] == 3
    assert verdict["delta"]["renamed"] > 20


def test_findings_on_old_images_stay_whatever_is_added(repository: Repository) -> None:
    before = {row["check"]: row["existing"] for row in repository.gate()[1]["checks"]}
    for image in sorted((repository.spare / "ketch").iterdir()):
        repository.add(image, "train/airplanes")
    after = {row["check"]: row["existing"] for row in repository.gate()[1]["checks"]}
    assert after == before


def test_missing_frozen_calibration_is_2_and_no_pass(repository: Repository, tmp_path: Path) -> None:
    repository.files("train/ketch")[0].unlink()
    code, verdict = repository.gate("--cache", str(tmp_path))
    assert code == 2
    assert "refresh the baseline" in verdict["error"]


def test_missing_weights_are_3(repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    weights = SHARED / "weights" / "squeezenet1_0_imagenet.pth"
    run, cache = str(tmp_path / "run"), ["--cache", str(tmp_path / "cache")]
    seen = ["--model", "squeezenet1_0", "--weights", str(weights)]
    assert repository.datadoctor("audit", "data", *seen, "--out", run, *cache).returncode == 0
    base = str(tmp_path / "baseline.jsonl")
    assert repository.datadoctor("gate", run, "--write-baseline", base, *cache).returncode == 0
    assert repository.datadoctor("gate", "data", "--baseline", base, *cache, *seen[2:]).returncode == 0
    # Without them nothing new can be judged; that there is nothing new is seen all the same.
    assert repository.datadoctor("gate", "data", "--baseline", base, *cache).returncode == 0
    repository.add(next((repository.spare / "ketch").iterdir()), "train/ketch")
    assert repository.datadoctor("gate", "data", "--baseline", base, *cache).returncode == 3


def test_hashes_alone_find_copies_leaks_and_broken_files(repository: Repository) -> None:
    repository.add(repository.files("train/ketch")[0], "test/ketch")
    repository.add(repository.files("train/ketch")[1], "train/airplanes")
    (repository.folder / "data/train/ketch/new-broken.jpg").write_bytes(b"\xff\xd8\xff")
    base = ["--baseline", ".datadoctor/baseline.jsonl", "--hash-only", "--format", "json"]
    done = repository.datadoctor("gate", "data", *base)
    assert done.returncode == 1
    found = new(json.loads(done.stdout))
    assert {name: found.get(name) for name in ("split-leak", "conflicting-duplicate", "unreadable-image")} == {
        "split-leak": 1,
        "conflicting-duplicate": 1,
        "unreadable-image": 1,
    }
    assert "mislabel" not in found
