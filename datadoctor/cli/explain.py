"""``datadoctor explain RUN ITEM``: why an image was or was not flagged."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from datadoctor.cli.answer import answer, tell


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "explain", help="say why an image was or was not flagged", description=__doc__
    )
    parser.add_argument("path", type=Path, metavar="RUN", help="a directory that `audit --out` wrote")
    parser.add_argument("items", nargs="+", metavar="ITEM", help="path of an image, relative to the audited folder")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the explanation of each image."""
    from datadoctor.console import shown
    from datadoctor.run import Run
    from datadoctor.run.explanation import explained, explanation

    loaded = Run(args.path)
    texts = [explanation(loaded, item).split("\n") for item in args.items]
    tell(args, "\n\n".join("\n".join(map(shown, lines)) for lines in texts))
    if args.json:
        answer(args, "explain", {"run": args.path, "items": [explained(loaded, item) for item in args.items]})
    return 0
