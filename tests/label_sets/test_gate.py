"""The gate on images with several labels: only what a change brings, judged by probes of the base."""

import datetime
import shutil
from pathlib import Path

import numpy as np
import pytest

import datadoctor
from datadoctor import checks
from datadoctor.config import load
from datadoctor.findings import baseline
from datadoctor.flow import fits
from datadoctor.gate import frozen, policy, source, state
from datadoctor.gate.judge import Verdict, judge
from datadoctor.progress import Silent
from datadoctor.run import Run
from tests.label_sets.make import COLOURS, Labels, Made, frame, write_manifest

RULES = policy.read(None, checks.names())
SETS = ("extra-label", "missing-label")


@pytest.fixture(scope="module")
def known(made: Made, audit: datadoctor.Audit) -> baseline.Baseline:
    run = Run(audit.path)
    kept = fits.keep(frozen.freeze(run, Silent(), made.folder.parent / "cache"), made.folder.parent / "cache")
    return state.baseline_of(state.of_run(run), kept)


def verdict(made: Made, known: baseline.Baseline, folder: Path, given: Labels) -> Verdict:
    manifest = write_manifest(folder.parent / "labels.csv", given)
    settings = load(None, {"cache": made.folder.parent / "cache", "manifest": manifest}, search=False)
    found = source.of_source(folder, known, settings, Silent(), against="baseline.jsonl")
    return judge(found, known, RULES, today=datetime.date(2026, 11, 28), against="baseline.jsonl")


def new(verdict: Verdict) -> set[tuple[str, str, str]]:
    return {(one.check, one.subjects[0].path, one.labels[0]) for one in verdict.new if one.check in SETS}


def test_the_base_itself_passes_with_all_its_findings(
    made: Made, known: baseline.Baseline, audit: datadoctor.Audit
) -> None:
    found = verdict(made, known, made.folder, made.given)
    assert found.exit_code == 0
    assert not found.new
    existing = {row.check: row.existing for row in found.rows}
    assert {name: existing[name] for name in SETS} == {name: sum(audit.findings["check"] == name) for name in SETS}


def test_a_relabelled_and_a_new_image_are_judged_and_no_other(
    made: Made, known: baseline.Baseline, tmp_path: Path
) -> None:
    folder = shutil.copytree(made.folder, tmp_path / "images")
    rng = np.random.default_rng(7)
    path = next(path for path, labels in made.given.items() if labels == made.true[path] and len(labels) == 1)
    wrong = sorted(COLOURS.keys() - made.true[path])[0]
    frame(["blue", "yellow"], rng).save(folder / "new.png")
    frame(["white", "pink"], rng).save(folder / "right.png")
    given = made.given | {
        path: made.given[path] | {wrong},
        "new.png": frozenset(["blue"]),
        "right.png": frozenset(["pink", "white"]),
    }
    found = verdict(made, known, folder, given)
    assert new(found) == {("extra-label", path, wrong), ("missing-label", "new.png", "yellow")}
    assert found.exit_code == 1
    assert found.delta.counts["relabelled"] == 1
    assert found.delta.counts["added"] == 2


def test_a_class_that_the_base_does_not_know_is_said_not_judged(
    made: Made, known: baseline.Baseline, tmp_path: Path
) -> None:
    folder = shutil.copytree(made.folder, tmp_path / "images")
    path = next(path for path, labels in made.given.items() if labels == made.true[path])
    found = verdict(made, known, folder, made.given | {path: made.given[path] | {"octarine"}})
    assert not new(found)
    said = [one for one in found.incomplete if one.check in SETS]
    assert {one.check for one in said} == set(SETS)
    assert all("too few images in the base" in one.reason for one in said)


def test_mislabels_of_one_label_are_not_asked_for(made: Made, known: baseline.Baseline) -> None:
    found = verdict(made, known, made.folder, made.given)
    assert not [one for one in found.incomplete if one.check == "mislabel"]
