"""The view model of the Method screen: every score with range, direction, formula and threshold; choices; limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from datadoctor.run import Run

LEAST_SECONDS = 0.05


@dataclass(frozen=True)
class ScoreCard:
    """A score that the page or the tables show."""

    name: str
    meaning: str
    range: str
    direction: str
    formula: str
    threshold: str


@dataclass(frozen=True)
class Explanation:
    """What a check looks for, in its own words: paragraphs, and tables as rows of cells with the header first."""

    check: str
    title: str
    blocks: list[str | list[list[str]]]


@dataclass(frozen=True)
class Method:
    """Everything the Method screen says."""

    scores: list[ScoreCard]
    checks: list[Explanation]
    choices: list[tuple[str, str]]
    recall: list[tuple[str, float, float | None]]
    cannot_judge: list[tuple[str, str]]
    versions: list[tuple[str, str]]
    settings: list[tuple[str, str]]
    stages: list[tuple[str, str, str]]


def method(run: Run) -> Method:
    """The Method screen of a run."""
    summary = run.summary
    labels = summary["label_errors"] or {}
    return Method(
        scores=_scores(labels),
        checks=[Explanation(c["check"], c["title"], _blocks(c["explanation"])) for c in summary["checks"]],
        choices=[(name, said(value)) for name, value in labels.get("choices", {}).items()],
        recall=_recall(summary["duplicates"] or {}),
        cannot_judge=list(labels.get("cannot_judge", {}).items()),
        versions=[(name, str(version)) for name, version in summary["versions"].items()],
        settings=[(name, said(value)) for name, value in summary["settings"].items()],
        # Most of the stages take no time that anybody would look for.
        stages=[
            (s["stage"], f"{s['seconds']:,.1f}", f"{s['peak_mb']:,.0f}")
            for s in summary["stages"]
            if s["seconds"] >= LEAST_SECONDS
        ],
    )


def _recall(duplicates: Mapping[str, Any]) -> list[tuple[str, float, float | None]]:
    """Each change, the share of its planted copies that are recognised, and that the search comes to (None: not measured)."""
    reached = duplicates.get("planted_reached", {})
    return [(name, share, reached.get(name)) for name, share in sorted(duplicates.get("planted_recall", {}).items())]


def _blocks(text: str) -> list[str | list[list[str]]]:
    """The paragraphs of a docstring without its line breaks, and its tables."""
    blocks: list[str | list[list[str]]] = []
    for paragraph in text.strip().split("\n\n"):
        lines = [line.strip() for line in paragraph.splitlines()]
        table = all(line.startswith("|") for line in lines)
        blocks.append([_cells(line) for line in lines if "---" not in line] if table else " ".join(lines))
    return blocks


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def said(value: object) -> str:
    """A setting or choice as text, an en dash for none."""
    if value is None or value in ("", [], ()):
        return "–"
    if isinstance(value, float):
        return f"{value:.4g}"
    return ", ".join(said(entry) for entry in value) if isinstance(value, list | tuple) else str(value)


def _scores(labels: Mapping[str, Any]) -> list[ScoreCard]:
    threshold = said(labels.get("threshold"))
    none = "–"
    return [
        ScoreCard(
            "mislabel_score", "ranks labels by how wrong they look", "0 to 1", "larger is worse",
            "1 − posterior of the given label, from all views fused", none,
        ),
        ScoreCard(
            "p_mislabel", "probability that the given label is wrong", "0 to 1", "larger is worse",
            "mislabel score, calibrated across views", f"flagged over {threshold}",
        ),
        ScoreCard(
            "self_confidence", "probability of the given label, by a model that never saw this label", "0 to 1",
            "larger is better", "out-of-sample p(given label)", none,
        ),
        ScoreCard(
            "neighbour_agreement", "how many look-alikes carry the same label", "0 to 1", "larger is better",
            "weighted share of nearest neighbours with the given label; nearer ones weigh more", none,
        ),
        ScoreCard(
            "duplicate score", "how alike two pictures are", "0 to 1", "larger is more alike",
            "1 for identical pixels; else from the pixel-level verification of the pair", "every pair is verified",
        ),
        ScoreCard(
            "q_value (duplicates)", "share of pairs so close that are so by chance", "0 to 1", "smaller is surer",
            "spacing test on nearest-neighbour distances, p-values adjusted for all images (Benjamini-Hochberg)",
            "none: every pair is verified instead",
        ),
        ScoreCard(
            "ambiguity", "how much two classes are mixed up", "0 to 1", "larger is more ambiguous",
            "mutual confusion of two classes, with an interval", "significant: beyond the chance network, both ways",
        ),
        ScoreCard(
            "support", "how stable a node of the learnt tree is", "0 to 1", "larger is surer",
            "share of bootstrap resamples with the same node", none,
        ),
    ]  # fmt: skip
