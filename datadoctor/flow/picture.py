"""The graph of the stages for people: as a list, and as a picture in Mermaid, which Markdown pages show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from datadoctor.stages import Stage, every


def ordered() -> list[Stage]:
    """Every stage after those it needs."""
    done: dict[str, Stage] = {}
    for name in every():
        _visit(name, done)
    return list(done.values())


def _visit(name: str, done: dict[str, Stage]) -> None:
    stage = every()[name]
    for one in before(stage):
        if one not in done:
            _visit(one, done)
    done[name] = stage


def before(stage: Stage) -> tuple[str, ...]:
    """The stages that one needs, or chooses from."""
    return tuple(dict.fromkeys((*stage.needs, *stage.chooses)))


def mermaid() -> str:
    """A flow chart; fits are rounded, choices are rhombs. What follows from other arrows has none of its own."""
    lines = ["flowchart LR"]
    for stage in ordered():
        left, right = ("([", "])") if stage.fits else ("{", "}") if stage.chooses else ("[", "]")
        lines.append(f"    {stage.name}{left}{stage.name.replace('_', ' ')}{right}")
    for stage in ordered():
        lines += [f"    {one} {'-.->' if one in stage.chooses else '-->'} {stage.name}" for one in _arrows(stage)]
    return "\n".join(lines)


def _arrows(stage: Stage) -> Iterator[str]:
    """What a stage needs that nothing else it needs does."""
    direct = before(stage)
    for one in direct:
        if not any(one in all_before(other) for other in direct if other != one):
            yield one


@cache
def all_before(name: str) -> frozenset[str]:
    """The stages that one follows from, near and far."""
    direct = before(every()[name])
    return frozenset(direct).union(*map(all_before, direct))


def listed(costs: Mapping[str, str]) -> str:
    """A line a stage: name, what it cost in a run, what it is, what it needs; ``*`` marks fits."""
    stages = ordered()
    names = [stage.name + ("*" if stage.fits else "") for stage in stages]
    width, wide = max(map(len, names)), max(map(len, costs.values()), default=0)
    lines = []
    for name, stage in zip(names, stages, strict=True):
        needs = f"  ({', '.join(before(stage))})" if before(stage) else ""
        cost = f"{costs.get(stage.name, ''):>{wide}}  " if wide else ""
        lines.append(f"{name:<{width}}  {cost}{stage.explanation}{needs}")
    return "\n".join(lines)
