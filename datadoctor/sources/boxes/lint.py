"""What is wrong with boxes, found without a model: from the annotations, and the sizes in the headers of the photos."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from PIL import Image

from datadoctor import machine
from datadoctor.findings import Severity
from datadoctor.quiet import quiet
from datadoctor.sources import SourceProblem
from datadoctor.sources.box import Box
from datadoctor.sources.originals import MOST_BYTES

if TYPE_CHECKING:
    from datadoctor.sources.boxes import Annotations, Object
    from datadoctor.sources.places import Place

# Two boxes that share so much of what either holds are one object.
ONE_OBJECT = 0.95
# Annotations of rounded shares reach so much beyond an edge without meaning it.
BEYOND = 0.002
_FORMATS = ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "JPEG2000")
# Of most photos the first bytes tell the size; of the others all are looked at.
HEADER, MOST = 2**16, MOST_BYTES
_ORIENTATION, _SIDEWAYS = 0x0112, (5, 6, 7, 8)
Named = tuple[str, "Object"]


def lint(place: Place, named: Sequence[Named], found: Annotations) -> tuple[list[Named], list[SourceProblem]]:
    """The objects that can be looked at, and what is wrong with any; ``named``: with the paths of their items."""
    asked = sorted({one.photo for _, one in named if not one.box.relative} | set(found.sizes))
    sizes = _sizes(place, asked)
    size_of = {photo: size for photo, size in zip(asked, sizes, strict=True) if size}
    problems = list(_on_sizes(found.sizes, size_of, named))
    kept = []
    for path, one in named:
        cause = _left_out(one.box, size_of.get(one.photo))
        if cause:
            problems.append(_problem(one, path, f"left out: {cause}"))
            continue
        if _reaches_beyond(one.box, size_of.get(one.photo)):
            problems.append(_problem(one, path, "the box reaches beyond its photo: what is outside is cut off"))
        kept.append((path, one))
    return kept, [*problems, *_doubled(kept), *_bare(named, found)]


def _problem(
    one: Object, path: str, cause: str, severity: Severity = Severity.WARNING, advice: str = ""
) -> SourceProblem:
    return SourceProblem(one.where, cause, path, severity, advice)


def _left_out(box: Box, size: tuple[int, int] | None) -> str:
    if not box.right > box.left or not box.bottom > box.top:
        return "the box has no area"
    width, height = (1.0, 1.0) if box.relative else size or (float("inf"), float("inf"))
    if box.right <= 0 or box.bottom <= 0 or box.left >= width or box.top >= height:
        return "the box lies outside its photo"
    return ""


def _reaches_beyond(box: Box, size: tuple[int, int] | None) -> bool:
    width, height = (1.0, 1.0) if box.relative else size or (float("inf"), float("inf"))
    slack = BEYOND if box.relative else 1.0
    return box.left < -slack or box.top < -slack or box.right > width + slack or box.bottom > height + slack


def _doubled(named: Sequence[Named]) -> Iterator[SourceProblem]:
    of_photo: dict[str, list[Named]] = {}
    for path, one in named:
        of_photo.setdefault(one.photo, []).append((path, one))
    for several in of_photo.values():
        for place, (path, one) in enumerate(several):
            earlier = next((e for e in several[:place] if _shared(e[1].box, one.box) >= ONE_OBJECT), None)
            if earlier is None:
                continue
            if earlier[1].label == one.label:
                yield _problem(one, path, "the same object is annotated twice", advice="Remove one of the two boxes.")
            else:
                yield _problem(
                    one, path, "one object is annotated twice, with two classes",
                    advice="Remove the box whose class is wrong.",
                )  # fmt: skip


def _shared(a: Box, b: Box) -> float:
    """Intersection over union, 0 to 1."""
    across = min(a.right, b.right) - max(a.left, b.left)
    down = min(a.bottom, b.bottom) - max(a.top, b.top)
    if across <= 0 or down <= 0:
        return 0.0
    area: Callable[[Box], float] = lambda box: (box.right - box.left) * (box.bottom - box.top)  # noqa: E731
    return across * down / (area(a) + area(b) - across * down)


def _bare(named: Sequence[Named], found: Annotations) -> Iterator[SourceProblem]:
    annotated = {one.photo for _, one in named}
    for photo in sorted(set(found.photos) - annotated):
        yield SourceProblem(
            photo, "no object is annotated in this photo", photo, Severity.INFO,
            "If it shows none, accept this finding; else annotate it.",
        )  # fmt: skip


def _on_sizes(
    written: Mapping[str, tuple[int, int]], real: Mapping[str, tuple[int, int]], named: Sequence[Named]
) -> Iterator[SourceProblem]:
    first = {one.photo: one for _, one in reversed(named)}
    for photo, (width, height) in sorted(written.items()):
        size = real.get(photo)
        if not size or size == (width, height):
            continue
        where = first[photo].file if photo in first else photo
        if min(width, height) <= 0:
            yield SourceProblem(
                where, "the annotation gives no size of its photo (0)", photo, advice="Write the size of the file."
            )
        elif size == (height, width):
            yield SourceProblem(
                where, "the annotation gives width and height the other way round", photo, Severity.ERROR,
                "If the photo was turned after it was annotated, its boxes are wrong: annotate it again.",
            )  # fmt: skip
        else:
            yield SourceProblem(
                where, "the annotation gives another size than the photo has: its boxes may be of another picture", photo,
                Severity.ERROR, "Scale the boxes as the photo was scaled, or restore the photo.",
            )  # fmt: skip


def _sizes(place: Place, photos: Sequence[str]) -> list[tuple[int, int] | None]:
    Image.init()  # the decoders at once: PIL loads them one by one, and not safely from several threads
    with ThreadPoolExecutor(machine.workers()) as pool:
        return list(
            pool.map(lambda photo: _size(place.start(photo, HEADER)) or _size(place.start(photo, MOST)), photos)
        )


def _size(content: bytes) -> tuple[int, int] | None:
    """Width and height as displayed, by the header; None where it cannot be read, which is reported when the photo is."""
    try:
        known = [name for name in _FORMATS if name in Image.OPEN]
        with quiet(), Image.open(io.BytesIO(content), formats=known) as image:
            turned = image.getexif().get(_ORIENTATION) in _SIDEWAYS
            return (image.height, image.width) if turned else image.size
    except Exception:  # noqa: BLE001 - damaged files are reported when they are read
        return None
