"""``datadoctor stages [RUN]``: what is computed of a dataset, from what, and what it cost in a run.

A star marks what is fitted on a dataset and applied to later items by the gate.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datadoctor.cli.answer import answer, tell


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "stages", help="list the stages of an audit, with what they cost", description=__doc__
    )
    parser.add_argument("path", nargs="?", type=Path, metavar="RUN", help="a directory that `audit --out` wrote")
    parser.add_argument("--graph", action="store_true", help="print the flow as a Mermaid chart instead")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the list or the chart."""
    from datadoctor.flow import picture
    from datadoctor.run import Run

    costs = {one["stage"]: one for one in Run(args.path).summary["stages"]} if args.path else {}
    words = {name: _cost(one) for name, one in costs.items()}
    tell(args, picture.mermaid() if args.graph else picture.listed(words))
    listed = [
        {
            "stage": one.name,
            "explanation": one.explanation,
            "fits": one.fits,
            "needs": picture.before(one),
            "cost": costs.get(one.name),
        }
        for one in picture.ordered()
    ]
    answer(args, "stages", {"stages": listed})
    return 0


def _cost(one: Mapping[str, Any]) -> str:
    """'12.3 s, 20.1 s of processors, 4.5 MB kept': 'reused' where an earlier run had made it."""
    size = one.get("kept_bytes", 0)
    how = "reused" if one.get("reused") else "kept"
    processors = f", {one['cpu_seconds']:,.1f} s of processors" if "cpu_seconds" in one else ""
    return f"{one['seconds']:,.1f} s{processors}" + (f", {size / 1e6:,.1f} MB {how}" if size else "")
