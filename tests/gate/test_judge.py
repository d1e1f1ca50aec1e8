import datetime
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datadoctor.errors import DataDoctorError
from datadoctor.findings.suppressions import Suppression
from datadoctor.gate.judge import Row, Verdict, judge
from datadoctor.gate.policy import PROFILES, Level, Override, Policy, Rule
from datadoctor.gate.state import State, baseline_of
from tests.gate.make import CALIBRATION, CHECKS, finding, incomplete, item, state

TODAY = datetime.date(2026, 11, 21)
BASE = [item(f"cat/{number}.png") for number in range(8)]
OLD = finding("mislabel", [BASE[0]])


def policy(profile: str = "recommended", **rules: Rule) -> Policy:
    named = {name.replace("_", "-"): rule for name, rule in rules.items()}
    return Policy(profile, {check: PROFILES[profile](check) for check in CHECKS} | named)


def verdict(now: State, before: State | None = None, **others: object) -> Verdict:
    given_policy = others.pop("policy", policy())
    accepted = others.pop("suppressions", ())
    known = baseline_of(before) if before else None
    return judge(now, known, given_policy, accepted, today=TODAY, against="base")  # type: ignore[arg-type]


def row(found: Verdict, check: str, scope: str = "") -> Row:
    return next(one for one in found.rows if (one.check, one.scope) == (check, scope))


def test_an_old_mislabel_passes_and_a_new_one_blocks() -> None:
    before = state(BASE, [OLD])
    added = item("cat/new.png")
    assert verdict(before, before).exit_code == 0
    found = verdict(state([*BASE, added], [OLD, finding("mislabel", [added])]), before)
    assert found.exit_code == 1
    assert [one.subjects[0].path for one in row(found, "mislabel").new] == ["cat/new.png"]
    assert (row(found, "mislabel").existing, row(found, "mislabel").fixed) == (1, 0)


def test_without_a_baseline_everything_is_new() -> None:
    assert verdict(state(BASE, [OLD])).exit_code == 1
    assert verdict(state(BASE, [])).exit_code == 0


def test_a_new_image_that_duplicates_an_old_one_counts() -> None:
    added = item("test/new.png", "cat/0.png", split="test")
    found = verdict(state([*BASE, added], [OLD, finding("split-leak", [BASE[0], added])]), state(BASE, [OLD]))
    assert [one.check for one in found.new] == ["split-leak"]


def test_a_finding_that_only_a_later_fit_sees_on_untouched_images_is_not_new() -> None:
    now = state([*BASE, item("cat/new.png")], [OLD, finding("mislabel", [BASE[1]])])
    assert not verdict(now, state(BASE, [OLD])).new


def test_removing_never_fails_and_says_what_it_fixed() -> None:
    before = state(BASE, [OLD, finding("conflicting-duplicate", [BASE[1], BASE[2], BASE[3]])])
    # Without image 3, the rest of the set is another finding, with another key: about untouched images only.
    now = state([*BASE[1:3], *BASE[4:]], [finding("conflicting-duplicate", [BASE[1], BASE[2]])])
    found = verdict(now, before)
    assert found.exit_code == 0
    assert found.fixed == 2
    assert row(found, "mislabel").existing == 0


def test_relabelling_rightly_fixes_and_wrongly_blocks() -> None:
    before = state(BASE, [OLD])
    right = replace(BASE[0], label="dog")
    assert verdict(state([right, *BASE[1:]], []), before).fixed == 1
    wrong = replace(BASE[5], label="dog")
    found = verdict(state([*BASE[:5], wrong, *BASE[6:]], [OLD, finding("mislabel", [wrong])]), before)
    assert (found.exit_code, found.fixed) == (1, 0)


def test_relabelling_to_another_wrong_class_reopens_the_finding() -> None:
    wrong = replace(BASE[0], label="cow")
    found = verdict(state([wrong, *BASE[1:]], [finding("mislabel", [wrong])]), state(BASE, [OLD]))
    assert (found.exit_code, found.fixed) == (1, 1)


def test_renaming_and_shuffling_change_nothing() -> None:
    renamed = [replace(one, path=f"cat/x{number}.png") for number, one in enumerate(reversed(BASE))]
    found = verdict(state(renamed, [finding("mislabel", [renamed[-1]])]), state(BASE, [OLD]))
    assert (found.exit_code, found.fixed, found.delta.counts["renamed"]) == (0, 0, 8)
    assert row(found, "mislabel").existing == 1


def test_a_further_copy_of_a_known_mislabel_is_new_once() -> None:
    copy = replace(BASE[0], path="cat/copy.png")
    found = verdict(state([*BASE, copy], [finding("mislabel", [copy]), OLD]), state(BASE, [OLD]))
    assert [one.subjects[0].path for one in found.new] == ["cat/copy.png"]


def test_budget_confidence_and_ratio() -> None:
    added = [item(f"cat/new{number}.png") for number in range(10)]
    now = state([*BASE, *added], [finding("mislabel", [one], 0.5 + number / 20) for number, one in enumerate(added)])
    before = state(BASE)

    def blocks(**options: object) -> bool:
        rule = Rule(Level.ERROR, **options)  # type: ignore[arg-type]
        return verdict(now, before, policy=policy(mislabel=rule)).exit_code == 1

    assert blocks(max_new=9)
    assert not blocks(max_new=10)
    assert blocks(max_new_ratio=0.9)
    assert not blocks(max_new_ratio=1.0)
    assert blocks(max_new=10, max_new_ratio=0.5)
    assert blocks(max_new=1, min_confidence=0.9)
    assert not blocks(max_new=2, min_confidence=0.9)
    assert verdict(now, before, policy=policy(mislabel=Rule(Level.WARN))).exit_code == 0
    assert verdict(now, before, policy=policy(mislabel=Rule(Level.OFF))).rows[0].check != "mislabel"


