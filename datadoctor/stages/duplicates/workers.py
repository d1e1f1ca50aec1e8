"""Threads that compare images, each with one thread of its own inside NumPy and OpenCV.

Otherwise every small matrix product would wake as many threads again: measured on two busy cores, verification is 8 to 60 times
slower that way.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import cv2
from threadpoolctl import threadpool_limits

from datadoctor import machine


@contextmanager
def workers() -> Iterator[ThreadPoolExecutor]:
    """A pool of one thread a processor; the limits end with it. Raises ``MemoryError`` where OpenCV might run out of it."""
    machine.check_address_space()
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        with threadpool_limits(1, "blas"), ThreadPoolExecutor(machine.workers()) as pool:
            yield pool
    finally:
        cv2.setNumThreads(before)
