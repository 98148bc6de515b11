"""The built pages in a real browser, from disk: nothing is fetched, all fits, sliders move."""

import base64
import contextlib
import io
import json
import os
import shutil
from pathlib import Path

import matplotlib
import pytest
from jinja2 import Template
from PIL import Image, ImageChops, ImageFilter
from sources import PAGES, built_site, each_page, fail_with

from conftest import FOLDERS, ROOT, is_chapter
from helpers.animation import play_boundary
from helpers.explorers import line_explorer

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
PHONE, SMALL, DESKTOP = (390, 844), (1200, 800), (1366, 768)


def find_chromium(bundled=None):
    """The browser's file: $CHROMIUM, or one on the PATH, or Playwright's own; None without."""
    named = os.environ.get("CHROMIUM")
    found = [named] if named else [shutil.which(name) for name in NAMES] + [bundled]
    return next((file for file in found if file and Path(file).exists()), None)


@pytest.fixture(scope="session")
def browser(request):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        file = find_chromium(playwright.chromium.executable_path)
        if file is None:
            fault = "no Chromium: apt install chromium, or CHROMIUM=/path/to/chromium make test"
            if os.environ.get("CI") or request.config.option.record:
                pytest.fail(fault, pytrace=False)
            pytest.skip(fault)
        chromium = playwright.chromium.launch(executable_path=file, args=FLAGS)
        yield chromium
        chromium.close()


