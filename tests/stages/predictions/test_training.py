import numpy as np
import pytest

from datadoctor.errors import NotAvailableError
from datadoctor.stages.predictions.training import train


def stripes(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Noisy images with horizontal (0) or vertical (1) stripes."""
    rng = np.random.default_rng(seed)
    truth = (np.arange(n) % 2).astype(np.int32)
    images = rng.integers(0, 100, (n, 16, 16, 3), dtype=np.uint8)
    for image, label in zip(images, truth, strict=True):
        phase = int(rng.integers(0, 4))
        if label:
            image[:, phase::4] += 120
        else:
            image[phase::4] += 120
    return images, truth


def test_held_out_rows_are_recognised_and_wrong_labels_are_the_least_probable() -> None:
    images, truth = stripes(240)
    labels = truth.copy()
    wrong = [3, 50, 101, 180]
    labels[wrong] = 1 - labels[wrong]
    folds = (np.arange(240) // 2 % 3).astype(np.int8)
    found = train(images, labels, folds, 2, device="cpu")
    again = train(images, labels, folds, 2, device="cpu")
    for one, same in ((found.at_the_end, again.at_the_end), (found.over_the_epochs, again.over_the_epochs)):
        probabilities = one.probabilities
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
        assert (probabilities.argmax(axis=1) == truth).mean() > 0.95
        assert set(np.argsort(probabilities[np.arange(240), labels])[:4].tolist()) == set(wrong)
        np.testing.assert_array_equal(probabilities, same.probabilities)
    late, mean = found.at_the_end.probabilities, found.over_the_epochs.probabilities
    assert mean.max(axis=1).mean() < late.max(axis=1).mean()


def test_unlabelled_rows_and_classes_not_seen() -> None:
    images, labels = stripes(24)
    labels[0] = -1
    labels[1] = 2
    folds = (np.arange(24) // 2 % 2).astype(np.int8)
    found = train(images, labels, folds, 3, device="cpu")
    for one in (found.at_the_end, found.over_the_epochs):
        assert one.probabilities[folds == 0, 2].max() == 0
        assert np.isfinite(one.probabilities).all()


def test_one_class_and_one_fold() -> None:
    images, _ = stripes(8)
    folds = np.arange(8, dtype=np.int8) % 2
    found = train(images, np.zeros(8, dtype=np.int32), folds.astype(np.int8), 1, device="cpu")
    np.testing.assert_array_equal(found.at_the_end.probabilities, 1)
    with pytest.raises(NotAvailableError, match="two folds"):
        train(images, np.zeros(8, dtype=np.int32), np.zeros(8, dtype=np.int8), 1, device="cpu")


@pytest.mark.gpu
def test_a_gpu_learns_as_much_as_a_cpu() -> None:
    images, truth = stripes(240)
    folds = (np.arange(240) // 2 % 3).astype(np.int8)
    found = train(images, truth, folds, 2, device="cuda")
    for one in (found.at_the_end, found.over_the_epochs):
        assert (one.probabilities.argmax(axis=1) == truth).mean() > 0.95
