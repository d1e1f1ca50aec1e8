"""``datadoctor explain RUN ITEM``: why an image was or was not flagged."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datadoctor.cli.answer import answer, tell

if TYPE_CHECKING:
    from datadoctor.run import Run


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "explain", help="say why an image was or was not flagged", description=__doc__
    )
    parser.add_argument("path", type=Path, metavar="RUN", help="a directory that `audit --out` wrote")
    parser.add_argument("items", nargs="+", metavar="ITEM", help="path of an image, relative to the audited folder")
    parser.add_argument(
        "--maps",
        type=Path,
        metavar="DIR",
        help="also write PNGs of where each image speaks for its given label, for the suggested one, and for both",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the explanation of each image."""
    from datadoctor.console import shown
    from datadoctor.run import Run
    from datadoctor.run.explanation import explained, explanation

    loaded = Run(args.path)
    texts = [explanation(loaded, item).split("\n") for item in args.items]
    written = _maps(loaded, args.items, args.maps) if args.maps else None
    if written:
        texts = [
            [*lines, *said, *(f"  {file}" for file in files)]
            for lines, (said, files) in zip(texts, written, strict=True)
        ]
    tell(args, "\n\n".join("\n".join(map(shown, lines)) for lines in texts))
    if args.json:
        items = [explained(loaded, item) for item in args.items]
        for item, (_, files) in zip(items, written or [([], [])] * len(items), strict=True):
            item["maps"] = files
        answer(args, "explain", {"run": args.path, "items": items})
    return 0


def _maps(run: Run, items: list[str], folder: Path) -> list[tuple[list[str], list[Path]]]:
    """Of each image what its maps do not hold, in words, and the files."""
    from datadoctor.files import check_folder_can_be_written
    from datadoctor.run.maps import what_is_left_out
    from datadoctor.run.maps.drawing import write
    from datadoctor.run.maps.looking import Looker

    check_folder_can_be_written(folder)
    looker = Looker(run)
    found = []
    for item in items:
        maps = looker.maps(item)
        said = what_is_left_out(maps.share, maps.without)
        found.append(([f"  maps: {said}"] if said else [], write(maps, folder)))
    return found
