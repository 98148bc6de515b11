"""Plots of the course. Each draws on `ax`, or on new axes, and returns the axes."""

import matplotlib.pyplot as plt
import torch


def plot_fit(x, y, model, xlabel="", ylabel="", ax=None):
    """Points and the curve of a model through them, as axes.

    x, y:  tensors of shape (points,).
    model: called with 200 inputs of shape (200,), evenly spaced over the range of `x`;
           gives as many predictions.
    """
    ax = ax or plt.subplots()[1]
    grid = torch.linspace(x.min(), x.max(), 200)
    with torch.no_grad():
        ax.plot(grid, model(grid), color="C1", linestyle="-", label="model")
    ax.scatter(x, y, color="C0", zorder=3, label="data")
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.legend()
    return ax


def plot_loss(runs, ax=None):
    """Loss against epoch on logarithmic scales, as axes; one line per run.

    runs: dict from a label to a `helpers.training.History`. A loss that is no longer
          finite ends its line, and a cross marks the last finite one.
    """
    ax = ax or plt.subplots()[1]
    for label, history in runs.items():
        finite = [loss for loss in history.loss if loss < float("inf")]
        (line,) = ax.plot(range(1, len(finite) + 1), finite, label=label)
        if finite and len(finite) < len(history.loss):
            ax.plot(len(finite), finite[-1], "X", color=line.get_color(), markersize=10)
    ax.set(xlabel="epoch", ylabel="loss", xscale="log", yscale="log")
    ax.legend()
    return ax
