"""The built pages say what the chapters computed, and lead nowhere that does not exist."""

import re
import sys
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from bs4 import BeautifulSoup
from course_book import cache_path
from jupyter_cache import get_cache
from sources import (
    CHAPTERS,
    PAGES,
    blocks,
    build_faults,
    built_site,
    each_chapter,
    each_page,
    fail_with,
    name,
    numbered_cells,
    prose,
)

from conftest import ROOT, cached, is_chapter, read_chapter, tags

CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text("utf8"))
MOVED = CONFIG["sphinx"]["config"].get("course_redirects") or {}  # old addresses that lead on
NO_SOURCE = {"404.html", "genindex.html", "search.html"} | {f"{old}.html" for old in MOVED}


@cache
def soup(file):
    return BeautifulSoup(file.read_text("utf8"), "html.parser")


def article(site, page):
    return soup(site / f"{page}.html").select_one("article")


def run_faults(path, site):
    """Cells that did not run, and outputs that are not on the page or should not be."""
    notebook = read_chapter(path)
    executed = cached(notebook)
    if executed is None:
        return [f"{name(path)}:1: no run of it as it is now; run: make book"]
    found, record = [], get_cache(cache_path()).match_cache_notebook(notebook)
    if not record.data.get("execution_seconds"):
        found.append(f"{name(path)}:1: it ran in no time at all; run: make clean book")
    page = path.relative_to(ROOT).with_suffix("").as_posix()
    shown = article(site, page).select("div.cell")
    done = [cell for cell in executed.cells if cell.cell_type == "code"]
    pairs = [
        (line, cell)
        for (line, _), cell in zip(numbered_cells(path), done, strict=True)
        if not {"remove-cell", "claim"} & set(tags(cell))
    ]
    if len(shown) != len(pairs):
        return [*found, f"{name(path)}:1: {len(shown)} of its {len(pairs)} cells are on its page"]
    for (line, cell), div in zip(pairs, shown, strict=True):
        errors = [out for out in cell.outputs if out.output_type == "error"]
        never = {"gpu", "skip-execution"} & set(tags(cell))
        if cell.execution_count is None and not never:
            found.append(f"{name(path)}:{line}: the cell never ran; run: make clean book")
        if (errors or div.select(".traceback")) and "raises-exception" not in tags(cell):
            found.append(f"{name(path)}:{line}: its page shows an error; repair the cell")
        text = " ".join(part.get_text() for part in div.select(".cell_output"))
        if junk := re.search(r"<[^<>]* at 0x\w+>|<Axes[^<>]*>|\bText\([^()]*\)", text):
            found.append(
                f"{name(path)}:{line}: its page shows {junk[0]}, which tells a reader nothing; "
                "end the cell with a semicolon"
            )
        if digits := re.search(r"\d\.\d{9,}", text):
            found.append(
                f"{name(path)}:{line}: its page shows {digits[0]}, more digits than anybody reads; "
                "round it, or end on a tensor"
            )
        visible = [out for out in cell.outputs if out.get("name") != "stderr"]
        if visible and not div.select(".cell_output") and "remove-output" not in tags(cell):
            found.append(
                f"{name(path)}:{line}: its output is not on the page; run: make clean book"
            )
    return found


def picture_faults(page, site):
    found, body = [], article(site, page)
    for img in body.find_all("img"):
        if not (img.get("alt") or "").strip():
            found.append(f"{page}.md: its page has a picture without alt text, {img.get('src')}")
    for svg in (svg for svg in body.find_all("svg") if not svg.find_parent("svg")):
        title = svg.get("aria-label") or svg.get("aria-labelledby") or svg.find("title")
        hidden = svg.get("aria-hidden") == "true" or svg.find_parent(attrs={"aria-hidden": "true"})
        if not hidden and not (svg.get("role") == "img" and title):
            found.append(
                f'{page}.md: its page has a drawing (svg) without role="img" and an aria-label: '
                + str(svg)[:60]
            )
    return found


