"""``datadoctor doctor``: whether datadoctor works here: versions, devices, networks that are ready offline, cache, disk, memory.

Ends with a self-test of a few seconds: a small dataset with a wrong label and a copy, which must be found. Exit code 0 if it works,
3 if something is missing that an audit needs.
"""

from __future__ import annotations

import argparse
from typing import Any

from datadoctor.cli.answer import answer, tell
from datadoctor.console import coloured, painted


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "doctor", help="say whether datadoctor works here", description=__doc__
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print a line a part as it is known; the exit code says whether all that is needed works."""
    import sys

    from datadoctor import doctor

    parts, colours = [], not args.json and coloured(sys.stdout)
    for part in doctor.parts():
        parts.append(part)
        word, tone = ("ok", "good") if part.works else ("MISSING", "bad") if part.needed else ("no", "")
        tell(args, f"{painted(f'{word:>8}', tone, colours)}  {part.name}: {part.said}")
    works = all(part.works or not part.needed for part in parts)
    tell(args, "\nit works" if works else "\nit does not work: mend what is MISSING")
    answer(args, "doctor", {"works": works, "parts": parts})
    return 0 if works else 3
