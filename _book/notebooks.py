"""Chapters and exercises as notebooks that run alone: for Colab, for Binder, for download.

    python _book/notebooks.py _build/notebooks    what the branch `notebooks` holds

Notebook programs show MyST's directives raw, so the ones that the pages use become plain Markdown.
One that is not known here is an error, not a surprise for a reader. The first code cell brings
`helpers` as it is at this commit: a wheel on the same branch, whose checksum the cell knows.
"""

import base64
import re
import shutil
import sys
import tomllib
from functools import cache
from pathlib import Path

import jupytext
import nbformat
from claims import is_claim
from edition import NOTEBOOKS, ROOT, edition, notebook_of
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from minutes import PARTS, minutes
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser
from sphinx_external_toc.parsing import parse_toc_yaml
from wheel_of_helpers import build_wheel, sha256, wheel_path

MADE_FROM = ".made-from"
SETUP = ROOT / "_book" / "setup_cell.py"
GLOSSARY = ROOT / "glossary.md"
MD = create_md_parser(MdParserConfig(enable_extensions={"colon_fence", "dollarmath"}), RendererHTML)
# In a paragraph: code, which is left alone; a role; a picture or a link that is a file.
INLINE = re.compile(
    r"(?s)(?<![\\`])(`+)(?!`).+?(?<!`)\1(?!`)|\{(?P<role>[\w:-]+)\}`(?P<target>[^`]+)`"
    r"|!\[(?P<alt>[^\]]*)\]\((?!https?:|data:)(?P<file>[^)\s]+)(?P<rest>[^)]*)\)"
    r"|\]\((?P<page>(?!https?:)[^)\s]+\.md)[^)]*\)"
    # What MyST knows and notebooks do not: a footnote, a substitution, attributes of a word.
    r"|(?P<myst>\[\^[\w-]+\]|\{\{.*?\}\}|\]\{[.#][^}\n]*\})"
)
LABEL = re.compile(r"^\((?P<label>[\w-]+)\)=[ ]*\n+#+ (?P<title>.+)$", re.M)
ONLY_MYST = {
    "footnote_reference_open": "a footnote",
    "myst_block_break": "a block break",
    "colon_fence": "a fence of colons without a name",
}
TYPES = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".gif": "gif", ".webp": "webp"}
DROPPED = re.compile(r"(myst_line_comment|myst_target) .*|html_block <!--.*-->\s*", re.S)
FOLDED = {"cellView": "form", "jupyter": {"source_hidden": True}}  # for Colab, for Jupyter


class Unknown(ValueError):
    """Something in a page that has no form in a notebook yet."""

    def __init__(self, what, fault=f"has no form in a notebook: see {__file__}"):
        super().__init__(f"{what} {fault}")


@cache
def labels():
    """Where each label of the course leads: {label: (page, title)}."""
    return {
        label: (page.relative_to(ROOT).with_suffix("").as_posix(), title)
        for page in [*ROOT.glob("*.md"), *ROOT.glob("chapters/*.md"), *ROOT.glob("solutions/*.md")]
        for label, title in LABEL.findall(page.read_text("utf8"))
    }


def glossary_terms(text):
    """The terms of a glossary page, in its order."""
    entries = re.search(r"^:::\{glossary\}\n(.*?)^:::", text, re.M | re.S)[1]
    return re.findall(r"^\S.*$", entries, re.M)


@cache
def terms():
    """Where each term stands on the page of the glossary: {term in lower case: anchor}."""
    names = glossary_terms(GLOSSARY.read_text("utf8"))
    return {name.lower(): "term-" + re.sub(r"[^\w.]+", "-", name).strip("-") for name in names}


@cache
def chosen():
    """The pages that are in the book, in its order; a teacher may have left some out."""
    return [page.removesuffix(".md") for page in parse_toc_yaml(ROOT / "_toc.yml")]


def embedded(picture):
    """The file as an address that holds it; of an SVG its PNG, since Colab shows no SVG."""
    shown = picture.with_suffix(".png") if picture.suffix == ".svg" else picture
    if shown.suffix not in TYPES:
        raise Unknown(f"the picture {picture.name}")
    for file, fault in (picture, "is not there"), (shown, "is not there; run: make figures"):
        if not file.is_file():
            raise Unknown(f"the picture {file.name}", fault)
    return (
        f"data:image/{TYPES[shown.suffix]};base64,{base64.b64encode(shown.read_bytes()).decode()}"
    )


