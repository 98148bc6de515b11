"""What the tests read: the chapters, their blocks, their prose."""

import re
from collections import namedtuple
from functools import cache

import pytest
import yaml
from docutils.parsers.rst import Directive
from markdown_it.renderer import RendererHTML
from markdown_it.tree import SyntaxTreeNode
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.directives import parse_directive_text
from myst_parser.parsers.mdit import create_md_parser

from conftest import ROOT, code_cells, code_lines, read_chapter


def toc_files(toc):
    """Every page that a table of contents names."""
    if isinstance(toc, dict):
        own = [toc[key] for key in ("root", "file") if key in toc]
        return own + [file for part in toc.values() for file in toc_files(part)]
    return [file for part in toc for file in toc_files(part)] if isinstance(toc, list) else []


CHAPTERS = sorted((ROOT / "chapters").glob("*.md"))
PAGES = toc_files(yaml.safe_load((ROOT / "_toc.yml").read_text("utf8")))
each_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.name)
each_page = pytest.mark.parametrize("page", PAGES)

# What the built pages are made of.
SOURCES = [f"{page}.md" for page in PAGES] + "_*.yml chapters/**/* exercises/*.md".split()
SOURCES += "helpers/**/*.* _book/**/*.* constraints.txt".split()

Prose = namedtuple("Prose", "line kind text")


def fail_with(faults):
    """End the test with these lines and nothing else, if there are any."""
    if faults := list(faults):
        pytest.fail("\n".join(faults), pytrace=False)


def name(path):
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name


def build_faults(root):
    """Why the pages in _build/html are not those of the sources as they are now."""
    stamp = root / "_build" / "built"
    if not stamp.exists():
        return ["_build/html is not there, or its build did not end well; run: make book"]
    files = [p for pattern in SOURCES for p in root.glob(pattern) if "__pycache__" not in p.parts]
    newer = [p for p in files if p.is_file() and p.stat().st_mtime > stamp.stat().st_mtime]
    return [f"{newer[0].relative_to(root)} is newer than the book; run: make book"] if newer else []


def built_site():
    """The folder of the built pages; without it the test is skipped, and one other fails."""
    if build_faults(ROOT):
        pytest.skip("the book is not built as it is now")
    return ROOT / "_build" / "html"


def numbered_cells(path):
    """The chapter's code cells with the line where each begins: [(line, cell)]."""
    notebook = read_chapter(path)
    return list(zip(code_lines(notebook), code_cells(notebook), strict=True))


@cache
def parser():
    syntax = {"amsmath", "attrs_inline", "colon_fence", "deflist", "dollarmath"}
    return create_md_parser(MdParserConfig(enable_extensions=syntax), RendererHTML)


def blocks(text):
    """The blocks of a Markdown text, as nodes of markdown-it's tree."""
    return SyntaxTreeNode(parser().parse(text)).children


class AnyDirective(Directive):
    """Takes every option: what a directive may have is Sphinx's business."""

    optional_arguments, final_argument_whitespace, has_content = 1, True, True
    option_spec = {"any": True}


def directive(node):
    """A fence as (name or None, argument, options, body, lines above the body)."""
    match = re.match(r"\{([^}]+)\}\s*(.*)", node.info)
    if not match:
        return None, "", {}, node.content, 1
    parsed = parse_directive_text(AnyDirective, "", node.content, validate_options=False)
    return *match.groups(), parsed.options, "\n".join(parsed.body), parsed.body_offset + 1


# Directives whose body is Markdown; the others' is code, or drawn.
PROSE_IN = re.compile(
    r"admonition|dropdown|note|tip|hint|important|warning|caution|danger|attention|seealso|margin|"
    r"sidebar|figure|card|grid|grid-item|grid-item-card|tab-set|tab-item|exercise|solution|prf:\w+|"
    r"exercise-start|solution-start|epigraph|topic|list-table|table|div|glossary"
)


def prose(text, first=1):
    """Each piece of prose with its line: Prose(line, kind, text), kinds as markdown-it's."""
    found = []
    for node in blocks(text):
        for part in node.walk():
            found += pieces(part, first)
    return found


def pieces(node, first):
    """What one node, without its children, adds to the prose."""
    if node.type == "inline":
        heading = node.parent.type == "heading"
        return inline(node, first + node.map[0], "heading" if heading else None)
    if node.type in ("math_block", "amsmath", "math_block_label", "myst_line_comment"):
        return [Prose(first + node.map[0], node.type, node.content)]
    if node.type not in ("fence", "colon_fence"):
        return []
    kind, argument, options, body, offset = directive(node)
    line = first + node.map[0]
    if kind == "math":
        return [Prose(line + offset, "math_block", body)]
    if kind in ("image", "figure"):
        found = [Prose(line, "image", str(options.get("alt") or ""))]
    else:
        found = []
    if kind and PROSE_IN.fullmatch(kind):
        found += [Prose(line, p.kind, p.text) for p in prose(argument)] if argument else []
        found += prose(body, line + offset)
    return found


def inline(node, line, kind=None):
    """The pieces of a paragraph; `kind` replaces theirs."""
    found = []
    for child in node.children:
        if child.type in ("softbreak", "hardbreak"):
            line += 1
        elif child.type == "image":
            found.append(Prose(line, "image", child.content))
        elif child.type == "myst_role":
            if child.meta["name"] == "math":
                found.append(Prose(line, kind or "math_inline", child.content))
        elif child.children:
            found += inline(child, line, kind)
        elif child.content:
            found.append(Prose(line, kind or child.type, child.content))
    return found
