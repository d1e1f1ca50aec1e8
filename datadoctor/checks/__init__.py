"""Checks: one file is one check. Its name is the file name, its explanation the docstring, its needs the parameters.

A check file holds a module docstring (printed by ``datadoctor checks``) and one function decorated with ``@check`` that
takes the values of stages by name (see ``datadoctor.stages``) and yields findings, worst first.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from datadoctor import plugins
from datadoctor.findings import Finding, ItemRef

if TYPE_CHECKING:
    from datadoctor.stages.dataset import Dataset

__path__ += plugins.folders("checks")


@dataclass(frozen=True, slots=True)
class Check:
    """A check: ``find(**{name: value for name in needs})`` yields its findings."""

    name: str
    title: str
    explanation: str
    needs: tuple[str, ...]
    find: Callable[..., Iterable[Finding]]


def check(title: str) -> Callable[[Callable[..., Iterable[Finding]]], Check]:
    """Make a check of the function below; its parameters name the stages it needs."""

    def make(find: Callable[..., Iterable[Finding]]) -> Check:
        module = inspect.getmodule(find)
        name = find.__module__.rpartition(".")[2].replace("_", "-")
        explanation = inspect.cleandoc((module.__doc__ if module else None) or "")
        return Check(name, title, explanation, tuple(inspect.signature(find).parameters), find)

    return make


def item(dataset: Dataset, row: int) -> ItemRef:
    """The image in a row of the dataset, as findings name it."""
    return ItemRef(dataset.paths[row], dataset.images.pixel_digests[row], dataset.label_name(row), dataset.splits[row])


def names() -> list[str]:
    """The names of all checks, sorted, without importing them."""
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__))


def load(name: str) -> Check:
    """The check of that name."""
    module = importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
    found: Check = next(value for value in vars(module).values() if isinstance(value, Check))
    return found
