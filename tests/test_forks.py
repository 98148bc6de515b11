"""A copy of this tree with a name and chapters of its own builds, and is a course of its own."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from contents import GOALS, TITLE, group
from course_book import cache_path
from sources import CHAPTERS, built_site, fail_with, toc_files
from test_pages import article, leftover_faults, link_faults, machine_faults, soup, stale_faults
from test_site import text_of

from conftest import ROOT

# These tests stay true where chapters are added, renamed, or have no exercises yet.
WITH_EXERCISES = [path for path in CHAPTERS if (ROOT / "solutions" / path.name).exists()]
OWN = {"title": "Deep learning in small steps", "author": "Ada, School of Engines"}


def stem(path):
    return f"chapters/{path.stem}"


class Fork:
    """A copy of this tree that has run what this one has run, with a remote over ssh."""

    def __init__(self, folder):
        built_site()
        self.folder, self.site = folder, folder / "_build" / "html"
        made = shutil.ignore_patterns(
            ".git", ".venv*", "_build", "__pycache__", "*.egg-info", ".*_cache"
        )
        shutil.copytree(ROOT, folder, ignore=made, dirs_exist_ok=True)
        shutil.copytree(cache_path(), folder / cache_path().relative_to(ROOT))
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("remote", "add", "origin", "git@github.com:Ada/deep.git")

    def git(self, *arguments):
        who = "-c user.name=ada -c user.email=ada@example.org -c commit.gpgsign=false".split()
        command = ["git", "-C", self.folder, *who, *arguments]
        subprocess.run(command, check=True, capture_output=True)

    def choose(self, chapters, exercises=True):
        """Write a _toc.yml with these chapters, the glossary, and their exercises or not."""
        entries = [{"file": f"chapters/{chapter}"} for chapter in chapters]
        for entry, chapter in zip(entries if exercises else [], chapters, strict=False):
            entry["sections"] = [{"file": f"solutions/{chapter}"}]
        parts = [{"caption": "Mine", "numbered": 1, "chapters": entries}]
        parts += [{"caption": "Reference", "chapters": [{"file": "glossary"}]}]
        toc = {"format": "jb-book", "root": "index", "parts": parts}
        self.write("_toc.yml", yaml.safe_dump(toc))
        return toc_files(toc)

    def set(self, **settings):
        """Write a _config.yml with these settings in place of ours."""
        config = yaml.safe_load((ROOT / "_config.yml").read_text("utf8"))
        config.pop("repository", None)
        config["html"].pop("baseurl", None)
        config["sphinx"]["config"]["course_redirects"] = settings.pop("course_redirects", {})
        config["execute"] |= settings.pop("execute", {})
        self.write("_config.yml", yaml.safe_dump(config | settings))

    def write(self, name, text):
        (self.folder / name).write_text(text, "utf8")

    def build(self):
        """Do what `make book` does, without CI's variables: (exit status, log)."""
        env = {k: v for k, v in os.environ.items() if not k.startswith("GITHUB_")}
        env["PYTHONPATH"] = str(self.folder)  # its own helpers
        program = Path(sys.executable).with_name("jupyter-book")
        command = [program, "build", ".", "-W", "-n", "--keep-going"]
        done = subprocess.run(command, cwd=self.folder, env=env, capture_output=True, text=True)
        return done.returncode, re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)


@pytest.fixture
def fork(tmp_path):
    return Fork(tmp_path)


def test_a_fork_with_chosen_chapters_is_at_once_a_course_of_its_own(fork):
    chosen = [path for path in WITH_EXERCISES if left_out_in(path, [path])][::3][:2]
    pages, moved = fork.choose([path.stem for path in chosen]), {"old/place": stem(chosen[0])}
    fork.set(**OWN, logo="logo.svg", course_redirects=moved)
    fork.write("logo.svg", '<svg xmlns="http://www.w3.org/2000/svg"/>')
    fork.git("add", "--all")
    fork.git("commit", "--quiet", "--message=my course")
    status, log = fork.build()
    assert status == 0, log[-2000:]

    for page in pages:
        faults = [*link_faults(page, fork.site), *leftover_faults(page, fork.site)]
        faults += [*machine_faults(page, fork.site), *name_faults(page, fork.site)]
        fail_with(faults)
    fail_with(stale_faults(fork.site, [*pages, *moved]))
    for path in chosen:
        titles = left_out_in(path, chosen)
        assert titles and titles <= set(plain_text(fork.site, stem(path)))

    titles = [group(TITLE, path.read_text("utf8"), "title") for path in chosen]
    first = article(fork.site, "index")
    rows = [[text_of(td) for td in tr.select("td")] for tr in first.select("tbody tr")]
    assert [row[0] for row in rows] == [f"1. {titles[0]}", f"2. {titles[1]}"]
    assert first.select_one("a.sd-btn")["href"] == f"{stem(chosen[0])}.html"
    goals = sum(group(GOALS, path.read_text("utf8")).count("- ") for path in chosen)
    assert len(first.select("details li")) == goals
    signpost_faults(fork.site, titles, moved)


