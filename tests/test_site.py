"""Each page opens as a notebook, says where it comes from, and leads on to the next."""

import dataclasses
import json
import re
from types import SimpleNamespace
from urllib.parse import parse_qs, unquote, urlsplit

import claims
import pytest
from bs4 import BeautifulSoup
from course_book import cache_path
from docutils import nodes
from edition import Edition, edition
from furniture import buttons, in_words, report, run_of, stamp
from jupyter_cache import get_cache
from sources import PAGES, built_site, each_page
from test_pages import article, soup

from conftest import ROOT, code_cells, is_chapter, read_chapter, tags

FORK = Edition(
    title="Deep learning",
    repository="https://github.com/ada/deep",
    site="https://ada.github.io/deep/",
    branch="main",
    commit="0123456789" * 4,
    changed=False,
    date="2026-11-03",
)
NOWHERE = dataclasses.replace(FORK, repository=None, site=None, commit=None)


def text_of(node):
    return re.sub(r"\s+", " ", node.get_text()).strip()


def parsed(html):
    return BeautifulSoup(html, "html.parser")


def links(html):
    """The text, address and spoken name of each link: {text: (href, aria-label)}."""
    return {text_of(a): (a["href"], a.get("aria-label")) for a in html.select("a")}


# The built pages


@each_page
def test_a_page_with_code_opens_as_a_notebook_and_another_does_not(page):
    row = article(built_site(), page).select(".course-buttons")
    if not is_chapter(ROOT / f"{page}.md"):
        assert not row
        return
    notebook = page.replace("solutions/", "exercises/") + ".ipynb"
    found = links(row[0])
    href, _ = found.pop("Download notebook")
    assert href == f"../notebooks/{notebook}"
    cells = json.loads((built_site() / "notebooks" / notebook).read_text("utf8"))["cells"]
    title = next(
        line
        for line in read_chapter(ROOT / f"{page}.md").cells[0].source.split("\n")
        if line.startswith("# ")
    )
    assert any(title in "".join(cell["source"]) for cell in cells)
    assert row[0].find_previous_sibling().name == "h1", "the buttons stand below the title"
    for href, _ in found.values():
        assert href.endswith(f"/{notebook}") and "/notebooks" in href
    for text, (_, spoken) in links(row[0]).items():
        assert spoken.startswith(text) and len(spoken) > len(text) + 3


@each_page
def test_a_page_says_what_it_was_made_from(page):
    end = text_of(article(built_site(), page).select_one("footer.course-origin p"))
    commit = edition(ROOT).commit
    assert re.match(r"This page was made on \d{1,2} [A-Z][a-z]+ \d{4}", end)
    assert f"from commit {commit[:7]}" in end if commit else "commit" not in end
    if not is_chapter(ROOT / f"{page}.md"):
        assert "PyTorch" not in end and "cells" not in end
        return
    record = get_cache(cache_path()).match_cache_notebook(read_chapter(ROOT / f"{page}.md"))
    cells = [c for c in code_cells(read_chapter(ROOT / f"{page}.md")) if not claims.is_claim(c)]
    idle = sum("skip-execution" in tags(cell) for cell in cells)
    rest = f"; {idle} of {len(cells)} {'was' if idle == 1 else 'were'} not run" if idle else ""
    assert f"Its cells ran in {in_words(record.data['execution_seconds'])}{rest}." in end
    assert "with PyTorch " in end
    cells = [c for c in code_cells(read_chapter(ROOT / f"{page}.md")) if claims.is_claim(c)]
    held = sum(len(claims.read(cell.source)) for cell in cells)
    assert (f"Its text was tested against the run in {held} places." in end) == (held > 1)
    images = "helpers.images" in (ROOT / f"{page}.md").read_text("utf8")
    assert ("Fashion-MNIST" in end) == images and ("come with the course" in end) != images


@pytest.mark.parametrize("at", range(len(PAGES)), ids=PAGES)
def test_pages_lead_to_the_one_before_and_the_one_after(at):
    html = soup(built_site() / f"{PAGES[at]}.html")
    for css, other in ((".left-prev", at - 1), (".right-next", at + 1)):
        shown = [a["href"] for a in html.select(f".prev-next-area a{css}")]
        there = PAGES[other : other + 1] if other >= 0 else []
        assert [unquote(href).rsplit("/")[-1] for href in shown] == [
            f"{page}.html".rsplit("/")[-1] for page in there
        ]


@each_page
def test_a_page_has_a_title_a_description_and_its_own_address(page):
    html = soup(built_site() / f"{page}.html")
    title = text_of(article(built_site(), page).h1).rstrip(" #")
    assert title in text_of(html.title)
    (description,) = html.select('meta[name="description"]')
    assert 20 < len(description["content"]) <= 160
    canonical = [link["href"] for link in html.select('link[rel="canonical"]')]
    assert canonical in ([], [f"{edition(ROOT).site}{page}.html"])


def test_the_first_page_lists_the_chapters_as_the_sidebar_does():
    html = soup(built_site() / "index.html")
    rows = [[text_of(td) for td in tr.select("td")] for tr in html.select("article table tbody tr")]
    shown = [text_of(a) for a in html.select("nav .toctree-l1 > a")]
    assert [row[0] for row in rows] == [text for text in shown if re.match(r"\d+\. ", text)]
    for name, question, minutes in rows:
        assert question.endswith("?") and re.fullmatch(r"\d+ \+ \d+", minutes), f"chapter {name}"
    first = html.select_one("article a.sd-btn")["href"]
    assert first == html.select_one("article table a")["href"]


