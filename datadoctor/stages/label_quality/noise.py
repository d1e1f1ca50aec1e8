"""How the labels of a dataset went wrong: two explanations of them, and which of the two is to be believed for what.

Where some classes are mistaken for each other beyond chance, somebody looked at the images: their errors follow the images, and
only the instance-dependent model sees those on hard ones. Without such structure errors fell on any image, and the
class-conditional model is right. Errors of the models follow the images as well: what the two explanations differ by in their
share of wrong labels may be either. So the larger is believed the less the more they differ: wholly where they agree, half where
they differ threefold (beyond that only an audit by hand can tell), from ninefold on not at all. Unless the class-conditional model
is refuted: even where the pool is sure, labels disagree with it more or less often than that model says.

Refitted views rank best, but they no longer predict given labels; how many of these fell on any image is counted by the views
that do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datadoctor.stages.label_quality import noise_model
from datadoctor.stages.label_quality.fusion import Pool
from datadoctor.stages.label_quality.noise_model import NoiseModel

HALF = 0.5
NOT_IDENTIFIABLE = 3.0
FIFTHS, REFUTED_AT = 5, 0.001
TINY = 1e-9
# The parameters need no more evidence than this.
ROWS_TO_FIT = 20_000
VALUES_TO_FIT = 2**21


@dataclass(frozen=True, slots=True)
class Noise:
    """The two explanations of the same labels, fitted to ``n_fitted`` of them through the refitted views.

    ``before``: class-conditional noise, through the views as they were before; ``refuted``: it does not fit them.
    """

    class_conditional: NoiseModel
    instance_dependent: NoiseModel
    before: NoiseModel
    n_fitted: int
    refuted: bool

    @property
    def structured(self) -> bool:
        """Whether classes are mistaken for each other beyond chance."""
        seen = self.instance_dependent if self.refuted else self.class_conditional
        return seen.structured

    @property
    def identifiable(self) -> bool:
        """Whether the explanations agree on the share of wrong labels within a factor of three, or one of them is out.

        The class-conditional one is out if refuted, the instance-dependent one without structure: not both at once.
        """
        return self._ratio <= NOT_IDENTIFIABLE or (self.refuted and self.structured)

    @property
    def belief(self) -> float:
        """In [0, 1]: how far the instance-dependent explanation is believed, the rest is left to ``before``."""
        if self.refuted:
            return 1.0 if self.structured else HALF
        if not self.structured:
            return 0.0
        return max(1 - HALF * float(np.log(self._ratio) / np.log(NOT_IDENTIFIABLE)), 0.0)

    @property
    def _ratio(self) -> float:
        least = max(self.class_conditional.share, self.before.share, TINY)
        return max(self.instance_dependent.share / least, 1.0)

    @property
    def ranking(self) -> NoiseModel:
        """The model whose probabilities rank: the more likely one, the class-conditional without structure."""
        likelier = self.instance_dependent.log_likelihood > self.class_conditional.log_likelihood
        return self.instance_dependent if self.structured and likelier else self.class_conditional


def fit(
    pool: Pool,
    before: Pool,
    labels: NDArray[np.int32],
    rows: NDArray[np.int64],
    superclass_of: NDArray[np.int32] | None = None,
) -> Noise:
    """Both explanations of the labels of ``rows``, none -1; ``superclass_of`` (K,) from the tree.

    ``pool`` and ``before``: the views refitted and as they were; the same where they cannot be refitted.
    """
    step = max(1 + len(rows) * pool.n_classes // VALUES_TO_FIT, -(-len(rows) // ROWS_TO_FIT))
    some = rows[::step]
    fused, given = pool[some], labels[some]
    conditional, dependent = (noise_model.fit(fused, given, superclass_of, follows=follows) for follows in (0.0, HALF))
    first = conditional if before is pool else noise_model.fit(before[some], given, superclass_of, follows=0.0)
    return Noise(conditional, dependent, first, len(some), _refuted(first, before[some], given))


def _refuted(model: NoiseModel, fused: NDArray[np.float32], labels: NDArray[np.int32]) -> bool:
    """Whether labels disagree with the pool more or less often than the model says, in fifths of the images by sureness.

    Pearson's chi-square test at 0.1 %: what is left after a fit by maximum likelihood is no doubt of the whole model.
    """
    from scipy.stats import chi2

    says = fused.argmax(axis=1).astype(np.int32)
    expected = 1 - np.minimum(model.likelihood(fused, says).astype(np.float64), 1)
    observed = (says != labels).astype(np.float64)
    fifths = np.array_split(np.argsort(-fused.max(axis=1), kind="stable"), FIFTHS)
    gaps = [float((observed[part] - expected[part]).sum()) for part in fifths]
    variances = [float((expected[part] * (1 - expected[part])).sum()) for part in fifths]
    total = sum(gap**2 / max(variance, 1.0) for gap, variance in zip(gaps, variances, strict=True))
    return bool(chi2.sf(total, FIFTHS) < REFUTED_AT)
