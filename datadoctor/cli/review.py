"""``datadoctor review RUN``: work through all images of a run in the browser; every decision is kept as it is made.

The address holds a secret: whoever has it can see the images and decide. `datadoctor apply RUN` carries the decisions out.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "review", help="review a run in the browser", description=__doc__
    )
    parser.add_argument("path", type=Path, metavar="RUN", help="a directory that `audit --out` wrote")
    parser.add_argument("--port", type=int, default=0, metavar="N", help="where to listen (default: any free port)")
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="listen beyond this machine (default: %(default)s)"
    )
    parser.add_argument(
        "--reviewer", metavar="NAME", help="who decides (default: the user); the page lets others say who they are"
    )
    parser.add_argument("--no-browser", action="store_true", help="print the address, open nothing")
    parser.add_argument("--read-only", action="store_true", help="show everything, decide nothing")
    parser.add_argument(
        "--source", type=Path, metavar="DIR", help="the images that `apply` corrects (default: the audited ones)"
    )
    parser.add_argument(
        "--manifest", type=Path, metavar="FILE", help="the manifest that `apply` corrects (default: the audited one)"
    )
    parser.add_argument(
        "--records", type=Path, metavar="DIR", help="where applied decisions are kept (default: .datadoctor)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until interrupted."""
    from datadoctor.review.opening import review
    from datadoctor.run import Run

    review(
        Run(args.path),
        reviewer=args.reviewer,
        browser=not args.no_browser,
        read_only=args.read_only,
        host=args.host,
        port=args.port,
        source=args.source,
        manifest=args.manifest,
        records=args.records,
    )
    return 0
