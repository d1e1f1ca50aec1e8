"""What to do first, in order: what makes every other figure wrong, then what repairs most for the least work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from datadoctor.run.assessment.check_rows import CheckRow, place_of, that_ran
from datadoctor.run.suspects import OF_LABELS

if TYPE_CHECKING:
    from datadoctor.run.assessment.tally import Tally

# What to do about the findings of a check, and why; {} is their number, where one finding is one thing.
SENTENCES = {
    "unreadable-image": ("Replace or remove {} that cannot be read", "file", "Each is left out of everything else."),
    "group-leak": ("Move {} into one split", "capture group", "A model is tested on what it was trained on."),
    "sequence-leak": ("Move {} into one split", "recording", "A model is tested on what it was trained on."),
    "source-problem": ("Repair {} of the folder or manifest", "problem", "What they name was not audited."),
    "disputed-label": (
        "Ask another person about {} with disputed labels",
        "image",
        "Annotators and models leave open what they show.",
    ),
    "unreliable-annotator": (
        "Look at the labels of {}",
        "annotator",
        "They are wrong far more often than the others'.",
    ),
    "two-things-one-name": ("Split or rename {} with two kinds of images", "class", "The two kinds are shown."),
    "hierarchy-disagreement": (
        "Check the place of {} in the tree",
        "class",
        "They look like another superclass than their own.",
    ),
    "same-scene": ("Look at {} in which different things were shown", "scene", "No copies: perhaps of one session."),
    "image-quality": ("Look at {} of poor quality", "image", "Dark, bright, blurry, empty, or of an odd size."),
    "outlier": ("Look at {} unlike any other", "image", "Misplaced, damaged, or rare and worth keeping."),
    "class-imbalance": ("Collect more images of the rare classes", "", "Too few images to learn from or to judge."),
}


# Where the findings are shown that nothing else in the list stands for.
PLACES = ("#images", "#classes", "#review?check=disputed-label")


@dataclass(frozen=True)
class Todo:
    """Something to do first, and where on the page it is done."""

    title: str
    detail: str
    link: str
    action: str


def todos(checks: list[CheckRow], tally: Tally) -> Iterator[Todo]:
    """Everything there is to do, most urgent first."""
    for check in checks:
        if check.status == "failed":
            yield Todo(f"{check.title}: the check failed", check.reason, "#overview", "See why")
    for message, suggestion in tally.of_source:
        yield Todo(message.rstrip("."), suggestion, place_of("source-problem"), "Look")
    ran = that_ran(checks)
    if "conflicting-duplicate" in ran:
        yield from _conflicts(tally, sum(check.errors for check in checks if check.name == "conflicting-duplicate"))
    if "split-leak" in ran:
        yield from _crossing(tally)
    if ran & set(OF_LABELS):
        yield from _labels(tally, "mislabel" in ran)
    if "ambiguous-class" in ran:
        yield from _pairs(tally)
    yield from map(_of_check, _others(checks))
    if ran & {"exact-duplicate", "near-duplicate"} and tally.sets > tally.conflicts + tally.crossing:
        detail = "Copies weigh more in training and cross the folds of a validation."
        yield Todo(f"Thin out {_counted(tally.sets, 'duplicate set')}", detail, "#duplicates", "Compare")


def _others(checks: list[CheckRow]) -> Iterator[CheckRow]:
    """Checks whose findings nothing before has named, the gravest first."""
    found = [c for c in checks if c.status == "ran" and c.findings and c.link.startswith(PLACES)]
    for check in sorted(found, key=lambda c: (-c.errors, -c.warnings, -c.findings)):
        named = check.name == "source-problem" and check.errors == check.findings
        if "ambiguous" not in check.name and not named:
            yield check


def _conflicts(tally: Tally, sure: int) -> Iterator[Todo]:
    """``sure``: how many of them show the same picture for sure; of the others that is only likely."""
    if tally.conflicts:
        what = f"Settle {_counted(tally.conflicts, 'duplicate set')} with conflicting labels"
        detail = "The same picture carries two labels: the surest label errors there are."
        if sure < tally.conflicts:
            who = f"{sure:,} surely and the others" if sure else "each"
            detail = f"One picture carries two labels: {who} probably, so compare before you decide."
        yield Todo(what, detail, "#duplicates?show=conflicts", "Compare")


def _crossing(tally: Tally) -> Iterator[Todo]:
    if tally.crossing:
        what = f"Separate {_counted(tally.crossing, 'duplicate set')} that cross splits"
        detail = "Test images that were trained on make a score look better than it is."
        yield Todo(what, detail, "#duplicates?show=leaks", "Compare")


def _labels(tally: Tally, one_label: bool) -> Iterator[Todo]:
    if tally.flagged:
        expected = tally.expected[: min(tally.flagged, 100)]
        first = f"The first {len(expected):,} are expected to hold" if len(expected) > 1 else "Expected:"
        detail = f"{first} {expected[-1]:,.0f} wrong." if expected else "Worst first."
        what = _counted(tally.flagged, "label" if one_label else "image")
        look = "looks" if tally.flagged == 1 else "look"
        what = f"Review {what} that {look} wrong" if one_label else f"Review the labels of {what} that {look} wrong"
        yield Todo(what, detail, f"#review{'?check=mislabel' if one_label else ''}", "Review")


def _pairs(tally: Tally) -> Iterator[Todo]:
    if tally.pairs:
        what = f"Write a labelling rule for {_counted(len(tally.pairs), 'ambiguous class pair')}"
        yield Todo(what, f"Strongest: {tally.pairs[0]}.", "#classes", "See the border")


def _of_check(check: CheckRow) -> Todo:
    if check.name not in SENTENCES:
        return Todo(f"{check.title}: {_counted(check.findings, 'finding')}", "Worst first.", check.link, "Look")
    sentence, noun, why = SENTENCES[check.name]
    return Todo(sentence.format(_counted(check.findings, noun)), why, check.link, "Look")


def _counted(number: int, noun: str) -> str:
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"
