"""Faults on purpose, in a small book of its own: each is caught, with its place and its repair."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import test_pages
import test_sources
import yaml

from conftest import ROOT, difference

MACHINERY = "Makefile pyproject.toml LICENSE constraints.txt conftest.py _config.yml _book".split()
MACHINERY += [
    f"tests/{name}.py"
    for name in "sources test_sources test_pages test_browser chapter_style report_build".split()
]
FRONT = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---
"""
CHAPTER = f"""{FRONT}
(chapter-small)=
# A small chapter

Does it run?

:::{{admonition}} You will be able to
- see
- hear
- speak
:::

**Before you start:** nothing.

**Time:** about {{minutes}}`chapter` minutes.

```{{code-cell}} ipython3
:tags: [nbval-check-output]

loss = 2.9276
loss
```

## A picture

The loss is 2.928, see {{ref}}`here <chapter-small>`.

```{{code-cell}} ipython3
---
mystnb:
  image:
    alt: One dot, so small that nobody can see it.
---
from IPython.display import SVG

SVG('<svg xmlns="http://www.w3.org/2000/svg"/>')
```

The last cell.

```{{code-cell}} ipython3
loss + 1
```

## Recap

- seen
- heard
- spoken

## Check yourself

**1.** One?

:::{{dropdown}} A
Yes. It is.
:::

:::{{dropdown}} B
No.
:::

:::{{dropdown}} C
No.
:::

**2.** Two?

:::{{dropdown}} A
Yes. It is.
:::

:::{{dropdown}} B
No.
:::

:::{{dropdown}} C
No.
:::

**3.** Three?

:::{{dropdown}} A
Yes. It is.
:::

:::{{dropdown}} B
No.
:::

:::{{dropdown}} C
No.
:::

## Exercises

None.
"""
LAST = CHAPTER.splitlines().index("loss + 1") + 1  # the line of the last cell's code
EXPECTED = """\
- cell: |
    loss = 2.9276
    loss
  prints: |
    2.9276
"""


def run(folder, *command, **variables):
    """Run a command in the book; (exit status, what it said)."""
    ours = re.compile("PYTEST_|MAKE|MFLAGS|COURSE_|VERSIONS")
    env = {k: v for k, v in os.environ.items() if not ours.match(k)} | variables
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def make(folder, *targets, **variables):
    return run(folder, "make", "-o", ".venv/.installed", *targets, **variables)


def pytest_in(folder, *arguments, **variables):
    return run(folder, ".venv/bin/pytest", "-q", "-rs", "-p", "no:cacheprovider", *arguments,
               **variables)  # fmt: skip


