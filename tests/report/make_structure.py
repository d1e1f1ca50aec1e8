"""The ``class_structure.json`` of synthetic runs: every part, of the sizes that real runs have."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from datadoctor.run import STRUCTURE_SCHEMA

STAGES = ("features.7", "features.9", "features.12")
MOST_CORRELATED = 256
MOST_CELLS = 100_000


def class_structure(tree: dict[str, Any] | None, counts: NDArray[np.int64], seed: int) -> dict[str, Any]:
    """Every part for a tree and confusion counts (K, K); without a tree no part, with the reason."""
    parts = (
        "level_accuracy",
        "cuts",
        "groups",
        "network",
        "destinations",
        "agreement",
        "separability",
        "responses",
        "two_stage",
    )
    if tree is None:
        reason = "fewer than two classes: there is nothing to confuse"
        return {"schema": STRUCTURE_SCHEMA, "missing": dict.fromkeys(parts, reason), **dict.fromkeys(parts)}
    random = np.random.default_rng(seed)
    k, nodes = len(tree["order"]), len(tree["nodes"])
    rates = ("recall", "precision", "f1", "within", "across")
    levels = [4, k] if k > 4 else [k]
    return {
        "schema": STRUCTURE_SCHEMA,
        "missing": {"two_stage": "the predictions are those of a trained network, not of a probe"},
        "level_accuracy": {"classes": 0.78, "superclasses": 0.9, "classes_chance": 1 / k, "superclasses_chance": 0.3},
        "cuts": [{"groups": n, "accuracy": 0.9, "chance": 1 / n, **dict.fromkeys(rates, 0.4)} for n in levels],
        "groups": {name: _rounded(random.random(nodes)) for name in rates},
        "network": _network(counts, tree["superclass_of"]),
        "destinations": {"classes": random.integers(0, k, (k, 5)).tolist(), "shares": _rounded(np.tile([0.5, 0.2, 0.1, 0, 0], (k, 1)))},
        "agreement": {"cophenetic_correlation": 0.8, "triplet_accuracy": 0.9, "shuffled_accuracy": 0.5},
        "separability": _separability(k, levels, random),
        "responses": [_responses(stage, tree, random) for stage in STAGES],
        "two_stage": None,
    }  # fmt: skip


def _network(counts: NDArray[np.int64], community: list[int]) -> dict[str, Any]:
    off = counts - np.diag(np.diag(counts))
    given, predicted = np.nonzero(off)
    strongest = np.argsort(-off[given, predicted], kind="stable")[:5_000]
    given, predicted = given[strongest], predicted[strongest]
    found = off[given, predicted]
    drawn, sent = off.sum(axis=0), off.sum(axis=1)
    return {
        "given": given.tolist(), "predicted": predicted.tolist(), "count": found.tolist(),
        "expected": _rounded(found / 9), "p_values": [1e-9] * len(found), "drawn": drawn.tolist(), "sent": sent.tolist(),
        "hubs": np.argsort(-drawn, kind="stable")[:3].tolist(), "community": list(community),
    }  # fmt: skip


def _separability(k: int, levels: list[int], random: np.random.Generator) -> dict[str, Any]:
    accuracy = [[0.5 + 0.1 * stage - 0.2 * level for level in range(len(levels))] for stage in range(len(STAGES))]
    recall = _rounded(random.random((len(STAGES), k)))
    recall[0][0] = None
    return {
        "stages": list(STAGES),
        "levels": levels,
        "accuracy": accuracy,
        "above_chance": accuracy,
        "class_recall": recall,
        "never": [0],
    }


def _responses(stage: str, tree: dict[str, Any], random: np.random.Generator) -> dict[str, Any]:
    classes = tree["order"]
    k = len(classes)
    channels = min(256, MOST_CELLS // k)
    groups = np.sort(random.integers(0, len(tree["superclasses"]), channels))
    superclass = np.array([tree["superclass_of"][number] for number in classes])
    means = 1.5 * (groups[:, None] == superclass) + random.normal(0, 0.5, (channels, k))
    correlation = np.corrcoef(means.T)
    alike = np.argsort(-(correlation - 2 * np.eye(k)), axis=1, kind="stable")[:, :5]
    return {
        "stage": stage, "channels": list(range(channels)), "classes": classes, "means": _rounded(means),
        "group": groups.tolist(), "sensitivity": _rounded(random.random(channels)),
        "correlation": _rounded(correlation) if k <= MOST_CORRELATED else None,
        "alike": np.array(classes)[alike].tolist(), "alikeness": _rounded(np.take_along_axis(correlation, alike, axis=1)),
    }  # fmt: skip


def _rounded(values: NDArray[np.float64]) -> Any:
    return np.round(values, 4).tolist()
