"""Errors that a reviewer fixes within a budget, in our order and in others, and the same through every format.

python -m benchmarks.relabel_queue RUN --truth ../shared/data/caltech44/truth.csv [--again]

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

from datadoctor import audit
from datadoctor.comparison.changes import changes
from datadoctor.comparison.changes.formats import rendered
from datadoctor.findings.records import Records
from datadoctor.relabel.queue import relabel_queue
from datadoctor.relabel.queue.expected import expected_errors
from datadoctor.relabel.queue.formats import FORMATS
from datadoctor.run import Run
from tests.relabel.apply.test_round_trip import corrected

BUDGETS = (100, 200, 300)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--truth", type=Path, required=True, help="CSV with path and true_label")
    parser.add_argument("--again", action="store_true", help="audit the corrected datasets too: minutes")
    asked = parser.parse_args()
    run = Run(asked.run)
    known = pd.read_csv(asked.truth).set_index("path")["true_label"]
    print_orders(run, known)
    print_formats(run, {str(path): label for path, label in known.items()}, asked.again)


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


def print_formats(run: Run, truth: dict[str, str], again: bool) -> None:
    given = dict(zip(run.items["path"], run.items["given_label"], strict=True))
    print(f"\n{'applied through':<28}", *(f"{b:>20}" for b in BUDGETS))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for form in FORMATS:
            cells = []
            for budget in BUDGETS:
                after = corrected(
                    run, Path(run.summary["source"]), truth, form, trip(folder, form, budget), budget=budget
                )
                fixed = sum(given[path] != truth[path] == after[path] for path in given)
                broken = sum(given[path] == truth[path] != after[path] for path in given)
                cells.append(f"{fixed} fixed {broken} broken")
            print(f"{form:<28}", *(f"{cell:>20}" for cell in cells))
        for budget in BUDGETS if again else ():
            audit_again(run, folder, budget)


def trip(folder: Path, form: str, budget: int) -> Path:
    return folder / f"{form}-{budget}"


def audit_again(run: Run, folder: Path, budget: int) -> None:
    """Audit what the answers through every format, all the same, made of the dataset, and print what changed."""
    places = [trip(folder, form, budget) for form in FORMATS]
    (manifest,) = {(place / "labels.csv").read_bytes() for place in places}
    (folder / "labels.csv").write_bytes(manifest)
    kept = ("hierarchy", "model", "weights", "seed")
    settings = {name: run.summary["settings"][name] for name in kept}
    out = folder / f"again-{budget}"
    audit(run.summary["source"], manifest=folder / "labels.csv", label_column="label", out=out, **settings)
    found = changes(run, Run(out), Records(places[0] / "records"))
    print(f"\naudited again after {budget} answers\n" + rendered(found, "text").split("\n\ngone though")[0])


if __name__ == "__main__":
    main()