@contextlib.contextmanager
def visit(browser, page, size=DESKTOP, scheme="light"):
    """The open page, and the list of what it fetched or complained about."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, reduced_motion="reduce"
    )
    tab, faults = context.new_page(), []
    tab.on("request", lambda r: None if is_local(r.url) else faults.append(f"fetches {r.url}"))
    tab.on("pageerror", lambda error: faults.append(f"raises {error}"))
    tab.on(
        "console",
        lambda m: faults.append(f"logs an error: {m.text}") if m.type == "error" else None,
    )
    tab.goto((built_site() / f"{page}.html").as_uri(), wait_until="load")
    yield tab, faults
    context.close()


def is_local(url):
    return url.startswith(("file:", "data:", "blob:", "about:"))


TOO_WIDE = """() => [...document.querySelectorAll('article *')]
  .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
  .filter(e => !e.parentElement.closest('pre, .cell_output > *, svg'))
  .map(e => e.tagName.toLowerCase() + '.' + e.className).slice(0, 3).join(', ')"""

TO_THE_END = """async () => {
  for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight) {
    scrollTo(0, y);
    await new Promise(requestAnimationFrame);
  }
  await document.fonts.ready;
}"""

MOVE = """input => {
  const box = input.closest('.course-explorer');
  return [...box.querySelectorAll('output')].map(o => o.textContent).join('|');
}"""

# Texts whose colour stands out too little from their background (WCAG: 4.5, large text 3).
FAINT = """() => {
  const rgba = c => [...c.match(/[\\d.]+/g).map(Number), 1].slice(0, 4);
  const light = c => c.slice(0, 3).map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const over = (top, below) => top.slice(0, 3).map((v, i) => v * top[3] + below[i] * (1 - top[3]));
  const behind = e => {
    if (!e) return [255, 255, 255];
    const own = rgba(getComputedStyle(e).backgroundColor);
    return own[3] === 1 ? own : over(own, behind(e.parentElement));
  };
  const all = 'p, a:not(.headerlink), li, td, th, figcaption, summary, label, output, code, ' +
    '.highlight span';
  const faint = new Map();
  for (const e of document.querySelectorAll(`:is(article, main) :is(${all})`)) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    if (!own || !e.checkVisibility()) continue;
    const style = getComputedStyle(e), below = behind(e);
    const [a, b] = [light(over(rgba(style.color), below)), light(below)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05), large = parseFloat(style.fontSize) >= 24;
    const kind = e.tagName.toLowerCase() + (e.className ? '.' + e.className : '');
    if (ratio < (large ? 3 : 4.5)) faint.set(kind, `${ratio.toFixed(1)} for ${kind}: ` +
      e.textContent.trim().slice(0, 30));
  }
  return [...faint.values()];
}"""


# What a reader does not see before scrolling back, to the left. A drawing cuts its lines itself.
CUT_OFF = """[...document.querySelectorAll('article *')]
  .filter(e => e.checkVisibility() && !e.parentElement.closest('svg'))
  .filter(e => e.getBoundingClientRect().left < -1 && e.getBoundingClientRect().right > 1)
  .map(e => e.tagName + ' ' + e.textContent.trim().slice(0, 40))"""


@each_page
def test_nothing_is_fetched_and_no_script_fails(browser, page):
    with visit(browser, page) as (tab, faults):
        tab.evaluate(TO_THE_END)  # what loads late, loads now
        tab.wait_for_timeout(500)
        tab.wait_for_function("[...document.images].every(image => image.complete)")
        fail_with(f"{page}.md: its page {fault}" for fault in faults)


@each_page
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_page_is_not_wider_than_the_screen(browser, page, size):
    with visit(browser, page, size) as (tab, _):
        if tab.evaluate("document.documentElement.scrollWidth > innerWidth"):
            fail_with([f"{page}.md: wider than {size[0]} pixels: {tab.evaluate(TOO_WIDE)}"])
        fail_with(f"{page}.md: begins left of the screen: {it}" for it in tab.evaluate(CUT_OFF))


# The longest line of each block of code or output that has to be scrolled sideways to be read.
SCROLLS = """() => {
  for (const e of document.querySelectorAll('article details')) e.open = true;
  return [...document.querySelectorAll('article pre')]
    .filter(e => e.scrollWidth > e.clientWidth + 1)
    .map(e => e.textContent.split('\\n').reduce((a, b) => a.length < b.length ? b : a));
}"""


@each_page
def test_no_line_scrolls_sideways(browser, page):
    with visit(browser, page, SMALL) as (tab, _):
        lines = [f"{len(line)} characters, '{line.strip()}'" for line in tab.evaluate(SCROLLS)]
        repair = f"is too wide for a window of {SMALL[0]} pixels: break it, or print less"
        fail_with(f"{page}.md: a line of {line} {repair}" for line in lines)


@each_page
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out(browser, page, scheme):
    with visit(browser, page, scheme=scheme) as (tab, _):
        fail_with(f"{page}.md: {scheme}, contrast {fault}" for fault in tab.evaluate(FAINT))


@each_page
def test_sliders_move_with_the_keyboard(browser, page):
    faults = []
    with visit(browser, page) as (tab, _):
        for slider in tab.query_selector_all(".course-explorer input[type=range]"):
            before = slider.evaluate(MOVE)
            at_end = slider.evaluate("s => s.value === s.max")
            slider.focus()
            slider.press("ArrowLeft" if at_end else "ArrowRight")
            if slider.evaluate(MOVE) == before:
                label = slider.evaluate("s => s.closest('label')?.innerText.trim() || s.id")
                faults.append(f"has a slider that changes no <output>: {label}")
        fail_with(f"{page}.md: its page {fault}" for fault in faults)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_for_wrong_addresses_fits_and_stands_out(browser, scheme):
    with visit(browser, "404", PHONE, scheme) as (tab, faults):
        faults += tab.evaluate(FAINT)
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert tab.locator("input[name=q], button, ol a").count() > 2
        fail_with(f"404.html: {fault}" for fault in faults)


def test_search_works_from_a_folder(browser):
    with visit(browser, "index") as (tab, faults):
        tab.click(".search-button-field")
        first = tab.query_selector("article table a")
        tab.fill("dialog input[name=q]", first.inner_text().partition(" ")[2])
        address = first.get_attribute("href")
        tab.press("dialog input[name=q]", "Enter")
        tab.wait_for_selector("#search-results ul.search li a")
        tab.wait_for_function(
            "/found|finished/i.test(document.querySelector('.search-summary').innerText)"
        )
        assert address in tab.inner_html("#search-results ul.search")
        fail_with(f"search.html: its page {fault}" for fault in faults)


@pytest.mark.parametrize("page", [page for page in PAGES if is_chapter(ROOT / f"{page}.md")][:2])
def test_the_notebook_of_a_page_is_saved_from_a_folder(browser, page):
    with visit(browser, page) as (tab, faults), tab.expect_download() as saved:
        button = tab.get_by_role("link", name="Download notebook")
        button.focus()
        button.press("Enter")
        file = saved.value.path()
        assert saved.value.suggested_filename == f"{page.partition('/')[2]}.ipynb"
        assert json.loads(file.read_text("utf8"))["cells"]
        fail_with(f"{page}.md: its page {fault}" for fault in faults)


# The PNG of each figure, for notebooks: make figures

FIGURES = sorted(file for folder in FOLDERS for file in (ROOT / folder).rglob("*.svg"))


def drawn(browser, svg):
    """The figure at twice its size on white, as a PNG's bytes.

    Its font is DejaVu Sans as matplotlib brings it, so that it is the same on each computer.
    """
    fonts, css = Path(matplotlib.get_data_path(), "fonts", "ttf"), "body {margin: 0}"
    for name, weight in (("DejaVuSans", "normal"), ("DejaVuSans-Bold", "bold")):
        data = base64.b64encode((fonts / f"{name}.ttf").read_bytes()).decode()
        source = f"font-weight: {weight}; src: url(data:font/ttf;base64,{data})"
        css += f"@font-face {{font-family: own; {source}}}"
    css += "svg {display: block; font-family: own}"
    context = browser.new_context(device_scale_factor=2)
    tab, small = context.new_page(), io.BytesIO()
    tab.set_content(f"<style>{css}</style>{svg}")
    tab.evaluate("document.fonts.ready")
    shot = Image.open(io.BytesIO(tab.locator("svg").screenshot())).convert("RGB")
    context.close()
    shot.quantize(64, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    return small.getvalue()


def difference(one, other):
    """How far two PNGs are apart, from 0 to 255: where they differ most, both a little blurred.

    Other edges of the letters, as another version of the browser draws them, give up to 35. One
    other letter, or a box moved by a pixel, gives 70 and more.
    """
    one, other = (
        Image.open(io.BytesIO(png)).convert("RGB").filter(ImageFilter.BoxBlur(3))
        for png in (one, other)
    )
    if one.size != other.size:
        return 255
    return max(high for _, high in ImageChops.difference(one, other).getextrema())


@pytest.mark.parametrize("svg", FIGURES, ids=lambda svg: svg.stem)
def test_the_png_of_a_figure_shows_what_its_svg_shows(browser, svg, pytestconfig):
    png, new = svg.with_suffix(".png"), drawn(browser, svg.read_text("utf8"))
    if png.exists() and difference(png.read_bytes(), new) < 50:
        return
    if pytestconfig.option.record:
        png.write_bytes(new)
        return
    fail_with([f"{png.relative_to(ROOT)} does not show what its SVG shows; run: make figures"])


# What stands on a page but is only to be clicked, and what paper would cut off at the right.
ON_SCREEN = """() => [...document.querySelectorAll(
    'header, nav, dialog, button, .bd-sidebar-primary, .bd-sidebar-secondary, .prev-next-area, ' +
    '.course-buttons, .sd-btn, .course-origin p + p, .headerlink')]
  .filter(e => e.checkVisibility() && e.getClientRects().length && !e.closest('#jb-print-toc'))
  .map(e => `shows ${e.tagName.toLowerCase()}.${e.className}`)"""
FOLDED = """() => [...document.querySelectorAll('article details:not([open])')]
  .map(d => d.lastElementChild.checkVisibility({contentVisibilityAuto: true}))"""


@each_page
def test_paper_shows_the_whole_page_and_nothing_to_click(browser, page):
    with visit(browser, page, (680, 960), "dark") as (tab, _):  # A4 without its margins
        tab.emulate_media(media="print")
        faults = sorted(set(tab.evaluate(ON_SCREEN)))
        if wide := tab.evaluate(TOO_WIDE):
            faults.append(f"is cut off at the right: {wide}")
        sheet = page.startswith(
            "solutions/"
        )  # exercises are to be solved: their answers stay folded
        if any(shown == sheet for shown in tab.evaluate(FOLDED)):
            faults.append("has an answer folded that should be open, or the reverse")
        fail_with(f"{page}.md: on paper, its page {fault}" for fault in faults)


def test_a_dark_page_is_printed_in_light_colours_and_is_dark_again(browser):
    theme = "document.documentElement.dataset.theme"
    with visit(browser, PAGES[0], scheme="dark") as (tab, _):
        for _ in range(2):
            assert tab.evaluate(theme) == "dark"
            tab.evaluate("dispatchEvent(new Event('beforeprint'))")
            assert tab.evaluate(theme) == "light"
            tab.evaluate("dispatchEvent(new Event('afterprint'))")
        assert tab.evaluate(theme) == "dark"


def test_an_old_address_leads_to_the_new_page_and_its_anchor(browser, tmp_path):
    html = Template((ROOT / "_book" / "templates" / "moved.html").read_text("utf8"))
    (tmp_path / "old.html").write_text(html.render(target="new.html", name="New"), "utf8")
    (tmp_path / "new.html").write_text("<title>New</title>", "utf8")
    tab = browser.new_page()
    tab.goto((tmp_path / "old.html").as_uri() + "#place")
    tab.wait_for_url("**/new.html#place")
    tab.close()


def test_a_notebook_cannot_take_the_keys_of_a_slider(browser):
    """JupyterLab uses arrow keys itself; an explorer inside must still get them."""
    html = line_explorer([0, 1], [0, 1], (0, 2, 1, 1), (0, 2, 1, 1), "x", "y", (0, 1), "alt").data
    tab = browser.new_page()
    tab.set_content(f'<div onkeydown="event.preventDefault()">{html}</div>')
    tab.press("input", "ArrowRight")
    assert tab.input_value("input") == "2"
    tab.close()


@pytest.fixture
def player(browser):
    """A page that holds a player of three frames and nothing else, at phone width.

    Its clock stands still but for `run_for`, so that no test depends on how busy a machine is.
    """
    frames = [([1, 0.1], -1, "one"), ([1, 1.5], -1, "two"), ([0, 2], -1, "three")]
    points, classes = [[0, 0], [2, 0], [0, 1], [2, 1]], [0, 0, 1, 1]
    html = play_boundary(frames, points, classes, "x1", "x2", (-1, 3), (-1, 2), alt="alt").data
    context = browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]})
    tab, faults = context.new_page(), []
    tab.on("request", lambda request: faults.append(f"fetches {request.url}"))
    tab.on("pageerror", lambda error: faults.append(f"raises {error}"))
    tab.clock.install(time=0)
    tab.set_content(f'<div onkeydown="event.preventDefault()">{html}</div>')
    tab.clock.pause_at(1000)
    tab.set_default_timeout(10_000)
    yield tab
    fail_with(faults)
    context.close()


FILLED = """() => [...document.querySelectorAll('.points > *')]
  .map(point => +(point.getAttribute('fill') === '#d9600f'))"""


def playing(tab):
    return tab.inner_text("button") == "Pause"


def test_a_player_waits_then_plays_to_its_end_and_starts_again(player):
    tab = player
    tab.clock.run_for(5000)
    assert (tab.input_value("input"), tab.inner_text("output")) == ("0", "one") and not playing(tab)
    tab.press("button", "Enter")
    assert playing(tab) and tab.get_attribute("output", "aria-live") == "off"
    tab.clock.run_for(700)
    assert tab.inner_text("output") == "two" and playing(tab)
    tab.clock.run_for(700)
    assert tab.inner_text("output") == "three"
    assert tab.input_value("input") == "2" and not playing(tab)
    assert tab.get_attribute("output", "aria-live") == "polite"
    tab.press("button", "Space")
    assert playing(tab) and tab.inner_text("output") == "one"


def test_a_player_pauses_at_its_button_and_at_its_slider(player):
    tab = player
    for stop in (lambda: tab.click("button"), lambda: tab.press("input", "Home")):
        tab.press("input", "Home")
        tab.click("button")
        tab.clock.run_for(700)
        assert tab.input_value("input") == "1" and playing(tab)
        stop()
        at = tab.input_value("input")
        tab.clock.run_for(5000)
        assert tab.input_value("input") == at and not playing(tab)


def test_the_slider_of_a_player_moves_line_marks_and_text(player):
    tab, seen = player, []
    assert tab.get_attribute("svg[role=img]", "aria-label") == "alt"
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for text, wrong in (("one", [0, 1, 1, 0]), ("two", [0, 1, 0, 0]), ("three", [0, 0, 0, 0])):
        assert tab.inner_text("output") == text and tab.evaluate(FILLED) == wrong
        seen.append(tab.get_attribute(".line", "points"))
        tab.press("input", "ArrowRight")
        assert tab.get_attribute("input", "aria-valuetext") == tab.inner_text("output")
    assert len(set(seen)) == 3
    assert all(end.endswith(",151") for end in seen[2].split()), "x2 = 0.5 lies in the middle"
