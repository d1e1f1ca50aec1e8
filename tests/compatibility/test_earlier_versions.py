"""What earlier versions wrote is read by this one, or refused with the command that makes it anew."""

import json
import shutil
import warnings
from pathlib import Path

import pytest

from datadoctor.cache import FILE_NAME, ImageCache, pruning
from datadoctor.run import Run
from tests.run.whole import called

HERE = Path(__file__).parent
VERSIONS = sorted(one.name for one in HERE.glob("v*"))


@pytest.fixture(params=VERSIONS)
def old(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what a version left, as the current folder: what it wrote names files from there."""
    folder = Path(shutil.copytree(HERE / request.param, tmp_path / "old"))
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user-cache"))
    return folder


def test_its_run_is_read_by_every_command(old: Path) -> None:
    for call in (
        ["explain", "run", "train/spots/01.png"],
        ["queue", "run"],
        ["changes", "run", "run"],
        ["audit-sample", "run"],
        ["stages", "run"],
    ):
        ended = called(call)
        assert ended.code == 0, (call, ended)
    ended = called(["gate", "run", "--baseline", "baseline.jsonl"])
    assert ended.code in (0, 3), ended  # 3: checks that could not judge so few images
    assert "0 new" in ended.told or "no image changed" in ended.told


def test_its_run_holds_what_it_held(old: Path) -> None:
    run = Run(old / "run")
    assert (len(run.items), len(run.findings)) == (49, 7)
    assert run.summary["versions"]["datadoctor"] == run.summary["created_with"].split()[1]
    assert run.arrays("neighbours")["rows"].shape[0] == 49
    assert run.array("pred_probs").shape == (49, 3)


def test_its_baseline_judges_the_dataset(old: Path) -> None:
    ended = called(["gate", "images", "--baseline", "baseline.jsonl", "--hash-only", "--json"])
    assert ended.code in (0, 1), ended
    told = json.loads(ended.told)
    assert not any(one["new"] for one in told["checks"])


def test_its_log_is_taken_back_byte_for_byte(old: Path) -> None:
    before = (old / "labels.csv").read_text()
    assert "train/rings/copy.png,spots" in before
    call = ["apply", "--undo", "records/corrections.jsonl", "--source", "images", "--manifest", "labels.csv", "--write"]
    ended = called(call)
    assert ended.code == 0, ended
    assert (old / "labels.csv").read_text() == before.replace(
        "train/rings/copy.png,spots", "train/rings/copy.png,rings"
    )


def test_its_cache_is_used_and_pruned(old: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # of a cache that is set aside
        cache = ImageCache(old / "cache")
        cache.close()
    entries = {one.kind: one.entries for one in pruning.kinds(old / "cache")}
    assert entries["facts"] == 48
    assert pruning.prune(old / "cache", 1) > 0
    assert [one.name for one in (old / "cache").glob("*damaged*")] == []
    assert (old / "cache" / FILE_NAME).is_file()


@pytest.mark.parametrize("name", ["summary.json", "hierarchy.json"])
def test_a_run_of_a_later_version_is_refused_with_what_to_do(old: Path, name: str) -> None:
    file = old / "run" / name
    file.write_text(file.read_text().replace("@1", "@2", 1))
    ended = called(["explain", "run", "train/spots/01.png"])
    assert ended.code == 2
    assert "@2" in ended.said
    assert "run the audit again" in ended.said


def test_a_baseline_of_a_later_version_is_refused_with_what_to_do(old: Path) -> None:
    file = old / "baseline.jsonl"
    file.write_text(file.read_text().replace("@1", "@2", 1))
    ended = called(["gate", "run", "--baseline", "baseline.jsonl"])
    assert ended.code == 2
    assert "datadoctor gate RUN --write-baseline" in ended.said
