import random

from hypothesis import given
from hypothesis import strategies as st

from datadoctor.findings.baseline import KnownItem
from datadoctor.gate.delta import delta
from tests.gate.make import item

BASE = [item("cat/1.png"), item("cat/2.png"), item("dog/3.png", label="dog"), item("test/4.png", split="test")]


def test_each_kind_of_change_is_told_from_the_others() -> None:
    after = [
        item("cat/1.png"),
        item("dog/2.png", "cat/2.png", label="dog"),
        item("dog/3.png", "other pixels", label="dog"),
        item("train/4.png", "test/4.png"),
        item("cat/5.png"),
    ]
    found = delta([*BASE, item("cat/6.png"), item("cat/7.png")], [*after, item("cat/six.png", "cat/6.png")])
    assert [(a.path, b.path) for a, b in found.relabelled] == [("cat/2.png", "dog/2.png")]
    assert [(a.path, b.path) for a, b in found.changed] == [("dog/3.png", "dog/3.png")]
    assert [(a.path, b.path) for a, b in found.moved] == [("test/4.png", "train/4.png")]
    assert [(a.path, b.path) for a, b in found.renamed] == [("cat/6.png", "cat/six.png")]
    assert [one.path for one in found.added] == ["cat/5.png"]
    assert [one.path for one in found.removed] == ["cat/7.png"]
    assert found.touched == {"dog/2.png", "dog/3.png", "train/4.png", "cat/5.png"}
    assert found.gone == {
        item("cat/7.png").digest,
        item("cat/2.png").digest,
        item("dog/3.png").digest,
        item("test/4.png").digest,
    }
    assert found.former_paths == {"cat/six.png": "cat/6.png"}


def test_relabelling_in_a_manifest_is_no_removal() -> None:
    found = delta([item("1.png", label="cat")], [item("1.png", label="dog")])
    assert found.counts == {"added": 0, "removed": 0, "relabelled": 1, "changed": 0, "moved": 0, "renamed": 0}


def test_a_further_copy_is_added_and_the_first_stays_untouched() -> None:
    found = delta([item("a.png", "same")], [item("a.png", "same"), item("b.png", "same")])
    assert found.touched == {"b.png"}
    assert [one.path for one in found.added] == ["b.png"]


def test_swapping_two_names_renames_both_and_touches_none() -> None:
    found = delta([item("a.png", "x"), item("b.png", "y")], [item("a.png", "y"), item("b.png", "x")])
    assert found.counts["renamed"] == 2
    assert not found.touched


ITEMS = st.lists(
    st.builds(
        item,
        st.sampled_from("abcdef"),
        st.sampled_from("uvw"),
        st.sampled_from(["cat", "dog"]),
        st.sampled_from(["", "test"]),
    ),
    unique_by=lambda one: one.path,
)


@given(ITEMS, ITEMS, st.integers(0, 99))
def test_every_image_is_matched_once_whatever_the_order(
    before: list[KnownItem], after: list[KnownItem], seed: int
) -> None:
    found = delta(before, after)
    pairs = [*found.relabelled, *found.changed, *found.moved, *found.renamed]
    old = [*found.removed, *(a for a, _ in pairs)]
    new = [*found.added, *(b for _, b in pairs)]
    assert len(set(old)) == len(old)
    assert set(old) <= set(before)
    assert len(set(new)) == len(new)
    assert set(new) <= set(after)
    assert sorted(set(before) - set(old)) == sorted(set(after) - set(new))
    shuffled = random.Random(seed)
    assert delta(shuffled.sample(before, len(before)), shuffled.sample(after, len(after))) == found


@given(ITEMS)
def test_a_state_does_not_differ_from_itself(items: list[KnownItem]) -> None:
    assert not any(delta(items, items).counts.values())
