"""`apply` takes the journal of a review, with all its safety."""

from __future__ import annotations

from pathlib import Path

import pytest

from datadoctor.cli import main
from datadoctor.errors import DataDoctorError
from datadoctor.findings import journal
from datadoctor.findings.journal import Action, Journal, Said
from datadoctor.relabel.apply import plan_decisions
from tests.relabel.queue.make_run import Made, make_run


def say(made: Made, row: int, decision: str, label: str = "", key: str = "") -> Said:
    item = made.run.items.iloc[row]
    return Said(item["path"], item["digest"], item["given_label"], item["suggested_label"], decision, label, key)


def decided(made: Made, file: Path, who: str, *said: Said) -> Action:
    one = journal.action(who, decisions=said)
    Journal(file).add(one)
    return one


def wrong(made: Made) -> list[int]:
    items = made.run.items
    return [row for row in range(len(items)) if made.truth[items["path"][row]] != items["given_label"][row]]


def test_a_run_stands_for_its_journal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = make_run(tmp_path)
    manifest = made.manifest(tmp_path / "labels.csv")
    first, second, *_ = wrong(made)
    true = [made.truth[made.run.items["path"][row]] for row in (first, second)]
    decided(
        made,
        made.run.path / journal.FILE,
        "mara",
        say(made, first, "relabel", true[0]),
        say(made, second, "relabel", true[1]),
    )
    back = decided(made, made.run.path / journal.FILE, "mara", say(made, second, "exclude"))
    Journal(made.run.path / journal.FILE).add(journal.action("mara", undoes=back.id))
    call = [
        "apply",
        str(made.run.path),
        "--source",
        str(made.images),
        "--manifest",
        str(manifest),
        "--records",
        str(tmp_path / "records"),
    ]
    before = manifest.read_text()
    assert main(call) == 0
    assert "dry run" in capsys.readouterr().out
    assert manifest.read_text() == before
    assert main([*call, "--write"]) == 0
    labels = dict(line.split(",") for line in manifest.read_text().splitlines()[1:])
    assert [labels[made.run.items["path"][row]] for row in (first, second)] == true
    changed = [
        path
        for path, label in labels.items()
        if label != dict(line.split(",") for line in before.splitlines()[1:])[path]
    ]
    assert len(changed) == 2


def test_what_changed_since_is_refused(tmp_path: Path) -> None:
    made = make_run(tmp_path)
    row, other, *_ = wrong(made)
    for one in (row, other):
        decided(made, made.run.path / journal.FILE, "mara", say(made, one, "exclude"))
    (made.images / made.run.items["path"][row]).write_bytes(b"another picture")
    plan = plan_decisions(made.run.path, source=made.images, records=tmp_path / "records")
    assert [one.decision.path for one in plan.refused] == [made.run.items["path"][row]]
    assert [one.path for one in plan.accepted] == [made.run.items["path"][other]]


def test_two_journals_merge_and_disagreement_is_a_dispute(tmp_path: Path) -> None:
    made = make_run(tmp_path)
    a, b, c, *_ = wrong(made)
    one, two = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    decided(made, one, "mara", say(made, a, "exclude"), say(made, b, "exclude"))
    decided(made, two, "ole", say(made, b, "keep"), say(made, c, "exclude"))
    paths = made.run.items["path"]
    plan = plan_decisions(one, two, source=made.images, records=tmp_path / "records")
    assert {d.path for d in plan.accepted} == {paths[a], paths[c]}
    assert [d.path for d in plan.disputed] == [paths[b]]
    assert [(pair.reviewers, pair.images, pair.same) for pair in plan.agreement] == [(("mara", "ole"), 1, 0.0)]


def test_an_undo_in_one_journal_takes_back_its_copy_in_the_other(tmp_path: Path) -> None:
    made = make_run(tmp_path)
    a, b, *_ = wrong(made)
    one, two = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    first = decided(made, one, "mara", say(made, a, "exclude"))
    decided(made, one, "mara", say(made, b, "exclude"))
    two.write_bytes(one.read_bytes())
    Journal(two).add(journal.action("mara", undoes=first.id))
    plan = plan_decisions(one, two, source=made.images, records=tmp_path / "records")
    assert [d.path for d in plan.accepted] == [made.run.items["path"][b]]


def test_a_confirmed_label_that_nothing_was_said_against_leaves_nothing_to_do(tmp_path: Path) -> None:
    made = make_run(tmp_path)
    a, b, *_ = wrong(made)
    file = made.run.path / journal.FILE
    decided(made, file, "mara", say(made, a, "keep"), say(made, b, "exclude"))
    plan = plan_decisions(file, source=made.images, records=tmp_path / "records")
    assert [d.path for d in plan.accepted] == [made.run.items["path"][b]]
    assert plan.refused == ()


def test_a_run_without_a_journal_is_said_so(tmp_path: Path) -> None:
    made = make_run(tmp_path)
    with pytest.raises(DataDoctorError, match=r"holds no review\.jsonl"):
        plan_decisions(made.run.path, source=made.images)
