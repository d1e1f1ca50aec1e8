"""Consensus and annotators on votes whose truth is known; alpha by values from the literature and by its definition."""

import itertools

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from datadoctor.stages.annotators import agreement
from datadoctor.stages.annotators.consensus import consensus
from tests.annotators.planted import ERRORS, N_CLASSES, planted


def found(**how: object):  # type: ignore[no-untyped-def]
    made = planted(**how)  # type: ignore[arg-type]
    return made, consensus(made.votes, made.majority, N_CLASSES, made.seen)


def test_each_annotator_is_known_for_what_he_does() -> None:
    made, said = found()
    kinds = dict(zip(said.annotators, said.kinds, strict=True))
    assert kinds == {
        "ann": "",
        "bob": "",
        "cleo": "",
        "guess": "guesses",
        "lazy": "one answer",
        "sloppy": "often wrong",
    }
    for place, name in enumerate(said.annotators):
        true = (made.votes.labels != made.truth[made.votes.rows])[made.votes.who == place].mean()
        assert said.low[place] <= true <= said.high[place], name
        assert said.error[place] == pytest.approx(ERRORS[name], abs=0.06)


def test_nobody_is_accused_where_all_are_good() -> None:
    _, said = found(names=("ann", "bob", "cleo"))
    assert set(said.kinds) == {""}
    assert said.ask.mean() < 0.02


def test_the_consensus_is_better_than_the_majority_and_its_doubts_rank_the_errors() -> None:
    made, said = found()
    wrong = said.labels != made.truth
    assert wrong.mean() < (made.majority != made.truth).mean() - 0.05
    judged = made.majority >= 0
    doubt = 1 - said.p_majority[judged]
    assert average_precision_score((made.majority != made.truth)[judged], doubt) > 0.8
    assert (1 - said.quality).sum() == pytest.approx(wrong.sum(), rel=0.35)


def test_good_votes_are_believed_without_any_model_too() -> None:
    made = planted()
    blind = consensus(made.votes, made.majority, N_CLASSES, None)
    assert (blind.labels != made.truth).mean() < (made.majority != made.truth).mean() - 0.05
    assert blind.trust == 0


def test_a_model_that_sees_nothing_is_not_heeded() -> None:
    made = planted()
    noise = np.random.default_rng(5).dirichlet(np.ones(N_CLASSES), len(made.truth)).astype(np.float32)
    said = consensus(made.votes, made.majority, N_CLASSES, noise)
    assert said.trust <= 0.25


# Four observers, twelve units: Krippendorff (2011), section C; nominal alpha .743.
OBSERVERS = (
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
)


def test_alpha_is_that_of_the_published_example() -> None:
    votes = [(unit, value - 1) for one in OBSERVERS for unit, value in enumerate(one) if value is not None]
    rows, labels = map(np.array, zip(*votes, strict=True))
    counts = agreement.counted(rows, labels, 12, 5)
    assert agreement.alpha(counts) == pytest.approx(0.743, abs=5e-4)


def test_alpha_is_one_minus_observed_over_expected_disagreement_of_pairs() -> None:
    made = planted(n=60)
    counts = agreement.counted(made.votes.rows, made.votes.labels, 60, N_CLASSES)
    units = [np.repeat(np.arange(N_CLASSES), row.astype(int)) for row in counts if row.sum() > 1]
    everything = np.concatenate(units)
    observed = sum(sum(a != b for a, b in itertools.permutations(one, 2)) / (len(one) - 1) for one in units) / len(
        everything
    )
    pairs = list(itertools.permutations(everything.tolist(), 2))
    expected = sum(a != b for a, b in pairs) / len(pairs)
    assert agreement.alpha(counts) == pytest.approx(1 - observed / expected)


@pytest.mark.parametrize(
    ("counts", "alpha"), [([[3, 0], [0, 2]], 1.0), ([[1, 0], [0, 1]], np.nan), ([[2, 0], [3, 0]], 1.0)]
)
def test_alpha_of_the_ends(counts: list[list[int]], alpha: float) -> None:
    assert agreement.alpha(np.array(counts, dtype=float)) == pytest.approx(alpha, nan_ok=True)
