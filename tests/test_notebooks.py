"""The notebooks for Colab, Binder and download, and the cell that brings `helpers` to them."""

import dataclasses
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile

import minutes
import notebooks
import pytest
import wheel_of_helpers
from bs4 import BeautifulSoup
from hosting import serving
from sources import built_site, fail_with

from conftest import ROOT, code_cells, read_chapter, tags

PAGES = [*sorted((ROOT / "chapters").glob("*.md")), *sorted((ROOT / "exercises").glob("*.md"))]
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda p: f"{p.parent.name}/{p.stem}")


@pytest.fixture(scope="module")
def wheel():
    return notebooks.build_wheel()


@pytest.fixture
def host(tmp_path, wheel):
    """Serves the branch: for the cell that fetches, the wheel is all that counts."""
    target = tmp_path / "branch" / notebooks.wheel_path(wheel)
    target.parent.mkdir(parents=True)
    shutil.copy(wheel, target)
    with serving(tmp_path / "branch") as host:
        yield host


@pytest.fixture
def book(host):
    return host.edition()


def text_of(notebook, kind):
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == kind)


# Conversion


@each_page
def test_a_page_becomes_a_clean_notebook(page, book, wheel):
    notebook = notebooks.convert(page, book, wheel)
    own = [cell for cell in code_cells(notebook) if "setup" not in tags(cell)]
    hidden = (["skip-execution"], ["claim"])
    there = [c for c in code_cells(read_chapter(page)) if tags(c) not in hidden]
    assert [c.source for c in own] == [c.source for c in there]
    folded = [c.source for c in own if c.metadata.get("jupyter") and c.metadata["cellView"]]
    hidden = [] if page.parent.name == "chapters" else there
    assert folded == [c.source for c in hidden if "hide-input" in tags(c)]
    assert not any(cell.outputs or cell.execution_count for cell in code_cells(notebook))
    assert "widgets" not in notebook.metadata
    assert {tag for cell in own for tag in tags(cell)} <= {"gpu", "raises-exception"}
    prose = re.sub(r"`[^`\n]*`", "", text_of(notebook, "markdown"))
    raw = r"^[ >]*:::.*|```\{.*|\{[\w-]+\}`|^\([\w-]+\)=|^% .*|<!--|data:image/svg"
    left = re.findall(rf"{raw}|\]\((?!https?:|data:).*", prose, re.M)
    assert not left, f"{page.name}: this is left in its notebook: {left}"
    for head in re.findall(r"^#+ .*", re.sub(r"`.*?`", "", page.read_text("utf8")), re.M):
        assert head in prose or head not in text_of(read_chapter(page), "markdown")
    assert prose.count("<details>") == prose.count("</details>")
    assert (notebook.metadata.get("accelerator") == "GPU") == any("gpu" in tags(c) for c in own)
    assert notebook == notebooks.convert(page, book, wheel)  # the same each time


@each_page
def test_the_first_code_cell_sets_up_and_shows_itself_folded(page, book, wheel):
    first = code_cells(notebooks.convert(page, book, wheel))[0]
    assert first.source.startswith("# @title Set up")  # Colab's title of a folded cell
    assert first.metadata["cellView"] == "form" and first.metadata["jupyter"]["source_hidden"]
    assert book.raw(notebooks.wheel_path(wheel)) in first.source


@pytest.mark.parametrize(
    "page", [p for p in PAGES if p.parent.name == "exercises"], ids=lambda p: p.stem
)
def test_no_answer_is_in_an_exercise_notebook(page, book, wheel):
    source = (ROOT / "solutions" / page.name).read_text("utf8")
    answers = re.findall(r"# BEGIN SOLUTION\n(.*?)\n *# END SOLUTION", source, re.S)
    cells = [cell.source for cell in code_cells(notebooks.convert(page, book, wheel))]
    assert answers
    for answer in answers:
        assert not any(answer.strip() in cell for cell in cells), answer


@each_page
def test_links_to_the_site_lead_to_places_on_its_pages(page, book, wheel):
    book = dataclasses.replace(book, site="https://owner.github.io/course/")
    prose = text_of(notebooks.convert(page, book, wheel), "markdown")
    links = re.findall(rf"\]\({book.site}([^#)]*)#?([^)]*)\)", prose)
    home = f"{page.parent.name}/{page.stem}.html".replace("exercises/", "solutions/")
    assert (home, "") in links
    for file, anchor in links:
        target = built_site() / file
        if not target.is_file():
            fail_with([f"{page.name}: its notebook links to {file}, which is not built"])
        html = BeautifulSoup(target.read_text("utf8"), "html.parser")
        assert not anchor or html.find(id=anchor), f"{page.name}: {file} has no place #{anchor}"