def test_no_theme_button_offers_what_is_not_there():
    for page in PAGES:
        html = soup(built_site() / f"{page}.html")
        assert not html.select(".dropdown-launch-buttons, .dropdown-download-buttons")
        assert len(html.select("button[onclick='window.print()']")) == 1


# The pieces, for other repositories


def test_buttons_of_a_fork_open_the_forks_notebooks():
    row = buttons(FORK, "solutions/03_autograd", "Exercises: <Autograd>", "../x.ipynb")
    assert links(parsed(row)) == {
        "Open in Colab": (
            "https://colab.research.google.com/github/ada/deep/blob/notebooks/"
            "exercises/03_autograd.ipynb",
            "Open in Colab: Exercises: <Autograd>",
        ),
        "Open in Binder": (
            "https://mybinder.org/v2/gh/ada/deep/notebooks"
            "?urlpath=lab/tree/exercises/03_autograd.ipynb",
            "Open in Binder: Exercises: <Autograd>",
        ),
        "Download notebook": ("../x.ipynb", "Download notebook: Exercises: <Autograd>"),
    }


def test_without_a_repository_the_download_is_left_and_no_link_leads_nowhere():
    assert list(links(parsed(buttons(NOWHERE, "chapters/01_a", "A", "a.ipynb")))) == [
        "Download notebook"
    ]
    assert not links(parsed(stamp(NOWHERE, "chapters/01_a", "chapters/01_a.md", "2.15.0", "Ran.")))
    elsewhere = dataclasses.replace(FORK, repository="https://git.school.org/ada/deep")
    assert len(links(parsed(buttons(elsewhere, "chapters/01_a", "A", "a.ipynb")))) == 1


def test_a_report_brings_page_version_and_torch_along():
    address = urlsplit(report(dataclasses.replace(FORK, changed=True), "chapters/01_a", "2.15.0"))
    sent = parse_qs(address.query)
    assert address.path == "/ada/deep/issues/new" and sent["title"] == ["chapters/01_a: "]
    (body,) = sent["body"]
    for part in (f"{FORK.site}chapters/01_a.html", FORK.commit, "not committed", "2.15.0"):
        assert part in body
    assert "+" not in address.query and "%0A" in address.query


def test_the_end_of_a_page_leads_to_its_source_on_the_forks_branch():
    end = parsed(stamp(FORK, "solutions/01_a", "solutions/01_a.md", "2.15.0", "They ran."))
    assert "made on 3 November 2026 from commit 0123456, with PyTorch 2.15.0. They ran." in (
        text_of(end)
    )
    found = links(end)
    assert found["Edit this page"][0] == f"{FORK.repository}/edit/main/solutions/01_a.md"
    assert found["0123456"][0] == f"{FORK.repository}/commit/{FORK.commit}"


@pytest.mark.parametrize(
    "record",
    [None, {}, {"succeeded": False, "runtime": 3.0}, {"succeeded": True, "runtime": 0.0}],
)
def test_no_record_or_a_run_in_no_time_counts_as_not_run(record):
    app = SimpleNamespace(env=SimpleNamespace(nb_metadata={"a": {"exec_data": record}}))
    assert run_of(app, "a", []) is None
    assert run_of(app, "not there", []) is None


def cell_of(code, count, *tags):
    """A code cell as a page holds it; count: its number in the run, None if it did not run."""
    block = nodes.literal_block(code, code)
    return nodes.container("", block, exec_count=count, cell_metadata={"tags": list(tags)})


def test_a_cell_that_is_only_shown_does_not_count_as_run():
    env = SimpleNamespace(nb_metadata={"a": {"exec_data": {"succeeded": True, "runtime": 3.0}}})
    app, shown = SimpleNamespace(env=env), cell_of("x", None, "gpu", "skip-execution")
    said = run_of(app, "a", [cell_of("x", 1), shown, cell_of("x", 2)])
    assert said.endswith("Its cells ran in 3 seconds; 1 of 3 was not run.")
    assert run_of(app, "a", [shown, shown]) == "Its code is only shown, and was not run."
    assert run_of(app, "a", [cell_of("x", 1), cell_of("x", None)]) is None


def test_images_are_called_what_they_are():
    record = {"succeeded": True, "runtime": 1.2}
    env = SimpleNamespace(nb_metadata={"a": {"exec_data": record}})
    for code, real, said in (
        (
            "from helpers.images import fashion_mnist",
            True,
            "Its images are those of Fashion-MNIST.",
        ),
        ("from helpers.images import fashion_mnist", False, "Its images are stand-ins that"),
        ("from helpers.data import thermometer", False, "Its data come with the course."),
    ):
        app = SimpleNamespace(config=SimpleNamespace(course_images=real), env=env)
        words = run_of(app, "a", [cell_of(code, 1)])
        assert words.startswith(said) and words.endswith(" Its cells ran in 1 second.")
    assert in_words(0.3) == "less than a second" and in_words(93.6) == "94 seconds"
