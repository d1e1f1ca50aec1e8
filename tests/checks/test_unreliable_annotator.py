from dataclasses import replace

from datadoctor.checks import load
from datadoctor.stages.annotators.consensus import consensus
from tests.annotators.planted import N_CLASSES, planted
from tests.checks.make import dataset_of


def found(**how: object) -> list[tuple[str, str, str]]:
    made = planted(n=900, **how)  # type: ignore[arg-type]
    dataset = replace(dataset_of(900, labels=made.majority, classes=tuple("abcd")), votes=made.votes)
    said = consensus(made.votes, made.majority, N_CLASSES, made.seen)
    return [
        (one.labels[0], str(one.evidence["kind"]), one.message)
        for one in load("unreliable-annotator").find(dataset, said)
    ]


def test_who_guesses_who_always_says_one_class_and_who_errs_are_told_apart() -> None:
    said = {name: (kind, message) for name, kind, message in found()}
    assert {name: kind for name, (kind, _) in said.items()} == {
        "guess": "guesses", "lazy": "one answer", "sloppy": "often wrong",
    }  # fmt: skip
    assert said["lazy"][1].startswith("'lazy' says c of 100% of the images, whatever they show")


def test_nobody_is_accused_among_good_ones() -> None:
    assert not found(names=("ann", "bob", "cleo"))