FRONT = """\
---
kernelspec:
  name: python3
  display_name: Python 3
---

"""


def page_of(text, tmp_path, monkeypatch):
    """A page of a small book, which has one label."""
    monkeypatch.setattr(notebooks, "ROOT", tmp_path)
    pages = {"other": ("chapters/02_other", "The other"), "left": ("chapters/03", "Left out")}
    monkeypatch.setattr(notebooks, "labels", lambda: pages)
    monkeypatch.setattr(notebooks, "chosen", lambda: ["index", "chapters/02_other"])
    (tmp_path / "chapters").mkdir(exist_ok=True)
    file = tmp_path / "chapters" / "01_page.md"
    file.write_text(text, "utf8")
    return file


def test_what_a_page_says_is_said_in_a_notebook(book, tmp_path, monkeypatch):
    text = """(label)=
# Title

% fact: 1959
See {ref}`other` and {ref}`this <other>`, not {ref}`left`, and {eq}`eq-one`.

:::{dropdown} Guess `a`: *how* many?
Three $x$.

```{math}
:label: eq-one
x = 1
```
:::

```{math}
y
```

![A dot](dot.svg "Small")
"""
    file = page_of(text, tmp_path, monkeypatch)
    (file.parent / "dot.svg").write_text("<svg/>")
    (file.parent / "dot.png").write_bytes(b"<svg/>")
    book = dataclasses.replace(book, site="https://owner.github.io/course/")
    address = "https://owner.github.io/course/chapters/02_other.html#other"
    assert notebooks.plain(text, file, book) == (
        "# Title\n\n"
        f"See [The other]({address}) and [this]({address}), not Left out, and (1).\n\n"
        "<details>\n<summary>Guess <code>a</code>: <em>how</em> many?</summary>\n\n"
        "Three $x$.\n\n$$\nx = 1 \\tag{1}\n$$\n\n</details>\n\n"
        '$$\ny\n$$\n\n![A dot](data:image/png;base64,PHN2Zy8+ "Small")'
    )
    assert "The other and this" in notebooks.plain(text, file, dataclasses.replace(book, site=None))


LIST = "- One\n\n  :::{dropdown} Answer\n  42\n  :::\n"
CELL = "```{{code-cell}} ipython3\n:tags: [{}]\n\nanswer = 42\n```\n"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{ref}`nowhere`", "has no form"),
        ("[a](../glossary.md#b)", "a link to ../glossary.md leads nowhere there"),
        ("{foo}`x`", "has no form"),
        ("{term}`nowhere`", "{term}`nowhere` has no form"),
        ("{minutes}`all`", "{minutes}`all` has no form"),
        ("As we saw.[^1]\n\n[^1]: There.", "[^1] has no form"),
        ("It is {{ title }}.", "{{ title }} has no form"),
        ("A [word]{.red}.", "]{.red} has no form"),
        ("[^1]: There.", "has no form"),
        (":::\nb\n:::\n", "a fence of colons without a name"),
        (":::{tabs} A\nb\n:::\n", "{tabs} has no form"),
        ("{eq}`no`", "has no form"),
        (LIST, "{dropdown} is indented"),
        (LIST.replace("- One", "> One").replace("\n  ", "\n> "), "{dropdown} is indented"),
        (":::{admonition} Answer\n---\nclass: dropdown\n---\n42\n:::\n", "options between ---"),
        (CELL.format("hide-output"), "hide-output has no form"),
        (CELL.format("remove-cell"), "remove-cell has no form"),
        (CELL.format("hide-input, skip-execution"), "hide-input, skip-execution has no form"),
        ("![a](gone.png)", "the picture gone.png is not there"),
        ("![a](gone.svg)", "the picture gone.svg is not there"),
        ("![a](dot.svg)", "the picture dot.png is not there; run: make figures"),
        ("![a](dot.pdf)", "the picture dot.pdf has no form"),
    ],
)
def test_what_has_no_form_in_a_notebook_is_named(text, fault, book, wheel, tmp_path, monkeypatch):
    file = page_of(f"{FRONT}# Title\n\n{text}\n", tmp_path, monkeypatch)
    (file.parent / "dot.svg").write_text("<svg/>")
    with pytest.raises(notebooks.Unknown, match="^chapters/01_page.md: ") as error:
        notebooks.convert(file, book, wheel)
    assert fault in str(error.value) and "\n" not in str(error.value)


