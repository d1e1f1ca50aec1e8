"""Videos: folders of them, laid out as folders of images are, or a manifest that names them. Every so often a frame is an item."""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from datadoctor import machine
from datadoctor.errors import DataDoctorError
from datadoctor.sources import Listing, SourceProblem, counted
from datadoctor.sources.formats import Format
from datadoctor.sources.packed.videos import ROUNDING, Facts, VideoFrame, facts_of
from datadoctor.sources.places import Place
from datadoctor.sources.walk import VIDEOS, Walk
from datadoctor.sources.walked import list_walked

if TYPE_CHECKING:
    from datadoctor.config import Config

EVERY = "1s"
SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0}
_EVERY = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|min|f)\s*")


def fits(place: Place) -> str:
    """Why a place looks like videos."""
    found = [] if place.whole and place.walk.images else place.named(*VIDEOS)
    if found and place.within:
        raise DataDoctorError(f"{place}: videos in archives are not read; unpack it, and give the folder")
    return f"{found[0]} is a video" if found else ""


def lists(place: Place, config: Config) -> Listing:
    """The frames of all videos; raises ``DataDoctorError`` where none can be read."""
    every = EVERY if config.every is None else config.every
    _step(every, None)
    videos = _videos(place, config)
    files = [place.root / path for path in videos.paths]
    with ThreadPoolExecutor(machine.workers()) as pool:
        found = list(pool.map(lambda file: _frames(file, every), files))
    problems = [SourceProblem(path, cause, path) for path, (_, cause) in zip(videos.paths, found, strict=True) if cause]
    rows = np.repeat(np.arange(len(found)), [len(frames) for frames, _ in found])
    if not len(rows):
        raise DataDoctorError(f"{place}: no frame of any video can be read: {problems[0].where}: {problems[0].cause}")
    return _of_frames(videos, rows, [frame for frames, _ in found for frame in frames], every, problems)


def _of_frames(
    videos: Listing,
    rows: np.ndarray[Any, np.dtype[np.int64]],
    frames: Sequence[VideoFrame],
    every: str,
    problems: list[SourceProblem],
) -> Listing:
    """A listing of videos as one of their frames; ``rows``: the video of each."""
    of = [videos.paths[row] for row in rows.tolist()]
    paths = tuple(f"{path}#t={frame.seconds:09.3f}" for path, frame in zip(of, frames, strict=True))
    spelt = videos.as_written
    return replace(
        videos.take(rows),
        paths=paths,
        groups=tuple(videos.groups[row] or videos.paths[row] for row in rows.tolist()),
        problems=(*problems, *videos.problems),
        locations=tuple(videos.locations[row] or videos.paths[row] for row in rows.tolist()),
        originals=dict(zip(paths, frames, strict=True)),
        as_written={name: spelt[path] for name, path in zip(paths, of, strict=True) if path in spelt},
        names_on_disk={},
        understood=(f"a frame every {every} of {counted(len(set(of)), 'video')} (--every)", *videos.understood),
    )


def _videos(place: Place, config: Config) -> Listing:
    """The videos, as images would be listed."""
    paths = place.named(*VIDEOS)
    problems = tuple(place.walk.problems_without(set(paths))) if place.whole else ()
    walk = Walk(sorted(tuple(path.split("/")) for path in paths), {}, problems)
    if not paths:
        raise DataDoctorError(f"{place}: no video in it; videos are {', '.join(VIDEOS)}")
    return list_walked(place.root, config, walk)


def _step(every: str, facts: Facts | None) -> float:
    """Seconds between frames: '1s', '500ms', '2min', or of this video '30f', a number of frames; never less than one frame.

    Raises ``DataDoctorError`` for another text, ``ValueError`` where a video does not say how many frames a second it has.
    """
    found = _EVERY.fullmatch(every)
    number = float(found[1]) if found else 0.0
    if not found or number <= 0:
        raise DataDoctorError(f"--every {every}: not a time; give 1s, 500ms, 2min, or 30f for every 30th frame")
    if facts is None:
        return number
    if found[2] != "f":
        return max(number * SECONDS[found[2]], 1 / facts.rate if facts.rate else 0)
    if not facts.rate:
        raise ValueError("it does not say how many frames a second it has: give --every in seconds")
    return max(number, 1.0) / facts.rate


def _frames(video: Path, every: str) -> tuple[list[VideoFrame], str]:
    """The frames of a video that are there, and what is wrong with it."""
    try:
        facts = facts_of(video)
        step = _step(every, facts)
    except (OSError, ValueError) as error:
        return [], f"left out: a video that cannot be read: {getattr(error, 'strerror', None) or error}"
    number = int((facts.last + ROUNDING) / step) + 1
    there = _there(video, step, number)
    cut = f"cut off, or its length is wrong: of the {number:,} frames due the last {number - there:,} are not there"
    return [VideoFrame(video, place, step) for place in range(there)], cut if there < number else ""


def _there(video: Path, step: float, number: int) -> int:
    """How many of the frames that a video should have it has: nearly always all."""
    low, high = 0, number
    asked = number - 1
    while low < high:
        try:
            VideoFrame(video, asked, step).read()
            low = asked + 1
        except (OSError, ValueError):
            high = asked
        asked = (low + high) // 2
    return low


VIDEO = Format(
    "video",
    "frames of videos, every second or as --every says",
    "train/cat/a.mp4, test/dog/b.mov; or a --manifest with their paths",
    fits,
    lists,
)
