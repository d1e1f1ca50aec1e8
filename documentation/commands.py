"""The reference of the command line, made from its parser."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from datadoctor.cli import parser
from documentation.prose import markdown


def page() -> str:
    """Every command with all its options."""
    top = parser()
    lines = ["# Commands", "", markdown(top.description or ""), "", markdown(top.epilog or ""), ""]
    for name, command in commands(top).items():
        lines += [f"## datadoctor {name}", "", *_described(command), ""]
    return "\n".join(lines)


def commands(top: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The parsers of the commands, by name."""
    found = next(one for one in top._actions if isinstance(one, argparse._SubParsersAction))
    return dict(found.choices)


def _described(command: argparse.ArgumentParser) -> Iterator[str]:
    first, _, more = (command.description or "").partition("\n")
    yield markdown(first.partition(": ")[2].capitalize() if first.startswith("``datadoctor") else first)
    yield from ("", markdown(more.strip()), "")
    yield from ("```text", command.format_usage().removeprefix("usage: ").rstrip(), "```", "")
    for group in command._action_groups:
        actions = [one for one in group._group_actions if one.dest != "help"]
        if actions:
            yield from (
                f"**{(group.title or '').capitalize()}**",
                "",
                "| name | what it does |",
                "|---|---|",
                *map(_row, actions),
                "",
            )


def _row(action: argparse.Action) -> str:
    value = action.metavar or ("{" + ",".join(map(str, action.choices)) + "}" if action.choices else "")
    names = ", ".join(f"`{one}`" for one in action.option_strings) or f"`{value or action.dest}`"
    shown = f" `{value}`" if value and action.option_strings and action.nargs != 0 else ""
    said = (action.help or "") % {"default": action.default, "prog": "datadoctor"}
    return f"| {names}{shown.replace('|', chr(92) + '|')} | {markdown(said).replace('|', chr(92) + '|')} |"
