"""What the source lists, and the readable part of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from datadoctor.config import Config
from datadoctor.progress import Progress
from datadoctor.sources import Listing
from datadoctor.stages import stage
from datadoctor.stages.dataset import Dataset, Images, readable_part


def _identifying(listing: Listing) -> tuple[object, ...]:
    columns = (listing.paths, listing.labels, listing.classes, listing.splits, listing.groups)
    return (
        *columns,
        dict(listing.superclasses),
        *(part for part in (listing.several, listing.votes) if part is not None),
    )


@stage(known_by=_identifying)
def listing(*, source: Path, config: Config, notice: Callable[[str], None], progress: Progress) -> Listing:
    """What the source lists."""
    from datadoctor.sources.choice import list_source

    found = list_source(source, config)
    progress.say(found.sentence())
    if found.left_out:
        notice(f"images left out: {len(found.left_out):,} ({config.exclude})")
    return found


@stage()
def dataset(listing: Listing, images: Images, class_names: Mapping[str, str]) -> Dataset:
    """The readable images."""
    return readable_part(listing, images, class_names)
