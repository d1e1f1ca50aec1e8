"""``datadoctor cache``: what the cache holds, by kind; ``--prune`` removes what was used longest ago.

An audit prunes it itself where it is larger than 20 GB. Nothing is removed while an audit or a gate reads it.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

from datadoctor.cli.answer import answer, tell

UNITS = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser("cache", help="show or prune the cache", description=__doc__)
    parser.add_argument("--cache", type=Path, metavar="DIR", help="which (default: the user's cache)")
    parser.add_argument("--prune", action="store_true", help="remove what was used longest ago")
    parser.add_argument(
        "--max-size", type=_bytes, metavar="SIZE", help="with --prune: down to this, as 5GB or 500MB (default: 20GB)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print a line a kind; prune first where that was asked for."""
    import sqlite3

    from datadoctor.cache import default_folder, pruning
    from datadoctor.errors import DataDoctorError

    folder = args.cache or default_folder()
    if args.max_size is not None and not args.prune:
        raise DataDoctorError("--max-size says down to what --prune goes: give both")
    most = pruning.MOST_BYTES if args.max_size is None else args.max_size
    if args.cache and not folder.is_dir():
        raise DataDoctorError(f"{folder}: no such folder; name one that --cache of an audit named")
    try:
        pruned = pruning.prune(folder, most) if args.prune else None
        kinds = pruning.kinds(folder)
    except sqlite3.DatabaseError as error:
        raise DataDoctorError(
            f"{folder}: not a cache that can be read ({error}); name one of datadoctor with --cache"
        ) from error
    total = sum(one.bytes for one in kinds)
    tell(args, folder)
    for one in kinds:
        tell(args, f"{one.bytes / 1e6:>12,.1f} MB  {one.kind}" + (f" ({one.entries:,})" if one.entries else ""))
    tell(args, f"{total / 1e6:>12,.1f} MB  in all; pruned above {most / 1e9:g} GB")
    if pruned is not None:
        tell(args, f"{pruned / 1e6:>12,.1f} MB  removed")
    answer(args, "cache", {"folder": folder, "bytes": total, "most_bytes": most, "kinds": kinds, "pruned": pruned})
    return 0


def _bytes(text: str) -> int:
    found = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([KMGT]B)?\s*", text, re.IGNORECASE)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r}: give a size as 5GB or 500MB")
    return int(float(found[1]) * UNITS[(found[2] or "").upper()])
