"""Every file of a run directory, damaged in every way: what reads it says which, and that the audit is to be run again."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from datadoctor.errors import DataDoctorError
from datadoctor.run import Run
from datadoctor.stages.reading.thumbnails import Thumbnails, ThumbnailWriter
from tests.campaign.program import damages
from tests.relabel.queue.make_run import make_run

READERS: dict[str, Callable[[Run], object]] = {
    "summary.json": lambda run: run.summary["source"],
    "hierarchy.json": lambda run: run.hierarchy["used"],
    "items.parquet": lambda run: run.items,
    "findings.parquet": lambda run: run.findings,
    "artifacts/neighbours.npz": lambda run: run.arrays("neighbours")["rows"],
    "artifacts/pred_probs.npy": lambda run: run.array("pred_probs"),
    "artifacts/thumbnails.sqlite": lambda run: Thumbnails(run.path / "artifacts" / "thumbnails.sqlite").get("ab"),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_run(tmp_path_factory.mktemp("made")).run.path
    writer = ThumbnailWriter(folder / "artifacts" / "thumbnails.sqlite")
    writer.put("ab", b"jpeg" * 5000)
    writer.finish()
    np.save(folder / "artifacts" / "pred_probs.npy", np.full((40, 3), 1 / 3, dtype=np.float32))
    rows, cosines = np.zeros((40, 1), np.int32), np.ones((40, 1), np.float32)
    np.savez(folder / "artifacts" / "neighbours.npz", rows=rows, cosines=cosines)
    return folder


@pytest.mark.parametrize("name", READERS)
def test_a_damaged_file_is_named_or_still_whole(name: str, whole: Path, tmp_path: Path) -> None:
    shutil.copytree(whole, tmp_path / "run")
    file = tmp_path / "run" / name
    content, refused = file.read_bytes(), 0
    READERS[name](Run(tmp_path / "run"))
    chance = random.Random(name)
    for _ in range(20):
        for damaged in damages(content, chance):
            file.write_bytes(damaged)
            said = refusal(READERS[name], Run(tmp_path / "run"))
            assert not said or Path(name).name in said
            refused += bool(said)
    assert refused > 60


def refusal(reader: Callable[[Run], object], run: Run) -> str:
    try:
        reader(run)
    except DataDoctorError as error:
        return str(error)
    return ""
