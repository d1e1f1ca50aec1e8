"""The report: one self-contained HTML page, made from a run directory.

``items`` chooses what the page knows -> ``thumbnails`` spends the size budget, worst first -> ``payload`` is the data of
the interactive views -> ``overview`` and ``method`` are the view models of what is readable without scripts ->
``page`` renders them with the files in ``templates/report``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from datadoctor.files import write_whole
from datadoctor.run import Run

SIZE_LIMIT = 20_000_000


def write(run: Run, thumbnail: Callable[[str], bytes | None], destination: Path) -> None:
    """Write the report of ``run`` to ``destination``: one HTML file of at most ``SIZE_LIMIT`` bytes.

    ``thumbnail`` gives the JPEG of an item (longer side at most 160 px) by the column ``digest``, None where there is none.
    The file appears whole or not at all.
    """
    from datadoctor.report.page import page

    write_whole(destination, page(run, thumbnail, SIZE_LIMIT))
