"""The argument parser of all commands: whoever mistypes an option, a command or a choice is told the nearest right one."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import Any, NoReturn

from datadoctor.console import nearest

_INVALID = re.compile(r"invalid choice: '(.*?)' \(choose from (.*)\)")


class Parser(argparse.ArgumentParser):
    """An ``ArgumentParser`` that names what may have been meant, and takes no option for another that begins like it.

    A mistyped ``--prun`` would otherwise remove what nobody asked to remove.
    """

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **{**settings, "allow_abbrev": False})

    def parse_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> Any:  # type: ignore[override]
        """As its own; options of a command that are unknown are refused by that command."""
        parsed, unknown = self.parse_known_args(args, namespace)
        if unknown:
            command: Parser = getattr(parsed, "parser", self)
            command.refuse(unknown)
        return parsed

    def refuse(self, unknown: Sequence[str]) -> NoReturn:
        """End with the arguments that nobody knows."""
        word = next((one for one in unknown if one.startswith("-")), unknown[0]).partition("=")[0]
        self.error(f"unrecognized arguments: {' '.join(unknown)}{nearest(word, self._option_string_actions)}")

    def error(self, message: str) -> NoReturn:
        """End with exit code 2, with the nearest choice to one that is none."""
        found = _INVALID.search(message)
        known = [choice.strip(" '") for choice in found[2].split(",")] if found else []
        super().error(message + (nearest(found[1], known) if found else ""))
