"""Shards, made in any order and number, merge into the findings of one audit byte for byte; what is in the way is named."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datadoctor import locks
from datadoctor.errors import DataDoctorError
from datadoctor.run import Run
from datadoctor.shards import Share, share_of
from tests.run.whole import Ended, called, pictures

SAME_FILES = (
    "findings.csv", "findings.parquet", "items.parquet", "duplicates.parquet", "class_pairs.parquet", "relabel.csv",
    "hierarchy.json", "class_structure.json",
)  # fmt: skip
SAME_ARRAYS = ("embeddings.npy", "network.npy", "views.npy", "small.npy", "pred_probs.npy")
# A network small enough for tests, and the user's own code: shards must not run that unasked.
NETWORK = """
import torch
from torch import nn

def small():
    torch.manual_seed(0)
    layers = [layer for a, b in ((3, 8), (8, 12), (12, 16), (16, 20)) for layer in (nn.Conv2d(a, b, 3, 2, 1), nn.ReLU())]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(20, 4)), {"side": 64}
"""


class Made:
    """A dataset, the options of its audit, that audit, and seven shards of it."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.source = folder / "images"
        pictures(self.source)
        (folder / "network.py").write_text(NETWORK)
        self.model = ["--model", f"python/{folder / 'network.py'}:small"]
        self.options = [*self.model, *options]
        self.cache = ["--cache", str(folder / "cache")]
        self.run = folder / "run"
        assert called(["audit", str(self.source), *self.options, *self.cache, "--out", str(self.run)]).code == 0
        self.seven = folder / "seven"
        for number in (4, 1, 7, 2, 3, 6, 5):
            assert self.shard(f"{number}/7", self.seven / f"n{number}").code == 0

    def shard(self, share: str, out: Path, *options: str) -> Ended:
        usual = self.options[2:] if "--model" in options else self.options
        return called(["audit", str(self.source), *usual, "--shard", share, "--out", str(out), *options])

    def merge(self, shards: Path, out: Path, *options: str) -> Ended:
        return called(["merge", str(shards), "--out", str(out), *(options or (*self.model, *self.cache))])

    def refused(self, shards: Path, out: Path, code: int = 2) -> str:
        """What a merge says that cannot be; nothing is left of it."""
        ended = self.merge(shards, out)
        assert ended.code == code, ended
        (line,) = [line for line in ended.said.splitlines() if line.startswith("datadoctor: ")]
        assert not (out / "findings.csv").exists()
        return line


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """With every check."""
    return Made(tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """With few checks, for what is not about them."""
    return Made(tmp_path_factory.mktemp("shards"), "--select", "near-duplicate,image-quality")


@pytest.fixture
def seven(made: Made, tmp_path: Path) -> Path:
    """A copy of the seven shards, to be spoiled."""
    return Path(shutil.copytree(made.seven, tmp_path / "seven"))


def same(one: Path, other: Path) -> None:
    for name in (*SAME_FILES, *(f"artifacts/{array}" for array in SAME_ARRAYS)):
        if name == "artifacts/pred_probs.npy" and not (one / name).exists():
            continue
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
    known = [Run(run).summary for run in (one, other)]
    for part in ("dataset", "checks", "label_errors", "duplicates", "notices", "source"):
        assert known[0][part] == known[1][part], part


@pytest.mark.parametrize("n", [2, 7])  # of one: below, killed
def test_the_findings_are_those_of_one_audit_byte_for_byte(whole: Made, tmp_path: Path, n: int) -> None:
    shards = whole.seven if n == 7 else tmp_path / "shards"
    for number in [] if n == 7 else range(n, 0, -1):
        assert whole.shard(f"{number}/{n}", shards / str(n - number)).code == 0
    assert whole.merge(shards, tmp_path / "run").code == 0
    assert (tmp_path / "run/artifacts/pred_probs.npy").exists()
    same(whole.run, tmp_path / "run")


def test_more_shards_than_images_and_own_embeddings(tmp_path: Path) -> None:
    source = tmp_path / "images"
    names = sorted(pictures(tmp_path / "all"))[:5]
    for name in names:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(tmp_path / "all" / name, source / name)
    np.save(tmp_path / "own.npy", np.random.default_rng(0).normal(size=(5, 8)))
    options = ["--embeddings", str(tmp_path / "own.npy"), "--select", "image-quality"]
    ended = called(["audit", str(source), *options, "--out", str(tmp_path / "run")])
    assert ended.code == 0
    assert "seen through your embeddings" in ended.said
    assert "efficientnet" not in ended.said
    for number in range(1, 9):
        out = str(tmp_path / "shards" / str(number))
        assert called(["audit", str(source), *options, "--shard", f"{number}/8", "--out", out]).code == 0
    assert called(["merge", str(tmp_path / "shards"), "--out", str(tmp_path / "merged")]).code == 0
    for name in SAME_FILES:
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "merged" / name).read_bytes(), name


