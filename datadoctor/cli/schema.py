"""``datadoctor schema [NAME]``: the JSON Schema of a file or of what a command prints with ``--json``; without a name, their list."""

from __future__ import annotations

import argparse
from typing import Any

from datadoctor.cli.answer import answer
from datadoctor.console import nearest
from datadoctor.errors import DataDoctorError


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "schema", help="print the JSON Schema of a file or an answer", description=__doc__
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="print this one (default: list all)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the schema, or a line for each."""
    from datadoctor import schemas

    known = schemas.names()
    if args.name and args.name not in known:
        raise DataDoctorError(
            f"unknown schema '{args.name}'{nearest(args.name, known)}; the schemas are: {', '.join(known)}"
        )
    if args.name:
        print(schemas.text(args.name), end="")
        return 0
    listed = [{"name": name, "version": schemas.version(name), "title": schemas.title(name)} for name in known]
    if not args.json:
        print("\n".join(f"{one['name']:<18} {one['version']:<32} {one['title']}" for one in listed))
    answer(args, "schemas", {"schemas": listed})
    return 0
