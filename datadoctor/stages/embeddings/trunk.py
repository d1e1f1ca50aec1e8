"""The trunk of a classifier: its steps from the image to the last maps or tokens, whatever the architecture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

N_STAGES = 3
# What the last layers of classifiers are called, made for other classes than the dataset's.
HEADS = ("classifier", "fc", "_fc", "head", "heads", "aux1", "aux2", "AuxLogits")


def in_head(name: str) -> bool:
    """Whether a parameter or module belongs to the head."""
    return name.split(".")[0] in HEADS


def remove_head(model: nn.Module) -> None:
    """Let the last maps or tokens through, so that no time goes into scores for other classes."""
    for head in HEADS:
        if getattr(model, head, None) is not None:
            setattr(model, head, nn.Identity())


def late_blocks(model: nn.Module, forward: Callable[[], object]) -> tuple[list[Block], list[Block]]:
    """The blocks at half, three quarters and all of the depth, and a head convolution if any; ``forward`` runs the model once.

    A head convolution widens the last maps for the classifier; the body ends before it.
    """
    found = blocks(model, forward)
    body, head = (found[:-1], found[-1:]) if _ends_in_head_convolution(found) else (found, [])
    depths = [round((len(body) - 1) * (0.5 + 0.5 * i / (N_STAGES - 1))) for i in range(N_STAGES)]
    return [body[depth] for depth in sorted(set(depths))], head


def _ends_in_head_convolution(blocks: Sequence[Block]) -> bool:
    """One convolution of single places that at least doubles the channels."""
    if len(blocks) < 2 or len(blocks[-1].shape) != 4:
        return False
    found = [part for part in blocks[-1].first.modules() if isinstance(part, nn.Conv2d)]
    return len(found) == 1 and found[0].kernel_size == (1, 1) and found[0].out_channels >= 2 * found[0].in_channels


@dataclass(frozen=True)
class Block:
    """A step of the trunk: its first module, the one whose output ends it, and the shape of that output."""

    name: str
    first: nn.Module
    module: nn.Module
    shape: torch.Size


def blocks(model: nn.Module, forward: Callable[[], object]) -> list[Block]:
    """The steps of the trunk as they run: modules with weights, each with the norms and activations after it."""
    ran: list[Block] = []

    def note(name: str) -> Any:
        return lambda module, inputs, output: (
            ran.append(Block(name, module, module, output.shape))
            if isinstance(output, Tensor) and output.ndim > 2
            else None
        )

    hooks = [module.register_forward_hook(note(name)) for name, module in _steps(model, model, "")]
    try:
        forward()
    finally:
        for hook in hooks:
            hook.remove()
    return _joined(ran)


def _joined(ran: Sequence[Block]) -> list[Block]:
    """A norm or activation ends the block before it."""
    blocks: list[Block] = []
    last: torch.Size | None = None
    for block in ran:
        mixes = any(isinstance(part, nn.Conv2d | nn.Linear) for part in block.module.modules())
        follows = block.shape == last and not mixes
        if follows:
            blocks[-1] = replace(block, first=blocks[-1].first)
        elif any(True for _ in block.module.parameters()):
            blocks.append(block)
        last = block.shape
    return blocks


def _steps(module: nn.Module, model: nn.Module, prefix: str) -> Iterator[tuple[str, nn.Module]]:
    """The parts of the trunk: containers, and modules that hold most of the weights, are entered."""
    half = _size(model) / 2
    for name, child in module.named_children():
        path = f"{prefix}{name}"
        if in_head(path):
            continue
        if type(child) in {nn.Sequential, nn.ModuleList} or (_size(child) > half and any(child.children())):
            yield from _steps(child, model, f"{path}.")
        else:
            yield path, child


def _size(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())
