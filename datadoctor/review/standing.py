"""What stands of a review: for each image what its reviewers say, and how far they agree."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from datadoctor.findings.journal import Action, Said, answers


@dataclass(frozen=True, slots=True)
class Standing:
    """The answers about one image, by reviewer; ``disputed`` where they differ. ``how``: how the last one came about."""

    said: Mapping[str, Said]
    how: str

    @property
    def by(self) -> tuple[str, ...]:
        """Who answered."""
        return tuple(self.said)

    @property
    def disputed(self) -> bool:
        """Whether two reviewers say different things."""
        return len({(one.decision, one.new_label) for one in self.said.values()}) > 1

    def true_label(self) -> str | None:
        """The class that all who answered say is right, None where they do not say so, or differ."""
        labels = {
            {"keep": one.given_label, "relabel": one.new_label}.get(one.decision, "") for one in self.said.values()
        }
        return next(iter(labels)) or None if len(labels) == 1 else None


def standings(actions: Iterable[Action], place: Mapping[str, int]) -> dict[int, Standing]:
    """What stands, by place; answers about images that are not in the run are left out."""
    said: dict[int, dict[str, Said]] = {}
    how: dict[int, str] = {}
    for (reviewer, path), (action, one) in answers(actions).items():
        if path in place:
            said.setdefault(place[path], {})[reviewer] = one
            how[place[path]] = action.how
    return {at: Standing(answers, how[at]) for at, answers in said.items()}


def agreement(standing: Mapping[int, Standing]) -> list[dict[str, object]]:
    """Every two reviewers with images in common: how many, and the share of equal answers."""
    counts: dict[tuple[str, str], list[bool]] = {}
    for one in standing.values():
        for a, b in itertools.combinations(sorted(one.said), 2):
            same = (one.said[a].decision, one.said[a].new_label) == (one.said[b].decision, one.said[b].new_label)
            counts.setdefault((a, b), []).append(same)
    return [
        {"reviewers": pair, "images": len(same), "same": sum(same) / len(same)} for pair, same in sorted(counts.items())
    ]
