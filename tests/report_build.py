"""Print the warnings of a failed build, one line each, out of its log."""

import itertools
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FAULT = re.compile(r"\b(WARNING|ERROR|CRITICAL|SEVERE)\b:")
EXCEPTION = re.compile(r"[\w.]*(Error|Exception)\b")
PLACE = re.compile(r"(in|expected|could not|did not|but) ")


def faults(log):
    """The lines of Sphinx's warnings and errors, or the exception that ended the build."""
    log = re.sub(r"\x1b\[[0-9;]*m", "", log).replace(f"{ROOT}/", "")
    log = log.replace('"<unicode string>"', "_config.yml")  # which Jupyter Book hands on as text
    lines = [line.strip() for line in log.splitlines() if line.strip(" =")]
    if found := [line for line in lines if FAULT.search(line)]:
        return found
    # No page is at fault: the first exception, with what it says of its place.
    at = next((i for i, line in enumerate(lines) if EXCEPTION.match(line)), len(lines) - 1)
    return [lines[at], *itertools.takewhile(PLACE.match, lines[at + 1 :])]


if __name__ == "__main__":
    path = Path(sys.argv[1])
    print(*faults(path.read_text("utf8", errors="replace")), sep="\n")
    sys.exit(f"The book was not built. Everything that Jupyter Book said: {path}")
