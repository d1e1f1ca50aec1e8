"""Classes far rarer than the others, and classes too small for their labels to be judged.

A class is rare when it has less than a tenth of an even share (labelled images over classes): a model is rewarded for
never predicting it. Classes with fewer than 5 images cannot be in each of the 5 folds of the cross-validation; they are
named in one finding. The score of a rare class is 1 minus its size over an even share.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from datadoctor.checks import check
from datadoctor.errors import NotApplicableError
from datadoctor.findings import Finding, Severity
from datadoctor.stages.dataset import Dataset

RARE_SHARE = 0.1
SMALLEST_CLASS = 5
CLASSES_NAMED = 10


@check("Class imbalance")
def find(dataset: Dataset) -> Iterator[Finding]:
    """Yield the finding on too-small classes, then the rare classes, rarest first."""
    sizes = dataset.class_sizes().tolist()
    if not sum(sizes):
        raise NotApplicableError("no readable image has a given label")
    small = [index for index, size in enumerate(sizes) if size < SMALLEST_CLASS]
    if small:
        yield _too_small(dataset, small, [sizes[index] for index in small])
    even = sum(sizes) / len(sizes)
    for index in sorted(range(len(sizes)), key=lambda index: (sizes[index], index)):
        if SMALLEST_CLASS <= sizes[index] < RARE_SHARE * even:
            yield _rare(dataset, dataset.classes[index], sizes[index], even)


def _too_small(dataset: Dataset, small: Sequence[int], sizes: Sequence[int]) -> Finding:
    names, n_classes = [dataset.classes[index] for index in small], len(dataset.classes)
    counted = [f"'{dataset.called(name)}' ({size})" for name, size in zip(names, sizes, strict=True)]
    more = f" and {len(names) - CLASSES_NAMED:,} more" if len(names) > CLASSES_NAMED else ""
    which = f"{len(names):,} of {n_classes:,} classes have" if len(names) > 1 else "One class has"
    return Finding(
        check="class-imbalance",
        severity=Severity.WARNING,
        score=len(names) / n_classes,
        message=(
            f"{which} fewer than {SMALLEST_CLASS} readable images, too few to judge labels by: "
            f"{', '.join(counted[:CLASSES_NAMED])}{more}."
        ),
        labels=tuple(names),
        suggestion="Collect more images, or merge the class with a related one.",
        evidence={
            "classes": len(names),
            "without_images": sizes.count(0),
            "with_one_image": sizes.count(1),
            "threshold": SMALLEST_CLASS,
        },
    )


def _rare(dataset: Dataset, name: str, size: int, even: float) -> Finding:
    return Finding(
        check="class-imbalance",
        severity=Severity.WARNING,
        score=1 - size / even,
        message=f"'{dataset.called(name)}' has {size:,} images, {size / even:.1%} of an even share ({even:,.0f}).",
        labels=(name,),
        suggestion="Collect more images of it, or weight the classes in training.",
        evidence={"size": size, "even_share": round(even, 2), "threshold": round(RARE_SHARE * even, 2)},
    )
