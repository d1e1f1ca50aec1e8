"""The JSON Schemas of all that is written for other programs: `datadoctor schema NAME` prints one, and what is read is held to them.

One file a document, named as the document; where it has a version its ``schema`` says so ('datadoctor/summary@1').
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any


def names() -> list[str]:
    """The names of all schemas, sorted."""
    files = (file.name for file in resources.files(__name__).iterdir())
    return sorted(name.removesuffix(".json") for name in files if name.endswith(".json"))


def text(name: str) -> str:
    """The schema of that name as it is shipped: JSON Schema, draft 7."""
    return resources.files(__name__).joinpath(f"{name}.json").read_text(encoding="utf-8")


def title(name: str) -> str:
    """What it is about, in a line."""
    return str(_document(name)["title"])


def version(name: str) -> str:
    """Its name and version, as documents of it say under ``schema``; of parts of files that have none of their own, version 1."""
    said = _document(name).get("properties", {}).get("schema", {}).get("const")
    return str(said or f"datadoctor/{name}@1")


def wrong(name: str, value: Any) -> str:
    """What is wrong with a value by the schema of that name, '' for nothing: 'checks[3].findings must be integer'."""
    from fastjsonschema import JsonSchemaValueException

    try:
        _validator(name)(value)
    except JsonSchemaValueException as error:
        return str(error.message).removeprefix("data.").replace("data[", "[", 1)
    return ""


@cache
def _document(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(text(name))
    return document


@cache
def _validator(name: str) -> Callable[[Any], Any]:
    import fastjsonschema

    made: Callable[[Any], Any] = fastjsonschema.compile(_document(name), use_default=False)
    return made
