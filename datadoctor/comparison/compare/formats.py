"""Two datasets compared, as text for a terminal, Markdown for a pull request, and JSON for programs."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator

from datadoctor.comparison.compare import Overlap, Shared, Source
from datadoctor.console import shown
from datadoctor.run.markdown import escaped, fitted, table

FORMATS = ("text", "markdown", "json")
SCHEMA = "datadoctor/compare@1"
MOST = 10
CUT = "\n*Cut here: the whole is in pairs.csv.*\n"


def rendered(overlap: Overlap, form: str) -> str:
    """The comparison in one of ``FORMATS``; text and Markdown name the first ``MOST`` pairs, JSON all."""
    if form == "json":
        return json.dumps({"schema": SCHEMA, **dataclasses.asdict(overlap)}, ensure_ascii=False, indent=1) + "\n"
    if form == "markdown":
        return fitted(list(_markdown(overlap)), CUT)
    return "\n".join(_text(overlap)) + "\n"


def facts(overlap: Overlap) -> Iterator[str]:
    """One line a fact, the most important first."""
    yield _share("A", overlap.a, "B")
    yield _share("B", overlap.b, "A")
    n_near = len(overlap.shared) - overlap.n_exact
    yield f"pairs: {overlap.n_exact:,} exact and {n_near:,} near; {overlap.n_conflicting:,} with two labels"
    for name, source in (("A", overlap.a), ("B", overlap.b)):
        if source.unreadable:
            first, cause = next(iter(source.unreadable.items()))
            yield f"{name}: {len(source.unreadable):,} images could not be read and were not compared, the first is {first}: {cause}"
    yield f"seen by {overlap.seen_by}"


def _share(name: str, source: Source, other: str) -> str:
    share = source.have_copies / max(source.images, 1)
    return f"{name} {source.name}: {source.have_copies:,} of {source.images:,} images ({share:.1%}) are also in {other}"


def _text(overlap: Overlap) -> Iterator[str]:
    yield from (shown(fact) for fact in facts(overlap))
    if not overlap.shared:
        return
    yield f"\n{'pairs':>7}  what differs"
    yield from (f"{count:>7,}  {words}" for words, count in overlap.differences)
    yield f"\npairs: {len(overlap.shared):,}" + (f", the first {MOST}" if len(overlap.shared) > MOST else "")
    yield from (f"  {shown('  '.join(_row(one)))}" for one in overlap.shared[:MOST])


def _markdown(overlap: Overlap) -> Iterator[str]:
    yield from ("## Pictures in both datasets", "")
    yield from (f"- {escaped(fact)}" for fact in facts(overlap))
    if not overlap.shared:
        return
    yield ""
    yield from table(
        ("what differs", "pairs"), [(escaped(words), f"{count:,}") for words, count in overlap.differences]
    )
    yield ""
    rows = [tuple(map(escaped, (*_row(one), one.advice))) for one in overlap.shared[:MOST]]
    yield from table(("score", "A", "B", "what differs", "labels", "what to do"), rows)


def _row(one: Shared) -> tuple[str, ...]:
    labels = f"{one.label_a} / {one.label_b}" if one.conflicting else one.label_a or one.label_b
    return f"{one.score:.2f}", one.path_a, one.path_b, one.difference, labels
