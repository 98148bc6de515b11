"""Objects that the learner's code makes: what they can do, and the parameters of a module.

A class may override whatever an object is asked for. So methods are looked up in the classes, and
a module is read where torch keeps its parts: no line of the learner's runs in here but in `take`
and `count`, which the caller guards.
"""

from itertools import islice

import torch

from helpers.checks.engine.data import BASE, MRO, exactly, is_module, read

VARIABLES = torch.nn.Module.__dict__["__dict__"].__get__  # no property of theirs comes between
CLASS_VARIABLES = type.__dict__["__dict__"].__get__
LACKS = {
    "__len__": "Write `__len__(self)`, which returns how many samples there are.",
    "__getitem__": "Write `__getitem__(self, index)`, which returns one sample.",
    "__iter__": "Write `__iter__(self)`, which hands on one sample after another, by `yield`.",
}
COUNT = "`__len__` returns a whole number: how many samples there are."
ITERATE = "`__iter__` has a `yield`, or ends with `return iter(...)`."


def count(thing):
    """len(thing), or None where a `__len__` gives None, about which `len` says little."""
    return None if type(thing).__len__(thing) is None else len(thing)


def take(thing, limit):
    """A list of the first things that iterating gives."""
    if exactly(torch.Tensor, *MRO(type(thing))):
        thing = thing[:limit]  # torch makes all the rows of a tensor at once, be they billions
    return list(islice(iter(thing), limit))


def lacking(thing, method):
    """A sentence if no class of `thing` has this method, else None."""
    enough = ("__iter__", "__getitem__") if method == "__iter__" else (method,)
    if any(name in CLASS_VARIABLES(kind) for kind in MRO(type(thing)) for name in enough):
        return None
    return f"This is {read(thing).what}, and it has no `{method}`. {LACKS[method]}"


def not_a_module(thing, returned):
    """A sentence if `thing` is no module, or one that is not made to its end, else None.

    returned: whether a function gave it back, and no cell.
    """
    if not is_module(thing):
        what = read(thing).what
        advice = "Does its class begin with `class ...(nn.Module):`?"
        if what.startswith("the class"):
            advice = "Make one, by a call of the class."
        elif not what.startswith("an object"):
            giver = "the `return` of the function" if returned else "the last line of the cell"
            advice = f"Is it what {giver} should give?"
        return f"This is {what}, and a module (`nn.Module`) is expected. {advice}"
    return unfinished(thing)


def unfinished(thing):
    """A sentence if `thing` is a module whose parts torch has not made, else None."""
    if is_module(thing) and "_parameters" not in _named(VARIABLES(thing)):
        return (
            "torch has not prepared this module: its `__init__` never called the one of "
            "`nn.Module`. Let `__init__` begin with `super().__init__()`."
        )
    return None


def parameters(module):
    """The parameters of a module, each once, as a dict from its name to the tensor itself; and
    a sentence about one that torch cannot find there, or None."""
    found, seen, places = _walk(module)
    lost = (_lost(prefix, variables, seen) for prefix, variables in places)
    return found, next((sentence for sentence in lost if sentence), None)


def _walk(module):
    """The parameters by name, the ids of all parts, and each module's prefix and variables."""
    found, seen, places, todo = {}, set(), [], [("", module)]
    while todo:
        prefix, module = todo.pop()
        if id(module) in seen:
            continue
        seen.add(id(module))
        variables = _named(VARIABLES(module))
        places.append((prefix, variables))
        for name, value in _named(variables.get("_parameters")).items():
            if value is not None and id(value) not in seen:
                seen.add(id(value))
                found[prefix + name] = value
        parts = reversed(_named(variables.get("_modules")).items())
        todo += [(f"{prefix}{name}.", part) for name, part in parts if is_module(part)]
    return found, seen, places


def _named(thing):
    """What a dict holds under names; nothing of what is no dict."""
    if not exactly(dict, *MRO(type(thing))):
        return {}
    return {name: value for name, value in dict.items(thing) if type(name) is str}


def _lost(prefix, variables, seen):
    """A sentence if a variable of a module holds parameters that torch does not know of."""
    for name, value in variables.items():
        kind, inside = type(value), [value]
        if exactly(kind, list, tuple, dict):
            inside = list(value.values() if kind is dict else value)
        for item in inside:
            if id(item) in seen:
                continue
            data = read(item) if exactly(type(item), torch.Tensor, torch.nn.Parameter) else None
            of, better = "modules", "nn.ModuleDict" if kind is dict else "nn.ModuleList"
            if data and data.requires_grad and BASE.is_leaf.__get__(item):
                of, better = "tensors", f"nn.Parameter{'' if item is value else 'List'}"
            elif not is_module(item) or not _walk(item)[0]:
                continue
            what = "a tensor" if item is value else f"a plain {kind.__name__} of {of}"
            return (
                f"`{prefix}{name}` is {what}, and torch does not look for parameters there: "
                f"make it `{better}`."
            )
    return None
