"""The page of a comparison: each pair side by side, one file that needs no network."""

from __future__ import annotations

import base64
from pathlib import Path

from markupsafe import Markup

from datadoctor.comparison.compare import Overlap
from datadoctor.comparison.compare.formats import facts
from datadoctor.comparison.compare.sides import ReadSide, Sides
from datadoctor.files import write_whole
from datadoctor.run.templates import environment, folder_of, source_hash

# Two thumbnails a pair of about 10 kB each: the page stays below 10 MB.
MOST = 300
FILE = "compare.html"


def write_page(overlap: Overlap, sides: Sides, out: Path) -> None:
    """Write ``compare.html``: the first ``MOST`` pairs with both pictures; the others are in pairs.csv."""
    style = (folder_of("compare") / "style.css").read_text(encoding="utf-8")
    shown = overlap.shared[:MOST]
    pictures = ((_Pictures(sides.a), "path_a"), (_Pictures(sides.b), "path_b"))
    page = (
        environment("compare")
        .get_template("page.html")
        .render(
            facts=list(facts(overlap)),
            differences=overlap.differences,
            n_pairs=len(overlap.shared),
            pairs=[(one, *(side.of(getattr(one, path)) for side, path in pictures)) for one in shown],
            policy=f"default-src 'none'; style-src {source_hash(style)}; img-src data:; base-uri 'none'; form-action 'none'",
            style=Markup(style),  # noqa: S704  # our own file, not data
        )
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
