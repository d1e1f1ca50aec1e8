"""Embedding: files to vectors through the product's reading pass, and the network alone."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.gpu.measure import GpuMemory, timed
from benchmarks.gpu.pictures import SIDE
from benchmarks.gpu.table import Row
from benchmarks.speed import decode_all, forward_all, listing_of
from datadoctor.cache import ImageCache
from datadoctor.progress import Silent
from datadoctor.sources import Listing
from datadoctor.stages.embeddings.choice import choose, side_for
from datadoctor.stages.embeddings.extractor import Extractor
from datadoctor.stages.embeddings.network_extractor import NetworkExtractor
from datadoctor.stages.embeddings.torchvision import network
from datadoctor.stages.reading.read import read
from datadoctor.stages.reading.sizes import typical_short_side


def decoding(pictures: Path, model: str, weights: Path) -> list[Row]:
    """What decoding alone would allow: an upper bound for any network."""
    listing = listing_of(pictures, 2000)
    _, spent = timed(lambda: decode_all(listing, _extractor(model, weights, listing, "cpu")))
    rate = f"{len(listing) / spent:,.0f} images/s"
    return [Row("decode JPEGs, all processors", f"{len(listing):,} images", rate, "", "")]


def embedding(pictures: Path, model: str, weights: Path, n: int, sample: int, device: str) -> list[Row]:
    """One network: all ``n`` pictures on ``device``, the first ``sample`` of them on the CPU."""
    few, many = listing_of(pictures, sample), listing_of(pictures, n)
    on_cpu, on_gpu = (_extractor(model, weights, many, where) for where in ("cpu", device))
    exact = exact_extractor(model, weights)
    with tempfile.TemporaryDirectory() as folder:
        expected, _ = _read(few, exact, Path(folder) / "exact")
        _, seconds_cpu = _read(few, on_cpu, Path(folder) / "cpu")
        with GpuMemory() as memory:
            found, seconds_gpu = _read(many, on_gpu, Path(folder) / "gpu")
    size = f"{n:,} images (CPU {sample:,}), {on_gpu.side} px, batches of {on_gpu.batch_size}, {_arithmetic(on_gpu)}"
    whole = Row(
        f"files to vectors, {model}", size, f"{sample / seconds_cpu:,.0f} images/s",
        f"{n / seconds_gpu:,.0f} images/s, {memory}", lowest_cosines(expected, found, exact),
    )  # fmt: skip
    return [whole, _network_alone(model, few, many, on_cpu, on_gpu)]


def _network_alone(model: str, few: Listing, many: Listing, on_cpu: Extractor, on_gpu: Extractor) -> Row:
    rates = []
    for listing, extractor in ((few, on_cpu), (many, on_gpu)):
        forward_all(few, extractor)
        _, spent = timed(lambda listing=listing, extractor=extractor: forward_all(listing, extractor))  # type: ignore[misc]
        rates.append(f"{len(listing) / spent:,.0f} images/s")
    return Row(f"network alone, {model}", f"CPU {_arithmetic(on_cpu)}", rates[0], rates[1], "")


def _extractor(model: str, weights: Path, listing: Listing, device: str) -> Extractor:
    extractor = choose(model, weights, typical_short_side(listing), device).extractor
    assert extractor is not None
    return extractor


def exact_extractor(model: str, weights: Path) -> NetworkExtractor:
    """Float32 on the CPU, at the side of the pictures."""
    return NetworkExtractor(network(model, weights, side_for(SIDE)), torch.device("cpu"))


def _arithmetic(extractor: Extractor) -> str:
    return "float16" if "float16" in extractor.key else "float32"


Seen = tuple[NDArray[np.float32], NDArray[np.float16]]


def _read(listing: Listing, extractor: Extractor, out: Path) -> tuple[Seen, float]:
    """Vectors and views of the listing, and the seconds of the pass with nothing cached."""
    cache = ImageCache(out / "cache")
    try:
        made, spent = timed(lambda: read(listing, extractor, cache=cache, out=out / "run", progress=Silent()))
    finally:
        cache.close()
    assert made.vectors is not None
    assert made.views is not None
    return (np.array(made.vectors), np.array(made.views)), spent


def lowest_cosines(expected: Seen, found: Seen, extractor: Extractor) -> str:
    """Of the rows of ``expected`` with the first ones of ``found``: of the vectors and of each view, in words."""
    first = extractor.stages[-1].stop
    a, b = (np.concatenate(each, axis=1, dtype=np.float64) for each in (expected, found))
    parts = {"vectors": slice(first)} | {v.name: slice(first + v.start, first + v.stop) for v in extractor.views}
    lowest = [f"{name} {_lowest(a[:, part], b[: len(a), part]):.5f}" for name, part in parts.items()]
    return "lowest cosine to CPU float32: " + ", ".join(lowest)


def _lowest(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(((a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)).min())
