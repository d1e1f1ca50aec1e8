"""Images with several labels from the audit to the corrected manifest: planted errors, one label at a time."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score

import datadoctor
from datadoctor.errors import DataDoctorError
from datadoctor.files import digest
from datadoctor.relabel.apply import plan_decisions, write_plan
from datadoctor.stages.brought.orders import Listed
from datadoctor.stages.label_sets import brought
from tests.label_sets.make import COLOURS, Made

CHECKS = ("extra-label", "missing-label")


def found(audit: datadoctor.Audit) -> dict[tuple[str, str], tuple[str, float]]:
    """Check and score by (path, class)."""
    table = audit.findings[audit.findings["check"].isin(CHECKS)]
    return {
        (json.loads(row["subjects"])[0]["path"], json.loads(row["labels"])[0]): (row["check"], row["score"])
        for row in table.to_dict("records")
    }


def test_planted_errors_are_found_each_by_itself_and_named_for_what_they_are(
    made: Made, audit: datadoctor.Audit
) -> None:
    flagged = found(audit)
    right = flagged.keys() & made.wrong
    assert len(right) >= 0.75 * len(made.wrong)
    assert len(right) >= 0.75 * len(flagged)
    for path, name in right:
        assert flagged[path, name][0] == ("extra-label" if name in made.given[path] else "missing-label")


def test_what_is_right_is_not_found(made: Made, audit: datadoctor.Audit) -> None:
    scores = audit.items.set_index("path")["p_mislabel"]
    wrong = [made.true[path] != made.given[path] for path in scores.index]
    assert average_precision_score(wrong, scores) > 0.85
    assert scores[[not one for one in wrong]].median() < 0.05


def test_checks_of_one_label_say_that_they_do_not_apply(audit: datadoctor.Audit) -> None:
    said = {check["check"]: check for check in audit.summary["checks"]}
    for name in ("mislabel", "ambiguous-class", "two-things-one-name"):
        assert not said[name]["applicable"]
        assert "several labels" in said[name]["reason"]
    assert all(said[name]["status"] == "ran" for name in CHECKS)
    assert audit.exit_code == 0


def test_the_summary_says_it_class_by_class(made: Made, audit: datadoctor.Audit) -> None:
    sets = audit.summary["label_sets"]
    assert audit.summary["dataset"]["several_labels"]
    assert {one["class"]: one["images"] for one in sets["classes"]} == audit.summary["dataset"]["class_counts"]
    counts = [sum(one["extra"] for one in sets["classes"]), sum(one["missing"] for one in sets["classes"])]
    assert counts == [sum(check == name for check, _ in found(audit).values()) for name in CHECKS]
    pair = sets["together"][0]
    both = [path for path, labels in made.given.items() if {pair["a"], pair["b"]} <= labels]
    assert pair["both"] == len(both)


def test_a_finding_keeps_its_key_whatever_other_labels_change(made: Made, audit: datadoctor.Audit) -> None:
    keys = audit.findings.set_index("key")["message"]
    assert keys.index.is_unique
    queue = pd.read_csv(audit.path / "relabel.csv", keep_default_na=False)
    assert all(key in keys.index for row in queue["key"] for key in row.split())


def answers(audit: datadoctor.Audit, file: Path, **columns: Any) -> Path:
    queue = pd.read_csv(audit.path / "relabel.csv", keep_default_na=False)
    queue.assign(**columns).to_csv(file, index=False)
    return file


def test_a_decision_changes_its_label_and_no_other_byte(made: Made, audit: datadoctor.Audit, tmp_path: Path) -> None:
    queue = pd.read_csv(audit.path / "relabel.csv", keep_default_na=False)
    file = answers(audit, tmp_path / "answers.csv", decision="relabel", new_label=queue["suggested_label"])
    manifest = tmp_path / "labels.csv"
    manifest.write_bytes((made.folder.parent / "labels.csv").read_bytes())
    plan = plan_decisions(file, source=made.folder, manifest=manifest, records=tmp_path / "records")
    assert len(plan.accepted) == len(queue)
    before = manifest.read_text().splitlines()
    assert write_plan(plan, by="ann")
    after = manifest.read_text().splitlines()
    changed = [old.split(",")[0] for old, new in zip(before, after, strict=True) if old != new]
    assert sorted(changed) == sorted(queue["path"])
    assert all(line.endswith(',"kept, as it is"') for line in after[1:])
    labels = {line.split(",")[0]: frozenset(line.split(",")[1].split("|")) for line in after[1:]}
    wrong = {(path, name) for path, labels in labels.items() for name in labels ^ made.true[path]}
    assert len(wrong) <= 0.5 * len(made.wrong)
    again = plan_decisions(file, source=made.folder, manifest=manifest, records=tmp_path / "records")
    assert len(again.done) == len(queue)
    assert not again.accepted


def test_two_decisions_on_two_labels_of_one_image_both_hold(made: Made, tmp_path: Path) -> None:
    path = next(path for path, labels in made.given.items() if len(labels) == 2 and "pink" not in labels)
    one, other = sorted(made.given[path])
    manifest = tmp_path / "labels.csv"
    manifest.write_text(f"path,labels\n{path},{one}; {other}\nx.png,pink\ny.png,{one}; pink\nz.png,pink; {other}\n")
    sha = digest(made.folder / path)
    header = "path,given_label,suggested_label,digest,decision,new_label,key\n"
    for place, new in enumerate((f"{one}|{other}|pink", other)):
        (tmp_path / f"{place}.csv").write_text(f"{header}{path},{one}|{other},,{sha},relabel,{new},\n")
        plan = plan_decisions(
            tmp_path / f"{place}.csv", source=made.folder, manifest=manifest, records=tmp_path / "records"
        )
        assert not plan.refused
        write_plan(plan, by="ann")
    assert manifest.read_text().splitlines()[1] == f"{path},{other}; pink"


def test_what_changed_since_or_is_no_class_is_refused(made: Made, tmp_path: Path) -> None:
    path = next(path for path, labels in made.given.items() if len(labels) == 2)
    one, other = sorted(made.given[path])
    manifest = tmp_path / "labels.csv"
    manifest.write_text(f"path,labels\n{path},{one}\nx.png,{one}|{other}\ny.png,{other}\n")
    sha = digest(made.folder / path)
    header = "path,given_label,suggested_label,digest,decision,new_label,key\n"
    third = sorted(COLOURS.keys() - made.given[path])[0]
    for new, why in ((f"{one}|{third}", "its label is now"), (f"{one}|{other}|dragon", "'dragon' is no class")):
        (tmp_path / "a.csv").write_text(f"{header}{path},{one}|{other},,{sha},relabel,{new},\n")
        plan = plan_decisions(tmp_path / "a.csv", source=made.folder, manifest=manifest, records=tmp_path / "records")
        assert why in plan.refused[0].reason


def test_a_kept_image_answers_all_its_findings(made: Made, audit: datadoctor.Audit, tmp_path: Path) -> None:
    file = answers(audit, tmp_path / "answers.csv", decision="keep")
    manifest = made.folder.parent / "labels.csv"
    plan = plan_decisions(file, source=made.folder, manifest=manifest, records=tmp_path / "records")
    write_plan(plan, by="ann")
    text = (tmp_path / "records" / "allow.toml").read_text()
    keys = audit.findings.loc[audit.findings["check"].isin(CHECKS), "key"]
    assert all(key in text for key in keys)


def of_probabilities(made: Made, tmp_path: Path, table: pd.DataFrame) -> datadoctor.Audit:
    table.to_csv(tmp_path / "p.csv", index=False)
    root = made.folder.parent
    return datadoctor.audit(
        made.folder, manifest=root / "labels.csv", model="filters", out=tmp_path / "run", cache=root / "cache",
        pred_probs=tmp_path / "p.csv", select=CHECKS,
    )  # fmt: skip


def probabilities(made: Made) -> pd.DataFrame:
    """Of a good model: right on 98 % of the questions, in an order of its own."""
    rng = np.random.default_rng(0)
    names = sorted(COLOURS, reverse=True)
    rows = [
        {"path": path, **{name: abs((name in true) - rng.beta(1, 12) - (rng.random() < 0.02) * 0.4) for name in names}}
        for path, true in made.true.items()
    ]
    return pd.DataFrame(rows).sample(frac=1, random_state=0)


def test_own_probabilities_are_one_more_opinion(made: Made, audit: datadoctor.Audit, tmp_path: Path) -> None:
    helped = of_probabilities(made, tmp_path, probabilities(made))
    flagged, before = found(helped), found(audit)
    right = flagged.keys() & made.wrong
    assert len(right) >= max(len(before.keys() & made.wrong), 0.9 * len(made.wrong))
    assert len(right) >= 0.9 * len(flagged)
    choices = helped.summary["label_errors"]["choices"]
    weights = dict(zip(choices["views"], choices["weights"], strict=True))
    assert weights["own probabilities"] == max(weights.values()) > 0


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda table: table.drop(columns="path"), "rows and columns are told by name"),
        (lambda table: table.drop(columns="blue"), "nothing for 1 of 5 classes, the first is 'blue'"),
        (lambda table: table.iloc[1:], "nothing for 1 of 400 images"),
        (lambda table: table.assign(pink=1.5), "probabilities are from 0 to 1, one a class"),
    ],
)
def test_probabilities_that_cannot_be_used_are_a_line(
    made: Made, tmp_path: Path, change: Callable[[pd.DataFrame], pd.DataFrame], why: str
) -> None:
    change(probabilities(made)).to_csv(tmp_path / "p.csv", index=False)
    listed = Listed(sorted(made.true), np.full(400, -1, np.int32), np.arange(400))
    with pytest.raises(DataDoctorError, match=why):
        brought.read(tmp_path / "p.csv", listed, sorted(COLOURS))


def test_answers_about_one_label_are_refused_in_a_line(made: Made, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("path,decision\n")
    with pytest.raises(DataDoctorError, match="about one label an image"):
        datadoctor.audit(
            made.folder, manifest=made.folder.parent / "labels.csv", model="filters", out=tmp_path / "run",
            cache=made.folder.parent / "cache", answers=tmp_path / "a.csv",
        )  # fmt: skip
