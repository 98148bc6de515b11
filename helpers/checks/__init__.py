"""Exercises in a notebook: `ex = exercises("01_thermometer")`, then `ex.check("model")`."""

import difflib
import importlib
import sys
from pathlib import Path

from helpers.checks.engine import judge, pages
from helpers.checks.engine.marks import Marks
from helpers.checks.engine.show import Box

__all__ = ["exercises"]

_known = {}  # marks by file: a cell that runs again goes on where it was


def exercises(page, marks="."):
    """The exercises of one page, as an object with `check`, `hint`, `solution` and `summary`.

    page:  the page's file name, without `.md`.
    marks: the folder for the file that keeps the marks, `<page>.marks.json`; None keeps no file.
    """
    shell = _shell()
    names = shell.user_ns if shell else sys._getframe(1).f_globals
    return Exercises(str(page).removesuffix(".md"), marks, names)


def _marks_file(page, folder):
    """Where the marks of a page are kept, or None; and a list with a sentence if that failed."""
    if folder is None:
        return None, []
    try:
        return Path(folder).resolve() / f"{page}.marks.json", []
    except (TypeError, ValueError, OSError) as error:
        why = type(error).__name__
        return None, [f"There is no folder for the marks ({why}). They are kept in memory only."]


def _shell():
    ipython = sys.modules.get("IPython")
    return ipython and ipython.get_ipython()


def _show(box):
    if _shell():
        from IPython.display import display

        display(box)
    else:
        print(box)  # noqa: T201, where there is no notebook


class Exercises:
    """What `exercises` returns. Each method shows its answer, and returns None."""

    def __init__(self, page, marks, names):
        self._page, self._names, self._all = page, names, {}
        self._pages = sorted(path.stem for path in pages.folder().glob("*.md"))
        path, note = None, []
        if page in self._pages:
            text = (pages.folder() / f"{page}.md").read_text("utf8")
            self._all = pages.read_page(text)
            path, note = _marks_file(page, marks)
        self._marks = Marks(page, path)
        if path is not None:
            self._marks = _known.setdefault(path, self._marks)
            self._marks.path = path  # what could not be kept there before, may be now
        self._marks.notes += note
        if page not in self._pages:
            self._no_page()

    def _no_page(self):
        near = ", ".join(f"`{name}`" for name in self._pages)
        self._say(
            "not attempted", f"There is no page {self._page[:60]!r}", [f"The pages are {near}."]
        )

    def __repr__(self):
        return f"The exercises of {self._page}: {', '.join(self._all)}"

    def check(self, name=None):
        """Check your answer to one exercise. Run it as often as you like."""
        if not self._exists(name):
            return
        if name not in self._names:
            self._report(name, "not attempted", lines=[_missing(name, self._names)])
            return
        verdict = judge(_find(self._page, name), self._names[name])
        before = self._marks.get(name)
        if verdict.state in ("passed", "not yet") and before["state"] != "passed":
            self._marks.update(name, state=verdict.state, attempts=before["attempts"] + 1)
        rows = []
        if verdict.call not in ("", name):  # of a variable, its value says it all
            rows.append(("called", verdict.call))
        rows += [("came back" if rows else "answer", verdict.got)] if verdict.got else []
        rows += [("expected", verdict.want)] if verdict.want else []
        lines = [verdict.message]
        if verdict.state == "not yet":
            lines.append(f'A hint: `ex.hint("{name}")`')
        self._report(name, verdict.state, rows, lines)

    def hint(self, name=None):
        """Show the next hint for an exercise; each one says more than the one before."""
        if not self._exists(name):
            return
        hints = self._all[name].hints
        level = min(self._marks.get(name)["hints"] + 1, len(hints))
        self._marks.update(name, hints=level)
        lines = [
            f"{number}. {' '.join(text.split())}" for number, text in enumerate(hints[:level], 1)
        ]
        if level == len(hints):
            lines.append(
                f'That is the last hint. After an attempt, `ex.solution("{name}")` shows an answer.'
            )
        self._say("hint", f"{name}: hint {level} of {len(hints)}", lines)

    def solution(self, name=None, anyway=False):
        """Show a worked answer after an attempt; with `anyway=True`, show it at once."""
        if not self._exists(name):
            return
        if not self._marks.get(name)["attempts"] and not anyway:
            lines = [
                "An attempt, even a wrong one, makes an answer stick.",
                f'After one attempt and `ex.check("{name}")`, this line shows an answer.',
                (
                    f'To see it now: `ex.solution("{name}", anyway=True)`. The book shows it '
                    "too, folded."
                ),
            ]
            self._say("solution", f"{name}: try it first", lines)
            return
        if self._marks.get(name)["state"] != "passed":
            self._marks.update(name, solution=True)
        self._say("solution", f"{name}: one way to write it", code=self._all[name].solution)

    def summary(self):
        """Show how far you are on this page."""
        if not self._all:
            self._no_page()
            return
        rows = [(self._state(name), exercise.title) for name, exercise in self._all.items()]
        done, total = self._marks.passed(self._all), len(self._all)
        title = "This page is done" if done == total else f"{total - done} to go"
        self._say(
            "passed" if done == total else "not attempted", title, rows=rows, score=(done, total)
        )

    def _state(self, name):
        marks = self._marks.get(name)
        helped = " (after the solution)" if marks["state"] == "passed" and marks["solution"] else ""
        return marks["state"] + helped

    def _exists(self, name):
        if type(name) is not str:
            first = next(iter(self._all), "name")
            lines = [f'It is written in quotes: `ex.check("{first}")`.']
            self._say("not attempted", "The name of the exercise is missing", lines)
            return False
        if name in self._all:
            return True
        near = difflib.get_close_matches(name, self._all, 1)
        lines = [f"Did you mean `{near[0]}`?"] if near else []
        lines.append(f"This page has {', '.join(f'`{n}`' for n in self._all) or 'none'}.")
        self._say("not attempted", f"There is no exercise {name[:40]!r} on this page", lines)
        return False

    def _report(self, name, state, rows=(), lines=()):
        score = (self._marks.passed(self._all), len(self._all))
        self._say(state, f"{name}: {state}", lines, rows, score=score)

    def _say(self, kind, title, lines=(), rows=(), code="", score=None):
        notes, self._marks.notes = self._marks.notes, []
        _show(Box(kind, title, rows, [*lines, *notes], code, score))


def _find(page, name):
    """The check of an exercise; where there is none, one that fails as a check of ours."""

    def check_missing(work):
        raise LookupError(f"helpers/checks/{pages.topic(page)}.py has no check_{name}")

    try:
        module = importlib.import_module(f"helpers.checks.{pages.topic(page)}")
    except ImportError:
        return check_missing
    return getattr(module, f"check_{name}", check_missing)


def _missing(name, names):
    """A sentence about an answer that is not there."""
    theirs = [key for key in names if isinstance(key, str) and not key.startswith("_")]
    near = difflib.get_close_matches(name, theirs, 1, 0.75)
    renamed = f" There is `{near[0]}`: the check looks for exactly `{name}`." if near else ""
    return f"There is no `{name}` yet. Run the cell that makes it, then this one.{renamed}"
