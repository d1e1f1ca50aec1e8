"""``datadoctor index RUN``: keep a run's images, so that `datadoctor compare NEW --index` can say which images are new.

A folder that needs neither the run nor the images any more. With --add the images of another run come to those that are there. Exit
codes: 0 done, 2 a mistake in the call or the data, 3 interrupted, or the disk is full.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from datadoctor.cli.answer import answer, progress, tell


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "index", help="keep a run's images to ask whether others are new", description=__doc__
    )
    parser.add_argument("path", type=Path, metavar="RUN", help="the run directory of an audit")
    parser.add_argument(
        "--out", type=Path, default=Path("known.idx"), metavar="DIR", help="the index (default: %(default)s)"
    )
    parser.add_argument("--add", action="store_true", help="the index is there: put the run's images to those in it")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), help="as for `datadoctor audit`")
    parser.add_argument(
        "--model", action="append", metavar="NAME", help="only for runs seen by python/FILE.py:function: name it again"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write or extend the index, and say how much it holds."""
    from datadoctor.comparison.known import plain
    from datadoctor.comparison.known.writing import index_run
    from datadoctor.run import Run
    from datadoctor.sources import counted

    made = index_run(
        Run(args.path), args.out, {"device": args.device, "model": args.model}, progress(args), add=args.add
    )
    tell(args, f"{args.out}: {len(made):,} images of {counted(len(made.parts), 'run')}, seen by {made.seen_by}")
    answer(args, "index", {name: value for name, value in plain(made).items() if name != "schema"})
    return 0
