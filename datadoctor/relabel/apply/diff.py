"""The plan in words, for a person to read before anything is written."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Iterator

from datadoctor.console import cut, shown
from datadoctor.findings.log import Move
from datadoctor.relabel.apply.agreement import Dispute
from datadoctor.relabel.apply.decisions import Decision
from datadoctor.relabel.apply.moves import new_link
from datadoctor.relabel.apply.plan import Plan


def plan_text(plan: Plan, most: int | None = None) -> str:
    """One line a change, by kind; then groups, what is refused and disputed, and the reviewers' agreement.

    ``most``: cut every list after so many lines but those of groups, whose members must be seen before they are changed.
    """
    return "\n".join(_lines(plan, most)) + "\n"


def plan_code(plan: Plan) -> str:
    """12 hex digits of what the plan would change, so that a person can confirm the plan that was shown and no other."""
    content = repr((plan.accepted, plan.moves)).encode("utf-8", "surrogatepass")
    return hashlib.sha256(content).hexdigest()[:12]


def move_script(plan: Plan) -> str:
    """The moves as shell commands to run in the folder of images; none replaces a file, emptied folders go, links show what they did.

    Names that are not UTF-8 are as ``os.fsdecode`` gives them: write the script with 'surrogateescape'.
    """
    lines = ["#!/bin/sh", "set -eu"]
    for one in plan.moves:
        lines += [f"mkdir -p {shlex.quote('./' + one.target.rpartition('/')[0])}", _moving(one, plan)]
    folders = sorted({one.source.rpartition("/")[0] for one in plan.moves})
    lines += [f"rmdir -p {shlex.quote('./' + folder)} 2>/dev/null || true" for folder in folders]
    return "\n".join(lines) + "\n"


def _moving(one: Move, plan: Plan) -> str:
    source, target = shlex.quote(f"./{one.source}"), shlex.quote(f"./{one.target}")
    if not one.link:
        return f"mv -n {source} {target}"
    return f"ln -s -- {shlex.quote(new_link(one, plan.target.root))} {target} && rm {source}"


def _lines(plan: Plan, most: int | None) -> Iterator[str]:
    titles = {
        "relabel": "relabel",
        "exclude": "exclude (listed, not deleted)",
        "keep": "keep",
        "ambiguous": "ambiguous",
    }
    for decision, title in titles.items():
        single = [one for one in plan.those(decision) if not one.like]
        if single:
            yield f"{title}: {len(single):,}"
            yield from cut((f"  {_line(one, plan)}" for one in single), most)
    for like, members in plan.groups.items():
        yield f"like {shown(like)}: {len(members):,}"
        yield from (f"  {_line(one, plan)}" for one in members)
    if plan.done:
        yield f"done already: {len(plan.done):,}"
    if plan.refused:
        yield f"refused: {len(plan.refused):,}"
        yield from cut((f"  {shown(one.decision.path)}: {shown(one.reason)}" for one in plan.refused), most)
    if plan.disputed:
        yield f"disputed, not applied; they will be asked again: {len(plan.disputed):,}"
        yield from cut(map(_disputed, plan.disputed), most)
    for pair in plan.agreement:
        kappa = "" if pair.kappa != pair.kappa else f", Cohen's kappa {pair.kappa:.2f}"
        yield f"{shown(' and '.join(pair.reviewers))}: {pair.same:.0%} of {pair.images:,} answers equal{kappa}"
    counts = ((decision, len(plan.those(decision))) for decision in titles)
    in_all = ", ".join(f"{count:,} {decision}" for decision, count in counts if count)
    yield f"in all: {in_all}" if in_all else "nothing to do"


def _disputed(dispute: Dispute) -> str:
    said = (f"{one.reviewer or '?'}: {one.decision} {one.new_label}".rstrip() for one in dispute.answers)
    return f"  {shown(dispute.path)}: {shown('; '.join(said))}"


def _line(one: Decision, plan: Plan) -> str:
    who = f"  [{one.reviewer}]" if one.reviewer else ""
    change = f"{one.given_label} -> {one.new_label}" if one.new_label else f"{one.given_label} ({one.decision})"
    place = plan.target.where(one.path)
    return shown(f"{one.path}: {change}" + (f"  ({place})" if place != one.path else "") + who)
