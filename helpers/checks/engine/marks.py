"""The marks of a page, in a JSON file beside the notebook. Nothing is sent anywhere.

    {"version": 1,
     "page": "02_gradient_descent",
     "exercises": {"slope": {"state": "passed", "attempts": 3, "hints": 1, "solution": false,
                             "time": "2026-11-23T06:15:00+00:00"}}}

state:    the best so far: "passed", "not yet", or "not attempted" where only help was shown.
attempts: how many checks gave a verdict, up to the first "passed".
hints:    the strongest hint that was shown; solution: whether the worked answer was shown.
time:     of the last change, in UTC.
"""

import json
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

VERSION = 1
LARGEST = 1_000_000  # bytes; a page's marks are a few thousand
STATES = ("not attempted", "not yet", "passed")
EMPTY = {"state": "not attempted", "attempts": 0, "hints": 0, "solution": False}


class Marks:
    """The marks of one page; in memory only where `path` is None or cannot be used."""

    def __init__(self, page, path):
        self.page, self.path, self.notes, self.saved = page, path and Path(path), [], False
        self.entries = {}

    def get(self, name):
        """What is known of one exercise, with the keys of EMPTY."""
        self._load()
        return EMPTY | self.entries.get(name, {})

    def passed(self, names):
        """How many of `names` have been passed."""
        self._load()
        return sum(self.entries.get(name, {}).get("state") == "passed" for name in names)

    def update(self, name, **changes):
        """Change one exercise's entry, and write the file."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self.entries[name] = self.get(name) | changes | {"time": now}
        self._save()

    def _load(self):
        """Take over what the file says: another notebook may have written it."""
        if self.path is None:
            return
        try:
            if self.path.stat().st_size > LARGEST:
                raise ValueError("too large")
            if not self.path.is_file():
                raise OSError(None, "it is not a file")
            found = json.loads(self.path.read_text("utf-8-sig"))
            self.entries, self.saved = _understood(found), True
        except FileNotFoundError:
            if self.saved:  # it was there: the learner removed it, to start again
                self.entries, self.saved = {}, False
        except (OSError, ValueError, RecursionError) as error:
            self._set_aside(error)

    def _set_aside(self, error):
        if isinstance(error, OSError):
            self._give_up(error)
            return
        for number in range(1, 100):
            other = self.path.with_suffix(f".unreadable-{number}.json")
            if not other.exists():
                break
        try:
            self.path.rename(other)
            self.notes.append(
                f"The file {self.path.name} could not be read. It is kept as {other.name}."
            )
        except OSError as problem:
            self._give_up(problem)

    def _save(self):
        if self.path is None:
            return
        found = {"version": VERSION, "page": self.page, "exercises": self.entries}
        temporary = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            temporary.write_text(json.dumps(found, indent=1) + "\n", "utf8")
            os.replace(temporary, self.path)  # whole, or not at all
            self.saved = True
        except OSError as problem:
            with suppress(OSError):
                temporary.unlink()
            self._give_up(problem)

    def _give_up(self, problem):
        why = problem.strerror or type(problem).__name__
        self.notes.append(
            f"The marks cannot be kept in {self.path.name} ({why}). "
            "They are kept in memory until the notebook is closed."
        )
        self.path = None


def _understood(found):
    """The entries of a marks file; ValueError if it is not one that this version understands."""
    if not isinstance(found, dict) or found.get("version") != VERSION:
        raise ValueError("another format")
    entries = found.get("exercises")
    if not isinstance(entries, dict):
        raise ValueError("no exercises")
    for entry in entries.values():
        numbers = isinstance(entry, dict) and [entry.get(key) for key in ("attempts", "hints")]
        if not numbers or not all(type(n) is int and n >= 0 for n in numbers):
            raise ValueError("not an entry")
        if entry.get("state") not in STATES or not isinstance(entry.get("solution"), bool):
            raise ValueError("not an entry")
    return entries
