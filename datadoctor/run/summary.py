"""``summary.json``: the facts of a run, what did not run and why, and what it cost."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from datadoctor import checks
from datadoctor._version import __version__
from datadoctor.findings import Outcome, Ran, Severity, Skipped
from datadoctor.run import SUMMARY_SCHEMA
from datadoctor.stages.label_sets.co_occurrence import co_occurrence

if TYPE_CHECKING:
    from datadoctor.flow import Flow
    from datadoctor.sources import Listing
    from datadoctor.stages.annotators import Consensus
    from datadoctor.stages.dataset import Dataset, Images
    from datadoctor.stages.duplicates import DuplicatePairs
    from datadoctor.stages.label_quality import LabelQuality
    from datadoctor.stages.label_sets import LabelSetQuality

PACKAGES = ("cleanlab", "faiss-gpu", "faiss-cpu", "numpy", "opencv-python-headless", "pandas", "pillow", "scipy",
            "scikit-learn", "torch", "torchvision")  # fmt: skip


def summary(flow: Flow, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Everything ``summary.json`` holds; parts of stages that were not made are null."""
    return {
        "schema": SUMMARY_SCHEMA,
        "source": str(flow.source),
        "created_with": f"datadoctor {__version__}",
        "dataset": _dataset(flow["listing"], flow["images"]),
        "checks": [_check(outcome) for outcome in outcomes],
        "reading": _reading(flow),
        "label_errors": _label_errors(flow.part("label_quality")) or _set_errors(flow.part("label_set_quality")),
        "annotators": _annotators(flow.part("consensus"), flow["dataset"].classes),
        "label_sets": _label_sets(flow["dataset"], flow.part("label_set_quality")),
        "duplicates": _duplicates(flow.part("duplicates")),
        "split_leakage": leakage(flow["dataset"], flow.part("duplicates")),
        "model": _model(flow),
        "index": _index(flow.part("neighbours")),
        "hierarchy": _hierarchy(flow.part("hierarchy")),
        "notices": list(flow.notices),
        "versions": _versions(),
        "settings": _settings(flow),
        "stages": [dataclasses.asdict(cost) for cost in flow.clock.costs],
    }


def _dataset(listing: Listing, images: Images) -> dict[str, Any]:
    if listing.several is None:
        counts = Counter(listing.label_name(row) for row in range(len(listing)))
        labelled = int((listing.labels >= 0).sum())
    else:
        counts = Counter(dict(zip(listing.classes, (listing.several == 1).sum(axis=0).tolist(), strict=True)))
        labelled = int((listing.several >= 0).all(axis=1).sum())
    return {
        "format": listing.format,
        "images": len(listing),
        "readable": int(images.readable.sum()),
        "unreadable": int((~images.readable).sum()),
        "left_out": len(listing.left_out),
        "understood": listing.sentence(),
        "labelled": labelled,
        "several_labels": listing.several is not None,
        "classes": len(listing.classes),
        "class_counts": {name: counts[name] for name in listing.classes},
        "splits": dict(sorted(Counter(listing.splits).items())),
    }


def _reading(flow: Flow) -> dict[str, Any]:
    look = flow["images"].look
    shown = {"ranges": dict(look.ranges), "bands": look.bands, "most_pixels": look.most_pixels}
    return {"decoded": flow["reading"].decoded, "embedded": flow["reading"].embedded, "look": shown}


def _check(outcome: Outcome) -> dict[str, Any]:
    known = checks.load(outcome.check)
    found = outcome.findings if isinstance(outcome, Ran) else ()
    status = "ran" if isinstance(outcome, Ran) else "skipped" if isinstance(outcome, Skipped) else "failed"
    reason = "" if isinstance(outcome, Ran) else outcome.reason if isinstance(outcome, Skipped) else outcome.error
    by_severity = Counter(finding.severity for finding in found)
    return {
        "check": outcome.check,
        "title": known.title,
        "explanation": known.explanation,
        "status": status,
        "applicable": not isinstance(outcome, Skipped) or outcome.applicable,
        "findings": len(found),
        "errors": by_severity[Severity.ERROR],
        "warnings": by_severity[Severity.WARNING],
        "infos": by_severity[Severity.INFO],
        "reason": reason,
    }


def _label_errors(quality: LabelQuality | None) -> dict[str, Any] | None:
    if quality is None:
        return None
    rate = quality.error_rate
    return {
        "judged": int(quality.judged.sum()),
        "flagged": int(quality.flagged.sum()),
        "estimate": rate.estimate,
        "low": rate.low,
        "high": rate.high,
        "identifiable": rate.identifiable,
        "threshold": quality.choices.get("threshold"),
        "expected_errors": [round(float(value), 2) for value in quality.expected_errors[:1000]],
        "cannot_judge": dict(quality.cannot_judge),
        "choices": dict(quality.choices),
    }


def _set_errors(quality: LabelSetQuality | None) -> dict[str, Any] | None:
    """As ``_label_errors``, of images with several labels: those with any wrong or missing label."""
    if quality is None:
        return None
    rate = quality.error_rate
    return {
        "judged": int(quality.judged.any(axis=1).sum()),
        "flagged": int(quality.flagged.any(axis=1).sum()),
        "estimate": rate.estimate,
        "low": rate.low,
        "high": rate.high,
        "identifiable": rate.identifiable,
        "threshold": quality.threshold,
        "expected_errors": [round(float(value), 2) for value in quality.expected_errors[:1000]],
        "cannot_judge": dict(quality.cannot_judge),
        "choices": dict(quality.choices),
    }


