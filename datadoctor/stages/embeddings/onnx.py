"""Networks in ONNX files, ``onnx/FILE``, run by onnxruntime on the processor.

A file says nothing about how images are to be shown: they are normalised as for ImageNet, channels first.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from datadoctor.errors import DataDoctorError
from datadoctor.machine import workers
from datadoctor.stages.embeddings.hub import library
from datadoctor.stages.embeddings.network import Network
from datadoctor.stages.embeddings.torchvision import IMAGENET_MEAN, IMAGENET_STD
from datadoctor.stages.embeddings.trunk import N_STAGES

PREFIX = "onnx/"
WEIGHTED = {"Conv", "Gemm", "MatMul"}


def network(name: str, file: Path | None, side: int) -> Network:
    """The network in the file, at its own side or, if it takes any, at ``side``.

    Raises ``DataDoctorError`` if it cannot be read, or takes no batches of square images, channels first.
    """
    where = Path(name.removeprefix(PREFIX))
    if file:
        raise DataDoctorError(f"--weights {file}: {where} holds its weights; leave --weights out")
    outputs = OnnxStages(where, side)
    with where.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    runs_in = f"onnxruntime {library('onnxruntime', 'onnx').__version__}, {workers()} threads"
    return Network(
        name, nn.Identity(), outputs.side, IMAGENET_MEAN, IMAGENET_STD, digest, outputs=outputs, runs_in=runs_in
    )  # fmt: skip


class OnnxStages:
    """The outputs of three late nodes; ``names`` are those of the nodes' outputs, ``side`` that of the images in pixels."""

    def __init__(self, file: Path, side: int) -> None:
        self._model = _read(file)
        self._input = self._model.graph.input[0]
        batch, channels, height, width = self._shape(file)
        if channels not in (0, 3) or height != width:
            raise DataDoctorError(
                f"{file}: takes {channels} channels of {height} x {width}; RGB squares, channels first, are needed"
            )
        self._batch, self.side = batch, height or side
        self.names: tuple[str, ...] = ()
        self.names = self._late()
        self._session = self._started(self.names)

    def __call__(self, images: Tensor) -> list[Tensor]:
        """(B, 3, s, s) float32 to what each stage makes of them."""
        given = images.cpu().numpy()
        step = self._batch or len(given)
        filled = np.concatenate([given, np.zeros((-len(given) % step, *given.shape[1:]), np.float32)])
        made = [self._run(self._session, self.names, filled[at : at + step]) for at in range(0, len(filled), step)]
        columns = (np.concatenate(column)[: len(given)] for column in zip(*made, strict=True))
        return [torch.from_numpy(column).to(images.device) for column in columns]

    def _run(self, session: Any, names: Sequence[str], images: np.ndarray[Any, Any]) -> list[np.ndarray[Any, Any]]:
        return [np.asarray(output, dtype=np.float32) for output in session.run(list(names), {self._input.name: images})]

    def _shape(self, file: Path) -> tuple[int, int, int, int]:
        """Of the input, 0 where it takes any size."""
        sizes = [each.dim_value for each in self._input.type.tensor_type.shape.dim]
        if len(sizes) != 4:
            raise DataDoctorError(
                f"{file}: its input has {len(sizes)} axes, not the 4 of a batch of images; name another file"
            )
        return sizes[0], sizes[1], sizes[2], sizes[3]

    def _late(self) -> tuple[str, ...]:
        """Outputs at half, three quarters and all of the depth, counted in nodes with weights, that are maps or tokens."""
        weights = {each.name for each in self._model.graph.initializer}
        depths: dict[str, int] = {}
        depth = 0
        for node in self._model.graph.node:
            depth += node.op_type in WEIGHTED and any(each in weights for each in node.input)
            if depth and len(node.output) == 1:
                depths[node.output[0]] = depth
        shapes = self._shapes(tuple(depths))
        places = {
            name: depths[name] for name, shape in shapes.items() if len(shape) in (3, 4) and _positions(shape) > 1
        }
        if not places:
            raise DataDoctorError("the network in the ONNX file makes no maps or tokens to read; name another")
        deepest = max(places.values())
        wanted = (math.ceil(deepest * (0.5 + 0.5 * i / (N_STAGES - 1))) for i in range(N_STAGES))
        # Of those at one depth the last: after norm, activation and what is added.
        return tuple(dict.fromkeys([name for name, at in places.items() if at <= most][-1] for most in wanted))

    def _shapes(self, names: Sequence[str]) -> dict[str, tuple[int, ...]]:
        """Of one image's outputs, of float numbers only."""
        images = np.zeros((self._batch or 1, 3, self.side, self.side), np.float32)
        session = self._started(names)
        floats = [each.name for each in session.get_outputs() if each.type in ("tensor(float)", "tensor(float16)")]
        wanted = [name for name in names if name in floats]
        made = self._run(session, wanted, images)
        return {name: output.shape for name, output in zip(wanted, made, strict=True) if len(output) == len(images)}

    def _started(self, names: Sequence[str]) -> Any:
        """A session in which these values are outputs too."""
        onnx, onnxruntime = library("onnx", "onnx"), library("onnxruntime", "onnx")
        model = onnx.ModelProto()
        model.CopyFrom(self._model)
        own = {each.name for each in model.graph.output}
        model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names if name not in own)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = workers()
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def _positions(shape: tuple[int, ...]) -> int:
    return shape[1] if len(shape) == 3 else shape[2] * shape[3]


def _read(file: Path) -> Any:
    onnx = library("onnx", "onnx")
    try:
        return onnx.load(file)
    except FileNotFoundError as error:
        raise DataDoctorError(f"{file}: no such file; --model onnx/FILE names a file") from error
    except Exception as error:
        raise DataDoctorError(f"{file}: not an ONNX file, or damaged: {error}; export it again") from error
