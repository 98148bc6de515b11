"""Check the style of the pages' code cells with ruff, or repair it (--fix).

Each chapter goes through ruff as a notebook, so that a name from an earlier cell is known.
Only the lines of a cell that ruff would write otherwise are replaced, nothing else in the file.
"""

import json
import subprocess
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from conftest import code_cells, code_lines, first_code_line, pages, read_chapter  # noqa: E402

NOTEBOOKS = ROOT / "_build" / "lint"
# A page shows 79 characters without scrolling, at a window of 1200 pixels.
WIDTH = "--line-length=79"
REPAIR = "run: make format"


def places(path):
    """The chapter's code cells as (first line of the code, cell)."""
    notebook, lines = read_chapter(path), path.read_text("utf8").split("\n")
    return [
        (first_code_line(cell, fence, lines), cell)
        for fence, cell in zip(code_lines(notebook), code_cells(notebook), strict=True)
    ]


def as_notebook(path):
    """Write the chapter's code cells as a notebook for ruff; its path."""
    cells = [nbformat.v4.new_code_cell(cell.source) for _, cell in places(path)]
    file = NOTEBOOKS / path.relative_to(ROOT).with_suffix(".ipynb")
    file.parent.mkdir(parents=True, exist_ok=True)
    language = {"language_info": {"name": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=language), file)
    return file


def ruff(*arguments):
    return subprocess.run(
        [Path(sys.executable).with_name("ruff"), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


def replace_cells(path, notebook):
    """The chapter's text with the sources of these cells in place of its own."""
    lines = path.read_text("utf8").split("\n")
    new = code_cells(nbformat.read(notebook, 4))
    for (start, old), cell in reversed(list(zip(places(path), new, strict=True))):
        if cell.source != old.source:
            lines[start - 1 : start - 1 + len(old.source.split("\n"))] = cell.source.split("\n")
    return "\n".join(lines)


def faults(path):
    """What ruff has to say about a chapter: one `file:line: what` each."""
    notebook, found, name = as_notebook(path), [], path.relative_to(ROOT).as_posix()
    starts = [start for start, _ in places(path)]
    for fault in json.loads(ruff("check", WIDTH, "--output-format=json", notebook).stdout):
        line = starts[(fault["cell"] or 1) - 1] + fault["location"]["row"] - 1
        repair = f" ({REPAIR})" if (fault["fix"] or {}).get("applicability") == "safe" else ""
        found.append((line, f"{name}:{line}: {fault['code']} {fault['message']}{repair}"))
    done = ruff("format", WIDTH, notebook)
    if done.returncode and not found:
        found.append((1, f"{name}:1: {done.stderr.strip()}"))
    for (start, old), new in zip(places(path), code_cells(nbformat.read(notebook, 4)), strict=True):
        if old.source != new.source:
            found.append((start, f"{name}:{start}: the cell is not formatted ({REPAIR})"))
    return [text for _, text in sorted(found)]


def repair(path):
    """Fix and format a chapter's cells in place, if that changes anything."""
    notebook, old = as_notebook(path), path.read_text("utf8")
    ruff("check", WIDTH, "--fix", notebook)
    ruff("format", WIDTH, notebook)
    if (new := replace_cells(path, notebook)) != old:
        path.write_text(new, "utf8")


def main(fix):
    """Every fault of every chapter, after repairing what can be repaired if `fix`."""
    for path in pages():
        try:
            if fix:
                repair(path)
            yield from faults(path)
        except ValueError as error:
            yield f"{path.relative_to(ROOT)}: {error}"


if __name__ == "__main__":
    sys.exit("\n".join(main(fix="--fix" in sys.argv)) or 0)
