"""Weights of networks: from the user's file or a library's pretrained ones, never random."""

from __future__ import annotations

import hashlib
import pickle
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from datadoctor.errors import DataDoctorError, IncompleteError
from datadoctor.faults import fault_of
from datadoctor.files import regular
from datadoctor.stages.embeddings.trunk import in_head

SECONDS_TO_CONNECT = 20.0


@contextmanager
def downloading(name: str, cache: Path | str) -> Iterator[None]:
    """Fetch pretrained weights inside: from ``cache``, a library's own folder, or over the network without waiting for ever.

    Raises ``IncompleteError``, with what to do, whatever comes out: where there is no network libraries fail in many ways.
    """
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SECONDS_TO_CONNECT)
    try:
        yield
    except Exception as error:
        cause = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise IncompleteError(
            f"the pretrained weights of {name} are not in {cache} and could not be downloaded ({cause}); run once with a network, "
            "give a file with --weights, or choose a --model that comes along"
        ) from error
    finally:
        socket.setdefaulttimeout(before)


def read_weights(file: Path) -> Mapping[str, Any]:
    """The state_dict in a file of PyTorch or safetensors, without running any code it may hold. Raises ``DataDoctorError``."""
    try:
        content = _tensors(regular(file))
    except DataDoctorError:
        raise
    except FileNotFoundError as error:
        raise DataDoctorError(f"{file}: no such file; check --weights") from error
    except OSError as error:
        raise DataDoctorError(f"{file}: cannot be read: {error.strerror}; check --weights") from error
    except pickle.UnpicklingError as error:
        raise DataDoctorError(
            f"{file}: holds more than tensors, or is no PyTorch file, and is not loaded; save model.state_dict() and give that"
        ) from error
    except Exception as error:
        cause = f"{file}: not a file of weights, or damaged: {error!r}; save model.state_dict() with torch.save"
        raise fault_of(error) or DataDoctorError(cause) from error
    if (
        not isinstance(content, Mapping)
        or not content
        or not all(isinstance(name, str) and isinstance(value, Tensor) for name, value in content.items())
    ):
        raise DataDoctorError(f"{file}: not a state_dict (names to tensors); save model.state_dict() with torch.save")
    return content


def _tensors(file: Path) -> Any:
    if file.suffix != ".safetensors":
        return torch.load(file, map_location="cpu", weights_only=True)
    try:
        from safetensors.torch import load_file
    except ImportError as error:
        raise DataDoctorError(f"{file}: reading it takes the package safetensors: pip install safetensors") from error
    return load_file(file)


def weights_digest(weights: Mapping[str, Any]) -> str:
    """Sha256 hex of names, types, shapes and values, independent of the file they came in."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        tensor: Tensor = weights[name].detach().cpu().contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def load_into(model: nn.Module, weights: Mapping[str, Any], name: str) -> None:
    """Load all but the head, which may be missing. Raises ``DataDoctorError`` if anything is missing, unknown or misshapen."""
    own = {key: value for key, value in weights.items() if not in_head(key)}
    expected = {key: value for key, value in model.state_dict().items() if not in_head(key)}
    missing, unexpected = sorted(expected.keys() - own.keys()), sorted(own.keys() - expected.keys())
    shapes = [key for key in sorted(expected.keys() & own.keys()) if own[key].shape != expected[key].shape]
    for keys, what in ((missing, "lack"), (unexpected, "have the unknown"), (shapes, "have another shape of")):
        if keys:
            raise DataDoctorError(
                f"the weights are not those of {name}: they {what} '{keys[0]}' and {len(keys) - 1} more; "
                "name the model they belong to with --model"
            )
    model.load_state_dict(weights, strict=False)
