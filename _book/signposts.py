"""Pages that no chapter is the source of: one for wrong addresses, one for each old address."""

import re
from pathlib import Path

from contents import numbered
from sphinx.util import logging
from sphinx.util.osutil import relative_uri

log = logging.getLogger(__name__)
PAGE_NAME = re.compile(r"[\w-]+(/[\w-]+)*")
OURS = ("404", "search", "genindex")  # pages of every book
# Under file: a browser lets no script read other pages, and says so as an error.
NO_SUMMARY = 'if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;'


def not_found(app):
    """The page that GitHub shows in place of one that is not there, below any address."""
    titles = [(f"{page}.html", app.env.titles[page].astext()) for page in numbered(app.env)]
    known = {"base": app.course_edition.site or "", "course": app.config.html_title}
    yield "404", {**known, "chapters": titles}, "404.html"


def moved(app):
    """For each page that has moved, one at its old address that leads to the new one."""
    for old, new in (app.config.course_redirects or {}).items():
        if not isinstance(old, str) or not PAGE_NAME.fullmatch(old):
            fault = "write the old name as in chapters/02_topic, without .md and without a dot"
        elif old in app.env.found_docs or old in OURS:
            fault = f"{old} is a page still"
        elif new not in app.env.found_docs:
            fault = f"{new} is no page of the book"
        else:
            target = relative_uri(f"{old}.html", f"{new}.html")
            yield old, {"target": target, "name": app.env.titles[new].astext()}, "moved.html"
            continue
        log.warning("course_redirects in _config.yml, %s: %s; mend or remove it", old, fault)


def search_on_disk(app, pagename, templatename, context, doctree):
    if pagename == "search":
        app.add_js_file(None, body=NO_SUMMARY, priority=900)


def configure(app, config):
    config.templates_path = [*config.templates_path, str(Path(__file__).parent / "templates")]


def setup(app):
    app.add_config_value("course_redirects", {}, "html")
    app.connect("config-inited", configure)
    app.connect("html-collect-pages", not_found)
    app.connect("html-collect-pages", moved)
    app.connect("html-page-context", search_on_disk)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
