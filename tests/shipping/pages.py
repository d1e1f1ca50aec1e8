"""The commands and Python blocks of the documentation, in order, and what is said of them in a comment above."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
# Run by tests of their own, or of figures and not for readers to follow.
ELSEWHERE = ("architecture.md", "benchmarks.md")
NOT_RUN = ("installs", "needs a server", "as long as an audit of your own data")
_BLOCK = re.compile(r"(?:<!-- (?P<said>[^>]*) -->\n)?```(?P<language>bash|python)\n(?P<text>.*?)```", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """``text`` in ``language`` ('bash' or 'python'), and with what exit code it ends."""

    language: str
    text: str
    exit_code: int = 0


def pages() -> list[str]:
    """The pages with something to run, as paths below ``docs/``."""
    names = [file.relative_to(DOCS).as_posix() for file in sorted(DOCS.rglob("*.md"))]
    return [name for name in names if name not in ELSEWHERE and not name.startswith("decisions/") and blocks(name)]


def blocks(page: str) -> list[Block]:
    """What is to be run of a page; Python that follows Python goes on with its names, as in a notebook."""
    found: list[Block] = []
    for match in _BLOCK.finditer((DOCS / page).read_text(encoding="utf-8")):
        kind, _, value = (match["said"] or "").partition(": ")
        assert kind in ("", "not run", "exit code"), f"{page}: {match['said']}"
        if kind == "not run":
            assert value in NOT_RUN, f"{page}: {value}"
        elif found and found[-1].language == match["language"] == "python":
            found[-1] = Block("python", f"{found[-1].text}\n{match['text']}")
        else:
            found.append(Block(match["language"], match["text"], int(value or 0)))
    return found


def unmarked(page: str) -> list[str]:
    """Blocks without a language that hold a command: nobody runs them."""
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    return [text for language, text in fenced if not language and ("datadoctor " in text or "import " in text)]
