"""Reading a page of `solutions/`: its exercises, and the page that a learner opens.

A page is MyST Markdown. Each exercise is a section `## 1. Title` with
    a prompt; code cells in it are shown to everybody
    :::{dropdown} Hint 1 ... :::      at least two, in rising strength
    a code cell with the answer between `# BEGIN SOLUTION` and `# END SOLUTION`
    a code cell `ex.check("name")`
A section whose visible code is to be changed by the learner (a bug to fix) tags that cell `given`:
the learner's page keeps it, and leaves the answer's cell out. An admonition `In the book` and the
label of the page stay in the book, as do the cells tagged `claim`, which prove what the text says.
"""

import re
from dataclasses import dataclass
from pathlib import Path

BEGIN, END = "# BEGIN SOLUTION", "# END SOLUTION"
STUB = "your code here"
CLAIM = re.compile(r"^:tags: .*\bclaim\b", re.M)
CELL = re.compile(
    r"^```\{code-cell\}[^\n]*\n(---\n.*?^---\n|(?::[^\n]*\n)*)\n*(.*?)^```\n", re.M | re.S
)
HINT = re.compile(r"^:::\{dropdown\} Hint \d+\n(.*?)^:::\n\n?", re.M | re.S)
BOOK = re.compile(r"^:::\{admonition\} In the book\n(.*?)^:::\n\n?", re.M | re.S)
REGION = re.compile(rf"^( *){BEGIN}\n(.*?)^ *{END}\n", re.M | re.S)
CHECK = re.compile(r"^ex\.check\(\"(\w+)\"\)\n", re.M)
SECTION = re.compile(r"^(?=## )", re.M)
LABEL = re.compile(r"^\([\w-]+\)=\n", re.M)
IMPORTS = re.compile(r"^ex = exercises\(\"(\w+)\", marks=None\)$", re.M)
NOTICE = """<!-- Written by `make exercises` from solutions/{name}.md.
To change this page, edit that one, then run `make exercises`. -->

"""


@dataclass(frozen=True)
class Exercise:
    """One section of a page: name of the answer, title, hints, worked answer."""

    name: str
    title: str
    hints: tuple
    solution: str


def folder():
    """Where the pages with answers lie: installed beside the checks, else in `solutions/`."""
    here = Path(__file__).resolve()
    installed = here.parents[1] / "solutions"
    return installed if installed.is_dir() else here.parents[3] / "solutions"


def topic(page):
    """The module of the checks of a page: its name without the number in front."""
    return page.partition("_")[2]


def read_page(text):
    """The exercises of a solutions page, as a dict from name to Exercise."""
    found = {}
    for section in SECTION.split(text)[1:]:
        if name := CHECK.search(section):
            title = section.splitlines()[0].removeprefix("## ")
            hints = tuple(hint.strip() for hint in HINT.findall(section))
            answers = [code for _, code in CELL.findall(section) if BEGIN in code]
            lines = "".join(answers).splitlines()
            shown = [line for line in lines if line.strip() not in (BEGIN, END)]
            found[name[1]] = Exercise(name[1], title, hints, "\n".join(shown).strip())
    return found


def faults(text, name):
    """What is wrong with the solutions page `name`: a list of sentences, each with its repair."""
    found = []
    if (imported := IMPORTS.search(text)) is None or imported[1] != name:
        found.append(f'the imports cell needs the line `ex = exercises("{name}", marks=None)`')
    if not text.rstrip().endswith("ex.summary()\n```"):
        found.append("the last cell must be `ex.summary()`")
    names = CHECK.findall(text)
    found += [
        f"`{n}` is checked twice: give each exercise its own name"
        for n in set(names)
        if names.count(n) > 1
    ]
    for section in SECTION.split(text)[1:]:
        title = section.splitlines()[0]
        begins, ends = section.count(BEGIN), section.count(END)
        checks = CHECK.findall(section)
        if not checks and not begins:
            continue  # a section that only tells
        if (
            begins != ends
            or len(REGION.findall(section)) != begins
            or REGION.sub("", section).count("SOLUTION")
        ):
            found.append(
                f"{title}: every `{BEGIN}` needs its `{END}` in the same cell, and the "
                "other way round"
            )
        if begins != 1:
            found.append(f"{title}: exactly one answer between `{BEGIN}` and `{END}`, not {begins}")
        if len(checks) != 1:
            found.append(f'{title}: exactly one cell `ex.check("name")`, not {len(checks)}')
        if len(HINT.findall(section)) < 2:
            found.append(f"{title}: at least two hints, as `:::{{dropdown}} Hint 1` ... `:::`")
    return found


def learner_page(text, name):
    """The exercise page for the solutions page `name`. ValueError if the page has faults."""
    if problems := faults(text, name):
        raise ValueError(f"solutions/{name}.md: " + "; ".join(problems))
    front, body = re.match(r"(---\n.*?^---\n\n*)(.*)", text, re.M | re.S).groups()
    body = LABEL.sub("", HINT.sub("", BOOK.sub("", body))).replace(", marks=None)", ")")
    sections = [_strip(section) for section in SECTION.split(body)]
    return front + NOTICE.format(name=name) + "".join(sections).lstrip("\n")


def _strip(section):
    name = CHECK.search(section)
    given = any("given" in options for options, _ in CELL.findall(section))

    def cell(match):
        if BEGIN not in match[2]:
            return "" if CLAIM.search(match[1]) else match[0]
        return "" if given else f"```{{code-cell}} ipython3\n{REGION.sub(stub, match[2])}```\n"

    def stub(match):
        if match[1]:
            return f'{match[1]}raise NotImplementedError("{STUB}")\n'
        return f"{name[1]} = None  # your answer here\n"

    return re.sub(r"\n{3,}(?=```)", "\n\n", CELL.sub(cell, section))


def write_exercises():
    """Write `exercises/` anew from `solutions/`; what has no source there is removed."""
    target = folder().parent / "exercises"
    sources = sorted(folder().glob("*.md"))
    pages = {path.name: learner_page(path.read_text("utf8"), path.stem) for path in sources}
    for name, text in pages.items():
        (target / name).write_text(text, "utf8")
    for path in set(target.glob("*.md")) - {target / name for name in pages}:
        path.unlink()
