"""What a teacher has chosen: chapters in a table, and no link to those that are left out."""

import re
from collections import namedtuple
from functools import cache
from pathlib import Path

from docutils import nodes
from edition import ROOT
from minutes import minutes
from notebooks import LABEL
from sphinx.util import docname_join
from sphinx.util.docutils import SphinxDirective

Chapter = namedtuple("Chapter", "number page title question goals minutes practice")
TITLE = re.compile(r"^# (?P<title>.+)\n+(?P<question>[^\n:].*\?$)?", re.MULTILINE)
GOALS = re.compile(r"^:::\{admonition\} You will be able to\n(.*?)^:::", re.MULTILINE | re.DOTALL)


def group(pattern, text, name=1):
    """This part of the first match; empty where there is none."""
    match = pattern.search(text)
    return (match[name] or "").strip() if match else ""


def numbered(env):
    """The pages that _toc.yml numbers, without those below them, in order."""
    return [
        page
        for part in env.app.config.external_site_map.root.subtrees
        if part.numbered
        for page in (name.removesuffix(".md") for name in part.files())
        if page in env.found_docs
    ]


def chapters(env):
    """The chapters in _toc.yml, each with what it says of itself at its beginning."""
    for number, page in enumerate(numbered(env), 1):
        text = Path(env.doc2path(page)).read_text("utf8")
        env.note_dependency(env.doc2path(page))  # an edit there is an edit here
        yield Chapter(
            number,
            page,
            title=group(TITLE, text, "title"),
            question=group(TITLE, text, "question"),
            goals=group(GOALS, text),
            minutes=minutes("chapter", Path(page).name),
            practice=minutes("exercises", Path(page).name),
        )


class Start(SphinxDirective):
    """A button that leads to the first chapter."""

    def run(self):
        if not (pages := numbered(self.env)):
            return []
        lines = f"```{{button-ref}} /{pages[0]}", ":ref-type: doc", ":color: primary", ""
        return self.parse_text_to_nodes("\n".join([*lines, "Start with chapter 1", "```"]))


class Table(SphinxDirective):
    """The chapters with the question that each answers, its minutes, and those of its exercises."""

    def run(self):
        rows = ["| Chapter | The question it answers | Minutes |", "|---|---|---|"]
        listed = list(chapters(self.env))
        for c in listed:
            self.env.note_dependency(str(ROOT / "exercises" / f"{Path(c.page).name}.md"))
            link = f"[{c.number}. {c.title}](/{c.page}.md)"
            times = f"{c.minutes} + {c.practice}" if c.practice else c.minutes
            rows.append(f"| {link} | {c.question} | {times} |")
        reading = round(sum(c.minutes for c in listed) / 60)
        practice = round(sum(c.practice or 0 for c in listed) / 60)
        total = f"All chapters together take about {reading} hours, their exercises {practice}."
        return self.parse_text_to_nodes("\n".join([*rows, "", total]))


class Goals(SphinxDirective):
    """What each chapter says that you will be able to do."""

    def run(self):
        found = [f"**{c.number}. {c.title}**\n\n{c.goals}" for c in chapters(self.env) if c.goals]
        return self.parse_text_to_nodes("\n\n".join(found))


@cache
def left_out(folder, patterns):
    """The title of each label and each page of the files in `folder` that _toc.yml leaves out."""
    titles = {}
    for name in patterns:
        path = Path(folder, name)
        if name.endswith(".md") and path.is_file():
            text = path.read_text("utf8")
            titles["doc", name.removesuffix(".md")] = group(TITLE, text, "title")
            titles |= {("ref", m["label"]): m["title"].strip() for m in LABEL.finditer(text)}
    return titles


def as_text(app, env, node, contnode):
    """A reference to a chapter that is left out, as its title without a link; else None."""
    kind, target = node.get("reftype"), node.get("reftarget", "")
    if kind == "doc":
        target = docname_join(node["refdoc"], target)
    title = left_out(str(app.srcdir), tuple(app.config.exclude_patterns)).get((kind, target))
    if title is None:
        return None
    return contnode if node.get("refexplicit") else nodes.inline("", re.sub(r"[`*]", "", title))


def configure(app, config):
    config.myst_substitutions = {**config.myst_substitutions, "title": config.html_title}


def setup(app):
    app.add_directive("chapter-start", Start)
    app.add_directive("chapter-table", Table)
    app.add_directive("chapter-goals", Goals)
    app.connect("config-inited", configure)
    app.connect("missing-reference", as_text)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
