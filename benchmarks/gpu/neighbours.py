"""The kNN graph: the product's index on the GPU beside exact search on the CPU."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.gpu.measure import GpuMemory, timed
from benchmarks.gpu.table import Row
from benchmarks.nearest_neighbours import COLUMNS, NEIGHBOURS, PLANTED, planted
from datadoctor.stages.index import Neighbours, exact
from datadoctor.stages.index.build import build, nearest_others
from datadoctor.stages.index.faiss import Searcher

QUERIES = 1000


def neighbours(n: int, device: str, *, on_cpu: bool) -> list[Row]:
    """``n`` vectors: the graph on ``device``, beside the product's on the CPU if ``on_cpu``, and exact answers for a sample."""
    vectors = planted(n)
    _, seconds_index = timed(lambda: Searcher(vectors, NEIGHBOURS + 1, use_gpus=device != "cpu", seed=0))
    with GpuMemory() as memory:
        found, seconds_gpu = timed(lambda: build(vectors, NEIGHBOURS, device=device))
    sample = np.sort(np.random.default_rng(1).choice(n, min(QUERIES, n), replace=False))
    (rows, cosines), seconds_exact = timed(lambda: _exact(vectors, sample))
    cpu = f"exact search of {len(sample):,} queries {seconds_exact:.1f} s"
    if on_cpu:
        other, seconds_cpu = timed(lambda: build(vectors, NEIGHBOURS, device="cpu"))
        cpu = f"{seconds_cpu:.1f} s ({other.made_by}, planted {_planted(other, n):.4f}); {cpu}"
    gpu = f"{seconds_gpu:.1f} s, of which building the index {seconds_index:.1f} s, {memory} ({found.made_by})"
    same = float(np.mean([np.isin(t, f).mean() for t, f in zip(rows, found.rows[sample], strict=True)]))
    common = rows == found.rows[sample]
    apart = float(np.abs(cosines - found.cosines[sample])[common].max(initial=0))
    answers = (
        f"recall {same:.4f} (the run says {found.recall:.4f}), planted pairs {_planted(found, n):.4f}, "
        f"cosines within {apart:.0e}"
    )
    return [Row("kNN graph", f"{n:,} x {COLUMNS}, {NEIGHBOURS} neighbours", cpu, gpu, answers)]


def _exact(vectors: NDArray[np.float32], sample: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    queries = vectors[sample]
    candidates, _ = exact.search(vectors, queries, NEIGHBOURS + 1)
    return nearest_others(vectors, queries, sample, candidates, NEIGHBOURS)


def _planted(found: Neighbours, n: int) -> float:
    """Share of the planted copies that are among the neighbours of their originals."""
    return float((found.rows[:PLANTED] == np.arange(n - PLANTED, n)[:, None]).any(axis=1).mean())
