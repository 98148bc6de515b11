"""A learner's work as a check meets it: called with copies of data, and read."""

import linecache
import random
import sysconfig
import traceback
from dataclasses import dataclass
from pathlib import Path

import torch

from helpers.checks.engine.compare import mistake
from helpers.checks.engine.data import BASE, NAME, Data, read, text
from helpers.checks.engine.pages import STUB
from helpers.checks.engine.world import TimeUp, run_theirs

make_tensor = torch.tensor  # kept from import time, like everything that a verdict rests on
dice = random.Random()  # seeded anew for each attempt
# Files whose lines are never the learner's own.
NOT_THEIRS = (
    str(Path(__file__).resolve().parents[2]),
    str(Path(torch.__file__).parent),
    *{sysconfig.get_path(name) for name in ("stdlib", "platlib", "purelib")},
)


class NotYet(Exception):
    """The verdict `not yet`, with a sentence for the learner; call, got, want as text."""

    def __init__(self, message, call="", got="", want=""):
        super().__init__(message)
        self.message, self.call, self.got, self.want = message, call, got, want


class NotAttempted(Exception):
    """The verdict `not attempted`, with a sentence for the learner."""


@dataclass
class Answer:
    """What came back from one call, or what a variable holds."""

    data: Data
    call: str

    def refuse(self, message, want=""):
        """Raise `NotYet` about this answer."""
        raise NotYet(message, self.call, text(self.data), want)


class Work:
    """The learner's object as a check sees it: call it with data, or read it."""

    def __init__(self, name, thing):
        self.name, self.call = name, name
        self._thing = thing

    def __call__(self, *args):
        """The Answer to a call with numbers and tensors; NotYet if the call fails."""
        return Answer(read(self._run(args)[0]), self.call)

    def gradient(self, *args):
        """The slopes of `work(*args)`, one number, by backward: an Answer with one tensor
        for each tensor in `args`."""
        result, given = self._run(args, track=True)
        answer = Answer(read(result), self.call)
        leaves = [arg for arg in given if isinstance(arg, torch.Tensor)]
        if answer.data.kind != "tensor" or answer.data.shape != ():
            answer.refuse("A gradient needs one number: a tensor of shape ().")
        slopes = [None] * len(leaves)
        if answer.data.requires_grad:
            options = {"allow_unused": True}
            slopes = self._guarded(lambda: torch.autograd.grad(result, leaves, **options), [])
        if any(slope is None for slope in slopes):
            answer.refuse(
                "There is no gradient from the result back to every input. `.item()`, `.detach()` "
                "and `torch.tensor(...)` cut the way back, and so does an input that is not used."
            )
        return Answer(Data("list", [read(slope) for slope in slopes]), f"gradient of {self.call}")

    def read(self):
        """The Answer that a variable holds; NotAttempted for None and `...`."""
        if self._thing is None or self._thing is ...:
            raise NotAttempted(f"`{self.name}` holds no answer yet.")
        return Answer(read(self._thing), self.name)

    def _run(self, args, track=False):
        """What the learner's function gives back for copies of `args`, and these copies."""
        if self._thing is None or self._thing is ...:
            raise NotAttempted(f"`{self.name}` holds no answer yet.")
        if not callable(self._thing):
            data = read(self._thing)
            message = f"`{self.name}` is {data.what}, and a function is expected. "
            message += "Was the name used again for something else? Run its cell once more."
            raise NotYet(message, self.name, text(data), "a function")
        before = [read(arg) for arg in args]
        self.call = f"{self.name}({', '.join(map(text, before))})"
        given = [_copy(arg, track) for arg in args]
        result = self._guarded(self._thing, given)
        for place, (arg, old) in enumerate(zip(given, before, strict=True), 1):
            now = read(arg)
            if (now.shape, now.value) != (old.shape, old.value):
                message = (
                    f"The call changed its own input: argument {place} was {text(old)}, and is "
                )
                message += (
                    f"{text(now)} now. Make a new tensor: `x = x + 1` does, `x += 1` does not."
                )
                raise NotYet(message, self.call)
        return result, given

    def _guarded(self, function, given):
        """What `function` gives back; whatever it raises becomes a verdict."""
        try:
            return run_theirs(function, given)
        except NotImplementedError as error:
            if type(error) is NotImplementedError and error.args == (STUB,):
                raise NotAttempted(self._empty(error)) from error
            raise NotYet(explain(error), self.call) from error
        except KeyboardInterrupt as error:
            raise NotYet("You stopped it while it was running.", self.call) from error
        except TimeUp:
            raise
        except BaseException as error:  # SystemExit too: nothing may end the notebook's cell
            raise NotYet(explain(error), self.call) from error

    def _empty(self, error):
        """Whose place for an answer is still empty: this function's, or that of one it calls."""
        frames = traceback.extract_tb(error.__traceback__)
        if frames and frames[-1].name not in (self.name, "<lambda>"):
            other = frames[-1].name[:60]
            return f"`{other}`, which `{self.name}` calls, is still empty. Solve that one first."
        return "The place for your answer is still empty."


