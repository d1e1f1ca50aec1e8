"""Votes from the manifest to the report: planted annotators, the consensus as a manifest, and what the tables say."""

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import datadoctor
from tests.annotators.planted import NAMES, said_by
from tests.label_sets.make import COLOURS, frame

CLASSES = sorted(COLOURS)[:4]
N = 240


@pytest.fixture(scope="module")
def truth() -> dict[str, str]:
    rng = np.random.default_rng(4)
    return {f"{number:04d}.png": str(rng.choice(CLASSES)) for number in range(N)}


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory, truth: dict[str, str]) -> datadoctor.Audit:
    folder = tmp_path_factory.mktemp("votes")
    (folder / "images").mkdir()
    rng = np.random.default_rng(8)
    with (folder / "votes.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["path", "label", "annotator"])
        for path, colour in truth.items():
            frame([colour], rng).save(folder / "images" / path)
            for who in rng.choice(NAMES, 3, replace=False):
                writer.writerow([path, CLASSES[said_by(str(who), CLASSES.index(colour), rng)], who])
    return datadoctor.audit(
        folder / "images", manifest=folder / "votes.csv", model="filters", out=folder / "run", cache=folder / "cache"
    )


def test_rows_of_one_image_are_votes_and_no_problem(audit: datadoctor.Audit) -> None:
    assert "720 labels of 6 annotators as votes" in audit.summary["dataset"]["understood"]
    assert not (audit.findings["check"] == "source-problem").any()
    assert audit.exit_code == 0


def test_the_bad_ones_are_named_and_no_other(audit: datadoctor.Audit) -> None:
    found = audit.findings[audit.findings["check"] == "unreliable-annotator"]
    kinds = {json.loads(row)["annotator"]: json.loads(row)["kind"] for row in found["evidence"]}
    assert {"guess", "lazy"} <= kinds.keys() <= {"guess", "lazy", "sloppy"}
    assert kinds["lazy"] == "one answer"
    people = {one["annotator"]: one for one in audit.summary["annotators"]["annotators"]}
    assert people["ann"]["error"] < 0.12 < people["sloppy"]["error"] < people["guess"]["error"]
    assert all(one["low"] <= one["error"] <= one["high"] for one in people.values())


def test_the_consensus_is_a_manifest_that_is_nearer_to_the_truth(
    audit: datadoctor.Audit, truth: dict[str, str]
) -> None:
    table = pd.read_csv(audit.path / "consensus.csv", keep_default_na=False, dtype={"ask": str})
    right = table["path"].map(truth)
    assert len(table) == N
    assert (table["label"] != right).mean() < 0.06
    assert (table["majority"] != right).mean() > 0.12
    asked = table[table["ask"] != ""]
    assert sorted(asked["ask"].astype(int)) == list(range(1, audit.summary["annotators"]["ask"] + 1))
    assert (table["agreeing"] <= table["votes"]).all()


def test_disputed_images_say_who_said_what_and_can_be_queued(audit: datadoctor.Audit, truth: dict[str, str]) -> None:
    from datadoctor.relabel.queue import relabel_queue

    found = audit.findings[audit.findings["check"] == "disputed-label"]
    assert len(found)
    assert all(" say " in message and " is right with " in message for message in found["message"])
    queue = relabel_queue(audit, checks=("disputed-label",))
    assert set(queue["path"]) == {json.loads(row)[0]["path"] for row in found["subjects"]}


def test_the_report_lists_the_annotators(audit: datadoctor.Audit) -> None:
    page = (audit.path / "report.html").read_text(encoding="utf-8")
    assert "<h2>Annotators</h2>" in page
    assert "Krippendorff" in page


def test_without_annotators_the_checks_say_what_they_need(tmp_path: Path, audit: datadoctor.Audit) -> None:
    table = pd.read_csv(audit.path / "consensus.csv")[["path", "label"]].head(40)
    table.to_csv(tmp_path / "labels.csv", index=False)
    images = Path(audit.summary["source"])
    again = datadoctor.audit(
        images, manifest=tmp_path / "labels.csv", model="filters", out=tmp_path / "run", cache=audit.path.parent / "cache",
        select=["disputed-label", "unreliable-annotator"],
    )  # fmt: skip
    assert [(one["status"], one["applicable"]) for one in again.summary["checks"]] == [("skipped", False)] * 2
    assert "--annotator-column" in again.summary["checks"][0]["reason"]
    assert not (again.path / "consensus.csv").exists()
