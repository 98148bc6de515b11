"""List the pages that differ from another commit, for whoever reads a pull request.

    make changed            against the branch that CI names, else the remote's main branch
    make changed BASE=v1    against this commit

Writes _build/html/_changed.html, whose links lead into the built book beside it, and adds the same
list to the summary of the CI's job, if there is one.
"""

import os
import re
import subprocess
import sys
from html import escape
from pathlib import Path

from sphinx_external_toc.parsing import parse_toc_yaml

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
# Beside a page's own file, this shapes every page.
SHARED = ("helpers/", "_book/", "constraints.txt", "_config.yml", "_toc.yml")
HTML = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Changed pages</title>
<style>body {{ font: 1rem/1.6 sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem }}\
</style>
<h1>Changed pages</h1>
<p>Compared with {base}.</p>
{body}
</html>
"""


def git(*arguments):
    """The lines that git prints; None where it fails."""
    command = ["git", "-C", ROOT, "-c", "core.quotePath=false", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.splitlines() if done.returncode == 0 else None


def find_base(env):
    """What to compare with, as git names it; ends with one sentence where there is nothing."""
    base = env.get("BASE") or (env.get("GITHUB_BASE_REF") and f"origin/{env['GITHUB_BASE_REF']}")
    if not base:
        [base] = git("symbolic-ref", "--short", "refs/remotes/origin/HEAD") or [None]
    if not base:
        sys.exit("It is not known what to compare with; name it: make changed BASE=main")
    if not git("rev-parse", "--verify", "--quiet", f"{base}^{{commit}}"):
        sys.exit(f"{base} is not in this clone; fetch it, or name another: make changed BASE=main")
    return base


def changes(base):
    """The files that differ from where this work left `base`: {path: letter of git's status}."""
    start = (git("merge-base", base, "HEAD") or [base])[0]
    lines = [line.split("\t") for line in git("diff", "--name-status", "--no-renames", start)]
    found = {path: letter for letter, path in lines}
    return found | dict.fromkeys(git("ls-files", "--others", "--exclude-standard") or [], "A")


def title(page):
    """A page's first heading."""
    match = re.search(r"^# (.+)$", (ROOT / f"{page}.md").read_text("utf8"), re.M)
    return match[1].strip() if match else page


def listed(files):
    """The changed pages in the book's order: [(page, title, "new" or "changed")]."""
    pages = [page for page in parse_toc_yaml(ROOT / "_toc.yml") if (ROOT / f"{page}.md").exists()]
    found = []
    for page in pages:
        if letter := files.get(f"{page}.md"):
            found.append((page, title(page), "new" if letter == "A" else "changed"))
        elif any(name in (ROOT / f"{page}.md").read_text("utf8") for name in pictures(files)):
            found.append((page, title(page), "changed"))
    return found


def pictures(files):
    """The names of the changed files that pages show or load."""
    paths = [Path(path) for path in files if path.startswith(("chapters/", "solutions/"))]
    return [path.name for path in paths if path.suffix != ".md"]


def notes(files):
    """What else there is to know, as sentences."""
    shared = sorted({part for part in SHARED for path in files if path.startswith(part)})
    gone = sorted(
        path.removesuffix(".md")
        for path, letter in files.items()
        if letter == "D" and path.startswith(("chapters/", "solutions/")) and path.endswith(".md")
    )
    found = [f"Every page may have changed: {', '.join(shared)} did."] if shared else []
    return found + [f"Gone: {page}." for page in gone]


def main():
    if not (SITE / "index.html").exists():
        sys.exit("The book is not built; run: make book")
    base = find_base(os.environ)
    files = changes(base)
    pages, said = listed(files), notes(files)
    if not pages and not said:
        said = ["No page has changed."]
    items = [f'<li><a href="{escape(p)}.html">{escape(t)}</a> ({how})' for p, t, how in pages]
    body = [f"<p>{escape(note)}</p>" for note in said]
    body += ["<ul>", *items, "</ul>"] if items else []
    html = HTML.format(base=escape(base), body="\n".join(body))
    (SITE / "_changed.html").write_text(html, "utf8")
    lines = ["## Changed pages", "", f"Compared with `{base}`.", ""]
    lines += [f"{note}\n" for note in said]
    lines += [f"- {name} (`{page}`, {how})" for page, name, how in pages]
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with open(summary, "a", encoding="utf8") as file:
            file.write("\n".join([*lines, ""]))
    print(*said, *(f"{page}: {how}" for page, _, how in pages), sep="\n")


if __name__ == "__main__":
    main()
