"""Keeps what a stage made, so that the next run with the same inputs does not compute it again.

A value (frozen dataclasses, tuples, mappings, numbers, text and arrays) becomes ``value.json`` and one ``.npy`` file an array,
in a folder that appears whole or not at all. Arrays come back memory-mapped and read-only. Nothing is pickled. A digest of all
of it is kept with it: a damaged byte in an array would otherwise be another number that nobody sees.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Literal, get_args, get_type_hints

import numpy as np

from datadoctor.files import regular


class Keeper:
    """A folder of kept values: one a stage, the latest only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fetch(self, name: str, key: str, *kinds: Any, otherwise: Any = None) -> Any:
        """What was kept under that name with the same ``key``, else ``otherwise``; ``kinds``: its type, or its parts', as annotated."""
        return self._fetch(name, key, kinds, otherwise)

    def latest(self, name: str, *kinds: Any) -> Any:
        """What was kept under that name last, from whatever it follows; None where there is nothing."""
        return self._fetch(name, None, kinds, None)

    def _fetch(self, name: str, key: str | None, kinds: tuple[Any, ...], otherwise: Any) -> Any:
        folder = self._folder / name
        try:
            document = json.loads(regular(folder / "value.json").read_text(encoding="utf-8"))
            if key not in (None, document["key"]) or document["digest"] != _digest(document["value"], folder):
                return otherwise
            types = {one.__name__: one for kind in kinds for one in dataclasses_in(kind)}
            return _decoded(document["value"], folder, types)
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return otherwise  # absent or damaged: made again, at the cost of time only

    def put(self, name: str, key: str, value: object) -> None:
        """Keep a value in place of the one that was kept under that name."""
        folder = self._folder / name
        unfinished = folder.with_name(f"{name}.{os.getpid()}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        arrays: list[np.ndarray[Any, Any]] = []
        document = {"key": key, "value": encoded(value, arrays)}
        for number, array in enumerate(arrays):
            np.save(unfinished / f"{number}.npy", array, allow_pickle=False)
        document["digest"] = _digest(document["value"], unfinished)
        (unfinished / "value.json").write_text(json.dumps(document), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        unfinished.rename(folder)

    def size(self, name: str) -> int:
        """Bytes of what is kept under that name."""
        folder = self._folder / name
        return sum(file.stat().st_size for file in folder.iterdir()) if folder.is_dir() else 0


def dataclasses_in(kind: Any) -> Iterator[type]:
    """The dataclasses that a value of this type may consist of."""
    if isinstance(kind, type) and is_dataclass(kind):
        yield kind
        for part in get_type_hints(kind).values():
            yield from dataclasses_in(part)
    for part in get_args(kind):
        yield from dataclasses_in(part)


def _digest(value: Any, folder: Path) -> str:
    """Of a value as JSON, and of the files of its arrays in their order."""
    total = hashlib.blake2b(json.dumps(value).encode(), digest_size=16)
    for number in range(sum(file.suffix == ".npy" for file in folder.iterdir())):
        with regular(folder / f"{number}.npy").open("rb") as file:
            total.update(hashlib.file_digest(file, "blake2b").digest())
    return total.hexdigest()


def _decoded(node: Any, folder: Path, types: Mapping[str, type]) -> Any:
    if isinstance(node, list):
        return [_decoded(part, folder, types) for part in node]
    if not isinstance(node, dict):
        return node
    ((tag, content),) = node.items()
    if tag == "array":
        return _load(folder / f"{content}.npy")
    if tag == "tuple":
        return tuple(_decoded(part, folder, types) for part in content)
    if tag == "mapping":
        return {name: _decoded(part, folder, types) for name, part in content}
    return types[tag](**{name: _decoded(part, folder, types) for name, part in content.items()})


def _load(file: Path) -> np.ndarray[Any, Any]:
    # Small arrays are read whole: an empty one cannot be mapped, and thousands of maps would use up file handles.
    mode: Literal["r"] | None = "r" if file.stat().st_size > 2**20 else None
    array: np.ndarray[Any, Any] = np.load(regular(file), mmap_mode=mode, allow_pickle=False)
    array.flags.writeable = False
    return array


def encoded(value: Any, arrays: list[np.ndarray[Any, Any]]) -> Any:
    """JSON for ``value``; its arrays are appended to ``arrays`` and referred to by number."""
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {"array": len(arrays) - 1}
    if is_dataclass(value) and not isinstance(value, type):
        return {type(value).__name__: {f.name: encoded(getattr(value, f.name), arrays) for f in fields(value)}}
    if isinstance(value, Mapping):
        return {"mapping": [[name, encoded(part, arrays)] for name, part in value.items()]}
    if isinstance(value, tuple):
        return {"tuple": [encoded(part, arrays) for part in value]}
    if isinstance(value, list):
        return [encoded(part, arrays) for part in value]
    if isinstance(value, np.generic):
        return value.item()
    return value.value if isinstance(value, Enum) else value