def test_a_byte_order_mark_is_named(book, wheel, tmp_path, monkeypatch):
    file = page_of("", tmp_path, monkeypatch)
    file.write_text(f"{FRONT}# Title\n", "utf-8-sig")
    with pytest.raises(notebooks.Unknown, match="01_page.md: begins with a byte order mark"):
        notebooks.convert(file, book, wheel)


def test_terms_lead_to_the_glossary_and_minutes_are_numbers(book, tmp_path, monkeypatch):
    text = "A {term}`loss` of {term}`both sets <training set>`, {minutes}`chapter` minutes."
    file = page_of(f"{FRONT}# Title\n\n{text}\n", tmp_path, monkeypatch)
    monkeypatch.setattr(minutes, "ROOT", tmp_path)
    monkeypatch.setattr(notebooks, "chosen", lambda: ["glossary"])
    site = dataclasses.replace(book, site="https://a.b/")
    address = "https://a.b/glossary.html#term"
    assert notebooks.plain(text, file, site) == (
        f"A [loss]({address}-loss) of [both sets]({address}-training-set), 5 minutes."
    )
    lone = dataclasses.replace(book, site=None)
    assert notebooks.plain(text, file, lone) == "A loss of both sets, 5 minutes."


def test_a_claim_is_not_in_a_notebook(book, wheel, tmp_path, monkeypatch):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    text = f"{FRONT}# Title\n\n{CELL.format('claim')}\nText.\n"
    cells = notebooks.convert(page_of(text, tmp_path, monkeypatch), book, wheel).cells
    assert not any("answer = 42" in cell.source for cell in cells)


def test_a_folded_admonition_stays_folded(book, tmp_path, monkeypatch):
    text = ":::{admonition} Solution\n:class: tip dropdown\n\n42\n:::\n"
    file = page_of(text, tmp_path, monkeypatch)
    answer = "<details>\n<summary>Solution</summary>\n\n42\n\n</details>"
    assert notebooks.plain(text, file, book) == answer
    text = ":::{admonition} Goals\n- one\n:::\n"
    assert notebooks.plain(text, file, book) == "> **Goals**\n>\n> - one"


@pytest.mark.parametrize(
    "text",
    [
        "Write `{x}` and `{y}`, ``{ref}`x` ``, or `![a](b.png)`.",
        "```text\n(a)=\n% note\n<!-- b -->\n:::{dropdown} c\n{ref}`d`\n```",
        "    % indented: code\n    :::{dropdown} a",
    ],
)
def test_code_is_left_as_it_is(text, book, tmp_path, monkeypatch):
    text = f"As code:\n\n{text}\n\nThat is all."
    assert notebooks.plain(text, page_of(text, tmp_path, monkeypatch), book) == text


def test_what_is_only_for_the_page_is_left_out(book, tmp_path, monkeypatch):
    text = "One.\n% note\n\n<!-- two\n\nlines -->\n\n(here)=\n## Two\n"
    plain = notebooks.plain(text, page_of(text, tmp_path, monkeypatch), book)
    assert [line for line in plain.splitlines() if line] == ["One.", "## Two"]


def test_a_reference_may_go_over_two_lines(book, tmp_path, monkeypatch):
    text = "See {ref}`the\nother <other>` and {ref}`that\n<other>`."
    file = page_of(text, tmp_path, monkeypatch)
    book = dataclasses.replace(book, site="https://a.b/")
    address = "https://a.b/chapters/02_other.html#other"
    assert (
        notebooks.plain(text, file, book) == f"See [the\nother]({address}) and [that]({address})."
    )


