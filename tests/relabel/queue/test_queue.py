"""The queue: order, budget, patterns, strata, reviewers, and what was decided before."""

import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datadoctor import checks
from datadoctor.errors import DataDoctorError
from datadoctor.findings import Finding, ItemRef, Severity
from datadoctor.relabel.queue import relabel_queue
from datadoctor.relabel.queue.expected import expected_errors
from datadoctor.relabel.queue.formats import FILES, FORMATS, write_queue
from datadoctor.relabel.queue.reviewers import assign
from datadoctor.run import QUEUE_COLUMNS, Run
from datadoctor.run.suspects import RELABELABLE
from datadoctor.run.tables import findings_table
from tests.relabel.queue.make_run import Made, make_run


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make_run(tmp_path_factory.mktemp("queue"))


def test_flagged_labels_worst_first_with_room_for_the_answer(made: Made) -> None:
    queue = relabel_queue(made.run)
    assert tuple(queue.columns) == QUEUE_COLUMNS
    wrong = {path for path, true in made.truth.items() if path.split("/")[0] != true}
    assert set(queue["path"]) == wrong
    assert queue["p_mislabel"].is_monotonic_decreasing
    assert queue["priority"].tolist() == list(range(1, 9))
    assert (queue[["decision", "new_label", "reviewer", "note"]] == "").all(axis=None)


def test_a_budget_beyond_the_flagged_goes_on_with_keys_of_the_same_kind(made: Made) -> None:
    queue = relabel_queue(made.run, budget=12)
    assert len(queue) == 12
    assert queue["path"][:8].tolist() == relabel_queue(made.run)["path"].tolist()
    last = queue.iloc[-1]
    item = made.run.items.set_index("path").loc[last["path"]]
    reference = ItemRef(last["path"], item["pixel_digest"], last["given_label"])
    finding = Finding("mislabel", Severity.INFO, 0.0, "", (reference,), (last["given_label"],))
    assert last["key"] == finding.key


def test_expected_errors_are_the_sum_of_probabilities_with_the_interval_of_the_rate(made: Made) -> None:
    items, summary = made.run.items, made.run.summary
    expected = expected_errors(relabel_queue(made.run, budget=4), items, summary)
    assert expected.count == pytest.approx(0.95 + 0.945 + 0.94 + 0.935)
    assert expected.low is not None
    assert expected.high is not None
    assert expected.low < expected.count < expected.high < 4
    everything = expected_errors(relabel_queue(made.run, budget=40), items, summary)
    assert everything.low == pytest.approx(0.15 * 40, abs=0.01)
    assert everything.high == pytest.approx(0.25 * 40, abs=0.01)
    assert expected_errors(relabel_queue(made.run), items, {"label_errors": None}).low is None


def test_representatives_come_first_by_the_errors_of_their_pattern_and_name_their_members(made: Made) -> None:
    queue = relabel_queue(made.run, diverse=True)
    pairs = (queue["given_label"] + queue["suggested_label"]).tolist()
    assert len(set(pairs[:3])) == 3
    members = [[one["path"] for one in json.loads(text)] for text in queue["members"]]
    assert sorted(path for some in members for path in some) == sorted(queue["path"][3:])
    assert [len(some) for some in members[:3]] == [2, 2, 1]
    by_path = queue.set_index("path")
    for representative, some in zip(queue["path"], members, strict=True):
        for path in some:
            assert by_path.loc[path, "suggested_label"] == by_path.loc[representative, "suggested_label"]
            assert by_path.loc[path, "given_label"] == by_path.loc[representative, "given_label"]


def test_strata_take_the_classes_in_turn(made: Made) -> None:
    queue = relabel_queue(made.run, budget=6, strata=True)
    assert queue["given_label"].value_counts().to_dict() == {"cat": 2, "dog": 2, "lynx": 2}


def test_what_was_decided_is_not_asked_again(made: Made) -> None:
    first, second, *_ = relabel_queue(made.run)["key"]
    left = relabel_queue(made.run, decided={first, second[:8]})["key"]
    assert len(left) == 6
    assert not {first, second} & set(left)


@pytest.mark.parametrize(
    ("wrong", "cause"),
    [
        ({"budget": 0}, "at least 1"),
        ({"checks": ("class-imbalance",)}, "not about labels"),
        ({"reviewers": ("a", "a")}, "another one"),
        ({"overlap": 0.5}, "two reviewers"),
        ({"reviewers": ("a", "b"), "overlap": 2.0}, "from 0 to 1"),
    ],
)
def test_a_wrong_option_is_named(made: Made, wrong: dict[str, object], cause: str) -> None:
    with pytest.raises(DataDoctorError, match=cause):
        relabel_queue(made.run, **wrong)  # type: ignore[arg-type] # any option


