"""Sphinx extension of this book: mathematics without a script, a cache that sees helpers."""

import hashlib
import os
import platform
import re
import zlib
from importlib.metadata import requires, version
from pathlib import Path

import claims
import latex2mathml.converter
from docutils.nodes import SkipNode, Text, container, literal_block

ROOT = Path(__file__).resolve().parent.parent
# What a chapter's outputs depend on beside its own cells.
INPUTS = ("helpers/**/*.*", "constraints.txt", "conftest.py")  # conftest.py runs the cells


def has_images():
    """Whether Fashion-MNIST lies where `helpers.images` looks for it: asked without torch."""
    folder = os.environ.get("COURSE_DATA") or Path.home() / ".cache" / "pytorch-fundamentals"
    return len(list(Path(folder, "FashionMNIST", "raw").glob("*.gz"))) == 4


def code_hash():
    """Twelve hex digits that change with helpers, pins, images, Python, or what helpers need."""
    needs = [s for s in requires("pytorch-fundamentals-course") if "extra ==" not in s]
    names = [re.match(r"[\w-]+", need)[0] for need in needs]
    known = f"{platform.python_version()} {[version(name) for name in names]} {has_images()}"
    digest = hashlib.sha256(known.encode())
    for pattern in INPUTS:
        for path in sorted(ROOT.glob(pattern)):
            if path.suffix != ".pyc":
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def cache_path():
    """Folder of executed chapters; a new one whenever `code_hash` changes.

    Jupyter Book's own cache looks only at the cells of a page, so an edited helper would
    leave every page as it was.
    """
    return ROOT / "_build" / ".jupyter_cache" / code_hash()


def configure(app, config):
    config.course_code_hash = code_hash()
    config.nb_execution_cache_path = str(cache_path())
    config.course_images = has_images()
    config.html_theme_options["navbar_persistent"] = []  # search stands in the sidebar already


def mathml(latex, display):
    """`latex` as a MathML element, block or inline."""
    return latex2mathml.converter.convert(latex, display=display)


def visit_math(self, node):
    self.body.append(mathml(node.astext(), "inline"))
    raise SkipNode


def visit_math_block(self, node):
    self.body.append(self.starttag(node, "div", CLASS="math"))
    if node["number"]:  # first, since the theme lays the row out from right to left
        self.body.append(f'<span class="eqno">({node["number"]})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append(mathml(node.astext(), "block") + "</div>\n")
    raise SkipNode


def without_claims(app, doctree):
    """Leave out the cells that only prove what the text says, and count what they prove."""
    count = 0
    for cell in list(doctree.findall(container)):
        if "claim" in (cell.get("cell_metadata") or {}).get("tags", []):
            count += sum(len(claims.read(code.astext())) for code in cell.findall(literal_block))
            cell.parent.remove(cell)
    app.env.metadata[app.env.docname]["course_claims"] = count


def without_markers(app, doctree):
    """Leave out the lines that mark an answer: they are for the generator, not for readers."""
    for block in doctree.findall(literal_block):
        lines = block.astext().splitlines()
        kept = [s for s in lines if s.strip() not in ("# BEGIN SOLUTION", "# END SOLUTION")]
        if kept != lines:
            block.rawsource = "\n".join(kept)
            block.children = []
            block += Text(block.rawsource)


def without_thebe(app, pagename, templatename, context, doctree):
    """Drop the scripts of Thebe, which is off: they fetch from another host and raise an error."""
    context["script_files"] = [
        js
        for js in context.get("script_files", [])
        if "thebe" not in str(getattr(js, "filename", js)).lower()
        and "THEBE" not in str((getattr(js, "attributes", None) or {}).get("body", ""))
    ]


def visible_names(app, pagename, templatename, context, doctree):
    """Let a folded cell be called what stands on it: MyST-NB gives each the same other name."""
    if body := context.get("body"):
        context["body"] = body.replace('<summary aria-label="Toggle hidden content">', "<summary>")


def files_hash():
    """A number that changes with the files of this folder, so that pages are made again."""
    here = Path(__file__).parent
    files = [*here.glob("*.py"), *here.glob("static/*"), *here.glob("templates/*")]
    return zlib.crc32(b"".join(file.read_bytes() for file in sorted(files)))


def setup(app):
    for part in ("contents", "furniture", "minutes", "signposts"):  # modules beside this one
        app.setup_extension(part)
    app.add_config_value("course_code_hash", "", "env")  # "env": read every page again
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    app.connect("config-inited", configure)
    app.connect("doctree-read", without_claims)
    app.connect("doctree-read", without_markers)
    app.connect("html-page-context", without_thebe, priority=900)
    app.connect("html-page-context", visible_names)
    # env_version: an edit in this folder makes Sphinx read and write every page again.
    return {
        "version": "1",
        "env_version": files_hash(),
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
