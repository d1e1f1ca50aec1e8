"""A dataset listed as the baseline says, and judged by what is frozen with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datadoctor.errors import DataDoctorError
from datadoctor.findings.baseline import Baseline
from datadoctor.gate.state import SETTINGS, State

if TYPE_CHECKING:
    from datadoctor.config import Config
    from datadoctor.progress import Progress


def of_source(
    root: Path,
    known: Baseline | None,
    config: Config,
    progress: Progress,
    *,
    hash_only: bool = False,
    against: str = "",
) -> State:
    """The state of the dataset at ``root``; columns, model and seed are those of the baseline.

    ``hash_only``: no network, no near-duplicates, no judgement of labels, and then a baseline may be missing.
    Raises ``DataDoctorError`` where the baseline or what is frozen with it cannot be used.
    """
    from datadoctor.gate import frozen, incremental
    from datadoctor.sources.choice import list_source

    if known is None and not hash_only:
        raise DataDoctorError(
            f"{root}: to judge a dataset, give its --baseline; or audit it and give the run directory"
        )
    base = known or Baseline({}, (), ())
    config = replace(config, **_settings(base.calibration))
    listing = list_source(root, config)
    fits = None if hash_only else frozen.found(base, listing, config, against, progress)
    return incremental.state(listing, base, fits, config, progress, against)


def _settings(calibration: Mapping[str, str]) -> dict[str, Any]:
    """The settings of the baseline; those it does not name were left at their defaults."""
    from datadoctor.config import Config, load

    given = {name: calibration[name] for name in SETTINGS if name in calibration}
    values: dict[str, Any] = {**given, "seed": int(given["seed"])} if "seed" in given else given
    read = load(None, values, search=False)
    return {name: getattr(read if name in given else Config(), name) for name in SETTINGS} if calibration else {}
