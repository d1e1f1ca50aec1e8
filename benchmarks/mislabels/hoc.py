"""HOC (Zhu, Song & Liu 2021): the transition matrix from how often an image and its two nearest neighbours share labels.

If the three are truly of one class, the first, second and third order consensus of their given labels are known functions of the
class shares and the transition matrix; both are found by least squares. Written from the mathematics.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

STEPS = 600


def estimate(
    labels: NDArray[np.int32], nearest: NDArray[np.int32], n_classes: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Shares (K,) of the true classes and (K, K) P(given column | true row); ``nearest`` (n, 2 or more) rows, nearest first."""
    triple = np.stack([labels, labels[nearest[:, 0]], labels[nearest[:, 1]]])
    seen = torch.zeros((n_classes,) * 3, dtype=torch.float32)
    seen.index_put_(tuple(torch.from_numpy(triple.astype(np.int64))), torch.ones(len(labels)), accumulate=True)
    seen /= len(labels)
    # Mostly right labels, to begin with.
    transition = (5 * torch.eye(n_classes)).requires_grad_()
    shares = torch.zeros(n_classes, requires_grad=True)
    optimiser = torch.optim.Adam([transition, shares], lr=0.1)
    for _ in range(STEPS):
        optimiser.zero_grad()
        t, p = transition.softmax(dim=1), shares.softmax(dim=0)
        third = torch.einsum("k,ki,kj,kl->ijl", p, t, t, t)
        # Each order is scaled so that its cells, not its size, decide.
        errors = [(third.sum(dim) - seen.sum(dim)).square().sum() for dim in ((1, 2), (2,))]
        loss = errors[0] + n_classes * errors[1] + n_classes**2 * (third - seen).square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    with torch.no_grad():
        return shares.softmax(0).double().numpy(), transition.softmax(1).double().numpy()
