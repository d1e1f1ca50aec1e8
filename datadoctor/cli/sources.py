"""``datadoctor sources PATH``: what an audit would read there, without auditing: format, items, classes, splits, problems."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datadoctor.console import shown

if TYPE_CHECKING:
    from datadoctor.sources import Listing

MOST = 12


def add(commands: Any) -> None:
    """Add the command to the parser."""
    from datadoctor.cli.audit import add_source_settings

    parser: argparse.ArgumentParser = commands.add_parser(
        "sources", help="say what an audit would read, without auditing", description=__doc__
    )
    parser.add_argument("source", type=Path, metavar="SOURCE", help="what `datadoctor audit` would be given")
    add_source_settings(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print it."""
    from datadoctor.config import Config, load
    from datadoctor.sources.choice import list_source

    asked = {name: getattr(args, name, None) for name in Config.__dataclass_fields__}
    print("\n".join(map(shown, _lines(list_source(args.source, load(None, asked))))))
    return 0


def _lines(listing: Listing) -> list[str]:
    classes = Counter(map(listing.label_name, range(len(listing))))
    splits = Counter(listing.splits)
    problems = Counter((one.severity.value, one.cause) for one in listing.problems)
    first = {one.cause: one.where for one in reversed(listing.problems)}
    return [
        f"format    {listing.format or 'of a plug-in'}",
        f"reads     {listing.sentence()}",
        *_counted("classes", {name or "(no label)": count for name, count in classes.items()}),
        *_counted("splits", {name or "(none)": count for name, count in splits.items()}),
        *(
            f"{'problem':10}{count:,} {severity}: {cause} ({first[cause]})"
            for (severity, cause), count in problems.most_common()
        ),
        *([] if problems else ["problems  none"]),
    ]


def _counted(title: str, counts: dict[str, int]) -> list[str]:
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    more = f", {len(ordered) - MOST:,} more" if len(ordered) > MOST else ""
    return [f"{title:10}{', '.join(f'{name} {count:,}' for name, count in ordered[:MOST])}{more}"]
