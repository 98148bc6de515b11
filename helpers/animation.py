"""A figure that plays, of plain SVG with a script of its own: no kernel, no other host."""

import math
from html import escape

from helpers.explorers import SLIDER, _axes, _figure, _points, _scales

CONTROLS = """\
<p style="margin:0 0 .5em;text-align:left;font-weight:400;color:inherit">
Circles: class 0. Stars: class 1. Filled: on the wrong side. Shaded: where the model says class 1.
Solid line: probability 0.5. Dotted lines: 0.1, and 0.9 in the shaded part.</p>
<div style="display:flex;flex-wrap:wrap;align-items:center;gap:.25em 1em;margin-bottom:.5em">
<button type="button" style="font:inherit;font-weight:400;color:inherit;background:none;
 cursor:pointer;border:2px solid currentColor;border-radius:.4em;width:5em;height:2.75em"
>Play</button>
{slider}</div>"""
STAR = "m0-7 1.8 4.6 4.9.2-3.8 3.1 1.2 4.8-4.1-2.7-4.1 2.7 1.2-4.8-3.8-3.1 4.9-.2z"
LEVELS = (0.5, 0.1, 0.9)  # the first is the boundary


def play_boundary(frames, x, y, xlabel, ylabel, xlim, ylim, alt, name="epoch"):
    """A play button and a slider that move the boundary of a perceptron over points, as HTML.

    frames: list of `(weight, bias, text)`, one per position of the slider: the two weights of a
            linear layer, its bias, and a sentence. A point is class 1 where
            `weight[0] * x[0] + weight[1] * x[1] + bias > 0`, which is a probability above 0.5.
    x, y:   the points, shape (points, 2), and their classes, 0 or 1, one for each.
    name:   the slider's label.

    Nothing moves before the reader starts it. Raises ValueError where both weights are zero, for
    then there is no line, where there are no frames, and where x and y differ in length.
    """
    scales = _scales(xlim, ylim)
    x, classes = [[float(v) for v in point] for point in x], [bool(v) for v in y]
    drawn = [_frame(*frame, x, classes, xlim, ylim, scales) for frame in frames]
    if not drawn:
        raise ValueError("there are no frames: give at least one (weight, bias, text)")
    first = drawn[0]
    marks = zip(_points(*zip(*x), scales), classes, strict=True)
    points = "".join(_mark(at, one, i in first["wrong"]) for i, (at, one) in enumerate(marks))
    dash = 'stroke-width="2" stroke-dasharray="2 5"'
    lines = "".join(
        f'<polyline class="line" points="{ends}" {style}/>'
        for ends, style in zip(first["lines"], ('stroke-width="3"', dash, dash))
    )
    drawing = (
        f'<polygon class="side" points="{first["side"]}" fill="currentColor" fill-opacity=".1"/>\n'
        f'<g fill="none" stroke="#d9600f">{lines}</g>\n'
        f'<g class="points" fill="none" stroke-width="1.5">{points}</g>\n'
    )
    text = escape(first["text"])
    slider = SLIDER.format(
        name=escape(name), low=0, high=len(drawn) - 1, step=1, start=0, text=text
    )
    axes = _axes(xlim, ylim, xlabel, ylabel)
    controls = CONTROLS.format(slider=slider)
    return _figure(alt, axes, drawing, controls, first["text"], "player.js", drawn)


def _frame(weight, bias, text, x, classes, xlim, ylim, scales):
    """What the script needs of one frame: lines and half-plane as SVG, and the wrong points."""
    (p, q), bias = (float(v) for v in weight), float(bias)
    size = math.hypot(p, q)
    if not size:
        raise ValueError(f"{text!r}: with both weights zero there is no boundary")
    normal, along = (p / size, q / size), (-q / size, p / size)
    middle = sum(xlim) / 2, sum(ylim) / 2
    reach = math.hypot(xlim[1] - xlim[0], ylim[1] - ylim[0])

    def svg(*places):
        """Places as steps along the line and away from it, counted from the picture's middle."""
        rows = [[m + s * a + t * n for s, t in places] for m, a, n in zip(middle, along, normal)]
        return " ".join(f"{u:g},{v:g}" for u, v in _points(*rows, scales))

    lines = []
    for level in LEVELS:  # a line far outside the picture may as well be a little nearer
        z = math.log(level / (1 - level))
        away = (z - bias - p * middle[0] - q * middle[1]) / size
        away = min(max(away, -2 * reach), 2 * reach)
        lines.append(svg((-reach, away), (reach, away)))
        if level == 0.5:
            far = away + 3 * reach
            side = svg((-reach, away), (reach, away), (reach, far), (-reach, far))
    scores = [p * u + q * v + bias for u, v in x]
    wrong = [i for i, (z, one) in enumerate(zip(scores, classes, strict=True)) if (z > 0) != one]
    return {"lines": lines, "side": side, "wrong": wrong, "text": text}


def _mark(at, star, wrong):
    """A circle or a star in its place, filled where it is on the wrong side."""
    fill = ' fill="#d9600f"' * wrong
    if star:
        return f'<path d="M{at[0]} {at[1]}{STAR}" stroke="currentColor"{fill}/>'
    return f'<circle cx="{at[0]}" cy="{at[1]}" r="5" stroke="#3a87d6"{fill}/>'
