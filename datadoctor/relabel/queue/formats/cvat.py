"""CVAT: tasks with image tags in the format 'CVAT for images 1.1'.

CVAT refuses a whole file for one image that is not in the task, and knows images best by flat names: hence one folder of
images a task, each at most ``TASK_IMAGES``, named by ``flat_name``.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from datadoctor.errors import DataDoctorError
from datadoctor.relabel.queue.formats import DECISIONS, Export, flat_name

TASK_IMAGES = 2_000
UNDECIDED = "undecided"
# Every label has them: CVAT drops attributes that are not declared on the label itself.
ATTRIBUTES = (("decision", "select", (UNDECIDED, *DECISIONS)), ("given", "text", ("",)), ("p_mislabel", "text", ("",)))
SCOPE = ("scope", "select", ("image", "group"))


def write(export: Export) -> list[Path]:
    """Write ``labels.json``, ``task-001/annotations.xml`` and ``task-001/images/``, ...."""
    files = [export.folder / "labels.json"]
    files[0].write_text(json.dumps(labels(export), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    rows = export.queue.to_dict("records")
    for number, start in enumerate(range(0, len(rows), TASK_IMAGES), start=1):
        task = rows[start : start + TASK_IMAGES]
        folder = export.folder / f"task-{number:03d}"
        _lay_out(export, task, folder / "images")
        files.append(folder / "annotations.xml")
        _annotations(export, task, folder.name).write(files[-1], encoding="utf-8", xml_declaration=True)
    if export.copied:
        shutil.rmtree(export.image_root)  # CVAT has its own layout of the copies
    return files


def labels(export: Export) -> list[dict[str, Any]]:
    """The labels as CVAT's 'Raw' constructor takes them."""
    attributes = [
        {"name": name, "mutable": False, "input_type": kind, "default_value": values[0], "values": list(values)}
        for name, kind, values in _attributes(export)
    ]
    return [{"name": name, "type": "tag", "attributes": attributes} for name in export.classes]


def _attributes(export: Export) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    return (*ATTRIBUTES, SCOPE) if export.groups else ATTRIBUTES


def _annotations(export: Export, rows: list[dict[Any, Any]], task: str) -> ElementTree.ElementTree[ElementTree.Element]:
    root = ElementTree.Element("annotations")
    _leaf(root, "version", "1.1")
    _describe(ElementTree.SubElement(ElementTree.SubElement(root, "meta"), "task"), task, len(rows), export)
    for number, row in enumerate(rows):
        width, height = export.sizes[row["path"]]
        name = flat_name(row["priority"], export.file_name(row["path"]))
        image = ElementTree.SubElement(
            root, "image", id=str(number), name=name, width=str(width), height=str(height)
        )  # fmt: skip
        suggested = row["suggested_label"] or row["given_label"]
        if suggested not in export.classes:
            continue
        tag = ElementTree.SubElement(image, "tag", label=suggested, source="auto")
        values = {"decision": UNDECIDED, "given": row["given_label"], "p_mislabel": row["p_mislabel"], "scope": "image"}
        for name, *_ in _attributes(export):
            _leaf(tag, "attribute", str(values[name])).set("name", name)
    ElementTree.indent(root)
    return ElementTree.ElementTree(root)


def _describe(task: ElementTree.Element, name: str, size: int, export: Export) -> None:
    for field, text in (("name", name), ("size", str(size)), ("mode", "annotation")):
        _leaf(task, field, text)
    listed = ElementTree.SubElement(task, "labels")
    for one in export.classes:
        label = ElementTree.SubElement(listed, "label")
        _leaf(label, "name", one)
        _leaf(label, "type", "tag")
        attributes = ElementTree.SubElement(label, "attributes")
        for attribute, kind, values in _attributes(export):
            described = ElementTree.SubElement(attributes, "attribute")
            _leaf(described, "name", attribute)
            _leaf(described, "mutable", "False")
            _leaf(described, "input_type", kind)
            _leaf(described, "default_value", values[0])
            _leaf(described, "values", "\n".join(values))


def _leaf(parent: ElementTree.Element, name: str, text: str) -> ElementTree.Element:
    leaf = ElementTree.SubElement(parent, name)
    leaf.text = text
    return leaf


def _lay_out(export: Export, rows: list[dict[Any, Any]], images: Path) -> None:
    """Copy the images of a task, or link to them."""
    images.mkdir(parents=True)
    for row in rows:
        path = export.file_name(row["path"])
        source, target = export.image_root / path, images / flat_name(row["priority"], path)
        if not source.is_file():
            raise DataDoctorError(f"{source}: not there; is the dataset where it was when it was audited?")
        if export.copied:  # out of our own copies
            shutil.copyfile(source, target)
        else:
            target.symlink_to(source.resolve())


README = """# Relabel queue for CVAT

For each folder `task-NNN`:

1. New task; labels: *Raw*, paste `labels.json`; files: everything in `task-NNN/images` (links to the images, or copies).
2. In the task: *Actions > Upload annotations > CVAT 1.1*, `task-NNN/annotations.xml`.

Each image has a tag with the suggested label and an attribute *decision*, 'undecided' at first. Set it to *relabel* (the tag
says what to), *keep*, *exclude* or *ambiguous*; a tag that was replaced by another class counts as *relabel* too. An image
whose tag was left as it is stays undecided.

Back: *Actions > Export task dataset > CVAT for images 1.1* without images; the `annotations.xml` in what is downloaded.
"""
