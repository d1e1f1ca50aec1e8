"""Hooks of mkdocs: the pages of the reference that follow from the code are made of it at every build, and committed nowhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from mkdocs.structure.files import File, Files

from documentation import columns, commands, licences, python
from documentation.prose import markdown

MERMAID = re.compile(r"```mermaid\n.*?```\n", re.DOTALL)
PAGES: dict[str, Callable[[], str]] = {
    "commands": commands.page,
    "python": python.page,
    "files": columns.page,
    "checks": lambda: _checks(),
    "stages": lambda: _stages(),
    "licences": lambda: f"# Licences\n\nOf all that was installed where this page was made.\n\n{licences.table()}\n",
}


def on_files(files: Files, config: Any) -> Files:
    """Add the pages to those that lie in ``docs/``."""
    for name, page in PAGES.items():
        files.append(File.generated(config, f"reference/{name}.md", content=page()))
    return files


def on_page_markdown(text: str, **_: Any) -> str:
    """Without the graph of the stages: what draws it would come from elsewhere, and the list of the stages is here."""
    return MERMAID.sub(
        "*Drawn where Markdown is shown with Mermaid; here is [the list of the stages](reference/stages.md).*\n", text
    )


def _checks() -> str:
    from datadoctor import checks

    lines = ["# Checks", "", "What each looks for and how it decides, as `datadoctor checks NAME` prints it.", ""]
    for name in checks.names():
        one = checks.load(name)
        looks = ", ".join(f"`{need}`" for need in one.needs)
        lines += [f"## {name}", "", f"**{one.title}.** {markdown(one.explanation)}", "", f"It looks at: {looks}.", ""]
    return "\n".join(lines)


def _stages() -> str:
    from datadoctor.flow.picture import ordered

    lines = [
        "# Stages",
        "",
        "What is computed of a dataset, each from those before it, as `datadoctor stages` prints it.",
        "",
    ]
    lines += ["| stage | what it is | needs | settings |", "|---|---|---|---|"]
    for stage in ordered():
        needs, settings = (", ".join(f"`{one}`" for one in many) for many in (stage.needs, stage.settings))
        lines.append(
            f"| `{stage.name}`{' (fit)' if stage.fits else ''} | {markdown(stage.explanation)} | {needs} | {settings} |"
        )
    return "\n".join(
        [*lines, "", "A fit is learnt from a whole dataset, frozen with a baseline, and applied to later images."]
    )
