"""What a learner's code gives back, read into plain Python.

Everything that a check looks at passes through `read`. It trusts exact types only, reads
tensors through the C base class, and never calls a method that the learner could have
written: what an object says of itself (`__eq__`, `__repr__`, `__torch_function__`) is not asked.
"""

import math
import sys
from dataclasses import dataclass, field

import torch

NAME = type.__dict__["__name__"].__get__  # a metaclass may say anything, this does not ask it
MRO = type.__dict__["__mro__"].__get__  # and nor does this
BASE = torch._C.TensorBase  # its methods cannot be replaced from Python, those of torch.Tensor can
MODULE = torch.nn.Module
LIMIT = 100_000  # no answer in this course needs more numbers
DEPTH = 6


@dataclass(frozen=True)
class Data:
    """One value as plain Python: nothing in here can run somebody's code.

    kind:  tensor, number, truth, text, list, tuple, dict, none, or odd for everything else.
    value: numbers in nested lists (tensor), one number, text; Data inside list, tuple, dict.
           None where there was too much to read.
    what:  the kind in words, for a sentence.
    """

    kind: str
    value: object = None
    what: str = ""
    shape: tuple = ()
    dtype: str = ""
    device: str = "cpu"
    requires_grad: bool = field(default=False, repr=False)  # `repr` says what a value is

    @property
    def items(self):
        """What is inside a list or tuple, each as Data; None for all else, and for too much."""
        if self.kind not in ("list", "tuple") or not isinstance(self.value, list):
            return None
        return [item if isinstance(item, Data) else read(item) for item in self.value]


def exactly(kind, *types):
    """Whether `kind` is one of these types. `in` would ask a metaclass, and it may say anything."""
    return any(kind is other for other in types)


def read(thing, depth=0, left=None):
    """`thing` as Data; `left` counts how many items may still be read, over all nesting."""
    kind, left = type(thing), left or [LIMIT]
    if thing is None:
        return Data("none", what="`None`")
    if kind is bool:
        return Data("truth", thing, "`True` or `False`")
    if kind is int and thing.bit_length() > 100:
        return Data("number", math.inf if thing > 0 else -math.inf, "a number")
    if exactly(kind, int, float):
        return Data("number", thing, "a number")
    if kind is str:
        return Data("text", thing[:10_000], "text")
    if exactly(kind, torch.Tensor, torch.nn.Parameter):
        return _read_tensor(thing)
    if kind is torch.Size:
        return read(tuple(thing), depth, left)
    if exactly(kind, list, tuple, dict) and depth < DEPTH:
        return _read_collection(thing, depth, left)
    if exactly(tuple, *MRO(kind)) and depth < DEPTH:  # a named tuple
        return _read_collection(tuple(tuple.__iter__(thing)), depth, left)
    if exactly(kind, set, frozenset) and len(thing) < 100:
        letters = sorted(item for item in thing if type(item) is str)
        return Data("set", [read(item) for item in letters], f"a set of {len(thing)}")
    numpy = sys.modules.get("numpy")
    if numpy and kind is numpy.ndarray and thing.dtype.kind in "fiu":
        if not thing.ndim:
            return read(numpy.ndarray.item(thing))
        value = numpy.ndarray.tolist(thing) if thing.size <= LIMIT else None
        return Data("list", value, "a NumPy array", thing.shape, str(thing.dtype))
    if numpy and kind is numpy.str_:
        return read(str.__str__(thing))
    numeric = "efdgbhilqBHILQ"  # NumPy's letters for its real numbers
    if numpy and exactly(kind, *(numpy.dtype(letter).type for letter in numeric)):
        as_python = int if issubclass(kind, numpy.integer) else float
        return Data("number", as_python(thing), "a number")
    return Data("odd", what=describe(thing))


def _read_tensor(thing):
    try:
        return _read_plain_tensor(thing)
    except Exception:  # nested, from inside vmap, of a dtype without numbers
        return Data("odd", what="a tensor that cannot be read")


def _read_plain_tensor(thing):
    with torch._C.DisableTorchFunction():
        shape = tuple(BASE.shape.__get__(thing))
        dtype = str(BASE.dtype.__get__(thing)).removeprefix("torch.")
        device = BASE.device.__get__(thing).type
        grad = BASE.requires_grad.__get__(thing)
        plain = BASE.layout.__get__(thing) is torch.strided and not BASE.is_quantized.__get__(thing)
        what = f"a tensor of shape {shape}" if shape else "a tensor with one number"
        value = None
        if plain and device != "meta" and BASE.numel(thing) <= LIMIT:
            value = BASE.tolist(BASE.detach(thing))
    if not plain:
        return Data("odd", what="a sparse or quantized tensor")
    return Data("tensor", value, what, shape, dtype, device, grad)


def _read_collection(thing, depth, left):
    name = type(thing).__name__
    what = f"a {name} of {len(thing)}"
    left[0] -= len(thing)
    if left[0] < 0:
        return Data(name, None, what, (len(thing),))
    if name == "dict":
        value = {
            k: read(v, depth + 1, left) for k, v in dict.items(thing) if exactly(type(k), str, int)
        }
    else:
        value = [read(item, depth + 1, left) for item in thing]
    return Data(name, value, what, (len(thing),))


def describe(thing):
    """The kind of `thing` in words, without asking `thing` itself."""
    kind, name = type(thing), NAME(type(thing))
    if name in ("generator", "map", "zip", "filter"):
        return f"a {name}, which has not computed anything yet"
    if name in ("function", "method", "builtin_function_or_method"):
        return "a function"
    if exactly(type, *MRO(kind)):
        return f"the class `{NAME(thing)[:60]}`"
    if exactly(torch.Tensor, *MRO(kind)):
        return f"`{name[:60]}`, a class of its own made from Tensor"
    if is_module(thing):
        return f"a module of class `{name[:60]}`"
    return f"an object of type `{name[:60]}`"


def is_module(thing):
    """Whether `thing` is an nn.Module, whatever it says of itself."""
    return exactly(MODULE, *MRO(type(thing)))


def plain(data):
    """`data` as Python's own numbers, text, lists, tuples and dicts; None for what is odd."""
    if data.kind in ("list", "tuple", "set") and isinstance(data.value, list):
        items = [plain(x) if isinstance(x, Data) else x for x in data.value]
        return tuple(items) if data.kind == "tuple" else items
    if data.kind == "dict" and data.value is not None:
        return {k: plain(v) for k, v in data.value.items()}
    return data.value


def is_number(value):
    """Whether this is a number of Python's; a truth value is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def are_numbers(values, count):
    """Whether this is a list or tuple of `count` numbers."""
    return isinstance(values, list | tuple) and len(values) == count and all(map(is_number, values))


def flat(value):
    """The numbers of nested lists and tuples, in order."""
    if isinstance(value, list | tuple):
        return [number for item in value for number in flat(item)]
    return [value]


def shape_of(value):
    """The shape that a tensor made from nested lists would have."""
    return (len(value), *shape_of(value[0])) if isinstance(value, list) and value else ()
