"""Two runs compared: what went for a reason, what went without one, what is still there, what is new."""

import json
import shutil
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datadoctor.cli import main
from datadoctor.comparison.changes import changes
from datadoctor.comparison.changes.formats import rendered
from datadoctor.comparison.changes.matching import matched
from datadoctor.findings import Finding, ItemRef, Severity
from datadoctor.findings.records import Records
from datadoctor.relabel.apply import write_plan
from datadoctor.run import Run
from datadoctor.run.tables import findings_table
from tests.relabel.apply.decide import answered, planned
from tests.relabel.queue.make_run import Made, make_run
from tests.run_tables import whole_rate


def later(made: Made, folder: Path, labels: dict[str, str], flagged: list[str], without: tuple[str, ...] = ()) -> Run:
    """A run over the same images with new labels, which flags those named."""
    shutil.copytree(made.run.path, folder)
    items = made.run.items[~made.run.items["path"].isin(without)].copy()
    items["given_label"] = items["path"].map(labels)
    items["flagged"] = items["path"].isin(flagged)
    items["p_mislabel"] = items["flagged"].map({True: 0.8, False: 0.01})
    items.loc[items["readable"], "row"] = range(int(items["readable"].sum()))
    items.to_parquet(folder / "items.parquet", index=False)
    rows = items[items["flagged"]].to_dict("records")
    found = [
        Finding(
            "mislabel",
            Severity.WARNING,
            0.8,
            "odd",
            (ItemRef(row["path"], row["pixel_digest"]),),
            (row["given_label"],),
        )
        for row in rows
    ]
    findings_table(found).to_parquet(folder / "findings.parquet", index=False)
    summary = json.loads((folder / "summary.json").read_text())
    summary["label_errors"] = whole_rate(estimate=0.1, low=0.05, high=0.15)
    (folder / "summary.json").write_text(json.dumps(summary))
    return Run(folder)


@pytest.fixture
def compared(tmp_path: Path) -> tuple[Made, pd.DataFrame, Run, Records]:
    """Of eight flagged images four are relabelled, one kept, one excluded; then two answered ones and a new one are flagged."""
    made = make_run(tmp_path)
    rows = answered(made)
    rows.loc[4, "decision"], rows.loc[5, "decision"], rows.loc[6:, "decision"] = "keep", "exclude", ""
    write_plan(planned(tmp_path, made, rows), by="ci")
    labels: dict[str, str] = dict(pd.read_csv(tmp_path / "labels.csv").itertuples(index=False))
    fine = next(path for path, true in made.truth.items() if path not in set(rows["path"]))
    flagged = [rows["path"][0], rows["path"][4], rows["path"][6], fine]
    return made, rows, later(made, tmp_path / "new", labels, flagged), Records(tmp_path / "records")


def test_what_went_what_stayed_and_what_came(compared: tuple[Made, pd.DataFrame, Run, Records]) -> None:
    made, rows, new, records = compared
    found = changes(made.run, new, records)
    assert {path for one in found.fixed for path in one.paths} == set(rows["path"][1:4])
    assert {one.cause for one in found.fixed} == {"relabelled"}
    assert {path for one in found.gone for path in one.paths} == {rows["path"][5], rows["path"][7]}
    assert len(found.come) == 1
    assert found.come[0].cause == "judged otherwise"
    (tally,) = found.by_check
    assert (tally.fixed, tally.gone, tally.still, tally.accepted, tally.new) == (3, 2, 3, 1, 1)
    assert (found.relabelled, found.removed, found.added) == (4, 0, 0)
    assert [rate.estimate for rate in found.rates] == [0.2, 0.1]
    assert sum(one.images[1] for one in found.classes) == 40


def test_answers_that_the_new_run_doubts_are_named(compared: tuple[Made, pd.DataFrame, Run, Records]) -> None:
    made, rows, new, records = compared
    found = changes(made.run, new, records)
    assert {(one.path, one.decision) for one in found.doubted} == {
        (rows["path"][0], "relabel"),
        (rows["path"][4], "keep"),
    }
    assert all(one.who == "mara" for one in found.doubted)
    assert found.excluded_but_there == (rows["path"][5],)
    assert found.answered == 6


