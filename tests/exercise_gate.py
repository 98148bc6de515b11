"""What must be true of every exercise; each function gives faults as lines with a repair."""

import contextlib
import copy
import importlib.util
import math
import re
from collections.abc import Iterator
from tempfile import TemporaryDirectory
from types import FunctionType

import matplotlib.pyplot as plt
import numpy
import torch

import helpers.checks
from helpers.checks.engine import judge, pages
from helpers.checks.engine.data import read

REFUSED = ("not yet", "not attempted")
SEEDS = range(8)  # inputs are random: a proof holds for more than one draw


def checks_of(page):
    """The checks of a page, as a dict from exercise to function."""
    name = f"helpers.checks.{pages.topic(page)}"
    module = importlib.import_module(name) if importlib.util.find_spec(name) else None
    if module is None:
        return {}
    return {n.removeprefix("check_"): f for n, f in vars(module).items() if n.startswith("check_")}


@contextlib.contextmanager
def screen():
    """Collect what would be shown, instead of showing it."""
    shown, old = [], helpers.checks._show
    helpers.checks._show = shown.append
    try:
        yield shown
    finally:
        helpers.checks._show = old


def run_page(text):
    """Run a page's cells in order: the names that it made, what it showed, what went wrong."""
    names, problems = {"__name__": "__main__"}, []
    with screen() as shown, TemporaryDirectory() as folder, contextlib.chdir(folder):  # for marks
        for number, (_, code) in enumerate(pages.CELL.findall(text), 1):
            try:
                exec(compile(code, f"<cell {number}>", "exec"), names)
            except BaseException as error:
                problems.append(f"cell {number} fails with {type(error).__name__}: {error}")
    plt.close("all")
    return names, shown, problems


def verdicts(shown):
    """The states of the checks that were shown, by exercise."""
    found = {}
    for box in shown:
        if match := re.fullmatch(r"(\w+): (passed|not yet|not attempted|broken)", box.title):
            found[match[1]] = (match[2], " ".join(box.lines))
    return found


def current_faults(root):
    """Exercise pages that are not what `make exercises` writes, and files that belong to none."""
    found, names = [], set()
    for source in sorted((root / "solutions").glob("*.md")):
        names.add(source.name)
        page = root / "exercises" / source.name
        try:
            text = pages.learner_page(source.read_text("utf8"), source.stem)
        except ValueError as error:
            found.append(f"{error}")
            continue
        if not page.exists() or page.read_text("utf8") != text:
            where = f"exercises/{source.name} is not what solutions/{source.name} gives"
            found.append(f"{where}; run: make exercises")
    for folder, own in (("exercises", ()), ("solutions", ("__pycache__",))):
        for path in sorted((root / folder).iterdir()):
            kept = ".marks." in path.name or path.name == ".ipynb_checkpoints"  # a learner's own
            if path.name not in names and path.name not in own and not kept:
                repair = "remove it, or write its source in solutions/ and run: make exercises"
                found.append(f"{folder}/{path.name} belongs to no page; {repair}")
    return found


def shipped_faults(text, page):
    """The learner's page must run to its end with every exercise not attempted."""
    _, shown, found = run_page(text)
    states = verdicts(shown)
    for name in checks_of(page):
        state, message = states.get(name, ("not shown", ""))
        if state != "not attempted":
            found.append(
                f"{page}: {name} as shipped is {state!r} and not 'not attempted' ({message}); "
                "put the whole answer between its markers, or name the given code in the check"
            )
    return found


def solution_faults(text, page):
    """The page with the answers must pass everywhere, and use each check of its module once."""
    _, shown, found = run_page(text)
    states, checks = verdicts(shown), checks_of(page)
    for name, (state, message) in states.items():
        if state != "passed":
            found.append(f"{page}: the answer to {name} is {state!r}: {message}; mend one of them")
    module = f"helpers/checks/{pages.topic(page)}.py"
    for name in sorted(checks.keys() - states.keys()):
        found.append(f"{module}: check_{name} is not used; remove it, or use it in {page}.md")
    return found


