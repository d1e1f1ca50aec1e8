"""What a network makes of a batch of images, as one module: any runtime that takes a PyTorch module can run it."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from datadoctor.errors import DataDoctorError, NotAvailableError
from datadoctor.stages.embeddings import TEXT_SPACE
from datadoctor.stages.embeddings.field import field_of
from datadoctor.stages.embeddings.network import Network
from datadoctor.stages.embeddings.pooling import as_maps, pooled, projection, quarter_cells, quarters
from datadoctor.stages.embeddings.trunk import Block, late_blocks

# Images of noise on which it is measured how wide a place sees.
NOISE = 4
# Side of networks that take one size only, as vision transformers do.
FIXED_SIDE = 224


class Looking(nn.Module):
    """(B, 3, s, s) float32, 0 to 255, to the pooled stages, (B, d_i) float32 each, quarters, (B, d, 2, 2), and (B, e) in the text space.

    The quarters are those of the last maps of the body: a head convolution, which widens them, adds nothing to places. The text space
    is there where the network has one.

    ``side``: of the image that is looked at, in pixels. ``names`` and ``sizes`` are those of the stages, ``views`` names and sizes of
    what comes after them.
    """

    _mean: Tensor
    _std: Tensor
    _projection: Tensor | None

    def __init__(self, network: Network) -> None:
        """Raises ``DataDoctorError`` if the network takes images neither of its own side nor of 224 px."""
        super().__init__()
        self._module = network.module.eval()
        self._elsewhere, self.runs_in = network.outputs, network.runs_in
        self._text_space = network.text_space
        self.register_buffer("_mean", torch.tensor(network.mean).view(1, 3, 1, 1) * 255)
        self.register_buffer("_std", torch.tensor(network.std).view(1, 3, 1, 1) * 255)
        if network.outputs:
            self.side, self.names, self._last = network.side, network.outputs.names, len(network.outputs.names) - 1
        else:
            self.side, body, head = self._trunk(network.side)
            self._blocks, self._last = [*body, *head], len(body) - 1
            self.names = tuple(block.name for block in self._blocks)
        outputs, text_space = self._outputs(torch.zeros(1, 3, self.side, self.side))
        self.sizes = tuple(pooled(output).shape[1] for output in outputs)
        self.register_buffer("_projection", projection(self.sizes[self._last]))
        self.views = {"quarters": quarters(outputs[self._last], self._projection).numel()}
        if text_space:
            self.views[TEXT_SPACE] = text_space[0].shape[1]

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        """See the class."""
        found, text_space = self._outputs(images)
        return (*map(pooled, found), quarters(found[self._last], self._projection), *text_space)

    def places(self, images: Tensor) -> list[tuple[Tensor, Tensor, Tensor | None]]:
        """What ``forward`` averages: maps (B, d, h, w), and what each position adds to a mean (parts, h * w); quarters come last.

        Third, what else is in the mean and has no position (B, d, parts); None for nothing.
        """
        found, _ = self._outputs(images)
        last = as_maps(found[self._last].float())
        if self._projection is not None:
            last = torch.einsum("bdhw,ed->behw", last, self._projection)
        return [*map(_placed, found), (last, quarter_cells(*last.shape[2:]), None)]

    def fields(self) -> tuple[float, ...]:
        """Of each stage, the share of the image's side that a place of its maps sees, as ``field_of`` measures it on noise."""
        if self._elsewhere:
            raise NotAvailableError(f"how wide a place sees cannot be measured in {self.runs_in}")
        buffer = next(self.buffers())
        noise = torch.rand(NOISE, 3, self.side, self.side, generator=torch.Generator().manual_seed(0)) * 255
        images = noise.to(buffer.device).requires_grad_()
        with torch.enable_grad():
            return tuple(field_of(as_maps(output.float()), images) for output in self._outputs(images)[0])

    def _outputs(self, images: Tensor) -> tuple[list[Tensor], tuple[Tensor, ...]]:
        """The output of each stage, copied, since later layers may work in place; and in the text space, nothing without one."""
        if self._elsewhere:
            return self._elsewhere(self._normalised(images)), ()
        found: list[Tensor] = []

        def keep(module: nn.Module, inputs: Any, output: Tensor) -> None:
            found.append(output.clone())

        hooks = [block.module.register_forward_hook(keep) for block in self._blocks]
        try:
            with torch.inference_mode(not (torch._C._get_tracing_state() or images.requires_grad)):
                returned = self._run(images)
                text_space = (self._text_space(returned).float(),) if self._text_space is not None else ()
        finally:
            for hook in hooks:
                hook.remove()
        return found, text_space

    def _run(self, images: Tensor) -> Any:
        return self._module(self._normalised(images))

    def _normalised(self, images: Tensor) -> Tensor:
        normalised: Tensor = (images - self._mean) / self._std
        return normalised

    def _trunk(self, side: int) -> tuple[int, Sequence[Block], Sequence[Block]]:
        """The side that the network takes, the asked one if it can, and the blocks to read: of the body, and its head's."""
        for candidate in (side, FIXED_SIDE):
            try:
                return candidate, *late_blocks(self._module, functools.partial(self._try, candidate))
            except Exception as error:  # noqa: BLE001 - networks refuse a size in many ways
                failure = error
        raise DataDoctorError(f"the model takes neither {side} nor {FIXED_SIDE} px images: {failure}") from failure

    def _try(self, side: int) -> None:
        with torch.inference_mode():
            self._run(torch.zeros(1, 3, side, side))


def _placed(output: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
    """A stage of ``Looking.places``: of tokens, one without a position counts in the mean as well."""
    maps = as_maps(output.float())
    n_positions = maps.shape[2:].numel()
    if output.ndim == 4 or n_positions == 1:
        return maps, torch.full((1, n_positions), 1 / n_positions), None
    cells = torch.full((1, n_positions), 1 / output.shape[1])
    return maps, cells, (pooled(output) - maps.flatten(2).sum(dim=2) * cells[0, 0]).unsqueeze(2)
