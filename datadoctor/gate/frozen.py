"""What was fitted on the base: made for a baseline, found again by its hash, fitted again where the cache has lost it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from datadoctor.errors import DataDoctorError, IncompleteError, NotAvailableError
from datadoctor.findings.baseline import Baseline, KnownItem
from datadoctor.flow import Flow, fits
from datadoctor.flow.fits import Fits
from datadoctor.gate.state import of_images
from datadoctor.sources import Listing

if TYPE_CHECKING:
    from datadoctor.config import Config
    from datadoctor.progress import Progress
    from datadoctor.run import Run


def freeze(run: Run, progress: Progress, cache: Path | None = None) -> Fits:
    """Fit once more on the dataset of a run, from what the run kept.

    Raises ``DataDoctorError`` if the dataset is no longer that of the run, ``NotAvailableError`` if its vectors or
    probabilities were brought by the user, or it is not here: then new images cannot be judged.
    """
    from datadoctor.config import runs_code
    from datadoctor.run.originals import settings_of

    config = settings_of(run, out=run.path, cache=cache)
    if config.embeddings or config.pred_probs:
        raise NotAvailableError(
            "embeddings or probabilities brought by the user: changes are judged by `gate RUN` only"
        )
    if runs_code(config.model):
        raise NotAvailableError(f"seen through code, {config.model}: changes are judged by `gate RUN` only")
    source = Path(run.summary["source"])
    if not source.exists():
        raise NotAvailableError(f"{source} is not here: changes are judged by `gate RUN` only")
    flow = Flow(source, config, progress)
    if list(flow["images"].digests) != run.items["digest"].tolist():
        raise DataDoctorError(f"{source}: changed since {run.path} was made; audit it again")
    return fits.of_flow(flow)


def found(base: Baseline, listing: Listing, config: Config, against: str, progress: Progress) -> Fits:
    """What was fitted on the base, from the cache; fitted again where it is not there, if that gives the same."""
    from datadoctor.cache import default_folder

    cache = config.cache or default_folder()
    if not fits.is_kept(base.frozen, cache):
        missing = f"{against}: what was fitted on the base (frozen {base.frozen[:12] or 'nothing'}) is not in {cache}"
        try:
            if not base.frozen:
                raise DataDoctorError("nothing was frozen with it")
            progress.say(f"{missing}: it is fitted again, which takes about as long as an audit")
            _fit_again(base, listing, config, cache, progress)
        except IncompleteError:
            raise
        except DataDoctorError as error:
            raise DataDoctorError(
                f"{missing}, and {error}: restore the cache, or audit the base again and refresh the baseline: "
                f"`datadoctor gate RUN --write-baseline {against}`"
            ) from error
    fetched = fits.fetch(base.frozen, cache)
    if fetched is None:
        raise DataDoctorError(f"{against}: made by another version of datadoctor; refresh the baseline")
    return fetched


def _fit_again(known: Baseline, now: Listing, config: Config, cache: Path, progress: Progress) -> None:
    """Audit the base again, as far as its fits, and keep them in ``cache``.

    Raises ``DataDoctorError`` if an image of the base is gone, or if what is fitted is not what the baseline was made with:
    never is a change judged by something else. Raises ``IncompleteError`` if the weights are missing.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        everything = Flow(now.root, replace(config, out=Path(name) / "now"), progress, {"listing": now})
        base = _listing_of_base(known.items, now, of_images(now, everything["images"]))
        flow = Flow(now.root, replace(config, out=Path(name) / "base"), progress, {"listing": base})
        try:
            digest = fits.keep(fits.of_flow(flow), cache)
        except NotAvailableError as error:
            raise DataDoctorError(f"fitted again, it fails: {error}") from error
    if digest != known.frozen:
        raise DataDoctorError(
            f"fitted again, it is not the same ({digest[:12]}): other code or another kind of processor"
        )


def _listing_of_base(base: Iterable[KnownItem], now: Listing, present: Iterable[KnownItem]) -> Listing:
    """The base as it was listed, each image found by its content wherever it is now."""
    where: dict[str, list[str]] = {}
    for item in present:
        where.setdefault(item.digest, []).append(item.path)
    items = sorted(base)
    gone = [item.path for item in items if item.digest not in where]
    if gone:
        more = f" and {len(gone) - 1:,} more" if len(gone) > 1 else ""
        raise DataDoctorError(f"it cannot be fitted again: {gone[0]}{more} of the base changed or is gone")
    classes = tuple(sorted({item.label for item in items if item.label}))
    number = {name: index for index, name in enumerate(classes)}
    places = {item.path: item.path if item.path in where[item.digest] else where[item.digest][0] for item in items}
    return replace(
        now,
        paths=tuple(item.path for item in items),
        labels=np.array([number.get(item.label, -1) for item in items], dtype=np.int32),
        classes=classes,
        splits=tuple(item.split for item in items),
        groups=("",) * len(items),
        superclasses={name: above for name, above in now.superclasses.items() if name in number},
        problems=(),
        locations=(),
        names_on_disk={path: now.names_on_disk.get(place, place.encode()) for path, place in places.items()},
        originals={path: now.originals[place] for path, place in places.items() if place in now.originals},
    )
