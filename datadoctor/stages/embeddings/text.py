"""Text towers: of networks that were trained with captions, what places words among images."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from datadoctor.config import SEVERAL
from datadoctor.stages.embeddings import TEXT_SPACE
from datadoctor.stages.embeddings.choice import FAMILIES, PACKAGE

if TYPE_CHECKING:
    from torch import Tensor

    from datadoctor.stages.embeddings.extractor import Extractor

# A text to (1, e).
TextTower: TypeAlias = "Callable[[str], Tensor]"


def space_of(extractor: Extractor, model: str) -> Mapping[str, Any] | None:
    """Where an extractor for ``model`` puts images beside text: the network's name, and first and last column of its further views.

    None where it reads no text; of several networks the first that does.
    """
    first = model.split(SEVERAL)[0]
    for view in extractor.views:
        if view.name == TEXT_SPACE or view.name.endswith(f", {TEXT_SPACE}"):
            name = view.name.removesuffix(TEXT_SPACE).removesuffix(", ") or first
            return {"model": name, "columns": [view.start, view.stop]}
    return None


def vector_of(text: str, tower: TextTower) -> NDArray[np.float32]:
    """(1, e) float32 of length 1."""
    import torch
    from torch import nn

    with torch.inference_mode():
        found: NDArray[np.float32] = nn.functional.normalize(tower(text).float(), dim=1).cpu().numpy()
    return found


def tower_of(model: str, weights: Path | None) -> TextTower:
    """The text tower of a network whose space ``space_of`` names. Raises ``DataDoctorError`` and ``IncompleteError``."""
    made: TextTower = importlib.import_module(f"{PACKAGE}.{FAMILIES[model.partition('/')[0]]}").text_tower(
        model, weights
    )
    return made