@given(n=st.integers(0, 60), reviewers=st.integers(2, 5), overlap=st.floats(0, 1))
def test_reviewers_share_everything_and_no_one_sees_an_image_twice(n: int, reviewers: int, overlap: float) -> None:
    queue = pd.DataFrame({"path": [f"{i}" for i in range(n)], "reviewer": [""] * n})
    names = [f"r{i}" for i in range(reviewers)]
    shared = assign(queue, names, overlap)
    assert set(shared["path"]) == set(queue["path"])
    assert not shared.duplicated().any()
    assert len(shared) == n + int(n * overlap)
    firsts = shared.drop_duplicates("path")["reviewer"].value_counts()
    assert n < reviewers or firsts.max() - firsts.min() <= 1


def test_what_is_relabelable_are_checks_that_exist() -> None:
    assert set(RELABELABLE) <= set(checks.names())


def test_images_of_another_check_are_asked_about_too_each_once(tmp_path: Path) -> None:
    made = make_run(tmp_path)
    kept = made.run.items["path"][made.run.items["p_mislabel"] < 0.5].tolist()
    pair = tuple(ItemRef(path, path, path.split("/")[0]) for path in (kept[0], kept[-1]))
    conflict = Finding("conflicting-duplicate", Severity.ERROR, 1.0, "same picture", pair, ("cat", "lynx"))
    table = pd.concat([made.run.findings, findings_table([conflict])])
    table.to_parquet(made.run.path / "findings.parquet", index=False)
    queue = relabel_queue(Run(made.run.path), checks=("mislabel", "conflicting-duplicate"))
    assert len(queue) == 10
    assert queue["path"].is_unique
    assert set(queue.loc[queue["key"] == conflict.key, "path"]) == {kept[0], kept[-1]}


def test_an_empty_run_gives_an_empty_queue(tmp_path: Path) -> None:
    made = make_run(tmp_path, n=1, classes=("only",))
    assert len(relabel_queue(made.run)) == 0
    assert len(relabel_queue(made.run, diverse=True, strata=True)) == 0
    assert str(expected_errors(relabel_queue(made.run), made.run.items, made.run.summary)).startswith("0 images")


@pytest.mark.parametrize("form", FORMATS)
def test_each_reviewer_gets_a_queue_of_their_own(tmp_path: Path, made: Made, form: str) -> None:
    queue = relabel_queue(made.run, reviewers=("mara", "noor"), overlap=0.5)
    files = write_queue(made.run, queue, form, tmp_path / "out")
    assert all(file.is_file() for file in files)
    suffix = f".{form}" if form in FILES else ""
    for name in ("mara", "noor"):
        place = tmp_path / "out" / (name + suffix)
        wanted = queue.loc[queue["reviewer"] == name, "path"].tolist()
        if form == "csv":
            assert pd.read_csv(place)["path"].tolist() == wanted
        else:
            lines = (place if suffix else place / "relabel.jsonl").read_text().splitlines()
            assert [json.loads(line)["path"] for line in lines] == wanted
        if not suffix:
            assert "datadoctor apply" in (place / "README.md").read_text()


def test_a_reviewer_whose_name_is_no_file_name_is_refused(tmp_path: Path, made: Made) -> None:
    queue = relabel_queue(made.run, reviewers=("../mara",))
    with pytest.raises(DataDoctorError, match="not a name for a file"):
        write_queue(made.run, queue, "csv", tmp_path / "out")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "cvat"])
def test_images_are_copied_beside_the_queue(tmp_path: Path, made: Made, form: str) -> None:
    queue = relabel_queue(made.run, budget=3)
    out = tmp_path / ("queue." + form if form in FILES else "queue")
    write_queue(made.run, queue, form, out, copy_images=True)
    folder = tmp_path / "queue-images" if form in FILES else out / "images"
    for path in queue["path"]:
        assert (folder / path).read_bytes() == (made.images / path).read_bytes()


def test_a_representative_says_whom_it_stands_for(made: Made) -> None:
    queue = relabel_queue(made.run, diverse=True)
    for reason, members in zip(queue["reason"], queue["members"], strict=True):
        paths = [one["path"] for one in json.loads(members)]
        assert all(path in reason for path in paths)
        assert ("Stands for" in reason) == bool(paths)
