from dataclasses import replace

import numpy as np

from datadoctor.checks import load
from datadoctor.findings import Severity
from datadoctor.stages.annotators import ASK_FROM
from datadoctor.stages.annotators.consensus import consensus
from tests.annotators.planted import N_CLASSES, planted
from tests.checks.make import dataset_of


def test_the_images_in_doubt_are_named_most_doubtful_first_and_no_others() -> None:
    made = planted(n=400)
    dataset = replace(dataset_of(400, labels=made.majority, classes=tuple("abcd")), votes=made.votes)
    said = consensus(made.votes, made.majority, N_CLASSES, made.seen)
    found = list(load("disputed-label").find(dataset, said))
    rows = [int(one.items[0].path[:4]) for one in found]
    doubt = np.where(made.majority >= 0, 1 - np.nan_to_num(said.p_majority), 1 - said.quality)
    assert set(rows) == set(np.flatnonzero(doubt >= ASK_FROM).tolist())
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert all((one.severity is Severity.WARNING) == (one.score >= 0.5) for one in found)
    wrong = made.majority != made.truth
    assert wrong[rows].mean() > 3 * wrong.mean() / 2


def test_the_message_counts_the_votes() -> None:
    made = planted(n=400)
    dataset = replace(dataset_of(400, labels=made.majority, classes=tuple("abcd")), votes=made.votes)
    said = consensus(made.votes, made.majority, N_CLASSES, made.seen)
    one = next(iter(load("disputed-label").find(dataset, said)))
    row = int(one.items[0].path[:4])
    votes = made.votes.labels[made.votes.rows == row]
    for label in set(votes.tolist()):
        assert f"{(votes == label).sum()} say {'abcd'[label]}" in one.message
    assert one.evidence["votes"] == 3
