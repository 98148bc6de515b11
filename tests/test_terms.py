"""A term of the glossary is explained, or linked to it, where the course first uses it."""

import re
from collections import namedtuple

import pytest
from notebooks import GLOSSARY, glossary_terms
from sources import PAGES, PROSE_IN, blocks, directive, fail_with, name

from conftest import ROOT

PREVIEWS = ("You will be able to", "In the book")  # say what is to come
Piece = namedtuple("Piece", "line text marked")  # marked: emphasised, or linked to the glossary


def terms(text):
    """The terms of a glossary as {term: pattern}, longest first."""
    return {name: pattern(name) for name in sorted(glossary_terms(text), key=len, reverse=True)}


def pattern(term):
    """Finds the term as a word, also as a plural; a capital in it has to be one."""
    words = re.escape(term).replace(r"\ ", r"[\s-]")
    if term.endswith("y"):
        words = f"{words[:-1]}(?:y|ies)"
    else:
        words = f"{words}(?:e?s)?"
    return re.compile(rf"(?<![\w-]){words}(?![\w-])", 0 if term != term.lower() else re.I)


def paragraphs(text, first=1):
    """Each paragraph of a page's prose as a list of Pieces, in the order of reading."""
    for block in blocks(text):
        for node in block.walk():
            line = first + (node.map[0] if node.map else 0)
            if node.type == "inline" and node.parent.type != "heading":
                found = list(pieces(node.children, line))
                if not "".join(piece.text for piece in found).startswith("Before you start:"):
                    yield found
            elif node.type in ("fence", "colon_fence"):
                kind, argument, _, body, offset = directive(node)
                if kind and PROSE_IN.fullmatch(kind) and argument not in PREVIEWS:
                    yield from paragraphs(argument, line)
                    yield from paragraphs(body, line + offset)


def pieces(nodes, line, marked=False):
    for node in nodes:
        if node.type in ("softbreak", "hardbreak"):
            line += 1
            yield Piece(line, " ", marked)
        elif node.type == "myst_role":
            role, words = node.meta["name"], node.content
            text = (
                re.sub(r"\s*<[^<>]*>$", "", words) if "<" in words or role == "term" else "\u2026"
            )
            yield Piece(line, text, role == "term")
        elif node.children:
            yield from pieces(node.children, line, marked or node.type in ("em", "strong"))
        else:
            yield Piece(line, node.content if node.type == "text" else "\u2026", marked)


def uses(text, known):
    """The terms that a page uses, as {term: Piece of its first use}."""
    found = {}
    for paragraph in paragraphs(text):
        whole, starts = "", []
        for piece in paragraph:
            starts.append(len(whole))
            whole += piece.text
        for term, words in known.items():  # the longest first: in "feature map" is no "feature"
            for match in words.finditer(whole):
                at = max(i for i, start in enumerate(starts) if start <= match.start())
                found.setdefault(term, paragraph[at])
            whole = words.sub(lambda m: "\u2026" * len(m[0]), whole)
    return found


def faults(paths, glossary):
    """First uses that neither explain nor link: one sentence each. `paths`: in reading order."""
    known, seen = terms(glossary), set()
    for path in paths:
        for term, piece in uses(path.read_text("utf8"), known).items():
            if term not in seen and not piece.marked:
                yield (
                    f"{name(path)}:{piece.line}: uses '{term}' for the first time; explain it "
                    f"there, *emphasised*, or link it: {{term}}`{term}`"
                )
            seen.add(term)


def reading_order():
    """The chapters and their exercises, as _toc.yml orders them."""
    return [ROOT / f"{page}.md" for page in PAGES if "/" in page]


def test_terms_are_explained_or_linked_where_they_first_appear():
    fail_with(faults(reading_order(), GLOSSARY.read_text("utf8")))


SMALL = """:::{glossary}
loss
  One number.

feature map
feature
  Two.

entropy
Adam
  Three.
:::
"""


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("The losses are high.", "1: uses 'loss'"),
        ("A *loss* is a number. Each loss counts.", None),
        ("Text.\n\nTwo {term}`losses <loss>`, one loss.", None),
        ("The **loss** of this one.", None),
        ("One\nfeature map.", "2: uses 'feature map'"),
        ("A *feature map*, and a\nfeature of it.", "2: uses 'feature'"),
        ("Lossless, `loss`, my_loss, $loss$, adam", None),
        ("An entropy or two entropies", "1: uses 'entropy'"),
        ("# The loss\n\nWhat *loss* is.", None),
        (":::{admonition} You will be able to\n- lower a loss\n:::\n", None),
        (":::{dropdown} Why this?\nText.\nOf the loss.\n:::\n", "3: uses 'loss'"),
        ("**Before you start:** the loss.", None),
    ],
)
def test_a_first_use_without_explanation_is_named(text, fault, tmp_path):
    page = tmp_path / "01_page.md"
    page.write_text(text, "utf8")
    found = list(faults([page, page], SMALL))
    assert [f.partition(" for the first")[0] for f in found] == (
        [f"01_page.md:{fault}"] if fault else []
    )
