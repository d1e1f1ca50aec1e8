"""Many suggestions at once, after a spot check: ten drawn ones are looked at, and what they say must not contradict what was expected."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datadoctor.errors import DataDoctorError
from datadoctor.review.desk import MOST_AT_ONCE, Desk
from datadoctor.review.table import Table

CHECKED = 10
LEVEL = 0.05
_MOST_OFFERS = 100


@dataclass(frozen=True)
class Offer:
    """Suggestions somebody may take: their places, those to be looked at first, and who asked."""

    places: tuple[int, ...]
    checked: tuple[int, ...]
    reviewer: str


class Many:
    """Offers suggestions and takes those whose spot check holds."""

    def __init__(self, table: Table, desk: Desk) -> None:
        self._table = table
        self._desk = desk
        self._offers: dict[str, Offer] = {}

    @cached_property
    def right(self) -> NDArray[np.float64]:
        """(n,) probability that an image's suggestion is right.

        The probability that its label is wrong, times the suggested class's share in the out-of-sample probabilities of all classes but
        the given one (1 where the run has none).
        """
        p = np.nan_to_num(self._table.numbers["p"])
        rows = self._table.columns["row"].astype(np.int64)
        try:
            probabilities = self._table.run.array("pred_probs")
        except DataDoctorError:
            return p
        usable = np.flatnonzero((rows >= 0) & (self._table.given >= 0) & (self._table.suggested >= 0))
        suggested = np.asarray(probabilities[rows[usable], self._table.suggested[usable]], dtype=np.float64)
        given = np.asarray(probabilities[rows[usable], self._table.given[usable]], dtype=np.float64)
        share = np.zeros(len(p))
        share[usable] = np.clip(suggested / np.maximum(1 - given, 1e-9), 0, 1)
        return p * share

    def offer(self, places: NDArray[np.uint32], count: int, reviewer: str) -> dict[str, Any]:
        """The first ``count`` suggestions of a gallery: how many are expected to be right, and which ten to look at.

        Raises ``DataDoctorError`` where there are fewer than are looked at.
        """
        at = places.astype(np.int64)
        other = (self._table.suggested[at] >= 0) & (self._table.suggested[at] != self._table.given[at])
        chosen = at[other][: min(max(count, 0), MOST_AT_ONCE)]
        if len(chosen) < CHECKED:
            raise DataDoctorError(
                f"{len(chosen)} suggestions here: with fewer than {CHECKED} there is nothing to save; decide them one by one"
            )
        drawn = np.random.default_rng(secrets.randbits(64)).choice(chosen, CHECKED, replace=False)
        name = secrets.token_hex(8)
        if len(self._offers) >= _MOST_OFFERS:
            self._offers.pop(next(iter(self._offers)))
        self._offers[name] = Offer(tuple(chosen.tolist()), tuple(drawn.tolist()), reviewer)
        low, high = interval(self.right[chosen])
        return {"offer": name, "count": len(chosen), "low": low, "high": high, "checked": drawn.tolist()}

    def take(self, name: str, right: object, reviewer: str) -> dict[str, Any]:
        """Take an offer after its spot check: ``right`` are the places of the drawn ones whose suggestion is right.

        What was looked at and found right is decided in any case; the others only if so few wrong ones are no surprise.
        """
        offer = self._offers.get(name)
        if offer is None or offer.reviewer != reviewer:
            raise DataDoctorError("this offer is not there any more: ask for a new one")
        if not isinstance(right, list) or not {*right} <= {*offer.checked}:
            raise DataDoctorError("right: the places of those looked at whose suggestion is right")
        del self._offers[name]
        self._decide(reviewer, [place for place in offer.checked if place in right], "spot check")
        chance = at_most(self.right[list(offer.checked)], len({*right}))
        if chance < LEVEL:
            return {
                "taken": 0,
                "right": len({*right}),
                "expected": float(self.right[list(offer.checked)].sum()),
                "chance": chance,
            }
        open_still = self._desk.standing
        rest = [place for place in offer.places if place not in offer.checked and place not in open_still]
        self._decide(reviewer, rest, "many")
        return {"taken": len(rest), "right": len({*right}), "chance": chance}

    def _decide(self, reviewer: str, places: list[int], how: str) -> None:
        if places:
            decisions: list[Mapping[str, Any]] = [{"place": place, "decision": "relabel"} for place in places]
            self._desk.decide(reviewer, decisions, how)


def distribution(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n + 1,) probability that 0..n of independent events with probabilities ``p`` (n,) happen: Poisson's binomial, by convolution."""
    found = np.ones(1)
    for one in p:
        found = np.convolve(found, (1 - one, one))
    return found


def at_most(p: NDArray[np.float64], count: int) -> float:
    """The probability that at most ``count`` of the events happen."""
    return float(distribution(p)[: count + 1].sum())


def interval(p: NDArray[np.float64]) -> tuple[int, int]:
    """The middle 95 % of how many events happen: exact for up to a thousand, above by the normal limit."""
    if len(p) > 1000:
        mean, deviation = float(p.sum()), float(np.sqrt((p * (1 - p)).sum()))
        return max(int(mean - 1.96 * deviation), 0), min(int(np.ceil(mean + 1.96 * deviation)), len(p))
    cumulated = np.cumsum(distribution(p))
    return int(np.searchsorted(cumulated, 0.025)), int(np.searchsorted(cumulated, 0.975))
