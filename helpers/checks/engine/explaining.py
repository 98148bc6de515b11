"""What went wrong inside the learner's code, in words; nothing here trusts the error itself."""

import linecache
import sysconfig
import traceback
from pathlib import Path

import torch

from helpers.checks.engine.data import MRO, NAME, exactly
from helpers.checks.engine.pages import STUB
from helpers.checks.engine.world import TimeUp, run_theirs

# Files whose lines are never the learner's own.
NOT_THEIRS = (
    str(Path(__file__).resolve().parents[2]),
    str(Path(torch.__file__).parent),
    *{sysconfig.get_path(name) for name in ("stdlib", "platlib", "purelib")},
    "<frozen",
)
FRAMES = BaseException.__traceback__.__get__
PARAMETERS = "Compare the parameters of your function with the text of the exercise."
REPAIRS = {
    "before Module.__init__() call": "Let `__init__` begin with `super().__init__()`.",
    "abstract method __iter__": "Write `__iter__`: it hands on one sample after another.",
    "should implement __getitem__": "Write `__getitem__(self, index)`: it returns one sample.",
    'the required "forward"': "Is it spelled so, and does it stand inside the class?",
}


def is_stub(error):
    """Whether this error stands where an answer belongs."""
    args = BaseException.args.__get__(error)
    only = args[0] if type(error) is NotImplementedError and len(args) == 1 else None
    return type(only) is str and only == STUB


def empty_place(error, name):
    """Whose place for an answer is still empty: that of `name`, or of something that it calls."""
    *_, (frame, _) = traceback.walk_tb(FRAMES(error))
    other = frame.f_code.co_qualname.partition(".")[0][:60]  # of `Net.forward` it is `Net`
    if other not in (name, "<lambda>"):
        return f"`{other}`, which `{name}` calls, is still empty. Solve that one first."
    return "The place for your answer is still empty."


def explain(error, advice=PARAMETERS):
    """What went wrong in the learner's code, with their own line.

    advice: for a call that failed before it came to a line of theirs.
    """
    try:
        said = str.__str__(run_theirs(str, [error])).strip()
    except TimeUp:
        raise
    except BaseException:  # an exception class of theirs
        said = ""
    said = (said.splitlines() or [""])[0][:300].rstrip(".")
    kinds, kind = MRO(type(error)), NAME(type(error))
    parts = [
        f"Your code stopped with {kind}: {said}." if said else f"Your code stopped with {kind}."
    ]
    frames = traceback.extract_tb(FRAMES(error))
    theirs = [f for f in frames if not f.filename.startswith(NOT_THEIRS)]
    repairs = [repair for words, repair in REPAIRS.items() if words in said]
    if theirs:
        line = (linecache.getline(theirs[-1].filename, theirs[-1].lineno) or "").strip()
        parts.append(
            f"It happened in line {theirs[-1].lineno} of its cell"
            + (f": `{line}`." if line else ".")
        )
    elif exactly(TypeError, *kinds) and not repairs:
        parts.append(advice)
    if exactly(NameError, *kinds):
        parts.append("Has the cell that makes this name run? Run the page from the top.")
    return " ".join(parts + repairs)
