"""A dataset as the gate sees it, without an audit: listed as the baseline says, and judged by what is frozen with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datadoctor.errors import DataDoctorError, IncompleteError
from datadoctor.findings.baseline import Baseline
from datadoctor.gate.state import SETTINGS, State

if TYPE_CHECKING:
    from datadoctor.config import Config
    from datadoctor.gate.frozen import Frozen
    from datadoctor.progress import Progress
    from datadoctor.sources import Listing
    from datadoctor.stages.embeddings.extractor import Extractor


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
    from datadoctor.gate import incremental
    from datadoctor.sources.choice import list_source

    if known is None and not hash_only:
        raise DataDoctorError(
            f"{root}: to judge a dataset, give its --baseline; or audit it and give the run directory"
        )
    base = known or Baseline({}, (), ())
    _check_manifests(base, config, against)
    config = replace(config, **_settings(base.calibration))
    listing = list_source(root, config)
    if hash_only:
        return incremental.state(listing, base, None, None, progress, config.manifest)
    frozen = _frozen(base, listing, config, against, progress)
    return incremental.state(listing, base, frozen, _extractor(frozen, config, against), progress, config.manifest)


def _check_manifests(base: Baseline, config: Config, against: str) -> None:
    there = int(base.calibration.get("manifests", 0))
    if base.calibration and there != len(config.manifest):
        raise DataDoctorError(
            f"{against}: made with {there} manifests, and {len(config.manifest)} are given now; give the same ones with --manifest"
        )


def _settings(calibration: Mapping[str, str]) -> dict[str, Any]:
    """The settings of the baseline; those it does not name were left at their defaults."""
    from datadoctor.config import Config, load

    given = {name: calibration[name] for name in SETTINGS if name in calibration}
    values: dict[str, Any] = {name: _value(name, text) for name, text in given.items()}
    read = load(None, values, search=False)
    return {name: getattr(read if name in given else Config(), name) for name in SETTINGS} if calibration else {}


def _value(name: str, text: str) -> object:
    """A setting as it was before the baseline made text of it."""
    if name in ("seed", "class_level", "group_level"):
        return int(text)
    return text == "True" if name == "merge_spellings" else text


def _frozen(base: Baseline, listing: Listing, config: Config, against: str, progress: Progress) -> Frozen:
    from datadoctor.cache import default_folder
    from datadoctor.gate import frozen

    cache = config.cache or default_folder()
    if not frozen.is_kept(base.frozen, cache):
        missing = f"{against}: what was fitted on the base (frozen {base.frozen[:12] or 'nothing'}) is not in {cache}"
        _rebuild(base, listing, config, cache, missing, against, progress)
    return frozen.fetch(base.frozen, cache, against)


def _rebuild(
    base: Baseline, listing: Listing, config: Config, cache: Path, missing: str, against: str, progress: Progress
) -> None:
    from datadoctor.gate.rebuilding import rebuild

    try:
        if not base.frozen:
            raise DataDoctorError("nothing was frozen with it")
        progress.say(f"{missing}: it is fitted again, which takes about as long as an audit")
        rebuild(base, listing, config, cache, progress)
    except IncompleteError:
        raise
    except DataDoctorError as error:
        raise DataDoctorError(
            f"{missing}, and {error}: restore the cache, or audit the base again and refresh the baseline: "
            f"`datadoctor gate RUN --write-baseline {against}`"
        ) from error


def _extractor(frozen: Frozen, config: Config, against: str) -> Extractor | None:
    from datadoctor.stages.embeddings.choice import choose

    if not frozen.extractor:
        return None
    choice = choose(config.model, config.weights, frozen.short_side, config.device)
    if choice.extractor is None:
        raise IncompleteError(choice.notice)
    if choice.extractor.key != frozen.extractor:
        raise DataDoctorError(
            f"{against}: made with other weights, another torchvision or another kind of processor; refresh the baseline here"
        )
    return choice.extractor
