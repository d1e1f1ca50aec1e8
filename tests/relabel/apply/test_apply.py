"""Apply: nothing changes unless it is what the reviewer saw; everything is logged and comes back byte for byte."""

import hashlib
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datadoctor.errors import DataDoctorError
from datadoctor.findings import log, suppressions
from datadoctor.findings.records import Records, decided_keys
from datadoctor.relabel.apply import write_plan
from datadoctor.relabel.apply.diff import plan_code, plan_text
from datadoctor.relabel.queue import relabel_queue
from tests.relabel.apply.decide import answered, planned, tree, undo
from tests.relabel.queue.make_run import Made, make_run


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return make_run(tmp_path)


def test_a_dry_run_writes_nothing_and_says_what_would_change(tmp_path: Path, made: Made) -> None:
    rows = answered(made, budget=10)
    planned(tmp_path, made, rows)
    before = tree(tmp_path)
    plan = planned(tmp_path, made, rows)
    text = plan_text(plan)
    assert tree(tmp_path) == before
    assert "relabel: 8" in text
    assert "keep: 2" in text
    first = plan.those("relabel")[0]
    assert f"{first.path}: {first.given_label} -> {first.new_label}  (labels.csv:" in text


def test_truth_applied_fixes_every_label_of_the_queue_and_breaks_none(tmp_path: Path, made: Made) -> None:
    assert write_plan(planned(tmp_path, made, answered(made)), by="ci") is not None
    after = pd.read_csv(tmp_path / "labels.csv").set_index("path")["label"].to_dict()
    assert after == made.truth


def test_applying_twice_changes_nothing_more(tmp_path: Path, made: Made) -> None:
    rows = answered(made, budget=12)
    rows.loc[rows.index[-1], "decision"] = "exclude"
    rows.loc[rows.index[-2], "decision"] = "ambiguous"
    write_plan(planned(tmp_path, made, rows), by="ci")
    before = tree(tmp_path)
    again = planned(tmp_path, made, rows)
    assert len(again.done) == 12
    assert write_plan(again, by="ci") is None
    assert tree(tmp_path) == before


def test_undo_restores_every_byte(tmp_path: Path, made: Made) -> None:
    rows = answered(made, budget=12)
    rows.loc[rows.index[-1], "decision"] = "exclude"
    plan = planned(tmp_path, made, rows)
    before = (tmp_path / "labels.csv").read_bytes()
    write_plan(plan, by="ci")
    assert (tmp_path / "labels.csv").read_bytes() != before
    undo(plan)
    assert (tmp_path / "labels.csv").read_bytes() == before
    assert not plan.records.allow_file.exists()
    assert not plan.records.excluded_file.exists()
    with pytest.raises(DataDoctorError, match="nothing to undo"):
        undo(plan)
    assert len(planned(tmp_path, made, rows).accepted) == 12


def test_undo_refuses_a_manifest_that_changed_since(tmp_path: Path, made: Made) -> None:
    plan = planned(tmp_path, made, answered(made))
    write_plan(plan, by="ci")
    with (tmp_path / "labels.csv").open("a") as stream:
        stream.write("new.jpg,cat\n")
    before = tree(tmp_path)
    with pytest.raises(DataDoctorError, match="changed since"):
        undo(plan)
    assert tree(tmp_path) == before


def test_the_log_says_who_when_before_and_after(tmp_path: Path, made: Made) -> None:
    rows = answered(made)
    plan = planned(tmp_path, made, rows)
    write_plan(plan, by="ci")
    logged = {one.path: one for one in log.in_force(plan.records.log_file)}
    for row in rows.to_dict("records"):
        one = logged[row["path"]]
        assert (one.who, one.before, one.after) == ("mara", row["given_label"], made.truth[row["path"]])
        assert (one.key, one.digest) == (row["key"], row["digest"])
        assert one.when.endswith("+00:00")


