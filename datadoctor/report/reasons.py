"""What the page shows of the reasons that flagged images share."""

from __future__ import annotations

from datadoctor.report.items import Items
from datadoctor.report.payload import ReasonView
from datadoctor.run import Run
from datadoctor.run.reasons import reasons

MOST = 1_000


def reason_views(run: Run, items: Items) -> list[ReasonView]:
    """The reasons of a run, most images first; those of a single image too: it has counter-examples."""
    number = {name: i for i, name in enumerate(items.classes)}
    return [
        ReasonView(
            given=number[reason.given],
            suggested=number[reason.suggested],
            items=items.positions(reason.paths),
            size=len(reason.paths),
            counters=items.positions(reason.counters),
            alike=reason.alike,
            why=reason.why(run.called),
        )
        for reason in (reasons(run) or ())[:MOST]
    ]