def write_book(folder):
    """A book of one chapter with this repository's own machinery around it."""
    for name in ("chapters", "solutions", "helpers/checks/engine", "tests/expected/chapters"):
        (folder / name).mkdir(parents=True)
    for name in MACHINERY:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    if logo := yaml.safe_load((ROOT / "_config.yml").read_text("utf8")).get("logo"):
        shutil.copy(ROOT / logo, folder / logo)  # a course of somebody's own has one
    for name in ("helpers", "helpers/checks", "helpers/checks/engine"):
        (folder / name / "__init__.py").touch()
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "chapters" / "01_small.md").write_text(CHAPTER)
    (folder / "tests" / "expected" / "chapters" / "01_small.yml").write_text(EXPECTED)
    (folder / "index.md").write_text("# A book\n\nRead {ref}`this <chapter-small>`.\n")
    (folder / "README.md").write_text("# A book\n\n[its chapter](chapters/01_small.md)\n")
    (folder / "_toc.yml").write_text(
        "format: jb-book\nroot: index\nchapters:\n  - file: chapters/01_small\n"
    )
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A small book, built; its path has a blank in it."""
    folder = write_book(tmp_path_factory.mktemp("books") / "a book")
    code, said = make(folder, "book")
    assert code == 0, said
    return folder


@pytest.fixture
def book(built, tmp_path):
    """A copy of the built book, to be spoilt."""
    return Path(shutil.copytree(built, tmp_path / "my book", symlinks=True))


def edit(file, old, new):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


# The whole way


def test_what_the_tests_ran_the_book_does_not_run_again(built):
    from jupyter_cache import get_cache

    [folder] = [p for p in (built / "_build" / ".jupyter_cache").iterdir() if p.is_dir()]
    assert len(get_cache(folder).list_cache_records()) == 1
    assert get_cache(folder).list_project_records() == []  # what myst-nb itself executed


def test_the_small_book_is_proven_and_nothing_runs_twice(book):
    code, said = make(book, "chapters")
    assert code == 0 and "1 page unchanged since it last passed" in said, said
    code, said = pytest_in(book, "tests/test_sources.py", "tests/test_pages.py")
    assert code == 0 and "skipped" not in said, said


def test_a_changed_helper_runs_chapters_again(book):
    (book / "helpers" / "new.py").write_text("x = 1\n")
    code, said = make(book, "chapters")
    assert code == 0 and "3 passed" in said, said


# Chapters


def test_a_wrong_number(book):
    edit(
        book / "tests" / "expected" / "chapters" / "01_small.yml",
        "\n    2.9276\n",
        "\n    2.9281\n",
    )
    for _ in range(2):  # and it stays wrong
        code, said = make(book, "book")
        assert code and "chapters/01_small.md:27: it printed 2.9276, recorded was 2.9281" in said
        assert "run: make record" in said


def test_recording(book):
    chapter, expected = book / "chapters" / "01_small.md", book / "tests" / "expected" / "chapters"
    same = "- cell: |\n    loss + 1\n  prints: |\n    3.92772\n"  # nearly what it prints
    gone = EXPECTED.replace("loss", "gone")
    edit(chapter, "loss = 2.9276\n", "loss = 2.9277\n")
    edit(chapter, "ipython3\nloss + 1", "ipython3\n:tags: [nbval-check-output]\n\nloss + 1")
    (expected / "01_small.yml").write_text(gone + same)
    (expected / "09_gone.yml").write_text(EXPECTED)
    code, said = pytest_in(book, "tests/test_sources.py")
    assert code and "tests/expected/chapters/01_small.yml: has what is in no chapter" in said, said
    assert (
        "tests/expected/chapters/09_gone.yml: has what is in no chapter; run: make record" in said
    )
    code, said = make(book, "chapters")
    assert code and "chapters/01_small.md:27: its output was never recorded" in said, said
    assert f"01_small.md:{LAST - 1}" not in said
    code, said = make(book, "record")
    assert code == 0, said
    assert [p.name for p in expected.iterdir()] == ["01_small.yml"]
    assert (expected / "01_small.yml").read_text() == EXPECTED.replace("2.9276", "2.9277") + same
    code, said = make(book, "chapters")
    assert code == 0 and "1 page unchanged since it last passed" in said, said


def test_cells_that_fail_warn_or_die(book):
    def chapter(name, old, new):
        (book / "chapters" / f"{name}.md").write_text(CHAPTER.replace(old, new))
        (book / "tests" / "expected" / "chapters" / f"{name}.yml").write_text(EXPECTED)

    fails, warns = "def f(x):\n    return 1 / x\n\n\nf(0)", "import warnings\nwarnings.warn('old')"
    cell = "```{code-cell} ipython3\n"
    chapter("01_small", "loss + 1", fails)
    chapter("02_warns", "loss + 1", warns)
    chapter("03_dies", "loss = 2.9276", "import os\n\nos._exit(1)")
    chapter("04_may_fail", f"{cell}loss + 1", f"{cell}:tags: [raises-exception]\n\n{fails}")
    chapter("05_may_warn", f"{cell}loss + 1", f"{cell}:tags: [remove-stderr]\n\n{warns}")
    code, said = make(book, "chapters")
    assert code
    assert f"chapters/01_small.md:{LAST + 1}: ZeroDivisionError: division by zero" in said, said
    assert f"  >   {LAST + 1}      return 1 / x" in said
    assert f"chapters/02_warns.md:{LAST - 1}: it wrote to stderr" in said and "old" in said
    assert "chapters/03_dies.md:27: the kernel died" in said
    assert "04_may_fail" not in said and "05_may_warn" not in said
    assert "nbval" not in said and "Traceback" not in said
    passed = {p.name for p in (book / "_build" / "passed").glob("*.txt")}
    assert passed >= {"chapters-04_may_fail.txt", "chapters-05_may_warn.txt"}
    assert not passed & {"chapters-02_warns.txt", "chapters-03_dies.txt"}


def test_no_front_matter(book):
    (book / "chapters" / "02_bare.md").write_text(CHAPTER.replace(FRONT, ""))
    code, said = make(book, "chapters")
    assert code and "chapters/02_bare.md: no Jupytext front matter" in said, said
    code, said = pytest_in(book, "tests/test_sources.py")
    assert code and "chapters/02_bare.md:1: the front matter is not" in said
    assert "chapters/02_bare.md:1: not in _toc.yml; add" in said
    code, said = make(book, "lint")
    assert code and "chapters/02_bare.md: no Jupytext front matter" in said, said


def test_a_byte_order_mark(book):
    path = book / "chapters" / "01_small.md"
    path.write_text(CHAPTER, "utf-8-sig")
    said = "chapters/01_small.md: begins with a byte order mark; save it as UTF-8 without one"
    assert said in make(book, "chapters")[1]
    assert "byte order mark" in "\n".join(test_sources.front_matter_faults(path))


CLAIM = '```{{code-cell}} ipython3\n:tags: [claim]\n\n# "{}"\nassert {}\n```\n\n'


def test_a_claim_is_run_and_not_shown(book):
    path, html = book / "chapters" / "01_small.md", book / "_build" / "html"
    claim = CLAIM.format("The loss is 2.928", "round(loss, 3) == 2.928")
    fails = "And:\n\n```{code-cell} ipython3\n:tags: [raises-exception]\n\n1 / 0\n```\n\n"
    edit(path, "## Recap", f"Again: The loss is 2.928.\n\n{claim}{fails}## Recap")
    code, said = make(book, "book")
    assert code == 0, said
    code, said = pytest_in(book, "tests/test_sources.py", "tests/test_pages.py")
    assert code == 0 and "skipped" not in said, said
    for file in ("chapters/01_small.html", "notebooks/chapters/01_small.ipynb"):
        text = (html / file).read_text("utf8")
        assert "Again: The loss" in text and "assert" not in text
    shown = (html / "chapters/01_small.html").read_text("utf8")
    assert "In[4]" in re.sub("<.*?>", "", shown), "the number that a reader's notebook shows"


def test_false_claims_are_all_named(book):
    path, false = book / "chapters" / "01_small.md", "0 < loss < 2 and loss"
    wrong = "A loss below 2.\n\n" + CLAIM.format("loss below 2", false)
    right = CLAIM.format("The loss is 2.928", "loss < 3")
    edit(path, "## Recap", wrong + right + wrong.replace("below 2", "under 1") + "## Recap")
    code, said = make(book, "book")
    assert code, said
    for words in ("loss below 2", "loss under 1"):
        assert f'the run does not show what the page says: "{words}"\n    loss is 2.9276\n' in said
    assert "The loss is 2.928" not in said
    line = path.read_text().splitlines().index(f"assert {false}") + 1
    assert f"chapters/01_small.md:{line}: the run" in said, said
    assert f"  >   {line}  assert {false}\n" in said


def test_a_half_run_is_not_remembered(book):
    edit(book / "chapters" / "01_small.md", "loss + 1", "loss + 2")
    code, said = pytest_in(book, "-k", "27", "chapters")
    assert code == 0 and "1 passed" in said
    code, said = make(book, "chapters")
    assert code == 0 and "3 passed" in said, said
    code, said = pytest_in(book, "chapters/01_small.md")  # asked for by name: it runs
    assert code == 0 and "3 passed" in said, said
    code, said = pytest_in(book, "--gpu=never", "chapters")  # another question, another answer
    assert code == 0 and "3 passed" in said, said
    for folder in (book / "_build" / ".jupyter_cache").glob("*/executed"):
        shutil.rmtree(folder)
    code, said = pytest_in(book, "--gpu=never", "chapters")
    assert code == 0 and "3 passed" in said, said


def test_gpu_cells(book):
    tag = "```{code-cell} ipython3\n:tags: [gpu, skip-execution]\n\n"
    edit(book / "chapters" / "01_small.md", "```{code-cell} ipython3\nloss", tag + "1 / 0\nloss")
    torch = book / "chapters" / "torch.py"  # the kernel finds this one first
    torch.write_text("class cuda:\n    is_available = lambda: False\n")
    code, said = pytest_in(book, "chapters")
    assert code == 0 and "1 skipped" in said and "there is no CUDA here" in said, said
    code, said = pytest_in(book, "--gpu=require", "chapters")
    assert code and f"chapters/01_small.md:{LAST - 1}: --gpu=require, but torch.cuda" in said, said
    torch.write_text("class cuda:\n    is_available = lambda: True\n")
    code, said = pytest_in(book, "--gpu=require", "chapters")
    assert code and f"chapters/01_small.md:{LAST + 2}: ZeroDivisionError" in said, said


# The book


def test_a_broken_reference(book):
    edit(book / "chapters" / "01_small.md", "<chapter-small>", "<chapter-gone>")
    for _ in range(2):  # Sphinx would be silent the second time
        code, said = make(book, "book")
        assert (
            code and "chapters/01_small.md:36: WARNING: undefined label: 'chapter-gone'" in said
        ), said
        assert "_build/book.log" in said and "Traceback" not in said and len(said) < 600
    code, said = pytest_in(book, "tests/test_pages.py")
    assert code and "run: make book" in said


def test_a_title_that_is_not_quoted(book):
    settings = book / "_config.yml"
    settings.write_text(
        re.sub("^title: .*", "title: Deep: a start", settings.read_text(), flags=re.M)
    )
    code, said = make(book, "book")
    assert code and "mapping values are not allowed" in said and "in _config.yml, line 2" in said, (
        said
    )


def test_no_alt_text(book):
    chapter = book / "chapters" / "01_small.md"
    edit(
        chapter,
        "---\nmystnb:\n  image:\n    alt: One dot, so small that nobody can see it.\n---\n",
        "",
    )
    edit(chapter, "## A picture\n", "## A picture\n\n![](dot.svg)\n")
    (book / "chapters" / "dot.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    code, said = make(book, "book")
    assert code and "01_small.md: the picture dot.png is not there; run: make figures" in said, said
    (book / "chapters" / "dot.png").write_bytes(b"")
    assert make(book, "book")[0] == 0
    code, said = pytest_in(book, "tests/test_sources.py", "tests/test_pages.py")
    assert code and "chapters/01_small.md:36: a picture without alt text" in said, said
    assert "chapters/01_small.md:40: a picture without alt text" in said
    assert "chapters/01_small.md: its page has a picture without alt text" in said


def test_spoilt_pages(book):
    """What nobody should find on a page; spoilt in the built page, as no source does it."""
    page = book / "_build" / "html" / "chapters" / "01_small.html"
    shutil.copy(page, page.with_name("00_old.html"))
    edit(book / "README.md", "01_small.md", "01_gone.md")
    for old, new in (
        ("</article>", '<a href="gone.html">x</a><a href="#gone">x</a></article>'),
        ("</article>", '<svg></svg><h5>deep</h5><h1>two</h1></article>'),
        ("</article>", '<script src="https://example.org/x.js"></script></article>'),
        ("</article>", '<p style="background: url(//example.org/x.png)"></p></article>'),
        ('lang="en"', ""),
        ("cell_output", "cell_gone"),
        ("3.9276", "3.927600000001"),
    ):  # fmt: skip
        edit(page, old, new)
    code, said = pytest_in(book, "tests/test_pages.py")
    for fault in (
        "chapters/00_old.html: a page that is in _toc.yml no longer; run: rm -r _build/html",
        "README.md:3: links to chapters/01_gone.md, which does not exist",
        "its page links to gone.html, which does not exist",
        "its page links to #gone, and there is no such place",
        'its page has a drawing (svg) without role="img"',
        "the heading 'deep' skips a level",
        "its page needs exactly one title",
        "its page has no language",
        "its page fetches from another host: https://example.org/x.js",
        "its page fetches from another host: //example.org/x.png",
        "chapters/01_small.md:27: its output is not on the page",
        f"chapters/01_small.md:{LAST - 1}: its page shows 3.927600000001, more digits than",
    ):
        assert fault in said, said


SPOILT = f"""<details><pre>short\n{"wide " * 20}end</pre></details>
<p style="width: 2000px">wide</p><p style="color: #999; background: #aaa">faint</p>
<figure class="course-explorer"><label>dead <input type="range"></label><output>1</output></figure>
<script src="https://example.org/x.js"></script><script>
  console.error("spoilt"); document.body.append(gone);
