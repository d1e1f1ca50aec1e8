"""Where flagged images speak for their labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from datadoctor.errors import NotApplicableError, NotAvailableError
from datadoctor.faults import fault_of
from datadoctor.progress import Progress
from datadoctor.stages import stage
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.dataset.look import Look
from datadoctor.stages.embeddings.filters import Filters
from datadoctor.stages.label_quality import LabelQuality
from datadoctor.stages.label_quality.evidence import Evidence

if TYPE_CHECKING:
    from datadoctor.stages.embeddings.choice import Choice
    from datadoctor.stages.evidence.looking import SecondLook


@stage()
def second_look(
    choice: Choice,
    small_side: int,
    look: Look,
    label_judgement: LabelQuality,
    serving: tuple[str, ...],
    filters: Filters,
    *,
    embeddings: Path | None,
    pred_probs: Path | None,
    notice: Callable[[str], None],
) -> SecondLook:
    """What looks at images again, and says where it sees what."""
    from datadoctor.stages.evidence.again import second_look

    if embeddings or pred_probs:
        raise NotApplicableError("embeddings or probabilities brought by the user do not say where they look")
    with _spared(notice):
        return second_look(choice.extractor, small_side, look, label_judgement, serving, filters)


@stage(keep=True)
def evidence_maps(
    dataset: Dataset,
    label_judgement: LabelQuality,
    folds: NDArray[np.int8],
    second_look: SecondLook,
    *,
    progress: Progress,
    notice: Callable[[str], None],
) -> Evidence:
    """Where the worst of the flagged images speak for the given and for the suggested label."""
    from datadoctor.stages.evidence.find import find

    with _spared(notice):
        return find(dataset, label_judgement, folds, second_look, progress)


@contextmanager
def _spared(notice: Callable[[str], None]) -> Iterator[None]:
    """What breaks a second look is said, and takes the maps only: the labels are judged without them."""
    try:
        yield
    except Exception as error:
        # A machine that is out of memory or disk breaks whatever comes next, too.
        if fault_of(error):
            raise
        first = str(error).partition("\n")[0]
        said = (
            f"no maps of where images speak for their labels: the second look failed: {type(error).__name__}: {first}"
        )
        notice(said)
        raise NotAvailableError(said) from error
