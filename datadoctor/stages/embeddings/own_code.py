"""The user's own network, ``python/FILE.py:function`` or ``python/module:function``: their code runs, because they named it so.

The function takes nothing and returns a ``torch.nn.Module``, or it and a dict of how it wants to be shown an image: ``side`` in
pixels, ``mean`` and ``std`` of the three channels (of values 0 to 1), ``resampling`` ('bicubic' or 'bilinear').
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from torch import nn

from datadoctor.errors import DataDoctorError
from datadoctor.stages.embeddings.network import Network
from datadoctor.stages.embeddings.torchvision import IMAGENET_MEAN, IMAGENET_STD
from datadoctor.stages.embeddings.weights import load_into, read_weights, weights_digest

PREFIX = "python/"
SHOWN = ("side", "mean", "std", "resampling")


def network(name: str, file: Path | None, side: int) -> Network:
    """What the function returns, with the weights in ``file`` if given; normalised as for ImageNet unless it says otherwise.

    Raises ``DataDoctorError`` if there is no such function, it fails, or what it returns is no network.
    """
    module, shown = _made(name)
    if file:
        load_into(module, read_weights(file), name)
    network = Network(name, module, side, IMAGENET_MEAN, IMAGENET_STD, weights_digest(module.state_dict()))
    given: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in shown.items()}
    return replace(network, **given)


def _made(name: str) -> tuple[nn.Module, Mapping[str, Any]]:
    try:
        returned = _function(name)()
    except DataDoctorError:
        raise
    except Exception as error:
        raise DataDoctorError(
            f"model '{name}': the function fails: {type(error).__name__}: {error}; correct it"
        ) from error
    module, shown = returned if isinstance(returned, tuple) and len(returned) == 2 else (returned, {})
    if not isinstance(module, nn.Module) or not isinstance(shown, Mapping) or not set(shown) <= set(SHOWN):
        raise DataDoctorError(
            f"model '{name}': the function must return a torch.nn.Module, or it and a dict of {', '.join(SHOWN)}"
        )
    return module, shown


def _function(name: str) -> Callable[[], object]:
    where, _, function = name.removeprefix(PREFIX).rpartition(":")
    if not where or not function:
        raise DataDoctorError(f"model '{name}' is not of the form python/FILE.py:function or python/module:function")
    found: Callable[[], object] | None = getattr(_module(name, where), function, None)
    if not callable(found):
        raise DataDoctorError(f"model '{name}': there is no function '{function}' in {where}")
    return found


def _module(name: str, where: str) -> ModuleType:
    try:
        if not where.endswith(".py"):
            return importlib.import_module(where)
        spec = importlib.util.spec_from_file_location("datadoctor_users_model", where)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
    except Exception as error:
        raise DataDoctorError(f"model '{name}': {where} cannot be imported: {type(error).__name__}: {error}") from error
    return module