def test_cells_are_folded_or_shown_as_on_the_page(book, wheel, tmp_path, monkeypatch):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    kinds = ["hide-input", "skip-execution", "gpu, skip-execution", "remove-stderr"]
    text = f"{FRONT}# Title\n\n" + "\n".join(CELL.format(kind) for kind in kinds)
    file = page_of(text, tmp_path, monkeypatch)
    cells = notebooks.convert(file, book, wheel).cells[2:]
    assert (cells[0].cell_type, cells[0].metadata) == ("code", {})
    exercise = tmp_path / "exercises" / file.name
    exercise.parent.mkdir()
    shutil.copy(file, exercise)
    folded = {"cellView": "form", "jupyter": {"source_hidden": True}}
    assert notebooks.convert(exercise, book, wheel).cells[2].metadata == folded
    assert (cells[1].cell_type, cells[1].source) == ("markdown", "```python\nanswer = 42\n```")
    assert (cells[2].cell_type, tags(cells[2])) == ("code", ["gpu", "raises-exception"])
    assert (cells[3].cell_type, cells[3].metadata) == ("code", {})


def test_only_a_page_of_the_book_is_linked(book, wheel, tmp_path, monkeypatch):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    book = dataclasses.replace(book, site="https://a.b/")
    file = page_of("# Title\n", tmp_path, monkeypatch)
    assert "on the web" not in text_of(notebooks.convert(file, book, wheel), "markdown")
    monkeypatch.setattr(notebooks, "chosen", lambda: ["chapters/01_page", "solutions/01_page"])
    for folder, home in (("chapters", "chapters"), ("exercises", "solutions")):
        copy = tmp_path / folder / "01_page.md"
        copy.parent.mkdir(exist_ok=True)
        copy.write_text("# Title\n", "utf8")
        first = notebooks.convert(copy, book, wheel).cells[0].source
        assert first == f"# Title\n\n[This page on the web](https://a.b/{home}/01_page.html)"


def test_a_page_without_code_becomes_a_notebook(book, wheel, tmp_path, monkeypatch):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    file = page_of("# Title\n\nOnly words.\n", tmp_path, monkeypatch)
    assert [c.cell_type for c in notebooks.convert(file, book, wheel).cells] == ["markdown", "code"]


def test_the_branch_holds_all_that_colab_and_binder_need(book, tmp_path, wheel):
    folder = tmp_path / "out"
    (folder / "stale").mkdir(parents=True)
    notebooks.write_branch(folder, book)
    files = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    chosen = [page.replace("solutions/", "exercises/") for page in notebooks.chosen()]
    pages = {f"{page}.ipynb" for page in chosen if "/" in page}
    binder = {f".binder/{p.name}" for p in (ROOT / ".binder").iterdir()}
    path = notebooks.wheel_path(wheel)
    assert files == pages | binder | {path, "constraints.txt", "README.md", ".made-from"}
    assert (folder / ".made-from").read_text() == f"{book.commit}\n"
    assert (folder / ".binder/course.txt").read_text() == f"./{path}\n"
    for page in pages:
        json.loads((folder / page).read_text("utf8"))


def test_the_wheel_is_whole(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    files = [p for p in ROOT.glob("helpers/**/*.*") if p.suffix != ".pyc"]
    assert {p.relative_to(ROOT).as_posix() for p in files} <= names
    solutions = {f"helpers/checks/solutions/{p.name}" for p in ROOT.glob("solutions/*.md")}
    assert solutions <= names


def test_the_wheel_is_the_same_in_every_clone(wheel, tmp_path, monkeypatch):
    monkeypatch.setattr(wheel_of_helpers, "ROOT", tmp_path)
    for umask in (0o002, 0o077):
        for name in ("pyproject.toml", "LICENSE", "helpers", "solutions"):
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, tmp_path / name)
        for path in tmp_path.rglob("*"):
            path.chmod(0o777 & ~umask)
        usual = os.umask(umask)
        try:
            assert notebooks.build_wheel().read_bytes() == wheel.read_bytes()
        finally:
            os.umask(usual)
        for folder in ("helpers", "solutions", "_build"):
            shutil.rmtree(tmp_path / folder)


def test_no_notebook_is_in_the_repository():
    command = ["git", "-C", ROOT, "ls-files", "--", "*.ipynb"]
    assert not subprocess.run(command, capture_output=True, text=True).stdout


# The cell that brings `helpers`, run by a bare Python: -S leaves out what is installed


def first_cell(book, wheel, needs=False):
    source = notebooks.setup_cell(book, wheel).source
    return source if needs else re.sub(r"needs=\[.*?\]", "needs=[]", source, flags=re.S)