def proof_faults(check, name):
    """A check must refuse three wrong answers, each with its message, and accept two right ones."""
    found = []
    wrong, right = getattr(check, "wrong", ()), getattr(check, "right", ())
    if len(wrong) < 3:
        found.append(f"{name}: {len(wrong)} wrong answers; attach at least three with @rejects")
    if len(right) < 2:
        found.append(f"{name}: {len(right)} right answers; attach at least two with @accepts")
    for number, (answer, words) in enumerate(wrong, 1):
        endless = "never ends" in words
        for seed in SEEDS[:1] if endless else SEEDS:
            verdict = judge(check, answer, seed, **({"seconds": 0.5} if endless else {}))
            if verdict.state not in REFUSED:
                found.append(f"{name}: wrong answer {number} is {verdict.state!r}; mend the check")
                break
            if words not in verdict.message:
                found.append(
                    f"{name}: wrong answer {number} is told {verdict.message!r} and not "
                    f"{words!r}; add its sentence to the check"
                )
                break
    for number, answer in enumerate(right, 1):
        states = {judge(check, answer, seed).state for seed in SEEDS}
        if states != {"passed"}:
            found.append(f"{name}: right answer {number} is refused; mend the check")
    return found


class Yes:
    """Says yes to everything that one could ask it."""

    __module__ = "numpy"
    shape, dtype, ndim = (), torch.float32, 0

    def yes(self, *_):
        return True

    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __call__ = __contains__ = yes
    __hash__ = None

    def __float__(self):
        return 1.0

    def __sub__(self, other):
        return 0.0

    def __repr__(self):
        raise RuntimeError("nobody may ask")

    def __getattr__(self, name):
        return self.yes


class EveryType(type):
    """A class of this sort says that it is every other class."""

    __hash__ = type.__hash__

    def __eq__(cls, other):
        return True


class Impostor(metaclass=EveryType):
    """Claims to be a float, and that nothing lies between it and any other number."""

    __class__ = property(lambda self: float)

    def nothing(self, *_):
        return 0.0

    def yes(self, *_):
        return True

    __sub__ = __rsub__ = __mul__ = __mod__ = __abs__ = __float__ = nothing
    __lt__ = __le__ = __gt__ = __ge__ = yes


class Number(numpy.float64):
    """A number of NumPy's, and then again not."""

    def __float__(self):
        raise RuntimeError("nobody may ask")


Number.__module__ = "numpy"


class Pretender(torch.Tensor):
    """A tensor that answers every question about itself with zero."""

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return torch.zeros(())


def changed(result, change):
    """`result` with `change` done to each tensor and number in it."""
    if isinstance(result, list | tuple):
        return type(result)(changed(item, change) for item in result)
    if isinstance(result, dict):
        return {key: changed(value, change) for key, value in result.items()}
    return change(result)


def attacked(function, change):
    """`function` with `change(result, args, name)` done to what it gives back; where it makes an
    object, to what the methods of that object give back."""

    def call(*args):
        result = function(*args)
        if result is None:
            raise LookupError("there is nothing to change")
        return spoilt(result, change, args) if is_object(result) else change(result, args)

    return call


def is_object(thing):
    """Whether a check meets this through a handle, and not as data."""
    if isinstance(thing, torch.Tensor | type) or read(thing).kind != "odd":
        return False
    return isinstance(thing, Iterator) or hasattr(thing, "__dict__")


def spoilt(thing, change, given=()):
    """The object `thing`, made from `given`, with `change` done to what its methods give back."""
    if isinstance(thing, FunctionType):
        return attacked(thing, change)
    if isinstance(thing, Iterator):
        return (change(item, given, "__iter__") for item in thing)
    kind = type(thing)

    def method(name):
        old = getattr(kind, name)
        if name == "__iter__":
            return lambda self: (change(item, given, name) for item in old(self))
        return lambda self, *args: change(old(self, *args), (*args, *given), name)

    asked = ("__call__", "__len__", "__getitem__", "__iter__")
    methods = {name: method(name) for name in asked if getattr(kind, name, None)}
    object.__setattr__(thing, "__class__", type(kind.__name__, (kind,), methods))
    return thing


