"""Frozen calibration: what an audit fitted on the base, kept so that a change is judged by it and never alters it.

Vectors, the dataset's own filters, probe weights, weights and sharpness of the views, error rate and threshold are kept in the
cache under the hash of their content; the committed baseline holds the hash.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from datadoctor.checks.outlier import SMALLEST_DATASET, Spacing, spacing
from datadoctor.errors import DataDoctorError, NotAvailableError
from datadoctor.gate.contents import NETWORK, OWN_FILTERS, further
from datadoctor.gate.label_judge import LabelJudge, SeenBy, distil
from datadoctor.stages.dataset import Images
from datadoctor.stages.dataset.look import Look
from datadoctor.stages.embeddings.patches import Filters, Parameters
from datadoctor.stages.keeping import Keeper
from datadoctor.stages.predictions.fitted import FittedProbe

if TYPE_CHECKING:
    from datadoctor.progress import Progress
    from datadoctor.run import Run
    from datadoctor.stages import Artifacts

VERSION = "4"
TYPES = (Filters, FittedProbe, Images, LabelJudge, Look, Parameters, Spacing)


@dataclass(frozen=True)
class Frozen:
    """The readable images of the base, n rows, and what was fitted on them.

    ``vectors`` (n, d) float32 rows of length 1. ``extractor``: key of the network, '' where ``filters`` alone look at the
    images. ``small_side``, ``short_side``: see ``reading.read`` and ``embeddings.choice.choose``. ``judge``: None where no
    label could be judged; ``spacing``: None where too few images say what is unusual.
    """

    images: Images
    vectors: NDArray[np.float32]
    extractor: str
    short_side: int
    small_side: int
    filters: Filters
    judge: LabelJudge | None
    spacing: Spacing | None


def freeze(run: Run, progress: Progress) -> Frozen:
    """Fit once more on the dataset of a run, from what the run kept, and take what later images need.

    Raises ``DataDoctorError`` if the dataset is no longer that of the run, ``NotAvailableError`` if its vectors or
    probabilities were brought by the user, or it is not here: then new images cannot be judged.
    """
    from datadoctor.config import load
    from datadoctor.stages import Artifacts

    settings = run.summary["settings"] | {"out": run.path}
    config = load(None, settings, search=False)
    if config.embeddings or config.pred_probs:
        raise NotAvailableError(
            "embeddings or probabilities brought by the user: changes are judged by `gate RUN` only"
        )
    if not Path(run.summary["source"]).is_dir():
        raise NotAvailableError(f"{run.summary['source']} is not here: changes are judged by `gate RUN` only")
    artifacts = Artifacts(Path(run.summary["source"]), config, progress)
    if list(artifacts.images.digests) != run.items["digest"].tolist():
        raise DataDoctorError(f"{artifacts.source}: changed since {run.path} was made; audit it again")
    return of_artifacts(artifacts)


def of_artifacts(artifacts: Artifacts) -> Frozen:
    """What later images need of these; stages that were not asked for before are computed."""
    from datadoctor.stages.reading.read import typical_short_side

    return Frozen(
        images=artifacts.dataset.images,
        vectors=np.asarray(artifacts.embeddings.vectors),
        extractor=artifacts.choice.extractor.key if artifacts.choice.extractor else "",
        short_side=typical_short_side(artifacts.listing),
        small_side=artifacts.reading.small.shape[1],
        filters=artifacts.filters,
        judge=_judge(artifacts),
        spacing=spacing(artifacts.neighbours) if len(artifacts.dataset) >= SMALLEST_DATASET else None,
    )


def _judge(artifacts: Artifacts) -> LabelJudge | None:
    try:
        quality, seen = artifacts.label_quality, _seen(artifacts)
    except NotAvailableError:
        return None
    labels, classes, device = artifacts.dataset.labels, artifacts.dataset.classes, artifacts.device
    return distil(labels, classes, quality, artifacts.neighbours, artifacts.groups, seen, device)


def _seen(artifacts: Artifacts) -> dict[str, SeenBy]:
    """The views that new images can be looked at through: a network trained on the base is not among them."""
    own, theirs = artifacts.own_filters, artifacts.own_predictions
    if artifacts.choice.extractor is None:
        return {OWN_FILTERS: SeenBy(artifacts.embeddings.vectors, theirs or artifacts.predictions)}
    seen = {NETWORK: SeenBy(artifacts.embeddings.vectors, artifacts.predictions)}
    for view, predictions in zip(artifacts.further_views, artifacts.further_predictions, strict=True):
        seen[further(view.name)] = SeenBy(view.vectors, predictions)
    return seen | ({OWN_FILTERS: SeenBy(own.vectors, theirs)} if own and theirs else {})


def keep(frozen: Frozen, cache: Path) -> str:
    """Keep it in the cache; returns its hash."""
    making = cache / "frozen" / f"making-{os.getpid()}"
    Keeper(making.parent, (*TYPES, Frozen)).keep(making.name, VERSION, lambda: frozen)
    digest = _digest(making)
    target = making.with_name(digest)
    if target.exists():
        shutil.rmtree(making)
    else:
        making.rename(target)
    return digest


def is_kept(digest: str, cache: Path) -> bool:
    """Whether the cache holds what was kept under this hash, as it was."""
    folder = cache / "frozen" / digest
    return bool(digest) and folder.is_dir() and _digest(folder) == digest


def fetch(digest: str, cache: Path, baseline: str) -> Frozen:
    """What was kept under this hash, which must be there; raises ``DataDoctorError`` if another version kept it."""
    folder = cache / "frozen" / digest
    return Keeper(folder.parent, (*TYPES, Frozen)).keep(digest, VERSION, _missing(baseline))


def _missing(baseline: str) -> Callable[[], Frozen]:
    def fail() -> Frozen:
        raise DataDoctorError(f"{baseline}: made by another version of datadoctor; refresh the baseline")

    return fail


def _digest(folder: Path) -> str:
    """Sha256 hex over the files of a folder."""
    whole = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        with file.open("rb") as stream:
            whole.update(f"{file.name} {hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode())
    return whole.hexdigest()
