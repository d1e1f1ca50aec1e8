"""Where detectors respond most, in which images: the strongest places of a few images, cut out as wide as a place sees."""

from __future__ import annotations

from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from datadoctor.progress import Progress
from datadoctor.stages.class_structure import Detectors, Patches
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.dataset.look import Look
from datadoctor.stages.embeddings import Embeddings
from datadoctor.stages.embeddings.extractor import Extractor
from datadoctor.stages.embeddings.places import Places
from datadoctor.stages.evidence.looking import AT_ONCE, shown

# Shown of each detector, as in Zeiler & Fergus 2014.
SHOWN = 9
# Images that are looked at for all detectors, each for as much as at first: of every sixteen one, but not fewer and not more than this.
EVERY, LEAST_IMAGES, MOST_IMAGES = 16, 4 * SHOWN, 160
# Side of a picture of a patch in pixels.
SIDE = 48

# Of some images (n): how strongly each of m detectors responds at most (n, m), and where (n, m, 2): row and column, 0 to 1.
_Strongest = tuple[NDArray[np.float32], NDArray[np.float64]]
_NONE: _Strongest = np.empty((0, 0), np.float32), np.empty((0, 0, 2))


def patches(
    dataset: Dataset,
    embeddings: Embeddings,
    groups: NDArray[np.int32],
    detectors: Detectors,
    extractor: Extractor,
    look: Look,
    progress: Progress,
) -> Patches:
    """The strongest patches of each detector among the images to which the detectors respond most; of copies one is looked at."""
    rows = _candidates(embeddings, groups, detectors)
    there: list[int] = []
    images: list[NDArray[np.uint8]] = []
    found: list[_Strongest] = []
    with progress.stage("Looking for what detectors respond to", len(rows)) as advance:
        for start in range(0, len(rows), AT_ONCE):
            part = rows[start : start + AT_ONCE]
            seen = shown([(dataset.file(row), dataset.images.digests[row]) for row in part], extractor, SIDE, look)
            kept = {row: one[0] for row, one in zip(part, seen, strict=True) if one is not None and one[0] is not None}
            if kept:
                there += kept
                images += kept.values()
                found.append(_strongest(extractor.places(np.stack(list(kept.values()))), detectors))
            advance(len(part))
    field = dict(zip((stage.name for stage in extractor.stages), extractor.fields(), strict=True))
    fields = np.array([field[name] for name in detectors.stages], dtype=np.float32)
    strength, middle = (np.concatenate(parts) for parts in zip(*found, strict=True)) if found else _NONE
    best = np.argsort(-strength, axis=0, kind="stable")[:SHOWN].T
    pictures = [
        _cut(images[one], middle[one, number], float(fields[detectors.stage[number]]))
        for number, of_detector in enumerate(best.tolist())
        for one in of_detector
    ]
    return Patches(
        detectors=detectors,
        fields=fields,
        detector=np.repeat(np.arange(len(best), dtype=np.int32), best.shape[1]),
        rows=np.array(there, dtype=np.int64)[best.ravel()],
        pictures=np.array(pictures, dtype=np.uint8).reshape(-1, SIDE, SIDE, 3),
    )


def _candidates(embeddings: Embeddings, groups: NDArray[np.int32], detectors: Detectors) -> list[int]:
    """Rows of the images to which the detectors respond most on average, each detector's first, then each's second, and so on."""
    first_of = np.unique(groups, return_index=True)[1]
    ranked = []
    for stage, channel in zip(detectors.stage.tolist(), detectors.channel.tolist(), strict=True):
        mean = np.asarray(embeddings.stage(detectors.stages[stage])[first_of, channel])
        ranked.append(first_of[np.argsort(-mean, kind="stable")[: 2 * SHOWN]].tolist())
    many = min(max(len(embeddings.vectors) // EVERY, LEAST_IMAGES), MOST_IMAGES)
    return list(islice(dict.fromkeys(chain.from_iterable(zip(*ranked, strict=True))), many))


def _strongest(places: tuple[Places, ...], detectors: Detectors) -> _Strongest:
    maps = {one.stage: one.maps for one in places if not one.view}
    strengths, middles = [], []
    for stage, channel in zip(detectors.stage.tolist(), detectors.channel.tolist(), strict=True):
        of_channel = maps[detectors.stages[stage]][:, channel]
        height, width = of_channel.shape[1:]
        flat = of_channel.reshape(len(of_channel), -1)
        at = flat.argmax(axis=1)
        strengths.append(flat.max(axis=1))
        middles.append(np.stack([(at // width + 0.5) / height, (at % width + 0.5) / width], axis=1))
    return np.stack(strengths, axis=1), np.stack(middles, axis=1)


def _cut(image: NDArray[np.uint8], middle: NDArray[np.float64], field: float) -> NDArray[np.uint8]:
    """(SIDE, SIDE, 3): the square of an image around a place, moved inside where it would reach over the border."""
    side = max(round(field * len(image)), 1)
    top, left = (int(np.clip(round(one * len(image) - side / 2), 0, len(image) - side)) for one in middle.tolist())
    part = Image.fromarray(image[top : top + side, left : left + side])
    return np.asarray(part.resize((SIDE, SIDE), Image.Resampling.BICUBIC))
