"""``datadoctor formats``: what a source can be, with an example of each."""

from __future__ import annotations

import argparse
from typing import Any

from datadoctor.cli.answer import answer, tell

BEFORE = (
    ("folder", "class folders, splits, groups: see docs/layouts.md", "train/cat/1.jpg, val/dog/2.jpg"),
    ("imagefolder", "Hugging Face image folder", "train/metadata.csv (file_name,label), train/1.jpg"),
    ("manifest", "a table of paths and labels, given with --manifest", "labels.csv: path,label"),
)


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "formats", help="list what a source can be, with an example of each", description=__doc__
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print them."""
    from datadoctor.sources.formats import formats

    rows = [*BEFORE, *((one.name, one.title, one.example) for one in formats())]
    for name, title, example in sorted(rows):
        tell(args, f"{name:16}{title}")
        tell(args, "\n".join(f"{'':18}{line.strip()}" for line in example.split("\n")))
    answer(
        args,
        "formats",
        {"formats": [{"name": name, "title": title, "example": example} for name, title, example in sorted(rows)]},
    )
    return 0
