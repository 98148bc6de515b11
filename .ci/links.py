"""Ask for every link to the web, and for what the launch buttons open.

    make links

One line for each that does not lead anywhere: file:line: link: why.
"""

import json
import re
import shutil
import sys
import urllib.request
from functools import cache
from pathlib import Path
from urllib.error import HTTPError

from edition import edition, notebook_of
from jupyter_book.sphinx import build_sphinx
from sphinx_external_toc.parsing import parse_toc_yaml

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "_build" / "linkcheck"
WHEEL = re.compile(rb"wheels/[0-9a-f]{12}/[\w.+-]+\.whl")
SETTINGS = {
    "nb_execution_mode": "off",
    "linkcheck_timeout": 30,
    "linkcheck_retries": 3,
    "linkcheck_report_timeouts_as_broken": False,  # "timeout" instead; True warns
    "html_theme_options": {"repository_provider": "github"},  # the theme must know it, not we
    "latex_individualpages": False,  # Jupyter Book asks for it
}


def broken_links():
    """The links of the pages that Sphinx finds broken: one line each."""
    shutil.rmtree(OUT, ignore_errors=True)
    config = ROOT / "_config.yml"
    ended = build_sphinx(
        str(ROOT), str(OUT), builder="linkcheck", noconfig=True, path_config=str(config),
        doctreedir=str(OUT / ".doctrees"), confoverrides=SETTINGS, really_quiet=True,
    )  # fmt: skip
    if isinstance(ended, BaseException):
        sys.exit("The links were not looked at: the book does not build; run: make book")
    for line in (OUT / "output.json").read_text("utf8").splitlines():
        link = json.loads(line)
        if link["status"] in ("broken", "timeout"):
            why = " ".join(link["info"].split())
            yield f"{link['filename']}:{link['lineno']}: {link['uri']}: {why}"


@cache
def fetch(address):
    """(content, None), or (None, why not)."""
    for last in (False, True):
        try:
            request = urllib.request.Request(address, headers={"User-Agent": "course-links"})
            with urllib.request.urlopen(request, timeout=30) as reply:
                return reply.read(), None
        except HTTPError as error:
            why = f"{error.code} {error.reason}"
        except OSError as error:  # no such host, no answer in time
            why = str(getattr(error, "reason", error))
        if last:
            return None, why


def broken_buttons():
    """The notebooks of the pages, and the wheels they ask for, that cannot be fetched."""
    book = edition()
    if not book.repository:
        print("The launch buttons were not looked at: this checkout has no address on the web.")
        return
    for page in parse_toc_yaml(ROOT / "_toc.yml"):
        name = notebook_of(page)
        if name is None:
            continue
        address = book.raw(name)
        notebook, why = fetch(address)
        wheel = notebook and WHEEL.search(notebook)
        if notebook and not wheel:
            why = "it asks for no wheel, so it cannot run alone"
        elif wheel:
            address = book.raw(wheel[0].decode())
            _, why = fetch(address)
        if why:
            yield f"{page}.md:1: {address}: {why}"


if __name__ == "__main__":
    if faults := [*broken_links(), *broken_buttons()]:
        sys.exit("\n".join(faults))
    print("Every link leads somewhere.")
