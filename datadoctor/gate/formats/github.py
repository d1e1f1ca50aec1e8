"""The verdict as GitHub workflow commands: the ten worst new findings as annotations.

GitHub drops annotations beyond ten a step without saying so; so the ten are chosen here.
"""

from __future__ import annotations

from datadoctor.gate.formats import WORST, change, headline, others, remarks
from datadoctor.gate.judge import Verdict
from datadoctor.gate.policy import Level
from datadoctor.gate.state import Found

COMMANDS = {Level.ERROR: "error", Level.WARN: "warning"}


def render(verdict: Verdict) -> str:
    """One line an annotation, then the verdict and what did not run as plain text."""
    commands = {one: COMMANDS[row.rule.level] for row in verdict.rows for one in row.new}
    lines = [_annotation(one, commands[one]) for one in verdict.new[:WORST]]
    # Also text from the command's own sentences: names of overrides and files may hold anything.
    said = [f"gate {headline(verdict)}; {change(verdict)}", *remarks(verdict)]
    return "\n".join([*lines, *map(_text, said)]) + "\n"


def _annotation(one: Found, command: str) -> str:
    properties = {"file": one.file, "line": str(one.line) if one.line else "", "title": one.check}
    given = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
    return f"::{command} {given}::{_text(f'{one.message}{others(one)} {one.suggestion} [{one.key[:12]}]')}"


def _text(text: str) -> str:
    kept = "".join(letter if letter.isprintable() or letter in "\r\n" else "\ufffd" for letter in text)
    return kept.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _text(text).replace(":", "%3A").replace(",", "%2C")