</script></article>"""


def test_spoilt_pages_in_the_browser(book):
    edit(book / "_build" / "html" / "chapters" / "01_small.html", "</article>", SPOILT)
    code, said = pytest_in(book, "tests/test_browser.py", "-k", "01_small")
    if "no Chromium" in said:
        pytest.skip("no Chromium; tests/test_browser.py says how to get one")
    for fault in (
        "its page fetches https://example.org/x.js",
        "its page logs an error: spoilt",
        "its page raises gone is not defined",
        "wider than 390 pixels: p.",
        f"a line of 103 characters, '{'wide ' * 20}end' is too wide for a window of 1200 pixels",
        "wider than 1366 pixels: p.",
        "light, contrast 1.2 for p: faint",
        "dark, contrast 1.2 for p: faint",
        "its page has a slider that changes no <output>: dead",
    ):
        assert f"chapters/01_small.md: {fault}" in said, said


# Tools


def test_no_browser(book, tmp_path):
    """Skipped with the repair; where the tests must be complete, an error."""
    nowhere = {"CHROMIUM": str(tmp_path / "none"), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path)}
    code, said = pytest_in(book, "tests/test_browser.py", **nowhere, CI="")
    assert code == 0 and "no Chromium: apt install chromium" in said, said
    code, said = pytest_in(book, "tests/test_browser.py", **nowhere, CI="true")
    assert code and "no Chromium: apt install chromium" in said and "Traceback" not in said, said


def test_missing_tools(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).touch()
    code, said = run(tmp_path, "make", "book", "PYTHON=no-such-python")
    assert code and "Python 3.11 or newer is needed" in said and len(said) < 400, said
    old = tmp_path / "without-venv"
    old.write_text('#!/bin/sh\ncase "$*" in *venv*) exit 1;; esac\n')
    old.chmod(0o755)
    code, said = run(tmp_path, "make", "book", f"PYTHON={old}")
    assert code and "venv is missing: apt install python3-venv" in said and len(said) < 400, said


# Single functions


@pytest.mark.parametrize(
    "old, new",
    [
        ("2.9276", "2.9277"),
        ("tensor([ 5.3671, -17.3012])", "tensor([5.36712, -17.3013])"),
        ("[ 10.0001, -9.9]", "[ 9.9999, -9.9]"),
        ("1e-05", "1.00001e-05"),
        ("tensor(0.)", "tensor(1.2e-07)"),
        ("9.99999e-05", "1.00000e-04"),
        ("-0.0000", "0.0000"),
        ("(inf, nan, 3)", "(inf, nan, 3)"),
    ],
)
def test_equal_within_the_tolerance(old, new):
    assert difference(old, new) is None


@pytest.mark.parametrize(
    "old, new",
    [
        ("2.9276", "2.9281"),
        ("1e-05", "2e-05"),
        ("-4.2", "4.2"),
        ("epoch 11", "epoch 12"),
        ("inf", "nan"),
        ("inf", "3.0"),
        ("1.0, 2.0", "1.0"),
        ("tensor([ 5.3671, -17.3012])", "tensor([ 5.3671, -17.3052])"),
        ("loss 2.0", "Loss 2.0"),
        ("3", "3.0"),
    ],
)
def test_different(old, new):
    assert difference(old, new)


def test_a_wider_tolerance():
    assert difference("2.90", "2.95", rtol=0.02) is None


GOOD_PROSE = [
    "The loss is 1763.88, nearly 1764 or $1.76 \\times 10^3$.",
    "A slope of −4600, a loss of 5 589 330, 5,589,330 or $5\\,589\\,330$.",
    "The rate 3.3993e-4, or 3.3993·10⁻⁴, or $3.3993 \\times 10^{-4}$; 86.6 % right; 17.30 below.",
    "See https://example.org/12345, version 2.15.0, `x[:12]`, and {ref}`there <chapter-12345>`.",
    "% fact: absolute zero is −459.67\n\nIt is −459.67.",
    "## In 1959 a heading",
    ":::{dropdown} Is it 1764?\nYes, 1763.9.\n:::",
]
BAD_PROSE = [
    ("One.\n\nThe loss is 1763.99.", "x.md:3: 1763.99 is not in any output"),
    ("One\nand 1765 two", "x.md:2: 1765"),
    ("$L = 1763.99$", "x.md:1: 1763.99"),
    ("$$\nL = 1763.99\n$$", "1763.99"),
    ("| a | b |\n|---|---|\n| 1763.99 | 2 |", "x.md:3: 1763.99"),
    (":::{dropdown} What?\n\nIt is 1763.99.\n:::", "x.md:3: 1763.99"),
    ("a slope of 4600 down", "4600 is not"),
    ("$-17.30$ and −17.31", "-17.31 is not"),
    ("`1763.99`", "1763.99 is not"),
    ("5 589 331", "5589331 is not"),
    ("86.7 %", "86.7 % is not"),
]
KNOWN = {1763.8848, 0.00033993, 5589330.0, 0.8661, -17.3012}


@pytest.mark.parametrize("text", GOOD_PROSE)
def test_numbers_from_the_run(text):
    assert list(test_pages.number_faults(text, KNOWN | {-4600.0}, "x.md")) == []


@pytest.mark.parametrize("text, fault", BAD_PROSE)
def test_numbers_from_nowhere(text, fault):
    known = KNOWN | ({-4600.5} if "slope" not in text else set())
    [said] = test_pages.number_faults(text, known, "x.md")
    assert fault in said


@pytest.mark.parametrize(
    "old, new, fault",
    [
        ("(chapter-small)=\n", "", ":12: put a label on the line above"),
        ("Does it run?", "It runs.", "below the title goes the question"),
        ("- see\n- hear\n", "", "1 objectives; three to five"),
        ("You will be able to", "Goals", "after the question: :::{admonition} You will be able to"),
        ("**Before you start:**", "Before:", "begins with **Before you start:**"),
        ("**Time:**", "Time:", "begins with **Time:**"),
        ("{minutes}`chapter`", "30", "the minutes are computed"),
        ("- seen\n", "", "2 bullets for 3 objectives"),
        ("## Recap", "## The end", "the heading ## Recap is missing"),
        ("**3.** Three?", "Three?", "three questions, which begin with"),
        ("Yes. It is.", "No, but.", "exactly one answer's feedback begins with Yes"),
        (":::{dropdown} C\nNo.\n:::\n", "", "at least three answers"),
        ("## Exercises", "## Sport", "the heading ## Exercises is missing"),
        ("# A small chapter", "# A small\n\n# chapter", "one title"),
    ],
)
def test_shape(tmp_path, old, new, fault):
    path = tmp_path / "01_small.md"
    path.write_text(CHAPTER)
    assert list(test_sources.shape_faults(path)) == []
    edit(path, old, new)
    assert fault in "\n".join(test_sources.shape_faults(path))


@pytest.mark.parametrize(
    "old, new, fault",
    [
        ("loss + 1", "print(loss)", f":{LAST - 1}: end the cell on an expression"),
        ("loss + 1", "\n".join("1" * 16), "16 lines; more than 15"),
        ("The last cell.\n", "", f":{LAST - 2}: two code cells in a row"),
        ("nbval-check-output", "nbval-check-ouput", "unknown tag nbval-check-ouput"),
        ("nbval-check-output", "gpu", "needs skip-execution as well"),
        ("loss + 1", "1\n" * 8 + "1", "only 2 of 3 cells have 7 lines"),
    ],
)
def test_cells(tmp_path, old, new, fault):
    path = tmp_path / "01_small.md"
    path.write_text(CHAPTER)
    assert list(test_sources.cell_faults(path)) == []
    edit(path, old, new)
    assert fault in "\n".join(test_sources.cell_faults(path))


@pytest.mark.parametrize("name", ["small.md", "1_small.md", "01-small.md", "01_Small.md"])
def test_names(tmp_path, name):
    path = tmp_path / name
    path.write_text(CHAPTER)
    assert "rename it" in "\n".join(test_sources.front_matter_faults(path))
    path.write_text(CHAPTER.replace("kernelspec:", "author: me\nkernelspec:"))
    assert "front matter" in "\n".join(test_sources.front_matter_faults(path))


def test_style_of_cells(book):
    """Faults are found where they stand; the repair touches nothing but the cells."""
    path = book / "chapters" / "01_small.md"
    code, said = make(book, "lint")
    assert code == 0 and said == "", said
    before = path.read_bytes()
    assert make(book, "format")[0] == 0
    assert path.read_bytes() == before
    edit(path, "loss + 1", "loss  +  1 \nfrom os import *\nprint( nothing )")
    code, said = make(book, "lint")
    assert (
        code
        and f"chapters/01_small.md:{LAST}: the cell is not formatted (run: make format)" in said
    ), said
    assert (
        f"chapters/01_small.md:{LAST + 1}: F403" in said
        and f"chapters/01_small.md:{LAST + 2}: F" in said
    )
    edit(path, "from os import *\nprint( nothing )", "loss*2")
    assert make(book, "format") == (0, "")
    assert path.read_text() == CHAPTER.replace("loss + 1", "loss + 1\nloss * 2")
