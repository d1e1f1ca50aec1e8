"""Stages: what is computed of a dataset, each once, from those before it. One folder is one stage or a few that belong together.

``stage.py`` in it (or one file, for a small one) declares them as functions. Their parameters name what they need: before the ``*``
other stages, after it settings (fields of ``Config``) or tools of the run (``TOOLS``). Why: ``docs/decisions/stages.md``.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from types import SimpleNamespace
from typing import Any, Literal, get_args, get_origin, get_type_hints

from datadoctor import plugins

TOOLS = ("config", "folder", "notice", "progress", "source")
__path__ += plugins.folders("stages")


@dataclass(frozen=True)
class Stage:
    """A stage: ``make(**needs, **settings)`` is its value.

    ``needs``: stages, each True if the stage cannot be made without it. ``settings``: of the audit, and tools. ``fits``: it is learnt
    from a whole dataset, and applied to items. ``keep``: the value is kept on disk. ``known_by``: the part of a value
    that says which one it is, where that does not follow from needs and settings alone (files were read).
    """

    name: str
    needs: Mapping[str, bool]
    settings: tuple[str, ...]
    fits: bool
    keep: bool
    known_by: Callable[[Any], Any] | None
    make: Callable[..., Any]

    @property
    def explanation(self) -> str:
        """What the value is, in a line."""
        return (inspect.getdoc(self.make) or "").partition("\n")[0]

    @cached_property
    def returns(self) -> Any:
        """The type of its value."""
        annotations = {"return": self.make.__annotations__["return"]}
        return get_type_hints(SimpleNamespace(__annotations__=annotations), self.make.__globals__)["return"]

    @cached_property
    def chooses(self) -> tuple[str, ...]:
        """The stages of which it names the one to be used; none for a stage that makes its value itself."""
        return tuple(_names_in(self.returns)) if "Literal[" in str(self.make.__annotations__["return"]) else ()


def _names_in(kind: Any) -> Iterator[str]:
    if get_origin(kind) is Literal:
        yield from get_args(kind)
    else:
        for part in get_args(kind):
            yield from _names_in(part)


def stage(
    *, keep: bool = False, known_by: Callable[[Any], Any] | None = None, fits: bool = False
) -> Callable[[Callable[..., Any]], Stage]:
    """Make a stage of the function below, named as it is. ``keep`` and ``known_by``: see ``Stage``."""

    def make(function: Callable[..., Any]) -> Stage:
        parameters = inspect.signature(function).parameters.values()
        needs = {one.name: one.default is one.empty for one in parameters if one.kind is not one.KEYWORD_ONLY}
        settings = tuple(one.name for one in parameters if one.kind is one.KEYWORD_ONLY)
        return Stage(function.__name__, needs, settings, fits, keep, known_by, function)

    return make


def fit(*, keep: bool = False, known_by: Callable[[Any], Any] | None = None) -> Callable[[Callable[..., Any]], Stage]:
    """Make a stage whose value is learnt from a whole dataset and applied to items, those of a later change too."""
    return stage(keep=keep, known_by=known_by, fits=True)


@cache
def every() -> Mapping[str, Stage]:
    """All stages by name, in the order of their declaration; imports what declares them, which is nothing heavy."""
    found: dict[str, Stage] = {}
    for name in _declaring():
        for one in vars(importlib.import_module(name)).values():
            if isinstance(one, Stage) and one.make.__module__ == name:
                if one.name in found:
                    raise ValueError(f"two stages are named {one.name}")
                found[one.name] = one
    return found


def _declaring() -> Iterator[str]:
    """The modules that declare stages; a folder without ``stage.py`` holds what several stages compute with."""
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda one: one.name):
        name = f"{__name__}.{module.name}{'.stage' if module.ispkg else ''}"
        if importlib.util.find_spec(name):
            yield name
