"""What identifies a value before it is made: the code that makes it, and what it is made from."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from datadoctor import plugins
from datadoctor.files import regular
from datadoctor.flow.keeping import encoded

# `import datadoctor.x`, or `from datadoctor.x import` a name, or several, in brackets over several lines.
_IMPORT = re.compile(
    r"^[ \t]*(?:import\s+(datadoctor[\w.]*)|from\s+(datadoctor[\w.]*)\s+import\s+(?:\(([^)]*)\)|([^\n]*)))",
    re.MULTILINE,
)
_COMMENT = re.compile(r"#.*")
_NAME = re.compile(r"(\w+)(?:\s+as\s+\w+)?\s*(?:,|$)")


def combined(parts: Iterable[str]) -> str:
    """Sha256 hex of texts."""
    return hashlib.sha256(json.dumps(list(parts)).encode()).hexdigest()


def of_value(value: Any) -> str:
    """Sha256 hex of a value that can be kept."""
    arrays: list[np.ndarray[Any, Any]] = []
    digest = hashlib.sha256(json.dumps(encoded(value, arrays)).encode())
    for array in arrays:
        digest.update(f"{array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def of_setting(value: object) -> str:
    """A setting as it counts: a file by its content."""
    if isinstance(value, tuple):
        return combined(map(of_setting, value))
    return hashlib.sha256(regular(value).read_bytes()).hexdigest() if isinstance(value, Path) else repr(value)


@cache
def of_code(module: str) -> str:
    """Sha256 hex of the source of a module and of all of datadoctor's that it imports, wherever in the text it does."""
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in seen and _file(name):
            seen.add(name)
            waiting += _imports(name)
    return combined(part for name in sorted(seen) for part in (name, _source(name)))


@cache
def _imports(module: str) -> tuple[str, ...]:
    return tuple(_imported(_source(module)))


def _imported(source: str) -> Iterator[str]:
    """Found in the text, which takes a tenth of the time of parsing it; an import that only a text in the source shows counts too."""
    for plain, module, several, one in _IMPORT.findall(source):
        if plain:
            yield plain
            continue
        yield module
        # What is imported may be a module or a name in one; what is no module is passed over.
        yield from (f"{module}.{name}" for name in _NAME.findall(_COMMENT.sub("", several or one)))


@cache
def _file(module: str) -> Path | None:
    parts = module.split(".")[1:]
    for folder in (Path(__file__).parent.parent, *map(Path, plugins.folders())):
        for file in (folder.joinpath(*parts, "__init__.py"), folder.joinpath(*parts).with_suffix(".py")):
            if file.is_file():
                return file
    return None


@cache
def _source(module: str) -> str:
    file = _file(module)
    return file.read_text(encoding="utf-8") if file else ""
