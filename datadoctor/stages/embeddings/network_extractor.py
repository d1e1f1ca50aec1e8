"""Any network as an extractor: several stages of it in one pass, mean-pooled, without its head.

The stages are the blocks of the trunk at half, three quarters and all of its depth: early enough that one still shows texture
and layout, late enough that one shows what the classes are; and the convolution that widens the last for the classifier, if any.
A further view errs differently and costs nothing: the body's last stage by quarters of the image; of networks that were trained with
captions, what they hold against text is another. Batch size and arithmetic are
fixed, so equal pixels give equal vectors.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from datadoctor.stages.embeddings import runtime, versions
from datadoctor.stages.embeddings.facts import Described, Facts, batch_size_on
from datadoctor.stages.embeddings.looking import Looking
from datadoctor.stages.embeddings.network import Network
from datadoctor.stages.embeddings.parts import Parts
from datadoctor.stages.embeddings.places import Places


class NetworkExtractor(Described):
    """An ``Extractor``; see there."""

    def __init__(self, network: Network, device: torch.device, dtype: torch.dtype = torch.float32) -> None:
        """``dtype``: float32, or float16 where that loses nothing. Raises ``DataDoctorError`` if the network takes no such image."""
        self._looking = looking = Looking(network)
        facts = Facts(
            network.name, network.weights_sha256, looking.side, network.mean, network.std, network.resampling,
            looking.names, looking.sizes, looking.views,
        )  # fmt: skip
        key = versions.key(facts, device.type, str(dtype).removeprefix("torch."))
        super().__init__(facts, key, batch_size_on(device.type))
        self._device, self._dtype = device, dtype
        self._in_parts = Parts(self.batch_size, device)

    @cached_property
    def _runtime(self) -> runtime.Runtime:
        """Started when the first image needs it: what is in the cache needs none."""
        return runtime.start(self._looking, self.batch_size, self._device, self._dtype)

    @property
    def runs_in(self) -> str:
        """The library that runs the network, and why it is not the faster one."""
        return self._runtime.name

    def rest(self) -> None:
        """Let go of the memory of what runs it; the next batch starts it again."""
        if "_runtime" in self.__dict__:
            self._runtime.rest()

    def embed(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(batch_size, side, side, 3) uint8 RGB to (batch_size, d) float32 rows of length 1."""
        return self.embed_views(batch)[0]

    def embed_views(self, batch: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float16]]:
        """``embed(batch)``, and (batch_size, e) float16: the quarters, and the text space if there is one."""
        vectors, further = self._in_parts(batch, self._look)
        return vectors, further

    def places(self, batch: NDArray[np.uint8]) -> tuple[Places, ...]:
        """See ``Extractor``; in PyTorch, whatever runs the network otherwise."""
        device = next(self._looking.to(memory_format=torch.channels_last).buffers()).device
        with torch.inference_mode():
            images = torch.from_numpy(batch).to(device).permute(0, 3, 1, 2).float()
            found = self._looking.places(images)
        names = [("", stage.name) for stage in self.stages] + [(view.name, view.name) for view in self.views[:1]]
        return tuple(
            Places(view, stage, maps.cpu().numpy(), cells.numpy(), rest=None if rest is None else rest.cpu().numpy())
            for (view, stage), (maps, cells, rest) in zip(names, found, strict=True)
        )

    def fields(self) -> tuple[float, ...]:
        """See ``Extractor``."""
        return self._looking.fields()

    def _look(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Of images (B, 3, s, s) on the 0-255 scale: (B, d) float32, the pooled stages, and (B, e) float16, the views, side by side."""
        found = [nn.functional.normalize(output.flatten(1), dim=1, eps=1e-30) for output in self._runtime(images)]
        stages, views = found[: len(self.stages)], found[len(self.stages) :]
        return torch.cat([stage * len(stages) ** -0.5 for stage in stages], dim=1), torch.cat(views, dim=1).half()
