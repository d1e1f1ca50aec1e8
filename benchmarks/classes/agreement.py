"""Class pairs and class trees against human truth and beside cleanlab."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.classes.people import Humans, humans
from benchmarks.classes.runs import Labels, Probabilities, clean_labels, confusions, fused_of, of_run
from datadoctor.run import Run
from datadoctor.stages.class_pairs.find import find
from datadoctor.stages.confusion.confident import estimate
from datadoctor.stages.hierarchy import Hierarchy, given
from datadoctor.stages.hierarchy.comparison import agreement
from datadoctor.stages.hierarchy.learnt import learn

MOST_CONFUSED = 8
RESAMPLES = 200
# What the set's own README calls naturally confusable.
CONFUSABLE = (
    ("crab", "crayfish", "lobster"),
    ("cougar_body", "cougar_face", "wild_cat"),
    ("crocodile", "crocodile_head"),
    ("flamingo", "flamingo_head"),
    ("ketch", "schooner"),
    ("lotus", "water_lilly"),
)
FIRST = 50
ANIMALS = {"bird", "cat", "deer", "dog", "frog", "horse"}


def ambiguities(labels: Labels, seen: Probabilities, tree: Hierarchy) -> NDArray[np.float64]:
    pairs = find(labels, seen, estimate(labels, seen), tree)
    ours = np.zeros((len(tree.classes), len(tree.classes)))
    ours[pairs.a, pairs.b] = pairs.ambiguity
    return ours


def overlapping(labels: Labels, probabilities: Probabilities) -> NDArray[np.float64]:
    from cleanlab.dataset import find_overlapping_classes

    table = find_overlapping_classes(labels=labels, pred_probs=probabilities)
    theirs = np.zeros((probabilities.shape[1], probabilities.shape[1]))
    theirs[table["Class Index A"], table["Class Index B"]] = table["Joint Probability"]
    return theirs + theirs.T


def judged(score: NDArray[np.float64], true: NDArray[np.float64]) -> tuple[float, float, int]:
    """Rank correlation over the pairs, average precision for the 8 most confused, place of the last of these."""
    from scipy.stats import spearmanr
    from sklearn.metrics import average_precision_score

    above = np.triu_indices(len(true), 1)
    score, true = score[above], true[above]
    top = true >= np.sort(true)[-MOST_CONFUSED]
    last = int(np.argsort(np.argsort(-score, kind="stable"))[top].max()) + 1
    return float(spearmanr(score, true).statistic), float(average_precision_score(top, score)), last


def print_pairs(run: Run, data: Path) -> None:
    labels, probabilities, classes = of_run(run)
    confusion = estimate(labels, probabilities)
    tree = learn(confusion, labels, probabilities, classes)
    seen, manifest = fused_of(run), pd.read_csv(data / "manifest.csv")
    people = humans(manifest, data, classes)
    mean, labelled = confusion.mean_probability, labels >= 0
    scores = {
        "ours": ambiguities(labels, seen, tree),
        "cleanlab find_overlapping_classes": overlapping(labels, probabilities),
        "smaller mean probability": np.minimum(mean, mean.T),
        "every wrong label known": confusions(
            labels[labelled], clean_labels(run, manifest, classes)[labelled], len(classes)
        ),
    }
    print(f"{'truth':22}{'score':36}{'Spearman':>10}{'AP top 8':>10}{'last of the 8 at':>18}")
    for truth, true in people.confusions().items():
        for name, score in scores.items():
            correlation, precision, last = judged(score, true)
            print(f"{truth:22}{name:36}{correlation:10.3f}{precision:10.3f}{last:18d}")
    print_lead(labels[labelled], probabilities[labelled], seen[labelled], tree, people)
    print(
        "superclasses:", " | ".join(group_of(tree.superclass_of == g, classes) for g in range(len(tree.superclasses)))
    )
    animal = np.array([name in ANIMALS for name in classes])
    split = next((n for n in tree.nodes if set(n.members) == set(np.flatnonzero(animal).tolist())), None)
    print("animals against vehicles is a node of the learnt tree:", split is not None)


def print_lead(
    labels: Labels, probabilities: Probabilities, seen: Probabilities, tree: Hierarchy, people: Humans
) -> None:
    """How far ahead of cleanlab, with 95 % intervals."""
    random = np.random.default_rng(0)
    leads: dict[str, list[NDArray[np.float64]]] = {}
    for _ in range(RESAMPLES):
        rows = random.integers(0, len(labels), len(labels))
        ours = ambiguities(labels[rows], seen[rows], tree)
        theirs = overlapping(labels[rows], probabilities[rows])
        for truth, true in people.again(random).confusions().items():
            lead = np.subtract(judged(ours, true)[:2], judged(theirs, true)[:2])
            leads.setdefault(truth, []).append(lead)
    for truth, drawn in leads.items():
        low, median, high = np.percentile(drawn, [2.5, 50, 97.5], axis=0)
        print(
            f"{truth:22}ahead of cleanlab by "
            + ", ".join(
                f"{median[i]:+.3f} ({low[i]:+.3f} to {high[i]:+.3f}) in {name}"
                for i, name in enumerate(("Spearman", "AP"))
            )
        )


def group_of(member: NDArray[np.bool_], classes: tuple[str, ...]) -> str:
    return ", ".join(classes[i] for i in np.flatnonzero(member))


def print_tree(run: Run, data: Path) -> None:
    labels, probabilities, classes = of_run(run)
    known = given.read(data / "hierarchy.csv", classes)
    confusion = estimate(labels, probabilities)
    tree = learn(confusion, labels, probabilities, classes, known)
    result = agreement(known, tree)
    print(f"{len(classes)} classes, {len(known.superclasses)} given superclasses, {len(tree.superclasses)} learnt")
    print(f"cophenetic correlation {result.cophenetic_correlation:.3f}")
    print(f"triplet accuracy {result.triplet_accuracy:.3f}, shuffled tree {result.shuffled_accuracy:.3f}")
    seen = fused_of(run)
    print_order(labels, probabilities, seen, tree, known)
    pairs = find(labels, seen, estimate(labels, seen), tree)
    print("ambiguous pairs:")
    for i in np.flatnonzero(pairs.significant)[:20]:
        low, high = pairs.low[i], pairs.high[i]
        print(f"  {pairs.ambiguity[i]:.3f} ({low:.3f} to {high:.3f})  {classes[pairs.a[i]]} / {classes[pairs.b[i]]}")


def print_order(
    labels: Labels, probabilities: Probabilities, seen: Probabilities, tree: Hierarchy, known: Hierarchy
) -> None:
    """How the pairs are ordered, by us and by cleanlab: confusable ones early, first ones near in the given tree."""
    from sklearn.metrics import average_precision_score

    above, number = np.triu_indices(len(known.classes), 1), {name: i for i, name in enumerate(known.classes)}
    natural = np.zeros((len(number), len(number)), dtype=bool)
    for one, other in (pair for group in CONFUSABLE for pair in combinations(group, 2)):
        if one in number and other in number:
            natural[min(number[one], number[other]), max(number[one], number[other])] = True
    distances = known.distances()
    scores = {"ours": ambiguities(labels, seen, tree), "cleanlab": overlapping(labels, probabilities)}
    for name, matrix in scores.items():
        score, order = matrix[above], np.argsort(-matrix[above], kind="stable")
        line = f"{name:9}distance of the first {FIRST} pairs in the given tree {distances[above][order[:FIRST]].mean():.3f}"
        line += f" (all pairs {distances[above].mean():.3f})"
        if natural.any():
            line += f", AP of {natural.sum()} confusable pairs {average_precision_score(natural[above], score):.3f}"
        print(line)
