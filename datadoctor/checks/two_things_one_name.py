"""Classes that hold two kinds of images, as unlike each other as different classes usually are.

The images of a class that the model recognises are linked to their nearest neighbours in the class, along what tells classes
apart rather than what varies within them, and the class is cut in two, with at least a fifth on either side, where the fewest
links cross. It is reported when no larger share of links crosses than in nine of ten unions of two different classes, and
significantly fewer than in the other classes (false discovery rate 5 %). The score is the share of links that do not cross.
Both parts may be right: an animal and its toy, a fruit whole and cut, photos and drawings. Then nothing is wrong, but a split
may help. Two things that look alike are not told apart.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from datadoctor.checks import check
from datadoctor.findings import Finding, Severity
from datadoctor.stages.class_structure import Splits
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.hierarchy import Hierarchy


@check("Two things under one name")
def find(dataset: Dataset, class_splits: Splits, hierarchy: Hierarchy) -> Iterator[Finding]:
    """Yield the classes that fall apart, cleanest cut first."""
    splits, apart = class_splits, np.flatnonzero(class_splits.apart)
    for given in apart[np.lexsort((apart, splits.conductance[apart]))].tolist():
        name, crossing, share = hierarchy.called(given), float(splits.conductance[given]), float(splits.share[given])
        one, other = (", ".join(dataset.paths[row] for row in part) for part in splits.parts[given])
        yield Finding(
            check="two-things-one-name",
            severity=Severity.INFO,
            score=1 - crossing,
            message=(
                f"'{name}' falls apart in two, {share:.0%} and {1 - share:.0%} of its images: {crossing:.1%} of the neighbour "
                f"links cross; in most unions of two different classes up to {splits.usual:.1%} do."
            ),
            labels=(dataset.classes[given],),
            suggestion=f"Compare the two kinds and split '{name}' if they are different things.",
            evidence={
                "conductance": round(crossing, 4),
                "usual": round(splits.usual, 4),
                "one_kind": one,
                "other_kind": other,
            },
        )
