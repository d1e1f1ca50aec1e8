"""Explanations of how labels went wrong: the planted one is told, and its share of wrong labels estimated."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from datadoctor.stages.label_quality import error_rate, noise, noise_model, posterior
from datadoctor.stages.label_quality.fusion import Pool
from datadoctor.stages.label_quality.noise import Noise


@dataclass(frozen=True)
class Seen:
    """Calibrated ``fused`` (n, K) probabilities of the class ``truth`` (n,) was drawn from, and given ``labels``."""

    fused: NDArray[np.float32]
    truth: NDArray[np.int32]
    labels: NDArray[np.int32]

    @property
    def wrong(self) -> NDArray[np.bool_]:
        return np.asarray(self.labels != self.truth)

    @property
    def pool(self) -> Pool:
        return Pool((self.fused,), np.ones(1))

    @property
    def noise(self) -> Noise:
        pool = self.pool
        return noise.fit(pool, pool, self.labels, np.arange(len(self.labels)))

    def readings(self, found: Noise) -> posterior.Readings:
        pool = self.pool
        return posterior.read(pool, pool, self.labels, np.arange(len(self.labels)), found)


def seen(n: int = 4000, k: int = 6, width: float = 2.5, seed: int = 0) -> Seen:
    """Images some of which are hard, without a wrong label."""
    random = np.random.default_rng(seed)
    logits = random.normal(scale=width, size=(n, k))
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    truth = (p.cumsum(axis=1) < random.random((n, 1))).sum(axis=1).clip(0, k - 1).astype(np.int32)
    return Seen(p.astype(np.float32), truth, truth)


def injected(data: Seen, rate: float, seed: int = 1) -> Seen:
    """Any label replaced by any other."""
    random = np.random.default_rng(seed)
    k = data.fused.shape[1]
    chosen = random.random(len(data.labels)) < rate
    other = (data.truth + random.integers(1, k, len(data.labels))) % k
    return replace(data, labels=np.where(chosen, other, data.truth).astype(np.int32))


def looked_at(data: Seen, rate: float, seed: int = 1) -> Seen:
    """The next class instead, twice as often where it is hard to see."""
    random = np.random.default_rng(seed)
    k = data.fused.shape[1]
    hard = data.fused.max(axis=1) < np.median(data.fused.max(axis=1))
    chosen = random.random(len(data.labels)) < np.where(hard, 4 / 3, 2 / 3) * rate
    return replace(data, labels=np.where(chosen, (data.truth + 1) % k, data.truth).astype(np.int32))


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.4])
def test_errors_on_any_image_are_counted_and_have_no_structure(rate: float) -> None:
    data = injected(seen(), rate)
    found = data.noise
    assert not found.structured
    assert found.belief == 0
    assert found.class_conditional.share == pytest.approx(data.wrong.mean(), rel=0.25)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_errors_of_the_models_are_not_errors_of_the_labels(seed: int) -> None:
    data = seen(seed=seed)
    assert (data.fused.argmax(axis=1) != data.labels).mean() > 0.2
    assert data.noise.class_conditional.share < 0.01
    readings = data.readings(data.noise)
    assert (readings.p > 0.5).mean() < 0.005
    assert error_rate.estimate(readings, data.noise).low < 0.005


@pytest.mark.parametrize("rate", [0.1, 0.4])
def test_views_that_learnt_the_errors_as_well_ask_for_an_audit_and_bound_nothing(rate: float) -> None:
    clean = seen(n=3000, k=40, width=2)
    siblings = np.kron(np.eye(10), np.ones((4, 4)))
    transition = (1 - rate) * np.eye(40) + rate / 3 * (siblings - np.eye(40))
    drawn = np.random.default_rng(1).random((3000, 1))
    labels = (transition[clean.truth].cumsum(axis=1) < drawn).sum(axis=1).clip(0, 39).astype(np.int32)
    data = replace(clean, fused=(clean.fused @ transition).astype(np.float32), labels=labels)
    found = data.noise
    assert not found.identifiable
    said = error_rate.estimate(data.readings(found), found)
    assert not said.identifiable
    assert said.low <= data.wrong.mean() <= said.high


def test_where_both_explanations_are_out_neither_is_believed_wholly() -> None:
    without_structure = injected(seen(), 0.1).noise
    both_out = replace(without_structure, refuted=True)
    assert not both_out.structured
    assert both_out.belief == 0.5
    far = replace(both_out.instance_dependent, share=4 * both_out.before.share)
    assert not replace(both_out, instance_dependent=far).identifiable


def test_what_is_found_does_not_hang_on_where_the_search_starts() -> None:
    data = looked_at(seen(width=4), 0.3)
    log = np.log(data.fused)
    few, many = (noise_model._climbed(start, log, data.labels, None, noise.HALF) for start in noise_model.STARTS)
    assert few.share == pytest.approx(many.share, rel=0.05)


def test_errors_of_people_have_structure() -> None:
    data = looked_at(seen(width=4), 0.15)
    found = data.noise
    assert found.structured
    assert found.identifiable
    assert found.belief > 0.5
    readings = data.readings(found)
    rate = error_rate.estimate(readings, found)
    assert rate.low <= data.wrong.mean() <= rate.high
    assert rate.estimate == pytest.approx(data.wrong.mean(), rel=0.3)


def voted(k: int = 8, per_class: int = 60, rate: float = 0.4, voters: int = 15) -> Seen:
    """Classes in pairs, a share of each labelled as the other, seen through the labels of the nearest others."""
    random = np.random.default_rng(0)
    truth = np.repeat(np.arange(k), per_class).astype(np.int32)
    labels = np.where(random.random(len(truth)) < rate, truth ^ 1, truth).astype(np.int32)
    places = np.eye(k)[truth] + random.normal(0, 0.35, (len(truth), k))
    far = ((places[:, None] - places) ** 2).sum(axis=2) + np.diag(np.full(len(truth), np.inf))
    votes = np.eye(k)[labels[np.argsort(far, axis=1)[:, :voters]]].mean(axis=1) + 0.01
    return Seen((votes / votes.sum(axis=1, keepdims=True)).astype(np.float32), truth, labels)


def test_very_many_wrong_labels_are_found_though_none_explain_them_nearly_as_well() -> None:
    data = voted()
    assert data.noise.before.share == pytest.approx(data.wrong.mean(), abs=0.06)
    readings = data.readings(data.noise)
    # None found would be right for 61 %, by chance alone.
    assert ((readings.p > 0.5) == data.wrong).mean() > 0.7


def test_a_model_is_refuted_by_labels_that_are_right_where_images_are_easy() -> None:
    data = seen(width=5)
    anywhere, hard_only = injected(data, 0.2), data
    hard = data.fused.max(axis=1) < np.median(data.fused.max(axis=1))
    hard_only = replace(data, labels=np.where(hard, injected(data, 0.4).labels, data.labels).astype(np.int32))
    assert not anywhere.noise.refuted
    assert hard_only.noise.refuted


def test_the_larger_explanation_is_believed_less_the_farther_it_is_from_the_smaller() -> None:
    found = looked_at(seen(width=4), 0.15).noise
    least = max(found.class_conditional.share, found.before.share)
    beliefs = []
    for factor in (0.9, 1.5, 3.0, 8.9, 9.1):
        farther = replace(found.instance_dependent, share=least * factor)
        beliefs.append(replace(found, instance_dependent=farther, refuted=False).belief)
    assert beliefs[0] == 1
    assert beliefs == sorted(beliefs, reverse=True)
    assert beliefs[2] == pytest.approx(0.5, abs=0.01)
    assert beliefs[-1] == 0


def test_too_sharp_views_are_softened() -> None:
    data = injected(seen(), 0.1)
    sharp = data.fused**2 / (data.fused**2).sum(axis=1, keepdims=True)
    model = noise_model.fit(sharp, data.labels, None, follows=0.0)
    assert model.sharpness == pytest.approx(1 / 2, rel=0.15)
    assert model.share == pytest.approx(0.1, abs=0.03)


@given(st.integers(0, 1000), st.integers(2, 6), st.sampled_from([0.0, 0.5]))
@settings(max_examples=20, deadline=None)
def test_explanations_are_probabilities(seed: int, k: int, follows: float) -> None:
    random = np.random.default_rng(seed)
    fused = random.dirichlet(np.full(k, 0.3), 60).astype(np.float32)
    labels = random.integers(0, k, 60).astype(np.int32)
    model = noise_model.fit(fused, labels, None, follows=follows)
    mistaken, right = model.explain(fused, labels)
    np.testing.assert_allclose(mistaken.sum(axis=1) + right, 1, atol=1e-4)
    assert (mistaken[np.arange(60), labels] == 0).all()
    assert (mistaken >= 0).all()
    assert np.isfinite(mistaken).all()


def test_fitting_longer_makes_the_labels_more_likely(monkeypatch: pytest.MonkeyPatch) -> None:
    data = injected(seen(n=1000), 0.1)
    found = []
    # Without a new choice of shrinkage in between, which is another model; shrinkage itself costs a little.
    monkeypatch.setattr(noise_model, "SHRINK_EVERY", 1000)
    for iterations in (2, 5, 10, 20, 40):
        monkeypatch.setattr(noise_model, "ITERATIONS", iterations)
        found.append(noise_model.fit(data.fused, data.labels, None, follows=0.0).log_likelihood)
    assert (np.diff(found) > -2e-4).all()
    assert found[-1] > found[0] + 1e-3


def test_the_interval_reaches_from_one_explanation_to_the_other() -> None:
    data = injected(seen(), 0.1)
    readings = data.readings(data.noise)
    rate = error_rate.estimate(readings, data.noise)
    assert rate.low < data.noise.class_conditional.share <= rate.estimate * 1.05
    assert rate.high > data.noise.instance_dependent.share
    assert rate.low <= data.wrong.mean() <= rate.high


def test_views_that_were_refitted_too_sharply_do_not_spoil_the_count() -> None:
    data = injected(seen(), 0.1)
    right = np.eye(6, dtype=np.float32)[data.truth]
    # Refitted on what was already believed: surer than it should be, mostly about what is right.
    refitted = Pool(((0.5 * data.fused + 0.5 * right).astype(np.float32),), np.array([3.0]))
    rows = np.arange(len(data.labels))
    found = noise.fit(refitted, data.pool, data.labels, rows)
    readings = posterior.read(refitted, data.pool, data.labels, rows, found)
    assert readings.p.mean() == pytest.approx(data.wrong.mean(), rel=0.25)
    assert (np.diff(readings.p[np.argsort(readings.ranking)]) >= 0).all()
