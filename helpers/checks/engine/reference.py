"""What is right, for several pages: lines, steps downhill and layers, in plain Python.

No torch in here, so that nothing that a learner does to torch can change what is right. Numbers
stand in lists; a matrix is a list of rows.
"""

import math

from helpers.checks.engine.inputs import dice, drawn, mean, numbers

# A line with the parameters w and b: inputs x and targets y, a list of n numbers each


def line_errors(x, y, w, b):
    """By how much the line is too high: d = w x + b - y, a list of n numbers."""
    return [w * u + b - v for u, v in zip(x, y, strict=True)]


def line_loss(x, y, w, b):
    """The mean squared error of the line: the mean of d d."""
    return mean(d * d for d in line_errors(x, y, w, b))  # d ** 2 raises an error for huge d


def line_slopes(x, y, w, b):
    """Its slopes in w and in b, [mean of 2 d x, mean of 2 d]."""
    d = line_errors(x, y, w, b)
    return [mean(2 * m * u for m, u in zip(d, x, strict=True)), mean(2 * m for m in d)]


def readings(count, high):
    """Inputs from 0.5 to `high`, targets, and a start [w, b] where no slope of the mean squared
    error is near zero and the two are not alike."""

    def draw():
        x, y = numbers(count, 0.5, high), numbers(count, -4, 4)
        start = [dice.choice([-1.5, 0.5, 2.0, 2.5]), dice.choice([-3.0, -1.0, 1.0, 3.0])]
        dw, db = line_slopes(x, y, *start)
        if min(abs(dw), abs(db), abs(dw - db), abs(dw + db)) > 1:
            return x, y, start

    return drawn(draw)


# Steps: a place is a list of parameters, and `slopes_at(place)` the list of the slopes there


def descent(slopes_at, start, lr, epochs):
    """The places of a run, `epochs` + 1 of them: at each step, p goes to p - lr * slope."""
    places = [list(start)]
    for _ in range(epochs):
        slopes = slopes_at(places[-1])
        places.append([p - lr * s for p, s in zip(places[-1], slopes, strict=True)])
    return places


def running_sum(slopes_at, keep=1.0):
    """A `slopes_at` for one run that gives the sum s = keep s + slope: momentum. Where all is
    kept, these are slopes that are never set back."""
    total = None

    def summed(place):
        nonlocal total
        new = slopes_at(place)
        total = [keep * t + s for t, s in zip(total or [0.0] * len(new), new, strict=True)]
        return total

    return summed


# Layers: weights as nn.Linear keeps them, one row for each output


def linear(x, weight, bias):
    """What a linear layer makes of one sample: w x + b for each output."""
    rows = zip(weight, bias, strict=True)
    return [sum(w * u for w, u in zip(row, x, strict=True)) + b for row, b in rows]


def linear_rows(samples, weight, bias):
    """What it makes of several samples: one row for each."""
    return [linear(x, weight, bias) for x in samples]


def random_layer(inputs, outputs, low=-2.0, high=2.0):
    """A weight of (outputs, inputs) and a bias, with random numbers."""
    return [numbers(inputs, low, high) for _ in range(outputs)], numbers(outputs, low, high)


def relu(z):
    """0 where z is negative, else z."""
    return max(z, 0.0)


def sigmoid(z):
    """1 / (1 + e^-z), between 0 and 1."""
    return 1 / (1 + math.exp(-z)) if z > -700 else 0.0
