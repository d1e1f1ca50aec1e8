"""Joins the report's ES modules into one inline script: each module becomes a function, run once, that returns its exports.

What it asks of a module: one-line ``import { a, b } from "./x.js";`` without renaming, exports where they are declared,
nothing imported in a circle, and no exported variable that is assigned again.
"""

from __future__ import annotations

import re
from pathlib import Path

from datadoctor.errors import DataDoctorError

_IMPORT = re.compile(r'^import \{ ([\w$, ]+) \} from "\./(\w+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?(?:function|const|class) ([\w$]+))", re.MULTILINE)


def bundle(folder: Path, main: str) -> str:
    """Module ``main`` (without ``.js``) of ``folder`` and all it needs, each after those it imports, as one script.

    Raises ``DataDoctorError`` where modules import each other in a circle or a name that is not exported.
    """
    modules: dict[str, str] = {}
    _add(folder, main, modules, ())
    return "\n".join(modules.values())


def _add(folder: Path, name: str, modules: dict[str, str], importers: tuple[str, ...]) -> None:
    if name in importers:
        raise DataDoctorError(f"{folder / name}.js: imported in a circle: {' -> '.join([*importers, name])}")
    if name in modules:
        return
    text = (folder / f"{name}.js").read_text(encoding="utf-8")
    for wanted, origin in _IMPORT.findall(text):
        _add(folder, origin, modules, (*importers, name))
        missing = set(wanted.split(", ")) - set(_exports((folder / f"{origin}.js").read_text(encoding="utf-8")))
        if missing:
            raise DataDoctorError(f"{folder / name}.js: {origin}.js does not export {', '.join(sorted(missing))}")
    body = _EXPORT.sub(r"\1", _IMPORT.sub(r"const { \1 } = module_\2;", text))
    modules[name] = f"const module_{name} = (() => {{\n{body}return {{ {', '.join(_exports(text))} }};\n}})();"


def _exports(text: str) -> list[str]:
    return [name for _, name in _EXPORT.findall(text)]
