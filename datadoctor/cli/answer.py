"""What a command says: text for people on standard output; with ``--json`` one documented object there, and the text elsewhere.

The objects are those of ``datadoctor schema``: one schema a command, named as the ``schema`` in the object says.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import sys
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from datadoctor.progress import Progress, for_stream


def add_common(parser: argparse.ArgumentParser) -> None:
    """The options that every command has."""
    group = parser.add_argument_group("how to tell")
    group.add_argument(
        "--json",
        action="store_true",
        help="one object on standard output (`datadoctor schema`), all else on standard error",
    )
    group.add_argument("--quiet", "-q", action="store_true", help="no progress and no notices, only the result")


def progress(args: argparse.Namespace) -> Progress:
    """Where the stages of a command say how far they are."""
    return for_stream(sys.stderr, args.quiet)


def tell(args: argparse.Namespace, text: object, end: str = "\n") -> None:
    """Say something to people."""
    if not args.json:
        print(text, end=end)
    elif not args.quiet:
        print(text, end=end, file=sys.stderr)


def answer(args: argparse.Namespace, name: str, content: Mapping[str, Any]) -> None:
    """With ``--json``, the object of this schema."""
    if args.json:
        show(name, content)


def show(name: str, content: Mapping[str, Any]) -> None:
    """Print the object of this schema, readable by any console."""
    from datadoctor import schemas

    whole = {"schema": schemas.version(name), **content}
    print(json.dumps(plain(whole), indent=1, allow_nan=False))


def plain(value: Any) -> Any:
    """What JSON can say of a value: texts of paths, lists, null for what is no number."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(part) for part in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if hasattr(value, "item"):  # of NumPy
        return plain(value.item())
    return str(value) if isinstance(value, PurePath) else value
