"""Seconds, and the memory of the GPU whoever takes it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import TypeVar

import torch

Made = TypeVar("Made")
SECONDS_BETWEEN_SAMPLES = 0.02


def timed(work: Callable[[], Made]) -> tuple[Made, float]:
    """What ``work`` made, and its seconds; work that returns arrays on the CPU has waited for the GPU."""
    start = time.perf_counter()
    made = work()
    return made, time.perf_counter() - start


class GpuMemory:
    """The most memory of the GPU in use while the block ran, above what was in use before: PyTorch's and FAISS's alike."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._before = self._peak = 0

    def __enter__(self) -> GpuMemory:
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
            self._before = self._peak = _used()
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def __str__(self) -> str:
        return f"{(self._peak - self._before) / 2**30:.1f} GiB"

    def _sample(self) -> None:
        while not self._stop.wait(SECONDS_BETWEEN_SAMPLES):
            self._peak = max(self._peak, _used())


def _used() -> int:
    free, total = torch.cuda.mem_get_info()
    return total - free