OTHER_HOST = re.compile(r"\s*(https?:)?//", re.IGNORECASE)
IN_CSS = re.compile(r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[^\"')\s]+)", re.IGNORECASE)


def host_faults(page, site):
    """What a page, or a style sheet of it, fetches from another host."""
    html, found = soup(site / f"{page}.html"), []
    for node in html.find_all(["script", "link", "img", "iframe", "source", "video", "audio"]):
        rel = set(node.get("rel") or [])
        if node.name == "link" and rel & {"canonical", "author", "license", "next", "prev"}:
            continue
        parts = [node.get("src"), node.get("href"), *(node.get("srcset") or "").split(",")]
        found += [part.strip() for part in parts if part and OTHER_HOST.match(part)]
    css = [node.get_text() for node in html.find_all("style")]
    css += [node["style"] for node in html.find_all(style=True)]
    for link in html.find_all("link", rel="stylesheet"):
        file = (site / f"{page}.html").parent / urlsplit(link["href"]).path
        css += [file.read_text("utf8")] if file.exists() else []
    found += [host for text in css for host in IN_CSS.findall(text)]
    return [f"{page}.md: its page fetches from another host: {host[:80]}" for host in found]


def link_faults(page, site):
    """Links of a page to files or anchors that are not there."""
    file, found = site / f"{page}.html", []
    for node in soup(file).find_all(["a", "img", "link", "script", "source"]):
        link = node.get("href") or node.get("src")
        if not link or urlsplit(link).scheme or link.startswith("//"):
            continue
        path, anchor = unquote(urlsplit(link).path), unquote(urlsplit(link).fragment)
        target = (file.parent / path).resolve() if path else file
        if target.is_dir():
            target /= "index.html"
        if not target.exists():
            found.append(f"{page}.md: its page links to {link}, which does not exist")
        elif anchor and target.suffix == ".html" and not has_anchor(target, anchor):
            found.append(f"{page}.md: its page links to {link}, and there is no such place")
    return found


def has_anchor(file, anchor):
    return soup(file).find(attrs={"id": anchor}) or soup(file).find("a", attrs={"name": anchor})


def heading_faults(page, site):
    html, found, level = soup(site / f"{page}.html"), [], 0
    heads = article(site, page).find_all(re.compile(r"h[1-6]"))
    if [head.name for head in heads].count("h1") != 1:
        found.append(f"{page}.md: its page needs exactly one title (one #)")
    for head in heads:
        if int(head.name[1]) > level + 1:
            text = head.get_text().strip(" #\n")
            found.append(f"{page}.md: the heading '{text}' skips a level; use one # less")
        level = int(head.name[1])
    if not html.html.get("lang"):
        found.append(f"{page}.md: its page has no language; set language in _config.yml")
    return found


def machine_faults(page, site):
    """Paths of the machine that built a page: they tell a reader nothing, and are no one's."""
    text = article(site, page).get_text()
    for folder in sorted({str(ROOT), str(Path.home()), sys.prefix, "site-packages"} - {"/"}):
        if folder in text:
            yield f"{page}.md: its page shows a path of the machine that built it, {folder}"


LEFTOVER = re.compile(r"# (?:BEGIN|END) SOLUTION")


def leftover_faults(page, site):
    """Source that shows through, also in code; tests/test_markup.py reads the text."""
    body = article(site, page)
    for found in sorted(set(LEFTOVER.findall(body.get_text()))):
        yield f"{page}.md: its page shows {found}, which is source and not for readers"
    for summary in body.select("summary[aria-label]"):
        yield f"{page}.md: a folded cell is not called what it shows, {summary.get_text()!r}"


def stale_faults(site, pages):
    known = {f"{page}.html" for page in pages} | NO_SOURCE
    files = [file.relative_to(site).as_posix() for file in sorted(site.rglob("*.html"))]
    stale = [file for file in files if not file.startswith("_") and file not in known]
    for file in stale[:3]:
        yield f"_build/html/{file}: a page that is in _toc.yml no longer; run: rm -r _build/html"
    if stale[3:]:
        yield f"and {len(stale) - 3} more such pages"


def file_link_faults(path):
    """Links of a Markdown file outside the book to files or headings that are not there."""
    nodes = [part for node in blocks(path.read_text("utf8")) for part in node.walk()]
    heads = {slug(n.children[0].content) for n in nodes if n.type == "heading"}
    for node in nodes:
        link = node.attrs.get("href" if node.type == "link" else "src", "")
        if node.type not in ("link", "image") or urlsplit(link).scheme:
            continue
        line = next(n.map for n in iter_up(node) if n.map)[0] + 1
        target, anchor = unquote(urlsplit(link).path), urlsplit(link).fragment
        if target and not (path.parent / target).exists():
            yield f"{name(path)}:{line}: links to {target}, which does not exist"
        elif anchor and not target and anchor not in heads:
            yield f"{name(path)}:{line}: links to #{anchor}, and there is no such heading"


def iter_up(node):
    while node:
        yield node
        node = node.parent


def slug(heading):
    """A heading's anchor as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


# Numbers in the prose: each comes from the run, or is declared as a fact.

SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
NUMBER = re.compile(
    r"(?<![\w.)])(?P<sign>-?)(?P<digits>\d+(?:\.\d+)?)(?:e(?P<power>[-+]?\d+))?"
    r"(?![\w]|\.\d)(?P<percent>\s*\\?%)?"
)


def plain(text):
    """Prose with its numbers as Python writes them: -4600, 5589330, 3.3993e-4."""
    text = re.sub(r"https?://\S+", "", text).replace("−", "-")
    text = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+", lambda m: "^" + m[0].translate(SUPERSCRIPTS), text)
    text = re.sub(r"\s*(?:\\times|\\cdot|[·×])\s*10\^\{?(-?\d+)\}?", r"e\1", text)
    text = re.sub(r"(\d)(?:\\[,;]|\{,\}|[\u2009\u202f\u00a0])(?=\d{3}(?!\d))", r"\1\\,", text)
    joined = r"(?<![\w.])\d{1,3}(?:(?:\\,|,| )\d{3})+(?![\d])"
    return re.sub(joined, lambda m: re.sub(r"\D", "", m[0]), text)


def numbers(text):
    """Numbers of at least three digits in prose: [(as written, value, last digit's unit)]."""
    found = []
    for m in NUMBER.finditer(plain(text)):
        if len(m["digits"].replace(".", "").lstrip("0")) < 3:
            continue
        scale = 10.0 ** int(m["power"] or 0)
        unit = scale * 10.0 ** -len(m["digits"].partition(".")[2])
        value = float(m["sign"] + m["digits"]) * scale
        found.append((m[0].strip(), value, unit))
        if m["percent"]:  # of 0.866 the prose may say 86.6 %
            found[-1] += (value / 100, unit / 100)
    return found


def run_numbers(cells):
    """All numbers that code cells contain and print."""
    texts = [cell.source for cell in cells]
    for out in (out for cell in cells for out in cell.outputs):
        texts += [out.get("text", ""), out.get("data", {}).get("text/plain", "")]
    pattern = r"(?<![\w.])[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:e[-+]?\d+)?"
    return {float(n) for text in texts for n in re.findall(pattern, text, re.IGNORECASE)}


def number_faults(text, known, where):
    """Numbers of a chapter's prose that, rounded as written, are not among the known ones."""
    pieces = [p for p in prose(text) if p.kind not in ("heading", "image", "myst_line_comment")]
    facts = [p.text for p in prose(text) if p.text.strip().startswith("fact:")]
    known = known | {value for fact in facts for _, value, *_ in numbers(fact)}
    for piece in pieces:
        for offset, line in enumerate(piece.text.split("\n")):
            for written, *readings in numbers(line):
                pairs = zip(readings[::2], readings[1::2], strict=True)
                if not any(close(value, unit, known) for value, unit in pairs):
                    yield (
                        f"{where}:{piece.line + offset}: {written} is not in any output or code of "
                        f"this chapter; compute it in a cell, correct it, or say % fact: {written}"
                    )


def close(value, unit, known):
    """Does one of the known numbers round to this value? What has no sign may be a size."""
    return any(
        abs(k - value) <= 0.501 * unit or (value > 0 and abs(-k - value) <= 0.501 * unit)
        for k in known
    )


def chapter_number_faults(path, earlier):
    """`number_faults` of a chapter, which may speak of what earlier ones printed."""
    known = set()
    for chapter in [*earlier, path]:
        executed = cached(read_chapter(chapter))
        known |= run_numbers(
            [c for c in executed.cells if c.cell_type == "code"] if executed else []
        )
    return number_faults(path.read_text("utf8"), known, name(path))


def test_the_book_is_built():
    fail_with(build_faults(ROOT))


@each_page
def test_every_cell_ran_and_shows(page):
    path = ROOT / f"{page}.md"
    if is_chapter(path):
        fail_with(run_faults(path, built_site()))
    else:
        assert not article(built_site(), page).select(".traceback, div.cell")


@each_chapter
def test_numbers_in_prose_come_from_the_run(path):
    built_site()
    fail_with(chapter_number_faults(path, [p for p in CHAPTERS if p < path]))


@each_page
@pytest.mark.parametrize(
    "faults",
    [picture_faults, host_faults, link_faults, heading_faults, leftover_faults, machine_faults],
)
def test_page(page, faults):
    fail_with(faults(page, built_site()))


def test_no_page_is_left_over():
    fail_with(stale_faults(built_site(), PAGES))


@pytest.mark.parametrize(
    "path", [p for p in sorted(ROOT.glob("*.md")) if p.stem not in PAGES], ids=lambda p: p.name
)
def test_links_of_files(path):
    fail_with(file_link_faults(path))
