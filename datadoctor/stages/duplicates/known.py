"""Features of images that are compared again and again, kept as long as they fit in memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from datadoctor.stages.dataset import Dataset
from datadoctor.stages.duplicates.features import Features, features
from datadoctor.stages.duplicates.comparison import NOTHING, Comparison
from datadoctor.stages.duplicates.verification import compare
from datadoctor.stages.reading.budget import BUDGET
from datadoctor.stages.reading.images import Opened, read_image

# A photograph takes about 180 kB, an image of 32 pixels 10 kB.
MOST_BYTES = 10**9


class KnownFeatures:
    """Call it with a row of ``dataset``: its features, None where the image can no longer be read.

    Those unused for the longest time are forgotten over ``most_bytes``. Several threads may call it at once.
    """

    def __init__(self, dataset: Dataset, most_bytes: int = MOST_BYTES) -> None:
        self._dataset = dataset
        self._most_bytes = most_bytes
        self._bytes = 0
        self._known: OrderedDict[int, Features | None] = OrderedDict()
        self._lock = Lock()

    def __call__(self, row: int) -> Features | None:
        """The features of a row."""
        with self._lock:
            if row in self._known:
                self._known.move_to_end(row)
                return self._known[row]
        with BUDGET.held():
            image = read_image(self._dataset.file(row), self._dataset.images.look)
            found = features(image.pixels) if isinstance(image, Opened) else None
            del image
        with self._lock:
            self._remember(row, found)
        return found

    def _remember(self, row: int, found: Features | None) -> None:
        if row in self._known:
            return
        self._known[row] = found
        self._bytes += found.nbytes if found else 0
        while self._bytes > self._most_bytes:
            _, forgotten = self._known.popitem(last=False)
            self._bytes -= forgotten.nbytes if forgotten else 0


def comparing(first: KnownFeatures, second: KnownFeatures) -> Callable[[tuple[int, int]], Comparison]:
    """Compares a row of the one with a row of the other; an image that can no longer be read is like no other."""

    def comparison(pair: tuple[int, int]) -> Comparison:
        a, b = first(pair[0]), second(pair[1])
        return compare(a, b) if a and b else NOTHING

    return comparison
