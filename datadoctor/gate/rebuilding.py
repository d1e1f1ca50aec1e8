"""What was fitted on the base, fitted again where the cache has lost it: all images of the base must still be in the dataset."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from datadoctor.config import Config
from datadoctor.errors import DataDoctorError, IncompleteError, NotAvailableError
from datadoctor.findings.baseline import Baseline, KnownItem
from datadoctor.gate import frozen
from datadoctor.gate.incremental import known_items
from datadoctor.progress import Progress
from datadoctor.sources import Listing
from datadoctor.stages import Artifacts


def rebuild(known: Baseline, now: Listing, config: Config, cache: Path, progress: Progress) -> None:
    """Audit the base again, as far as its labels, and keep in ``cache`` what it gives.

    Raises ``DataDoctorError`` if an image of the base is gone, or if what is fitted is not what the baseline was made with:
    never is a change judged by something else. Raises ``IncompleteError`` if the weights are missing.
    """
    with tempfile.TemporaryDirectory() as name:
        everything = Artifacts(now.root, replace(config, out=Path(name) / "now"), progress)
        if known.calibration.get("weights_sha256") and everything.choice.extractor is None:
            raise IncompleteError(everything.choice.notice)
        base = _listing(known.items, now, known_items(now, everything.images))
        artifacts = Artifacts(now.root, replace(config, out=Path(name) / "base"), progress)
        artifacts.made["listing"] = base
        try:
            digest = frozen.keep(frozen.of_artifacts(artifacts), cache)
        except NotAvailableError as error:
            raise DataDoctorError(f"fitted again, it fails: {error}") from error
    if digest != known.frozen:
        raise DataDoctorError(
            f"fitted again, it is not the same ({digest[:12]}): other code or another kind of processor"
        )


def _listing(base: Iterable[KnownItem], now: Listing, present: Iterable[KnownItem]) -> Listing:
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
        names_on_disk={path: _on_disk(now, place) for path, place in places.items()},
    )


def _on_disk(listing: Listing, path: str) -> bytes:
    return listing.names_on_disk.get(path, path.encode())
