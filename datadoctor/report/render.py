"""Renders the templates into one page whose Content-Security-Policy lets nothing else run."""

from __future__ import annotations

from markupsafe import Markup

from datadoctor.report.method import Method
from datadoctor.report.overview import Overview
from datadoctor.report.scripts import bundle
from datadoctor.run.templates import environment, folder_of, source_hash


def rendered(overview: Overview, method: Method, data: str, thumbnails: str, *, served: bool = False) -> str:
    """The page; ``data`` and ``thumbnails`` are base64 and newlines. ``served``: a server holds them, and takes decisions."""
    folder = folder_of("report")
    style = "\n".join(file.read_text(encoding="utf-8") for file in sorted((folder / "styles").glob("*.css")))
    script = bundle(folder / "scripts", "main")
    templates = environment("report")
    templates.filters |= {"count": "{:,}".format, "percent": _percent}
    return templates.get_template("page.html").render(
        overview=overview,
        method=method,
        data=data,
        thumbnails=thumbnails,
        served=served,
        policy=_policy(style, script, served),
        style=Markup(style),  # noqa: S704  # our own file, not data
        script=Markup(script),  # noqa: S704  # our own files, not data
    )


def _policy(style: str, script: str, served: bool) -> str:
    here = " 'self'; connect-src 'self'" if served else ""
    return (
        f"default-src 'none'; script-src {source_hash(script)}; style-src {source_hash(style)}; img-src data: blob:{here}; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    )


def _percent(share: float) -> str:
    return f"{share:.2%}" if 0 < share < 0.01 else f"{share:.1%}"
