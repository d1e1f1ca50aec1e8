"""Batches in parts that fit the memory of a GPU."""

import numpy as np
import pytest
import torch

from datadoctor.errors import DataDoctorError
from datadoctor.stages.embeddings.parts import Parts, images_at_once


def test_parts_are_halved_until_they_fit_and_stay_small() -> None:
    batch = np.random.default_rng(0).integers(0, 256, (64, 5, 4, 3), dtype=np.uint8)
    parts, tried = Parts(64, torch.device("cpu")), []

    def look(images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        tried.append(len(images))
        if len(images) > fits:
            raise torch.OutOfMemoryError
        return images.mean(dim=(2, 3)), images[:, 0, 0]

    fits = 20
    for _ in range(2):
        means, rows = parts(batch, look)
        np.testing.assert_allclose(means, batch.mean(axis=(1, 2)), rtol=1e-6)
        np.testing.assert_array_equal(rows, batch[:, 0, :, 0])
    assert tried == [64, 32, *[16] * 4, *[16] * 4]
    fits = 0
    with pytest.raises(DataDoctorError, match="--device cpu"):
        parts(batch, look)


def test_how_many_images_fit_a_gpu() -> None:
    assert [images_at_once(256, 2**20, free) for free in (0, 2**21, 2**27, 100 * 2**20, 2**40)] == [1, 1, 64, 32, 256]
    assert images_at_once(256, 0, 2**30) == 256
