"""The eye of an index: the fits with which its images were seen, so that others are seen alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datadoctor.arrays import DAMAGED
from datadoctor.comparison.known import FITS, SIDE, Index
from datadoctor.config import Config, runs_code
from datadoctor.errors import DataDoctorError
from datadoctor.flow.keeping import Keeper
from datadoctor.run import Run
from datadoctor.stages import every
from datadoctor.stages.dataset.look import Look, of_summary
from datadoctor.stages.embeddings.choice import OWN_FILTERS, TRAINED_HERE, Choice, choose

KEY = "datadoctor/index@1"


def of_run(run: Run) -> Mapping[str, Any]:
    """The fits that the images of a run were seen with, by stage. Raises ``DataDoctorError`` where later ones cannot be."""
    settings = run.summary["settings"]
    if settings.get("embeddings"):
        raise DataDoctorError(
            f"{run.path}: made with embeddings of your own: nothing can look at new images as those were; audit with a --model"
        )
    short_side, look = _kept(run, "short_side"), of_summary(run.summary["reading"]["look"])
    fits = {"short_side": short_side, "small_side": _small_side(run), "look": look}
    if settings["model"] in (OWN_FILTERS, TRAINED_HERE):
        return fits | {"filters": _kept(run, "filters")}
    return fits | {"serving": _kept(run, "serving")}


def _small_side(run: Run) -> int:
    file = run.path / "artifacts" / "small.npy"
    try:
        return int(np.load(file, mmap_mode="r").shape[1])
    except (*DAMAGED, IndexError) as error:
        raise DataDoctorError(f"{file}: not there or damaged ({error}); run the audit again") from error


def _kept(run: Run, name: str) -> Any:
    stage = every()[name]
    found = Keeper(run.path / "artifacts" / "stages").latest(name, stage.returns)
    if found is None:
        raise DataDoctorError(f"{run.path}: does not hold what its images were seen with ({name}); run the audit again")
    return found


def keep(fits: Mapping[str, Any], path: Path) -> None:
    """Write them into the folder of an index."""
    Keeper(path).put(FITS, KEY, fits)


def kept(index: Index) -> Mapping[str, Any]:
    """Those of an index."""
    kinds = [every()[name].returns for name in ("filters", "serving")]
    found: Mapping[str, Any] | None = Keeper(index.path).fetch(FITS, KEY, Look, *kinds)
    if found is None:
        raise DataDoctorError(f"{index.path / FITS}: damaged; make the index again")
    return found


def chosen(index: Index, fits: Mapping[str, Any], config: Config) -> Choice:
    """The network of an index. Raises ``DataDoctorError`` where what ``config`` names is another one."""
    found = choose(config.model, config.weights, fits["short_side"], config.device)
    computes = found.extractor.computes if found.extractor else ""
    if computes != index.network:
        made_by = found.extractor.made_by if found.extractor else "filters of its own patches"
        raise DataDoctorError(
            f"{index.path}: an index of another eye: it was seen by {index.seen_by}, and this is {made_by}; give the model and "
            "weights of the index, or make an index with these"
        )
    return found


def config_for(index: Index, config: Config, model: str | None) -> Config:
    """The settings with the index's own model where none was named; code is never taken from a file."""
    if model is not None:
        return config
    if runs_code(index.model):
        raise DataDoctorError(f"{index.path}: seen by {index.model!r}, which is code; name it with --model")
    return replace(config, model=index.model, weights=Path(index.weights) if index.weights else None)


def shrunken(small: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(n, 16, 16, 3) uint8 of small images (n, s, s, 3) uint8, s >= 16: means of cells."""
    cell = small.shape[1] // SIDE
    cut = small[:, : cell * SIDE, : cell * SIDE].astype(np.float32)
    means = cut.reshape(len(small), SIDE, cell, SIDE, cell, 3).mean(axis=(2, 4))
    result: NDArray[np.uint8] = np.rint(means).astype(np.uint8)
    return result
