"""The page of a comparison: each pair side by side, one file that needs no network."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from datadoctor.outputs.apply.files import write_whole
from datadoctor.outputs.compare import Overlap
from datadoctor.outputs.compare.formats import facts
from datadoctor.outputs.compare.sides import ReadSide, Sides
from datadoctor.outputs.report.render import CHECKOUT, PACKAGED

# Two thumbnails a pair of about 10 kB each: the page stays below 10 MB.
MOST = 300
FILE = "compare.html"


def write_page(overlap: Overlap, sides: Sides, out: Path) -> None:
    """Write ``compare.html``: the first ``MOST`` pairs with both pictures; the others are in pairs.csv."""
    folder = (PACKAGED if PACKAGED.is_dir() else CHECKOUT) / "compare"
    style = (folder / "style.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    shown = overlap.shared[:MOST]
    pictures = ((_Pictures(sides.a), "path_a"), (_Pictures(sides.b), "path_b"))
    page = environment.get_template("page.html").render(
        facts=list(facts(overlap)),
        differences=overlap.differences,
        n_pairs=len(overlap.shared),
        pairs=[(one, *(side.of(getattr(one, path)) for side, path in pictures)) for one in shown],
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'",
        style=Markup(style),  # noqa: S704  # our own file, not data
    )
    write_whole(out / FILE, page.encode("utf-8", "surrogatepass"))


class _Pictures:
    """The thumbnails of one side by path."""

    def __init__(self, side: ReadSide) -> None:
        dataset = side.side.dataset
        self._thumbnails = side.thumbnails
        self._digests = dict(zip(dataset.paths, dataset.images.digests, strict=True))

    def of(self, path: str) -> str:
        """The thumbnail as a data URI; every readable image has one."""
        jpeg = self._thumbnails.get(self._digests[path]) or b""
        return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")
