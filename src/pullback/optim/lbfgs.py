"""L-BFGS: steps along a direction made of the last few steps and changes of the gradient."""

from __future__ import annotations

from typing import Any

import pullback
from pullback.optim._line_search import _cubic_interpolate as _cubic_interpolate, _strong_wolfe as _strong_wolfe
from pullback.optim._settings import check_one_lr
from pullback.optim.optimizer import Closure, Optimizer, ParamsT
from pullback.tensor import Tensor

__all__ = ["LBFGS"]


class LBFGS(Optimizer):
    """Limited-memory BFGS (Nocedal and Wright, algorithm 7.4). It has one group of real or complex parameters.

    A step computes the loss several times, so `step` needs a closure that sets gradients and returns the loss.

    Args:
        params: parameters.
        lr: length of a step where no line search finds one.
        max_iter: iterations in a step.
        max_eval: how often the loss may be computed in a step; by default a quarter more than `max_iter`.
        tolerance_grad: a gradient whose largest element is smaller ends the step.
        tolerance_change: changes of parameters or loss that are smaller end the step.
        history_size: how many steps are remembered.
        line_search_fn: ``"strong_wolfe"`` or none.

    >>> import pullback as torch
    >>> x = torch.tensor([3.0, -2.0], requires_grad=True)
    >>> optimizer = LBFGS([x], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = ((x - 1) ** 2).sum()
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure).item()
    13.0
    >>> torch.allclose(x, torch.ones(2))
    True
    """

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_one_lr(lr)
        defaults = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")
        self._params = self.param_groups[0]["params"]

    # --- parameters as one vector -------------------------------------------------------------------------------

    def _gather_flat_grad(self) -> Tensor:
        grads = [
            param.new_zeros(param.numel()) if param.grad is None else param.grad.to_dense().reshape(-1)
            for param in self._params
        ]
        return pullback.cat([_as_real(grad).reshape(-1) for grad in grads])

    def _add_grad(self, step_size: Any, direction: Tensor) -> None:
        offset = 0
        for param in map(_as_real, self._params):
            count = param.numel()
            param.add_(direction[offset : offset + count].view_as(param), alpha=step_size)
            offset += count

    def _clone_param(self) -> list[Tensor]:
        return [param.clone(memory_format=pullback.contiguous_format) for param in self._params]

    def _set_param(self, params_data: list[Tensor]) -> None:
        for param, data in zip(self._params, params_data):
            param.copy_(data)

    def _directional_evaluate(self, closure: Closure, x: list[Tensor], t: Any, d: Tensor) -> tuple[float, Tensor]:
        self._add_grad(t, d)
        loss = _loss(closure)
        flat_grad = self._gather_flat_grad()
        self._set_param(x)
        return loss, flat_grad

    # --- the step -----------------------------------------------------------------------------------------------

    def step(self, closure: Closure) -> Any:  # type: ignore[override]
        """Make up to `max_iter` iterations.

        Args:
            closure: clears the gradients, computes the loss and the gradients, returns the loss.

        Returns:
            The loss before the step.
        """
        with pullback.no_grad():
            return self._iterate(closure)

    def _iterate(self, closure: Closure) -> Any:
        group, state = self.param_groups[0], self.state[self._params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        with pullback.enable_grad():
            first_loss = closure()
        loss, evaluations = float(first_loss), 1
        state["func_evals"] += 1
        grad = self._gather_flat_grad()
        if grad.abs().max() <= group["tolerance_grad"]:
            return first_loss
        history = _History(state, group["history_size"])
        for i in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            history.turn(grad, first=state["n_iter"] == 1)
            loss_before = loss
            lr = group["lr"].squeeze() if isinstance(group["lr"], Tensor) else group["lr"]
            history.t = min(1.0, 1.0 / grad.abs().sum()) * lr if state["n_iter"] == 1 else lr
            slope = grad.dot(history.d)
            if slope > -group["tolerance_change"]:
                break
            last = i == group["max_iter"]
            loss, grad, count = self._move(closure, history, loss, grad, slope, last)
            evaluations += count
            state["func_evals"] += count
            if last or evaluations >= group["max_eval"] or self._has_arrived(history, grad, loss - loss_before):
                break
        history.store(state, loss_before)
        return first_loss

    def _move(
        self, closure: Closure, history: _History, loss: float, grad: Tensor, slope: Tensor, last: bool
    ) -> tuple[float, Tensor, int]:
        """Go along the direction; returns loss and gradient there and how often the loss was computed."""
        search = self.param_groups[0]["line_search_fn"]
        if search is None:
            self._add_grad(history.t, history.d)
            if last:  # nothing would use them
                return loss, grad, 0
            loss = _loss(closure)
            return loss, self._gather_flat_grad(), 1
        if search != "strong_wolfe":
            raise RuntimeError("only 'strong_wolfe' is supported")

        def evaluate(x: Any, t: Any, d: Any) -> tuple[float, Tensor]:
            return self._directional_evaluate(closure, x, t, d)

        loss, grad, history.t, count = _strong_wolfe(
            evaluate, self._clone_param(), history.t, history.d, loss, grad, slope
        )
        self._add_grad(history.t, history.d)
        return loss, grad, count

    def _has_arrived(self, history: _History, grad: Tensor, change: float) -> bool:
        group = self.param_groups[0]
        return bool(
            grad.abs().max() <= group["tolerance_grad"]
            or history.d.mul(history.t).abs().max() <= group["tolerance_change"]
            or abs(change) < group["tolerance_change"]
        )


class _History:
    """The last steps and changes of the gradient, from which the inverse Hessian is estimated.

    Named as PyTorch names them in the state: `old_stps` are steps s, `old_dirs` changes of the gradient y and `ro`
    is ``1 / (s · y)``.
    """

    def __init__(self, state: dict[str, Any], size: int) -> None:
        self.size = size
        self.d, self.t = state.get("d"), state.get("t")
        self.old_dirs, self.old_stps, self.ro = (state.get(name) for name in ("old_dirs", "old_stps", "ro"))
        self.H_diag = state.get("H_diag")
        self.prev_flat_grad = state.get("prev_flat_grad")
        self.al = state.get("al")

    def turn(self, grad: Tensor, first: bool) -> None:
        """Take in the last step, and find the direction to go on in."""
        if first:
            self.d = grad.neg()
            self.old_dirs, self.old_stps, self.ro, self.H_diag = [], [], [], 1
        else:
            self._remember(grad.sub(self.prev_flat_grad), self.d.mul(self.t))
            self.d = self._downhill(grad)
        if self.prev_flat_grad is None:
            self.prev_flat_grad = grad.clone(memory_format=pullback.contiguous_format)
        else:
            self.prev_flat_grad.copy_(grad)

    def _remember(self, y: Tensor, s: Tensor) -> None:
        curvature = y.dot(s)
        if curvature <= 1e-10:
            return
        if len(self.old_dirs) == self.size:
            for kept in (self.old_dirs, self.old_stps, self.ro):
                kept.pop(0)
        self.old_dirs.append(y)
        self.old_stps.append(s)
        self.ro.append(1.0 / curvature)
        self.H_diag = curvature / y.dot(y)

    def _downhill(self, grad: Tensor) -> Tensor:
        """Minus the gradient times the estimated inverse Hessian (two-loop recursion)."""
        if self.al is None:
            self.al = [None] * self.size
        q = grad.neg()
        for i in reversed(range(len(self.old_dirs))):
            self.al[i] = self.old_stps[i].dot(q) * self.ro[i]
            q.add_(self.old_dirs[i], alpha=-self.al[i])
        d = q.mul(self.H_diag)
        for i in range(len(self.old_dirs)):
            beta = self.old_dirs[i].dot(d) * self.ro[i]
            d.add_(self.old_stps[i], alpha=self.al[i] - beta)
        return d

    def store(self, state: dict[str, Any], loss_before: float) -> None:
        """Put everything into the optimizer's state."""
        for name in ("d", "t", "old_dirs", "old_stps", "ro", "H_diag", "prev_flat_grad"):
            state[name] = getattr(self, name)
        state["prev_loss"] = loss_before
        if self.al is not None:
            state["al"] = self.al


def _as_real(tensor: Tensor) -> Tensor:
    return pullback.view_as_real(tensor) if tensor.is_complex() else tensor


def _loss(closure: Closure) -> float:
    with pullback.enable_grad():
        loss = closure()
    return float(loss)
