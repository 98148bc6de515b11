"""Figures that a reader moves: plain HTML and SVG that need no kernel and no other host."""

import json
import math
import uuid
from html import escape
from importlib.resources import files

from IPython.display import HTML
from matplotlib.ticker import MaxNLocator

# The drawing area, in the units of the SVG's viewBox; the frame around it holds ticks and names.
WIDTH, HEIGHT, LEFT, BOTTOM, EDGE = 480, 340, 64, 50, 12
TEXT = 'fill="currentColor" font-size="15" font-family="sans-serif"'

# JupyterLab takes arrow keys for itself, unless the figure keeps them.
FIGURE = """\
<figure class="course-explorer" id="{id}" onkeydown="event.stopPropagation()"
 style="margin:1em 0;padding:.5em;max-width:36em;
 background:var(--pst-color-background,#fff);color:var(--pst-color-text-base,#111)">
<svg viewBox="0 0 480 340" role="img" aria-label="{alt}" style="width:100%;height:auto">
{axes}
<svg x="64" y="12" width="404" height="278" viewBox="64 12 404 278">
{drawing}</svg></svg>
<figcaption style="color:inherit">{controls}
<output style="display:block;min-height:3em">{text}</output></figcaption>
<script>(
{script}
)(document.getElementById("{id}"), {data});</script></figure>"""

SLIDER = """\
<label style="display:block">{name}
<input type="range" min="{low}" max="{high}" step="{step}" value="{start}" aria-valuetext="{text}"
 style="width:min(20em,60vw);vertical-align:middle"></label>"""


def _scales(xlim, ylim):
    """Two pairs (offset, factor) that turn data into SVG units."""
    kx = (WIDTH - LEFT - EDGE) / (xlim[1] - xlim[0])
    ky = -(HEIGHT - BOTTOM - EDGE) / (ylim[1] - ylim[0])
    return (LEFT - kx * xlim[0], kx), (HEIGHT - BOTTOM - ky * ylim[0], ky)


def _points(xs, ys, scales, far=4000.0):
    """SVG points of two lists of numbers, up to the first that is not finite.

    What lies far outside the picture is cut at `far`: some browsers draw nothing beyond.
    """
    points = []
    for xy in zip(xs, ys, strict=True):
        if not all(math.isfinite(v) for v in xy):
            break
        points.append(
            [round(min(max(at + k * float(v), -far), far), 1) for v, (at, k) in zip(xy, scales)]
        )
    return points


def _polyline(points, attributes):
    path = " ".join(f"{x},{y}" for x, y in points)
    return f'<polyline fill="none" {attributes} points="{path}"/>\n'


def _circles(points, first=4, radius=4):
    sizes = [first] + [radius] * (len(points) - 1)
    return "".join(f'<circle cx="{x}" cy="{y}" r="{r}"/>' for (x, y), r in zip(points, sizes))


def _axes(xlim, ylim, xlabel, ylabel):
    """Grid lines, tick labels and axis names as SVG."""
    (ax, kx), (ay, ky) = _scales(xlim, ylim)
    parts = []
    for v in MaxNLocator(5).tick_values(*xlim):
        if xlim[0] <= v <= xlim[1]:
            x = round(ax + kx * v, 1)
            parts.append(
                f'<path d="M{x} {EDGE}V{HEIGHT - BOTTOM}" stroke="#888" stroke-opacity=".35"/>'
            )
            parts.append(
                f'<text x="{x}" y="{HEIGHT - 30}" text-anchor="middle" {TEXT}>{v:g}</text>'
            )
    for v in MaxNLocator(5).tick_values(*ylim):
        if ylim[0] <= v <= ylim[1]:
            y = round(ay + ky * v, 1)
            parts.append(
                f'<path d="M{LEFT} {y}H{WIDTH - EDGE}" stroke="#888" stroke-opacity=".35"/>'
            )
            parts.append(f'<text x="{LEFT - 6}" y="{y + 5}" text-anchor="end" {TEXT}>{v:g}</text>')
    middle = (HEIGHT - BOTTOM + EDGE) / 2
    parts.append(
        f'<text x="{(LEFT + WIDTH - EDGE) / 2}" y="{HEIGHT - 6}" text-anchor="middle" {TEXT}>'
        f"{escape(xlabel)}</text>"
        f'<text transform="translate(14 {middle}) rotate(-90)" text-anchor="middle" {TEXT}>'
        f"{escape(ylabel)}</text>"
    )
    return "\n".join(parts)


