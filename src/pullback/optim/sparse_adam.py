"""SparseAdam: Adam that touches only the rows a sparse gradient names."""

from __future__ import annotations

from typing import Any

from pullback.optim._settings import check_betas, require
from pullback.optim.optimizer import Group, Optimizer, ParamsT
from pullback.tensor import Tensor

__all__ = ["SparseAdam"]


class SparseAdam(Optimizer):
    """Adam for sparse gradients. Formula: ``_adam`` in `pullback.optim._sparse`.

    Args:
        params: dense parameters, or groups of them.
        lr: learning rate.
        betas: how much of the means of the gradient and of its square is kept at each step.
        eps: keeps the denominator from zero.
        maximize: climb instead of descend.

    Raises:
        RuntimeError: at the step, for a dense gradient.
        ValueError: for sparse parameters.

    >>> import pullback as torch
    >>> table = torch.nn.Embedding.from_pretrained(torch.ones(3, 2), freeze=False, sparse=True)
    >>> optimizer = SparseAdam(table.parameters(), lr=0.1)
    >>> table(torch.tensor([1])).sum().backward()
    >>> optimizer.step()
    >>> table.weight.detach()
    tensor([[1.0000, 1.0000],
            [0.9000, 0.9000],
            [1.0000, 1.0000]])
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        maximize: bool = False,
    ) -> None:
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        require(bool(lr > 0.0), "learning rate", lr)
        require(eps > 0.0, "epsilon value", eps)
        check_betas(betas)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "maximize": maximize})
        groups = [group["params"] for group in self.param_groups]
        places = [(param, [i, j]) for i, group in enumerate(groups) for j, param in enumerate(group)]
        if wrong := [place for param, place in places if param.is_sparse]:
            raise ValueError(f"Sparse params at indices {wrong}: SparseAdam requires dense parameter tensors")
        if wrong := [place for param, place in places if param.is_complex()]:
            raise ValueError(f"Complex params at indices {wrong}: SparseAdam does not support complex parameters")

    def _update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: Group) -> None:
        raise RuntimeError("SparseAdam does not support dense gradients, please consider Adam instead")