def test_keep_becomes_a_suppression_and_is_not_asked_again(tmp_path: Path, made: Made) -> None:
    rows = answered(made)
    rows["decision"], rows["note"] = "keep", "looked at it"
    allow = tmp_path / "records" / "allow.toml"
    allow.parent.mkdir()
    allow.write_text('# ours\n[[allow]]\nkey = "01234567"\nreason = "r"\nowner = "o"\n')
    plan = planned(tmp_path, made, rows)
    write_plan(plan, by="ci")
    assert allow.read_text().startswith("# ours\n")
    kept = {one.key: one for one in suppressions.read(allow)}
    assert set(rows["key"]) <= set(kept)
    assert kept[rows["key"][0]].reason == "reviewed: keep, looked at it"
    assert len(relabel_queue(made.run, decided=decided_keys(Records(tmp_path / "records")))) == 0


def test_exclude_lists_and_never_deletes(tmp_path: Path, made: Made) -> None:
    rows = answered(made).assign(decision="exclude")
    images = tree(made.images)
    write_plan(planned(tmp_path, made, rows), by="ci")
    assert tree(made.images) == images
    listed = pd.read_csv(tmp_path / "records" / "excluded.csv")
    assert set(zip(listed["path"], listed["digest"], strict=True)) == set(
        zip(rows["path"], rows["digest"], strict=True)
    )


@pytest.mark.parametrize(
    ("column", "value", "cause"),
    [
        ("path", "../../etc/passwd", "leads out"),
        ("path", "cat/none.jpg", "no such image"),
        ("given_label", "wolf", "the reviewer saw 'wolf'"),
        ("digest", "0" * 64, "not the one that the reviewer saw"),
        ("new_label", "wolf", "no class of the dataset"),
    ],
)
def test_what_is_not_as_expected_is_refused_and_the_rest_is_applied(
    tmp_path: Path, made: Made, column: str, value: str, cause: str
) -> None:
    rows = answered(made)
    rows.loc[0, column] = value
    plan = planned(tmp_path, made, rows)
    assert [one.reason for one in plan.refused if cause in one.reason]
    assert len(plan.refused) == 1
    assert len(plan.accepted) == 7
    assert cause in plan_text(plan)


def test_an_image_that_changed_on_disk_is_refused(tmp_path: Path, made: Made) -> None:
    rows = answered(made)
    (made.images / rows["path"][0]).write_bytes(b"another picture")
    (made.images / rows["path"][1]).unlink()
    reasons = {one.decision.path: one.reason for one in planned(tmp_path, made, rows).refused}
    assert reasons == {
        rows["path"][0]: "the file is not the one that the reviewer saw",
        rows["path"][1]: "the file is gone",
    }


def test_a_manifest_that_changes_between_plan_and_write_is_not_overwritten(tmp_path: Path, made: Made) -> None:
    plan = planned(tmp_path, made, answered(made))
    (tmp_path / "labels.csv").write_text("path,label\nmine.jpg,cat\n")
    with pytest.raises(DataDoctorError, match="changed while"):
        write_plan(plan, by="ci")
    assert (tmp_path / "labels.csv").read_text() == "path,label\nmine.jpg,cat\n"


def test_disputed_images_are_listed_and_not_applied(tmp_path: Path, made: Made) -> None:
    rows = answered(made)
    second = rows.assign(reviewer="noor")
    second.loc[0, "decision"] = "keep"
    plan = planned(tmp_path, made, pd.concat([rows, second]))
    assert [one.path for one in plan.disputed] == [rows["path"][0]]
    assert len(plan.accepted) == 7
    (pair,) = plan.agreement
    assert (pair.reviewers, pair.images, pair.same) == (("mara", "noor"), 8, 7 / 8)
    assert f"{rows['path'][0]}: mara: relabel" in plan_text(plan)


