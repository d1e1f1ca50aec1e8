"""The view model of what changed since the last audit: the content of changes.json, cut to what one looks at next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from datadoctor.run.assessment.check_rows import place_of

MOST = 5


@dataclass(frozen=True)
class Pointer:
    """Something to look at, and the first reason; ``link`` is its place on the page."""

    what: str
    why: str
    link: str


@dataclass(frozen=True)
class CheckChanges:
    """Findings of one check: how many went, stayed and came."""

    title: str
    link: str
    fixed: int
    gone: int
    still: int
    new: int


@dataclass(frozen=True)
class Since:
    """What changed from the run ``old`` to this one; ``new`` and ``doubted`` name the first ``MOST`` of their number."""

    old: str
    rates: str
    images: str
    checks: list[CheckChanges]
    n_new: int
    new: list[Pointer]
    n_doubted: int
    doubted: list[Pointer]
    remarks: list[str]


def since(changes: Mapping[str, Any] | None, titles: Mapping[str, str]) -> Since | None:
    """What ``datadoctor changes`` wrote, None where it was not run. ``titles``: of the checks, by name."""
    if changes is None:
        return None
    counts = " · ".join(f"{changes[name]:,} {name}" for name in ("relabelled", "removed", "added"))
    return Since(
        old=str(changes["old"]),
        rates=" → ".join(map(_rate, changes["rates"])),
        images=counts,
        checks=[_check(one, titles) for one in changes["by_check"]],
        n_new=len(changes["come"]),
        new=list(_new(changes["come"][:MOST])),
        n_doubted=len(changes["doubted"]),
        doubted=list(_doubted(changes["doubted"][:MOST])),
        remarks=list(changes["remarks"]),
    )


def _check(one: Mapping[str, Any], titles: Mapping[str, str]) -> CheckChanges:
    name = one["name"]
    return CheckChanges(titles.get(name, name), place_of(name), one["fixed"], one["gone"], one["still"], one["new"])


def _new(found: list[Mapping[str, Any]]) -> Iterator[Pointer]:
    for one in found:
        why = one["message"].partition("; ")[0]
        more = f" and {len(one['paths']) - 1:,} more" if len(one["paths"]) > 1 else ""
        if one["paths"]:
            yield Pointer(one["paths"][0] + more, why, _item(one["paths"][0]))
        else:
            yield Pointer(" and ".join(one["labels"]), why, place_of(one["check"]))


def _doubted(found: list[Mapping[str, Any]]) -> Iterator[Pointer]:
    for one in found:
        said = (
            f"{one['who']}: {one['decision']} as {one['label']}; looks like {one['suggested']}, {one['p_mislabel']:.0%}"
        )
        yield Pointer(one["path"], said, _item(one["path"]))


def _item(path: str) -> str:
    return f"#review?item={quote(path.encode('utf-8', 'surrogatepass'), safe='')}"


def _rate(rate: Mapping[str, Any]) -> str:
    return "no estimate" if rate["estimate"] is None else f"{rate['estimate']:.1%}"
