"""What the book puts around a page: buttons above it, and below where it comes from."""

import json
import shutil
from datetime import date
from html import escape
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote, urlencode

import notebooks
from docutils import nodes
from edition import edition, notebook_of
from sphinx.util import logging

log = logging.getLogger(__name__)
NOT_RUN = "The code on this page was not run when the page was made."


def buttons(edition, page, title, download):
    """The row of links that open a page as a notebook, as HTML.

    title:     of the page, as text
    download:  address of the notebook in the built site
    """
    notebook = notebook_of(page)
    links = [
        ("Open in Colab", edition.colab(notebook), ""),
        ("Open in Binder", edition.binder(notebook), ""),
        ("Download notebook", download, " download"),
    ]
    row = "".join(
        f'<a href="{escape(url)}"{more} aria-label="{escape(f"{name}: {title}")}">{name}</a>\n'
        for name, url, more in links
        if url
    )
    return f'<p class="course-buttons">\n{row}</p>\n'


def origin(edition):
    """When and from what the book was built, as HTML without a full stop."""
    text = f"This page was made on {spelled(edition.date)}"
    if edition.commit:
        commit = f"<code>{edition.commit[:7]}</code>"
        if edition.repository:
            address = escape(f"{edition.repository}/commit/{edition.commit}")
            commit = f'<a href="{address}">{commit}</a>'
        text += f" from commit {commit}"
        text += " and changes that are not committed" if edition.changed else ""
    return text


def spelled(day):
    """2026-11-03 as 3 November 2026."""
    day = date.fromisoformat(day)
    return f"{day.day} {day:%B %Y}"


def in_words(seconds):
    """How long a run took, as text."""
    whole = round(seconds)
    return f"{whole} second{'s' * (whole > 1)}" if whole else "less than a second"


def report(edition, page, torch):
    """Address of a new issue about a page, with its title and body filled in."""
    known = f"Version: {edition.commit or 'unknown'}"
    known += " and changes that are not committed" if edition.changed else ""
    body = (
        f"Page: {edition.page(page) or page}\n{known}\n"
        f"Built: {edition.date}, PyTorch {torch}\n\nWhat is wrong, and what did you expect?\n\n"
    )
    query = urlencode({"title": f"{page}: ", "body": body}, quote_via=quote)
    return f"{edition.repository}/issues/new?{query}"


def stamp(edition, page, source, torch, run=""):
    """The end of a page as HTML: where it comes from, and how to mend it.

    source:  the page's file
    run:     what is to be said of its cells; empty for a page without code
    """
    with_torch = f", with PyTorch {escape(torch)}" if run else ""
    text = f"<p>{origin(edition)}{with_torch}. {run}".strip() + "</p>\n"
    if edition.repository:
        edit = escape(f"{edition.repository}/edit/{edition.branch}/{source}")
        problem = escape(report(edition, page, torch))
        text += f'<p><a href="{edit}">Edit this page</a>\n'
        text += f'<a href="{problem}">Report a problem</a></p>\n'
    return f'<footer class="course-origin">\n{text}</footer>\n'


def code_cells(doctree):
    return [n for n in doctree.findall(nodes.container) if n.get("nb_element") == "cell_code"]


def run_of(app, page, cells):
    """What the page says of its cells: their data, and how long they took; None if never run."""
    data = getattr(app.env, "nb_metadata", {}).get(page, {}).get("exec_data") or {}
    if not data.get("succeeded") or not data.get("runtime"):
        return None
    shown = [cell for cell in cells if cell.get("exec_count") is None]
    if any("skip-execution" not in cell["cell_metadata"].get("tags", []) for cell in shown):
        return None
    if cells and len(shown) == len(cells):
        return "Its code is only shown, and was not run."
    code = [block.astext() for cell in cells for block in cell.findall(nodes.literal_block)]
    if not any("helpers.images" in text for text in code):
        source = "Its data come with the course."
    elif app.config.course_images:
        source = "Its images are those of Fashion-MNIST."
    else:
        source = "Its images are stand-ins that the course draws, in place of Fashion-MNIST."
    verb = "was" if len(shown) == 1 else "were"
    rest = f"; {len(shown)} of {len(cells)} {verb} not run" if shown else ""
    held = getattr(app.env, "metadata", {}).get(page, {}).get("course_claims", 0)
    tested = f" Its text was tested against the run in {held} places." if held > 1 else ""
    return f"{source} Its cells ran in {in_words(data['runtime'])}{rest}.{tested}"


def furnish(app, pagename, templatename, context, doctree):
    """Put the buttons, the stamp and the description on a page that has been written."""
    if doctree is None:
        return
    here, cells = app.course_edition, code_cells(doctree)
    title = app.env.titles[pagename].astext()
    body, run, top = context["body"], "", ""
    if cells:
        run = run_of(app, pagename, cells)
        if run is None:
            log.warning("the record of its run is missing; run: make clean book", location=pagename)
            run, top = "Its cells were not run.", f'<p class="course-not-run">{NOT_RUN}</p>\n'
        if notebook := notebook_of(pagename):
            download = context["pathto"](f"notebooks/{notebook}", 1)
            top = buttons(here, pagename, title, download) + top
    source = Path(app.env.doc2path(pagename, base=False)).as_posix()
    body = body.replace("</h1>\n", f"</h1>\n{top}", 1)
    context["body"] = body + stamp(here, pagename, source, version("torch"), run)
    context["metatags"] = context.get("metatags", "") + description(doctree)


def description(doctree):
    """The first paragraph as a tag for search engines."""
    text = next((p.astext() for p in doctree.findall(nodes.paragraph)), "").replace("\n", " ")
    short = text if len(text) < 160 else text[:157].rpartition(" ")[0] + " …"
    return f'<meta name="description" content="{escape(short)}">\n' if short else ""


def fewer_icons(app, pagename, templatename, context, doctree):
    """Leave of the theme's downloads only the printer: the notebook has a button of its own."""
    kept = []
    for button in context.get("header_buttons", []):
        if button.get("label") == "download-buttons":
            printer = [b for b in button["buttons"] if b.get("label") == "download-pdf-button"]
            look = {"text": None, "icon": "fas fa-print", "tooltip": "Print this page"}
            kept += [{**b, **look, "classes": "pst-navbar-icon"} for b in printer]
        elif button.get("label") not in ("launch-buttons", "source-buttons"):
            kept.append(button)
    context["header_buttons"] = kept


def configure(app, config):
    app.course_edition = here = edition(app.srcdir)
    config.course_stamp = f"{here} {version('torch')}"
    config.html_baseurl = here.site or ""  # the theme makes canonical links of it
    # The theme refuses a host that it does not know; the links here are our own.
    config.html_theme_options.pop("repository_url", None)


def write_notebooks(app, exception):
    """Put the notebooks into the site, each also as the script that course.js speaks of."""
    if exception is None and app.builder.format == "html":
        folder = Path(app.outdir, "notebooks")
        shutil.rmtree(folder, ignore_errors=True)  # those of pages that have another name now
        notebooks.write(folder, app.course_edition)
        for file in folder.rglob("*.ipynb"):
            name, text = json.dumps(file.name), json.dumps(file.read_text("utf8"))
            file.with_suffix(".ipynb.js").write_text(f"saveNotebook({name}, {text});\n", "utf8")


def setup(app):
    app.add_config_value("course_stamp", "", "html")  # "html": write every page again, read none
    app.add_config_value("course_images", False, "env")
    app.connect("config-inited", configure)
    app.connect("html-page-context", furnish)
    app.connect("html-page-context", fewer_icons, priority=900)
    app.connect("build-finished", write_notebooks)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
