"""``datadoctor demo``: audit real images that come with the dependencies; no network, no weights."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from datadoctor.cli.answer import answer, progress, tell
from datadoctor.cli.audit import told
from datadoctor.console import coloured


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "demo", help="audit 1,797 handwritten digits", description=__doc__
    )
    parser.add_argument(
        "--out", type=Path, default=Path("datadoctor-demo"), metavar="DIR", help="where to write (default: %(default)s)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the digits, audit them, and say how many of the changed labels were found."""
    from datadoctor import demo
    from datadoctor.audit import audit_with
    from datadoctor.comparison import evaluation
    from datadoctor.config import Config
    from datadoctor.files import check_folder_can_be_written, check_utf8
    from datadoctor.run.terminal import summary_text

    check_utf8(args.out)
    check_folder_can_be_written(args.out)
    source = demo.write_digits(args.out)
    tell(
        args,
        f"1,797 handwritten digits written to {source}; {demo.CHANGED} labels changed on purpose, see {args.out / 'truth.csv'}",
    )
    audit = audit_with(source, Config(model="filters", out=args.out / "report"), progress(args))
    tell(args, summary_text(audit, colours=not args.json and coloured(sys.stdout)))
    ours = evaluation.evaluate(audit, args.out / "truth.csv")
    if isinstance(ours, list):
        tell(
            args,
            f"\nof the {demo.CHANGED} changed labels, {ours[0].recall:.0%} are flagged, and {ours[0].precision:.0%} of the flags "
            "are changed labels (the others are digits that people confuse, too)",
        )
    answer(args, "audit", told(audit))
    return audit.exit_code
