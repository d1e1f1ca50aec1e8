"""The dataset's own filters: convolutional filters learnt from patches of its images, without labels and without weights.

After Coates, Lee and Ng 2011, "An analysis of single-layer networks in unsupervised feature learning": random patches are
normalised and whitened, clustered, and each image is described by how strongly each part of it responds to each centroid.
"""

from __future__ import annotations

import math
from pathlib import Path

import faiss
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from datadoctor.arrays import RowWriter
from datadoctor.progress import Progress, Silent
from datadoctor.stages.embeddings import OWN_FILTERS, Embeddings, Stage
from datadoctor.stages.embeddings.devices import arithmetic, device_named
from datadoctor.stages.embeddings.extractor import filled_batches
from datadoctor.stages.embeddings.filters import DEFAULT, Filters, Parameters
from datadoctor.stages.embeddings.places import Places

BATCH_SIZE = 16
# Rows of the learning step held at once.
CHUNK = 10_000
# Images with more places a side than this are looked at in every second one, both ways: a quarter of the work.
MOST_PLACES = 32


def learn_filters(small: NDArray[np.uint8], seed: int = 0, parameters: Parameters = DEFAULT) -> Filters:
    """Learn filters from random patches of images (n, s, s, 3) uint8, n >= 1, s >= 6. Deterministic in ``seed``."""
    normalised = _normalised(_random_patches(small, seed, parameters), parameters)
    mean = normalised.mean(axis=0, dtype=np.float64)
    covariance = np.cov(normalised, rowvar=False, dtype=np.float64)
    values, vectors = np.linalg.eigh(covariance)
    whitening = (vectors / np.sqrt(np.maximum(values, 0) + parameters.epsilon)) @ vectors.T
    whitened = ((normalised - mean) @ whitening).astype(np.float32)
    centroids = _centroids(whitened, seed, parameters).astype(np.float64)
    weights = centroids @ whitening
    return Filters(
        weights.astype(np.float32), (weights @ mean + parameters.threshold).astype(np.float32), parameters
    )  # fmt: skip


def embed_filters(
    filters: Filters, small: NDArray[np.uint8], out: Path, *, device: str = "auto", progress: Progress | None = None
) -> Embeddings:
    """Describe images (n, s, s, 3) uint8 by the filters' mean responses; written row by row to the NumPy file ``out``.

    The image is cut into 3 x 3 fields (2 x 2 up to 32 px); a row holds the square roots of the mean response of each filter in
    each field, scaled to length 1 (all zeros where nothing responds).
    """
    network = _Network(filters, small.shape[1], device)
    writer = RowWriter(out, (network.n_columns,), np.float32)
    with (progress or Silent()).stage("Looking through the dataset's own filters", len(small)) as advance:
        for start, batch in filled_batches(small, BATCH_SIZE):
            for place, vector in enumerate(network.embed(batch)[: len(small) - start]):
                writer.put(start + place, vector.tobytes())
            advance(min(BATCH_SIZE, len(small) - start))
    stages = (Stage("filters", 0, network.n_columns),)
    return Embeddings(writer.finish(len(small)), stages, filters.made_by(small.shape[1]))


def filter_vectors(filters: Filters, small: NDArray[np.uint8], *, device: str = "auto") -> NDArray[np.float32]:
    """The rows (m, d) of ``embed_filters`` for a few images (m, s, s, 3) uint8."""
    network = _Network(filters, small.shape[1], device)
    return np.concatenate(
        [network.embed(batch)[: len(small) - start] for start, batch in filled_batches(small, BATCH_SIZE)]
    )


def filter_places(filters: Filters, small: NDArray[np.uint8], *, device: str = "auto") -> Places:
    """Where the filters respond in images (m, s, s, 3) uint8: the places behind the rows of ``embed_filters``, which are square roots."""
    network = _Network(filters, small.shape[1], device)
    maps = np.concatenate(
        [network.responses(batch)[: len(small) - start] for start, batch in filled_batches(small, BATCH_SIZE)]
    )
    return Places(OWN_FILTERS, "filters", maps, network.fields, rooted=True, part_by_part=True)


def _random_patches(small: NDArray[np.uint8], seed: int, parameters: Parameters) -> NDArray[np.uint8]:
    """(n_patches, side * side * 3), drawn evenly over images and places."""
    rng = np.random.default_rng(seed)
    side, places = parameters.side, small.shape[1] - parameters.side + 1
    image = np.sort(rng.integers(0, len(small), parameters.n_patches))
    top, left = rng.integers(0, places, (2, parameters.n_patches))
    patches = np.empty((parameters.n_patches, side, side, 3), dtype=np.uint8)
    for start in range(0, parameters.n_patches, CHUNK):
        chunk = slice(start, start + CHUNK)
        # Only the images of this chunk are read from the disk.
        rows = np.unique(image[chunk])
        windows = np.lib.stride_tricks.sliding_window_view(small[rows], (side, side), axis=(1, 2))
        found = windows[np.searchsorted(rows, image[chunk]), top[chunk], left[chunk]]
        patches[chunk] = found.transpose(0, 2, 3, 1)
    return patches.reshape(parameters.n_patches, -1)


