"""What is known of images that are compared again and again, kept as long as it fits in memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from datadoctor.stages.dataset import Dataset
from datadoctor.stages.duplicates.comparison import NOTHING, Comparison
from datadoctor.stages.duplicates.features import Features, features
from datadoctor.stages.duplicates.screening import may_be_one_picture, sketch
from datadoctor.stages.duplicates.verification import compare
from datadoctor.stages.reading.budget import BUDGET
from datadoctor.stages.reading.images import reduced

# The features of a photograph take about 180 kB, its sketch 15 kB; of an image of 32 pixels both together 12 kB.
MOST_BYTES_OF_FEATURES, MOST_BYTES_OF_SKETCHES = 600_000_000, 400_000_000
# Both are made of a smaller version: large images need not be decoded as a whole.
SIDE = 1024

Pair = tuple[int, int]


class Sized(Protocol):
    """Something that knows how much memory it takes."""

    @property
    def nbytes(self) -> int:
        """Of memory."""


Made = TypeVar("Made", bound=Sized)


class Known(Generic[Made]):
    """Call it with a row of ``dataset``: what is ``made`` of that image, None where it can no longer be read.

    Those unused for the longest time are forgotten over ``most_bytes``. Several threads may call it at once.
    """

    def __init__(self, dataset: Dataset, made: Callable[[Image.Image], Made], most_bytes: int) -> None:
        self._dataset = dataset
        self._made = made
        self._most_bytes = most_bytes
        self._bytes = 0
        self._known: OrderedDict[int, Made | None] = OrderedDict()
        self._lock = Lock()

    def __call__(self, row: int) -> Made | None:
        """What is made of the image of a row."""
        with self._lock:
            if row in self._known:
                self._known.move_to_end(row)
                return self._known[row]
        with BUDGET.held():
            image = reduced(self._dataset.file(row), self._dataset.images.look, SIDE)
            found = self._made(image) if image else None
            del image
        with self._lock:
            self._remember(row, found)
        return found

    def _remember(self, row: int, found: Made | None) -> None:
        if row in self._known:
            return
        self._known[row] = found
        self._bytes += found.nbytes if found else 0
        while self._bytes > self._most_bytes:
            _, forgotten = self._known.popitem(last=False)
            self._bytes -= forgotten.nbytes if forgotten else 0


class Comparing:
    """Compares rows of one dataset with rows of another, or of the same; an image that can no longer be read is like no other.

    ``within``: of the same.
    """

    def __init__(self, first: Dataset, second: Dataset | None = None) -> None:
        share = 1 if second is None else 2
        datasets = [first] if second is None else [first, second]
        self.within = second is None
        self._sketches = [Known(each, sketch, MOST_BYTES_OF_SKETCHES // share) for each in datasets]
        self._features = [Known(each, features, MOST_BYTES_OF_FEATURES // share) for each in datasets]

    def richness(self, pair: Pair) -> int:
        """Features in the sketch that has more; the sketches are kept."""
        sketches = self._sketches[0](pair[0]), self._sketches[-1](pair[1])
        return max(len(one.codes) if one else 0 for one in sketches)

    def screen(self, pairs: Sequence[Pair]) -> NDArray[np.bool_]:
        """(m,) which pairs are worth comparing."""
        sketches = [(self._sketches[0](a), self._sketches[-1](b)) for a, b in pairs]
        known = [place for place, (a, b) in enumerate(sketches) if a and b]
        passed = np.zeros(len(pairs), bool)
        both = [(a, b) for a, b in sketches if a and b]
        passed[known] = may_be_one_picture([a for a, _ in both], [b for _, b in both])
        return passed

    def __call__(self, pair: Pair) -> Comparison:
        """How the second lies on the first."""
        a, b = self._thorough(0, pair[0]), self._thorough(-1, pair[1])
        return compare(a, b) if a and b else NOTHING

    def _thorough(self, side: int, row: int) -> Features | None:
        drawn = self._sketches[side](row)
        return drawn.features if drawn and drawn.features else self._features[side](row)
