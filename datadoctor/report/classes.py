"""Trees, confusion cells and class pairs, as the Classes view draws them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from datadoctor.report.items import Items, rounded
from datadoctor.report.payload import ClassPairView, ConfusionView, TreeView
from datadoctor.run import Run
from datadoctor.sources.label_sets import labels_of

MOST_CELLS = 150_000
MOST_PAIRS = 300
EXAMPLES = 6
# Rows of predictions in memory at once.
AT_ONCE = 10_000


def names(run: Run, items: Items) -> list[str]:
    """What people call each class: in words alone where no other class has the same."""
    words = [run.class_words.get(class_id, class_id) for class_id in items.classes]
    many = Counter(words)
    return [word if many[word] == 1 else run.called(name) for word, name in zip(words, items.classes, strict=True)]


def label_sets(items: Items) -> list[list[int]]:
    """The classes in each set of several labels."""
    number = {name: i for i, name in enumerate(items.classes)}
    return [[number[name] for name in labels_of(text) if name in number] for text in items.labels[len(items.classes) :]]


def trees(run: Run, items: Items) -> list[TreeView]:
    """The tree in use, then the learnt one where a given tree is in use."""
    shown = dict(zip(items.classes, names(run, items), strict=True))
    return [_tree(run.hierarchy[name], shown) for name in ("used", "learnt") if run.hierarchy.get(name)]


def _tree(tree: Mapping[str, Any], shown: Mapping[str, str]) -> TreeView:
    order = [int(c) for c in tree["order"]]
    place = {c: i for i, c in enumerate(order)}
    spans = [[place[member] for member in node["members"]] for node in tree["nodes"]]
    return TreeView(
        origin=tree["origin"],
        order=order,
        name=[_node_name(node, tree["classes"], shown) for node in tree["nodes"]],
        parent=[int(node["parent"]) for node in tree["nodes"]],
        first=[min(span) for span in spans],
        last=[max(span) for span in spans],
        height=rounded([node["height"] for node in tree["nodes"]]),
        support=rounded([node["support"] for node in tree["nodes"]]),
        superclass_of=[int(s) for s in tree["superclass_of"]],
        superclasses=[str(name) for name in tree["superclasses"]],
    )


def _node_name(node: Mapping[str, Any], classes: Sequence[str], shown: Mapping[str, str]) -> str:
    if len(node["members"]) > 1:
        return str(node["name"])
    leaf = classes[node["members"][0]]
    return shown.get(leaf, leaf)


def confusion(run: Run) -> ConfusionView | None:
    """The non-zero cells, the largest ``MOST_CELLS`` of them; None when the run made no confusion matrix."""
    if not run.has("artifacts/confusion.npz"):
        return None
    arrays = run.arrays("confusion")
    counts, joint = np.asarray(arrays["argmax_counts"]), np.asarray(arrays["confident_joint"])
    given, predicted = np.nonzero((counts > 0) | (joint > 0))
    size = np.maximum(counts, joint)[given, predicted]
    kept = np.sort(np.argsort(-size, kind="stable")[:MOST_CELLS])
    given, predicted = given[kept], predicted[kept]
    return ConfusionView(
        given=given.tolist(),
        predicted=predicted.tolist(),
        count=counts[given, predicted].astype(int).tolist(),
        joint=joint[given, predicted].astype(int).tolist(),
        left_out=len(size) - len(kept),
    )


def predicted(run: Run, items: Items) -> list[int]:
    """Per item the class that the confusion matrix counts it under; that of the suggested label without predictions, else -1."""
    if not run.has("artifacts/pred_probs.npy"):
        number = {name: i for i, name in enumerate(items.classes)}
        return [number.get(name, -1) for name in items.table["suggested_label"]]
    probabilities = run.array("pred_probs")
    rows = items.table["row"].to_numpy(dtype=int)
    found = np.full(len(rows), -1)
    for start in range(0, len(rows), AT_ONCE):
        several = rows[start : start + AT_ONCE]
        found[start : start + AT_ONCE][several >= 0] = probabilities[several[several >= 0]].argmax(axis=1)
    return [int(one) for one in found]


def class_pairs(run: Run, items: Items) -> list[ClassPairView]:
    """The most ambiguous class pairs: the significant ones, then others, up to ``MOST_PAIRS``."""
    number = {name: i for i, name in enumerate(items.classes)}
    table = run.class_pairs
    table = table[table["class_a"].isin(number) & table["class_b"].isin(number)]
    first = np.lexsort((-table["ambiguity"].to_numpy(dtype=float), ~table["significant"].to_numpy(dtype=bool)))
    return [_class_pair(row, number, items) for row in table.iloc[first[:MOST_PAIRS]].to_dict("records")]


def _class_pair(row: Mapping[Any, Any], number: Mapping[str, int], items: Items) -> ClassPairView:
    ambiguity, low, high, share = rounded([row[c] for c in ("ambiguity", "low", "high", "mislabel_share")])
    return ClassPairView(
        a=number[row["class_a"]],
        b=number[row["class_b"]],
        ambiguity=ambiguity,
        low=low,
        high=high,
        p_value=float(row["p_value"]),
        significant=bool(row["significant"]),
        kind=str(row["kind"]),
        n_ab=int(row["n_ab"]),
        n_ba=int(row["n_ba"]),
        mislabel_share=share,
        relation=str(row["relation"]),
        action=str(row["action"]),
        boundary_a=items.positions(json.loads(row["boundary_a"])),
        boundary_b=items.positions(json.loads(row["boundary_b"])),
    )


def examples(items: Items) -> list[list[int]]:
    """Per class, up to ``EXAMPLES`` of its most typical items: least likely to be mislabelled."""
    table = items.table
    judged = table[table["readable"].astype(bool)].sort_values("mislabel_score", kind="stable", na_position="last")
    groups = judged.groupby("given_label", sort=False).head(EXAMPLES).groupby("given_label", sort=False).groups
    return [[int(i) for i in groups.get(name, [])] for name in items.classes]
