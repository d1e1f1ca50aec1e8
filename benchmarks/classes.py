"""Class pairs and class trees against human truth and beside cleanlab; seconds and memory by number of classes.

``python -m benchmarks.classes agreement RUN --data ../shared/data/cifar10``
    RUN is what ``datadoctor audit`` wrote for images of that set. CIFAR-10: rank correlation over the 45 pairs and average
    precision for the 8 most confused ones, against the disagreement of CIFAR-10N's annotators and CIFAR-10H's votes, beside
    cleanlab's ``find_overlapping_classes`` on the same probabilities. Sets with a ``hierarchy.csv``: cophenetic correlation and
    triplet accuracy of the learnt tree, with a shuffled tree as control.
``python -m benchmarks.classes scale [K ...]``
    Synthetic probabilities of K classes, 20 items each (2 at 10,000); every measurement in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadoctor.artifacts.class_pairs import ClassPairs
from datadoctor.artifacts.class_pairs.find import find
from datadoctor.artifacts.class_structure.groups import cuts, group_metrics
from datadoctor.artifacts.class_structure.network import confusion_network, destinations
from datadoctor.artifacts.confusion.confident import estimate
from datadoctor.artifacts.hierarchy import Hierarchy, given
from datadoctor.artifacts.hierarchy.comparison import agreement
from datadoctor.artifacts.hierarchy.learnt import learn
from datadoctor.artifacts.keeping import Keeper
from datadoctor.artifacts.label_quality import ErrorRate, LabelQuality
from datadoctor.artifacts.predictions import Predictions
from datadoctor.artifacts.predictions.clearest import clearest
from datadoctor.outputs.run import Run

MOST_CONFUSED = 8
ANIMALS = {"bird", "cat", "deer", "dog", "frog", "horse"}
Probabilities = NDArray[np.float32]


def of_run(run: Run) -> tuple[NDArray[np.int32], Probabilities, tuple[str, ...]]:
    """Labels, probabilities and classes of the items that a run could read."""
    items = run.items[run.items["row"] >= 0].sort_values("row")
    classes = tuple(run.hierarchy["used"]["classes"])
    labels = items["given_label"].map({name: i for i, name in enumerate(classes)}).fillna(-1).to_numpy(np.int32)
    return labels, np.load(run.path / "artifacts" / "pred_probs.npy"), classes


def human_confusions(data: Path, classes: tuple[str, ...]) -> dict[str, NDArray[np.float64]]:
    """(10, 10) symmetric: annotators of CIFAR-10N who disagree on an image; votes of CIFAR-10H that do."""
    manifest = pd.read_csv(data / "manifest.csv")
    train = manifest[manifest["split"] == "train"]
    number = {name: i for i, name in enumerate(classes)}
    said = np.stack([train[f"rand{i}_label"].map(number).to_numpy() for i in (1, 2, 3)], axis=1)
    disagree = np.zeros((len(classes), len(classes)))
    for one, other in ((0, 1), (0, 2), (1, 2)):
        np.add.at(disagree, (said[:, one], said[:, other]), 1)
    votes = pd.read_csv(data / "cifar10h.csv")[list(classes)].to_numpy(np.float64)
    votes /= votes.sum(axis=1, keepdims=True)
    return {"CIFAR-10N annotators": disagree + disagree.T, "CIFAR-10H votes": votes.T @ votes}


def kept(run: Run, stage: str) -> Any:
    """What the audit kept of a stage; None where it had no use for it."""
    folder = run.path / "artifacts" / "stages"
    file = folder / stage / "value.json"
    if not file.is_file():
        return None

    def absent() -> None:
        raise SystemExit(f"{file}: cannot be read; audit again")

    return Keeper(folder, (ErrorRate, LabelQuality, Predictions)).keep(
        stage, json.loads(file.read_text())["key"], absent
    )


def pairs_of(run: Run, tree: Hierarchy) -> ClassPairs:
    """The class pairs by the view that the audit looks at, too."""
    labels, probabilities, _ = of_run(run)
    further = [kept(run, "own_predictions"), *(kept(run, "further_predictions") or ())]
    seen = clearest([probabilities, *(view.probabilities for view in further if view)], labels)
    return find(labels, seen, estimate(labels, seen), tree, kept(run, "label_quality"))


def print_pairs(run: Run, data: Path) -> None:
    from cleanlab.dataset import find_overlapping_classes
    from scipy.stats import spearmanr
    from sklearn.metrics import average_precision_score

    labels, probabilities, classes = of_run(run)
    confusion = estimate(labels, probabilities)
    tree = learn(confusion, labels, probabilities, classes)
    pairs = pairs_of(run, tree)
    ours = np.zeros((len(classes), len(classes)))
    ours[pairs.a, pairs.b] = pairs.ambiguity
    table = find_overlapping_classes(labels=labels, pred_probs=probabilities)
    theirs = np.zeros_like(ours)
    theirs[table["Class Index A"], table["Class Index B"]] = table["Joint Probability"]
    theirs = theirs + theirs.T
    above = np.triu_indices(len(classes), 1)
    mean = confusion.mean_probability
    scores = {
        "ours": ours[above],
        "cleanlab find_overlapping_classes": theirs[above],
        "smaller mean probability": np.minimum(mean, mean.T)[above],
    }
    print(f"{'truth':22}{'score':36}{'Spearman':>10}{'AP top 8':>10}{'last of the 8 at':>18}")
    for truth, confusions in human_confusions(data, classes).items():
        true = confusions[above]
        top = true >= np.sort(true)[-MOST_CONFUSED]
        for name, score in scores.items():
            last = int(np.argsort(np.argsort(-score))[top].max()) + 1
            correlation, precision = spearmanr(score, true).statistic, average_precision_score(top, score)
            print(f"{truth:22}{name:36}{correlation:10.3f}{precision:10.3f}{last:18d}")
    print(
        "superclasses:", " | ".join(group_of(tree.superclass_of == g, classes) for g in range(len(tree.superclasses)))
    )
    animal = np.array([name in ANIMALS for name in classes])
    split = next((n for n in tree.nodes if set(n.members) == set(np.flatnonzero(animal).tolist())), None)
    print("animals against vehicles is a node of the learnt tree:", split is not None)


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
    pairs = pairs_of(run, tree)
    print("ambiguous pairs:")
    for i in np.flatnonzero(pairs.significant)[:20]:
        low, high = pairs.low[i], pairs.high[i]
        print(f"  {pairs.ambiguity[i]:.3f} ({low:.3f} to {high:.3f})  {classes[pairs.a[i]]} / {classes[pairs.b[i]]}")


def made_up(n_classes: int) -> tuple[NDArray[np.int32], Probabilities]:
    """Labels, and probabilities that favour the given class and its nine successors."""
    random = np.random.default_rng(0)
    each = 20 if n_classes < 10_000 else 2
    labels = np.repeat(np.arange(n_classes), each).astype(np.int32)
    p = np.full((len(labels), n_classes), 0.1 / n_classes, dtype=np.float32)
    near = (labels[:, np.newaxis] + np.arange(min(10, n_classes))) % n_classes
    favour = random.dirichlet(np.linspace(2, 0.1, near.shape[1]), len(labels)) * 0.9
    np.add.at(p, (np.arange(len(labels))[:, np.newaxis], near), favour.astype(np.float32))
    return labels, p


def ours_at(n_classes: int) -> dict[str, Callable[[], object]]:
    labels, p = made_up(n_classes)
    classes = tuple(f"{i:05d}" for i in range(n_classes))
    made: dict[str, object] = {}

    def step(name: str, compute: Callable[[], object]) -> Callable[[], object]:
        return lambda: made.setdefault(name, compute())

    def structure() -> object:
        tree, confusion = made["tree"], made["confusion"]
        return (
            group_metrics(tree, confusion),  # type: ignore[arg-type]
            cuts(tree, confusion),  # type: ignore[arg-type]
            confusion_network(confusion),  # type: ignore[arg-type]
            destinations(confusion),  # type: ignore[arg-type]
        )

    return {
        "confusion": step("confusion", lambda: estimate(labels, p)),
        "tree": step("tree", lambda: learn(made["confusion"], labels, p, classes)),  # type: ignore[arg-type]
        "pairs": step("pairs", lambda: find(labels, p, made["confusion"], made["tree"])),  # type: ignore[arg-type]
        "structure": structure,
    }


def cleanlab_at(n_classes: int) -> dict[str, Callable[[], object]]:
    from cleanlab.dataset import find_overlapping_classes

    labels, p = made_up(n_classes)
    return {"find_overlapping_classes": lambda: find_overlapping_classes(labels=labels, pred_probs=p)}


def measure(who: str, n_classes: int) -> None:
    """In a process of its own: seconds of each step, and the peak memory above that of the probabilities."""
    steps = (ours_at if who == "ours" else cleanlab_at)(n_classes)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    spent = []
    for name, work in steps.items():
        start = time.perf_counter()
        work()
        spent.append(f"{name} {time.perf_counter() - start:.2f} s")
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 2**10
    print(f"{n_classes:6d} classes  {who:9}{', '.join(spent)}; {more:.0f} MB more than the input", flush=True)


def scale(numbers: list[int], limit: float) -> None:
    for n_classes in numbers:
        for who in ("ours", "cleanlab"):
            command = [sys.executable, "-m", "benchmarks.classes", "measure", who, str(n_classes)]
            try:
                code = subprocess.run(command, timeout=limit, check=False).returncode
            except subprocess.TimeoutExpired:
                print(f"{n_classes:6d} classes  {who:9}not done after {limit:.0f} s", flush=True)
            else:
                if code:
                    print(f"{n_classes:6d} classes  {who:9}ended with exit code {code}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    compare = commands.add_parser("agreement")
    compare.add_argument("run", type=Path)
    compare.add_argument("--data", type=Path, required=True)
    grow = commands.add_parser("scale")
    grow.add_argument("classes", type=int, nargs="*", default=[10, 100, 1000, 10_000])
    grow.add_argument("--limit", type=float, default=600, help="seconds")
    one = commands.add_parser("measure")
    one.add_argument("who", choices=("ours", "cleanlab"))
    one.add_argument("classes", type=int)
    arguments = parser.parse_args()
    if arguments.command == "scale":
        scale(arguments.classes, arguments.limit)
    elif arguments.command == "measure":
        measure(arguments.who, arguments.classes)
    else:
        show = print_pairs if (arguments.data / "cifar10h.csv").is_file() else print_tree
        show(Run(arguments.run), arguments.data)


if __name__ == "__main__":
    main()
