"""Several answers about one image: which agree, which are disputed, and how far the reviewers agree."""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from datadoctor.relabel.apply.decisions import Decision


@dataclass(frozen=True, slots=True)
class Dispute:
    """An image with answers that contradict each other."""

    path: str
    answers: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two reviewers over the images that both decided. ``same``: share of equal answers. ``kappa``: Cohen's, in [-1, 1].

    ``kappa`` is nan where both gave one and the same answer throughout: chance alone would agree as well.
    """

    reviewers: tuple[str, str]
    images: int
    same: float
    kappa: float


def settle(decisions: Iterable[Decision]) -> tuple[list[Decision], list[Dispute]]:
    """One decision for each image all of whose answers agree; the other images as disputes. Both by path.

    An answer about the image itself goes before one given to its group.
    """
    by_path: dict[str, list[Decision]] = {}
    for one in decisions:
        by_path.setdefault(one.path, []).append(one)
    agreed, disputed = [], []
    for path, answers in sorted(by_path.items()):
        own = [one for one in answers if not one.like] or answers
        if len({_content(one) for one in own}) == 1:
            agreed.append(own[0])
        else:
            disputed.append(Dispute(path, tuple(own)))
    return agreed, disputed


def agreement(decisions: Iterable[Decision]) -> list[Agreement]:
    """Every two reviewers who decided an image in common, by name."""
    said: dict[str, dict[str, str]] = {}
    for one in decisions:
        if not one.like:
            said.setdefault(one.reviewer, {})[one.path] = f"{one.decision}\x1f{one.new_label}"
    found = []
    for a, b in itertools.combinations(sorted(said), 2):
        common = sorted(said[a].keys() & said[b].keys())
        if common:
            found.append(_compared((a, b), [said[a][path] for path in common], [said[b][path] for path in common]))
    return found


def _compared(reviewers: tuple[str, str], a: Sequence[str], b: Sequence[str]) -> Agreement:
    from sklearn.metrics import cohen_kappa_score

    same = sum(x == y for x, y in zip(a, b, strict=True)) / len(a)
    one_answer = len({*a, *b}) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kappa = math.nan if one_answer else float(cohen_kappa_score(a, b))
    return Agreement(reviewers, len(a), same, kappa)


def _content(one: Decision) -> tuple[str, str, str, str]:
    return one.decision, one.new_label, one.given_label, one.digest
