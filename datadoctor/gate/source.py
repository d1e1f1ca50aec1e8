"""A dataset as the gate sees it, without an audit: listed as the baseline says, and judged by what is frozen with it.

What changed goes through the same stages as in an audit, with the fits of the base. Checks that look at one image, one label or
one pair judge it. Checks that look at classes or the whole dataset name no image, so nothing they find can be new.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datadoctor.errors import DataDoctorError
from datadoctor.findings.baseline import Baseline, KnownItem
from datadoctor.gate.delta import Delta, delta
from datadoctor.gate.state import SETTINGS, Found, State, Subject, of_findings, of_images, places
from datadoctor.stages.reading.causes import refuse_pointers

if TYPE_CHECKING:
    from datadoctor.config import Config
    from datadoctor.flow.changed import Changed
    from datadoctor.flow.held import Held
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
    from datadoctor.config import runs_code
    from datadoctor.flow.changed import Changed
    from datadoctor.flow.held import hold
    from datadoctor.gate import frozen
    from datadoctor.sources.choice import list_source

    if known is None and not hash_only:
        raise DataDoctorError(
            f"{root}: to judge a dataset, give its --baseline; or audit it and give the run directory"
        )
    base = known or Baseline({}, (), ())
    _check_manifests(base, config, against)
    config = replace(config, **_settings(base.calibration))
    if runs_code(config.model):
        raise DataDoctorError(
            f"{against}: names code as its model, {config.model}, which no baseline may; audit again without it"
        )
    listing = list_source(root, config)
    fits = None if hash_only else frozen.found(base, listing, config, against, progress)
    with hold(listing, fits, config, progress) as held:
        _check_network(held, against)
        refuse_pointers(held.images.errors, str(root))
        items = of_images(listing, held.images)
        changes = delta(base.items, items)
        return _state(base, changes, Changed(held, changes.touched), items, config.manifest)


def _check_network(held: Held, against: str) -> None:
    """The vectors of the base can be compared with those of the same network only; without new images there are none to compare."""
    if held.fits is None or not held.fits["network"] or (held.base_rows >= 0).all():
        return
    extractor = held.flow["choice"].extractor
    if extractor is None or extractor.computes != held.fits["network"]:
        raise DataDoctorError(f"{against}: made with other weights, or shown in another way; refresh the baseline here")


def _state(
    base: Baseline, changes: Delta, changed: Changed, items: tuple[KnownItem, ...], manifests: Sequence[Path]
) -> State:
    from datadoctor.gate import checking
    from datadoctor.run.summary import leakage

    listing = changed.held.listing
    found = [*checking.of_images(changed.held), *checking.of_changed(changed)]
    listed = frozenset(listing.paths)
    fresh = [one for one in found if any(i.path in changes.touched or i.path not in listed for i in one.items)]
    where = places(listing.paths, listing.locations or ("",) * len(listing), listing.root, manifests)
    leaks = leakage(changed.values["dataset"], changed.values["duplicates"]) if len(changed.rows) else None
    return State(
        items=items,
        found=(*_still_there(base, changes), *of_findings(fresh, where)),
        incomplete=tuple(checking.not_judged(changed)),
        calibration=base.calibration,
        source=listing.root,
        leakage=leaks and leaks | {"of": " of changed images"},
    )


def _still_there(known: Baseline, changes: Delta) -> Iterable[Found]:
    """The baseline's findings on images that did not change: never judged again."""
    before = (*changes.removed, *(old for old, _ in (*changes.relabelled, *changes.changed, *changes.moved)))
    gone = Counter(item.digest for item in before)
    for one in known.findings:
        lost = max((gone[digest] for digest in one.items), default=0)
        subjects = tuple(Subject("", digest) for digest in one.items)
        for _ in range(one.count - lost):
            yield Found(one.key, one.check, 0.0, "", "", subjects, ())


def _check_manifests(base: Baseline, config: Config, against: str) -> None:
    there = _number(base.calibration.get("manifests", "1"), "manifests")
    if base.calibration and there != max(len(config.manifest), 1):
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
        return _number(text, name)
    return text == "True" if name == "merge_spellings" else text


def _number(text: str, name: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,12}", text):
        raise DataDoctorError(
            f"the baseline's calibration says {name} {text[:40]!r}, which is no number; refresh the baseline"
        )
    return int(text)
