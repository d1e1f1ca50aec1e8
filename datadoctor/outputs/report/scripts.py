"""Joins the report's ES modules into one inline module: a file's own ``import`` and ``export`` words are taken out.

Modules import each other with one-line ``import { a, b } from "./x.js";`` and never rename, so joined files share names.
"""

from __future__ import annotations

import re
from pathlib import Path

from datadoctor.errors import DataDoctorError

_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w/-]+\.js)";\n', re.MULTILINE)
_DECLARED = re.compile(r"^(?:export )?(?:async )?(?:function\*?|const|let|class) ([\w$]+)", re.MULTILINE)


def bundle(folder: Path, main: str) -> str:
    """All modules that ``main`` needs, each after those it imports (cycles aside), as one text.

    Raises ``DataDoctorError`` where two files declare one name or an imported name does not exist.
    """
    sources: dict[str, str] = {}
    _collect(folder, main, sources, set())
    owners: dict[str, str] = {}
    for name, text in sources.items():
        for declared in _DECLARED.findall(text):
            if declared in owners:
                raise DataDoctorError(f"{folder / name}: '{declared}' is also declared in {owners[declared]}; rename one")
            owners[declared] = name
    for name, text in sources.items():
        for names, origin in _IMPORT.findall(text):
            for wanted in filter(None, (part.strip() for part in names.split(","))):
                if owners.get(wanted) != origin:
                    raise DataDoctorError(f"{folder / name}: imports '{wanted}', which {origin} does not declare")
    return "\n".join(re.sub(r"^export ", "", _IMPORT.sub("", text), flags=re.MULTILINE) for text in sources.values())


def _collect(folder: Path, name: str, sources: dict[str, str], visiting: set[str]) -> None:
    if name in sources or name in visiting:
        return
    visiting.add(name)
    text = (folder / name).read_text(encoding="utf-8")
    for _, needed in _IMPORT.findall(text):
        _collect(folder, needed, sources, visiting)
    sources[name] = text