def test_a_group_decision_reaches_its_members_only_once_they_were_shown(tmp_path: Path, made: Made) -> None:
    rows = answered(made, diverse=True)
    rows.loc[3:, ["decision", "new_label"]] = ""
    rows["scope"] = ["group"] * 3 + [""] * 5
    plan = planned(tmp_path, made, rows)
    assert len(plan.accepted) == 8
    text = plan_text(plan)
    assert all(path in text for path in rows["path"])
    before = (tmp_path / "labels.csv").read_bytes()
    for code in ("", "0" * 12):
        with pytest.raises(DataDoctorError, match="--confirm"):
            write_plan(plan, by="ci", confirm=code)
    assert (tmp_path / "labels.csv").read_bytes() == before
    code = plan_code(plan)
    write_plan(plan, by="ci", confirm=code)
    assert write_plan(planned(tmp_path, made, rows), by="ci", confirm=code) is None
    after = pd.read_csv(tmp_path / "labels.csv").set_index("path")["label"].to_dict()
    assert after == made.truth


HOSTILE = ["=1+1", "+x", "-x", "@x", "'=x", "''", "a,b", 'say "hi"', "ünï 日本", "\ttab", "plain"]


def test_names_that_look_like_formulas_survive_the_spreadsheet(tmp_path: Path) -> None:
    made = make_run(tmp_path, n=44, classes=tuple(sorted(HOSTILE)))
    quoted = [
        ['"' + row[name].replace('"', '""') + '"' for name in ("path", "given_label")]
        for row in made.run.items.to_dict("records")
    ]
    lines = ["path,label\n", *(",".join(cells) + "\n" for cells in quoted)]
    (tmp_path / "labels.csv").write_text("".join(lines), encoding="utf-8")
    plan = planned(tmp_path, made, answered(made))
    cells = (tmp_path / "decisions.csv").read_text().replace('"', "").replace("\n", ",").split(",")
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]
    assert not plan.refused
    write_plan(plan, by="ci")
    after = pd.read_csv(tmp_path / "labels.csv", keep_default_na=False).set_index("path")["label"].to_dict()
    assert after == made.truth


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    said=st.lists(
        st.tuples(
            st.integers(0, 19), st.sampled_from(["keep", "relabel", "exclude", "ambiguous", "skip", ""]),
            st.sampled_from(["cat", "dog", "lynx"]), st.sampled_from(["a", "b"]), st.booleans(),
        ),
        max_size=30,
    )
)  # fmt: skip
def test_random_decisions_change_only_what_everybody_agrees_on_and_come_back(
    tmp_path_factory: pytest.TempPathFactory, said: list[tuple[int, str, str, str, bool]]
) -> None:
    folder = tmp_path_factory.mktemp("random")
    made = make_run(folder, n=20)
    queue = relabel_queue(made.run, budget=20)
    rows = queue.iloc[[number for number, *_ in said]].assign(
        decision=[one[1] for one in said], new_label=[one[2] for one in said], reviewer=[one[3] for one in said]
    )
    rows["digest"] = [digest[::-1] if one[4] else digest for digest, one in zip(rows["digest"], said, strict=True)]
    plan = planned(folder, made, rows)
    before = (folder / "labels.csv").read_bytes()
    write_plan(plan, by="ci")
    after = pd.read_csv(folder / "labels.csv").set_index("path")["label"].to_dict()
    for path, given_label in zip(queue["path"], queue["given_label"], strict=True):
        about = rows[(rows["path"] == path) & ~rows["decision"].isin(["", "skip"])]
        wanted = {
            (row.new_label if row.decision == "relabel" and row.new_label != given_label else "")
            for row in about.itertuples()
        }
        if len(wanted) != 1 or after[path] == given_label:
            assert after[path] == given_label
        else:
            assert after[path] in wanted
            assert set(about["digest"]) == {hashlib.sha256((made.images / path).read_bytes()).hexdigest()}
    if plan.accepted:
        undo(plan)
    assert (folder / "labels.csv").read_bytes() == before
