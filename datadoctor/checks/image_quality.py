"""Images too dark, too bright, blurry, nearly without content, or of an odd shape or size.

| fault | figure | reported where |
|---|---|---|
| dark | 95th percentile of brightness | below 0.2 |
| bright | 5th percentile of brightness | above 0.85 |
| low information | 99th minus 1st percentile of brightness | below 0.05 |
| blurry | strongest edges over contrast (not judged at low information) | below 0.15 |
| odd aspect | longer over shorter side | above 4 |
| odd size | side of a square of the same area over its median in the dataset, or the inverse | above 5 |

All but the last look at one image only: adding images never changes them. The figures are described in
``datadoctor.stages.reading.quality``. The score is 1 - t/(2v) for a value v over its threshold t, 1 - v/(2t) for one
under it: 0.5 at the threshold. An image with several faults is one finding with the score of the worst.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datadoctor.checks import check, item
from datadoctor.findings import Finding, Severity
from datadoctor.stages.dataset import Dataset, Images

LOW_INFORMATION = 0.05


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault: its figure is below (or above) the threshold."""

    name: str
    figure: str
    threshold: float
    above: bool = False

    def scores(self, values: NDArray[np.float32]) -> NDArray[np.float64]:
        """(n,) float64: 0 where there is no fault, else in (0.5, 1], larger is worse."""
        wide = np.nan_to_num(values.astype(np.float64), nan=self.threshold)
        if self.above:
            return np.where(wide > self.threshold, 1 - self.threshold / (2 * np.maximum(wide, self.threshold)), 0)
        return np.where(wide < self.threshold, 1 - wide / (2 * self.threshold), 0)


FAULTS = (
    Fault("dark", "highlight", 0.2),
    Fault("bright", "shadow", 0.85, above=True),
    Fault("low information", "contrast", LOW_INFORMATION),
    Fault("blurry", "sharpness", 0.15),
    Fault("odd aspect", "aspect", 4.0, above=True),
    Fault("odd size", "size_ratio", 5.0, above=True),
)


@check("Image quality")
def find(dataset: Dataset) -> Iterator[Finding]:
    """Yield the images with a fault, worst first."""
    values = figures(dataset.images)
    scores = np.stack([fault.scores(values[fault.figure]) for fault in FAULTS])
    worst = scores.max(axis=0)
    for row in np.lexsort((np.arange(len(worst)), -worst)).tolist():
        if worst[row] > 0:
            found = [(fault, float(values[fault.figure][row])) for i, fault in enumerate(FAULTS) if scores[i, row] > 0]
            yield _finding(dataset, row, float(worst[row]), found)


def figures(images: Images) -> dict[str, NDArray[np.float32]]:
    """The figures of each image by name, with ``size_ratio``; ``sharpness`` is NaN at low information."""
    sides = np.sqrt(images.widths.astype(np.float64) * images.heights)
    ratio = sides / np.median(sides) if len(sides) else sides
    blank = images.quality["contrast"] < LOW_INFORMATION
    sharpness = np.where(blank, np.float32(np.nan), images.quality["sharpness"])
    return dict(images.quality) | {
        "size_ratio": np.maximum(ratio, 1 / ratio).astype(np.float32),
        "sharpness": sharpness,
    }


def _finding(dataset: Dataset, row: int, score: float, found: list[tuple[Fault, float]]) -> Finding:
    images = dataset.images
    names = ", ".join(fault.name for fault, _ in found)
    evidence: dict[str, float | int] = {"width": int(images.widths[row]), "height": int(images.heights[row])}
    for fault, value in found:
        evidence |= {fault.figure: round(value, 4), f"{fault.figure}_threshold": fault.threshold}
    details = ", ".join(
        f"{fault.figure.replace('_', ' ')} {value:.2f} {'>' if fault.above else '<'} {fault.threshold:g}"
        for fault, value in found
    )
    label = dataset.label_name(row)
    return Finding(
        check="image-quality",
        severity=Severity.WARNING,
        score=score,
        message=f"{names[0].upper()}{names[1:]} ({details}).",
        items=(item(dataset, row),),
        labels=(label,) if label else (),
        suggestion="Look whether its subject can still be recognised; replace or remove it if not.",
        evidence=evidence,
    )
