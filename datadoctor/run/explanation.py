"""Why one image was flagged, or why not: everything a run knows about it, as text."""

from __future__ import annotations

import json
from typing import Any

from datadoctor.errors import DataDoctorError
from datadoctor.run import Run

NEIGHBOURS = 8


def explanation(run: Run, path: str) -> str:
    """Facts, label judgement with each view, neighbours and findings of the image at ``path``.

    Raises ``DataDoctorError`` when the run has no such image.
    """
    items = run.items
    found = items[items["path"] == path]
    if found.empty:
        near = items["path"][items["path"].str.contains(path, regex=False)].head(3).tolist()
        hint = f"did you mean {', '.join(near)}?" if near else "paths are relative to the audited folder"
        raise DataDoctorError(f"{path}: not an image of {run.path}; {hint}")
    item = {str(name): value for name, value in found.iloc[0].items()}
    lines = [path, f"  {item['width']} x {item['height']} {item['mode']}, split {item['split'] or '(none)'}"]
    if not item["readable"]:
        return "\n".join([*lines, f"  not judged: unreadable: {item['error']}"])
    return "\n".join([*lines, *_label(run, item), *_neighbours(run, item), *_findings(run, path)])


def _label(run: Run, item: dict[str, Any]) -> list[str]:
    summary = run.summary["label_errors"]
    given, suggested = run.called(item["given_label"]), run.called(item["suggested_label"])
    if not item["judged"] or summary is None:
        reason = (
            (summary or {})
            .get("cannot_judge", {})
            .get(item["given_label"], "no label, or the mislabel check did not run")
        )
        return [f"  given {given!r}: cannot be judged: {reason}"]
    threshold = float(summary["threshold"])
    margin = item["p_mislabel"] - threshold
    verdict = f"flagged as {item['kind']}" if item["flagged"] else "not flagged"
    lines = [
        f"  given {given!r}, suggested {suggested!r} ({item['relation']}): {verdict}",
        f"  p_mislabel {item['p_mislabel']:.3f}, threshold {threshold:.3f}, margin {margin:+.3f}; score {item['mislabel_score']:.4f}",
    ]
    for name in sorted(column for column in item if column.startswith("view_")):
        lines.append(f"  {name.removeprefix('view_')} gives the given label {item[name]:.3f}")
    return lines


def _neighbours(run: Run, item: dict[str, Any]) -> list[str]:
    if not run.has("artifacts/neighbours.npz"):
        return []
    arrays = run.arrays("neighbours")
    by_row = run.items[run.items["row"] >= 0].set_index("row")
    pairs = zip(arrays["rows"][item["row"]].tolist(), arrays["cosines"][item["row"]].tolist(), strict=True)
    lines = [f"  {'agree' if item['neighbour_agreement'] >= 0.5 else 'disagree'}: neighbours, nearest first"]
    for row, cosine in list(pairs)[:NEIGHBOURS]:
        if row >= 0:
            other = by_row.loc[row]
            lines.append(f"    {cosine:.3f}  {run.called(other['given_label'])}  {other['path']}")
    return lines


def _findings(run: Run, path: str) -> list[str]:
    named = [
        f"  {check} ({severity}): {message}"
        for check, severity, message, subjects in zip(
            run.findings["check"],
            run.findings["severity"],
            run.findings["message"],
            run.findings["subjects"],
            strict=True,
        )
        if any(subject["path"] == path for subject in json.loads(subjects))
    ]
    return ["  findings", *named] if named else ["  no findings"]
