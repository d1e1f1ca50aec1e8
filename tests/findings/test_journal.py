"""The journal: nothing half written counts, undo and merging, whatever is done in whatever order."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datadoctor.errors import DataDoctorError
from datadoctor.findings import journal
from datadoctor.findings.journal import Action, Journal, Said


def said(path: str, decision: str, label: str = "") -> Said:
    return Said(path, "d" * 64, "cat", "dog", decision, label)


def actions() -> st.SearchStrategy[list[Action]]:
    """Two reviewers decide on three images, and take back any action that was made before."""
    one = st.tuples(
        st.sampled_from("ab"),
        st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from(["", "keep", "exclude"])), min_size=1),
        st.none() | st.integers(0, 9),
    )

    def made(drawn: list[tuple[str, list[tuple[str, str]], int | None]]) -> list[Action]:
        found: list[Action] = []
        for number, (who, what, back) in enumerate(drawn):
            name, when = f"{number:016x}", f"2026-01-01T00:00:{number:02d}.000+00:00"
            if back is not None and back < len(found):
                found.append(Action(name, when, who, undoes=found[back].id))
            else:
                found.append(Action(name, when, who, "", tuple(said(path, decision) for path, decision in what)))
        return found

    return st.lists(one, max_size=12).map(made)


@settings(max_examples=25, deadline=None)
@given(made=actions())
def test_what_is_written_is_read(made: list[Action], tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("journal") / "review.jsonl"
    kept = Journal(file)
    for one in made:
        kept.add(one)
    assert kept.actions == made
    assert Journal(file).actions == made
    assert not made or journal.read(file) == made


@settings(max_examples=25, deadline=None)
@given(made=actions(), data=st.data())
def test_a_kill_in_the_middle_of_a_line_loses_that_line_alone(
    made: list[Action], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = b"".join(one.line() for one in made)
    cut = data.draw(st.integers(0, len(whole)))
    file = tmp_path_factory.mktemp("journal") / "review.jsonl"
    file.write_bytes(whole[:cut])
    left = made[: whole[:cut].count(b"\n")]
    assert journal.read(file) == left
    kept = Journal(file)
    later = journal.action("c", decisions=[said("x", "keep")])
    kept.add(later)
    assert journal.read(file) == [*left, later]


@given(actions())
def test_answers_are_what_a_slow_reader_would_find(made: list[Action]) -> None:
    undone = {one.undoes for one in made}
    slow: dict[tuple[str, str], str] = {}
    for one in made:
        if one.id not in undone:
            slow |= {(one.reviewer, what.path): what.decision for what in one.decisions}
    fast = {who: what.decision for who, (_, what) in journal.answers(made).items()}
    assert fast == {who: decision for who, decision in slow.items() if decision}


@given(actions(), st.data())
def test_merging_does_not_mind_order_or_repetition(made: list[Action], data: st.DataObject) -> None:
    left = data.draw(st.lists(st.sampled_from(made)) if made else st.just([]))
    right = [one for one in made if one not in left]
    assert journal.merged([left, right]) == journal.merged([right, left, left]) == made


def test_two_processes_add_to_one_journal(tmp_path: Path) -> None:
    one, other = Journal(tmp_path / "review.jsonl"), Journal(tmp_path / "review.jsonl")
    first, second = (
        journal.action("a", decisions=[said("x", "keep")]),
        journal.action("b", decisions=[said("y", "exclude")]),
    )
    one.add(first)
    other.add(second)
    one.refresh()
    assert one.actions == other.actions == [first, second]


@pytest.mark.parametrize(
    "line",
    ["{}", "[]", "x", '{"schema":"datadoctor/review@2"}', '{"schema":"datadoctor/review@1","id":"x","when":"","reviewer":""}',
     '{"schema":"datadoctor/review@1","id":"0000000000000000","when":"","reviewer":"","decisions":[{"path":1}]}'],
)  # fmt: skip
def test_a_line_that_is_no_action_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "review.jsonl"
    file.write_bytes(journal.action("a", decisions=[said("x", "keep")]).line() + line.encode() + b"\n")
    with pytest.raises(DataDoctorError, match=r"review\.jsonl:2: not a line"):
        journal.read(file)
