"""Gathers what the page knows from the tables and arrays of a run, each list worst first and cut to a stated length."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass
from itertools import chain

from datadoctor.report import classes, duplicates, evidence
from datadoctor.report.items import Items, chosen_items, rounded
from datadoctor.report.layout import positions
from datadoctor.report.payload import FindingView, Payload, Shortened
from datadoctor.report.reasons import reason_views
from datadoctor.report.structure import structure
from datadoctor.report.thumbnails import in_turn
from datadoctor.run import QUEUE_COLUMNS, Run
from datadoctor.run.suspects import worst_first

MOST_QUEUE = 20_000
MOST_FINDINGS = 1_500
MOST_EVIDENCE = 3_000
NEIGHBOURS = 10
MOST_EXTREMES = 100


@dataclass(frozen=True)
class Gathering:
    """The page's data, and whose thumbnails it wants: ``large`` and ``small`` are positions, most wanted first."""

    payload: Payload
    items: Items
    large: list[int]
    small: list[int]


def gathered(run: Run, most_items: int) -> Gathering:
    """The data of a run's page with at most ``most_items`` items."""
    items = chosen_items(run, most_items)
    found = _findings(run, items)
    sets = duplicates.duplicate_sets(run, items)
    shown_sets = sets[: duplicates.MOST_SETS]
    pairs = classes.class_pairs(run, items)
    queue = _queue(run, items, found)
    neighbours = _neighbours(run, items, queue[:MOST_EVIDENCE])
    shared = reason_views(run, items)
    examples = classes.examples(items)
    in_sets = [i for s in shown_sets for i in s.items]
    in_pairs = [i for p in pairs for i in chain(p.boundary_a, p.boundary_b)]
    large = list(in_turn([queue, in_sets, in_pairs, *_by_check(found)]))
    around = [int(row[0]) for n in neighbours.values() for row in n]
    near = list(chain.from_iterable(reason.counters for reason in shared))
    small = [*in_turn([around, near, list(in_turn(examples)), *_extremes(items)]), *range(len(items))]
    few = range(len(items) if len(items) <= MOST_QUEUE else 0)
    subjects = {*few, *queue, *in_sets, *in_pairs, *large[:MOST_QUEUE]}
    payload = Payload(
        run=hashlib.sha256(str(run.summary["source"]).encode("utf-8", "surrogatepass")).hexdigest()[:16],
        source=str(run.summary["source"]),
        command=str(run.path),
        classes=items.classes,
        names=classes.names(run, items),
        several=run.several_labels,
        label_sets=classes.label_sets(items),
        label_set_facts=run.summary.get("label_sets"),
        checks=[{key: c[key] for key in ("check", "title", "status", "findings")} for c in run.summary["checks"]],
        items=items.columns(subjects) | {"predicted": classes.predicted(run, items)},
        queue=queue,
        expected_errors=(run.summary["label_errors"] or {}).get("expected_errors", []),
        findings=found,
        neighbours=neighbours,
        maps=evidence.maps(run, items),
        reasons=shared,
        sets=shown_sets,
        trees=classes.trees(run, items),
        confusion=classes.confusion(run),
        class_pairs=pairs,
        structure=structure(run, items),
        examples=examples,
        queue_columns=list(QUEUE_COLUMNS),
        shortened=Shortened(len(items), items.total, len(found), len(run.findings), len(shown_sets), len(sets)),
        positions=positions(run, items),
    )
    return Gathering(payload, items, large, small)


def _findings(run: Run, items: Items) -> list[FindingView]:
    checks = [check["check"] for check in run.summary["checks"]]
    number = {name: i for i, name in enumerate(checks)}
    table = run.findings[run.findings["check"].isin(checks)]
    worst = table.groupby("check", sort=False).head(MOST_FINDINGS)
    return [
        FindingView(
            key=row["key"],
            check=number[row["check"]],
            severity=row["severity"],
            score=rounded([row["score"]])[0],
            items=items.positions(subject["path"] for subject in json.loads(row["subjects"])),
            labels=json.loads(row["labels"]),
            message=row["message"],
            suggestion=row["suggestion"],
            evidence=json.loads(row["evidence"]),
        )
        for row in worst.to_dict("records")
    ]


def _extremes(items: Items) -> list[list[int]]:
    """The images at both ends of every quality figure."""
    table = items.table
    ends: list[list[int]] = []
    for name in (name for name in map(str, table) if name.startswith("quality_")):
        ordered = table[name].dropna().sort_values(kind="stable").index.tolist()
        ends += [ordered[:MOST_EXTREMES], ordered[: -MOST_EXTREMES - 1 : -1]]
    return ends


def _by_check(found: list[FindingView]) -> list[list[int]]:
    several: dict[int, list[int]] = defaultdict(list)
    for finding in found:
        several[finding.check] += finding.items
    return list(several.values())


def _queue(run: Run, items: Items, found: list[FindingView]) -> list[int]:
    """Items to review: those of relabel.csv in its order, then the subjects of other findings, worst first."""
    first = items.positions(worst_first(run))
    others = sorted((f for f in found if f.items), key=lambda f: -(f.score or 0))
    return list(dict.fromkeys(chain(first, *(f.items for f in others))))[:MOST_QUEUE]


def _neighbours(run: Run, items: Items, queue: list[int]) -> dict[int, list[list[float]]]:
    """Per item of the queue: [position, cosine] of its nearest neighbours that the page knows."""
    if not run.has("artifacts/neighbours.npz"):
        return {}
    arrays = run.arrays("neighbours")
    row_of, position = items.table["row"].tolist(), items.index_of_row
    result: dict[int, list[list[float]]] = {}
    for item in queue:
        if row_of[item] >= 0:
            row = row_of[item]
            near = zip(
                arrays["rows"][row, :NEIGHBOURS].tolist(), arrays["cosines"][row, :NEIGHBOURS].tolist(), strict=True
            )
            result[item] = [[position[other], round(cosine, 3)] for other, cosine in near if other in position]
    return result
