"""Writes the tables, arrays and summary of a run directory: every file whole or not at all."""

from __future__ import annotations

import dataclasses
import json
import secrets
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from datadoctor.files import check_replaceable
from datadoctor.findings import Finding, Outcome, Ran, Severity
from datadoctor.run import (
    CHANGES_FILE,
    CONSENSUS_FILE,
    GROUPED_SPLIT_FILE,
    HIERARCHY_SCHEMA,
    SPELLINGS_FILE,
    Run,
    tables,
)
from datadoctor.run.structure import class_structure
from datadoctor.run.summary import summary
from datadoctor.spreadsheet import write_csv

if TYPE_CHECKING:
    import pandas as pd

    from datadoctor.flow import Flow
    from datadoctor.sources import Listing
    from datadoctor.stages.hierarchy import Hierarchy


def write_tables(flow: Flow, outcomes: Sequence[Outcome]) -> Run:
    """Write tables, arrays and summary of an audit into ``config.out``; what is made of a run can be made then."""
    out, dataset, hierarchy = flow.config.out, flow["dataset"], flow.part("hierarchy")
    findings = sorted((f for o in outcomes if isinstance(o, Ran) for f in o.findings), key=_worst_first)
    found = tables.findings_table(findings)
    _write_table(found, out / "findings.parquet")
    write_whole_csv(found, out / "findings.csv")
    items = tables.items_table(
        flow["listing"],
        flow["images"],
        dataset,
        flow.part("predictions"),
        flow.part("label_quality"),
        hierarchy,
        flow.part("label_set_quality"),
    )
    _write_table(items, out / "items.parquet")
    _write_table(tables.duplicates_table(dataset, flow.part("duplicates")), out / "duplicates.parquet")
    _write_table(tables.class_pairs_table(dataset, flow.part("class_pairs"), hierarchy), out / "class_pairs.parquet")
    _write_json(class_structure(flow), out / "class_structure.json", indent=None)
    _write_json({"schema": HIERARCHY_SCHEMA, **_trees(flow)}, out / "hierarchy.json")
    _write_spellings(flow["listing"], items, out / SPELLINGS_FILE)
    _write_grouped_split(flow, outcomes)
    _write_consensus(flow)
    _write_arrays(flow)
    _ask_for_reasons(flow)
    write_summary(flow, outcomes)
    (out / CHANGES_FILE).unlink(missing_ok=True)  # it was about the run that was here
    return Run(out)


def _write_spellings(listing: Listing, items: pd.DataFrame, file: Path) -> None:
    """Decisions for ``apply`` that give every class one spelling; no file where each has one."""
    table = tables.spellings_table(listing, items)
    if len(table):
        write_whole_csv(table, file)
    else:
        file.unlink(missing_ok=True)


def _write_grouped_split(flow: Flow, outcomes: Sequence[Outcome]) -> None:
    """A manifest whose splits part no recording, where there is one that is parted; else no file."""
    file = flow.config.out / GROUPED_SPLIT_FILE
    leaks = any(isinstance(one, Ran) and one.check == "sequence-leak" and one.findings for one in outcomes)
    if not leaks:
        file.unlink(missing_ok=True)
        return
    from datadoctor.stages.sequences.regrouping import grouped_split

    write_whole_csv(tables.split_table(flow["dataset"], grouped_split(flow["dataset"].splits, flow["sequences"])), file)


def _write_consensus(flow: Flow) -> None:
    """What several people's labels say together, as a manifest; no file where nobody is named."""
    file = flow.config.out / CONSENSUS_FILE
    if consensus := flow.part("consensus"):
        write_whole_csv(tables.consensus_table(flow["dataset"], consensus), file)
    else:
        file.unlink(missing_ok=True)


