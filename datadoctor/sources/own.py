"""Folders that are no part of a dataset although they lie in it: what this program wrote, and what systems leave behind."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from datadoctor import strict_json

CACHE_FILES = ("images-1.sqlite",)
QUEUE_FILE = "relabel.jsonl"
# Names of columns that together only our queue has.
QUEUE_COLUMNS = ("suggested_label", "new_label", "decision")
LEFT_BEHIND = frozenset(
    [
        "__macosx",
        "@eadir",
        "__pycache__",
        "$recycle.bin",
        "system volume information",
        "lost+found",
        "#recycle",
        "node_modules",
    ]
)


def own_kind(folder: Path, names: Collection[str]) -> str:
    """What a folder that holds these names is, if it is no part of a dataset: 'a run of datadoctor', …; '' if it may be one."""
    if "summary.json" in names and _is_run(folder / "summary.json"):
        return "a run of datadoctor"
    if "artifacts" in names and (folder / "artifacts" / "stages").is_dir():
        return "an unfinished run of datadoctor"
    if QUEUE_FILE in names and _is_queue(folder / QUEUE_FILE):
        return "a relabel queue"
    beside_cache = folder.name == "frozen" and folder.with_name(CACHE_FILES[0]).is_file()
    if beside_cache or any(name in names for name in CACHE_FILES):
        return "a cache of datadoctor"
    if folder.name.casefold() in LEFT_BEHIND:
        return "a folder of the system"
    return "copies of a relabel queue" if _beside_its_queue(folder) else ""


def _is_run(file: Path) -> bool:
    try:
        content = strict_json.parse(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and str(content.get("created_with", "")).startswith("datadoctor")


def _is_queue(file: Path) -> bool:
    return all(f'"{column}"' in _first_line(file) for column in QUEUE_COLUMNS)


def _beside_its_queue(folder: Path) -> bool:
    """Whether a queue that was written as one file lies beside the folder that its images were copied to."""
    name, ending, rest = folder.name.rpartition("-images")
    if not (ending and name and not rest):
        return False
    files = [folder.with_name(f"{name}.{kind}") for kind in ("csv", "jsonl")]
    return any(all(column in _first_line(file) for column in QUEUE_COLUMNS) for file in files if file.is_file())


def _first_line(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return stream.readline(65_536).decode("utf-8", "replace")
    except OSError:
        return ""


def images_below(folder: Path, extensions: Collection[str]) -> int:
    """How many files with these extensions lie in a folder and below it; links are not followed."""
    return sum(
        os.path.splitext(name)[1].lower() in extensions  # noqa: PTH122
        for _, _, names in os.walk(folder)
        for name in names
    )
