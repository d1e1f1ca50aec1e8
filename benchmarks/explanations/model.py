"""What every method explains: the pooled logits of the network's views, as a function of the pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from datadoctor.stages.embeddings import NETWORK, Stage, further
from datadoctor.stages.embeddings.extractor import Extractor
from datadoctor.stages.evidence.looking import SecondLook
from datadoctor.stages.evidence.spread import Spreader, on_grid

Maps = NDArray[np.float64]


@dataclass(frozen=True)
class Model:
    """The network of an audit with the probes of one fold."""

    look: SecondLook
    fold: int

    @property
    def extractor(self) -> Extractor:
        """The network."""
        assert self.look.extractor
        return self.look.extractor

    @cached_property
    def spreader(self) -> Spreader:
        """The network's views only: own filters see another picture of the image."""
        old = self.look.spreader
        probes = {name: one for name, one in old.probes.items() if name.startswith(NETWORK)}
        return Spreader(probes, old.stages, old.weights)

    @cached_property
    def linear(self) -> list[tuple[float, NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]]:
        """Of each view: its weight, slopes (d, K), mean (d,) and intercepts (K,)."""
        found = []
        for name, probes in self.spreader.probes.items():
            each = [probes.of_class(self.fold, number) for number in range(probes.weights.shape[2])]
            slopes = np.stack([slope for slope, _, _ in each], axis=1).astype(np.float32)
            intercepts = np.array([intercept for _, _, intercept in each], dtype=np.float32)
            found.append((self.spreader.weights[name], slopes, each[0][1].astype(np.float32), intercepts))
        return found

    def logits(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(B, side, side, 3) uint8 to (B, K): the pooled logits."""
        size, seen = self.extractor.batch_size, []
        for start in range(0, len(pixels), size):
            part = pixels[start : start + size]
            whole = np.concatenate([part, np.repeat(part[:1], size - len(part), axis=0)])
            vectors, views = self.extractor.embed_views(whole)
            seen.append((vectors[: len(part)], views[: len(part)]))
        vectors, views = (np.concatenate(one) for one in zip(*seen, strict=True))
        total = np.zeros((len(pixels), self.linear[0][1].shape[1]), np.float32)
        for name, (weight, slopes, mean, intercepts) in zip(self.spreader.probes, self.linear, strict=True):
            total += np.float32(weight) * ((self._columns(name, vectors, views) - mean) @ slopes + intercepts)
        return total

    def probabilities(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(B, K), rows sum to 1."""
        logits = self.logits(pixels)
        found = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(found / found.sum(axis=1, keepdims=True))

    def _columns(self, name: str, vectors: NDArray[np.float32], views: NDArray[np.float16]) -> NDArray[np.float32]:
        if name == NETWORK:
            return _narrowed(vectors, self.extractor.stages, self.spreader.stages[name])
        view = next(one for one in self.extractor.views if further(one.name) == name)
        own = views[:, view.start : view.stop].astype(np.float32)
        stages = self.extractor.view_stages.get(view.name)
        return _narrowed(own, stages, self.spreader.stages[name]) if stages else own

    def ours(self, pixels: NDArray[np.uint8], number: int) -> Maps:
        """(SIDE, SIDE): our map of one image for a class."""
        found = self.spreader.spread(self.extractor.places(pixels[np.newaxis]), [self.fold], [(number,)])[0]
        return np.asarray(self.spreader.pooled(found, self.fold, (number,))[0][0])

    def grad_cam(self, pixels: NDArray[np.uint8], number: int) -> Maps:
        """Grad-CAM (Selvaraju et al. 2017) at the network's last maps: rectified sum of maps, weighted by mean gradients."""
        last = self.spreader.stages[NETWORK][-1]
        place = next(
            one for one in self.extractor.places(pixels[np.newaxis]) if (one.view, one.stage) == ("", last.name)
        )
        slope = torch.tensor(self.spreader.probes[NETWORK].of_class(self.fold, number)[0][last.start : last.stop])
        pooled = torch.tensor(place.means[0, :, 0], requires_grad=True)
        score = (torch.nn.functional.normalize(pooled, dim=0) * slope).sum()
        score.backward()  # type: ignore[no-untyped-call]
        assert pooled.grad is not None
        cam = np.maximum(np.tensordot(pooled.grad.numpy(), place.maps[0], axes=1), 0)
        return np.asarray(on_grid(cam[np.newaxis])[0])


def _narrowed(vectors: NDArray[np.float32], every: Sequence[Stage], serving: Sequence[Stage]) -> NDArray[np.float32]:
    names = {stage.name for stage in serving}
    kept = [stage for stage in every if stage.name in names]
    scale = np.float32((len(every) / len(kept)) ** 0.5)
    return vectors[:, kept[0].start : kept[-1].stop] * scale
