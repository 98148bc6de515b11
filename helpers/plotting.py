"""Plots of the course. Each draws on `ax`, or on new axes, and returns the axes."""

import itertools
import math

import matplotlib.pyplot as plt
import torch


def plot_fit(x, y, model, xlabel="", ylabel="", ax=None):
    """Points and the curve of a model through them, as axes.

    x, y:  tensors of shape (points,) or (points, 1).
    model: called with 200 inputs, evenly spaced over the range of `x`, of shape (200,) or,
           where `x` has two dimensions, (200, 1); gives as many predictions.
    """
    ax = ax or plt.subplots()[1]
    grid = torch.linspace(x.min(), x.max(), 200).view(-1, *x.shape[1:])
    with torch.no_grad():
        ax.plot(grid, model(grid), color="C1", linestyle="-", label="model")
    ax.scatter(x, y, color="C0", zorder=3, label="data")
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.legend()
    return ax


def plot_loss(runs, ax=None):
    """Loss against epoch on logarithmic scales, as axes; one colour per run.

    runs: dict from a label to a `helpers.training.History`. A validation loss is drawn dotted,
          in the colour of its run, with marks where there are several. A loss that is no
          longer finite ends its line, and a cross marks the last finite one.
    """
    ax = ax or plt.subplots()[1]
    held_out = sum(bool(history.val_loss) for history in runs.values())
    markers = itertools.cycle("os^D" if held_out > 1 else [""])
    for label, history in runs.items():
        named = label + ": training" * bool(history.val_loss)
        color = _plot_finite(history.loss, ax, label=named)
        if history.val_loss:
            style = {"color": color, "linestyle": ":", "marker": next(markers), "markevery": 0.1}
            _plot_finite(history.val_loss, ax, label=f"{label}: validation", **style)
    ax.set(xlabel="epoch", ylabel="loss", xscale="log", yscale="log")
    ax.legend()
    return ax


def _plot_finite(losses, ax, **style):
    """Draw the losses up to the first that is not finite; the colour that they got."""
    finite = list(itertools.takewhile(math.isfinite, losses))
    (line,) = ax.plot(range(1, len(finite) + 1), finite, **style)
    if finite and len(finite) < len(losses):
        ax.plot(len(finite), finite[-1], "X", color=line.get_color(), markersize=10)
    return line.get_color()