@pytest.fixture
def run(tmp_path):
    """Runs code alone, in an empty folder and with an empty home: (printed, error).

    It can do no more than any user can: also where the tests run as root.
    """
    folder, home, temporary = tmp_path / "empty", tmp_path / "home", tmp_path / "temporary"
    for new in (folder, home, temporary):
        new.mkdir()

    def run(*cells, bare=True, start=subprocess.run, env=()):
        shown = (
            "\ntry:\n    exec(cell, names)\nexcept Exception as e:\n    raise SystemExit(str(e))"
        )
        code = f"names = {{'__name__': '__main__'}}\nfor cell in {cells!r}:" + shown.replace(
            "\n", "\n    "
        )
        command = [sys.executable, *(["-S"] if bare else []), "-c", code]
        if os.geteuid() == 0:
            command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]
        known = {"HOME": str(home), "PATH": "/usr/bin:/bin", "TMPDIR": str(temporary)}
        done = start(command, cwd=folder, env=known | dict(env), text=True, stdout=-1, stderr=-1)
        return (done.stdout, done.stderr.strip()) if start is subprocess.run else done

    run.folder, run.home, run.temporary = folder, home, temporary
    run.cache = home / ".cache" / "pytorch-fundamentals"
    yield run
    assert not list(temporary.iterdir()), "something is left behind"


@pytest.fixture
def newer(tmp_path, host):
    """The wheel of another state of the course, served as well."""
    file = tmp_path / "newer.whl"
    with zipfile.ZipFile(file, "w") as wheel:
        wheel.writestr("helpers/__init__.py", "newer = True\n")
        wheel.writestr("helpers/course.mplstyle", "")
    target = tmp_path / "branch" / notebooks.wheel_path(file)
    target.parent.mkdir()
    shutil.copy(file, target)
    return file


WHERE = "import helpers; print(helpers.__file__)"
INNER = "import subprocess, sys; print(subprocess.run([sys.executable, '-Sc', "
INNER += f"{WHERE!r}], capture_output=True, text=True).stdout)"
PATHS = "import os, sys; print(*[p for p in sys.path if '-helpers-' in p], sep='\\n'); "
PATHS += "print(os.environ['PYTHONPATH'])"
CONTENT = """
import hashlib, helpers
from pathlib import Path
files = [p for p in Path(helpers.__file__).parent.rglob("*") if p.is_file()]
files = [p.read_bytes() for p in files if p.suffix != ".pyc"]
print(*sorted(hashlib.sha256(file).hexdigest() for file in files), sep="\\n")
"""
MODULE = "import sys, types; sys.modules['helpers'] = types.ModuleType('helpers')"


def ours(wheel, run):
    """How the folder begins to which the first cell unpacks this wheel."""
    name = f"pytorch-fundamentals-helpers-{notebooks.sha256(wheel)[:12]}-"
    return str(run.temporary / name)


def content(wheel):
    """What CONTENT prints, if nothing is missing or changed."""
    names = [n for n in zipfile.ZipFile(wheel).namelist() if n.startswith("helpers/")]
    files = [zipfile.ZipFile(wheel).read(name) for name in names]
    return sorted(hashlib.sha256(file).hexdigest() for file in files)


def test_helpers_are_fetched_once_and_reach_other_processes(host, book, wheel, run):
    out, err = run(first_cell(book, wheel), WHERE, INNER)
    here, inner = out.split()
    assert not err and here == inner and here.startswith(ours(wheel, run))
    assert len(host.asked) == 2  # the wheel, and where the host sent the request
    out, err = run(first_cell(book, wheel), WHERE, first_cell(book, wheel), WHERE, PATHS)
    assert not err and len(set(out.split()[:2])) == len(set(out.split()[2:])) == 1
    assert len(out.split()) == 4 and len(host.asked) == 2
    assert not list(run.folder.iterdir())


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_worker_processes_find_helpers_and_leave_them(method, book, wheel, run):
    worker = f"import multiprocessing; workers = multiprocessing.get_context({method!r})\n"
    worker += "one = workers.Process(target=__import__, args=['helpers'])\n"
    worker += "one.start(); one.join(); print(one.exitcode)"
    helpers = "import pathlib, helpers; print(pathlib.Path(helpers.__file__).exists())"
    assert run(first_cell(book, wheel), worker, helpers) == ("0\nTrue\n", "")


def test_a_newer_cell_in_the_same_session_brings_newer_helpers(book, wheel, newer, run):
    both = first_cell(book, wheel), "import helpers", first_cell(book, newer)
    out, err = run(*both, "import helpers; print(helpers.newer)", INNER, PATHS)
    first, inner, path, inherited = out.split()
    assert not err and first == "True" and path == inherited
    assert path.startswith(ours(newer, run)) and inner.startswith(path)


