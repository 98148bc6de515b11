"""What the source means is what arrives: pages, notebooks and checks show no markup as text."""

import ast
import re
from functools import cache

import nbformat
import notebooks
import pytest
from bs4 import BeautifulSoup
from course_book import mathml
from edition import edition
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from sources import built_site, each_page, fail_with, name
from test_pages import article, soup

from conftest import ROOT, cached, pages, read_chapter
from helpers.checks.engine.pages import read_page
from helpers.checks.engine.show import Box

# What Markdown, MyST, LaTeX and HTML look like where they were not understood.
RAW = {
    "a table": r"\|\s*:?-{3,}|^\s*\|.*\|\s*$|\|\s*\|",
    "emphasis": r"(?<![\w*])\*{1,2}(?=[^\s*])[^*\n]*[^\s*]\*{1,2}(?![\w*])",
    "a directive": r":{3,}|`{3}|\{code-cell\}",
    "a role": r"\{[a-z][\w:-]*\}(?:`| *\u2026)",
    "code": r"`[^`\n]+`",
    "a link": r"\]\([^)\s]+\)|\]\[[^\]]*\]",
    "a label": r"^\([\w-]+\)=",
    "a comment": r"^% \w|<!--",
    "a footnote": r"\[\^[\w-]+\]",
    "a substitution": r"\{\{|\}\}",
    "LaTeX": r"\$[^$\s][^$\n]*\$|\$\$|\\[a-z]{2,}",
    "HTML": r"</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>|&(?:amp|lt|gt|nbsp|quot);",
    "a heading": r"^#{1,6} ",
    "an object": r"<IPython\.[\w.]+ object>",
}
RAW = {what: re.compile(pattern, re.M) for what, pattern in RAW.items()}
CODE = ["pre", "code", "script", "style", "math", "svg", "kbd"]


def raw(text):
    """What of a text is markup that was not understood: [(what it is, as it stands there)]."""
    return [(what, m[0].strip()) for what, p in RAW.items() if (m := p.search(text))]


def shown(html):
    """The texts of the blocks of a page, as a reader sees them, without code and mathematics."""
    html = BeautifulSoup(str(html), "html.parser")
    for node in html.find_all(CODE):
        node.replace_with(" \u2026 ")  # no word, so that what is around it keeps its distance
    for node in html.find_all(
        ["p", "li", "td", "th", "dt", "dd", "summary", "figcaption", re.compile("h[1-6]")]
    ):
        text = node.get_text()
        node.replace_with("\n")
        yield text
    yield html.get_text()


def unread(html):
    """Parts of formulas that the converter to MathML did not know, and left as they stand."""
    for node in html.find_all("math"):
        if found := re.search(r"\\\w+|[&\\]", node.get_text()):
            yield "LaTeX in a formula", found[0]


def lonely(html):
    """Paragraphs that begin with a number and a full stop, which Markdown takes for a list."""
    following = None  # the number of an item that would go on with the list before
    for node in html.find_all("ol"):
        items, start = node.find_all("li", recursive=False), int(node.get("start", 1))
        if len(items) == 1 and start != following:
            yield "a sentence as a list", f"{start}. {items[0].get_text()}"
        following = start + len(items)


def line_of(path, text):
    """The line of a page where the first words of a shown text stand, as well as can be told."""
    lines = path.read_text("utf8").splitlines()
    return next((n for n, line in enumerate(lines, 1) if text in line), 1)


def page_faults(page, site):
    """Markup that a built page shows as text. Output of cells that is displayed counts as text."""
    path, html = ROOT / f"{page}.md", article(site, page)
    for faults in [*(raw(text) for text in shown(html)), unread(html), lonely(html)]:
        for what, found in faults:
            yield (
                f"{page}.md:{line_of(path, found)}: its page shows {what}: {found[:80]!r}; "
                "correct the markup, or put code between backticks"
            )


@cache
def all_notebooks():
    wheel, book = notebooks.build_wheel(), edition(ROOT)
    names = filter(None, map(notebooks.notebook_of, notebooks.chosen()))
    paths = [(ROOT / name).with_suffix(".md") for name in names]
    return {path: notebooks.convert(path, book, wheel) for path in paths}


def notebook_faults(path, notebook):
    """Markup that a notebook program would show as text: it knows Markdown, tables and formulas."""
    md = MarkdownIt("commonmark", {"html": True}).enable("table").use(dollarmath_plugin)
    md.add_render_rule("math_inline", lambda *args: "<math>x</math>")
    md.add_render_rule("math_block", lambda *args: "<math>x</math>")
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        for text in shown(md.render(cell.source)):
            for what, found in raw(text):
                yield (
                    f"{name(path)}:{line_of(path, found)}: its notebook shows {what} as text: "
                    f"{found[:80]!r}; correct the markup, or give it a form in _book/notebooks.py"
                )


def displayed(path):
    """The Markdown that the cells of a page displayed when they last ran, as a notebook."""
    executed = cached(read_chapter(path))
    cells = [cell for cell in executed.cells if cell.cell_type == "code"] if executed else []
    data = [out.get("data", {}) for cell in cells for out in cell.outputs]
    texts = [kinds["text/markdown"] for kinds in data if "text/markdown" in kinds]
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(t) for t in texts])


def equation_faults(page, site):
    """Equations that are cited by another number than the one beside them."""
    html = article(site, page)
    for link in html.select('a.reference[href*="#equation-"]'):
        file, _, anchor = link["href"].partition("#")
        there = soup((site / f"{page}.html").parent / file) if file else html
        number = there.find(id=anchor).select_one(".eqno").get_text().strip(" #\u00b6")
        if link.get_text().strip() != number:
            yield f"{page}.md: cites an equation as {link.get_text()}, which is shown as {number}"


