"""The judgement: which findings a change brings and which it fixes, against what the policy allows.

A finding is new if it involves an image that the change touched and its key is not in the baseline (as often as there).
Findings about untouched images alone are the baseline's, whatever a later run thinks of them: so adding or removing
images never turns a verdict on others. Removing images brings nothing new.
"""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datadoctor.errors import DataDoctorError
from datadoctor.findings.baseline import Baseline, KnownFinding, differences
from datadoctor.findings.suppressions import Suppression
from datadoctor.gate.delta import Delta, delta
from datadoctor.gate.policy import Level, Policy, Rule
from datadoctor.gate.state import IN_PART, Found, Incomplete, State, at_the_change

PASS, BLOCKED, INCOMPLETE = 0, 1, 3
# The scope of findings that the check itself only calls probable.
LESS_SURE = "less sure"


@dataclass(frozen=True, slots=True)
class Row:
    """One check (in one scope: '' or an override, and ``LESS_SURE``): its new findings, worst first, beside what is allowed.

    ``suppressed``: new ones that somebody accepts. ``fixed`` and ``existing``: of the baseline's, counted in scope ''.
    """

    check: str
    scope: str
    rule: Rule
    budget: int
    new: tuple[Found, ...]
    suppressed: int
    fixed: int
    existing: int

    @property
    def over(self) -> bool:
        """Whether there are more new findings than allowed."""
        return len(self.new) > self.budget

    @property
    def blocks(self) -> bool:
        """Whether this fails the gate."""
        return self.over and self.rule.level is Level.ERROR


@dataclass(frozen=True)
class Verdict:
    """What the gate says. ``incomplete``: checks that are not off and did not judge; ``blind``: those that could block.

    ``source``: where the images are.
    """

    rows: tuple[Row, ...]
    delta: Delta
    against: str
    incomplete: tuple[Incomplete, ...]
    blind: tuple[str, ...]
    unused: tuple[Suppression, ...]
    expired: tuple[Suppression, ...]
    leakage: Mapping[str, Any] | None
    source: Path | None = None

    @property
    def new(self) -> tuple[Found, ...]:
        """New findings of all checks: those that block first, then by score."""
        ranked = [(not row.blocks, not row.over, -one.score, one.key, one) for row in self.rows for one in row.new]
        return tuple(one for *_, one in sorted(ranked, key=lambda entry: entry[:4]))

    @property
    def silent(self) -> frozenset[str]:
        """Checks that judged nothing."""
        return frozenset(one.check for one in self.incomplete if one.status != IN_PART)

    @property
    def fixed(self) -> int:
        """Findings of the baseline that the change removed."""
        return sum(row.fixed for row in self.rows)

    @property
    def exit_code(self) -> int:
        """1 if a check blocks; 3 if none does but one that could is incomplete; else 0."""
        if any(row.blocks for row in self.rows):
            return BLOCKED
        return INCOMPLETE if self.blind else PASS


def judge(
    state: State,
    baseline: Baseline | None,
    policy: Policy,
    suppressions: Sequence[Suppression] = (),
    *,
    today: datetime.date,
    against: str = "",
) -> Verdict:
    """Compare a state with the baseline; without one, everything is new.

    Raises ``DataDoctorError`` where the baseline was made with another model or other settings.
    """
    if baseline is not None:
        check_comparable(baseline, state.calibration, against)
    known = baseline or Baseline({}, (), ())
    changes = delta(known.items, state.items)
    holding = [one for one in suppressions if not one.expired(today)]
    untouched = frozenset(one.path for one in state.items) - changes.touched
    fresh = [at_the_change(one, changes.touched) for one in _new(state.found, known.findings, untouched)]
    new, accepted = _split(fresh, holding)
    now = Counter(one.key for one in state.found)
    keys = now.keys() | {one.key for one in known.findings}
    incomplete = [one for one in state.incomplete if policy.rule(one.check).level is not Level.OFF]
    return Verdict(
        rows=_rows(policy, new, accepted, known.findings, now, changes),
        delta=changes,
        against=against,
        incomplete=tuple(incomplete),
        blind=tuple(one.check for one in incomplete if _blinds(one, policy)),
        unused=tuple(one for one in holding if not any(one.covers(key) for key in keys)),
        expired=tuple(one for one in suppressions if one.expired(today)),
        leakage=state.leakage,
        source=state.source,
    )


