"""Class structure: what the report shows about the classes beyond the tree, computed on request."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Splits:
    """How cleanly each class falls apart in two, against how cleanly two different classes do.

    ``conductance`` (K,) float32 in [0, 1]: share of the nearest-neighbour links of the smaller part that cross the best
    cut; smaller is cleaner; NaN for classes with too few recognised items. ``usual``: what nine in ten unions of two
    different classes do not exceed. ``parts``: per class, rows most central to each part, () where not judged. ``share``
    (K,) float32: of the smaller part. ``apart`` (K,) bool: classes that fall apart like two, and significantly more than
    the others.
    """

    conductance: NDArray[np.float32]
    usual: float
    parts: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]
    share: NDArray[np.float32]
    apart: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class GroupMetrics:
    """How well groups are told from each other: one row per node of a hierarchy, in its order; float32 in [0, 1].

    The label counts as right if prediction and given label lie in the same group. ``recall``, ``precision``, ``f1`` are
    NaN where a group was never given, or never predicted. ``within`` and ``across``: share of the group's items confused
    with another class inside it, and outside it; with the share of hits they sum to 1.
    """

    recall: NDArray[np.float32]
    precision: NDArray[np.float32]
    f1: NDArray[np.float32]
    within: NDArray[np.float32]
    across: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LevelAccuracy:
    """Accuracy when only the group has to be right, in [0, 1]: of classes and of superclasses, and what chance would give.

    ``chance`` values are those of predictions with the same totals that ignore the image.
    """

    classes: float
    superclasses: float
    classes_chance: float
    superclasses_chance: float


@dataclass(frozen=True, slots=True)
class Cut:
    """How well the ``groups`` of one cut of the tree are told apart; shares in [0, 1].

    ``accuracy``: items predicted in the right group, of all; ``chance``: that of predictions with the same totals that
    ignore the image. ``recall``, ``precision``, ``f1``: means over the groups with items. ``within``: items confused with
    another class of their group; ``across``: with one outside. NaN without items.
    """

    groups: int
    accuracy: float
    chance: float
    recall: float
    precision: float
    f1: float
    within: float
    across: float


@dataclass(frozen=True, slots=True)
class ConfusionNetwork:
    """Directed edges of the confusions that exceed the null network, strongest first.

    ``given``, ``predicted`` (e,) int32; ``count`` (e,) int32; ``expected`` (e,) float32 by the null network; ``p_values``
    (e,) float64, at a false discovery rate of 5 % over all pairs. ``drawn`` and ``sent`` (K,) int32: wrong predictions of
    each class, and of its items; ``hubs`` (h,) int32: classes that are wrongly predicted significantly more often than
    they are missed, most first. ``community`` (K,) int32: the community of each class, largest first (Louvain on the
    edges).
    """

    given: NDArray[np.int32]
    predicted: NDArray[np.int32]
    count: NDArray[np.int32]
    expected: NDArray[np.float32]
    p_values: NDArray[np.float64]
    drawn: NDArray[np.int32]
    sent: NDArray[np.int32]
    hubs: NDArray[np.int32]
    community: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Destinations:
    """Where the items of each class go when the class is left out: its ``d`` likeliest destinations, likeliest first.

    ``classes`` (K, d) int32; ``shares`` (K, d) float32 mean probability among the other classes, 0 for a class without items.
    """

    classes: NDArray[np.int32]
    shares: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Separability:
    """How well each stage of the network tells the groups of each level of the tree apart.

    ``stages`` s names, earliest first; ``levels`` l numbers of groups, coarsest first, classes last. ``accuracy`` (s, l)
    float32: mean recall of the groups by a leave-one-out ridge probe on the stage alone; ``above_chance`` the same as a
    share of what is possible above 1/groups. ``class_recall`` (s, K) float32: of the class itself, NaN without items.
    ``never``: (c,) int32 classes of which no stage recognises half.
    """

    stages: tuple[str, ...]
    levels: tuple[int, ...]
    accuracy: NDArray[np.float32]
    above_chance: NDArray[np.float32]
    class_recall: NDArray[np.float32]
    never: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Responses:
    """Mean responses of the channels of one stage to the classes, in tree order; at most 256 channels and 100,000 means.

    ``channels`` (c,) int32 columns of the stage, grouped by the superclass they respond to, most sensitive first;
    ``classes`` (k,) int32 in leaf order, those with items. ``means`` (c, k) float32 standardised: 0 is the channel's
    mean, 1 one standard deviation within classes. ``group`` (c,) int32 superclass the channel responds to most;
    ``sensitivity`` (c,) float32: its mean inside less its mean outside that superclass, in standard deviations.
    ``correlation`` (k, k) float32 of the classes over all channels, None for more than 256 classes; ``alike`` (k, a) int32 the
    up to five classes each correlates with most, ``alikeness`` (k, a) float32 how much.
    """

    stage: str
    channels: NDArray[np.int32]
    classes: NDArray[np.int32]
    means: NDArray[np.float32]
    group: NDArray[np.int32]
    sensitivity: NDArray[np.float32]
    correlation: NDArray[np.float32] | None
    alike: NDArray[np.int32]
    alikeness: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Detectors:
    """The channels that part confused classes best: of s ``stages`` (names, earliest first) and p ``pairs`` (p, 2) int32 of classes.

    ``accuracy`` (s, p) float32: share of the pair's images that a leave-one-out ridge probe on the stage alone puts into their class,
    mean of both classes; chance is 1/2. m channels: ``stage``, ``pair`` (m,) int32 which, ``channel`` (m,) int32 column of the stage,
    ``favours`` (m,) int32 the class to which it responds more, ``distance`` (m,) float32: by how many standard deviations within classes.
    """

    stages: tuple[str, ...]
    pairs: NDArray[np.int32]
    accuracy: NDArray[np.float32]
    stage: NDArray[np.int32]
    pair: NDArray[np.int32]
    channel: NDArray[np.int32]
    favours: NDArray[np.int32]
    distance: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Patches:
    """Where the channels of ``detectors`` respond most: k pictures, each channel's strongest first.

    ``fields`` (s,) float32: of each stage the side of a patch as a share of the image's. ``detector`` (k,) int32: whose; ``rows`` (k,)
    int64 of the dataset; ``pictures`` (k, side, side, 3) uint8 RGB: cut from the image as the network saw it, squashed to a square.
    """

    detectors: Detectors
    fields: NDArray[np.float32]
    detector: NDArray[np.int32]
    rows: NDArray[np.int64]
    pictures: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class TwoStage:
    """Out-of-sample cross-entropy (nats an item, smaller is better) and accuracy of a flat and of a two-stage probe.

    Both are measured against the given labels.
    """

    flat_loss: float
    two_stage_loss: float
    flat_accuracy: float
    two_stage_accuracy: float
