"""Errors that a reviewer fixes within a budget, in our order and in others, and the same through every format.

python -m benchmarks.relabel_queue RUN --truth ../shared/data/caltech44/truth.csv

RUN is a directory that `datadoctor audit --out` wrote. The reviewer answers with the truth. The orders to compare with: by
cleanlab's label quality score on the same probabilities, by chance, and the perfect one.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from cleanlab.rank import get_label_quality_scores

from datadoctor.outputs.queue import relabel_queue
from datadoctor.outputs.queue.expected import expected_errors
from datadoctor.outputs.queue.formats import FORMATS
from datadoctor.outputs.run import Run
from tests.outputs.apply.test_round_trip import corrected

BUDGETS = (100, 200, 300)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--truth", type=Path, required=True, help="CSV with path and true_label")
    asked = parser.parse_args()
    run = Run(asked.run)
    known = pd.read_csv(asked.truth).set_index("path")["true_label"]
    print_orders(run, known)
    print_formats(run, {str(path): label for path, label in known.items()})


def print_orders(run: Run, truth: pd.Series[str]) -> None:
    items = run.items[run.items["judged"]]
    wrong = {path for path, label in zip(items["path"], items["given_label"], strict=True) if truth[path] != label}
    random = np.random.default_rng(0).permutation(items["path"]).tolist()
    perfect = sorted(items["path"], key=lambda path: path not in wrong)
    orders = {"cleanlab's quality score": by_cleanlab(run), "chance": random, "perfect": perfect}
    print(
        f"{len(wrong)} wrong labels among {len(items)} judged\n{'errors seen at a budget of':<28}",
        *(f"{b:>5}" for b in BUDGETS),
    )
    for name, options in {"ours": {}, "ours, --diverse": {"diverse": True}, "ours, --strata": {"strata": True}}.items():
        queues = [relabel_queue(run, budget=budget, **options) for budget in BUDGETS]  # type: ignore[arg-type]
        print(f"{name:<28}", *(f"{len(wrong & set(queue['path'])):>5}" for queue in queues))
    print(f"{'ours, --diverse, as groups':<28}", *(f"{by_groups(run, truth, budget):>5}" for budget in BUDGETS))
    for name, order in orders.items():
        print(f"{name:<28}", *(f"{len(wrong & set(order[:budget])):>5}" for budget in BUDGETS))
    for budget in BUDGETS:
        print("predicted:", expected_errors(relabel_queue(run, budget=budget), run.items, run.summary))


def by_groups(run: Run, truth: pd.Series[str], budget: int) -> str:
    """Errors fixed where each answer is given to the whole group, and labels that this makes wrong or leaves wrong."""
    fixed: set[str] = set()
    wrong: set[str] = set()
    for row in relabel_queue(run, budget=budget, diverse=True).to_dict("records"):
        for path in (row["path"], *(one["path"] for one in json.loads(row["members"]))):
            (fixed if truth[path] == truth[row["path"]] else wrong).add(path)
    given = run.items.set_index("path")["given_label"]
    return f"{sum(given[path] != truth[path] for path in fixed)} ({len(wrong)} wrong)"


def by_cleanlab(run: Run) -> list[str]:
    items = run.items
    items = items[items["judged"]]
    classes = sorted(set(run.items["given_label"]) - {""})
    labels = items["given_label"].map({name: i for i, name in enumerate(classes)}).to_numpy()
    scores = get_label_quality_scores(labels, np.asarray(run.array("pred_probs"))[items["row"].to_numpy()])
    return [str(path) for path in items["path"].to_numpy()[np.argsort(scores, kind="stable")]]


def print_formats(run: Run, truth: dict[str, str]) -> None:
    given = dict(zip(run.items["path"], run.items["given_label"], strict=True))
    print(f"\n{'applied through':<28}", *(f"{b:>12}" for b in BUDGETS))
    for form in FORMATS:
        cells = []
        for budget in BUDGETS:
            with tempfile.TemporaryDirectory() as folder:
                source = Path(run.summary["source"])
                after = corrected(run, source, truth, form, Path(folder) / "trip", budget=budget)
            fixed = sum(given[path] != truth[path] == after[path] for path in given)
            broken = sum(given[path] == truth[path] != after[path] for path in given)
            cells.append(f"{fixed} fixed {broken} broken")
        print(f"{form:<28}", *(f"{cell:>20}" for cell in cells))


if __name__ == "__main__":
    main()
