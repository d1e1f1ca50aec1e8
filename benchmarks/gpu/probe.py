"""The probe: cross-validated logistic regression on ``cuda`` beside ``cpu``."""

from __future__ import annotations

import numpy as np

from benchmarks.gpu.measure import GpuMemory, timed
from benchmarks.gpu.table import Row
from datadoctor.stages.predictions.probe import predict

FOLDS = 5
WRONG = 0.1


def probe(n: int, columns: int, n_classes: int, device: str) -> list[Row]:
    """``n`` vectors in overlapping classes, a tenth of the labels wrong."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, n_classes, n).astype(np.int32)
    centres = rng.normal(size=(n_classes, columns)).astype(np.float32)
    vectors = centres[labels] + 6 * rng.standard_normal((n, columns), dtype=np.float32)
    wrong = rng.random(n) < WRONG
    labels[wrong] = rng.integers(0, n_classes, int(wrong.sum()))
    folds = (np.arange(n) % FOLDS).astype(np.int8)
    on_cpu, seconds_cpu = timed(lambda: predict(vectors, labels, n_classes, folds))
    with GpuMemory() as memory:
        on_gpu, seconds_gpu = timed(lambda: predict(vectors, labels, n_classes, folds, device=device))
    apart = np.abs(on_cpu.probabilities - on_gpu.probabilities)
    same = (on_cpu.probabilities.argmax(axis=1) == on_gpu.probabilities.argmax(axis=1)).mean()
    answers = f"probabilities within {apart.max():.1e}, same best class {same:.4%}; {on_cpu.made_by}, {on_gpu.made_by}"
    size = f"{n:,} x {columns:,}, {n_classes} classes"
    return [Row("linear probe", size, f"{seconds_cpu:.1f} s", f"{seconds_gpu:.1f} s, {memory}", answers)]