def test_a_whole_shard_is_not_made_again(made: Made, seven: Path) -> None:
    before = (seven / "n3/shard.json").stat().st_mtime_ns
    ended = made.shard("3/7", seven / "n3")
    assert ended.code == 0
    assert "nothing to do" in ended.said
    assert (seven / "n3/shard.json").stat().st_mtime_ns == before
    assert not (seven / "n3/cache").exists()


def test_a_damaged_shard_is_named_and_its_command_makes_it_whole(made: Made, seven: Path, tmp_path: Path) -> None:
    with (seven / "n3/small.npy").open("r+b") as file:
        file.seek(500)
        file.write(b"\xff\xff\xff")
    assert "n3/small.npy: not what was written" in made.refused(seven, tmp_path / "run")
    assert made.shard("3/7", seven / "n3").code == 0
    assert made.merge(seven, tmp_path / "run").code == 0
    same(made.run, tmp_path / "run")


def test_what_is_missing_doubled_half_written_or_cut_is_named(made: Made, seven: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    shutil.copytree(seven / "n5", seven / "again")
    assert "shard 5/7 is there twice" in (said := made.refused(seven, out))
    assert "again" in said
    shutil.rmtree(seven / "again")
    (seven / "n2/thumbnails.sqlite").unlink()
    assert "n2/thumbnails.sqlite: gone" in made.refused(seven, out)
    shutil.rmtree(seven / "n2")
    assert "1 of 7 shards missing: 2" in made.refused(seven, out, code=3)
    (seven / "n4/shard.json").write_text((seven / "n4/shard.json").read_text()[:100])
    assert "n4/shard.json: not what a shard writes" in made.refused(seven, out)
    (seven / "n4/shard.json").unlink()
    (seven / "n4/begun.json").write_text('{"number": 4, "of": 7}')
    said = made.refused(seven, out, code=3)
    assert "half written" in said
    assert "--shard 4/7" in said
    assert "holds no shard" in made.refused(tmp_path / "seven/n1", out)
    assert "no such folder" in made.refused(tmp_path / "nowhere", out)


def test_shards_of_other_settings_sources_or_numbers_are_named(made: Made, seven: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert made.shard("6/7", seven / "n6", "--seed", "5").code == 0
    assert "n6: made with seed '5', not '0'" in made.refused(seven, out)
    assert made.shard("6/7", seven / "n6", "--model", "filters").code == 0
    assert "n6: made with model 'filters'" in made.refused(seven, out)
    assert made.shard("6/9", seven / "n6").code == 0
    assert "n6: one of 9, not of 7" in made.refused(seven, out)
    other = shutil.copytree(made.source, tmp_path / "other")
    assert called(["audit", str(other), *made.options, "--shard", "6/7", "--out", str(seven / "n6")]).code == 0
    assert "n6: of the source" in made.refused(seven, out)


def test_a_source_that_changed_and_an_eye_that_did(made: Made, tmp_path: Path) -> None:
    source = Path(shutil.copytree(made.source, tmp_path / "source"))
    network = tmp_path / "network.py"
    network.write_text(NETWORK)
    model = ["--model", f"python/{network}:small"]
    for number in (1, 2):
        call = ["audit", str(source), *model, "--shard", f"{number}/2", "--out", str(tmp_path / "shards" / str(number))]
        assert called(call).code == 0
    merge = ["merge", str(tmp_path / "shards"), "--out", str(tmp_path / "run"), *model]
    network.write_text(NETWORK.replace("manual_seed(0)", "manual_seed(1)"))
    assert "seen through another network or other weights" in called(merge).said
    network.write_text(NETWORK)
    (source / "train/spots/damaged.png").rename(source / "train/rings/damaged.png")
    assert "of another listing" in called(merge).said
    (source / "train/rings/damaged.png").unlink()
    ended = called(merge)
    assert ended.code == 2
    assert "images then, not" in ended.said


def test_code_that_shards_name_runs_only_if_it_is_named_again(made: Made, tmp_path: Path) -> None:
    ended = made.merge(made.seven, tmp_path / "run", *made.cache)
    assert ended.code == 2
    assert "which is code; name it with --model" in ended.said


def test_two_merges_at_once_and_two_makers_of_a_shard(made: Made, seven: Path, tmp_path: Path) -> None:
    with locks.alone(tmp_path / "run/artifacts", ""):
        assert "another process is writing this run" in made.refused(seven, tmp_path / "run")
    with locks.alone(seven / "n1", ""):
        assert "another process is making this shard" in made.shard("1/7", seven / "n1").said
    ends: list[int] = []
    command = [sys.executable, "-m", "datadoctor", "merge", str(seven), "--out", str(tmp_path / "run"), *made.model]

    def merge() -> None:
        ends.append(subprocess.run(command, capture_output=True, check=False).returncode)

    threads = [threading.Thread(target=merge) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) in ([0, 0], [0, 2])  # the second may begin when the first has ended
    same(made.run, tmp_path / "run")


def test_a_killed_shard_and_a_killed_merge_continue(made: Made, tmp_path: Path) -> None:
    shard = ["audit", str(made.source), *made.options, "--shard", "1/1", "--out", str(tmp_path / "shards/1")]
    merge = ["merge", str(tmp_path / "shards"), *made.model, "--out", str(tmp_path / "run")]
    kill(shard, lambda: (tmp_path / "shards/1/begun.json").exists())
    assert not (tmp_path / "shards/1/shard.json").exists()
    assert "half written" in made.refused(tmp_path / "shards", tmp_path / "run", code=3)
    assert called(shard).code == 0
    kill(merge, lambda: (tmp_path / "run/artifacts/stages/neighbours/value.json").exists())
    assert not (tmp_path / "run/report.html").exists()
    assert called(merge).code == 0
    same(made.run, tmp_path / "run")
    assert any(cost["reused"] for cost in Run(tmp_path / "run").summary["stages"])


def kill(call: list[str], when: object) -> None:
    process = subprocess.Popen([sys.executable, "-m", "datadoctor", *call], stderr=subprocess.DEVNULL)
    while not when():  # type: ignore[operator]
        assert process.poll() is None, "ended before it could be killed"
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()


@pytest.mark.skipif(os.name != "posix", reason="no limits of file sizes here")
def test_a_disk_that_takes_no_more_ends_with_3_and_the_merge_continues(made: Made, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "datadoctor",
        "merge",
        str(made.seven),
        "--out",
        str(tmp_path / "run"),
        *made.model,
    ]

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=limited, check=False)
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "run/findings.csv").exists()
    assert made.merge(made.seven, tmp_path / "run").code == 0
    same(made.run, tmp_path / "run")


def test_the_answer_of_a_shard_is_its_document(made: Made, seven: Path) -> None:
    answer = json.loads(made.shard("2/7", seven / "n2", "--json").told)
    assert answer == json.loads((seven / "n2/shard.json").read_text())
    assert (answer["number"], answer["of"]) == (2, 7)


@given(st.integers(0, 10_000), st.integers(1, 500))
def test_shares_cover_a_listing_once_and_in_order(n: int, of: int) -> None:
    rows = [Share(number, of).rows(n) for number in range(1, of + 1)]
    assert np.concatenate(rows).tolist() == list(range(n))
    assert max(map(len, rows)) - min(map(len, rows)) <= 1


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "1/0", "a/b", "-1/3", "1/3/5", "", "1/1000000", "١/٣"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(DataDoctorError, match=r"as 3/64"):
        share_of(text)
