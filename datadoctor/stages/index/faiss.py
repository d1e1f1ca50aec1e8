"""FAISS search: flat for what brute force handles in seconds, inverted lists above, on every GPU there is.

The inverted lists are probed ever wider until the measured recall against exact search, on a sample of the vectors, is at
least ``RECALL``. Where float32 would not fit, GPUs store float16, and lists on a CPU hold codes (``compression``): of more candidates
than asked for the nearest are then found by the vectors themselves, which stay on the disk.
"""

from __future__ import annotations

from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from datadoctor.arrays import forget
from datadoctor.stages.index import compression, exact
from datadoctor.stages.index.compression import Compression

FLAT_UP_TO = 20_000  # vectors on a CPU, seconds; a GPU searches ten times as many as fast
RECALL = 0.99
LITTLE_GAIN = 0.005  # in recall, of twice the probes: then it is the codes that lose
SAMPLE = 256
QUERIES_AT_ONCE = 4096
# Rougher lists than FAISS makes by default: the probes are widened to the recall anyway, and training is half of the time.
TRAINING_PER_LIST = 40
TRAINING_ROUNDS = 8
FEWEST_PROBES = 4
# A processor compares a vector with all others in the time that it takes for a tenth of them in lists: one large product is faster.
SHARE_OF_LISTS = 0.1
MOST_PROBES_ON_GPU = 2048  # FAISS refuses more
GPU_SHARE = 0.6  # of the free memory of all GPUs that float32 vectors may take
GPU_BYTES = 16 * 2**30  # taken as free on each GPU where PyTorch cannot say


class Searcher:
    """An index over ``vectors``; ``name`` says what kind, ``recall`` how many true neighbours it finds."""

    def __init__(self, vectors: NDArray[np.float32], k: int, *, use_gpus: bool, seed: int) -> None:
        self._vectors = vectors
        self._n_gpus = n_gpus = gpus() if use_gpus else 0
        flat = len(vectors) <= FLAT_UP_TO * (10 if n_gpus else 1)
        half = n_gpus > 0 and vectors.nbytes > GPU_SHARE * _free_bytes(n_gpus)
        self._codes = Compression.NONE if flat or n_gpus else compression.needed(*vectors.shape)
        self._wider = self._codes.wider
        index = _flat(vectors) if flat else _inverted_lists(vectors, seed, half=half, codes=self._codes)
        self._index = _on_gpus(index, n_gpus, half=half) if n_gpus else index
        self.recall = 1.0 if flat else self._widen(k, seed)
        if not self.recall:
            del index, self._index
            self._index, self.recall, flat = _flat(vectors), 1.0, True
        kind = "flat" if flat else f"IVF{self._codes.said}"
        self.name = f"FAISS {kind}, {f'{n_gpus} GPU' if n_gpus else 'CPU'}"

    def search(self, queries: NDArray[np.float32], k: int) -> NDArray[np.int64]:
        """The k nearest rows of each query (m, k) int64 in no promised order, -1 where fewer were found."""
        found = [
            self._found(np.ascontiguousarray(queries[start : start + QUERIES_AT_ONCE]), k)
            for start in range(0, len(queries), QUERIES_AT_ONCE)
        ]
        return np.concatenate(found) if found else np.empty((0, k), dtype=np.int64)

    def _found(self, queries: NDArray[np.float32], k: int) -> NDArray[np.int64]:
        more = min(k * self._wider, len(self._vectors))
        rows: NDArray[np.int64] = self._index.search(queries, more)[1]
        return rows if more == k else compression.nearest(self._vectors, queries, rows, k)

    def _widen(self, k: int, seed: int) -> float:
        """Probe more lists, and look at more candidates where that does not help, until the recall suffices; returns it.

        0 where comparing with all vectors is faster.
        """
        rng = np.random.default_rng(seed)
        sample = np.sort(rng.choice(len(self._vectors), min(SAMPLE, len(self._vectors)), replace=False))
        queries = np.asarray(self._vectors[sample])
        truth, _ = exact.search(self._vectors, queries, k)
        n_lists = _lists(len(self._vectors))
        most = min(n_lists, MOST_PROBES_ON_GPU if self._n_gpus else len(self._vectors))
        by_all = 0 if self._n_gpus or self._codes is not Compression.NONE else int(SHARE_OF_LISTS * n_lists)
        # The parameter space of FAISS reaches into shards and replicas, which have no nprobe of their own.
        space = faiss.GpuParameterSpace() if self._n_gpus else faiss.ParameterSpace()
        probes, before = FEWEST_PROBES, 0.0
        while True:
            space.set_index_parameter(self._index, "nprobe", min(probes, most))
            found = self.search(queries, k)
            recall = float(np.mean([np.isin(t, f).mean() for t, f in zip(truth, found, strict=True)]))
            codes_lose = self._wider > 1 and self._wider < compression.WIDEST and recall - before < LITTLE_GAIN
            if recall >= RECALL or (probes >= most and not codes_lose):
                return recall
            if codes_lose:
                self._wider *= 2
            else:
                probes *= 2
            if by_all and probes > by_all:
                return 0.0
            before = recall


def gpus() -> int:
    """How many GPUs FAISS can use."""
    return int(faiss.get_num_gpus())


def _flat(vectors: NDArray[np.float32]) -> Any:
    index = faiss.IndexFlatIP(vectors.shape[1])
    _add(index, vectors)
    return index


def _inverted_lists(vectors: NDArray[np.float32], seed: int, *, half: bool, codes: Compression) -> Any:
    """``half``: the lists hold float16, for GPUs; ``codes``: what they hold on a CPU."""
    n, d = vectors.shape
    n_lists = _lists(n)
    if half:
        # GPUs have no other lists of float16: flat ones are copied to them in float32, whatever the options say.
        quantizer, metric = faiss.IndexFlatIP(d), faiss.METRIC_INNER_PRODUCT
        index: Any = faiss.IndexIVFScalarQuantizer(quantizer, d, n_lists, faiss.ScalarQuantizer.QT_fp16, metric, False)
    else:
        index = compression.lists(d, n_lists, codes)
    lists = faiss.extract_index_ivf(index)
    lists.cp.seed = seed + 1
    lists.cp.niter = TRAINING_ROUNDS
    sample = np.random.default_rng(seed).choice(n, min(n, TRAINING_PER_LIST * n_lists), replace=False)
    index.train(np.ascontiguousarray(vectors[np.sort(sample)]))
    _add(index, vectors)
    return index


def _lists(n: int) -> int:
    return int(2 * np.sqrt(n))


def _add(index: Any, vectors: NDArray[np.float32]) -> None:
    for start in range(0, len(vectors), 65_536):
        index.add(np.ascontiguousarray(vectors[start : start + 65_536]))
        forget(vectors)


def _on_gpus(index: Any, n_gpus: int, *, half: bool) -> Any:
    options = faiss.GpuMultipleClonerOptions()
    options.shard = n_gpus > 1
    options.useFloat16 = half
    return faiss.index_cpu_to_all_gpus(index, options, n_gpus)


def _free_bytes(n_gpus: int) -> int:
    """The free memory of all GPUs, once PyTorch has given back what it keeps after embedding."""
    import torch

    if torch.cuda.device_count() < n_gpus:
        return GPU_BYTES * n_gpus
    torch.cuda.empty_cache()
    return sum(torch.cuda.mem_get_info(gpu)[0] for gpu in range(n_gpus))
