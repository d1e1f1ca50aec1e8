"""Of several views the one that knows the given labels best is looked at."""

import numpy as np

from datadoctor.artifacts.predictions.clearest import clearest


def view(*p_of_first: float) -> np.ndarray:
    p = np.array(p_of_first, dtype=np.float32)
    return np.stack([p, 1 - p], axis=1)


def test_the_view_with_the_least_cross_entropy_is_taken_and_the_first_of_equals() -> None:
    labels = np.array([0, 0, 1, -1], dtype=np.int32)
    vague, clear, unlabelled = view(0.6, 0.6, 0.4, 0.5), view(0.8, 0.7, 0.3, 0.0), view(0.6, 0.6, 0.4, 1.0)
    assert clearest([vague, clear], labels) is clear
    assert clearest([vague, unlabelled], labels) is vague


def test_being_sure_and_wrong_costs_more_than_being_vague() -> None:
    labels = np.array([0, 0, 1], dtype=np.int32)
    sure, vague = view(1.0, 0.0, 0.0), view(0.6, 0.6, 0.4)
    assert clearest([sure, vague], labels) is vague
