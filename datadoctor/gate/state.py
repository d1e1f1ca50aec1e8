"""A state of a dataset, as the gate sees it: images, findings, what did not run, and with what it was made."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datadoctor.config import COLUMNS
from datadoctor.findings import Finding
from datadoctor.findings.baseline import DIGITS, ITEM_COLUMNS, Baseline, KnownFinding, KnownItem, known_items
from datadoctor.stages.reading.causes import refuse_pointers

if TYPE_CHECKING:
    import pandas as pd

    from datadoctor.run import Run
    from datadoctor.sources import Listing
    from datadoctor.stages.dataset import Images

_LINE = re.compile("[0-9]{1,12}")
# The settings that change what is found; all others say where to read and write.
SETTINGS = (
    "model",
    "seed",
    "source_format",
    *COLUMNS,
    "class_level",
    "group_level",
    "merge_spellings",
    "hierarchy",
    "pred_probs",
    "embeddings",
    "bands",
)


@dataclass(frozen=True, slots=True)
class Subject:
    """An image in a finding; ``file`` and ``line`` (0: none) are where an annotation about it belongs."""

    path: str
    digest: str
    label: str = ""
    split: str = ""
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """A finding; ``file`` and ``line``: of the image that it is reported at. ``suggested``: the label that it suggests, '' for none."""

    key: str
    check: str
    score: float
    message: str
    suggestion: str
    subjects: tuple[Subject, ...]
    labels: tuple[str, ...]
    file: str = ""
    line: int = 0
    suggested: str = ""


# What a check says where the way the gate was called does not ask for it, or not for all of it.
LEFT_OUT = "left out"
IN_PART = "in part"


@dataclass(frozen=True, slots=True)
class Incomplete:
    """A check that could not judge ('skipped'), broke ('failed'), was not asked ('left out') or judged 'in part', and why."""

    check: str
    status: str
    reason: str

    @property
    def asked(self) -> bool:
        """Whether it should have judged, and did not."""
        return self.status not in (LEFT_OUT, IN_PART)


@dataclass(frozen=True)
class State:
    """``leakage``: as in summary.json, None without splits. ``calibration``: see ``Baseline``. ``source``: where the images are."""

    items: tuple[KnownItem, ...]
    found: tuple[Found, ...]
    incomplete: tuple[Incomplete, ...]
    calibration: Mapping[str, str]
    leakage: Mapping[str, Any] | None = None
    titles: Mapping[str, str] = field(default_factory=dict)
    source: Path | None = None


def of_run(run: Run) -> State:
    """The state that a run directory holds; raises ``DataDoctorError`` where it is damaged or of another version."""
    summary = run.summary
    refuse_pointers(run.items["error"], str(run.path))
    checks = summary["checks"]
    paths, locations = run.items["path"].tolist(), run.items["location"].tolist()
    return State(
        items=known_items(*(run.items[name].tolist() for name in ITEM_COLUMNS)),
        found=_found(
            run.findings, places(paths, locations, summary["source"], _manifests(summary["settings"].get("manifest")))
        ),
        incomplete=tuple(
            Incomplete(one["check"], one["status"], one["reason"])
            for one in checks
            if one["status"] != "ran" and one.get("applicable", True)
        ),
        calibration=calibration(summary),
        leakage=summary.get("split_leakage"),
        titles={one["check"]: one["title"] for one in checks},
        source=Path(summary["source"]),
    )


def calibration(summary: Mapping[str, Any]) -> dict[str, str]:
    """What must be the same in two runs for their findings to be comparable; empty values are left out."""
    settings = {name: summary["settings"].get(name) for name in SETTINGS}
    values = {"datadoctor": summary["versions"]["datadoctor"], "weights_sha256": summary["model"]["weights_sha256"]}
    manifests = _manifests(summary["settings"].get("manifest"))
    # Their names may change, their number says how the dataset is listed.
    values["manifests"] = len(manifests) if len(manifests) > 1 else None
    return {name: str(value) for name, value in (values | settings).items() if value not in (None, "", (), [])}


def baseline_of(state: State, frozen: str = "") -> Baseline:
    """The baseline to commit for this state: all its findings and images."""
    counted = Counter(
        (one.check, one.key, tuple(sorted(s.digest[:DIGITS] for s in one.subjects))) for one in state.found
    )
    findings = tuple(KnownFinding(*identity, count=count) for identity, count in counted.items())
    return Baseline(state.calibration, findings, state.items, frozen)


def of_images(listing: Listing, images: Images) -> tuple[KnownItem, ...]:
    """What a baseline would hold of the listed images."""
    labels = [listing.label_name(row) for row in range(len(listing))]
    sizes = images.file_sizes.tolist()
    return known_items(listing.paths, images.pixel_digests, images.digests, sizes, labels, listing.splits)


def places(
    paths: Iterable[str], locations: Iterable[str], source: str | Path, manifests: Sequence[str | Path] = ()
) -> dict[str, tuple[str, int]]:
    """For each path, the file and line an annotation belongs to: the manifest row, or the image itself (line 0).

    ``locations``: 'labels.csv:12' or '', with the name of a manifest or its path below ``source``. Files are relative to the working
    directory, as platforms ask for, where they are in it.
    """
    root = _relative(source)
    names = {Path(file).name: _relative(file) for file in manifests}
    found = {}
    for path, location in zip(paths, locations, strict=True):
        name, _, line = str(location or "").rpartition(":")
        rows = names.get(name, name if Path(name).is_absolute() else f"{root}/{name}")
        found[path] = (rows, int(line)) if name and _LINE.fullmatch(line) else (f"{root}/{path}", 0)
    return found


def _manifests(given: str | list[str] | None) -> list[str]:
    """The manifests that a run names; earlier versions named one."""
    return [given] if isinstance(given, str) else list(given or ())


def _relative(file: str | Path) -> str:
    here = Path.cwd()
    path = Path(file)
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()


def of_findings(findings: Iterable[Finding], where: Mapping[str, tuple[str, int]]) -> tuple[Found, ...]:
    """Findings fresh from the checks."""
    return tuple(
        _placed(
            Found(
                one.key, one.check, one.score, one.message, one.suggestion,
                tuple(Subject(i.path, i.digest, i.label, i.split) for i in one.items), one.labels,
                suggested=_suggested(one.evidence),
            ),
            where,
        )
        for one in findings
    )  # fmt: skip


def _found(findings: pd.DataFrame, where: Mapping[str, tuple[str, int]]) -> tuple[Found, ...]:
    columns = ("key", "check", "score", "message", "suggestion", "subjects", "labels", "evidence")
    return tuple(
        _placed(
            Found(
                key, check, float(score), message, suggestion,
                tuple(Subject(**subject) for subject in json.loads(subjects)), tuple(json.loads(labels)),
                suggested=_suggested(json.loads(evidence)),
            ),
            where,
        )
        for key, check, score, message, suggestion, subjects, labels, evidence in zip(
            *(findings[name].tolist() for name in columns), strict=True
        )
    )  # fmt: skip


def _suggested(evidence: Mapping[str, Any]) -> str:
    suggested = evidence.get("suggested", "")
    return suggested if isinstance(suggested, str) else ""


def _placed(found: Found, where: Mapping[str, tuple[str, int]]) -> Found:
    placed = []
    for one in found.subjects:
        file, line = where.get(one.path, (one.path, 0))
        placed.append(replace(one, file=file, line=line))
    return at_the_change(replace(found, subjects=tuple(placed)), frozenset())


def at_the_change(found: Found, touched: frozenset[str]) -> Found:
    """The same finding, reported at the first of its images whose path was touched, else at the first."""
    if not found.subjects:
        return found
    first = next((one for one in found.subjects if one.path in touched), found.subjects[0])
    return replace(found, file=first.file, line=first.line)
