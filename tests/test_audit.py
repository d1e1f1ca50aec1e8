"""The whole flow on a planted dataset: what must be found, what must not, and what must stay the same."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import datadoctor
from datadoctor import locks
from datadoctor.errors import DataDoctorError
from datadoctor.findings import Ran
from datadoctor.run import (
    CLASS_PAIR_COLUMNS,
    DUPLICATE_COLUMNS,
    FINDING_COLUMNS,
    ITEM_COLUMNS,
    QUEUE_COLUMNS,
)
from fixtures.make import make_malformed, make_planted
from fixtures.planted import Truth

RUN_FILES = {
    "report.html", "summary.json", "findings.parquet", "findings.csv", "items.parquet", "duplicates.parquet",
    "class_pairs.parquet", "class_structure.json", "hierarchy.json", "relabel.csv", "artifacts",
}  # fmt: skip
SAME_FILES = ("findings.csv", "findings.parquet", "items.parquet", "duplicates.parquet", "relabel.csv")


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    return make_planted(tmp_path_factory.mktemp("planted"))


@pytest.fixture(scope="module")
def audit(planted: Truth, tmp_path_factory: pytest.TempPathFactory) -> datadoctor.Audit:
    folder = tmp_path_factory.mktemp("audit")
    return datadoctor.audit(planted.root, model="filters", out=folder / "run", cache=folder / "cache")


def test_every_file_of_the_run_directory_is_there(audit: datadoctor.Audit) -> None:
    assert {file.name for file in audit.path.iterdir()} == RUN_FILES
    assert {"embeddings.npy", "pred_probs.npy", "neighbours.npz", "confusion.npz", "thumbnails.sqlite"} <= {
        file.name for file in (audit.path / "artifacts").iterdir()
    }
    assert audit.exit_code == 0, audit.outcomes


def test_a_second_audit_into_the_same_run_is_refused_while_the_first_writes(
    audit: datadoctor.Audit, planted: Truth, tmp_path: Path
) -> None:
    before = (audit.path / "findings.csv").read_bytes()
    with (
        locks.alone(audit.path / "artifacts", "held"),
        pytest.raises(DataDoctorError, match="another process is writing"),
    ):
        datadoctor.audit(planted.root, model="filters", out=audit.path, cache=audit.path.parent / "cache")
    assert (audit.path / "findings.csv").read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"noise" * 40, bytes(5000)])
def test_a_damaged_lock_is_made_again(tmp_path: Path, content: bytes) -> None:
    (tmp_path / locks.FILE).write_bytes(content)
    with locks.alone(tmp_path, "held"), pytest.raises(DataDoctorError, match="held"), locks.alone(tmp_path, "held"):
        pass


def test_tables_have_the_promised_columns(audit: datadoctor.Audit) -> None:
    assert tuple(audit.findings.columns) == FINDING_COLUMNS
    assert tuple(audit.items.columns[: len(ITEM_COLUMNS)]) == ITEM_COLUMNS
    assert tuple(audit.duplicates.columns[: len(DUPLICATE_COLUMNS)]) == DUPLICATE_COLUMNS
    assert tuple(audit.class_pairs.columns) == CLASS_PAIR_COLUMNS
    assert tuple(pd.read_csv(audit.path / "relabel.csv").columns) == QUEUE_COLUMNS


def test_arrays_are_aligned_with_the_items(audit: datadoctor.Audit) -> None:
    rows = audit.items["row"].to_numpy()
    assert sorted(rows[rows >= 0]) == list(range(int(audit.items["readable"].sum())))
    probabilities = audit.array("pred_probs")
    assert len(probabilities) == len(audit.array("embeddings")) == rows.max() + 1
    np.testing.assert_allclose(np.asarray(probabilities).sum(axis=1), 1, atol=1e-4)


def test_planted_mislabels_lead_the_queue(audit: datadoctor.Audit, planted: Truth) -> None:
    queue = pd.read_csv(audit.path / "relabel.csv")
    first = set(queue["path"].head(len(planted.mislabels)))
    assert len(first & planted.mislabels) >= 0.75 * len(planted.mislabels)
    right = queue[queue["path"].isin(planted.mislabels)]
    truth = right["path"].map(planted.true_labels)
    assert (right["suggested_label"] == truth).mean() >= 0.8


def test_planted_copies_are_found_and_nothing_else(audit: datadoctor.Audit, planted: Truth) -> None:
    found = {frozenset(pair) for pair in zip(audit.duplicates["path_a"], audit.duplicates["path_b"], strict=True)}
    assert {frozenset(pair) for pair in planted.exact} <= found
    near = {frozenset(pair) for pair in planted.near}
    assert len(near & found) >= 0.75 * len(near)
    groups = [{*pair} for pair in (*planted.exact, *planted.near)]
    others = []
    for pair in found - {frozenset(pair) for pair in (*planted.exact, *planted.near)}:
        a, b = sorted(pair)
        assert planted.true_labels[a] == planted.true_labels[b], f"different pictures: {a} {b}"
        # A part of a cross may be another but for place, size and colour: "the same picture, cropped and recoloured".
        simple = planted.true_labels[a] == "cross"
        assert simple or any(pair <= group for group in _merged(groups)), f"not planted: {a} {b}"
        others += [pair] * simple
    assert len(others) <= 4


def _merged(groups: list[set[str]]) -> list[set[str]]:
    merged: list[set[str]] = []
    for group in groups:
        touching = [other for other in merged if other & group]
        merged = [other for other in merged if not other & group] + [group.union(*touching)]
    return merged


def test_leaks_and_conflicts_are_findings(audit: datadoctor.Audit, planted: Truth) -> None:
    for check, pairs in (("split-leak", planted.leaks), ("conflicting-duplicate", planted.conflicts)):
        subjects = "\n".join(audit.findings.loc[audit.findings["check"] == check, "subjects"])
        for pair in pairs:
            assert all(f'"{path}"' in subjects for path in pair), (check, pair)


def test_the_second_run_opens_nothing_and_says_the_same(audit: datadoctor.Audit, planted: Truth) -> None:
    before = {name: (audit.path / name).read_bytes() for name in SAME_FILES}
    again = datadoctor.audit(planted.root, model="filters", out=audit.path, cache=audit.path.parent / "cache")
    assert {name: (again.path / name).read_bytes() for name in SAME_FILES} == before
    assert again.summary["reading"]["decoded"] == 0


def test_one_changed_image_opens_one_image(audit: datadoctor.Audit, planted: Truth, tmp_path: Path) -> None:
    root = tmp_path / "images"
    shutil.copytree(planted.root, root)
    out: dict[str, Any] = {"model": "filters", "out": tmp_path / "run", "cache": tmp_path / "cache"}
    datadoctor.audit(root, **out)
    changed = next(root.rglob("*.png"))
    os.utime(changed, (0, 0))
    again = datadoctor.audit(root, **out)
    assert again.summary["reading"]["decoded"] == 1
    assert set(again.findings["key"]) == set(audit.findings["key"])


@pytest.fixture(scope="module")
def undisturbed(planted: Truth, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run directory of an audit that nobody killed, in a process of its own as those that are killed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    assert subprocess.run(command(planted, folder), capture_output=True, check=False).returncode == 0
    return folder / "run"


def command(planted: Truth, folder: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "datadoctor", "audit", str(planted.root), "--model", "filters"),
        *("--out", str(folder / "run"), "--cache", str(folder / "cache")),
    ]


@pytest.mark.parametrize("seconds", [2.0, 4.0, 6.0, 9.0])
def test_killed_at_any_point_the_next_run_says_the_same(
    undisturbed: Path, planted: Truth, tmp_path: Path, seconds: float
) -> None:
    process = subprocess.Popen(command(planted, tmp_path), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert subprocess.run(command(planted, tmp_path), capture_output=True, check=False).returncode == 0
    for name in SAME_FILES:
        assert (tmp_path / "run" / name).read_bytes() == (undisturbed / name).read_bytes(), name


def test_bad_files_are_findings_and_the_rest_goes_on(tmp_path: Path) -> None:
    root = tmp_path / "images"
    planted = make_planted(tmp_path / "planted")
    shutil.copytree(planted.root / "train", root)
    expected = make_malformed(root / "zoo")
    audit = datadoctor.audit(root, model="filters", out=tmp_path / "run", cache=tmp_path / "cache")
    subjects = "\n".join(audit.findings.loc[audit.findings["check"] == "unreadable-image", "subjects"])
    unreadable = audit.items.loc[~audit.items["readable"], "path"].tolist()
    assert len(unreadable) == sum(1 for cause in expected.values() if cause)
    for path in unreadable:
        assert path.rsplit("/", 1)[-1].replace("\n", "\\n") in subjects, path
    assert (audit.path / "report.html").is_file()


@pytest.mark.parametrize("case", ["one class", "a class of one", "one image", "all identical", "only unreadable"])
def test_what_cannot_be_judged_is_said(planted: Truth, tmp_path: Path, case: str) -> None:
    root = tmp_path / "images"
    sources = sorted((planted.root / "train" / "rings").glob("0*.png"))
    others = sorted((planted.root / "train" / "spots").glob("0*.png"))
    cases: dict[str, dict[str, list[Path]]] = {
        "one class": {"rings": sources},
        "a class of one": {"rings": sources, "spots": others, "lonely": others[:1]},
        "one image": {"rings": sources[:1]},
        "all identical": {"rings": sources[:1] * 20, "spots": sources[:1] * 20},
        "only unreadable": {"rings": []},
    }
    chosen = cases[case]
    for name, files in chosen.items():
        (root / name).mkdir(parents=True)
        for number, file in enumerate(files):
            shutil.copy(file, root / name / f"{number:03d}.png")
    if case == "only unreadable":
        (root / "rings" / "x.png").write_bytes(b"no image")
    audit = datadoctor.audit(root, model="filters", out=tmp_path / "run", cache=tmp_path / "cache")
    assert (audit.path / "report.html").is_file()
    ran = {outcome.check for outcome in audit.outcomes if isinstance(outcome, Ran)}
    assert "unreadable-image" in ran
    assert not [outcome for outcome in audit.outcomes if type(outcome).__name__ == "Failed"], audit.outcomes
    # Checks of labels do not apply to one class; they could not judge images that are all the same, or none that can be read.
    assert audit.exit_code == (3 if case in ("all identical", "only unreadable") else 0)


def test_hostile_names_stay_text(planted: Truth, tmp_path: Path) -> None:
    root = tmp_path / "images"
    for name, source in (("=cmd|'x'!A1", "rings"), ("<b>spots", "spots")):
        shutil.copytree(planted.root / "train" / source, root / name)
    (root / "<b>spots" / "a\nb.png").write_bytes(b"no image")
    audit = datadoctor.audit(root, model="filters", out=tmp_path / "run", cache=tmp_path / "cache")
    assert "<b>spots" not in (audit.path / "report.html").read_text(encoding="utf-8")
    for name in ("findings.csv", "relabel.csv"):
        table = pd.read_csv(audit.path / name, dtype=str, keep_default_na=False)
        assert not table.map(lambda cell: cell.startswith(("=", "+", "-", "@"))).to_numpy().any()


@pytest.mark.gpu
def test_an_audit_on_a_gpu_has_the_findings_of_one_on_a_cpu(
    audit: datadoctor.Audit, planted: Truth, tmp_path: Path
) -> None:
    on_gpu = datadoctor.audit(planted.root, model="filters", device="cuda", out=tmp_path / "run", cache=tmp_path / "c")
    assert on_gpu.exit_code == 0, on_gpu.outcomes
    for check in ("exact-duplicate", "near-duplicate", "split-leak", "conflicting-duplicate", "image-quality"):
        keys = [set(found.loc[found["check"] == check, "key"]) for found in (audit.findings, on_gpu.findings)]
        assert keys[0] == keys[1], check
    wrong = [
        set(found.loc[found["check"] == "mislabel", "subjects"].map(tuple))
        for found in (audit.findings, on_gpu.findings)
    ]
    assert len(wrong[0] & wrong[1]) >= 0.9 * len(wrong[0] | wrong[1])
