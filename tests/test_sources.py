"""The chapters' sources have the shape that CONTRIBUTING.md promises; each fault names its line."""

import ast
import re

import claims
import pytest
import yaml
from sources import (
    CHAPTERS,
    blocks,
    directive,
    each_chapter,
    fail_with,
    name,
    numbered_cells,
    prose,
    toc_files,
)

from conftest import EXPECTED, FOLDERS, ROOT, cached, compared, pages, read_chapter, recorded, tags

FRONT_MATTER = {
    "jupytext": {"text_representation": {"extension": ".md", "format_name": "myst"}},
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
}
TAGS = set(
    "nbval-check-output claim gpu skip-execution raises-exception remove-stderr full-width margin "
    "scroll-output hide-input hide-output hide-cell remove-input remove-output remove-cell".split()
)
LONG, USUAL = 15, 7  # lines of code in a cell: the limit, and what nine of ten keep to


def text_of(node):
    """A block's text with its emphasis marks."""
    return node.children[0].content if node.children else node.content


QUARREL = re.compile(
    r"\b(?:published|popular|other people's|somebody's)\s+(?:code|notebooks?|runs?|figures?|loops?|"
    r"recipes?)\b|\b(?:many|most|some|other)\s+(?:tutorials|courses|books|blogs?)\b",
    re.I,
)


def quarrel_faults(path):
    """Opponents without a name, whom no reader can look up."""
    for line, text in enumerate(path.read_text("utf8").splitlines(), 1):
        if found := QUARREL.search(text):
            yield (
                f"{name(path)}:{line}: '{found[0]}': nobody can look that up; "
                "call it a common mistake, and show it"
            )


def front_matter_faults(path):
    text = path.read_text("utf8")
    if text.startswith("\ufeff"):
        yield f"{name(path)}:1: begins with a byte order mark; save it as UTF-8 without one"
    found = yaml.safe_load(text.split("---")[1]) if text.startswith("---\n") else None
    if found != FRONT_MATTER:
        yield f"{name(path)}:1: the front matter is not the one of the other chapters; copy theirs"
    if not re.fullmatch(r"\d\d_[a-z0-9_]+\.md", path.name):
        yield f"{name(path)}:1: rename it to two digits and a topic, such as 07_datasets.md"


def toc_faults(root):
    """Pages that _toc.yml forgets. One that is left out on purpose stands there behind a #."""
    text = (root / "_toc.yml").read_text("utf8")
    files = toc_files(yaml.safe_load(text))
    named = set(re.findall(r"^[ #]*- file: *(\S+)", text, re.MULTILINE))
    for folder in FOLDERS:
        for path in sorted((root / folder).glob("*.md")):
            if f"{folder}/{path.stem}" not in named:
                entry = f"- file: {folder}/{path.stem}"
                yield f"{folder}/{path.name}:1: not in _toc.yml; add {entry}, or # {entry}"
    for file in files:
        if not any((root / f"{file}{suffix}").exists() for suffix in (".md", "")):
            yield f"_toc.yml: {file}.md does not exist; write it, or take the entry out"


def shape_faults(path):
    """A chapter's parts in their order; where one is missing, the line before which it belongs."""
    nodes = blocks(path.read_text("utf8"))
    kinds = [node.type for node in nodes]
    heads = {text_of(n): i for i, n in enumerate(nodes) if n.type == "heading"}

    def at(node, fault):
        return f"{name(path)}:{node.map[0] + 1}: {fault}"

    if "heading" not in kinds:
        return [f"{name(path)}:1: no title; begin with # and the topic"]
    start, found = kinds.index("heading"), []
    title, label = nodes[start], nodes[start - 1]
    if title.tag != "h1" or [n.tag for n in nodes].count("h1") > 1:
        found.append(at(title, "a chapter begins with its one title, a heading with one #"))
    if label.type != "myst_target" or not label.content.startswith("chapter-"):
        found.append(at(title, "put a label on the line above: (chapter-topic)="))
    elif label.map[0] + 1 != title.map[0]:
        found.append(at(label, "the label belongs on the line above the title"))

    opening = nodes[start + 1 : start + 5]
    if not opening or not text_of(opening[0]).endswith("?"):
        found.append(
            at(title, "below the title goes the question that the chapter answers, with ?")
        )
    goals = 0
    if (
        len(opening) < 2
        or getattr(opening[1], "type", "") != "colon_fence"
        or (directive(opening[1])[:2] != ("admonition", "You will be able to"))
    ):
        found.append(at(title, "after the question: :::{admonition} You will be able to"))
    else:
        lists = [n for n in blocks(directive(opening[1])[3]) if n.type == "bullet_list"]
        goals = sum(len(n.children) for n in lists)
        if not 3 <= goals <= 5:
            found.append(at(opening[1], f"{goals} objectives; three to five bullets"))
    for number, words in ((2, "**Before you start:**"), (3, "**Time:**")):
        if len(opening) <= number or not text_of(opening[number]).startswith(words):
            found.append(at(title, f"paragraph {number + 1} below the title begins with {words}"))
        elif number == 3 and "{minutes}`chapter`" not in text_of(opening[3]):
            found.append(at(opening[3], "the minutes are computed: {minutes}`chapter`"))

    last = nodes[-1]
    ends = [heads.get(title) for title in ("Recap", "Check yourself", "Exercises")]
    for title, place in zip(("Recap", "Check yourself", "Exercises"), ends, strict=True):
        if place is None or nodes[place].tag != "h2":
            found.append(at(last, f"the heading ## {title} is missing"))
    if None in ends:
        return found
    if ends != sorted(ends):
        found.append(at(nodes[min(ends)], "the order is Recap, Check yourself, Exercises"))
    points = sum(len(n.children) for n in nodes[ends[0] : ends[1]] if n.type == "bullet_list")
    if goals and points != goals:
        found.append(at(nodes[ends[0]], f"{points} bullets for {goals} objectives; one for each"))
    return found + question_faults(nodes[ends[1] : ends[2]], at)