@pytest.mark.parametrize(
    ("score", "rule", "code", "place"),
    [
        (1.0, PROFILES["recommended"]("conflicting-duplicate"), 1, ("", "error")),
        (0.9, PROFILES["recommended"]("conflicting-duplicate"), 1, ("", "error")),
        (0.89, PROFILES["recommended"]("conflicting-duplicate"), 0, ("less sure", "warn")),
        (0.89, PROFILES["strict"]("conflicting-duplicate"), 1, ("", "error")),
        (0.89, PROFILES["advisory"]("conflicting-duplicate"), 0, ("", "warn")),
    ],
)
def test_copies_that_are_less_sure_warn(score: float, rule: Rule, code: int, place: tuple[str, str]) -> None:
    added = item("dog/new.png", label="dog")
    now = state([*BASE, added], [finding("conflicting-duplicate", [BASE[0], added], score)])
    found = verdict(now, state(BASE), policy=policy(conflicting_duplicate=rule))
    assert found.exit_code == code
    assert [(one.scope, one.rule.level) for one in found.rows if one.new] == [place]


def test_what_is_less_sure_has_a_row_of_its_own_in_an_override_too() -> None:
    added = [item(f"test/{number}.png", label="dog", split="test") for number in range(2)]
    found = [
        finding("conflicting-duplicate", [BASE[number], one], 0.7 + 0.25 * number) for number, one in enumerate(added)
    ]
    override = Override("test/*", "", {"conflicting-duplicate": {"max_new": 1}})
    rules = replace(policy(), overrides=(override,))
    judged = verdict(state([*BASE, *added], found), state(BASE), policy=rules)
    new = {one.scope: (one.rule.level, len(one.new), one.over) for one in judged.rows if one.new}
    assert new == {"test/*": (Level.ERROR, 1, False), "test/*, less sure": (Level.WARN, 1, False)}
    assert judged.exit_code == 0


def test_an_override_has_its_own_budget() -> None:
    override = Override("test/*", "", {"mislabel": {"max_new": 0}})
    rules = replace(policy(mislabel=Rule(Level.ERROR, max_new=5)), overrides=(override,))
    train, test = item("train/a/new.png"), item("test/a/new.png")
    quiet = verdict(state([*BASE, train], [finding("mislabel", [train])]), state(BASE), policy=rules)
    assert quiet.exit_code == 0
    strict = verdict(
        state([*BASE, train, test], [finding("mislabel", [one]) for one in (train, test)]), state(BASE), policy=rules
    )
    assert strict.exit_code == 1
    assert not row(strict, "mislabel").over
    assert row(strict, "mislabel", "test/*").blocks


def test_suppressions_hold_until_they_expire_and_unused_ones_are_named() -> None:
    now, before = state([*BASE, item("cat/new.png")], [finding("mislabel", [item("cat/new.png")])]), state(BASE)
    key = now.found[0].key
    good = Suppression(key[:12], "museum scan", "mara", datetime.date(2026, 11, 22))
    accepted = verdict(now, before, suppressions=[good])
    assert accepted.exit_code == 0
    assert row(accepted, "mislabel").suppressed == 1
    late = replace(good, expires=TODAY)
    refused = verdict(now, before, suppressions=[late, Suppression("0" * 12, "gone", "mara")])
    assert refused.exit_code == 1
    assert refused.expired == (late,)
    assert [one.key for one in refused.unused] == ["0" * 12]


def test_a_blocking_check_that_did_not_run_is_never_a_pass() -> None:
    blind = state(BASE, incomplete=(incomplete("mislabel"),))
    assert verdict(blind, state(BASE)).exit_code == 3
    assert verdict(blind, state(BASE), policy=policy(mislabel=Rule(Level.OFF))).exit_code == 0
    advisory = verdict(blind, state(BASE), policy=policy(mislabel=Rule(Level.WARN)))
    assert advisory.exit_code == 0
    assert [one.check for one in advisory.incomplete] == ["mislabel"]


@pytest.mark.parametrize("changed", [{"model": "resnet18"}, {"weights_sha256": "cd34"}, {"label_column": "other"}])
def test_another_model_or_setting_is_a_mistake_and_no_pass(changed: dict[str, str]) -> None:
    with pytest.raises(DataDoctorError, match="refresh the baseline") as raised:
        verdict(state(BASE, calibration=CALIBRATION | changed), state(BASE))
    assert raised.value.exit_code == 2
    assert next(iter(changed)) in str(raised.value)


@given(st.sets(st.integers(0, 7)), st.sets(st.integers(0, 7)), st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)))
def test_adding_and_removing_never_turn_a_verdict_on_untouched_images(
    known: set[int], refitted: set[int], added: set[int], removed: set[int]
) -> None:
    """Whatever a later fit thinks of untouched images, what is there and what is new about them stays the baseline's."""
    before = state(BASE, [finding("mislabel", [BASE[number]]) for number in known])
    new = [item(f"cat/new{number}.png") for number in added]
    left = [one for number, one in enumerate(BASE) if number not in removed]
    now = state([*left, *new], [finding("mislabel", [one]) for one in [BASE[n] for n in refitted - removed] + new])
    found = row(verdict(now, before), "mislabel")
    assert {one.subjects[0].path for one in found.new} == {one.path for one in new}
    assert found.existing == len(known - removed)
    assert found.fixed == len(known & removed)
