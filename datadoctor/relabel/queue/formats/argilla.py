"""Argilla 2: records as its SDK reads them, and a script that makes the dataset with the SDK's own settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from datadoctor._version import __version__
from datadoctor.relabel.queue.formats import Export

SCRIPT = "load_argilla.py"
METADATA = ("given_label", "split", "key", "priority", "p_mislabel")


def write(export: Export) -> list[Path]:
    """Write ``records.json``, ``classes.json`` and ``load_argilla.py``."""
    names = ("records.json", "classes.json", SCRIPT)
    root = Path("images") if export.copied else export.image_root.resolve()
    records = [
        _record(row, root / export.file_name(row["path"]), export.classes) for row in export.queue.to_dict("records")
    ]
    script = resources.files(__package__ or "").joinpath(SCRIPT + ".txt").read_text(encoding="utf-8")
    script = script.replace("GROUPS = False", f"GROUPS = {export.groups}")
    classes = json.dumps(export.classes, ensure_ascii=False)
    for name, text in zip(names, (json.dumps(records, indent=1), classes, script), strict=True):
        (export.folder / name).write_text(text, encoding="utf-8")
    return [export.folder / name for name in names]


def _record(row: Mapping[Any, Any], image: Path, classes: tuple[str, ...]) -> dict[str, Any]:
    suggestion = {"value": row["suggested_label"], "score": row["p_mislabel"], "agent": f"datadoctor-{__version__}"}
    return {
        "id": row["path"],
        "fields": {"image": image.as_posix(), "reason": row["reason"]},
        "metadata": {name: row[name] for name in METADATA},
        "suggestions": {"label": suggestion} if row["suggested_label"] in classes else {},
        "responses": {},
        "vectors": {},
    }


README = """# Relabel queue for Argilla

1. `ARGILLA_API_URL=... ARGILLA_API_KEY=... python load_argilla.py load`, run from this folder, makes the dataset
   `datadoctor-queue`. The images are sent to the server.
2. Annotate there: the class, and a decision. *keep*, *exclude* and *ambiguous* hold whatever class is chosen.

Back: `python load_argilla.py save answers.json`, run from this folder.
"""
