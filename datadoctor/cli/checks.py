"""``datadoctor checks``: what is checked, how, and with which thresholds."""

from __future__ import annotations

import argparse
from typing import Any

from datadoctor.cli.answer import answer, tell
from datadoctor.console import nearest
from datadoctor.errors import DataDoctorError


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "checks", help="list or explain the checks", description=__doc__
    )
    parser.add_argument("names", nargs="*", metavar="CHECK", help="explain these in full (default: list all)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print one line a check, or the whole explanation of those named."""
    from datadoctor import checks

    known = checks.names()
    for name in args.names:
        if name not in known:
            raise DataDoctorError(f"unknown check '{name}'{nearest(name, known)}; the checks are: {', '.join(known)}")
    if args.names:
        tell(args, "\n\n".join(f"{name}\n\n{checks.load(name).explanation}" for name in args.names))
    else:
        width = max(map(len, known))
        tell(
            args, "\n".join(f"{name:<{width}}  {checks.load(name).explanation.partition(chr(10))[0]}" for name in known)
        )
    told = [checks.load(name) for name in args.names or known]
    listed = [{"check": one.name, "title": one.title, "explanation": one.explanation} for one in told]
    answer(args, "checks", {"checks": listed})
    return 0
