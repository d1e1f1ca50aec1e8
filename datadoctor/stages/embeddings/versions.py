"""What the last bits of a vector depend on besides the network, told without loading what computes them."""

from __future__ import annotations

import importlib.metadata
import os

from datadoctor.machine import instructions
from datadoctor.stages.embeddings.facts import Facts


def key(facts: Facts, kind: str, arithmetic: str) -> str:
    """Changes whenever the last bits of what a network makes could: with its facts, the libraries, ``arithmetic`` and ``kind`` of device.

    ``arithmetic``: 'float32'; ``kind``: 'cpu' or 'cuda'.
    """
    told = kind
    if kind == "cpu":
        told = f"{instructions()} {os.environ.get('ATEN_CPU_CAPABILITY', '')}".strip()
        told += f" openvino {openvino()}" if openvino() and arithmetic == "float32" else ""
    return f"{facts.computes}, {told} {arithmetic} torch {importlib.metadata.version('torch')}"


def openvino() -> str:
    """Its version, '' where it is not installed."""
    try:
        return importlib.metadata.version("openvino")
    except importlib.metadata.PackageNotFoundError:
        return ""