def question_faults(nodes, at):
    """Three questions, each with three or more answers to open, of which one is right."""
    numbers = [(i, n) for i, n in enumerate(nodes) if re.match(r"\*\*\d+\.\*\*", text_of(n))]
    found = []
    if [text_of(n)[2] for _, n in numbers] != ["1", "2", "3"]:
        found.append(at(nodes[0], "three questions, which begin with **1.**, **2.** and **3.**"))
    for (start, node), (end, _) in zip(numbers, [*numbers[1:], (len(nodes), None)], strict=True):
        parts = [directive(n) for n in nodes[start:end] if n.type in ("colon_fence", "fence")]
        bodies = [part[3] for part in parts if part[0] == "dropdown"]
        if len(bodies) < 3:
            found.append(at(node, "a question has at least three answers, each a :::{dropdown}"))
        if sum(re.match(r"Yes\b", body.strip()) is not None for body in bodies) != 1:
            found.append(at(node, "exactly one answer's feedback begins with Yes"))
    return found


def code_length(cell):
    """Lines of a cell that are not blank: the blank ones between functions are the formatter's."""
    return sum(bool(line.strip()) for line in cell.source.splitlines())


def cell_faults(path):
    cells = [(line, cell) for line, cell in numbered_cells(path) if not claims.is_claim(cell)]
    for line, cell in cells:
        where, length = f"{name(path)}:{line}", code_length(cell)
        try:
            body = ast.parse(re.sub(r"\A%%\w.*", "", cell.source)).body  # a file that it writes
        except SyntaxError:  # a magic, or a fault that running it will show
            body = []
        long = (ast.ClassDef, ast.FunctionDef, ast.For, ast.While)
        if length > LONG and not any(isinstance(n, long) for b in body for n in ast.walk(b)):
            yield f"{where}: {length} lines; more than {LONG} only for a class or the loop"
        if body and ast.unparse(body[-1]).startswith("print("):
            yield f"{where}: end the cell on an expression, not on print"
        for tag in set(tags(cell)) - TAGS:
            yield f"{where}: unknown tag {tag}; {', '.join(sorted(TAGS))}"
        if "gpu" in tags(cell) and "skip-execution" not in tags(cell):
            yield f"{where}: a cell tagged gpu needs skip-execution as well, for the book's sake"
    short = sum(code_length(cell) <= USUAL for _, cell in cells)
    if cells and short < 0.9 * len(cells):
        share = f"{short} of {len(cells)}"
        yield f"{name(path)}:1: only {share} cells have {USUAL} lines at most; split some"
    notebook = read_chapter(path)
    seen = [
        (line, cell.cell_type)
        for line, cell in zip(notebook.metadata["source_map"], notebook.cells, strict=True)
        if not claims.is_claim(cell)
    ]
    for (_, one), (line, two) in zip(seen, seen[1:], strict=False):
        if one == two == "code":
            yield f"{name(path)}:{line}: two code cells in a row; say something between"


def claim_faults(path):
    notebook = read_chapter(path)
    for at, fault in claims.faults(notebook):
        yield f"{name(path)}:{notebook.metadata['source_map'][at]}: {fault}"


def alt_fault(text):
    """What is wrong with a picture's alternative text, or None."""
    if len(text) < 20:
        return "a picture without alt text; say in a sentence what it shows"
    if re.match(r"(an? )?(image|picture|plot|figure|graph|photo) of\b", text, re.IGNORECASE):
        return "alt text says what the picture shows, without 'image of' or 'plot of'"
    return None


def picture_faults(path):
    """Pictures in the text, and what the cells drew when they last ran."""
    for piece in prose(path.read_text("utf8")):
        if piece.kind == "image" and (fault := alt_fault(piece.text)):
            yield f"{name(path)}:{piece.line}: {fault}"
    executed = cached(read_chapter(path))
    if executed is None:
        yield f"{name(path)}:1: it has not passed as it is now; run: make chapters"
        return
    ran = [cell for cell in executed.cells if cell.cell_type == "code"]
    for (line, cell), done in zip(numbered_cells(path), ran, strict=True):
        drawn = any(
            kind.startswith("image/") for out in done.outputs for kind in out.get("data", {})
        )
        if drawn and (fault := alt_fault(claims.alt(cell))):
            yield f"{name(path)}:{line}: {fault}, in the cell's mystnb: image: alt:"


def record_faults():
    """Recorded output that belongs to no cell any more."""
    for file in sorted(EXPECTED.rglob("*.yml")):
        path = (ROOT / file.relative_to(EXPECTED)).with_suffix(".md")
        if not path.exists() or recorded(path).keys() - compared(read_chapter(path)).keys():
            yield f"{name(file)}: has what is in no chapter; run: make record"


def test_there_are_chapters():
    assert CHAPTERS


def test_the_table_of_contents_is_complete():
    fail_with(toc_faults(ROOT))


def test_recorded_output_belongs_to_cells():
    fail_with(record_faults())


@pytest.mark.parametrize("path", pages(), ids=name)
@pytest.mark.parametrize(
    "faults", [front_matter_faults, picture_faults, claim_faults, quarrel_faults]
)
def test_page(path, faults):
    fail_with(faults(path))


@each_chapter
@pytest.mark.parametrize("faults", [shape_faults, cell_faults])
def test_chapter(path, faults):
    fail_with(faults(path))