def notebook_equation_faults(path, notebook, site):
    """Equations whose number in the notebook is another one than on the page."""
    page = name(path).removesuffix(".md").replace("exercises/", "solutions/")
    numbers = [n.get_text().strip(" #\u00b6") for n in article(site, page).select(".eqno")]
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    there = [f"({n})" for n in re.findall(r"\\tag\{(.*?)\}", text)]
    if numbers != there:
        yield f"{name(path)}: its equations are {there} in the notebook, and {numbers} on the page"


def check_texts():
    """Each hint, and each sentence of a check, with its place."""
    for path in sorted((ROOT / "solutions").glob("*.md")):
        for exercise in read_page(path.read_text("utf8")).values():
            for hint in exercise.hints:
                text = " ".join(hint.split())
                yield f"{name(path)}:{line_of(path, hint.splitlines()[0])}", text
    for path in sorted((ROOT / "helpers" / "checks").glob("**/*.py")):
        tree = ast.parse(path.read_text("utf8"))
        docs = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                sentence = node.value.count(" ") > 3 and re.match("[A-Z]", node.value)
                if sentence and "\n" not in node.value and id(node) not in docs:
                    yield f"{name(path)}:{node.lineno}", node.value


def check_faults():
    """Hints and messages that would show markup other than code and *emphasis*."""
    for where, text in check_texts():
        html = Box("hint", "title", lines=[text])._repr_html_()
        for line in shown(html):
            for what, found in raw(line):
                yield f"{where}: a learner would see {what} as text: {found[:80]!r}"


@each_page
@pytest.mark.parametrize("faults", [page_faults, equation_faults])
def test_page(page, faults):
    fail_with(faults(page, built_site()))


def test_notebooks():
    found = [f for path, nb in all_notebooks().items() for f in notebook_faults(path, nb)]
    fail_with(found + [f for path in pages() for f in notebook_faults(path, displayed(path))])


def test_equations_of_notebooks():
    site = built_site()
    fail_with(
        fault
        for path, notebook in all_notebooks().items()
        for fault in notebook_equation_faults(path, notebook, site)
    )


def test_hints_and_messages():
    fail_with(check_faults())


# Faults on purpose


@pytest.mark.parametrize(
    ("html", "what"),
    [
        ("<p>| | CPU seconds | accuracy |\n|---|---|---|</p>", "a table"),
        ("<p>| a | b |</p>", "a table"),
        ("<li>which counts *all* of them</li>", "emphasis"),
        ("<p>**Time:** ten</p>", "emphasis"),
        ("<p>:::{note} A\nb</p>", "a directive"),
        ("<p>see {ref}<code>x</code>, {ref}`x`</p>", "a role"),
        ("<summary>the value of `grad`</summary>", "code"),
        ("<td>see [this](other.md)</td>", "a link"),
        ("<p>(label-of)=</p>", "a label"),
        ("<p>% fact: 1959</p>", "a comment"),
        ("<p>as we saw[^1]</p>", "a footnote"),
        ("<p>for {{ title }}</p>", "a substitution"),
        ("<div>$x^2$ falls</div>", "LaTeX"),
        ("<p>the sum \\sum_i</p>", "LaTeX"),
        ("<p>one &lt;br&gt; two</p>", "HTML"),
        ("<p>R &amp;amp; D</p>", "HTML"),
        ("<p># Title</p>", "a heading"),
        ("<div><div>&lt;IPython.core.display.Markdown object&gt;</div></div>", "an object"),
    ],
)
def test_markup_that_arrives_as_text_is_named(html, what):
    assert what in [kind for text in shown(html) for kind, _ in raw(text)]


def test_a_sentence_that_became_a_list_is_named():
    def found(text):
        return [it for _, it in lonely(BeautifulSoup(MarkdownIt().render(text), "html.parser"))]

    assert found("40. The first has 13.\n\nText.\n") == ["40. The first has 13."]
    assert found("Forty. The first\n\n1. one\n2. two\n\nText.\n\n3. three\n") == []


@pytest.mark.parametrize("latex", [r"\begin{aligned}a&=b\\c&=d\end{aligned}", r"\qwert x"])
def test_a_formula_that_is_not_understood_is_named(latex):
    html = BeautifulSoup(mathml(latex, "block"), "html.parser")
    assert [what for what, _ in unread(html)]
    assert not list(
        unread(BeautifulSoup(mathml(r"\frac{1}{N} \sum_i x_i", "block"), "html.parser"))
    )


@pytest.mark.parametrize(
    "html",
    [
        "<p>2 * 3 * 4 and <code>*args</code>, |d| against d\u00b2, costs $5, w_1, a < b</p>",
        "<pre>| a | b | *x* $y$</pre><p>a factor (1 \u2212 \u03b7c): 5 % of it; f(x)[0]</p>",
        "<p>the shapes (11, 1) and [3, 2]</p>",
    ],
)
def test_what_only_looks_like_markup_is_left_alone(html):
    assert [raw(text) for text in shown(html) if raw(text)] == []


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("| a | b |\n|---|---|\n| 1 | 2 |", None),
        ("text\n| a | b |", "a table"),
        ("- [ ] {sub}`x`", "a role"),
        ("a $x$ and\n\n$$\n\\frac{1}{2} \\tag{1}\n$$", None),
    ],
)
def test_markdown_of_notebooks_is_read_as_they_read_it(source, what):
    cell = nbformat.v4.new_markdown_cell(source)
    found = list(notebook_faults(ROOT / "index.md", nbformat.v4.new_notebook(cells=[cell])))
    assert [what in fault for fault in found] == ([True] if what else [])
