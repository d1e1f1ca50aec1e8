"""Many at once: the distribution beside SciPy's, and a spot check that decides whether the rest is taken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom

from datadoctor.errors import DataDoctorError
from datadoctor.findings import journal
from datadoctor.review.desk import Desk
from datadoctor.review.many import CHECKED, Many, at_most, distribution, interval
from datadoctor.review.query import parsed, places
from datadoctor.review.sample import Sample
from datadoctor.review.table import Table
from datadoctor.run import Run


@pytest.mark.parametrize("p", [0.02, 0.5, 0.97])
def test_equal_chances_are_binomial(p: float) -> None:
    chances = np.full(40, p)
    assert distribution(chances) == pytest.approx(binom.pmf(np.arange(41), 40, p), abs=1e-12)
    assert at_most(chances, 17) == pytest.approx(binom.cdf(17, 40, p))
    assert interval(chances) == (int(binom.ppf(0.025, 40, p)), int(binom.ppf(0.975, 40, p)))


def test_unequal_chances_are_as_simulated() -> None:
    random = np.random.default_rng(0)
    chances = random.random(12)
    simulated = (random.random((200_000, 12)) < chances).sum(axis=1)
    assert distribution(chances) == pytest.approx(np.bincount(simulated, minlength=13) / 200_000, abs=0.005)


def test_the_normal_limit_is_near_the_exact_one() -> None:
    chances = np.random.default_rng(0).random(1001)
    low, high = interval(chances)
    cumulated = np.cumsum(distribution(chances))
    assert abs(low - np.searchsorted(cumulated, 0.025)) <= 2
    assert abs(high - np.searchsorted(cumulated, 0.975)) <= 2


@pytest.fixture
def desk(shared_run: Path, tmp_path: Path) -> Desk:
    return Desk(Table(Run(shared_run)), tmp_path / journal.FILE)


def worst(desk: Desk) -> np.ndarray[tuple[int, ...], np.dtype[np.uint32]]:
    return places(parsed({"p": "0.6~1", "sort": "-p"}, desk.table), desk.table, desk.standing)


def test_a_spot_check_as_expected_takes_the_rest_marked(desk: Desk) -> None:
    many = Many(desk.table, desk)
    offer = many.offer(worst(desk), 15, "mara")
    assert len(set(offer["checked"])) == CHECKED
    assert 0 <= offer["low"] <= offer["high"] <= 15
    assert many.take(offer["offer"], offer["checked"], "mara")["taken"] == offer["count"] - CHECKED > 0
    hows = [standing.how for standing in desk.standing.values()]
    assert sorted(hows) == ["many"] * (offer["count"] - CHECKED) + ["spot check"] * 10
    for place, standing in desk.standing.items():
        assert standing.true_label() == desk.table.items["suggested_label"][place]


def test_a_spot_check_that_contradicts_takes_only_what_was_seen_right(desk: Desk) -> None:
    many = Many(desk.table, desk)
    offer = many.offer(worst(desk), 15, "mara")
    answer = many.take(offer["offer"], offer["checked"][:3], "mara")
    assert answer["taken"] == 0
    assert answer["chance"] < 0.05
    assert sorted(desk.standing) == sorted(offer["checked"][:3])
    with pytest.raises(DataDoctorError, match="not there any more"):
        many.take(offer["offer"], offer["checked"], "mara")


def test_an_offer_is_for_whom_it_was_made_and_about_what_was_shown(desk: Desk) -> None:
    many = Many(desk.table, desk)
    offer = many.offer(worst(desk), 15, "mara")
    with pytest.raises(DataDoctorError, match="not there any more"):
        many.take(offer["offer"], offer["checked"], "eve")
    others = [place for place in range(len(desk.table)) if place not in offer["checked"]]
    with pytest.raises(DataDoctorError, match="looked at"):
        many.take(offer["offer"], others[:10], "mara")
    assert not desk.standing


def test_few_suggestions_are_not_taken_at_once(desk: Desk) -> None:
    with pytest.raises(DataDoctorError, match="one by one"):
        Many(desk.table, desk).offer(worst(desk), 9, "mara")


def test_the_interval_of_an_audit_shrinks_and_holds_the_truth(desk: Desk) -> None:
    sample = Sample(desk.table, desk)
    first = sample.next(60, "mara")
    wrong = desk.table.items["p_mislabel"].to_numpy() > 0.5  # how the made-up run was made
    widths = [first["high"] - first["low"]]
    for start in range(0, 60, 20):
        said = [
            {
                "place": p,
                "decision": "relabel" if wrong[p] else "keep",
                "label": desk.table.classes[0] if wrong[p] else "",
            }
            for p in first["places"][start : start + 20]
        ]
        desk.decide("mara", said, "audit sample")
        now = sample.next(60, "mara")
        widths.append(now["high"] - now["low"])
    assert now["places"] == first["places"]
    assert now["answered"] == 60
    assert widths[-1] < widths[1] < widths[0]
    assert now["low"] <= wrong.mean() <= now["high"]
    assert sample.next(60, "ole")["answered"] == 0
