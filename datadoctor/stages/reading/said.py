"""What the user is told of the images as a whole: how those of more than 8 bits are shown, and which are not there at all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from datadoctor.errors import DataDoctorError
from datadoctor.stages.dataset import Images
from datadoctor.stages.dataset.look import Look
from datadoctor.stages.reading.causes import LFS_POINTER

_BANDS = re.compile(r"\d+ bands: [^;]*")


def of_look(look: Look, say: Callable[[str], None]) -> None:
    """Tell which values are black and white."""
    for kind, channels in look.ranges.items():
        shown = ", ".join(dict.fromkeys(f"{low:g} to {high:g}" for low, high in channels))
        say(f"images of more than 8 bits ({kind}): {shown} is shown as black to white, as found in this dataset")


def of_images(images: Images, say: Callable[[str], None]) -> None:
    """Tell what was found. Raises ``DataDoctorError`` where all images are Git LFS pointers."""
    bands = Counter(found.group() for warning in images.warnings if (found := _BANDS.search(warning)))
    for text, count in sorted(bands.items()):
        say(f"{count:,} images have {text}; choose others with --bands")
    pointers = images.errors.count(LFS_POINTER)
    if pointers and pointers == len(images):
        raise DataDoctorError(
            f"all {pointers:,} images are Git LFS pointers, not images: run `git lfs pull`, then this again"
        )
    if pointers:
        say(
            f"{pointers:,} of {len(images):,} images are Git LFS pointers, not images, and are left out: run `git lfs pull`"
        )
