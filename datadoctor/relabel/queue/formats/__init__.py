"""Writes a relabel queue for an annotation tool: a folder with the tool's files, a README, and ``relabel.jsonl``.

``relabel.jsonl`` holds the queue itself. What comes back from a tool names its images by path; what was expected of them
(label, digest, key) is looked up there, so that nothing a tool drops or rewrites can be lost.
"""

from __future__ import annotations

import importlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from datadoctor.errors import DataDoctorError
from datadoctor.links import check_inside, real
from datadoctor.run.originals import of_files, originals
from datadoctor.sources.originals import ImageFile, box_of, content_of, digest_of
from datadoctor.spreadsheet import write_csv
from datadoctor.stages.reading.images import Unreadable, is_picture, read_image

if TYPE_CHECKING:
    import pandas as pd

    from datadoctor.run import Run

FORMATS = ("csv", "jsonl", "label-studio", "cvat", "fiftyone", "argilla")
FILES = ("csv", "jsonl")
QUEUE_FILE = "relabel.jsonl"
DECISIONS = ("keep", "relabel", "exclude", "ambiguous", "skip")


@dataclass(frozen=True, slots=True)
class Export:
    """What the writer of a format gets. ``queue``: one row an image. ``parents``: the ancestors of a class, topmost first.

    ``copied`` says that the images lie in ``folder / "images"``, else they are read from ``source``; ``parts``: that they are no files
    of their own there, but copied as pictures.
    """

    queue: pd.DataFrame
    classes: tuple[str, ...]
    parents: Mapping[str, tuple[str, ...]]
    sizes: Mapping[str, tuple[int, int]]
    source: Path
    folder: Path
    copied: bool
    parts: bool = False

    @property
    def groups(self) -> bool:
        """Whether there are images that stand for others, so that an answer may be for all of them."""
        return "members" in self.queue.columns

    def file_name(self, path: str) -> str:
        """Where an image lies below ``image_root``."""
        return copy_name(path) if self.parts else path

    @property
    def image_root(self) -> Path:
        """The folder that paths of images start from."""
        return self.folder / "images" if self.copied else self.source


def write_queue(run: Run, queue: pd.DataFrame, form: str, out: Path, *, copy_images: bool = False) -> list[Path]:
    """Write a queue in one of ``FORMATS``: a file for 'csv' and 'jsonl', else a new folder; returns what was written.

    A queue that is shared among reviewers becomes a folder with a file, or a folder, for each. ``copy_images``: into 'images' in
    the folder, for a file into the folder '<name>-images' beside it.

    Raises ``DataDoctorError`` if a folder is there already and not empty, or an image to copy is not there.
    """
    if form not in FORMATS:
        raise DataDoctorError(f"unknown format '{form}'; choose among {', '.join(FORMATS)}")
    reviewers = [name for name in dict.fromkeys(queue["reviewer"]) if name]
    if not reviewers:
        return _write(run, queue, form, out, copy_images)
    suffix = f".{form}" if form in FILES else ""
    parts = [(queue[queue["reviewer"] == name], out / (_file_name(name) + suffix)) for name in reviewers]
    return [file for part, place in parts for file in _write(run, part, form, place, copy_images)]


def _write(run: Run, queue: pd.DataFrame, form: str, out: Path, copy_images: bool) -> list[Path]:
    run.check_written(out)
    if form in FILES:
        out.parent.mkdir(parents=True, exist_ok=True)
        (write_csv if form == "csv" else _write_json_lines)(queue, out)
        if copy_images:
            images = out.with_name(f"{out.stem}-images")
            check_inside(images, images.parent)
            _copy_images(run, queue, images)
        return [out]
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DataDoctorError(f"{out}: already there; name a new folder")
    out.mkdir(parents=True, exist_ok=True)
    _write_json_lines(queue, out / QUEUE_FILE)
    export = _export(run, queue, out, copy_images)
    if export.copied:
        _copy_images(run, queue, export.image_root)
    writer = importlib.import_module(f"datadoctor.relabel.queue.formats.{form.replace('-', '_')}")
    files: list[Path] = writer.write(export)
    readme = out / "README.md"
    text = writer.README.format(root=export.image_root.resolve())
    readme.write_text(text + (GROUPS if export.groups else "") + BACK, encoding="utf-8")
    return [out / QUEUE_FILE, *files, readme]