def test_what_is_kept_is_one_file_that_others_may_read(book, wheel, run):
    assert not run(first_cell(book, wheel))[1]
    (kept,) = run.cache.iterdir()
    assert kept.read_bytes() == wheel.read_bytes()
    (run.home / "usual").touch()
    assert kept.stat().st_mode == (run.home / "usual").stat().st_mode


@pytest.mark.parametrize("fault", ["emptied", "longer", "removed", "a folder"])
def test_what_is_spoiled_in_the_cache_is_not_used_and_heals(fault, host, book, wheel, run):
    assert not run(first_cell(book, wheel))[1]
    for file in [p for p in run.cache.rglob("*") if p.is_file()]:
        if fault == "longer":
            file.write_bytes(file.read_bytes() + b"\n# changed\n")
        elif fault == "emptied":
            file.write_bytes(b"")
        else:
            file.unlink()
        if fault == "a folder":
            file.mkdir()
    out, err = run(first_cell(book, wheel), CONTENT)
    assert (out.split(), err, len(host.asked)) == (content(wheel), "", 4)
    (left,) = run.cache.iterdir()
    assert left.is_dir() == (fault == "a folder")  # which is not ours to remove
    run(first_cell(book, wheel))
    assert len(host.asked) == (6 if fault == "a folder" else 4)


@pytest.mark.parametrize("lost", ["__init__.py", "course.mplstyle", ""])
def test_what_is_lost_during_a_session_is_unpacked_again(lost, book, wheel, run):
    lose = "import pathlib, shutil, sys; folder = pathlib.Path(sys.path[0], 'helpers'); "
    lose += f"(folder / {lost!r}).unlink()" if lost else "shutil.rmtree(folder)"
    cell = first_cell(book, wheel)
    for imported in ("pass", "import helpers"):
        out, err = run(cell, imported, lose, cell, PATHS, CONTENT)
        path, inherited, *found = out.split()
        assert (found, err) == (content(wheel), "") and path == inherited


@pytest.mark.parametrize("closed", ["home", "cache", "file"])
def test_what_another_user_has_closed_is_left_alone(closed, host, book, wheel, run):
    assert not run(first_cell(book, wheel))[1]
    inside = list(run.cache.iterdir())
    folder = {"home": run.home, "cache": run.cache, "file": inside[0]}[closed]
    folder.chmod(0)
    try:
        out, err = run(first_cell(book, wheel), CONTENT)
    finally:
        folder.chmod(0o700)
    assert (out.split(), err, len(host.asked)) == (content(wheel), "", 4)
    assert list(run.cache.iterdir()) == inside


def limit(size):
    """Code after which no file may become larger than that: to write says what a full disk says."""
    return f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))"


def test_a_disk_too_full_to_keep_helpers_does_for_one_session(book, wheel, run):
    largest = max(info.file_size for info in zipfile.ZipFile(wheel).infolist())
    assert largest < wheel.stat().st_size
    out, err = run(limit(largest), first_cell(book, wheel), CONTENT)
    assert (out.split(), err) == (content(wheel), "")
    assert not list(run.cache.iterdir())


def test_a_disk_too_full_to_unpack_helpers_is_one_sentence(book, wheel, run):
    left = "import os; print(os.listdir(os.environ['TMPDIR']))"
    cell = "try:\n" + re.sub("(?m)^", "    ", first_cell(book, wheel))
    out, err = run(limit(999), cell + "\nexcept Exception as e:\n    print(e)", left)
    sentence, left = out.splitlines()
    assert not err and "File too large" in sentence and "run this cell again" in sentence
    assert left == "[]" and not list(run.cache.iterdir())


def test_a_user_without_a_home_needs_none(book, wheel, run):
    unknown = "import os, pwd; del os.environ['HOME']; pwd.getpwuid = {}.__getitem__"
    out, err = run(unknown, first_cell(book, wheel), CONTENT)
    assert (out.split(), err) == (content(wheel), "")
    assert not list(run.folder.iterdir())


def test_helpers_are_found_from_another_folder_too(book, wheel, run):
    move = "import os; os.mkdir('other'); os.chdir('other')"
    env = {"COURSE_DATA": "data"}
    out, err = run(first_cell(book, wheel), move, CONTENT, INNER, env=env)
    assert not err and out.split()[:-1] == content(wheel)
    assert len(list((run.folder / "data").iterdir())) == 1


