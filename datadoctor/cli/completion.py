"""``datadoctor completion SHELL``: what makes a shell complete commands and options: ``eval "$(datadoctor completion bash)"``."""

from __future__ import annotations

import argparse
from typing import Any

from datadoctor.cli.answer import answer

SHELLS = ("bash", "zsh", "fish", "tcsh", "powershell")


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "completion", help="print what makes a shell complete commands and options", description=__doc__
    )
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help=f"one of {', '.join(SHELLS)}")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the script."""
    from argcomplete.shell_integration import shellcode

    script = shellcode(["datadoctor"], shell=args.shell)
    if not args.json:
        print(script)
    answer(args, "completion", {"shell": args.shell, "script": script})
    return 0