def plain(text, file, book):
    """The MyST Markdown of one cell as Markdown that every notebook program shows.

    file: the page that it comes from, for pictures and messages. Unknown says what is not known.
    """
    numbers = re.findall(r"\{math\}\n:label: *(\S+)", file.read_text("utf8"))

    def blocks(text):
        lines = text.split("\n")
        for token in reversed(MD.parse(text)):  # from the end: the lines above keep their numbers
            here = slice(*token.map or (0, 0))
            if token.type == "inline":
                lines[here] = [INLINE.sub(inline, "\n".join(lines[here]))]
            elif DROPPED.fullmatch(f"{token.type} {token.content}"):
                lines[here] = []
            elif token.info.strip().startswith("{"):
                lines[here] = [directive(token)]
            elif token.type in ONLY_MYST:
                raise Unknown(f"{ONLY_MYST[token.type]} ({lines[here][0]})")
        return "\n".join(lines)

    def directive(token):
        name, _, title = token.info.strip()[1:].partition("}")
        head = re.match(r"(?::[\w-]+:.*\n)*", token.content)[0]
        options = dict(re.findall(r"^:([\w-]+):[ ]*(.*)$", head, re.M))
        body = token.content.removeprefix(head).strip()
        if token.level or body.startswith("---\n"):
            raise Unknown(f"directive {{{name}}}", "is indented, or has options between ---")
        if name == "math":
            number = numbers.index(options["label"]) + 1 if "label" in options else None
            return f"$$\n{body}" + (rf" \tag{{{number}}}" if number else "") + "\n$$"
        if name not in ("dropdown", "admonition"):
            raise Unknown(f"directive {{{name}}}")
        title, body = INLINE.sub(inline, title.strip()), blocks(body)
        if "dropdown" in (name, *options.get("class", "").split()):
            title = f"<summary>{MarkdownIt().renderInline(title)}</summary>"
            return f"<details>\n{title}\n\n{body}\n\n</details>"
        return "\n".join(f"> {s}".rstrip() for s in [f"**{title}**", "", *body.split("\n")])

    def inline(match):
        if match["file"]:
            return f"![{match['alt']}]({embedded(file.parent / match['file'])}{match['rest']})"
        if match["page"]:
            raise Unknown(f"a link to {match['page']}", "leads nowhere there: use {ref}`label`")
        if match["myst"]:
            raise Unknown(match["myst"])
        if not (role := match["role"]):
            return match[0]
        words, goal = re.fullmatch(r"(?s)(?:(.*?)\s*<)?([^<>]+)>?", match["target"]).groups()
        if role == "eq" and goal in numbers:
            return f"({numbers.index(goal) + 1})"
        if role == "minutes" and goal in PARTS:
            return str(minutes(goal, file.stem))
        if role == "term" and goal.lower() in terms():
            address = "glossary" in chosen() and book.page("glossary")
            return (
                f"[{words or goal}]({address}#{terms()[goal.lower()]})"
                if address
                else words or goal
            )
        if role == "ref" and goal in labels():
            page, title = labels()[goal]
            address = page in chosen() and book.page(page)
            return f"[{words or title}]({address}#{goal})" if address else words or title
        raise Unknown(match[0])

    return blocks(text).strip()


