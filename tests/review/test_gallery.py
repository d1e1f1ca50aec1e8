"""What a gallery holds and in which order, its histograms, and what is similar: beside slow ways to say the same."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from datadoctor.findings import journal
from datadoctor.review.desk import Desk
from datadoctor.review.query import histograms, parsed, places
from datadoctor.review.similar import AT_ONCE, Similar, nearest_rows
from datadoctor.review.table import Table
from datadoctor.run import Run


@pytest.fixture(scope="module")
def table(shared_run: Path) -> Table:
    return Table(Run(shared_run))


def shown(table: Table, **asked: str) -> list[int]:
    found: list[int] = places(parsed(asked, table), table, {}).tolist()
    return found


def test_filters_pass_what_they_say(table: Table) -> None:
    items = table.items
    label = items["given_label"].iloc[0]
    ranges = items["p_mislabel"].between(0.2, 0.7)
    expected = {
        (("class", label),): items["given_label"] == label,
        (("suggested", label),): items["suggested_label"] == label,
        (("label", label),): (items["given_label"] == label) | (items["suggested_label"] == label),
        (("split", "train"),): items["split"] == "train",
        (("split", "no such split"),): items["split"] == "no such split",
        (("text", "IMG_00001"),): items["path"].str.contains("img_00001"),
        (("text", label.upper()),): (items[["path", "given_label", "suggested_label"]].sum(axis=1)).str.contains(label),
        (("text", ".*"),): items["path"].str.contains(".*", regex=False),
        (("p", "0.2~0.7"),): ranges,
        (("p", "0.2~0.7"), ("split", "test"), ("class", label)): ranges & (items["split"] == "test") & (items["given_label"] == label),
    }  # fmt: skip
    for asked, mask in expected.items():
        assert sorted(shown(table, **dict(asked))) == np.flatnonzero(mask).tolist(), asked


def test_checks_pass_the_images_that_their_findings_name(table: Table) -> None:
    findings = table.run.findings
    for check in findings["check"].unique():
        subjects = findings.loc[findings["check"] == check, "subjects"]
        named = {one["path"] for text in subjects for one in json.loads(text)}
        assert {table.items["path"][place] for place in shown(table, check=check)} == named, check


@pytest.mark.parametrize("sort", ["p", "-p", "-score", "brightness", "-side", "path", "-path"])
def test_order_is_as_asked_and_what_is_unknown_comes_last(table: Table, sort: str) -> None:
    column = {"p": "p_mislabel", "score": "mislabel_score", "brightness": "quality_brightness", "side": "width"}.get(
        sort.lstrip("-"), "path"
    )
    slow = table.items.sort_values(column, ascending=not sort.startswith("-"), kind="stable", na_position="last")
    found = shown(table, sort=sort)
    assert table.items[column].iloc[found].tolist() == slow[column].tolist()
    assert sorted(found) == list(range(len(table)))


def test_a_histogram_counts_what_passes_all_filters_but_its_own(table: Table) -> None:
    asked = parsed({"p": "0.5~1", "split": "train"}, table)
    found = histograms(asked, table, {})
    train, high = table.items["split"] == "train", table.items["p_mislabel"] >= 0.5
    splits = found["split"]
    assert isinstance(splits, dict)
    assert (
        dict(zip(splits["words"], splits["counts"], strict=True)) == table.items[high]["split"].value_counts().to_dict()
    )
    bars = found["bars"]
    assert isinstance(bars, dict)
    assert sum(bars["p"]["counts"]) == train.sum(), "its own range does not count"
    assert sum(bars["brightness"]["counts"]) == (train & high).sum()


def test_states_follow_the_journal(table: Table, tmp_path: Path) -> None:
    desk = Desk(table, tmp_path / journal.FILE)
    desk.decide("mara", [{"place": 1, "decision": "keep"}, {"place": 2, "decision": "exclude"}])
    desk.decide("ole", [{"place": 2, "decision": "keep"}, {"place": 3, "decision": "keep"}])

    def state(**asked: str) -> list[int]:
        return sorted(places(parsed(asked, table), table, desk.standing).tolist())

    assert state(state="done") == [1, 2, 3]
    assert state(state="disputed") == [2]
    assert state(state="open") == [place for place in range(len(table)) if place not in (1, 2, 3)]
    assert state(reviewer="ole") == [2, 3]
    desk.undo("ole")
    assert state(state="disputed") == []
    assert desk.standing[2].true_label() is None
    assert desk.standing[1].true_label() == table.items["given_label"][1]


def test_similar_images_are_the_nearest(table: Table) -> None:
    vectors, row = table.run.array("embeddings"), table.columns["row"]
    for chosen in ([0], [3, 4, 90]):
        mean = np.asarray(vectors[row[chosen]], dtype=np.float64).mean(axis=0)
        order = np.argsort(-(np.asarray(vectors, dtype=np.float64) @ mean), kind="stable")
        place = {int(r): p for p, r in enumerate(row) if r >= 0}
        slow = [place[int(r)] for r in order if place[int(r)] not in chosen][:20]
        assert Similar(table).to(chosen, 20).tolist() == chosen + slow


def test_similar_search_reads_large_files_in_parts() -> None:
    random = np.random.default_rng(0)
    vectors = random.normal(size=(2 * AT_ONCE + 10, 4)).astype(np.float16)
    query = random.normal(size=(1, 4)).astype(np.float32)
    slow = np.argsort(-(vectors.astype(np.float32) @ query[0]), kind="stable")[:25]
    assert nearest_rows(vectors, query, 25).tolist() == slow.tolist()
