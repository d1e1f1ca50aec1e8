"""The trunk of a classifier: its steps from the image to the last maps or tokens, whatever the architecture."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

N_STAGES = 3
# What torchvision calls the last layers of its classifiers, made for other classes than the dataset's.
HEADS = ("classifier", "fc", "head", "heads", "aux1", "aux2", "AuxLogits")


def in_head(name: str) -> bool:
    """Whether a parameter or module belongs to the head."""
    return name.split(".")[0] in HEADS


def remove_head(model: nn.Module) -> None:
    """Let the last maps or tokens through, so that no time goes into scores for other classes."""
    for head in HEADS:
        if getattr(model, head, None) is not None:
            setattr(model, head, nn.Identity())


def late_blocks(model: nn.Module, forward: Callable[[], object]) -> list[Block]:
    """The blocks at half, three quarters and all of the depth; ``forward`` runs the model once."""
    found = blocks(model, forward)
    depths = [round((len(found) - 1) * (0.5 + 0.5 * i / (N_STAGES - 1))) for i in range(N_STAGES)]
    return [found[depth] for depth in sorted(set(depths))]


@dataclass(frozen=True)
class Block:
    """A step of the trunk: the module whose output ends it."""

    name: str
    module: nn.Module


def blocks(model: nn.Module, forward: Callable[[], object]) -> list[Block]:
    """The steps of the trunk as they run: modules with weights, each with the norms and activations after it."""
    ran: list[tuple[Block, torch.Size]] = []

    def note(block: Block) -> Any:
        return lambda module, inputs, output: (
            ran.append((block, output.shape)) if isinstance(output, Tensor) and output.ndim > 2 else None
        )

    hooks = [module.register_forward_hook(note(Block(name, module))) for name, module in _steps(model, model, "")]
    try:
        forward()
    finally:
        for hook in hooks:
            hook.remove()
    return _joined(ran)


def _joined(ran: Sequence[tuple[Block, torch.Size]]) -> list[Block]:
    blocks: list[Block] = []
    last: torch.Size | None = None
    for block, shape in ran:
        follows = (
            shape == last and not any(block.module.children()) and not isinstance(block.module, nn.Conv2d | nn.Linear)
        )
        if follows:
            blocks[-1] = block
        elif any(True for _ in block.module.parameters()):
            blocks.append(block)
        last = shape
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
