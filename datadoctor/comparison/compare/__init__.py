"""New data against a reference: which pictures both have. The two are read by the same model and never merged.

``sides`` lists, reads and embeds both -> ``datadoctor.stages.duplicates.compare`` finds and verifies the pairs -> ``advice``
says what to do about each -> ``formats`` and ``page`` show them.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datadoctor.comparison.compare.sides import Sides
    from datadoctor.config import Config
    from datadoctor.progress import Progress
    from datadoctor.stages.duplicates.compare import CrossPairs

_SHARE = re.compile(r" to \d+ %$")


@dataclass(frozen=True, slots=True)
class Shared:
    """A picture that both have. ``kind``: 'exact' or 'near'; ``score`` in [0, 1], larger is more alike; labels '' where not given.

    ``difference``: what differs, in words; ``conflicting``: both have a label, and these differ; ``advice``: what to do.
    """

    path_a: str
    path_b: str
    label_a: str
    label_b: str
    kind: str
    score: float
    difference: str
    conflicting: bool
    advice: str


@dataclass(frozen=True, slots=True)
class Source:
    """One of the two datasets: ``images`` that could be read, how many ``have_copies`` in the other, ``unreadable`` path -> cause."""

    name: str
    images: int
    have_copies: int
    unreadable: dict[str, str]


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two datasets compared; ``shared``: conflicting labels first, then most alike first. ``seen_by``: what looked at the images."""

    a: Source
    b: Source
    shared: tuple[Shared, ...]
    seen_by: str

    @property
    def n_exact(self) -> int:
        """Pairs with the same pixels."""
        return sum(one.kind == "exact" for one in self.shared)

    @property
    def n_conflicting(self) -> int:
        """Pairs with two labels."""
        return sum(one.conflicting for one in self.shared)

    @property
    def differences(self) -> list[tuple[str, int]]:
        """What differs, and in how many pairs; most frequent first. A pair counts for each of its differences."""
        counts = Counter(_SHARE.sub("", name) for one in self.shared for name in _names(one))
        return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _names(one: Shared) -> list[str]:
    return [one.difference] if one.kind == "exact" else one.difference.split(", ")


def compare_sources(a: Path, b: Path, configs: tuple[Config, Config], out: Path, progress: Progress) -> Overlap:
    """Compare the dataset at ``a``, new data, with the one at ``b``, a reference or a test set; writes all formats into ``out``.

    ``configs``: the settings of each, which differ in the manifest only. Raises ``DataDoctorError`` for a source that cannot be used.
    """
    from datadoctor.comparison.compare.page import write_page
    from datadoctor.comparison.compare.sides import read_sides
    from datadoctor.comparison.compare.writing import write_tables
    from datadoctor.files import check_folder_can_be_written, check_utf8
    from datadoctor.stages.duplicates.compare import compare

    check_utf8(a, b)
    check_folder_can_be_written(out)
    sides = read_sides(a, b, configs, out, progress)
    pairs = compare(sides.a.side, sides.b.side, progress=progress, device=configs[0].device, seed=configs[0].seed)
    overlap = overlap_of(str(a), str(b), sides, pairs)
    write_tables(overlap, out)
    write_page(overlap, sides, out)
    return overlap


def overlap_of(name_a: str, name_b: str, sides: Sides, pairs: CrossPairs) -> Overlap:
    """What was found of two sides, as it is shown."""
    from datadoctor.comparison.compare.advice import advice

    a, b = sides.a.side.dataset, sides.b.side.dataset
    shared = []
    for place, (i, j) in enumerate(zip(pairs.a.tolist(), pairs.b.tolist(), strict=True)):
        kind, words, conflicting = pairs.kinds[place], pairs.differences[place], bool(pairs.conflicting[place])
        score = round(float(pairs.scores[place]), 4)
        labels = a.label_name(i), b.label_name(j)
        shared.append(
            Shared(a.paths[i], b.paths[j], *labels, kind, score, words, conflicting, advice(words, labels, conflicting))
        )
    shared.sort(key=lambda one: (not one.conflicting, -one.score, one.path_a, one.path_b))
    return Overlap(
        Source(name_a, len(a), len(set(pairs.a.tolist())), sides.a.unreadable),
        Source(name_b, len(b), len(set(pairs.b.tolist())), sides.b.unreadable),
        tuple(shared),
        sides.seen_by,
    )
