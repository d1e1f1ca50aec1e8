"""Why findings went or came: labels and images that changed, or a run that was made in another way."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import pandas as pd

# What a run looked through, of ``model`` in its summary; how it was fitted follows the labels.
EYES = ("embeddings", "second_view", "weights_sha256")
# The labels of each picture, known by the digest that findings have: of its pixels, or of the file where that cannot be read.
Labels: TypeAlias = Mapping[str, Counter[str]]


@dataclass(frozen=True, slots=True)
class Images:
    """Pictures (digests) that got another label, went, or came; ``classes``: the labels that one got or lost by relabelling."""

    relabelled: frozenset[str]
    removed: frozenset[str]
    added: frozenset[str]
    classes: frozenset[str]

    def cause(self, finding: Mapping[str, Any]) -> str:
        """One of ``CAUSES``; for a finding about classes only, by their images."""
        digests = {subject["digest"] for subject in finding["subjects"]}
        if digests & self.relabelled or (not digests and self.classes.intersection(finding["labels"])):
            return "relabelled"
        return "images" if digests & (self.removed | self.added) else "judged otherwise"


def compare_images(old: pd.DataFrame, new: pd.DataFrame) -> Images:
    """Compare two tables of items. A picture that is there several times has changed if any of its copies has."""
    before, after = _labels(old), _labels(new)
    copies = {digest: before[digest].total() - after[digest].total() for digest in before.keys() | after.keys()}
    relabelled = {digest for digest, more in copies.items() if not more and before[digest] != after[digest]}
    swapped = [(before[digest] - after[digest]) + (after[digest] - before[digest]) for digest in relabelled]
    return Images(
        frozenset(relabelled),
        frozenset(digest for digest, more in copies.items() if more > 0),
        frozenset(digest for digest, more in copies.items() if more < 0),
        frozenset(label for labels in swapped for label in labels),
    )


def remarks(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """What makes two runs (their summaries) hard to compare."""
    if old["source"] != new["source"]:
        yield f"the runs are of {old['source']} and of {new['source']}"
    looked = [{name: (one.get("model") or {}).get(name) for name in EYES} for one in (old, new)]
    if looked[0] != looked[1]:
        yield "the runs were made by different models: findings may have gone or come for that alone"
    ran = [{one["check"] for one in summary.get("checks", ()) if one["status"] == "ran"} for summary in (old, new)]
    for names, where in ((ran[1] - ran[0], "old"), (ran[0] - ran[1], "new")):
        if names:
            yield f"did not run in the {where} run: {', '.join(sorted(names))}"


def _labels(items: pd.DataFrame) -> defaultdict[str, Counter[str]]:
    labels: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for pixels, file, label in zip(items["pixel_digest"], items["digest"], items["given_label"], strict=True):
        labels[pixels or file][label] += 1
    return labels
