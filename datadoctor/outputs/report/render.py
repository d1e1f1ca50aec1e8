"""Renders the templates into one page whose Content-Security-Policy lets nothing else run."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from datadoctor.outputs.report.method import Method
from datadoctor.outputs.report.overview import Overview
from datadoctor.outputs.report.scripts import bundle

PACKAGED = Path(__file__).parents[2] / "templates"
CHECKOUT = Path(__file__).parents[3] / "templates"


def rendered(overview: Overview, method: Method, data: str, thumbnails: str) -> str:
    """The page; ``data`` and ``thumbnails`` are base64 and newlines."""
    folder = (PACKAGED if PACKAGED.is_dir() else CHECKOUT) / "report"
    style = "\n".join(file.read_text(encoding="utf-8") for file in sorted((folder / "styles").glob("*.css")))
    script = bundle(folder / "scripts", "main")
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"count": "{:,}".format, "percent": _percent}
    return environment.get_template("page.html").render(
        overview=overview,
        method=method,
        data=data,
        thumbnails=thumbnails,
        policy=_policy(style, script),
        style=Markup(style),  # noqa: S704  # our own file, not data
        script=Markup(script),  # noqa: S704  # our own files, not data
    )


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _percent(share: float) -> str:
    return f"{share:.2%}" if 0 < share < 0.01 else f"{share:.1%}"
