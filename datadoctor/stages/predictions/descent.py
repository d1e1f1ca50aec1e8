"""Minimises the penalised loss of linear probes: L-BFGS in coordinates in which a bound on the Hessian is the identity."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

LossAndGradient = Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]]


def descend(
    loss_and_gradient: LossAndGradient, start: torch.Tensor, bound: torch.Tensor, penalty: float, steps: int
) -> torch.Tensor:
    """Weights (d, probes) float32 after at most ``steps`` steps from ``start``, of the same shape.

    ``loss_and_gradient`` of weights: their loss, summed over the probes, and its gradient. ``bound`` (d, d): what the Hessian of
    that loss is at most. ``penalty / 2`` times the squared weights is added to the loss, except for the last row, the intercepts.
    """
    shrink = torch.full((len(start), 1), penalty, device=start.device)
    shrink[-1] = 0.0
    factor = torch.linalg.cholesky(bound + torch.diag(shrink[:, 0] + 1e-6))
    u = (factor.T @ start).contiguous().requires_grad_()
    optimiser = _Lbfgs([u], max_iter=steps, history_size=10, tolerance_change=1e-7, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        with torch.no_grad():
            weights = torch.linalg.solve_triangular(factor.T, u, upper=True)
            loss, gradient = loss_and_gradient(weights)
            loss += 0.5 * (shrink * weights * weights).sum()
            u.grad = torch.linalg.solve_triangular(factor, gradient + shrink * weights, upper=False).contiguous()
        return loss

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    fitted: torch.Tensor = torch.linalg.solve_triangular(factor.T, u.detach(), upper=True)
    return fitted


class _Lbfgs(torch.optim.LBFGS):
    """PyTorch's, that does not load PyTorch's compiler (over a second and 150 MB) only to tell it to keep away."""

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """See ``torch.optim.Optimizer``."""
        added = torch.optim.Optimizer.add_param_group
        getattr(added, "__wrapped__", added)(self, param_group)
