"""What is to be done first sounds as sure as what it is about."""

import pytest

from datadoctor.run.assessment.check_rows import CheckRow
from datadoctor.run.assessment.tally import Tally
from datadoctor.run.assessment.todos import todos


@pytest.mark.parametrize(
    ("sure", "said", "not_said"),
    [
        (3, "the surest label errors there are", "probably"),
        (1, "1 surely and the others probably", "surest"),
        (0, "each probably, so compare before you decide", "surely"),
    ],
)
def test_conflicts_of_copies_are_called_sure_only_where_all_are(sure: int, said: str, not_said: str) -> None:
    row = CheckRow("conflicting-duplicate", "Conflicts", "ran", 3, sure, 3 - sure, 0, "", "#duplicates")
    counted = Tally(sets=3, conflicts=3, crossing=0, flagged=0, expected=[], pairs=None, of_source=[])
    (todo,) = todos([row], counted)
    assert todo.title == "Settle 3 duplicate sets with conflicting labels"
    assert said in todo.detail
    assert not_said not in todo.detail


@pytest.mark.parametrize(
    ("flagged", "title"), [(1, "Review 1 label that looks wrong"), (2, "Review 2 labels that look wrong")]
)
def test_one_label_looks_and_several_look_wrong(flagged: int, title: str) -> None:
    row = CheckRow("mislabel", "Mislabels", "ran", flagged, 0, flagged, 0, "", "#review?check=mislabel")
    counted = Tally(sets=0, conflicts=0, crossing=0, flagged=flagged, expected=[], pairs=None, of_source=[])
    assert [todo.title for todo in todos([row], counted)] == [title]
