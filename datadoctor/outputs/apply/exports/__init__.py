"""Reads what annotation tools export, as answers about images of a queue."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datadoctor.errors import DataDoctorError

QUEUE_FILE = "relabel.jsonl"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one reviewer said of one image, named by ``path`` or else by ``priority`` in the queue; ``where`` it is written.

    ``preset``: the tool holds the suggested label until somebody changes it, so that this label alone says nothing.
    """

    where: str
    path: str = ""
    priority: str = ""
    label: str = ""
    decision: str = ""
    reviewer: str = ""
    preset: bool = False

    def fields(self, given: str, suggested: str) -> dict[str, str]:
        """The columns of the queue to fill: a chosen class decides where nothing else does: 'keep' if it is the given one."""
        decision = self.decision
        if not decision and self.preset and self.label == (suggested or given):
            return {"decision": ""}
        if decision in ("", "relabel") and self.label:
            decision = "keep" if self.label == given else "relabel"
        return {"decision": decision, "new_label": self.label, "reviewer": self.reviewer}


def read_answers(file: Path) -> Iterator[Answer]:
    """The answers in an export of Label Studio, CVAT or Argilla, known by its content."""
    from datadoctor.outputs.apply.exports import argilla, cvat, label_studio

    if file.suffix.lower() == ".xml":
        yield from cvat.answers(file)
        return
    content = _json(file)
    readers: tuple[tuple[Callable[[dict[str, Any]], bool], Callable[[Path, list[Any]], Iterator[Answer]]], ...] = (
        (label_studio.is_task, label_studio.answers),
        (label_studio.is_flat, label_studio.flat_answers),
        (argilla.is_record, argilla.answers),
    )
    if isinstance(content, list) and all(isinstance(one, dict) for one in content):
        for fits, read in readers:
            if content and all(map(fits, content)):
                yield from read(file, content)
                return
        if not content:
            return
    raise DataDoctorError(
        f"{file}: not an export that we know; give JSON or JSON-MIN of Label Studio, 'CVAT for images 1.1', or Argilla's JSON"
    )


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise DataDoctorError(f"{file}: cannot read the export: {error.strerror}; check the path") from error
    except (ValueError, RecursionError) as error:
        raise DataDoctorError(f"{file}: not valid JSON: {error}; export it again") from error