def _ask_for_reasons(flow: Flow) -> None:
    """Have the reasons kept that flagged images share: no check needs them, queue and pages do."""
    if "label_quality" not in flow.made:
        return
    try:
        flow.get("interpretations")
    except Exception as error:  # noqa: BLE001 - what the checks found must be written
        flow.notices.append("".join(traceback.format_exception(error)))


def write_summary(flow: Flow, outcomes: Sequence[Outcome]) -> None:
    """Write ``summary.json``; again at the end, when the cost of the last steps is known."""
    _write_json(summary(flow, outcomes), flow.config.out / "summary.json")


def _worst_first(finding: Finding) -> tuple[bool, str, float, str, tuple[str, ...]]:
    """What makes other findings wrong, then check by check."""
    urgent = finding.check == "source-problem" and finding.severity is Severity.ERROR
    return (not urgent, finding.check, -finding.score, finding.key, tuple(item.path for item in finding.items))


def _trees(flow: Flow) -> dict[str, Any]:
    used, learnt = flow.part("hierarchy"), flow.part("learnt_hierarchy")
    return {"used": _tree(used), "learnt": _tree(learnt) if learnt is not used else None}


def _tree(hierarchy: Hierarchy | None) -> dict[str, Any] | None:
    if hierarchy is None:
        return None
    return {
        "origin": hierarchy.origin,
        "classes": hierarchy.classes,
        "names": hierarchy.names,
        "nodes": [dataclasses.asdict(node) for node in hierarchy.nodes],
        "order": hierarchy.order.tolist(),
        "superclass_of": hierarchy.superclass_of.tolist(),
        "superclasses": hierarchy.superclasses,
        "notes": hierarchy.notes,
        "overlapping": [dataclasses.asdict(node) for node in hierarchy.overlapping],
    }


def _write_arrays(flow: Flow) -> None:
    folder = flow.config.out / "artifacts"
    _ = flow.part("embeddings")  # writes them itself: those there may be another dataset's
    if predictions := flow.part("predictions"):
        _write_array(predictions.probabilities, folder / "pred_probs.npy")
    if neighbours := flow.part("neighbours"):
        _write_arrays_as({"rows": neighbours.rows, "cosines": neighbours.cosines}, folder / "neighbours.npz")
    if confusion := flow.part("confusion"):
        arrays = {"confident_joint": confusion.confident_joint, "argmax_counts": confusion.argmax_counts}
        _write_arrays_as(arrays, folder / "confusion.npz")


def _write_table(table: pd.DataFrame, file: Path) -> None:
    with _Whole(file) as unfinished:
        table.to_parquet(unfinished, index=False)


def write_whole_csv(table: pd.DataFrame, file: Path) -> None:
    """Write a table as CSV that spreadsheets open without running anything in it."""
    with _Whole(file) as unfinished:
        write_csv(table, unfinished)


def _write_json(content: object, file: Path, indent: int | None = 1) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=indent, default=_plain)
    with _Whole(file) as unfinished:
        unfinished.write_text(text + "\n", encoding="utf-8")


def _plain(value: object) -> object:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} does not belong in JSON")


def _write_array(array: np.ndarray[Any, Any], file: Path) -> None:
    with _Whole(file) as unfinished, unfinished.open("wb") as stream:
        np.save(stream, array, allow_pickle=False)


def _write_arrays_as(arrays: dict[str, np.ndarray[Any, Any]], file: Path) -> None:
    with _Whole(file) as unfinished, unfinished.open("wb") as stream:
        np.savez(stream, **arrays)  # type: ignore[arg-type] # the stubs take the names for options


class _Whole:
    """Yields a name to write to, and gives the file its own name only when everything was written."""

    def __init__(self, file: Path) -> None:
        self._file = file
        # A name that nobody can have put a link under.
        self._unfinished = file.with_name(f".{file.name}.{secrets.token_hex(4)}")

    def __enter__(self) -> Path:
        check_replaceable(self._file)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        return self._unfinished

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._unfinished.replace(self._file)
        else:
            self._unfinished.unlink(missing_ok=True)
