"""float16: how far it turns the vectors from those of float32."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from benchmarks.gpu.embedding import exact_extractor, lowest_cosines
from benchmarks.gpu.measure import timed
from benchmarks.gpu.table import Row
from datadoctor.stages.embeddings.network_extractor import NetworkExtractor
from datadoctor.stages.embeddings.torchvision import network

PICTURES = 64
ROUNDS = 10


def arithmetic(pictures: Path, model: str, weights: Path, n: int, device: str) -> list[Row]:
    """One network in float16 on ``device``, beside float32 on the CPU, with up to 64 of ``n`` pictures."""
    exact = exact_extractor(model, weights)
    files = sorted(pictures.iterdir())[: min(n, PICTURES)]
    batch = np.stack([np.asarray(Image.open(file).resize((exact.side, exact.side))) for file in files])
    expected, seconds_cpu = timed(lambda: exact.embed_views(batch))
    half = NetworkExtractor(network(model, weights, exact.side), torch.device(device), torch.float16)
    found = half.embed_views(batch)
    rounds = ROUNDS if device == "cuda" else 1
    _, seconds = timed(lambda: [half.embed_views(batch) for _ in range(rounds)])
    rates = [f"{len(batch) / spent:,.0f} images/s" for spent in (seconds_cpu, seconds / rounds)]
    alike = lowest_cosines(expected, found, exact)
    return [Row(f"float16, {model}", f"{len(batch)} pictures together, CPU float32", rates[0], rates[1], alike)]
