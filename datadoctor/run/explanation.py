"""Why one image was flagged, or why not: everything a run knows about it, as text."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np

from datadoctor.errors import DataDoctorError
from datadoctor.run import Run
from datadoctor.run.reasons import Reason, reasons

NEIGHBOURS = 8
# Images that the text names of those that share a reason.
NAMED = 5


def explanation(run: Run, path: str) -> str:
    """Facts, label judgement with each view, neighbours and findings of the image at ``path``.

    Raises ``DataDoctorError`` when the run has no such image.
    """
    item = item_of(run, path)
    lines = [path, f"  {item['width']} x {item['height']} {item['mode']}, split {item['split'] or '(none)'}"]
    if not item["readable"]:
        return "\n".join([*lines, f"  not judged: unreadable: {item['error']}"])
    return "\n".join([*lines, *_label(run, item), *_shared(run, item), *_neighbours(run, item), *_findings(run, path)])


def explained(run: Run, path: str) -> dict[str, Any]:
    """The same for programs: 'item' (its row of ``items.parquet``), 'threshold', 'reason', 'neighbours' and 'findings'."""
    item = item_of(run, path)
    labels = run.summary["label_errors"] or {}
    near = [
        {"path": other["path"], "given_label": other["given_label"], "cosine": cosine}
        for other, cosine in _near(run, item)
    ]
    found = [
        {str(name): value for name, value in row.items()} | {name: json.loads(row[name]) for name in _AS_JSON}
        for row in _named(run, path).to_dict("records")
    ]
    reason = _reason(run, item)
    return {
        "item": item,
        "threshold": labels.get("threshold"),
        "reason": dataclasses.asdict(reason) if reason else None,
        "neighbours": near,
        "findings": found,
    }


_AS_JSON = ("subjects", "labels", "evidence")


def item_of(run: Run, path: str) -> dict[str, Any]:
    """The row of an image in the items; raises ``DataDoctorError`` when the run has no such image."""
    items = run.items
    found = items[items["path"] == path]
    if found.empty:
        near = items["path"][items["path"].str.contains(path, regex=False)].head(3).tolist()
        hint = f"did you mean {', '.join(near)}?" if near else "paths are relative to the audited folder"
        raise DataDoctorError(f"{path}: not an image of {run.path}; {hint}")
    return {str(name): value for name, value in found.iloc[0].items()}


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


def _reason(run: Run, item: dict[str, Any]) -> Reason | None:
    """What a flagged image has in common with others; None where the run kept no reasons."""
    found = (reasons(run) or ()) if item["flagged"] else ()
    return next((reason for reason in found if item["path"] in reason.paths), None)


def _shared(run: Run, item: dict[str, Any]) -> list[str]:
    reason = _reason(run, item)
    if reason is None:
        return []
    alike = f"{reason.alike:,} rightly labelled {run.called(reason.suggested)!r} lie there, too"
    lines = [f"  {reason.sentence(run.called)}", f"    {reason.why(run.called)}; {alike}"]
    others = [path for path in reason.paths if path != item["path"]]
    for said, paths in (("with it", others), ("near, but decided otherwise", reason.counters)):
        more = f", and {len(paths) - NAMED:,} more" if len(paths) > NAMED else ""
        lines += [f"    {said}: {', '.join(paths[:NAMED])}{more}"] if paths else []
    return lines


def _neighbours(run: Run, item: dict[str, Any]) -> list[str]:
    near = _near(run, item)
    if not near:
        return []
    lines = [f"  {'agree' if item['neighbour_agreement'] >= 0.5 else 'disagree'}: neighbours, nearest first"]
    return lines + [f"    {cosine:.3f}  {run.called(other['given_label'])}  {other['path']}" for other, cosine in near]


def _near(run: Run, item: dict[str, Any]) -> list[tuple[Any, float]]:
    """The nearest images, as rows of the items, with their cosines; none where the run made no index, or the image has no row."""
    if item["row"] < 0 or not run.has("artifacts/neighbours.npz"):
        return []
    arrays = run.arrays("neighbours")
    by_row = run.items[run.items["row"] >= 0].set_index("row")
    pairs = zip(arrays["rows"][item["row"]].tolist(), arrays["cosines"][item["row"]].tolist(), strict=True)
    return [(by_row.loc[row], cosine) for row, cosine in list(pairs)[:NEIGHBOURS] if row >= 0]


def _named(run: Run, path: str) -> Any:
    """The findings that name an image."""
    names = [any(one["path"] == path for one in json.loads(subjects)) for subjects in run.findings["subjects"]]
    return run.findings[np.array(names, dtype=bool)]


def _findings(run: Run, path: str) -> list[str]:
    found = _named(run, path)
    columns = (found[name] for name in ("check", "severity", "message"))
    named = [f"  {check} ({severity}): {message}" for check, severity, message in zip(*columns, strict=True)]
    return ["  findings", *named] if named else ["  no findings"]
