"""The tables of a run directory, from values of stages and outcomes: where arrays become rows a person can read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datadoctor.findings import Finding
from datadoctor.run import CLASS_PAIR_COLUMNS, DUPLICATE_COLUMNS, FINDING_COLUMNS, ITEM_COLUMNS
from datadoctor.run.set_columns import set_columns
from datadoctor.sources import Listing
from datadoctor.stages.annotators import Consensus
from datadoctor.stages.class_pairs import ClassPairs
from datadoctor.stages.dataset import Dataset, Images
from datadoctor.stages.duplicates import DuplicatePairs
from datadoctor.stages.hierarchy import RELATIONS, Hierarchy
from datadoctor.stages.label_quality import LabelQuality
from datadoctor.stages.label_sets import LabelSetQuality
from datadoctor.stages.predictions import Predictions


def findings_table(findings: Iterable[Finding]) -> pd.DataFrame:
    """One row per finding, in the order given: ``FINDING_COLUMNS``."""
    return pd.DataFrame([_finding_row(finding) for finding in findings], columns=list(FINDING_COLUMNS)).astype(
        {name: "float64" if name == "score" else "str" for name in FINDING_COLUMNS}
    )


def _finding_row(finding: Finding) -> tuple[object, ...]:
    subjects = [{"path": i.path, "digest": i.digest, "label": i.label, "split": i.split} for i in finding.items]
    return (
        finding.key,
        finding.check,
        finding.severity.value,
        round(float(finding.score), 6),
        _json(subjects),
        _json(finding.labels),
        finding.message,
        finding.suggestion,
        _json(dict(finding.evidence)),
    )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def spellings_table(listing: Listing, items: pd.DataFrame) -> pd.DataFrame:
    """One decision for each image whose label is another spelling of its class, in the columns that ``apply`` reads."""
    written = items[items["path"].isin(listing.as_written)]
    given = written["path"].map(listing.as_written)
    usual = written["given_label"]
    columns = {"path": written["path"], "given_label": given, "suggested_label": usual, "digest": written["digest"]}
    table = pd.DataFrame({**columns, "decision": "relabel", "new_label": usual})
    return table[(given != usual).to_numpy()]


def split_table(dataset: Dataset, splits: Sequence[str]) -> pd.DataFrame:
    """A manifest of the readable images with other splits; the split that each has now beside it."""
    labels = [dataset.label_name(row) for row in range(len(dataset))]
    return pd.DataFrame({"path": dataset.paths, "label": labels, "split": splits, "before": dataset.splits})


def consensus_table(dataset: Dataset, consensus: Consensus) -> pd.DataFrame:
    """A manifest of the images that were voted on: the consensus, how sure it is, and the order in which to ask another person.

    ``ask``: from 1 on, where another person should look; empty elsewhere.
    """
    rows = np.flatnonzero(consensus.n_votes > 0)
    first = rows[np.argsort(consensus.quality[rows], kind="stable")]
    place = {row: number for number, row in enumerate(first[consensus.ask[first]].tolist(), start=1)}
    return pd.DataFrame(
        {
            "path": [dataset.paths[row] for row in rows.tolist()],
            "label": [dataset.classes[label] for label in consensus.labels[rows].tolist()],
            "quality": consensus.quality[rows].round(4),
            "votes": consensus.n_votes[rows],
            "agreeing": consensus.agreeing[rows],
            "majority": [dataset.label_name(row) for row in rows.tolist()],
            "split": [dataset.splits[row] for row in rows.tolist()],
            "ask": [str(place.get(row, "")) for row in rows.tolist()],
        }
    )


def items_table(
    listing: Listing,
    images: Images,
    dataset: Dataset,
    predictions: Predictions | None,
    quality: LabelQuality | None,
    hierarchy: Hierarchy | None,
    sets: LabelSetQuality | None = None,
) -> pd.DataFrame:
    """One row per listed image, sorted by path: ``ITEM_COLUMNS``, quality figures, ``view_<name>``; empty where not judged."""
    n = len(listing)
    row = np.full(n, -1, dtype=np.int32)
    row[dataset.listing_rows] = np.arange(len(dataset), dtype=np.int32)
    columns: dict[str, Any] = {
        "row": row,
        "path": listing.paths,
        "split": listing.splits,
        "group": listing.groups,
        "given_label": [listing.label_name(i) for i in range(n)],
        "digest": images.digests,
        "pixel_digest": images.pixel_digests,
        "width": images.widths,
        "height": images.heights,
        "mode": images.modes,
        "file_size": images.file_sizes,
        "readable": images.readable,
        "error": images.errors,
        "warning": images.warnings,
        "location": listing.locations or [""] * n,
        "fold": _spread(row, predictions.folds if predictions else None, -1, np.int8),
    }
    columns |= _quality_columns(row, dataset, quality, hierarchy)
    columns |= _set_columns(row, dataset, sets) if sets else {}
    extra = {f"quality_{name}": values for name, values in images.quality.items()}
    views = {
        f"view_{name}": _spread(row, v, np.nan, np.float32) for name, v in (quality.views if quality else {}).items()
    }
    return pd.DataFrame({name: columns[name] for name in ITEM_COLUMNS} | extra | views)


def _quality_columns(
    row: np.ndarray[Any, Any], dataset: Dataset, quality: LabelQuality | None, hierarchy: Hierarchy | None
) -> dict[str, Any]:
    numbers = ("mislabel_score", "p_mislabel", "self_confidence", "neighbour_agreement")
    if quality is None:
        missing = np.full(len(row), np.nan, dtype=np.float32)
        empty = [""] * len(row)
        flags = np.zeros(len(row), dtype=bool)
        texts = dict.fromkeys(("suggested_label", "kind", "relation"), empty)
        return dict.fromkeys(numbers, missing) | texts | {"flagged": flags, "judged": flags}
    values = (quality.scores, quality.p_mislabel, quality.self_confidence, quality.neighbour_agreement)
    judged = _spread(row, quality.judged, False, np.bool_)
    spread = {
        name: np.where(judged, _spread(row, v, np.nan, np.float32), np.float32(np.nan))
        for name, v in zip(numbers, values, strict=True)
    }
    suggested = [dataset.classes[label] if label >= 0 else "" for label in quality.suggested.tolist()]
    return spread | {
        "suggested_label": _spread_text(row, suggested),
        "kind": _spread_text(row, quality.kinds),
        "relation": _spread_text(row, _relations(dataset, quality, hierarchy)),
        "flagged": _spread(row, quality.flagged, False, np.bool_),
        "judged": judged,
    }


def _set_columns(row: np.ndarray[Any, Any], dataset: Dataset, sets: LabelSetQuality) -> dict[str, Any]:
    values = set_columns(dataset, sets)
    judged = _spread(row, values["judged"], False, np.bool_)
    spread: dict[str, Any] = {"judged": judged, "flagged": _spread(row, values["flagged"], False, np.bool_)}
    spread |= {name: _spread_text(row, values[name]) for name in ("suggested_label", "kind")}
    numbers = ("mislabel_score", "p_mislabel", "self_confidence", "neighbour_agreement")
    missing = np.float32(np.nan)
    return spread | {
        name: np.where(judged, _spread(row, values[name], missing, np.float32), missing) for name in numbers
    }


def _relations(dataset: Dataset, quality: LabelQuality, hierarchy: Hierarchy | None) -> list[str]:
    both = (dataset.labels >= 0) & (quality.suggested >= 0)
    relations = np.full(len(dataset), "", dtype=object)
    relations[both] = _relation_names(hierarchy, dataset.labels[both], quality.suggested[both])
    return list(relations)


def _relation_names(hierarchy: Hierarchy | None, a: NDArray[np.int32], b: NDArray[np.int32]) -> list[str]:
    """How classes ``a`` lie to classes ``b``, in words; '' without a tree."""
    return [RELATIONS[code].value for code in hierarchy.relations(a, b).tolist()] if hierarchy else [""] * len(a)


def _spread(row: Any, values: Any, missing: object, dtype: type[np.generic]) -> Any:
    result = np.full(len(row), missing, dtype=dtype)
    if values is not None:
        result[row >= 0] = np.asarray(values)[row[row >= 0]]
    return result


def _spread_text(row: Any, values: Sequence[str]) -> list[str]:
    return [values[r] if r >= 0 else "" for r in row.tolist()]


def duplicates_table(dataset: Dataset, pairs: DuplicatePairs | None) -> pd.DataFrame:
    """One row per verified pair: ``DUPLICATE_COLUMNS``, then the figures of the verification as ``figure_<name>``."""
    if pairs is None:
        return pd.DataFrame(columns=list(DUPLICATE_COLUMNS)).astype(
            {name: "float64" if name in ("score", "p_value") else "str" for name in DUPLICATE_COLUMNS}
        )
    a, b = pairs.a.tolist(), pairs.b.tolist()
    keep = pairs.representatives[pairs.set_ids].tolist() if len(pairs) else []
    values = (
        [dataset.paths[i] for i in a],
        [dataset.paths[i] for i in b],
        pairs.kinds,
        pairs.scores,
        pairs.p_values,
        pairs.differences,
        [dataset.splits[i] for i in a],
        [dataset.splits[i] for i in b],
        [dataset.label_name(i) for i in a],
        [dataset.label_name(i) for i in b],
        pairs.set_ids,
        [dataset.paths[i] for i in keep],
    )
    figures = {f"figure_{name}": column for name, column in pairs.figures.items()}
    return pd.DataFrame(dict(zip(DUPLICATE_COLUMNS, values, strict=True)) | figures)


def class_pairs_table(dataset: Dataset, pairs: ClassPairs | None, hierarchy: Hierarchy | None) -> pd.DataFrame:
    """One row per class pair, most ambiguous first: ``CLASS_PAIR_COLUMNS``; boundary columns are JSON lists of paths."""
    if pairs is None:
        return pd.DataFrame(columns=list(CLASS_PAIR_COLUMNS))
    a, b = pairs.a.tolist(), pairs.b.tolist()
    values = (
        [dataset.classes[i] for i in a],
        [dataset.classes[i] for i in b],
        pairs.ambiguity,
        pairs.low,
        pairs.high,
        pairs.p_values,
        pairs.significant,
        pairs.kinds,
        pairs.n_ab,
        pairs.n_ba,
        pairs.mislabel_share,
        _relation_names(hierarchy, pairs.a, pairs.b),
        pairs.actions,
        [_json([dataset.paths[row] for row in rows]) for rows, _ in pairs.boundary],
        [_json([dataset.paths[row] for row in rows]) for _, rows in pairs.boundary],
    )
    return pd.DataFrame(dict(zip(CLASS_PAIR_COLUMNS, values, strict=True)))
