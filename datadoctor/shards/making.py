"""Makes a shard: reads and embeds one share of a listing. Killed, the same call continues; whole, it does nothing."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datadoctor import files, locks
from datadoctor.cache import ImageCache
from datadoctor.cache.pruning import prune_if_large
from datadoctor.config import Config
from datadoctor.errors import DataDoctorError
from datadoctor.flow import Flow
from datadoctor.flow.estimate import forecast
from datadoctor.flow.keeping import Keeper
from datadoctor.links import check_inside
from datadoctor.progress import Progress
from datadoctor.shards import Share, document
from datadoctor.shards.document import Document, Origin
from datadoctor.stages.embeddings.extractor import Extractor
from datadoctor.stages.reading.opening import READER
from datadoctor.stages.reading.read import Reading, read

ARRAYS = {"network.npy", "views.npy", "small.npy"}
THUMBNAILS = "thumbnails.sqlite"
IMAGES = "images"
# Of what was read so far, for the next start; of no use once the shard is whole.
CACHE = "cache"


def make(
    source: Path, config: Config, share: Share, progress: Progress, made: Mapping[str, Any] | None = None
) -> Document:
    """Read and embed a share of what ``source`` lists into ``config.out``.

    ``made``: values of stages that another shard of the same source and settings made, and that need not be made again.
    Raises ``DataDoctorError`` for a source or setting that cannot be used, or where another process makes the same shard.
    """
    out = config.out
    check_inside(out / IMAGES, out)
    with locks.alone(out, f"{out}: another process is making this shard; wait for it, or give this one another --out"):
        flow = Flow(source, config, progress, made)
        wanted = origin_of(flow)
        whole = _whole(out, share, wanted)
        if whole:
            progress.say(f"{out}: shard {share} is whole already; nothing to do")
            return whole
        return _made(flow, share, wanted)


def origin_of(flow: Flow) -> Origin:
    """What a shard of this flow's dataset is made of; looks at a sample of all images, as every other shard does."""
    config, listing = flow.config, flow["listing"]
    extractor = _extractor(flow)
    return Origin(
        source=str(flow.source),
        settings=document.settings_of(config),
        listing=flow.identity("listing"),
        images=len(listing),
        network=extractor.computes if extractor else "",
        small_side=flow["small_side"],
        look=flow["look"].key,
        reader=READER,
    )


def _extractor(flow: Flow) -> Extractor | None:
    # With the user's own embeddings no network looks at the images.
    extractor: Extractor | None = None if flow.config.embeddings else flow["choice"].extractor
    return extractor


def _whole(out: Path, share: Share, wanted: Origin) -> Document | None:
    try:
        there = document.read(out)
    except DataDoctorError:
        return None  # damaged: made again
    return there if there and (there.share, there.origin) == (share, wanted) and digests(out) == there.files else None


def _made(flow: Flow, share: Share, wanted: Origin) -> Document:
    out, extractor = flow.config.out, _extractor(flow)
    part = flow["listing"].take(share.rows(len(flow["listing"])))
    folder = flow.config.cache or out / CACHE
    document.begun(out, share)
    flow.progress.say(
        f"shard {share}, {len(part):,} of {wanted.images:,}: "
        + forecast(part, extractor, wanted.small_side, flow["look"], folder, flow.config.embeddings)
    )
    cache = ImageCache(folder)
    try:
        made = read(
            part, extractor, side=wanted.small_side, look=flow["look"], cache=cache, out=out, progress=flow.progress
        )
    finally:
        cache.close()
    Keeper(out).put(IMAGES, IMAGES, made.images)
    done = _document(share, wanted, extractor, made, digests(out))
    document.written(out, done)
    if flow.config.cache:
        prune_if_large(folder)
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return done


def _document(
    share: Share, wanted: Origin, extractor: Extractor | None, made: Reading, found: dict[str, str]
) -> Document:
    readable = int(made.images.readable.sum())
    return Document(
        share, wanted, extractor.key if extractor else "", readable, made.decoded, made.embedded, found
    )  # fmt: skip


def digests(folder: Path) -> dict[str, str]:
    """Sha256 hex of every file that a shard consists of, by name."""
    inside = folder / IMAGES
    parts = [folder / name for name in (*sorted(ARRAYS), THUMBNAILS)]
    parts += sorted(inside.iterdir()) if inside.is_dir() else []
    return {str(one.relative_to(folder).as_posix()): files.digest(one) for one in parts if one.is_file()}