def huge():
    return torch.zeros(1).expand(2_500_000_000)  # 10 GB, were it real


def function_attacks(solution):
    """Answers made from a right one that must not pass, as a dict from a name to a function."""
    found = {
        "nothing": lambda *args: None,
        "its own input": lambda *args: args[0],
        "a generator": lambda *args: (arg for arg in args),
        "an object that says yes": lambda *args: Yes(),
        "an object of every type": lambda *args: Impostor(),
        "a number of its own class": lambda *args: Number(2.0),
        "a huge tensor": lambda *args: huge(),
        "text": lambda *args: "1.0",
    }
    return found | {what: attacked(solution, change) for what, change in changes().items()}


def changes():
    """What is done to a right result, as a dict from a name to `change(result, args, name)`."""
    first = {}

    def constant(result, args, name="call"):
        return first.setdefault(name, result)

    def mutating(result, args, name="call"):
        tensors = []
        changed(args, lambda v: tensors.append(v) if isinstance(v, torch.Tensor) else None)
        for tensor in tensors:
            tensor.add_(1)
        return result if tensors else None

    def after(change):
        return lambda result, *_: changed(result, change)

    def tensors(change):
        return after(lambda v: change(torch.as_tensor(v)))

    return {
        "the first result for ever": constant,
        "a changed input": mutating,
        "results that are nothing": lambda *_: None,
        "results that say yes": lambda *_: Yes(),
        "results of every type": lambda *_: Impostor(),
        "results of a number class of their own": after(lambda v: Number(2.0)),
        "results that are huge": after(lambda v: huge()),
        "results that are its input": lambda result, args, *_: args[0] if args else None,
        "twice the result": after(lambda v: 2 * v),
        "the wrong sign": after(lambda v: -v),
        "not a number": after(lambda v: v * math.nan),
        "infinity": after(lambda v: v * 0 + math.inf),
        "one dimension more": tensors(lambda v: v.reshape(1, *v.shape)),
        "complex numbers": tensors(lambda v: v + 0j),
        "a tensor class of its own": tensors(lambda v: v.float().as_subclass(Pretender)),
        "no numbers": tensors(lambda v: v.to("meta")),
        "a sparse tensor": tensors(lambda v: v.to_sparse()),
    }


def value_attacks():
    """Values that are right for no exercise."""
    return {
        "an object that says yes": Yes(),
        "an object of every type": Impostor(),
        "a number of its own class": Number(2.0),
        "a class": Yes,
        "a generator": (n for n in range(3)),
        "a huge tensor": huge(),
        "no numbers": torch.zeros((), device="meta"),
        "a function": len,
        "not a number": math.nan,
        "infinity": math.inf,
        "a huge integer": 10**5000,
        "a long text": "A" * 10_000_000,
        "a long list": [0.0] * 1_000_000,
        "an empty dict": {},
        "bytes": b"A",
        "a tensor class of its own": torch.zeros(()).as_subclass(Pretender),
    }


def attack_faults(check, solution, name):
    """Attacks that a check lets pass, or that break it."""
    found = {}
    for seed in SEEDS:
        made = is_object(solution) and not isinstance(solution, FunctionType)
        plain = callable(solution) and not made
        attacks = function_attacks(solution) if plain else value_attacks()
        if made:
            spoil = changes().items()
            attacks |= {w: spoilt(copy.deepcopy(solution), change) for w, change in spoil}
        for what, answer in attacks.items():
            verdict = judge(check, answer, seed)
            if verdict.state not in REFUSED or not verdict.message:
                found[what] = f"{name}: {what} is {verdict.state!r}; mend the check"
    return list(found.values())
