"""What a probe is fitted on: standardised columns of an embedding, made once for all probes on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

# More columns than this are rotated onto their leading principal components, which keeps the model (the penalty does not change
# under rotation) but for directions of little variance, and takes a fraction of the time.
MOST_COLUMNS = 512
BYTES_IN_MEMORY = 2**30
CHUNK_VALUES = 2**24


@dataclass(frozen=True)
class Columns:
    """Standardised rows of ``vectors`` (n, d) in chunks; ``widest``: the most values a row that a probe will hold beside them."""

    vectors: NDArray[np.float32] | NDArray[np.float16]
    device: str
    widest: int

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def n_columns(self) -> int:
        """Columns that are fitted, with the constant one."""
        return min(int(self.vectors.shape[1]), MOST_COLUMNS) + 1

    @cached_property
    def chunks(self) -> list[slice]:
        """Rows that are worked on at once."""
        step = max(1, CHUNK_VALUES // max(self.vectors.shape[1], self.widest))
        return [slice(start, start + step) for start in range(0, len(self), step)]

    @cached_property
    def moments(self) -> tuple[torch.Tensor, torch.Tensor]:
        """(d,) float32 each: the mean, and the factor that brings variance to 1."""
        total = np.zeros(self.vectors.shape[1])
        squares = np.zeros(self.vectors.shape[1])
        for chunk in self.chunks:
            x = self.vectors[chunk].astype(np.float64)
            total += x.sum(axis=0)
            squares += (x * x).sum(axis=0)
        mean = total / len(self)
        variance = squares / len(self) - mean**2
        # Columns that only hold rounding noise stay at zero.
        floor = 1e-10 * (squares / len(self) + 1e-30)
        scale = np.where(variance > floor, 1 / np.sqrt(np.maximum(variance, floor)), 0.0)
        as_tensor = [torch.from_numpy(v.astype(np.float32)).to(self.device) for v in (mean, scale)]
        return as_tensor[0], as_tensor[1]

    @cached_property
    def rotation(self) -> torch.Tensor | None:
        """(d, MOST_COLUMNS) orthonormal leading components of the standardised rows; None where there are few columns.

        Randomised subspace iteration (Halko, Martinsson & Tropp 2011, SIAM Review 53, algorithm 4.4).
        """
        d = int(self.vectors.shape[1])
        if d <= MOST_COLUMNS:
            return None
        generator = torch.Generator().manual_seed(0)
        basis = torch.randn(d, MOST_COLUMNS, generator=generator).to(self.device)
        for _ in range(2):
            product = torch.zeros_like(basis)
            for chunk in self.chunks:
                x = self._standardised(chunk)
                product.addmm_(x.T, x @ basis)
            basis = torch.linalg.qr(product).Q
        return basis

    @cached_property
    def covariance(self) -> torch.Tensor:
        """(columns, columns) mean outer product of the rows with the constant one."""
        gram = torch.zeros(self.n_columns, self.n_columns, device=self.device)
        for _, x in self.rows():
            gram.addmm_(x.T, x)
        return gram / len(self)

    def rows(self) -> Iterator[tuple[slice, torch.Tensor]]:
        """Each chunk with its standardised columns and the constant one."""
        for index, chunk in enumerate(self.chunks):
            yield chunk, self._kept[index] if self._kept is not None else self._columns(chunk)

    @cached_property
    def _kept(self) -> list[torch.Tensor] | None:
        fits = len(self) * self.n_columns * 4 <= BYTES_IN_MEMORY
        return [self._columns(chunk) for chunk in self.chunks] if fits else None

    def _columns(self, chunk: slice) -> torch.Tensor:
        x = self._standardised(chunk)
        return torch.nn.functional.pad(x if self.rotation is None else x @ self.rotation, (0, 1), value=1.0)

    def _standardised(self, chunk: slice) -> torch.Tensor:
        mean, scale = self.moments
        # A copy: memory-mapped rows are read-only, which PyTorch does not support.
        x = torch.from_numpy(np.array(self.vectors[chunk], dtype=np.float32)).to(self.device)
        return (x - mean) * scale
