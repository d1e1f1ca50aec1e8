"""A whole audit with ``--device cuda`` beside ``--device cpu``: the findings of both."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd

import datadoctor
from benchmarks.gpu.measure import timed
from benchmarks.gpu.table import Row
from fixtures.planted import make_planted


def whole_audit(model: str, weights: Path, device: str) -> list[Row]:
    """The planted dataset of the tests, nothing cached; one of the tests does the same with ``--model filters``."""
    with tempfile.TemporaryDirectory() as folder:
        root = make_planted(Path(folder)).root

        def run(where: str) -> pd.DataFrame:
            out, cache = Path(folder) / where, Path(folder) / f"{where}-cache"
            audit = datadoctor.audit(root, model=model, weights=weights, device=where, out=out, cache=cache)
            assert audit.exit_code == 0, audit.outcomes
            return audit.findings

        on_cpu, seconds_cpu = timed(lambda: run("cpu"))
        on_gpu, seconds_gpu = timed(lambda: run(device))
    size = f"130 planted images, --model {model}"
    cpu, gpu = f"{seconds_cpu:.1f} s, {len(on_cpu)} findings", f"{seconds_gpu:.1f} s, {len(on_gpu)} findings"
    return [Row("whole audit", size, cpu, gpu, _compared(on_cpu, on_gpu))]


def _compared(a: pd.DataFrame, b: pd.DataFrame) -> str:
    both = a.merge(b, on="key", suffixes=("_a", "_b"))
    only = [f"{name}: {', '.join(_words(found, both))}" for name, found in (("CPU", a), ("GPU", b))]
    severities = int((both["severity_a"] != both["severity_b"]).sum())
    apart = (both["score_a"] - both["score_b"]).abs().max()
    return f"{len(both)} in both, scores within {apart:.4f}, other severity {severities}; only {'; only '.join(only)}"


def _words(found: pd.DataFrame, both: pd.DataFrame) -> list[str]:
    rest = found[~found["key"].isin(both["key"])]
    return [f"{row.check} {row.subjects} ({row.score:.3f})" for row in rest.itertuples()] or ["none"]