def _file_name(reviewer: str) -> str:
    if PurePosixPath(reviewer).name != reviewer or reviewer.startswith(".") or not reviewer.isprintable():
        raise DataDoctorError(f"reviewer '{reviewer}': not a name for a file; use letters and digits")
    return reviewer


def _export(run: Run, queue: pd.DataFrame, folder: Path, copied: bool) -> Export:
    items = run.items
    classes = sorted({name for name in items["given_label"] if name})
    if run.several_labels:
        # Tools choose among labels: there a set of several is one.
        classes = sorted({*classes, *filter(None, queue["suggested_label"])})
    asked = items[items["path"].isin(queue["path"])]
    sizes = {row["path"]: (int(row["width"]), int(row["height"])) for row in asked.to_dict("records")}
    source = Path(run.summary["source"]).resolve()
    parts = not of_files(run)
    return Export(queue, tuple(classes), _parents(run), sizes, source, folder, copied or parts, parts)


def _parents(run: Run) -> dict[str, tuple[str, ...]]:
    """The ancestors of each class in a hierarchy that the user gave; a learnt one has no names a reviewer would know."""
    tree = run.hierarchy.get("used")
    if not tree or tree["origin"] == "learnt":
        return {}
    nodes = tree["nodes"]
    # Parents come before their children: the last node that holds one class only is its leaf.
    leaf = {node["members"][0]: node for node in nodes if len(node["members"]) == 1}
    return {name: _ancestors(leaf[number], nodes) for number, name in enumerate(tree["classes"]) if number in leaf}


def _ancestors(leaf: dict[str, Any], nodes: list[dict[str, Any]]) -> tuple[str, ...]:
    names: list[str] = []
    parent = leaf["parent"]
    while parent > 0:  # the root, number 0, holds everything
        names.insert(0, nodes[parent]["name"])
        parent = nodes[parent]["parent"]
    return tuple(names)


def _copy_images(run: Run, queue: pd.DataFrame, folder: Path) -> None:
    source, original = Path(run.summary["source"]), originals(run)
    for path, digest in zip(queue["path"], queue["digest"], strict=True):
        target = folder / (path if of_files(run) else copy_name(path))
        check_inside(target, folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            file = original(path)
            content = content_of(file)
            _check_copied(source, file, content, digest)
            target.write_bytes(content if isinstance(file, Path) else _picture(file))
        except (OSError, ValueError) as error:
            cause = getattr(error, "strerror", None) or str(error)
            raise DataDoctorError(f"{source / path}: cannot copy it: {cause}; is the dataset still there?") from error


def copy_name(path: str) -> str:
    """The name of the picture of what is no file of its own."""
    return f"{path}.png"


def _picture(file: ImageFile) -> bytes:
    """What an item shows, as a PNG."""
    found = read_image(file)
    if isinstance(found, Unreadable):
        raise ValueError(found.cause)
    stream = io.BytesIO()
    found.pixels.save(stream, "PNG")
    return stream.getvalue()


def _check_copied(source: Path, file: ImageFile, content: bytes, digest: str) -> None:
    """Raises ``ValueError`` for what is not to be handed on: what the audit did not see, and files elsewhere that links show."""
    if digest_of(content, box_of(file)) != digest:
        raise ValueError("not the file that was audited")
    outside = isinstance(file, Path) and not real(file).is_relative_to(real(source))
    if outside and not is_picture(content):
        raise ValueError("a link out of the dataset to what is no picture")


def _write_json_lines(queue: pd.DataFrame, file: Path) -> None:
    lines = [json.dumps(row, ensure_ascii=False) for row in queue.to_dict("records")]
    file.write_text("".join(line + "\n" for line in lines), encoding="utf-8", newline="\n")


def flat_name(priority: int, path: str) -> str:
    """A name for tools with one flat list of images: '000012__imgs00012.jpg'; the number leads back to the queue."""
    return f"{priority:06d}__{PurePosixPath(path).name}"


GROUPS = """
Where the reason says that an image stands for others, *group* gives the answer to all of them. What they are is listed before
anything is written.
"""
BACK = """
What came back, saved into this folder (`relabel.jsonl` must be beside it):

    datadoctor apply FILE --manifest labels.csv     # or --source FOLDER, where the folder of an image is its label

It shows what would change, and changes nothing until `--write` is added. Several reviewers: name all their files in one command;
images whose answers differ are listed and left alone.
"""
