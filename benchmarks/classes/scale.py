"""Seconds and memory of class pairs and class trees by number of classes, beside cleanlab."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from benchmarks.classes.runs import Labels, Probabilities
from datadoctor.stages.class_pairs.find import find
from datadoctor.stages.class_structure.groups import cuts, group_metrics
from datadoctor.stages.class_structure.network import confusion_network, destinations
from datadoctor.stages.confusion.confident import estimate
from datadoctor.stages.hierarchy.learnt import learn

MOST_MEMORY = 10 * 2**30  # address space of a process, code and libraries with it


def made_up(n_classes: int) -> tuple[Labels, Probabilities]:
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
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
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
