"""``datadoctor compare A B``: which pictures of new data A are in a reference or test set B too, whatever was changed about them.

`datadoctor compare A --index known.idx` asks the same of an index, whose images need not be at hand. Both are looked at by the same
model and are not merged. Writes compare.html, pairs.csv, compare.json and compare.md. Exit codes: 0 done, whatever was found, 2 a
mistake in the call or the data, 3 interrupted.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from datadoctor.cli.answer import progress
from datadoctor.errors import DataDoctorError

FORMATS = ("text", "markdown", "json")


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "compare", help="find the pictures that two datasets share", description=__doc__
    )
    parser.add_argument("a", type=Path, metavar="A", help="the new data: a folder, or the image root of --manifest-a")
    parser.add_argument("b", type=Path, nargs="?", metavar="B", help="the reference or test set, likewise")
    parser.add_argument(
        "--index",
        type=Path,
        metavar="DIR",
        help="in the place of B: an index of known images, as `datadoctor index` makes",
    )
    parser.add_argument(
        "--manifest-a",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="as --manifest of `datadoctor audit`, for A",
    )
    parser.add_argument("--manifest-b", type=Path, action="append", default=[], metavar="FILE", help="the same for B")
    parser.add_argument("--path-column", metavar="NAME", help="of both manifests, as for `datadoctor audit`")
    parser.add_argument("--label-column", metavar="NAME", help="of both manifests, as for `datadoctor audit`")
    parser.add_argument("--model", metavar="NAME", help="a pretrained network, or 'filters' learnt from A")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="as for `datadoctor audit`")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), help="as for `datadoctor audit`")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="as for `datadoctor audit`")
    parser.add_argument("--seed", type=int, help="as for `datadoctor audit`")
    parser.add_argument(
        "--config", type=Path, metavar="TOML", help="settings (default: datadoctor.toml or pyproject.toml)"
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("datadoctor-compare"),
        metavar="DIR",
        help="where to write (default: %(default)s)",
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help="what to print (default: %(default)s)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Compare, write, print."""
    from dataclasses import replace

    from datadoctor.comparison.compare import compare_sources
    from datadoctor.comparison.compare.formats import rendered
    from datadoctor.comparison.known.comparing import compare_with_index
    from datadoctor.config import load

    if (args.b is None) == (args.index is None):
        raise DataDoctorError("nothing to compare with, or two things: give B or --index")
    names = ("path_column", "label_column", "model", "weights", "device", "cache", "seed")
    config = load(args.config, {name: getattr(args, name) for name in names})
    configs = replace(config, manifest=tuple(args.manifest_a)), replace(config, manifest=tuple(args.manifest_b))
    if args.index:
        overlap = compare_with_index(args.a, args.index, configs[0], args.model, args.out, progress(args))
    else:
        overlap = compare_sources(args.a, args.b, configs, args.out, progress(args))
    print(rendered(overlap, "json" if args.json else args.format), end="")
    return 0
