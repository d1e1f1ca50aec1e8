"""Batches on a GPU in as large parts as fit its memory; the last bits of a vector may depend on how large they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from datadoctor.errors import DataDoctorError

# Images of which the memory is measured.
TRIAL = 8
# Of the memory that is free on a GPU, what a part may take: other programs come and go, and allocators waste some.
MEMORY_SHARE = 0.5


class Parts:
    """Cuts batches; ``at_once`` images go through a network together, all of a batch where there is no GPU."""

    def __init__(self, batch_size: int, device: torch.device) -> None:
        self.at_once = batch_size
        self._device = device
        self._tried = device.type != "cuda"

    def __call__(
        self, batch: NDArray[np.uint8], look: Callable[[Tensor], tuple[Tensor, ...]]
    ) -> tuple[NDArray[Any], ...]:
        """What ``look`` makes of (B, 3, s, s) images, in parts that are halved, for good, whenever the memory is too small."""
        if not self._tried:
            self._try(batch, look)
        made: list[list[NDArray[Any]]] = []
        done = 0
        while done < len(batch):
            part = batch[done : done + self.at_once]
            try:
                made.append([array.cpu().numpy() for array in look(self._images(part))])
                done += len(part)
                continue
            except torch.OutOfMemoryError as error:
                if self.at_once == 1:
                    raise DataDoctorError("the GPU has no memory left for one image; use --device cpu") from error
            # Not while the error is handled: it holds what did not fit.
            self.at_once //= 2
            torch.cuda.empty_cache()
        return tuple(np.concatenate(column) for column in zip(*made, strict=True))

    def _images(self, batch: NDArray[np.uint8]) -> Tensor:
        """(B, 3, side, side) float32 on the device; bytes travel there."""
        return torch.from_numpy(batch).to(self._device).permute(0, 3, 1, 2).float()

    def _try(self, batch: NDArray[np.uint8], look: Callable[[Tensor], tuple[Tensor, ...]]) -> None:
        """Fit ``at_once`` to the memory that is free, by what a few images take."""
        self._tried, most = True, self.at_once
        self.at_once = TRIAL
        before = torch.cuda.memory_allocated(self._device)
        torch.cuda.reset_peak_memory_stats(self._device)
        self(batch[:TRIAL], look)
        taken = torch.cuda.max_memory_allocated(self._device) - before
        self.at_once = images_at_once(most, taken // self.at_once, torch.cuda.mem_get_info(self._device)[0])


def images_at_once(most: int, bytes_an_image: int, free_bytes: int) -> int:
    """How many images may go through a network together, a power of two from 1 to ``most`` (itself one)."""
    fitting = int(MEMORY_SHARE * free_bytes) // max(bytes_an_image, 1)
    return min(most, 1 << max(fitting.bit_length() - 1, 0))
