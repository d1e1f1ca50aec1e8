"""Finds the duplicates of a dataset: exact ones by digest, near ones among neighbours, each pair verified."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from datadoctor.progress import Progress
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.duplicates import DuplicatePairs
from datadoctor.stages.duplicates.candidates import candidates, unmirrored
from datadoctor.stages.duplicates.clock import Clock
from datadoctor.stages.duplicates.comparison import Comparison
from datadoctor.stages.duplicates.known import Comparing
from datadoctor.stages.duplicates.naming import difference
from datadoctor.stages.duplicates.planting import Planted
from datadoctor.stages.duplicates.reaching import reached
from datadoctor.stages.duplicates.sets import star_sets
from datadoctor.stages.duplicates.spacing import p_values, q_values
from datadoctor.stages.duplicates.verified import verified
from datadoctor.stages.index import Neighbours
from datadoctor.stages.index.build import build

ALIKE = 15  # neighbours by shrunken pixels
# The copy to keep, by split: an image that a test needs must not be lost, so the training copy goes.
SPLIT_ORDER = {"test": 0, "eval": 0, "holdout": 0, "val": 1, "valid": 1, "validation": 1, "dev": 1}

Row = tuple[int, int, str, float, str, int, Comparison | None]
Seen = tuple[NDArray[np.float32], NDArray[np.float32]]


def find(
    dataset: Dataset,
    small: NDArray[np.uint8],
    neighbours: Neighbours,
    *,
    progress: Progress,
    planted: Planted | None = None,
    seen: Seen | None = None,
    device: str = "auto",
    seed: int = 0,
) -> DuplicatePairs:
    """Pairs and sets of images that show the same picture.

    ``small`` (n, s, s, 3) uint8: the images shrunk to a square, as they were read. Exact copies are compared by digest and
    enter the search for near ones once. Candidates are verified from the most promising on, until six blocks of 512 in
    a row hold no duplicate; ``progress`` is told where candidates were left out. ``planted``: copies to measure the search by, and
    ``seen`` what the eye that found the ``neighbours`` sees of the images and of them, (n, d) and (m, d).
    """
    exact = _exact_sets(dataset)
    stands_for = np.arange(len(dataset), dtype=np.int32)
    for keep, copies in exact:
        stands_for[copies] = keep
    clock = Clock()
    with clock("candidates"):
        alike = build(unmirrored(small), ALIKE, device=device, seed=seed)
        photos = dataset.photos()
        promising = candidates(neighbours, alike, small, stands_for)
        promising = promising.only(photos[promising.pairs[:, 0]] != photos[promising.pairs[:, 1]])
    comparing = Comparing(dataset)
    links, looked_at = verified(promising.pairs, comparing, "Verifying duplicates", progress, clock)

    def verify(a: int, b: int) -> float | None:
        found = comparing((a, b))
        links[(min(a, b), max(a, b))] = found
        return found.score if found.same else None

    scores = {pair: found.score for pair, found in links.items() if found.same}
    with clock("sets"):
        near = star_sets(lambda row: rank(dataset, row), scores, verify)
    of_planted: dict[str, dict[str, float]] = {}
    if planted:
        of_planted["planted_recall"] = planted.shares(planted.recognised)
    if planted and seen:
        with clock("planted copies", len(planted)):
            come_to = reached(planted, seen[1], seen[0], neighbours, alike, small, promising, looked_at)
        of_planted["planted_reached"] = planted.shares(come_to)
        progress.say(_said(planted, come_to))
    links = {pair: found for pair, found in links.items() if photos[pair[0]] != photos[pair[1]]}
    progress.say(f"Duplicates: {clock}")
    return _assemble(dataset, exact, near, links, p_values(neighbours.cosines), of_planted)


def rank(dataset: Dataset, row: int) -> tuple[object, ...]:
    """Sorts the images of a set, the one to keep first: split (test before validation before others), size, bytes, path."""
    images = dataset.images
    pixels = int(images.widths[row]) * int(images.heights[row])
    return (SPLIT_ORDER.get(dataset.splits[row].lower(), 2), -pixels, -int(images.file_sizes[row]), dataset.paths[row])


def _said(planted: Planted, come_to: NDArray[np.bool_]) -> str:
    """'Of 160 planted copies 152 would have been looked at; of those cropped to 80 % 75 %'."""
    name, least = min(planted.shares(come_to).items(), key=lambda share: share[1])
    worst = f"; least of those {name}: {least:.0%}".replace("%", " %") if least < 1 else ""
    return f"Of {len(planted):,} planted copies {int(come_to.sum()):,} would have been looked at{worst}"


def _exact_sets(dataset: Dataset) -> list[tuple[int, list[int]]]:
    """(representative, other rows) of the images with the same decoded pixels."""
    by_digest: dict[str, list[int]] = {}
    seen: set[tuple[str, int]] = set()
    for row, (digest, photo) in enumerate(zip(dataset.images.pixel_digests, dataset.photos().tolist(), strict=True)):
        if (digest, photo) not in seen:  # two boxes in one place of a photo are no copies
            by_digest.setdefault(digest, []).append(row)
            seen.add((digest, photo))
    ordered = [sorted(rows, key=lambda row: rank(dataset, row)) for rows in by_digest.values() if len(rows) > 1]
    return [(rows[0], sorted(rows[1:])) for rows in ordered]


def _assemble(
    dataset: Dataset,
    exact: Sequence[tuple[int, list[int]]],
    near: Sequence[tuple[int, list[tuple[int, float]]]],
    links: dict[tuple[int, int], Comparison],
    p: NDArray[np.float64],
    of_planted: dict[str, dict[str, float]],
) -> DuplicatePairs:
    """Every verified pair within a set, and each exact copy with its representative."""
    set_of, keeps = _numbered(exact, near)
    q = q_values(p)
    rows: list[Row] = []
    for pair, found in links.items():
        if found.same and pair[0] in set_of and set_of[pair[0]] == set_of.get(pair[1]):
            words = difference(found, _size(dataset, pair[0]), _size(dataset, pair[1]))
            rows.append((*pair, "near", found.score, words, set_of[pair[0]], found))
    for keep, copies in exact:
        for member in copies:
            same_file = dataset.images.digests[keep] == dataset.images.digests[member]
            words = "same file" if same_file else "same pixels, other file"
            rows.append((min(keep, member), max(keep, member), "exact", 1.0, words, set_of[keep], None))
    rows.sort(key=lambda row: (-row[3], row[0], row[1]))
    return DuplicatePairs(
        a=np.array([row[0] for row in rows], dtype=np.int32),
        b=np.array([row[1] for row in rows], dtype=np.int32),
        kinds=tuple(row[2] for row in rows),
        scores=np.array([row[3] for row in rows], dtype=np.float32),
        p_values=np.array([min(p[row[0]], p[row[1]]) if row[6] else np.nan for row in rows], dtype=np.float64),
        differences=tuple(row[4] for row in rows),
        set_ids=np.array([row[5] for row in rows], dtype=np.int32),
        representatives=np.array(keeps, dtype=np.int32),
        figures={
            **_figures([row[6] for row in rows]),
            "q_value": np.array([min(q[row[0]], q[row[1]]) if row[6] else np.nan for row in rows], dtype=np.float32),
        },
        scenes=_scenes(links),
        **of_planted,
    )


def _scenes(links: dict[tuple[int, int], Comparison]) -> NDArray[np.int32]:
    scenes = sorted((min(pair), max(pair)) for pair, found in links.items() if found.same_scene)
    return np.array(scenes, dtype=np.int32).reshape(-1, 2)


def _numbered(
    exact: Sequence[tuple[int, list[int]]], near: Sequence[tuple[int, list[tuple[int, float]]]]
) -> tuple[dict[int, int], list[int]]:
    """The set number of each row, and each set's representative; exact copies join the near set of the one they copy."""
    set_of: dict[int, int] = {}
    keeps: list[int] = []
    for keep, members in near:
        set_of |= dict.fromkeys([keep, *(member for member, _ in members)], len(keeps))
        keeps.append(keep)
    for keep, copies in exact:
        if keep not in set_of:
            set_of[keep] = len(keeps)
            keeps.append(keep)
        set_of |= dict.fromkeys(copies, set_of[keep])
    return set_of, keeps


def _size(dataset: Dataset, row: int) -> tuple[int, int]:
    return int(dataset.images.widths[row]), int(dataset.images.heights[row])


def _figures(comparisons: Sequence[Comparison | None]) -> dict[str, NDArray[np.float32]]:
    of_pair = (
        "inliers",
        "agreement",
        "share",
        "followed",
        "local",
        "correlation",
        "detail",
        "overlap_a",
        "overlap_b",
        "scale",
    )
    of_pixels = ("colour", "brightness", "edited")
    columns = {name: [getattr(c, name, np.nan) for c in comparisons] for name in of_pair}
    columns |= {name: [getattr(c.changes, name) if c else np.nan for c in comparisons] for name in of_pixels}
    return {name: np.array(values, dtype=np.float32) for name, values in columns.items()}
