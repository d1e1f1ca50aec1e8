"""Binary probes of all classes at once, held to scikit-learn one by one; and the noise that is fitted to what they say."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from datadoctor.stages.label_sets import noise, probe
from datadoctor.stages.label_sets.co_occurrence import co_occurrence


def test_each_probe_is_the_logistic_regression_of_its_class() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(200, 6)).astype(np.float32)
    several = (x[:, :3] + rng.normal(0, 1, (200, 3)) > [0, 0.5, 1]).astype(np.int8)
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    fitted = probe.fit(x, several, np.array([0.1, 0.01, 0.1]))
    for column, penalty in enumerate((0.1, 0.01, 0.1)):
        model = LogisticRegression(C=1 / (penalty * len(x)), tol=1e-8, max_iter=1000).fit(x, several[:, column])
        ours = x @ fitted.weights[:-1, column] + fitted.weights[-1, column]
        assert ours == pytest.approx(model.decision_function(x), abs=2e-2)


def test_no_row_sees_its_own_labels_and_rows_without_labels_teach_nothing() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(150, 5)).astype(np.float32)
    several = (x[:, :2] + rng.normal(0, 1, (150, 2)) > 0).astype(np.int8)
    several[140:] = -1
    folds = (np.arange(150) % 5).astype(np.int8)
    before = probe.predict(x, several, folds).logits
    other = several.copy()
    other[0] = 1 - other[0]
    after = probe.predict(x, other, folds).logits
    assert after[0] == pytest.approx(before[0], abs=0.2), "only the penalty may follow its label"
    only = probe.predict(x[:140], several[:140], folds[:140]).logits
    assert (np.sign(only) == np.sign(before[:140])).mean() > 0.97


@pytest.mark.parametrize(("missing", "extra"), [(0.0, 0.03), (0.25, 0.0), (0.15, 0.02)])
def test_the_rates_of_missing_and_extra_labels_are_told_apart(missing: float, extra: float) -> None:
    rng = np.random.default_rng(3)
    truth = rng.random((3000, 6)) < 0.2
    logits = (np.where(truth, 3.0, -3.0) + rng.normal(0, 1.5, truth.shape)).astype(np.float32)
    has = np.where(rng.random(truth.shape) < np.where(truth, missing, extra), ~truth, truth)
    found = noise.fit(logits, has)
    assert found.missing.mean() == pytest.approx(missing, abs=0.04)
    assert found.extra.mean() == pytest.approx(extra, abs=0.01)
    wrong = found.wrong(logits, has)
    assert wrong.sum() == pytest.approx((truth != has).sum(), rel=0.25, abs=60)


def test_classes_that_come_together_are_counted_where_labels_are_given() -> None:
    several = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1], [1, 0, 0], [-1, -1, -1]], dtype=np.int8)
    pair = co_occurrence(several, ("a", "b", "c"))[0]
    assert (pair.a, pair.b, pair.both, pair.share_a, pair.share_b) == ("a", "b", 2, 0.6667, 1.0)
    assert pair.phi == pytest.approx(np.corrcoef([1, 1, 0, 1], [1, 1, 0, 0])[0, 1], abs=1e-4)
    assert len(co_occurrence(several, ("a", "b", "c"))) == 1
