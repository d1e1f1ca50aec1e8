"""What is left of an extractor's vectors is what the same stages alone would have made."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from datadoctor.stages.embeddings import Stage
from datadoctor.stages.embeddings.narrowing import Narrowed

STAGES = (Stage("a", 0, 2), Stage("b", 2, 5), Stage("c", 5, 9))


def unit(rows: NDArray[Any]) -> NDArray[Any]:
    scaled: NDArray[Any] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return scaled


@pytest.mark.parametrize(
    ("names", "columns"), [(("a", "b"), slice(0, 5)), (("b", "c"), slice(2, 9)), (("b",), slice(2, 5))]
)
def test_some_stages(names: tuple[str, ...], columns: slice, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    whole = np.hstack([unit(random.normal(size=(7, d))) for d in (2, 3, 4)]).astype(np.float32) / np.float32(3**0.5)
    narrowed = Narrowed(STAGES, (*names, "another network's"))
    vectors = narrowed.vectors(whole, tmp_path / "v.npy")
    np.testing.assert_allclose(vectors, unit(whole[:, columns]), atol=1e-6)
    assert (narrowed.stages[0].name, narrowed.stages[0].start) == (names[0], 0)
    assert narrowed.stages[-1].stop == vectors.shape[1]
    assert narrowed.left_out


def test_all_stages_are_what_they_were(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(3, 9)).astype(np.float32)
    narrowed = Narrowed(STAGES, ("a", "b", "c"))
    np.testing.assert_array_equal(narrowed.vectors(rows, tmp_path / "v"), rows)
    assert (narrowed.stages, narrowed.left_out) == (STAGES, False)
