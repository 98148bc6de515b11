"""How long a first reader takes: estimated from a page's words, cells and exercises.

A page says {minutes}`chapter` for the chapter's minutes and {minutes}`exercises` for those of its
exercises; the two pages of a chapter have the same name. Three first readers took one to one and
a half hours for chapters 2 and 10 to 13, and 30 to 70 minutes for a page of exercises. These
rates give the same.
"""

import re
from functools import cache
from pathlib import Path

import jupytext
from claims import is_claim
from docutils import nodes
from edition import ROOT
from sphinx.util.docutils import SphinxRole

FOR_200_WORDS = 2  # minutes, for somebody who reads English as a second language
FOR_A_CELL = 1  # to predict, run, and look at what came out
FOR_AN_EXERCISE = 5
PARTS = ("chapter", "exercises")  # what the role can be asked for
WORD = re.compile(r"[^\W\d_][\w'’-]*")


def minutes(part, page):
    """Minutes for a chapter or its exercises, a multiple of five; None where there is no page.

    part:  one of PARTS
    page:  its name, such as 01_topic
    """
    file = ROOT / ("chapters" if part == "chapter" else "exercises") / f"{page}.md"
    return _minutes(part, file.read_text("utf8")) if file.is_file() else None


@cache
def _minutes(part, text):
    cells = jupytext.reads(text, fmt="md:myst").cells
    code = [cell.source for cell in cells if cell.cell_type == "code" and is_read(cell)]
    words = sum(len(WORD.findall(cell.source)) for cell in cells if cell.cell_type == "markdown")
    if part == "chapter":
        work = len(code) * FOR_A_CELL
    else:
        work = sum("ex.check(" in source for source in code) * FOR_AN_EXERCISE
    return max(5, 5 * round((words / 200 * FOR_200_WORDS + work) / 5))


def is_read(cell):
    """Whether a reader spends time on a code cell: on a folded one none."""
    return not is_claim(cell) and "hide-input" not in cell.metadata.get("tags", [])


class Minutes(SphinxRole):
    """The number of minutes, as text."""

    def run(self):
        page = Path(self.env.docname).name
        for folder in ("chapters", "exercises"):
            self.env.note_dependency(str(ROOT / folder / f"{page}.md"))
        if self.text not in PARTS or (number := minutes(self.text, page)) is None:
            fault = f"{{minutes}}`{self.text}` has no page here: `chapter` or `exercises`"
            return [], [self.inliner.reporter.error(fault, line=self.lineno)]
        return [nodes.Text(str(number))], []


def setup(app):
    app.add_role("minutes", Minutes())
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
