"""What later stages are made from, as one hash: whatever is kept under it was made from the same."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datadoctor.config import Config
from datadoctor.files import regular
from datadoctor.stages.dataset import Dataset

ROWS_AT_ONCE = 10_000


def fingerprint(dataset: Dataset, config: Config, seen_through: str) -> str:
    """Sha256 hex of code, images, labels, splits, settings and ``seen_through``, the key of what made the vectors."""
    digest = hashlib.sha256(f"{_code()} {config.seed} {config.device} {config.model} {seen_through}".encode())
    for file in (config.hierarchy, config.pred_probs, config.embeddings):
        digest.update(b"none" if file is None else hashlib.sha256(regular(file).read_bytes()).digest())
    columns = (dataset.paths, dataset.images.digests, dataset.splits, dataset.groups, dataset.classes)
    digest.update(json.dumps([*columns, dataset.labels.tolist(), dict(dataset.superclasses)]).encode())
    return digest.hexdigest()


def of_pixels(small: NDArray[np.uint8], seed: int) -> str:
    """Sha256 hex of code, ``seed`` and small images (n, s, s, 3)."""
    digest = hashlib.sha256(f"{_code()} {seed} {small.shape}".encode())
    for start in range(0, len(small), ROWS_AT_ONCE):
        digest.update(small[start : start + ROWS_AT_ONCE].tobytes())
    return digest.hexdigest()


@cache
def _code() -> str:
    """Hash of the code that makes artifacts: a change to it makes them again."""
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()
