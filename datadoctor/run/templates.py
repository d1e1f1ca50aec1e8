"""The templates of pages: one file each, in which a Content-Security-Policy lets nothing else run."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

PACKAGED = Path(__file__).parents[1] / "templates"
CHECKOUT = Path(__file__).parents[2] / "templates"


def folder_of(page: str) -> Path:
    """Where the templates, styles and scripts of a page are: in the installed package, or in the checkout."""
    return (PACKAGED if PACKAGED.is_dir() else CHECKOUT) / page


def environment(page: str) -> Environment:
    """Renders the templates of a page, with those that pages share; an undefined name is an error."""
    return Environment(
        loader=FileSystemLoader([folder_of(page), folder_of("shared")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def source_hash(text: str) -> str:
    """How a Content-Security-Policy names a style or script of the page."""
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii") + "'"