def _copy(arg, track):
    if not isinstance(arg, torch.Tensor):
        return arg
    with torch._C.DisableTorchFunction():
        copy = BASE.clone(BASE.detach(arg))
        return copy.requires_grad_() if track else copy


def explain(error):
    """What went wrong in the learner's code, with their own line."""
    try:
        said = str(error).strip().splitlines()[0][:300].rstrip(".")
    except Exception:  # an exception class of theirs, or no text
        said = ""
    kind = NAME(type(error))
    parts = [
        f"Your code stopped with {kind}: {said}." if said else f"Your code stopped with {kind}."
    ]
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [f for f in frames if not f.filename.startswith((*NOT_THEIRS, "<frozen"))]
    if theirs:
        line = (linecache.getline(theirs[-1].filename, theirs[-1].lineno) or "").strip()
        parts.append(
            f"It happened in line {theirs[-1].lineno} of its cell"
            + (f": `{line}`." if line else ".")
        )
    elif isinstance(error, TypeError):
        parts.append("Compare the parameters of your function with the text of the exercise.")
    if isinstance(error, NameError):
        parts.append("Has the cell that makes this name run? Run the page from the top.")
    return " ".join(parts)


def tensor(values):
    """A float32 tensor on the CPU."""
    with torch._C.DisableTorchFunction():
        return make_tensor(values, dtype=torch.float32, device="cpu")


def numbers(count, low=-4.0, high=4.0):
    """`count` random numbers in steps of a quarter, which print short and are exact in float32."""
    return [dice.randint(round(4 * low), round(4 * high)) / 4 for _ in range(count)]


def mean(values):
    """The mean of some numbers, in plain Python."""
    values = list(values)
    return sum(values) / len(values)


def expect(answer, want, *, given=None, **options):
    """Raise `NotYet` unless `answer` is `want`; `options` as in `compare.mistake`.

    given: what comes back from the code that the exercise gives; that is `NotAttempted`.
    """
    sentence = mistake(answer.data, want, **options)
    if sentence is not None:
        if given is not None and mistake(answer.data, given, **options) is None:
            raise NotAttempted(f"{answer.call} still gives what the code as it was given gives.")
        wanted = read(_like(answer.data, want))
        got, shown = text(answer.data), text(wanted)
        if got == shown:  # they differ further to the right
            got, shown = text(answer.data, 9), text(wanted, 9)
        raise NotYet(sentence, answer.call, got, shown)


def _like(data, want):
    if isinstance(want, tuple):
        items = (
            data.value if isinstance(data.value, list) and len(data.value) == len(want) else want
        )
        like = [item if isinstance(item, Data) else Data("number") for item in items]
        return tuple(_like(*pair) for pair in zip(like, want, strict=True))
    return tensor(want) if isinstance(want, list) or data.kind == "tensor" else want
