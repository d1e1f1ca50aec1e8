"""Whether another order of rows or columns agrees with the dataset far better than the one that was given.

Every comparison is of two readings of the same array, image by image, on the images that the two read differently. The other one
agrees far better if, beyond what chance gives each, it agrees three times as often and by four standard deviations (of the
discordant images, as in McNemar's test). So noisy labels and weak predictions stop nobody: they make both readings poor.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.brought.orders import Listed, Order, class_orders, row_orders

TIMES_BETTER, DEVIATIONS = 3.0, 4.0
LEAST_IMAGES = 20
# An order that people use is named rather than an arbitrary one that agrees a little more often.
NEARLY = 0.95
# Beyond this, an assignment of the columns takes longer than it is worth: only the orders people use are tried.
MOST_CLASSES = 2000


@dataclass(frozen=True)
class Better:
    """``rows``, ``columns``: the other order in words, '' for the given one; the shares (0 to 1) of the images that agree.

    ``agrees``: what agreeing is, as in 'as given, it names the label of 12 % of the images'.
    """

    rows: str
    columns: str
    given: float
    other: float
    agrees: str = "it names the label of"


@dataclass(frozen=True)
class Tried:
    """Whether other orders of the rows and of the columns are possible: not where they are named."""

    rows: bool = True
    columns: bool = True


@dataclass(frozen=True)
class Reading:
    """How often a reading agrees with n images: ``hits`` (n,) bool, ``chance`` (n,) what independence would give each."""

    hits: NDArray[np.bool_]
    chance: NDArray[np.float64]


def far_better(given: Reading, other: Reading) -> bool:
    """Whether ``other`` agrees far better than ``given``; both are of the images that the two read differently."""
    if len(given.hits) < LEAST_IMAGES:
        return False
    ours = float(given.hits.sum() - given.chance.sum())
    theirs = float(other.hits.sum() - other.chance.sum())
    discordant = int((given.hits != other.hits).sum())
    return theirs >= TIMES_BETTER * max(ours, 0.0) and theirs - ours > DEVIATIONS * max(discordant, 1) ** 0.5


def of_probabilities(
    predicted: NDArray[np.int64], listed: Listed, classes: Sequence[str], tried: Tried, seed: int = 0
) -> Better | None:
    """Another order of rows, columns or both in which the predicted columns (m,) name the given labels far better."""
    labels = _known(listed)
    if (labels >= 0).sum() < LEAST_IMAGES or not (tried.rows or tried.columns):
        return None
    rows = [Order("", np.arange(len(predicted))), *(row_orders(listed) if tried.rows else ())]
    columns = [Order("", np.arange(len(classes))), *(class_orders(classes, listed) if tried.columns else ())]
    found = [one for order in rows for one in _named(predicted, labels, order, columns)]
    best = max(found, key=lambda better: better.other, default=None)
    labelled = labels >= 0
    assigned = _assigned(predicted[labelled], labels[labelled], classes, seed) if tried.columns else None
    return best if best and (assigned is None or best.other >= NEARLY * assigned.other) else assigned


def groups_labels(labels: NDArray[np.int64], image_at: NDArray[np.int64]) -> bool:
    """Whether an order groups the images by their labels, as the given one does not: it then agrees with anything sorted."""
    given, other = ((np.diff(order) != 0).sum() for order in (labels, labels[image_at]))
    return bool(2 * other < given)


def _known(listed: Listed) -> NDArray[np.int64]:
    """(m,) the labels, -1 also for unreadable images."""
    labels = np.full(len(listed.paths), -1, dtype=np.int64)
    labels[listed.readable] = listed.labels[listed.readable]
    return labels


def _named(
    predicted: NDArray[np.int64], labels: NDArray[np.int64], rows: Order, columns: Sequence[Order]
) -> Iterator[Better]:
    """The orders of the columns that, with this one of the rows, agree far better."""
    image_at = np.argsort(rows.positions)
    known = (labels >= 0) & (labels[image_at] >= 0)
    called, given, other = predicted[known], labels[known], labels[image_at][known]
    if len(called) < LEAST_IMAGES:
        return
    share = float((called == given).mean())
    if (
        groups_labels(labels, image_at)
        and share > _chance(called, given) + 2 * (share * (1 - share) / len(given)) ** 0.5
    ):
        return
    for order in columns:
        wanted = order.positions[other]
        # Only what the two readings want to see differs, never what is seen, chooses the rows to compare on.
        differ = wanted != given
        if differ.sum() >= LEAST_IMAGES and far_better(
            _reading(called[differ], given[differ]), _reading(called[differ], wanted[differ])
        ):
            yield Better(rows.name, order.name, share, float((called == wanted).mean()))


def _chance(called: NDArray[np.int64], wanted: NDArray[np.int64]) -> float:
    return float(_reading(called, wanted).chance.mean())


def _reading(called: NDArray[np.int64], wanted: NDArray[np.int64]) -> Reading:
    often = np.bincount(called, minlength=int(max(called.max(), wanted.max())) + 1) / len(called)
    return Reading(called == wanted, often[wanted])


def _share(called: NDArray[np.int64], labels: NDArray[np.int64]) -> float:
    return float((called == labels).mean())


def _assigned(given: NDArray[np.int64], labels: NDArray[np.int64], classes: Sequence[str], seed: int) -> Better | None:
    """A permutation of the columns by linear assignment: learnt on one half of the images, it must be far better on the other."""
    n_classes = len(classes)
    if not 1 < n_classes <= MOST_CLASSES:
        return None
    halves = _halves(labels, seed)
    permutations = [_assignment(given[half], labels[half], n_classes) for half in halves]
    wanted = np.empty_like(labels)
    for half, permutation in zip(halves, reversed(permutations), strict=True):
        wanted[half] = permutation[labels[half]]
    moved = wanted != labels
    if moved.sum() < LEAST_IMAGES or not far_better(
        _reading(given[moved], labels[moved]), _reading(given[moved], wanted[moved])
    ):
        return None
    whole = _assignment(given, labels, n_classes)
    moved_classes = np.flatnonzero(whole != np.arange(n_classes)).tolist()
    named = ", ".join(f"column {whole[number]} for {classes[number]!r}" for number in moved_classes[:3])
    more = f" and {len(moved_classes) - 3:,} more" if len(moved_classes) > 3 else ""
    return Better("", f"{named}{more}", _share(given, labels), _share(given, whole[labels]))


def _halves(labels: NDArray[np.int64], seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Two halves of the images with equally many of each class."""
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    ordered = shuffled[np.argsort(labels[shuffled], kind="stable")]
    return ordered[::2], ordered[1::2]


def _assignment(called: NDArray[np.int64], labels: NDArray[np.int64], n_classes: int) -> NDArray[np.int64]:
    """(K,) the column of each class that agrees best, in shares of the class beyond chance; as given where nothing tells."""
    from scipy.optimize import linear_sum_assignment

    joint = np.zeros((n_classes, n_classes))
    np.add.at(joint, (labels, called), 1.0)
    sizes = np.maximum(joint.sum(axis=1, keepdims=True), 1)
    shares = joint / sizes - joint.sum(axis=0) / len(labels) + 1e-6 * np.eye(n_classes)
    return np.asarray(linear_sum_assignment(shares, maximize=True)[1], dtype=np.int64)
