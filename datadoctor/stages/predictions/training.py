"""Cross-validated training of a small CNN on the dataset itself, for those with a GPU or time.

Training stops long before the network has learnt every label by heart: networks learn what labels have in common first and
single wrong labels last (Arpit et al. 2017), so held-out probabilities are the better for it, and so are means over the epochs.
The margin over the epochs of an image that is trained on (area under the margin, Pleiss et al. 2020) knows the label it is to
judge, which no pool of views can weigh: the epochs are taken from the network that does not train on the image.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import softmax
from torch import Tensor, nn

from datadoctor.errors import NotAvailableError
from datadoctor.progress import Progress, Silent
from datadoctor.stages.embeddings.devices import device_named
from datadoctor.stages.predictions import Predictions

EPOCHS = 12
BATCH_SIZE = 64
LEARNING_RATE = 2e-3
# Training stops once the mean loss of an epoch is below this share of the loss of guessing.
STOP_AT = 0.25
WIDTHS = (32, 64, 128)


@dataclass(frozen=True, slots=True)
class Trained:
    """Out-of-sample predictions of the network as it was ``at_the_end``, and of the mean of its logits ``over_the_epochs``.

    The second is what the training dynamics say of an image without having learnt its label: less sure of what was learnt late.
    """

    at_the_end: Predictions
    over_the_epochs: Predictions


def train(
    small: NDArray[np.uint8],
    labels: NDArray[np.int32],
    folds: NDArray[np.int8],
    n_classes: int,
    *,
    seed: int = 0,
    device: str = "auto",
    progress: Progress | None = None,
) -> Trained:
    """Train one network a fold on images (n, s, s, 3) uint8 and predict the rows held out.

    ``labels`` (n,) int32, -1 is predicted but never trained on; ``folds`` (n,) int8. A class with no image outside a fold gets
    probability 0 in it. Deterministic on a CPU. Raises ``NotAvailableError`` when a fold leaves nothing to train on.
    """
    where = device_named(device)
    last, mean = (np.zeros((len(small), n_classes), dtype=np.float32) for _ in range(2))
    fold_ids = np.unique(folds).tolist()
    with (progress or Silent()).stage("Training", len(fold_ids) * EPOCHS) as advance, torch.random.fork_rng():
        for fold in fold_ids:
            rows = np.flatnonzero((folds != fold) & (labels >= 0))
            if len(rows) == 0:
                raise NotAvailableError("training needs labelled images in at least two folds: label more images")
            torch.manual_seed(seed * 1000 + fold)
            held_out = np.flatnonzero(folds == fold)
            epochs = list(_Learner(small, labels, n_classes, rows, where).epochs(held_out, advance))
            last[held_out], mean[held_out] = softmax(epochs[-1], axis=1), softmax(np.mean(epochs, axis=0), axis=1)
    made_by = f"small CNN trained on the dataset, {len(fold_ids)} folds, {small.shape[1]} px, seed {seed}"
    held = folds.astype(np.int8)
    return Trained(Predictions(last, held, made_by), Predictions(mean, held, f"{made_by}, mean of the epochs"))


def _parts(rows: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    yield from (rows[start : start + BATCH_SIZE] for start in range(0, len(rows), BATCH_SIZE))


class _Learner:
    """A network for one fold."""

    def __init__(
        self,
        small: NDArray[np.uint8],
        labels: NDArray[np.int32],
        n_classes: int,
        rows: NDArray[np.int64],
        device: torch.device,
    ) -> None:
        self._small, self._labels, self._rows, self._device = small, labels, rows, device
        self._model = _network(n_classes).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        seen = np.bincount(labels[rows], minlength=n_classes) > 0
        self._unseen = torch.from_numpy(~seen).to(device)
        self._stop_at = STOP_AT * math.log(max(int(seen.sum()), 2))

    def epochs(self, held_out: NDArray[np.int64], advance: Callable[[int], None]) -> Iterator[NDArray[np.float32]]:
        """Train; after every epoch the logits (m, n_classes) of the rows held out. Stops early."""
        steps = EPOCHS * math.ceil(len(self._rows) / BATCH_SIZE)
        optimiser = torch.optim.AdamW(self._model.parameters(), LEARNING_RATE, weight_decay=0.05)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=steps)
        for epoch in range(EPOCHS):
            loss = self._epoch(optimiser, schedule)
            yield np.concatenate([self._predict(part) for part in _parts(held_out)])
            advance(1)
            if loss < self._stop_at:
                advance(EPOCHS - epoch - 1)
                break

    def _predict(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        self._model.eval()
        with torch.inference_mode():
            logits: NDArray[np.float32] = self._logits(_scaled(self._small[rows], self._device)).cpu().numpy()
        return logits

    def _epoch(self, optimiser: torch.optim.Optimizer, schedule: torch.optim.lr_scheduler.LRScheduler) -> float:
        self._model.train()
        total = 0.0
        order = self._rows[torch.randperm(len(self._rows)).numpy()]
        for rows in _parts(order):
            target = torch.from_numpy(self._labels[rows].astype(np.int64)).to(self._device)
            logits = self._logits(_shifted(_scaled(self._small[rows], self._device)))
            loss = nn.functional.cross_entropy(logits, target)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            total += float(loss.detach()) * len(rows)
        return total / len(order)

    def _logits(self, images: Tensor) -> Tensor:
        logits: Tensor = self._model(images)
        return logits.float().masked_fill(self._unseen, float("-inf"))


def _network(n_classes: int) -> nn.Module:
    """Three blocks of two convolutions, each block at half the resolution of the one before; then the mean, then one layer."""
    layers: list[nn.Module] = []
    channels = 3
    for width in WIDTHS:
        layers += [*_convolution(channels, width), *_convolution(width, width), nn.MaxPool2d(2)]
        channels = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, n_classes))


def _convolution(channels: int, width: int) -> list[nn.Module]:
    # Group normalisation: the answer for an image does not depend on the others in its batch, and a batch of one works.
    return [nn.Conv2d(channels, width, 3, padding=1, bias=False), nn.GroupNorm(8, width), nn.ReLU(inplace=True)]


def _scaled(batch: NDArray[np.uint8], device: torch.device) -> Tensor:
    """(B, 3, s, s) float32 about 0."""
    return torch.from_numpy(np.ascontiguousarray(batch)).to(device).permute(0, 3, 1, 2).float().sub_(127.5).div_(64.0)


def _shifted(batch: Tensor) -> Tensor:
    """The batch moved by up to an eighth of the side, the same for all; never mirrored, which would change digits or arrows."""
    reach = batch.shape[2] // 8
    down, right = torch.randint(-reach, reach + 1, (2,)).tolist()
    padded = nn.functional.pad(batch, (reach,) * 4, mode="replicate")
    side = batch.shape[2]
    return padded[:, :, reach + down : reach + down + side, reach + right : reach + right + side]