def test_a_moved_image_is_known_by_its_bytes(tmp_path: Path) -> None:
    made = make_run(tmp_path)
    rows = answered(made)
    plan = planned(tmp_path, made, rows, folder=True)
    write_plan(plan, by="ci")
    places = {one.source: one.target for one in plan.moves}
    items = made.run.items.assign(path=made.run.items["path"].replace(places))
    items.to_parquet(made.run.path / "items.parquet", index=False)
    moved = Made(Run(made.run.path), made.images, {})
    labels = {path: path.split("/")[0] for path in items["path"]}
    new = later(moved, tmp_path / "new", labels, [places[rows["path"][0]]])
    (one,) = changes(made.run, new, Records(tmp_path / "records")).doubted
    assert (one.path, one.label) == (places[rows["path"][0]], made.truth[rows["path"][0]])


def test_removed_images_take_their_findings_along_and_other_models_are_said(tmp_path: Path) -> None:
    made = make_run(tmp_path)
    rows = answered(made)
    new = later(made, tmp_path / "new", {path: path.split("/")[0] for path in made.truth}, [], (rows["path"][0],))
    summary = new.summary | {"model": {"embeddings": "another", "weights_sha256": None}}
    (new.path / "summary.json").write_text(json.dumps(summary))
    found = changes(made.run, Run(new.path), Records(tmp_path / "records"))
    assert [(one.paths, one.cause) for one in found.fixed] == [((rows["path"][0],), "images")]
    assert found.removed == 1
    assert "different models" in found.remarks[0]
    assert "different models" in rendered(found, "text")


def test_a_run_compared_with_itself_has_no_changes(tmp_path: Path) -> None:
    run = make_run(tmp_path).run
    found = changes(run, run, Records(tmp_path / "records"))
    assert (found.fixed, found.gone, found.come, found.remarks, found.doubted) == ((), (), (), (), ())
    assert found.by_check[0].still == 8


KEYS = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.sampled_from("12")), max_size=12)


@given(old=KEYS, new=KEYS)
def test_every_finding_is_counted_once(old: list[tuple[str, str, str]], new: list[tuple[str, str, str]]) -> None:
    """Checks a and b, pictures x to z, labels 1 and 2; the same picture may be there several times."""

    def table(rows: list[tuple[str, str, str]]) -> pd.DataFrame:
        return findings_table(
            [
                Finding(check, Severity.INFO, 0.5, "", (ItemRef("p", image, label),), (label,))
                for check, image, label in rows
            ]
        )

    fixed, still, come = matched(table(old), table(new))
    assert (len(fixed) + len(still), len(come) + len(still)) == (len(old), len(new))
    pictures = [Counter(row[:2] for row in rows) for rows in (old, new)]
    assert len(still) == (pictures[0] & pictures[1]).total()


def test_the_command_prints_and_keeps_it(
    compared: tuple[Made, pd.DataFrame, Run, Records], capsys: pytest.CaptureFixture[str]
) -> None:
    made, rows, new, records = compared
    command = ["changes", str(made.run.path), str(new.path), "--records", str(records.folder)]
    assert main(command) == 0
    text = capsys.readouterr().out
    assert "estimated wrong labels: 20.0% (15.0% to 25.0%) before, 10.0% (5.0% to 15.0%) now" in text
    assert rows["path"][7] in text
    assert main([*command, "--format", "markdown"]) == 0
    assert "| mislabel | 3 | 2 | 3 | 1 | 1 |" in capsys.readouterr().out
    assert main([*command, "--format", "json"]) == 0
    kept = (new.path / "changes.json").read_text(encoding="utf-8")
    assert capsys.readouterr().out == kept
    assert json.loads(kept)["schema"] == "datadoctor/changes@1"
