"""Label Studio: a labelling configuration and tasks with predictions, in files that it takes in one upload."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from datadoctor._version import __version__
from datadoctor.relabel.queue.formats import DECISIONS, Export

# One upload takes 250,000 tasks or 50 MB.
SHARD_TASKS = 20_000
SHARD_BYTES = 45_000_000
SHOWN = ("path", "key", "given_label", "suggested_label", "reason", "digest")


def write(export: Export) -> list[Path]:
    """Write ``label_config.xml`` and ``tasks-001.json``, ``tasks-002.json``, ...."""
    config = export.folder / "label_config.xml"
    config.write_text(label_config(export.classes, export.parents, export.groups), encoding="utf-8")
    files = [config]
    for number, shard in enumerate(_shards(map(json.dumps, tasks(export))), start=1):
        files.append(export.folder / f"tasks-{number:03d}.json")
        files[-1].write_text("[" + ",\n".join(shard) + "]\n", encoding="utf-8")
    return files


def label_config(classes: tuple[str, ...], parents: Mapping[str, tuple[str, ...]], groups: bool = False) -> str:
    """The configuration: the label as <Choices>, or as <Taxonomy> where classes have ancestors; the decision; its scope."""
    view = ElementTree.Element("View")
    ElementTree.SubElement(view, "Image", name="image", value="$image")
    ElementTree.SubElement(view, "Header", value="Given: $given_label · suggested: $suggested_label · $reason")
    if parents:
        top = ElementTree.SubElement(view, "Taxonomy", name="label", toName="image", maxUsages="1", leafsOnly="true")
    else:
        top = ElementTree.SubElement(view, "Choices", name="label", toName="image", choice="single", showInLine="true")
    below: dict[tuple[str, ...], ElementTree.Element] = {(): top}
    for name in classes:
        path = (*parents.get(name, ()), name)
        for depth in range(1, len(path) + 1):
            if path[:depth] not in below:
                above = below[path[: depth - 1]]
                below[path[:depth]] = ElementTree.SubElement(above, "Choice", value=path[depth - 1])
    for name, values in (("decision", DECISIONS), *((("scope", ("group",)),) if groups else ())):
        choices = ElementTree.SubElement(view, "Choices", name=name, toName="image", choice="single", showInLine="true")
        for value in values:
            ElementTree.SubElement(choices, "Choice", value=value)
    ElementTree.indent(view)
    return ElementTree.tostring(view, encoding="unicode") + "\n"


def tasks(export: Export) -> Iterator[dict[str, Any]]:
    """One task an image: what to show, and the suggested label as a prediction where there is one."""
    for row in export.queue.to_dict("records"):
        data = {"image": "/data/local-files/?d=" + quote(export.file_name(row["path"]))} | {
            name: row[name] for name in SHOWN
        }
        suggested = row["suggested_label"]
        yield {"data": data, "predictions": [_prediction(row, export)] if suggested in export.classes else []}


def _prediction(row: Mapping[Any, Any], export: Export) -> dict[str, Any]:
    suggested = row["suggested_label"]
    if export.parents:
        kind, value = "taxonomy", {"taxonomy": [[*export.parents.get(suggested, ()), suggested]]}
    else:
        kind, value = "choices", {"choices": [suggested]}
    result = {"id": "label", "from_name": "label", "to_name": "image", "type": kind, "value": value}
    return {"model_version": f"datadoctor-{__version__}", "score": row["p_mislabel"], "result": [result]}


def _shards(lines: Iterator[str]) -> Iterator[list[str]]:
    shard: list[str] = []
    size = 0
    for line in lines:
        if shard and (len(shard) == SHARD_TASKS or size + len(line) > SHARD_BYTES):
            yield shard
            shard, size = [], 0
        shard.append(line)
        size += len(line) + 2
    yield shard


README = """# Relabel queue for Label Studio

1. Before starting Label Studio, allow it to serve the images from disk:
   `LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED=true`
   `LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT={root}`
2. New project, *Labeling Setup*, *Custom template*: paste `label_config.xml`.
3. *Settings > Cloud Storage > Add Source Storage > Local files*, absolute local path `{root}`.
   Do not sync it: it only has to be there.
4. *Import* every `tasks-NNN.json`.
5. *Settings > Annotation*: show predictions to annotators, and choose the model version `datadoctor-...`.

The suggested label is chosen beforehand. Submit it to relabel, choose another class, or choose a decision: *keep*, *exclude*
and *ambiguous* hold whatever class is chosen; *relabel* needs a class. Images that are skipped stay undecided.

Back: *Export > JSON* (JSON-MIN, CSV and TSV will do too).
"""
