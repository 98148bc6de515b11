"""The loops that the chapters arrive at."""

from dataclasses import dataclass, field

import torch


@dataclass
class History:
    """What a training run left behind, as plain lists with one entry per epoch.

    loss:   the loss at the start of the epoch.
    params: the parameters at the start of the epoch, one list of numbers each.
    """

    loss: list[float] = field(default_factory=list)
    params: list[list[float]] = field(default_factory=list)


def gradient_descent(loss_fn, grad_fn, params, x, y, lr, epochs):
    """Walk `params` down the loss on `x, y`; return the last params and the run's History.

    loss_fn: called as `loss_fn(params, x, y)`; gives the loss, a zero-dimensional tensor.
    grad_fn: called as `grad_fn(params, x, y)`; gives the slopes of that loss, shaped as `params`.
    params:  where to start, shape (parameters,); the tensor itself is not changed.
    x, y:    inputs and targets, shape (samples,) each, handed on as they are.
    lr:      learning rate, the factor between a slope and a step.
    epochs:  number of steps, each over all the data.

    A run whose loss is no longer finite has diverged and ends there, so the last entry of
    its History says inf or nan.
    """
    history = History()
    for _ in range(epochs):
        loss = loss_fn(params, x, y)
        history.loss.append(loss.item())
        history.params.append(params.tolist())
        if not torch.isfinite(loss):
            break
        params = params - lr * grad_fn(params, x, y)
    return params, history