def _figure(alt, axes, drawing, controls, text, script, data):
    """The whole explorer as an HTML object; its id depends on nothing but its content.

    script: name of the file, beside this one, with the function that moves the figure.
    """
    data = json.dumps(data, separators=(",", ":"))
    return HTML(
        FIGURE.format(
            id="x" + uuid.uuid5(uuid.NAMESPACE_OID, drawing + data).hex[:8],
            alt=escape(alt),
            axes=axes,
            drawing=drawing,
            controls=controls,
            text=escape(text),
            script=(files("helpers") / script).read_text("utf8").strip(),
            data=data.replace("</", "<\\/"),
        )
    )


def _diamonds(points):
    return "".join(f'<path d="M{x} {y - 8:g}l8 8-8 8-8-8z"/>' for x, y in points)


def replay(runs, curve, name, xlabel, ylabel, xlim, ylim, alt, start=0, points=None, held=()):
    """A slider that shows one recorded run at a time over a curve, as HTML.

    runs:   list of `(xs, ys, text)`, one per position of the slider: the points that the run
            visited, in order, and a sentence about it. The first point is drawn larger.
    curve:  `(xs, ys)`, a line that stays.
    name:   the slider's label; start: its first position, an index into `runs`.
    points: `(xs, ys)`, data that stay, drawn as dots; a run is then a line without dots.
    held:   `(xs, ys)`, data beside `points` that no run has seen, drawn as hollow diamonds.

    Raises ValueError where a run has not as many xs as ys, and IndexError where there is no
    run `start`.
    """
    scales = _scales(xlim, ylim)
    frames = [{"points": _points(xs, ys, scales), "text": text} for xs, ys, text in runs]
    first = frames[start]
    drawing = _polyline(
        _points(*curve, scales), 'stroke="currentColor" stroke-opacity=".6" stroke-width="2"'
    ) + _polyline(first["points"], 'class="run" stroke="#d9600f" stroke-width="1.5"')
    if points is None:
        drawing += f'<g class="dots" fill="#d9600f">{_circles(first["points"], first=7)}</g>'
    else:
        dots = _circles(_points(*points, scales), first=5, radius=5)
        drawing += f'<g fill="#3a87d6">{dots}</g>'
    if held:
        diamonds = _diamonds(_points(*held, scales))
        drawing += f'<g fill="none" stroke="currentColor" stroke-width="2">{diamonds}</g>'
    slider = SLIDER.format(
        name=escape(name),
        low=0,
        high=len(frames) - 1,
        step=1,
        start=start,
        text=escape(first["text"]),
    )
    axes = _axes(xlim, ylim, xlabel, ylabel)
    return _figure(alt, axes, drawing, slider, first["text"], "replay.js", frames)


def line_explorer(x, y, w, b, xlabel, ylabel, ylim, alt):
    """Two sliders that move a line over points and show its mean squared error, as HTML.

    x, y: sequences of numbers, shape (points,).
    w, b: `(low, high, step, start)` of the weight and the bias.
    """
    x, y = [round(float(v), 4) for v in x], [round(float(v), 4) for v in y]
    margin = 0.05 * (max(x) - min(x))
    xlim = (min(x) - margin, max(x) + margin)
    scales = _scales(xlim, ylim)
    loss = sum((w[3] * s + b[3] - t) ** 2 for s, t in zip(x, y)) / len(x)
    text = f"w = {w[3]:.2f}, b = {b[3]:.1f}: loss {loss:.2f} (your best so far: {loss:.2f})"
    line = _points(xlim, [w[3] * v + b[3] for v in xlim], scales)
    drawing = (
        '<g class="gaps" stroke="currentColor" stroke-opacity=".5" stroke-dasharray="3 3"></g>'
        + _polyline(line, 'class="run" stroke="#d9600f" stroke-width="2.5"')
        + f'<g fill="#3a87d6">{_circles(_points(x, y, scales), first=5, radius=5)}</g>'
    )
    sliders = "".join(
        SLIDER.format(
            name=name, low=low, high=high, step=step, start=start, text=f"{start}, loss {loss:.2f}"
        )
        for name, (low, high, step, start) in (("weight w", w), ("bias b", b))
    )
    data = {"x": x, "y": y, "xlim": xlim, "px": scales[0], "py": scales[1], "best": loss}
    return _figure(alt, _axes(xlim, ylim, xlabel, ylabel), drawing, sliders, text, "line.js", data)
