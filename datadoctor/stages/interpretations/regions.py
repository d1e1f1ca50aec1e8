"""Regions between linear boundaries that hold some images and none that is decided otherwise, and few such regions that hold all.

A region is the intersection of half-spaces, each on one image's side of a boundary. Which boundaries: those that lose fewest of the
images to be held for each one cut off that is decided otherwise (submodular cost, submodular cover; Iyer & Bilmes 2013), until none
of these is left, or no boundary parts them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Of two boundaries that lose nothing, that which cuts off more is better.
_NEXT_TO_NOTHING = 1e-3

Sides = NDArray[np.bool_]


@dataclass(frozen=True)
class Region:
    """``boundaries``, in the order they were chosen; ``sides`` (b,) bool of each that there is; ``inside`` (m,) bool: members it holds."""

    boundaries: tuple[int, ...]
    sides: NDArray[np.bool_]
    inside: NDArray[np.bool_]

    def holds(self, sides: Sides) -> NDArray[np.bool_]:
        """(n,) whether images with these ``sides`` (n, b) lie in it."""
        return _inside(sides, self.sides, self.boundaries)


def cover(members: Sides, others: Sides) -> list[Region]:
    """Few regions that together hold all members and none of the others: each time that which holds most members not held so far.

    ``members`` (m, b), ``others`` (o, b) bool: on which side of each boundary they are; one with the same sides as a member cannot be cut
    off. The candidates are one region around each member. The first k regions hold at least 1 - 1/e of the members that any k candidates
    could (Nemhauser, Wolsey & Fisher 1978), and there are at most 1 + ln(m) times as many as the fewest that hold all (Chvátal 1979).
    """
    patterns, pattern_of = np.unique(members, axis=0, return_inverse=True)
    others, counts = np.unique(others, axis=0, return_counts=True)
    sizes = np.bincount(pattern_of, minlength=len(patterns)).astype(np.float64)
    chosen = [_boundaries(own, patterns, sizes, others, counts.astype(np.float64)) for own in patterns]
    held = np.array([_inside(patterns, own, some) for own, some in zip(patterns, chosen, strict=True)])
    left, found = sizes.copy(), []
    while left.any():
        one = int((held @ left).argmax())
        found.append(Region(chosen[one], patterns[one], held[one][pattern_of]))
        left[held[one]] = 0
    return found


def _boundaries(
    own: NDArray[np.bool_], patterns: Sides, sizes: NDArray[np.float64], others: Sides, counts: NDArray[np.float64]
) -> tuple[int, ...]:
    """The boundaries of the region around an image with the sides ``own`` (b,)."""
    found: list[int] = []
    while len(others):
        cut = counts @ (others != own)
        if not cut.any():
            break
        lost = sizes @ (patterns != own) + _NEXT_TO_NOTHING
        one = int(np.where(cut > 0, lost / np.maximum(cut, 1), np.inf).argmin())
        found.append(one)
        stays, near = others[:, one] == own[one], patterns[:, one] == own[one]
        others, counts, patterns, sizes = others[stays], counts[stays], patterns[near], sizes[near]
    return tuple(found)


def _inside(sides: Sides, own: NDArray[np.bool_], boundaries: tuple[int, ...]) -> NDArray[np.bool_]:
    some = list(boundaries)
    return np.asarray((sides[:, some] == own[some]).all(axis=1))