def setup_cell(book, wheel):
    """The first code cell: the course's own function, called with this commit's wheel."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))["project"]
    needs = [re.match(r"[\w-]+", need)[0] for need in project["dependencies"]]
    call = {
        "wheel": book.raw(wheel_path(wheel)),
        "sha256": sha256(wheel),
        "needs": needs,
        "course": book.repository,
    }
    lines = "".join(f"    {name}={value!r},\n" for name, value in call.items())
    source = f"{SETUP.read_text('utf8')}\n\nset_up(\n{lines})\ndel set_up"
    return nbformat.v4.new_code_cell(source, metadata=FOLDED | {"tags": ["setup"]})


def code(cell, unfolded=False):
    """The code cell, folded as on the page or not; Markdown where it is shown and never run."""
    tags = set(cell.metadata.get("tags", []))
    folded = {tag for tag in tags if re.match("(hide|remove)-(?!stderr)", tag)}
    if folded - {"hide-input"} or folded and "skip-execution" in tags:
        raise Unknown(f"a cell tagged {', '.join(sorted(tags))}")
    if "skip-execution" in tags and "gpu" not in tags:
        return nbformat.v4.new_markdown_cell(f"```python\n{cell.source}\n```")
    # Without a GPU a cell for one fails: Run All shall go on behind it.
    kept = tags & {"gpu", "raises-exception"}
    metadata = {"tags": sorted(kept | {"raises-exception"})} if kept else {}
    if folded and not unfolded:
        metadata |= FOLDED
    return nbformat.v4.new_code_cell(cell.source, metadata=metadata)


def convert(file, book, wheel):
    """The page as a notebook without outputs. Unknown names the page and what is not known.

    file:  chapters/NN_topic.md or exercises/NN_topic.md
    book:  the Edition whose addresses go in
    wheel: the file of `helpers` that the first code cell shall bring
    """
    name = file.relative_to(ROOT).with_suffix("").as_posix()
    if file.read_bytes().startswith(b"\xef\xbb\xbf"):
        raise Unknown(f"{name}.md:", "begins with a byte order mark; save it as UTF-8 without one")
    cells = []
    for cell in jupytext.read(file, fmt="md:myst").cells:
        try:
            if cell.cell_type == "code":
                # In a chapter, only what draws is folded; in an exercise, it may tell the answer.
                cells += [] if is_claim(cell) else [code(cell, file.parent.name == "chapters")]
            elif source := plain(cell.source + "\n", file, book):
                cells.append(nbformat.v4.new_markdown_cell(source))
        except Unknown as error:
            raise Unknown(f"{name}.md:", error) from None
    page = next((page for page in chosen() if notebook_of(page) == f"{name}.ipynb"), None)
    if address := page and book.page(page):
        cells[0].source += f"\n\n[This page on the web]({address})"
    first = next((i for i, cell in enumerate(cells) if cell.cell_type == "code"), len(cells))
    cells.insert(first, setup_cell(book, wheel))
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"  # the same bytes each time
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "colab": {"provenance": [], "toc_visible": True},
    }
    if any("gpu" in cell.metadata.get("tags", []) for cell in cells):
        metadata["accelerator"] = "GPU"
        metadata["colab"]["gpuType"] = "T4"
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    nbformat.validate(notebook)
    return notebook


def write(folder, book, wheel=None):
    """Write the chapters and the exercises of the book as notebooks to `folder`."""
    wheel = wheel or build_wheel()
    for page in chosen():
        if name := notebook_of(page):
            target = Path(folder, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(convert((ROOT / name).with_suffix(".md"), book, wheel), target)


def write_branch(folder, book):
    """Write all that the branch for notebooks holds: notebooks, wheel, Binder's files, a note."""
    shutil.rmtree(folder, ignore_errors=True)
    wheel = build_wheel()
    write(folder, book, wheel)
    shutil.copytree(ROOT / ".binder", Path(folder, ".binder"))
    shutil.copy(ROOT / "constraints.txt", folder)
    Path(folder, wheel_path(wheel)).parent.mkdir(parents=True)
    shutil.copy(wheel, Path(folder, wheel_path(wheel)))
    Path(folder, ".binder", "course.txt").write_text(f"./{wheel_path(wheel)}\n", "utf8")
    Path(folder, MADE_FROM).write_text(f"{book.commit}\n", "utf8")  # is not published
    Path(folder, "README.md").write_text(
        f"# {book.title}: the notebooks\n\n"
        "Made from the Markdown files of the main branch whenever it changes. To correct a "
        f"notebook, correct its source. The branch `{NOTEBOOKS}` is for Colab, Binder and "
        "downloads.\n",
        "utf8",
    )


if __name__ == "__main__":
    try:
        write_branch(Path(sys.argv[1]), edition())
    except Unknown as error:
        sys.exit(str(error))
