"""Keeps what a stage made, so that the next run with the same inputs does not compute it again.

A value (frozen dataclasses, tuples, mappings, numbers, text and arrays) becomes ``value.json`` and one ``.npy`` file an array,
in a folder that appears whole or not at all. Arrays come back memory-mapped and read-only. Nothing is pickled.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np

Value = TypeVar("Value")


class Keeper:
    """A folder of kept values: one a stage, the latest only."""

    def __init__(self, folder: Path, types: tuple[type, ...]) -> None:
        """``types``: the dataclasses a kept value may consist of."""
        self._folder = folder
        self._types = {kind.__name__: kind for kind in types}

    def keep(self, stage: str, key: str, compute: Callable[[], Value]) -> Value:
        """The kept value of ``stage`` if it was made with the same ``key``, else ``compute()``, kept for next time."""
        folder = self._folder / stage
        kept = self._read(folder, key)
        if kept is not None:
            return kept  # type: ignore[no-any-return]
        value = compute()
        self._write(folder, key, value)
        return value

    def _read(self, folder: Path, key: str) -> Any:
        try:
            document = json.loads((folder / "value.json").read_text(encoding="utf-8"))
            return self._decode(document["value"], folder) if document["key"] == key else None
        except (OSError, ValueError, KeyError, TypeError):
            return None  # absent or damaged: made again, at the cost of time only

    def _write(self, folder: Path, key: str, value: object) -> None:
        unfinished = folder.with_name(f"{folder.name}.{os.getpid()}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        arrays: list[np.ndarray[Any, Any]] = []
        document = {"key": key, "value": _encode(value, arrays)}
        for number, array in enumerate(arrays):
            np.save(unfinished / f"{number}.npy", array, allow_pickle=False)
        (unfinished / "value.json").write_text(json.dumps(document), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        unfinished.rename(folder)

    def _decode(self, node: Any, folder: Path) -> Any:
        if isinstance(node, list):
            return [self._decode(part, folder) for part in node]
        if not isinstance(node, dict):
            return node
        ((tag, content),) = node.items()
        if tag == "array":
            return _load(folder / f"{content}.npy")
        if tag == "tuple":
            return tuple(self._decode(part, folder) for part in content)
        if tag == "mapping":
            return {name: self._decode(part, folder) for name, part in content}
        return self._types[tag](**{name: self._decode(part, folder) for name, part in content.items()})


def _load(file: Path) -> np.ndarray[Any, Any]:
    # Small arrays are read whole: an empty one cannot be mapped, and thousands of maps would use up file handles.
    mode: Literal["r"] | None = "r" if file.stat().st_size > 2**20 else None
    array: np.ndarray[Any, Any] = np.load(file, mmap_mode=mode, allow_pickle=False)
    array.flags.writeable = False
    return array


def _encode(value: Any, arrays: list[np.ndarray[Any, Any]]) -> Any:
    """JSON for ``value``; its arrays are appended to ``arrays`` and referred to by number."""
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {"array": len(arrays) - 1}
    if is_dataclass(value) and not isinstance(value, type):
        return {type(value).__name__: {f.name: _encode(getattr(value, f.name), arrays) for f in fields(value)}}
    if isinstance(value, Mapping):
        return {"mapping": [[name, _encode(part, arrays)] for name, part in value.items()]}
    if isinstance(value, tuple):
        return {"tuple": [_encode(part, arrays) for part in value]}
    if isinstance(value, list):
        return [_encode(part, arrays) for part in value]
    if isinstance(value, np.generic):
        return value.item()
    return value.value if isinstance(value, Enum) else value
