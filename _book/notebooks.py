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
from edition import NOTEBOOKS, ROOT, edition, notebook_of
from markdown_it import MarkdownIt
from sphinx_external_toc.parsing import parse_toc_yaml
from wheel_of_helpers import build_wheel, sha256, wheel_path

SETUP = ROOT / "_book" / "setup_cell.py"
FENCE = re.compile(r"^(`{3,}|:{3,})\{([\w-]+)\}[ ]*(.*?)\n(.*?)^\1[ ]*$", re.S | re.M)
ROLE = re.compile(r"\{([\w:-]+)\}`([^`]+)`")
LABEL = re.compile(r"^\((?P<label>[\w-]+)\)=[ ]*\n+#+ (?P<title>.+)$", re.M)
PICTURE = re.compile(r"!\[([^\]]*)\]\((?!https?:)([^)]+)\)")
DROPPED = re.compile(r"^\([\w-]+\)=[ ]*\n|^% .*\n|^<!--(?s:.*?)-->\n", re.M)
TYPES = {".svg": "svg+xml", ".png": "png", ".jpg": "jpeg"}


class Unknown(ValueError):
    """Something in a page that has no form in a notebook yet."""


@cache
def labels():
    """Where each label of the course leads: {label: (page, title)}."""
    pages = [*ROOT.glob("*.md"), *ROOT.glob("chapters/*.md"), *ROOT.glob("solutions/*.md")]
    return {
        label: (page.relative_to(ROOT).with_suffix("").as_posix(), title)
        for page in pages
        for label, title in LABEL.findall(page.read_text("utf8"))
    }


@cache
def chosen():
    """The pages that are in the book, in its order; a teacher may have left some out."""
    return [page.removesuffix(".md") for page in parse_toc_yaml(ROOT / "_toc.yml")]


def link(text, page, anchor, book):
    """A Markdown link to a published page; the text alone where there is none."""
    address = book.page(page)
    return f"[{text}]({address}{anchor})" if address and page in chosen() else text


def plain(text, file, book):
    """The MyST Markdown of one cell as Markdown that every notebook program shows.

    file: the page that it comes from, for pictures and messages. Unknown says what is not known.
    """
    numbers = re.findall(r"\{math\}\n:label: *(\S+)", file.read_text("utf8"))

    def fence(match):
        _, name, title, body = match.groups()
        options = dict(re.findall(r"^:([\w-]+):[ ]*(.*)$", body, re.M))
        body = re.sub(r"\A(?::[\w-]+:.*\n)+", "", body).strip()
        if name == "math":
            label = options.get("label")
            number = rf" \tag{{{numbers.index(label) + 1}}}" if label else ""
            return f"$$\n{body}{number}\n$$"
        body = FENCE.sub(fence, body)
        if name == "dropdown":
            title = MarkdownIt().renderInline(title)
            return f"<details>\n<summary>{title}</summary>\n\n{body}\n\n</details>"
        if name == "admonition":
            return "\n".join(f"> {s}".rstrip() for s in [f"**{title}**", "", *body.split("\n")])
        raise Unknown(f"directive {{{name}}}")

    def role(match):
        name, target = match.groups()
        words, goal = re.fullmatch(r"(?:(.*?)\s*<)?([^<>]+)>?", target).groups()
        if name == "eq" and goal in numbers:
            return f"({numbers.index(goal) + 1})"
        if name == "ref" and goal in labels():
            page, title = labels()[goal]
            return link(words or title, page, f"#{goal}", book)
        raise Unknown(f"{{{name}}}`{target}`")

    def picture(match):
        source = file.parent / match[2]
        data = base64.b64encode(source.read_bytes()).decode()
        return f"![{match[1]}](data:image/{TYPES[source.suffix]};base64,{data})"

    text = FENCE.sub(fence, DROPPED.sub("", text))
    return PICTURE.sub(picture, ROLE.sub(role, text)).strip()


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
    hidden = {"cellView": "form", "jupyter": {"source_hidden": True}, "tags": ["setup"]}
    return nbformat.v4.new_code_cell(source, metadata=hidden)


def convert(file, book, wheel):
    """The page as a notebook without outputs. Unknown names the page and what is not known.

    file:  chapters/NN_topic.md or exercises/NN_topic.md
    book:  the Edition whose addresses go in
    wheel: the file of `helpers` that the first code cell shall bring
    """
    cells, tags = [], set()
    for cell in jupytext.read(file, fmt="md:myst").cells:
        own = set(cell.metadata.get("tags", []))
        tags |= own
        if cell.cell_type == "code":
            # Without a GPU such a cell fails: Run All shall go on behind it.
            kept = {"raises-exception"} if own & {"gpu", "raises-exception"} else set()
            kept |= own & {"gpu"}
            metadata = {"tags": sorted(kept)} if kept else {}
            cells.append(nbformat.v4.new_code_cell(cell.source, metadata=metadata))
            continue
        try:
            source = plain(cell.source + "\n", file, book)
        except Unknown as error:
            name = file.relative_to(ROOT)
            raise Unknown(f"{name}: {error} has no form in a notebook: see {__file__}") from None
        if source:
            cells.append(nbformat.v4.new_markdown_cell(source))
    if address := book.page(file.relative_to(ROOT).with_suffix("").as_posix()):
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
    if "gpu" in tags:
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
            source = (ROOT / name).with_suffix(".md")
            nbformat.write(convert(source, book, wheel), target)


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
