"""The delta: what changed between two states of a dataset, by content and not by name.

An image is its pixel digest. The same pixels under another path were renamed, under another label relabelled, in another
split moved; other pixels under the same path are a changed image.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from datadoctor.findings.baseline import KnownItem

Pair: TypeAlias = tuple[KnownItem, KnownItem]


@dataclass(frozen=True)
class Delta:
    """What changed; pairs are (before, after). Every image is in at most one of these, and in none if it is untouched."""

    added: tuple[KnownItem, ...]
    removed: tuple[KnownItem, ...]
    relabelled: tuple[Pair, ...]
    changed: tuple[Pair, ...]
    moved: tuple[Pair, ...]
    renamed: tuple[Pair, ...]

    @cached_property
    def touched(self) -> frozenset[str]:
        """Paths, now, of the images that a new finding must involve: all that changed but in name."""
        after = [item for _, item in (*self.relabelled, *self.changed, *self.moved)]
        return frozenset(item.path for item in (*self.added, *after))

    @cached_property
    def gone(self) -> frozenset[str]:
        """Digests, before, of the images whose findings may have been fixed."""
        before = [item for item, _ in (*self.relabelled, *self.changed, *self.moved)]
        return frozenset(item.digest for item in (*self.removed, *before))

    @cached_property
    def former_paths(self) -> dict[str, str]:
        """For a renamed image, by the path it has now: the path it had."""
        return {after.path: before.path for before, after in self.renamed}

    @property
    def counts(self) -> dict[str, int]:
        """How many of each kind, for reports."""
        names = ("added", "removed", "relabelled", "changed", "moved", "renamed")
        return {name: len(getattr(self, name)) for name in names}


def delta(before: Iterable[KnownItem], after: Iterable[KnownItem]) -> Delta:
    """Match the images of two states, the surest matches first."""
    old, new = sorted(before), sorted(after)
    _, old, new = _matched(old, new, lambda item: item)
    renamed, old, new = _matched(old, new, lambda item: (item.digest, item.label, item.split))
    in_place, old, new = _matched(old, new, lambda item: (item.digest, item.path))
    elsewhere: list[Pair] = []
    keys: tuple[Callable[[KnownItem], object], ...] = (
        lambda item: (item.digest, item.label),
        lambda item: (item.digest, item.split),
        lambda item: item.digest,
    )
    for key in keys:
        found, old, new = _matched(old, new, key)
        elsewhere += found
    same_picture = in_place + elsewhere
    changed, old, new = _matched(old, new, lambda item: item.path)
    return Delta(
        added=tuple(new),
        removed=tuple(old),
        relabelled=tuple(pair for pair in same_picture if pair[0].label != pair[1].label),
        changed=tuple(changed),
        moved=tuple(pair for pair in same_picture if pair[0].label == pair[1].label),
        renamed=tuple(renamed),
    )


def _matched(
    old: Sequence[KnownItem], new: Sequence[KnownItem], key: Callable[[KnownItem], object]
) -> tuple[list[Pair], list[KnownItem], list[KnownItem]]:
    """Pairs with equal keys, in order of path, and what is left of both."""
    waiting: dict[object, list[KnownItem]] = {}
    for item in reversed(old):
        waiting.setdefault(key(item), []).append(item)
    pairs, left = [], []
    for item in new:
        partners = waiting.get(key(item))
        if partners:
            pairs.append((partners.pop(), item))
        else:
            left.append(item)
    return pairs, sorted(item for items in waiting.values() for item in items), left
