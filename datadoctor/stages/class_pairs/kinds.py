"""What kind of confusion a class pair is, and what to do about it."""

from __future__ import annotations

from datadoctor.stages.hierarchy import Relation

NEAR_SYNONYM, SUBCLASS, CO_OCCURRING, FINE_GRAINED = "near-synonym", "subclass-of", "co-occurring", "fine-grained"
MOST = 0.5


def kind(overlap_a: float, overlap_b: float, relation: Relation) -> str:
    """The kind of an ambiguous pair, from the share of each class that looks as much like the other, and their relation.

    Most of both: near-synonyms. Most of one only: a subclass of the other. Few of either: fine-grained classes, or, when
    they lie far apart in the tree, things that occur in the same images.
    """
    if overlap_a > MOST and overlap_b > MOST:
        return NEAR_SYNONYM
    if overlap_a > MOST or overlap_b > MOST:
        return SUBCLASS
    return CO_OCCURRING if relation is Relation.CROSS_SUPERCLASS else FINE_GRAINED


def action(kind: str, a: str, b: str, *, a_within_b: bool, relabel: int, mislabel_share: float) -> str:
    """What to do about an ambiguous pair of classes named ``a`` and ``b``; ``relabel`` items look wrongly labelled."""
    part, whole = (a, b) if a_within_b else (b, a)
    advice = {
        NEAR_SYNONYM: f"Merge '{a}' and '{b}', or write down what tells them apart and label both anew.",
        SUBCLASS: f"'{part}' looks like a part of '{whole}': say in the guideline which of the two wins, or split '{whole}'.",
        CO_OCCURRING: f"Look whether images show both '{a}' and '{b}'; if so, allow several labels or say which one counts.",
        FINE_GRAINED: f"Write a guideline that tells '{a}' from '{b}', and check the examples on the border by it.",
    }[kind]
    if not relabel:
        return advice
    items = "1 image that looks" if relabel == 1 else f"{relabel} images that look"
    if mislabel_share > MOST:
        return f"First check {items} wrongly labelled: wrong labels are most of this confusion. {advice}"
    return f"{advice} Check {items} wrongly labelled."