def left_out_in(path, chosen):
    """The titles of the chapters to which this one refers by their label, and that are left out."""
    text, titles = path.read_text("utf8"), set()
    for other in set(CHAPTERS) - set(chosen):
        label = re.search(r"^\((chapter-[\w-]+)\)=", other.read_text("utf8"), re.MULTILINE)
        if label and f"{{ref}}`{label[1]}`" in text:
            titles.add(group(TITLE, other.read_text("utf8"), "title").replace("`", ""))
    return titles


def plain_text(site, page):
    """The words that stand in place of a reference, with no link around them."""
    spans = article(site, page).select("p > span")
    return [text_of(span) for span in spans if not span.find_parent("a")]


def name_faults(page, site):
    """Where a page of the fork does not bear its own name, logo and addresses."""
    html = soup(site / f"{page}.html")
    title = OWN["title"]
    if title not in html.title.text or OWN["author"] not in html.get_text():
        yield f"{page}: not the fork's title or author"
    if page == "index" and text_of(article(site, page).h1).rstrip(" #") != title:
        yield f"{page}: not the fork's title above the text"
    if not html.select(".navbar-brand img[src$='logo.svg']"):
        yield f"{page}: not the fork's logo"
    if len(html.select(".course-buttons a")) != 3 * page.startswith(("chapters", "solutions")):
        yield f"{page}: other buttons than three"
    for link in html.select(".course-buttons a, .course-origin a"):
        own = r"\.\./notebooks/|https://[\w./]*?(github|github\.com|gh)/Ada/deep/"
        if not re.match(own, link["href"]):
            yield f"{page}: leads to {link['href']}"
    if html.select_one("link[rel=canonical]")["href"] != f"https://ada.github.io/deep/{page}.html":
        yield f"{page}: its canonical address is another"
    if "changes that are not committed" in html.get_text():
        yield f"{page}: says that it was changed"


def signpost_faults(site, titles, moved):
    """Fail where the page for wrong addresses, or for an old one, leads elsewhere."""
    wrong = soup(site / "404.html")
    assert [text_of(li) for li in wrong.select("ol li")] == titles
    addresses = [a["href"] for a in wrong.select("a")] + [wrong.form["action"]]
    assert all(a.startswith("https://ada.github.io/deep/") for a in addresses)
    assert not wrong.select("link, img, script[src]"), "it may be served below any address"
    for old, new in moved.items():
        there = soup(site / f"{old}.html").a["href"]
        assert (site / old).parent.joinpath(there).resolve() == site / f"{new}.html"


def test_a_page_that_was_not_run_cannot_be_published_nor_can_a_dead_reference(fork):
    chosen = WITH_EXERCISES[2]
    fork.choose([chosen.stem])
    fork.git("remote", "remove", "origin")
    wrong = dict.fromkeys(["../out", "/out", "out.md", "a#b", 1], "index")
    moved = {"old": "no", "index": "old", "search": "index", **wrong}
    fork.set(execute={"execute_notebooks": "off"}, course_redirects=moved)
    with (fork.folder / "index.md").open("a", encoding="utf8") as file:
        file.write("\nSee {ref}`chapter-nowhere` and {doc}`chapters/99_nothing`.\n")
    status, log = fork.build()
    assert status != 0
    for fault in (
        f"{chosen.name}: WARNING: the record of its run is missing",
        "undefined label: 'chapter-nowhere'",
        "unknown document: 'chapters/99_nothing'",
        "course_redirects in _config.yml, old: no is no page",
        "course_redirects in _config.yml, index: index is a page still",
        "course_redirects in _config.yml, search: search is a page still",
        *(f"_config.yml, {old}: write the old name as in chapters/02_topic" for old in wrong),
    ):
        assert fault in log, fault
    assert not list(fork.folder.glob("_build/out*")) + list(fork.site.glob("out*"))
    page = article(fork.site, stem(chosen))
    assert "was not run" in text_of(page.select_one(".course-not-run"))
    assert "Its cells were not run." in text_of(page.select_one(".course-origin"))
    assert [text_of(a) for a in page.select(".course-buttons a")] == ["Download notebook"]
    assert not page.select(".course-origin a")


def test_another_commit_writes_pages_anew_and_another_choice_reads_them_anew(fork):
    first, second = WITH_EXERCISES[:2]
    fork.choose([first.stem, second.stem])
    fork.set()
    status, log = fork.build()
    assert status == 0, log[-2000:]
    fork.git("commit", "--quiet", "--message=first", "--allow-empty")
    status, log = fork.build()
    assert status == 0 and "0 added, 0 changed, 0 removed" in log, log[-2000:]
    soup.cache_clear()
    for page in (stem(first), "glossary"):
        assert "from commit" in text_of(article(fork.site, page).select_one(".course-origin"))
    assert stem(first) in " ".join(glossary_links(fork))
    fork.choose([second.stem], exercises=False)
    status, log = fork.build()
    assert status == 0, log[-2000:]
    soup.cache_clear()
    assert stem(first) not in " ".join(glossary_links(fork))
    assert "exercises of this chapter" in plain_text(fork.site, stem(second))


def glossary_links(fork):
    return [a["href"] for a in article(fork.site, "glossary").select("dd a")]
