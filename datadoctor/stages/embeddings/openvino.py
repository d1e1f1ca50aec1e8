"""OpenVINO as the runtime on processors: several times as fast as PyTorch operation by operation, in the same arithmetic."""

from __future__ import annotations

import functools
import sys
import warnings
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from datadoctor.machine import workers
from datadoctor.stages.embeddings.looking import Looking

# The least cosine to what PyTorch computes, of every output.
AGREES = 1 - 1e-5


class NotConverted(Exception):  # noqa: N818 - no error for the user: PyTorch runs the network then
    """OpenVINO does not take a network, or computes something else."""


class OpenVino:
    """A ``Runtime`` in float32 on as many threads as there are workers; they sleep while they wait."""

    def __init__(self, looking: Looking, batch_size: int, name: str) -> None:
        """Raises ``NotConverted``."""
        self.name = f"{name}, {workers()} threads"
        self._model = _converted(looking, (batch_size, 3, looking.side, looking.side))
        self._check(looking, batch_size)

    @functools.cached_property
    def _compiled(self) -> Any:
        settings = {
            "INFERENCE_PRECISION_HINT": "f32",
            "INFERENCE_NUM_THREADS": workers(),
            "NUM_STREAMS": 1,
            # Pinned threads of several audits would share the first processors and leave the others idle.
            "ENABLE_CPU_PINNING": False,
        }
        return _library().Core().compile_model(self._model, "CPU", settings)

    def rest(self) -> None:
        """See ``Runtime``; what was converted stays: it is small, and converting takes eight times as long as compiling."""
        self.__dict__.pop("_compiled", None)

    def __call__(self, images: Tensor) -> tuple[Tensor, ...]:
        """See ``Runtime``."""
        made = self._compiled([images.contiguous().numpy()])
        return tuple(torch.from_numpy(np.array(output)) for output in made.values())

    def _check(self, looking: Looking, batch_size: int) -> None:
        """One image of noise through both: a conversion may have lost a branch, and must not do so in silence."""
        shape = (1, 3, looking.side, looking.side)
        images = torch.rand(shape, generator=torch.Generator().manual_seed(0)) * 255
        with torch.inference_mode():
            expected = looking(images)
        found = self(images.expand(batch_size, -1, -1, -1))
        for ours, theirs in zip(found, expected, strict=True):
            cosine = float(_unit(ours[0]) @ _unit(theirs[0]))
            if not cosine >= AGREES:
                raise NotConverted(f"its result differs (cosine {cosine:.6f})")


def _converted(looking: Looking, shape: tuple[int, ...]) -> Any:
    openvino = _library()
    with warnings.catch_warnings():
        # The shapes are fixed, so what the tracer warns of (sizes taken as constants) is meant.
        warnings.simplefilter("ignore")
        try:
            example = torch.zeros(1, *shape[1:])
            # Its own check traces twice more; ours compares with PyTorch.
            traced = torch.jit.trace(looking, example, check_trace=False)  # type: ignore[no-untyped-call]
            return openvino.convert_model(traced, example_input=example, input=[shape])
        except Exception as error:
            raise NotConverted((str(error).strip() or type(error).__name__).splitlines()[0]) from error


def _unit(output: Tensor) -> Tensor:
    return nn.functional.normalize(output.flatten().double(), dim=0, eps=1e-300)


@functools.cache
def _library() -> Any:
    # When it is imported OpenVINO sends word to its makers, unless this package is missing: nothing leaves the machine.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino
