"""Classes that are confused with another superclass of the given hierarchy more than with their own.

Confusions of each class, in both directions, are summed over the members of each superclass and compared with a network in
which confusions fall at random on confusable classes. A class is reported when its confusions with another superclass exceed
that, and by a larger factor than those with its own (false discovery rate 5 %). The score is 1 - own factor / other factor.
It may hang in the wrong place, have a misleading name, or hold images of something else; or the hierarchy is about meaning
where the images are about looks, which is no fault.
"""

from __future__ import annotations

from collections.abc import Iterator

from datadoctor.checks import check
from datadoctor.errors import NotApplicableError
from datadoctor.findings import Finding, Severity
from datadoctor.stages.confusion import Confusion
from datadoctor.stages.dataset import Dataset
from datadoctor.stages.hierarchy import Hierarchy
from datadoctor.stages.hierarchy.comparison import misplaced


@check("Classes out of place in the hierarchy")
def find(dataset: Dataset, hierarchy: Hierarchy, confusion: Confusion) -> Iterator[Finding]:
    """Yield the classes drawn to another superclass, surest first."""
    if hierarchy.origin != "given":
        raise NotApplicableError("no hierarchy was given: name one with --hierarchy, or nest the class folders")
    out = misplaced(hierarchy, confusion)
    for i in range(len(out)):
        placed = int(out.classes[i])
        name, own = hierarchy.called(placed), hierarchy.superclasses[hierarchy.superclass_of[placed]]
        other, nearest = hierarchy.superclasses[out.superclasses[i]], hierarchy.called(int(out.nearest[i]))
        lift, own_lift = float(out.lift[i]), float(out.own_lift[i])
        yield Finding(
            check="hierarchy-disagreement",
            severity=Severity.INFO,
            score=1 - own_lift / lift,
            message=(
                f"'{name}' is given under '{own}' but looks like '{other}': confused with it {lift:.1f} times as often as by "
                f"chance, with its own {own_lift:.1f} times; most with '{nearest}'."
            ),
            labels=(dataset.classes[placed], own, other),
            suggestion=f"Look whether '{name}' belongs under '{other}', or whether it holds images of '{nearest}'.",
            evidence={"lift": round(lift, 3), "own_lift": round(own_lift, 3), "p_value": float(out.p_values[i])},
        )