def _blinds(one: Incomplete, policy: Policy) -> bool:
    """Whether a check that may block could not judge, though it was asked."""
    return one.asked and policy.rule(one.check).level is Level.ERROR


def check_comparable(baseline: Baseline, calibration: Mapping[str, str], against: str) -> None:
    """Raise ``DataDoctorError`` unless the baseline was made with this model and these settings."""
    differ = differences(baseline.calibration, calibration)
    if differ:
        raise DataDoctorError(
            f"{against}: made with another model or other settings: {'; '.join(differ)}; refresh the baseline: audit the base "
            f"with these settings, then `datadoctor gate RUN --write-baseline {against}`"
        )


def _new(found: Iterable[Found], known: Iterable[KnownFinding], untouched: frozenset[str]) -> list[Found]:
    """Findings that involve something else than untouched images, beyond those the baseline has with the same key."""
    allowed = Counter({one.key: one.count for one in known})
    total: Counter[str] = Counter()
    involved: defaultdict[str, list[Found]] = defaultdict(list)
    for one in found:
        total[one.key] += 1
        if any(subject.path not in untouched for subject in one.subjects):
            involved[one.key].append(one)
    return [one for key, ones in involved.items() for one in ones[: max(0, total[key] - allowed[key])]]


def _split(new: Iterable[Found], suppressions: Sequence[Suppression]) -> tuple[list[Found], list[Found]]:
    left: list[Found] = []
    accepted: list[Found] = []
    for one in new:
        (accepted if any(suppression.covers(one.key) for suppression in suppressions) else left).append(one)
    return left, accepted


def _rows(
    policy: Policy,
    new: Iterable[Found],
    accepted: Iterable[Found],
    known: Iterable[KnownFinding],
    now: Counter[str],
    changes: Delta,
) -> tuple[Row, ...]:
    """One row a check that is not off, then one for each override that has findings, sorted by name."""
    places = {(check, ""): rule for check, rule in policy.rules.items() if rule.level is not Level.OFF}
    grouped: defaultdict[tuple[str, str], list[Found]] = defaultdict(list)
    suppressed: Counter[tuple[str, str]] = Counter()
    for ones, add in ((new, True), (accepted, False)):
        for one in ones:
            scope, rule = _scope(policy, one, changes)
            if rule.level is Level.OFF or one.score < rule.min_confidence:
                continue
            place = (one.check, scope)
            places[place] = rule
            if add:
                grouped[place].append(one)
            else:
                suppressed[place] += 1
    fixed, existing = _known(known, now, changes)
    return tuple(
        Row(
            check=check,
            scope=scope,
            rule=rule,
            budget=rule.budget(len(changes.touched)),
            new=tuple(sorted(grouped[check, scope], key=lambda one: (-one.score, one.key, one.file, one.line))),
            suppressed=suppressed[check, scope],
            fixed=0 if scope else fixed[check],
            existing=0 if scope else existing[check],
        )
        for (check, scope), rule in sorted(places.items(), key=lambda entry: entry[0])
    )


def _scope(policy: Policy, one: Found, changes: Delta) -> tuple[str, Rule]:
    touched = [(s.path, s.split) for s in one.subjects if s.path in changes.touched]
    scope, rule = policy.scope(one.check, touched)
    if rule.level is Level.ERROR and one.score < rule.sure:
        return f"{scope}, {LESS_SURE}" if scope else LESS_SURE, rule.less_sure
    return scope, rule


def _known(known: Iterable[KnownFinding], now: Counter[str], changes: Delta) -> tuple[Counter[str], Counter[str]]:
    """Fixed and existing findings of the baseline, by check: fixed if it involved an image that is gone, and is gone too."""
    fixed: Counter[str] = Counter()
    existing: Counter[str] = Counter()
    for one in known:
        gone = max(0, one.count - now[one.key]) if any(digest in changes.gone for digest in one.items) else 0
        fixed[one.check] += gone
        existing[one.check] += one.count - gone
    return fixed, existing
