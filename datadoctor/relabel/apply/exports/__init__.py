"""Reads what annotation tools export, as answers about images of a queue."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datadoctor.errors import DataDoctorError
from datadoctor.files import regular
from datadoctor.tables import read_table

QUEUE_FILE = "relabel.jsonl"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one reviewer said of one image, named by ``path`` or else by ``priority`` in the queue; ``where`` it is written.

    ``preset``: the tool holds the suggested label until somebody changes it, so that this label alone says nothing. ``scope``:
    'group' where the answer is for all images that this one stands for.
    """

    where: str
    path: str = ""
    priority: str = ""
    label: str = ""
    decision: str = ""
    reviewer: str = ""
    preset: bool = False
    scope: str = ""

    def fields(self, given: str, suggested: str) -> dict[str, str]:
        """The columns of the queue to fill: a chosen class decides where nothing else does: 'keep' if it is the given one."""
        decision = self.decision
        if not decision and self.preset and self.label == (suggested or given):
            return {"decision": ""}
        if decision in ("", "relabel") and self.label:
            decision = "keep" if self.label == given else "relabel"
        said = {"decision": decision, "new_label": self.label, "scope": self.scope}
        # A tool that does not say who it was leaves that to whom the queue was for.
        return said | ({"reviewer": self.reviewer} if self.reviewer else {})


def is_export(file: Path) -> bool:
    """Whether a file of decisions is a tool's export, not one of ours: by its name, or for CSV by its header."""
    from datadoctor.relabel.apply.exports import label_studio

    suffix = file.suffix.lower()
    if suffix == ".csv":
        return label_studio.is_flat(next(iter(_table(file)), {}))
    return suffix not in (".jsonl", ".ndjson")


def read_answers(file: Path) -> Iterator[Answer]:
    """The answers in an export of Label Studio, CVAT or Argilla, known by its content."""
    from datadoctor.relabel.apply.exports import argilla, cvat, label_studio

    if file.suffix.lower() == ".xml":
        yield from cvat.answers(file)
        return
    content = _table(file) if file.suffix.lower() in (".csv", ".tsv") else _json(file)
    readers: tuple[tuple[Callable[[dict[str, Any]], bool], Callable[[Path, list[Any]], Iterator[Answer]]], ...] = (
        (label_studio.is_task, label_studio.answers),
        (label_studio.is_flat, label_studio.flat_answers),
        (argilla.is_record, argilla.answers),
    )
    if isinstance(content, list) and all(isinstance(one, dict) for one in content):
        for fits, read in readers:
            if content and all(map(fits, content)):
                yield from _read(read, file, content)
                return
        if not content:
            return
    raise DataDoctorError(
        f"{file}: not an export that we know; give JSON, JSON-MIN, CSV or TSV of Label Studio, 'CVAT for images 1.1', or "
        "Argilla's JSON"
    )


def _read(
    read: Callable[[Path, list[Any]], Iterator[Answer]], file: Path, content: list[dict[str, Any]]
) -> Iterator[Answer]:
    try:
        yield from read(file, content)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise DataDoctorError(
            f"{file}: not written as the tool writes its exports ({error!r}); export it again"
        ) from error


def _table(file: Path) -> list[dict[str, Any]]:
    return [row for _, row in read_table(file, "export").whole().rows()]


def _json(file: Path) -> Any:
    try:
        return json.loads(regular(file).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise DataDoctorError(f"{file}: cannot read the export: {error.strerror}; check the path") from error
    except (ValueError, RecursionError) as error:
        raise DataDoctorError(f"{file}: not valid JSON: {error}; export it again") from error
