"""What the views are made from: embeddings of an image set through the product's own stages, kept between runs."""

from __future__ import annotations

import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.index import Neighbours


@dataclass(frozen=True)
class Features:
    """``network`` (n, d) and ``own`` (n, e) float32 embeddings of the images in ``paths``, and their nearest neighbours.

    ``further``: name to (n, f) float16, what the network saw of them besides; ``likeness`` (n, m) float16 in place of it where the
    images are small.
    """

    paths: tuple[str, ...]
    network: NDArray[np.float32]
    own: NDArray[np.float32]
    further: dict[str, NDArray[np.float16]]
    likeness: NDArray[np.float16] | None
    neighbours: Neighbours


def of_images(data: Path, eye: str, work: Path, only: str = "") -> Features:
    """Features of the images of ``data/images.tar`` whose path starts with ``only``; made once an eye, kept in ``work``.

    ``eye``: NAME or NAME=WEIGHTS of a network, '' for what the product looks through by default.
    """
    name = eye.partition("=")[0].replace("/", "-") or "default"
    kept = work / f"{data.name}-{name}-views.npz"
    if not kept.is_file():
        _make(data, eye, work, only, kept)
    with np.load(kept) as arrays:
        neighbours = Neighbours(arrays["rows"], arrays["cosines"], "exact", 1.0)
        further = {name: arrays[name] for name in arrays["further"].tolist()}
        likeness = arrays["likeness"] if len(arrays["likeness"]) else None
        return Features(
            tuple(arrays["paths"].tolist()), arrays["network"], arrays["own"], further, likeness, neighbours
        )


def _make(data: Path, eye: str, work: Path, only: str, kept: Path) -> None:
    from datadoctor.config import Config
    from datadoctor.flow import Flow
    from datadoctor.progress import Bars

    images = work / data.name
    with tarfile.open(data / "images.tar") as archive:
        archive.extractall(images)
    name, _, weights = eye.partition("=")
    seen = {"model": name} if name else {}
    config = Config(**seen, weights=Path(weights) if weights else None, out=work / f"{data.name}-run")  # type: ignore[arg-type]
    flow = Flow(images / only, config, Bars())
    own, near = flow["own_filters"], flow["neighbours"]
    assert own is not None
    likeness = flow["likeness"]
    views = () if likeness else flow["further_views"]
    further: dict[str, Any] = {f"network ({view.name})": view.vectors for view in views}
    np.savez(
        kept,
        **further,
        further=list(further),
        likeness=likeness.vectors if likeness else np.zeros(0, np.float16),
        paths=np.array([only + path for path in flow["dataset"].paths]),
        network=flow["embeddings"].vectors,
        own=own.vectors,
        rows=near.rows,
        cosines=near.cosines,
    )
