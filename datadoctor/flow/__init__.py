"""The flow: makes each stage's value once, on first use, from those it needs; keeps what is to be kept; notes costs and failures."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datadoctor import machine
from datadoctor.config import Config
from datadoctor.errors import NotAvailableError
from datadoctor.flow import identity
from datadoctor.flow.clock import Clock, StageCost
from datadoctor.flow.keeping import Keeper
from datadoctor.flow.picture import all_before
from datadoctor.links import check_inside
from datadoctor.progress import Progress
from datadoctor.stages import TOOLS, Stage, every

# What takes less leaves little behind.
LEAST_SECONDS = 0.2
# None is a value, too.
NOT_KEPT = object()


class Flow:
    """The stages of one dataset: ``flow["neighbours"]`` is the value of the stage of that name.

    ``made`` and ``failed`` hold what was asked for so far, ``notices`` what the user should be told beside the findings.
    """

    def __init__(self, source: Path, config: Config, progress: Progress, made: Mapping[str, Any] | None = None) -> None:
        """``made``: values that are given and need not be made, by stage: the fits of another dataset, a part of a listing."""
        self.source = source
        self.config = config
        self.progress = progress
        self.folder = config.out / "artifacts"
        check_inside(self.folder / "stages", config.out)
        self.clock = Clock()
        self.made: dict[str, Any] = dict(made or {})
        self.failed: dict[str, Exception] = {}
        self.notices: list[str] = []
        self._given = frozenset(self.made)
        self._identities: dict[str, str] = {}
        self._keeper = Keeper(self.folder / "stages")

    def __getitem__(self, name: str) -> Any:
        """The value of a stage. Raises what making it raised, at first and ever after."""
        if name in self.failed:
            raise self.failed[name]
        if name not in self.made:
            try:
                machine.check_address_space()
                start = time.perf_counter()
                with self.clock.stage(name) as cost:
                    self.made[name] = self._value(every()[name], cost)
                    if time.perf_counter() - start > LEAST_SECONDS:
                        machine.give_back()
            except Exception as error:
                self.failed[name] = error
                raise
        return self.made[name]

    def get(self, name: str) -> Any:
        """The value of a stage, None where it is not available for this dataset."""
        try:
            return self[name]
        except NotAvailableError:
            return None

    def chosen(self, name: str) -> str | None:
        """The stage that a choosing one names, without that being made."""
        named: str | None = self._call(every()[name])
        return named

    def part(self, name: str) -> Any:
        """The value of a stage that the run has to do with, None of others.

        What was asked for is, and what that follows from: a value that was kept is had without what it follows from.
        """
        return self.get(name) if self.follows_from(name) else None

    def follows_from(self, name: str) -> bool:
        """Whether this stage was made, or something that was made follows from it."""
        return name in self.made or any(name in all_before(made) for made in self.made if made in every())

    def notice(self, text: str) -> None:
        """Say it now, and in the report."""
        self.notices.append(text)
        self.progress.say(text)

    def identity(self, name: str) -> str:
        """What the value of a stage follows from, as a hash; most stages need not be made for it."""
        if name not in self._identities:
            self._identities[name] = self._identity(every()[name])
        return self._identities[name]

    def _value(self, stage: Stage, cost: StageCost) -> Any:
        if stage.chooses:
            chosen = self.chosen(stage.name)
            return None if chosen is None else self[chosen]
        if not stage.keep:
            return self._call(stage)
        value = self._keeper.fetch(stage.name, self.identity(stage.name), stage.returns, otherwise=NOT_KEPT)
        cost.reused = value is not NOT_KEPT
        if value is NOT_KEPT:
            value = self._call(stage)
            self._keeper.put(stage.name, self.identity(stage.name), value)
        cost.kept_bytes = self._keeper.size(stage.name)
        return value

    def _call(self, stage: Stage) -> Any:
        needs = {name: self[name] for name, needed in stage.needs.items() if needed}
        wanted = {
            name: value for name, needed in stage.needs.items() if not needed and (value := self.get(name)) is not None
        }
        return stage.make(**needs, **wanted, **{name: self._setting(name) for name in stage.settings})

    def _setting(self, name: str) -> Any:
        return getattr(self if name in TOOLS else self.config, name)

    def _identity(self, stage: Stage) -> str:
        if stage.known_by:
            return identity.of_value(stage.known_by(self[stage.name]))
        if stage.name in self._given:
            return identity.of_value(self.made[stage.name])
        if stage.chooses:
            chosen = self.chosen(stage.name)
            return "nothing" if chosen is None else self.identity(chosen)
        settings = [identity.of_setting(self._setting(name)) for name in stage.settings if name not in TOOLS]
        needs = [self.identity(name) if needed else self._identity_if_any(name) for name, needed in stage.needs.items()]
        return identity.combined([stage.name, identity.of_code(stage.make.__module__), *settings, *needs])

    def _identity_if_any(self, name: str) -> str:
        try:
            return self.identity(name)
        except NotAvailableError:
            return "not available"
