"""``datadoctor merge SHARDS``: make one audit of shards that ``datadoctor audit SOURCE --shard I/N --out SHARDS/I`` made.

The findings are those of one audit of SOURCE, byte for byte. The settings are those of the shards; SOURCE must be where they found it,
since copies are verified on the images themselves. A merge that was stopped continues. Exit codes: as of `datadoctor audit`; 3
where shards are missing or half written, too.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from datadoctor.cli.answer import answer, progress, tell
from datadoctor.config import Config
from datadoctor.console import coloured
from datadoctor.run.terminal import FORMATS

OVERRIDES = ("out", "cache", "workers", "device", "model")


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser("merge", help="make one audit of shards", description=__doc__)
    parser.add_argument("shards", type=Path, metavar="SHARDS", help="the folder that holds the folders of all shards")
    parser.add_argument("--out", type=Path, metavar="DIR", help=f"where to write (default: {Config().out})")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="as for `datadoctor audit`")
    parser.add_argument("--workers", type=int, metavar="N", help="as for `datadoctor audit`")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), help="as for `datadoctor audit`")
    parser.add_argument(
        "--model",
        action="append",
        metavar="NAME",
        help="only for shards made with python/FILE.py:function: name it again",
    )
    parser.add_argument(
        "--format", choices=FORMATS, default="text", help="how to print the summary (default: %(default)s)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Merge, print the summary, and exit with 3 if any selected check could not run."""
    from datadoctor.audit import merge
    from datadoctor.cli.audit import told
    from datadoctor.run.terminal import summary_text

    overrides = {name: getattr(args, name) for name in OVERRIDES}
    audit = merge(args.shards, progress=progress(args), **overrides)
    tell(args, summary_text(audit, args.format, not args.json and coloured(sys.stdout)))
    answer(args, "audit", told(audit))
    return audit.exit_code
