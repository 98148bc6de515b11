"""What a learner sees: one display with plain text, and HTML for where there is a browser."""

import re
from html import escape

EMPHASIS = re.compile(r"(?<![\w*])\*{1,2}([^\s*](?:[^*]*[^\s*])?)\*{1,2}(?![\w*])")
SIGN = {
    "passed": "✓",
    "not yet": "✗",
    "not attempted": "○",
    "broken": "!",
    "hint": "?",
    "solution": "=",
}
# Background, text, edge. Each box brings its own background, so that it reads on a light page
# and on a dark one. Contrast of text on background is at least 7 to 1.
COLOURS = {
    "passed": ("#e3f5e7", "#0b3d1c", "#1f7a3d"),
    "not yet": ("#fdeee0", "#4a2400", "#b3540b"),
    "broken": ("#fbe4e6", "#4d0a12", "#b3202e"),
}
NEUTRAL = ("#e8eef7", "#14233b", "#3b6196")
BOX = (
    "background:{0};color:{1};border-left:6px solid {2};padding:.6em "
    ".9em;max-width:46em;line-height:1.45"
)
MONO = "background:none;color:inherit;font-family:monospace;padding:0;border:0;white-space:pre-wrap"
ROW = (
    '<div style="display:flex;gap:.8em"><span style="min-width:7em">{}</span>'
    f'<code style="{MONO}">{{}}</code></div>'
)
BAR = (
    '<label style="display:block;margin-top:.4em;color:inherit">'
    '<progress value="{0}" max="{1}" style="accent-color:{2};width:10em"></progress> '
    "{0} of {1} passed on this page</label>"
)


class Box:
    """A display. Notebooks take the HTML, everything else the text.

    kind:  a key of SIGN.       title: the first line.
    rows:  pairs of a label and a piece of code or data.
    lines: sentences; code in them stands between backticks, and *emphasis* between asterisks.
    code:  a block of code at the end.
    score: (passed, total), drawn as a bar; None for no bar.
    """

    def __init__(self, kind, title, rows=(), lines=(), code="", score=None):
        self.kind, self.title, self.rows, self.code, self.score = kind, title, rows, code, score
        self.lines = [line for line in lines if line]

    def __repr__(self):
        width = max((len(label) for label, _ in self.rows), default=0)
        out = [f"{SIGN[self.kind]} {self.title}"]
        out += [f"  {label:<{width}}  {value}" for label, value in self.rows]
        out += [f"  {_plain(line)}" for line in self.lines]
        out += [f"    {line}" for line in self.code.splitlines()]
        if self.score:
            done, total = self.score
            out.append(
                f"  [{'#' * done}{'-' * (total - done)}] {done} of {total} passed on this page"
            )
        return "\n".join(out)

    def _repr_html_(self):
        colours = COLOURS.get(self.kind, NEUTRAL)
        title = f"<strong>{SIGN[self.kind]} {_inline(self.title)}</strong>"
        rows = "".join(ROW.format(escape(label), escape(value)) for label, value in self.rows)
        lines = "".join(f'<div style="margin:.3em 0">{_inline(line)}</div>' for line in self.lines)
        code = f'<pre style="{MONO};margin:.4em 0">{escape(self.code)}</pre>' if self.code else ""
        bar = BAR.format(*self.score, colours[2]) if self.score else ""
        style = BOX.format(*colours)
        inside = f"{title}{rows}{lines}{code}{bar}"
        return f'<div class="course-check" style="{style}">{inside}</div>'


def _marked(line, emphasis, code=r"`\1`"):
    """The line with its emphasis, and its code, each replaced by a pattern around the words."""
    if line.count("`") % 2:  # an odd backtick: leave the line as it is
        return line
    parts = re.split(r"`([^`]*)`", line)
    parts[::2] = [EMPHASIS.sub(emphasis, text) for text in parts[::2]]
    parts[1::2] = [code.replace(r"\1", text) for text in parts[1::2]]
    return "".join(parts)


def _plain(line):
    """One line as text: the backticks stay, since they say what is code."""
    return _marked(line, r"\1")


def _inline(line):
    """One line as HTML."""
    return _marked(escape(line), r"<em>\1</em>", rf'<code style="{MONO}">\1</code>')