def test_no_name_of_the_cell_stays_behind(book, wheel, run):
    assert run(first_cell(book, wheel), "print(sorted(names))".replace("names", "globals()"))[
        0
    ] in ("['__builtins__', '__name__']\n")


def test_installed_helpers_are_left_as_they_are(host, book, wheel, run):
    code = "import sys; before = list(sys.path)"
    out, err = run(code, first_cell(book, wheel), "print(sys.path == before)", WHERE, bare=False)
    assert (out.split(), err) == (["True", str(ROOT / "helpers" / "__init__.py")], "")
    assert not host.asked and not list(run.home.iterdir())


def test_helpers_on_the_path_are_left_as_they_are(host, book, wheel, run):
    path = f"import sys; sys.path.insert(0, {f'{ROOT}/.'!r})"
    out, err = run(path, first_cell(book, wheel), WHERE)
    assert (out, err) == (f"{ROOT}/./helpers/__init__.py\n", "") and not host.asked


@pytest.mark.parametrize("kind", ["file", "folder", "namespace", "imported", "made"])
def test_another_package_called_helpers_is_noticed_and_not_used(kind, book, wheel, run):
    foreign = run.folder / ("helpers.py" if kind in ("file", "imported") else "helpers/__init__.py")
    foreign.parent.mkdir(exist_ok=True)
    if kind not in ("namespace", "made"):
        foreign.write_text("mine = True\n")
    before = {"imported": "import helpers; assert helpers.mine", "made": MODULE}.get(kind, "pass")
    out, err = run("import sys; sys.path.insert(0, '')", before, first_cell(book, wheel), WHERE)
    sentence, path = out.splitlines()
    assert not err and path.startswith(ours(wheel, run))
    place = {"made": "memory", "namespace": foreign.parent}.get(kind, foreign)
    assert f"Another package called helpers is on this computer, in {place}." in sentence
    assert kind in ("namespace", "made") or foreign.read_text() == "mine = True\n"


def test_a_missing_package_is_named_with_its_command(book, wheel, run):
    err = run(first_cell(book, wheel, needs=True), WHERE)[1]
    assert err.startswith("the course also needs torch") and "%pip install torch torchvision" in err


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ((404, {}, b"Not Found"), "never published"),
        ((200, {}, b"<html>Please log in</html>"), "not the file that belongs to this notebook"),
        ((200, {"Content-Length": "999999"}, b"PK..."), "IncompleteRead"),
        ((302, {"Location": "http://127.0.0.1:9/"}, b""), "refused"),
    ],
)
def test_helpers_that_cannot_be_had_are_one_sentence(reply, words, wheel, run, tmp_path):
    with serving(tmp_path, reply) as host:
        out, err = run(first_cell(host.edition(), wheel))
    assert not out and words in err and "\n" not in err
    repair = "take the whole course from" if reply[0] == 404 else "run this cell again"
    assert repair in err and ("network" in err) == (reply[0] != 404)
    assert not list(run.home.rglob("helpers*"))


def test_a_notebook_of_a_course_without_address_says_so(book, wheel, run):
    lone = dataclasses.replace(book, repository=None)
    assert "has no address" in run(first_cell(lone, wheel))[1]


def test_a_home_that_cannot_be_written_does_for_one_session(book, wheel, run):
    (run.home / ".cache").write_text("a file, where a folder is wanted")
    out, err = run(first_cell(book, wheel), WHERE)
    assert not err and out.endswith("helpers/__init__.py\n") and str(run.home) not in out


def test_two_notebooks_may_start_at_once(book, wheel, run):
    both = [run(first_cell(book, wheel), WHERE, start=subprocess.Popen) for _ in range(2)]
    outs = [process.communicate(timeout=60) for process in both]
    assert [err for _, err in outs] == ["", ""] and all(
        "helpers/__init__.py" in out for out, _ in outs
    )


def test_in_a_notebook_the_failure_is_shown_without_a_traceback(book, wheel, run):
    lone = first_cell(dataclasses.replace(book, repository=None), wheel)
    lines = "except Exception as e:\n    print(e._render_traceback_())"
    code = "try:\n" + "\n".join("    " + s for s in lone.splitlines()) + "\n" + lines
    assert run(code)[0].startswith("['Not set up: `helpers` is not installed")
