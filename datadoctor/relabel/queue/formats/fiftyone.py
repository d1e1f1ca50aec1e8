"""FiftyOne: a script that loads the queue as a dataset, and writes the decisions made there."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from datadoctor.relabel.queue.formats import Export

SCRIPT = "load_fiftyone.py"


def write(export: Export) -> list[Path]:
    """Write ``load_fiftyone.py``."""
    script = export.folder / SCRIPT
    text = resources.files(__package__ or "").joinpath(SCRIPT + ".txt").read_text(encoding="utf-8")
    root = "images" if export.copied else str(export.image_root.resolve())
    text = text.replace("'IMAGES'", repr(root)).replace("'ENDING'", repr(export.file_name("")))
    script.write_text(text, encoding="utf-8")
    return [script]


README = """# Relabel queue for FiftyOne

1. `python load_fiftyone.py load` makes the dataset `datadoctor-queue` and opens the app.
2. Tag samples *keep*, *relabel* (takes the suggested label), *exclude* or *ambiguous*; or set the field `new_label`.

Back: `python load_fiftyone.py save decisions.jsonl`.
"""
