"""Relabel queues: what a person should look at, worst first, with room for the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datadoctor.outputs.run import QUEUE_COLUMNS, Run

if TYPE_CHECKING:
    import pandas as pd


def relabel_queue(run: Run) -> pd.DataFrame:
    """One row per flagged label, worst first: ``QUEUE_COLUMNS``; the last four are empty, for the reviewer.

    ``priority`` counts from 1. ``key`` and ``reason`` are those of the mislabel finding.
    """
    import json

    findings = run.findings[run.findings["check"] == "mislabel"]
    by_path = {
        json.loads(subjects)[0]["path"]: (key, message)
        for subjects, key, message in zip(findings["subjects"], findings["key"], findings["message"], strict=True)
    }
    flagged = run.items[run.items["flagged"] & run.items["path"].isin(by_path)]
    queue = flagged.sort_values(["mislabel_score", "path"], ascending=[False, True]).copy()
    queue["priority"] = range(1, len(queue) + 1)
    queue["key"] = [by_path[path][0] for path in queue["path"]]
    queue["reason"] = [by_path[path][1] for path in queue["path"]]
    queue["p_mislabel"] = queue["p_mislabel"].round(4)
    queue[["decision", "new_label", "reviewer", "note"]] = ""
    return queue[list(QUEUE_COLUMNS)]