def _normalised(patches: NDArray[np.uint8], parameters: Parameters) -> NDArray[np.float32]:
    centred = patches.astype(np.float32)
    centred -= centred.mean(axis=1, keepdims=True)
    centred /= np.sqrt(np.square(centred).mean(axis=1, keepdims=True)) + np.float32(parameters.steadiness)
    return centred


def _centroids(whitened: NDArray[np.float32], seed: int, parameters: Parameters) -> NDArray[np.float32]:
    """(n_filters, d) centroids of length 1."""
    kmeans = faiss.Kmeans(
        whitened.shape[1], parameters.n_filters, niter=parameters.iterations, spherical=True, seed=seed, verbose=False,
        max_points_per_centroid=parameters.n_patches, min_points_per_centroid=1,
    )  # fmt: skip
    kmeans.train(whitened)
    assert kmeans.centroids is not None
    found: NDArray[np.float32] = kmeans.centroids
    return found


class _Network:
    """The filters as a network: patches laid out as rows, one matrix product, rectified, averaged over fields."""

    def __init__(self, filters: Filters, image_side: int, device: str) -> None:
        self._parameters = filters.parameters
        self._device = device_named(device)
        dtype = arithmetic(self._device)
        self._weights = torch.tensor(filters.weights).to(self._device, dtype)
        self._offsets = torch.tensor(-filters.offsets).to(self._device, dtype)
        n_fields = 2 if image_side <= 32 else 3
        places = image_side - filters.parameters.side + 1
        self._step = 1 if places <= MOST_PLACES else 2
        self._fields = _field_means(-(-places // self._step), n_fields).to(self._device, dtype)
        self.n_columns = n_fields**2 * len(filters.weights)

    def embed(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(B, s, s, 3) uint8 to (B, n_columns) float32 rows of length 1."""
        with torch.inference_mode():
            patches = self._patches(torch.from_numpy(batch).to(self._device))
            responses = nn.functional.linear(patches, self._weights, self._offsets).relu_()
            fields = torch.matmul(self._fields, responses).flatten(1).float().sqrt_()
            vectors: NDArray[np.float32] = nn.functional.normalize(fields, dim=1).cpu().numpy()
        return vectors

    def responses(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(B, s, s, 3) uint8 to (B, n_filters, p, p) float32, p places a side."""
        with torch.inference_mode():
            patches = self._patches(torch.from_numpy(batch).to(self._device))
            found = nn.functional.linear(patches, self._weights, self._offsets).relu_().float()
            side = math.isqrt(found.shape[1])
            maps: NDArray[np.float32] = found.transpose(1, 2).reshape(len(batch), -1, side, side).cpu().numpy()
        return maps

    @property
    def fields(self) -> NDArray[np.float32]:
        """(n_fields², places): what a place adds to the mean over each field."""
        found: NDArray[np.float32] = self._fields.float().cpu().numpy()
        return found

    def _patches(self, batch: Tensor) -> Tensor:
        """(B, places, side * side * 3): the patches, normalised."""
        side, step, dtype = self._parameters.side, self._step, self._weights.dtype
        mean, spread = _local_moments(batch, side, step)
        # 8-bit pixels are whole in bfloat16 too.
        windows = batch.to(dtype).unfold(1, side, step).unfold(2, side, step).permute(0, 1, 2, 4, 5, 3)
        patches = windows.reshape(len(batch), -1, side * side * 3)
        return patches.sub_(mean.to(dtype)).mul_((1 / (spread + self._parameters.steadiness)).to(dtype))


def _local_moments(batch: Tensor, side: int, step: int) -> tuple[Tensor, Tensor]:
    """(B, places, 1) float32 each: mean and standard deviation of the patches, from sums over boxes."""
    values = batch.float()
    sums = torch.stack((values.mean(3), values.square().mean(3)), dim=1)
    mean, square = nn.functional.avg_pool2d(sums, side, stride=step).flatten(2).unsqueeze(3).unbind(1)
    return mean, (square - mean.square()).clamp_min_(0).sqrt_()


def _field_means(places: int, n_fields: int) -> Tensor:
    """(n_fields², places²): the matrix that averages a map over a grid of fields, as adaptive average pooling divides it."""
    every_place = torch.eye(places**2).view(places**2, places, places)
    return nn.functional.adaptive_avg_pool2d(every_place, n_fields).flatten(1).T.contiguous()
