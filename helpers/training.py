"""The training loops of the course, as the chapters arrive at them."""

import math
from dataclasses import dataclass, field

import torch


@dataclass
class History:
    """What a training run leaves behind: one entry per epoch.

    loss:     the training loss. The loops measure it before they step; with several batches
              in an epoch it is the mean over their samples.
    val_loss: the validation loss after the epoch; empty where nothing was held out.
    params:   the parameters before the step, one list of numbers each; `fit` leaves it empty.
    """

    loss: list[float] = field(default_factory=list)
    val_loss: list[float] = field(default_factory=list)
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


def fit(model, loader, loss_fn, optimizer, epochs, *, val_loader=None):
    """Train `model` for `epochs` passes over `loader`, and return the run's History.

    model:      a module, called as `model(x)`; left in the mode (train or eval) it came in.
    loader:     gives pairs (x, y) anew for each epoch: a DataLoader, or a list of batches.
    loss_fn:    called as `loss_fn(pred, y)`; gives the mean loss of the batch, shape ().
    optimizer:  holds the parameters of `model`.
    val_loader: like `loader`; only measured.

    Raises ValueError if an epoch has no batch. A run whose loss is no longer finite has
    diverged and ends there, so the last entry of its History says inf or nan.
    """
    history, was_training = History(), model.training
    for _ in range(epochs):
        model.train()
        total, count = 0.0, 0
        for x, y in loader:  # x: (batch, ...), y: (batch, ...)
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            count += len(x)
        history.loss.append(_mean(total, count))
        if val_loader is not None:
            history.val_loss.append(evaluate(model, val_loader, loss_fn))
        if not math.isfinite(history.loss[-1]):
            break
    model.train(was_training)
    return history


@torch.no_grad()
def evaluate(model, loader, loss_fn):
    """The mean loss of `model` over all samples of `loader`, a number; no parameter changes.

    The arguments are those of `fit`. Raises ValueError if there is no batch.
    """
    was_training = model.training
    model.eval()
    total, count = 0.0, 0
    for x, y in loader:
        total += loss_fn(model(x), y).item() * len(x)
        count += len(x)
    model.train(was_training)
    return _mean(total, count)


def _mean(total, count):
    if not count:
        text = "no batch came from the loader. A generator can be gone through only once: "
        raise ValueError(text + "give a list of batches or a DataLoader.")
    return total / count
