"""What the learner's code gets from a check: copies, which a check can look at again."""

import torch

from helpers.checks.engine.data import BASE, exactly, read
from helpers.checks.engine.texts import text

REPAIR = {
    "tensor": "Make a new tensor: `x = x + 1` does, `x += 1` does not.",
    "list": "Make a new list and new tensors, and leave the old ones as they are.",
}


class Handle:
    """One thing on the learner's side, and its name in sentences."""

    def __init__(self, name, thing):
        self.name, self._thing = name, thing


class Copy:
    """One argument of a call: what is `given` is a copy of `arg`, or the thing of a handle."""

    def __init__(self, call, place, arg, track=False):
        self.given = copied(arg, track)
        self._call, self._place = call, place
        self._was = None if isinstance(arg, Handle) else read(self.given)

    def change(self, call):
        """A sentence if the copy is no longer what it was after this call, else None."""
        if self._was is None or repr(now := read(self.given)) == repr(self._was):
            return None
        old, new = text(self._was), text(now)
        which = f"argument {self._place}"
        if self._call != call:  # it was given when the object was made
            which += f" of `{self._call.partition('(')[0]}(...)`"
        what = f"was {old}, and is {new} now" if old != new else f"is not {old} as it was"
        repair = REPAIR.get(self._was.kind, REPAIR["list"])
        return f"The call changed its own input: {which} {what}. {repair}"

    def leaves(self):
        """The tensors of floats that were given, in order: what a gradient is taken in."""
        return _floats(self.given) if self._was else []


def shown(arg):
    """An argument as a short piece of text."""
    return arg.name if isinstance(arg, Handle) else text(read(arg))


def copied(arg, track=False):
    """A copy of tensors, and of lists, tuples and dicts to every depth; with `track`, torch
    follows what is computed from its floats. Of a handle, the thing itself."""
    if isinstance(arg, Handle):
        return arg._thing
    if exactly(type(arg), list, tuple):
        return type(arg)(copied(item, track) for item in arg)
    if type(arg) is dict:
        return {key: copied(value, track) for key, value in arg.items()}
    if not isinstance(arg, torch.Tensor):
        return arg
    with torch._C.DisableTorchFunction():
        copy = BASE.clone(BASE.detach(arg))
        return BASE.requires_grad_(copy) if track and BASE.is_floating_point(copy) else copy


def _floats(arg):
    if exactly(type(arg), list, tuple):
        return [leaf for item in arg for leaf in _floats(item)]
    if type(arg) is dict:
        return [leaf for item in arg.values() for leaf in _floats(item)]
    return [arg] if isinstance(arg, torch.Tensor) and BASE.is_floating_point(arg) else []
