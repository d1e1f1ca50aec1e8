"""A run as a notebook shows it: the verdict figures, and the labels that are most likely wrong, with their thumbnails."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from datadoctor.errors import DataDoctorError
from datadoctor.run.assessment import assess
from datadoctor.run.suspects import worst_first
from datadoctor.run.templates import environment
from datadoctor.stages.reading.thumbnails import Thumbnails

if TYPE_CHECKING:
    from datadoctor.run import Run

MOST = 12


def html(run: Run) -> str:
    """A fragment of HTML without scripts; colours are those of the notebook."""
    assessment = assess(run)
    rows = run.items.set_index("path").loc[worst_first(run)[:MOST]]
    worst = [
        {
            "path": path,
            "given": run.called(row["given_label"]),
            "suggested": run.called(row["suggested_label"]),
            "p": f"{row['p_mislabel']:.0%}",
            "picture": _picture(run, row["digest"]),
        }
        for path, row in rows.iterrows()
    ]
    return environment("notebook").get_template("run.html").render(
        figures=assessment.figures, not_run=assessment.not_run, worst=worst, facts=assessment.facts, folder=str(run.path)
    )  # fmt: skip


def _picture(run: Run, digest: str) -> str:
    try:
        jpeg = Thumbnails(run.path / "artifacts" / "thumbnails.sqlite").get(digest)
    except DataDoctorError:
        jpeg = None
    return base64.b64encode(jpeg or b"").decode("ascii")