def _annotators(found: Consensus | None, classes: Sequence[str]) -> dict[str, Any] | None:
    """Agreement, and of each annotator how many labels are wrong; None where nothing says who labelled."""
    if found is None:
        return None
    people = [
        {
            "annotator": name,
            "images": int(found.images[place]),
            "error": round(float(found.error[place]), 4),
            "low": round(float(found.low[place]), 4),
            "high": round(float(found.high[place]), 4),
            "agreement": _number(found.agreement[place]),
            "usual": classes[int(found.usual[place])],
            "usual_share": round(float(found.usual_share[place]), 4),
            "kind": found.kinds[place],
        }
        for place, name in enumerate(found.annotators)
    ]
    return {
        "alpha": _number(found.alpha),
        "votes": int(found.n_votes.sum()),
        "images": int((found.n_votes > 0).sum()),
        "disputed": int((found.agreeing < found.n_votes).sum()),
        "ask": int(found.ask.sum()),
        "trust": found.trust,
        "annotators": people,
    }


def _number(value: float) -> float | None:
    """Four decimals, None for what is not known."""
    return None if np.isnan(value) else round(float(value), 4)


def _label_sets(dataset: Dataset, quality: LabelSetQuality | None) -> dict[str, Any] | None:
    """Class by class what is wrong, and which classes come together; None where images have one label."""
    if dataset.several is None:
        return None
    has, judged = dataset.several == 1, (dataset.several >= 0).all(axis=1)
    classes = [
        {"class": name, "images": int(has[:, column].sum()), **_of_class(quality, has[:, column], column)}
        for column, name in enumerate(dataset.classes)
    ]
    return {
        "images": int(judged.sum()),
        "labels": int(has.sum()),
        "classes": classes,
        "together": [dataclasses.asdict(one) for one in co_occurrence(dataset.several, dataset.classes)],
    }


def _of_class(quality: LabelSetQuality | None, has: np.ndarray[Any, Any], column: int) -> dict[str, Any]:
    if quality is None:
        return {"extra": None, "missing": None}
    flagged = quality.flagged[:, column]
    return {"extra": int((flagged & has).sum()), "missing": int((flagged & ~has).sum())}


def _duplicates(pairs: DuplicatePairs | None) -> dict[str, Any] | None:
    if pairs is None:
        return None
    exact = sum(kind == "exact" for kind in pairs.kinds)
    return {
        "exact_pairs": exact,
        "near_pairs": len(pairs) - exact,
        "sets": len(pairs.representatives),
        "planted_recall": dict(pairs.planted_recall),
        "planted_reached": dict(pairs.planted_reached),
    }


def leakage(dataset: Dataset, pairs: DuplicatePairs | None) -> dict[str, Any] | None:
    """Pairs of the same picture by the splits they join, counted by kind; None without pairs or with one split."""
    splits = sorted(set(dataset.splits))
    if pairs is None or len(splits) < 2:
        return None
    number = {name: index for index, name in enumerate(splits)}
    counts = {kind: np.zeros((len(splits), len(splits)), dtype=int) for kind in ("exact", "near")}
    for a, b, kind in zip(pairs.a.tolist(), pairs.b.tolist(), pairs.kinds, strict=True):
        x, y = sorted((number[dataset.splits[a]], number[dataset.splits[b]]))
        counts[kind][x, y] += 1
        counts[kind][y, x] = counts[kind][x, y]
    return {"splits": splits} | {kind: matrix.tolist() for kind, matrix in counts.items()}


def _model(flow: Flow) -> dict[str, Any]:
    extractor, embeddings, predictions = flow["choice"].extractor, flow.part("embeddings"), flow.part("predictions")
    made = flow.made
    return {
        "embeddings": embeddings.made_by if embeddings else None,
        "second_view": _second_view(flow),
        "predictions": predictions.made_by if predictions else None,
        "weights_sha256": extractor.weights_sha256 if extractor else None,
        "text_space": _text_space(flow),
        "runs_in": extractor.runs_in if extractor and "reading" in made and made["reading"].embedded else None,
    }


def _text_space(flow: Flow) -> Mapping[str, Any] | None:
    """Where the network puts images beside text, None where it reads none."""
    extractor = flow["choice"].extractor
    if extractor is None or flow.config.embeddings:
        return None
    from datadoctor.stages.embeddings.text import space_of

    return space_of(extractor, flow.config.model)


def _second_view(flow: Flow) -> str | None:
    """Told from the filters: what they see need not be there where all that follows from it was kept."""
    if not flow.follows_from("own_filters") or flow.chosen("own_filters") != "filter_embeddings":
        return None
    made_by: str = flow["filters"].made_by(flow["small_side"])
    return made_by


def _index(neighbours: Any) -> dict[str, Any] | None:
    return {"made_by": neighbours.made_by, "recall": neighbours.recall} if neighbours else None


def _hierarchy(hierarchy: Any) -> dict[str, Any] | None:
    if hierarchy is None:
        return None
    return {"origin": hierarchy.origin, "nodes": len(hierarchy.nodes), "superclasses": list(hierarchy.superclasses)}


def _versions() -> dict[str, str]:
    versions = {"datadoctor": __version__, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue  # faiss is installed under one of two names
    return versions


def _settings(flow: Flow) -> dict[str, Any]:
    values = dataclasses.asdict(flow.config)
    return {name: _as_json(value) for name, value in values.items()}


def _as_json(value: Any) -> Any:
    """Paths as text, also those in a list."""
    if isinstance(value, list | tuple):
        return [_as_json(one) for one in value]
    return str(value) if isinstance(value, Path) else value
