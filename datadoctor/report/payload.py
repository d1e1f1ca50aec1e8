"""The data of the interactive views: typed here, written as JSON, read by ``templates/report/scripts``."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FindingView:
    """A finding on the page: ``items`` are positions on the page, ``labels`` class names."""

    key: str
    check: int
    severity: str
    score: float | None
    items: list[int]
    labels: list[str]
    message: str
    suggestion: str
    evidence: dict[str, Any]


@dataclass(frozen=True)
class PairView:
    """Two members of a duplicate set and what differs; ``a`` and ``b`` are positions on the page. ``q_value``: None for exact.

    ``overlap``: share of the first, and of the second, that the other shows, 0 to 1.
    """

    a: int
    b: int
    kind: str
    score: float | None
    q_value: float | None
    difference: str
    overlap: tuple[float, float]


@dataclass(frozen=True)
class SetView:
    """Images that show the same picture. ``keep`` is the position suggested to keep, ``size`` counts those left out too."""

    number: int
    items: list[int]
    pairs: list[PairView]
    keep: int
    conflict: bool
    leak: bool
    exact: bool
    size: int


@dataclass(frozen=True)
class TreeView:
    """A class tree: parallel lists over its nodes; ``first``/``last`` span ``order``, the classes in leaf order."""

    origin: str
    order: list[int]
    name: list[str]
    parent: list[int]
    first: list[int]
    last: list[int]
    height: list[float | None]
    support: list[float | None]
    superclass_of: list[int]
    superclasses: list[str]


@dataclass(frozen=True)
class ConfusionView:
    """Non-zero cells of the confusion matrix: given class, predicted class, items, estimated wrong labels."""

    given: list[int]
    predicted: list[int]
    count: list[int]
    joint: list[int]
    left_out: int


@dataclass(frozen=True)
class ClassPairView:
    """Two classes that overlap; ``boundary_a`` are items given ``a`` that lie on the border, as positions."""

    a: int
    b: int
    ambiguity: float | None
    low: float | None
    high: float | None
    p_value: float
    significant: bool
    kind: str
    n_ab: int
    n_ba: int
    mislabel_share: float | None
    relation: str
    action: str
    boundary_a: list[int]
    boundary_b: list[int]


@dataclass(frozen=True)
class ResponseView:
    """Mean responses of a stage's channels to ``classes``, in leaf order, and their correlations, as bytes: see ``structure``.

    ``alike``: for each of ``classes`` the classes most like it to this stage, with their correlations in ``alikeness``.
    """

    stage: str
    channels: list[int]
    classes: list[int]
    group: list[int]
    sensitivity: list[float | None]
    means: str
    correlation: str | None
    alike: list[list[int]]
    alikeness: list[list[float | None]]


@dataclass(frozen=True)
class DetectorView:
    """A channel of a stage that responds more to one class of a pair, ``favours``, by ``distance`` standard deviations.

    ``patches``: what it responds to most, as [position on the page or -1, WEBP in base64].
    """

    stage: int
    pair: int
    channel: int
    favours: int
    distance: float | None
    patches: list[tuple[int, str]]


@dataclass(frozen=True)
class DetectorsView:
    """``accuracy``: by stage, how well it alone tells each of ``pairs`` apart; ``fields``: side of a patch as a share of the image's."""

    stages: list[str]
    pairs: list[list[int]]
    accuracy: list[list[float | None]]
    fields: list[float | None]
    found: list[DetectorView]


@dataclass(frozen=True)
class StructureView:
    """The parts of ``class_structure.json``, under their names there; None for those that were not made.

    ``missing`` says why. ``groups`` is aligned with the nodes of the first of ``trees``.
    """

    missing: dict[str, str]
    level_accuracy: dict[str, float | None] | None
    cuts: list[dict[str, Any]] | None
    agreement: dict[str, float | None] | None
    groups: dict[str, Any] | None
    network: dict[str, Any] | None
    destinations: dict[str, Any] | None
    separability: dict[str, Any] | None
    responses: list[ResponseView]
    two_stage: dict[str, Any] | None
    detectors: DetectorsView | None = None


@dataclass(frozen=True)
class MapsView:
    """Where images speak for their labels, by position on the page: base64 of 2 x ``side`` x ``side`` bytes, row by row.

    First for the given label, then for the suggested one; 255 where the image speaks most for either of them, 0 where nothing does.
    ``left_out``: what judged the labels and is not in the maps, in words.
    """

    side: int
    levels: dict[int, str]
    left_out: str


@dataclass(frozen=True)
class ReasonView:
    """Images that look like another class for the same reason, by position: the exemplar, then those most similar to it first.

    ``size`` counts those that are not on the page, too; ``counters`` are near, but decided otherwise; ``why`` says the boundaries in
    words; ``alike`` counts images rightly given the suggested class that lie between the same boundaries.
    """

    given: int
    suggested: int
    items: list[int]
    size: int
    counters: list[int]
    alike: int
    why: str


@dataclass(frozen=True)
class Shortened:
    """What the page leaves out, and the command that shows it."""

    items_shown: int
    items: int
    findings_shown: int
    findings: int
    sets_shown: int
    sets: int


@dataclass(frozen=True)
class Payload:
    """Everything the scripts know. ``classes`` are labels as the files say them, ``names`` what people call them.

    ``several``: images may have several labels; ``label_sets``: the classes of each label whose number is beyond those of classes,
    ``label_set_facts``: ``label_sets`` of the summary.
    """

    run: str
    source: str
    command: str
    classes: list[str]
    names: list[str]
    several: bool
    label_sets: list[list[int]]
    label_set_facts: dict[str, Any] | None
    checks: list[dict[str, Any]]
    items: dict[str, object]
    queue: list[int]
    expected_errors: list[float]
    findings: list[FindingView]
    neighbours: dict[int, list[list[float]]]
    maps: MapsView | None
    reasons: list[ReasonView]
    sets: list[SetView]
    trees: list[TreeView]
    confusion: ConfusionView | None
    class_pairs: list[ClassPairView]
    structure: StructureView | None
    examples: list[list[int]]
    queue_columns: list[str]
    shortened: Shortened
    positions: dict[str, list[int]] | None

    def as_json(self) -> str:
        """Compact JSON, ASCII only."""
        return json.dumps(self, default=_fields, ensure_ascii=True, separators=(",", ":"), allow_nan=False)

    def encoded(self) -> str:
        """The JSON, compressed, base64: letters, digits, ``+``, ``/``, ``=`` only, so nothing in it can end a script."""
        return base64.b64encode(gzip.compress(self.as_json().encode("ascii"), compresslevel=6, mtime=0)).decode("ascii")


def _fields(value: object) -> dict[str, object]:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    raise TypeError(f"{type(value).__name__} has no place in the page's data")
