"""One comparison for all checks: is it right, and if not, which mistake is it?"""

from helpers.checks.engine.answers import NOTHING
from helpers.checks.engine.data import Data, flat, shape_of
from helpers.checks.engine.mistakes import ATOL, RTOL, close, wrong_numbers, wrong_shape

ADVICE = {  # by the first words of what came back
    "a module": "Call it with data, and return what comes back.",
    "a function": "Call it, with `()` behind its name, and return what comes back.",
    "the class": "A call of the class makes an object; return what that holds or computes.",
    "an object": "Return what it holds or computes, and not the object itself.",
}


def mistake(got, want, *, wrong=(), count=None, dtype="float", rtol=RTOL, atol=ATOL):
    """None if `got` is what is wanted, else a sentence about the difference.

    got:   Data.
    want:  a number (a number or a zero-dimensional tensor is right), nested lists (a tensor of
           that shape), a tuple of these (several values), or a dict of these by name.
    wrong: pairs of a wrong value, written like `want`, and the sentence for whoever gets it.
    count: over how many numbers a mean is taken; lets a sum be told from a mean.
    dtype: what the dtype of a tensor has to start with; "" where only the value counts. For
           several values, a tuple may name one for each.
    """
    options = dict(count=count, rtol=rtol, atol=atol)
    if isinstance(want, tuple):
        return _several(got, want, wrong, dtype, options)
    if isinstance(want, dict):
        return _by_name(got, want, wrong, dtype, options)
    if (problem := _unreadable(got, want)) is not None:
        return problem
    shape, numbers = got.shape, flat(got.value) if got.value is not None else None
    if numbers is not None and "complex" not in got.dtype:
        if shape == shape_of(want) and close(numbers, flat(want), rtol, atol):
            return _wrong_dtype(got, dtype)
        for value, sentence in wrong:
            if not isinstance(value, tuple) and shape == shape_of(value):
                if close(numbers, flat(value), rtol, atol):
                    return sentence
    if shape != shape_of(want):
        return wrong_shape(shape, shape_of(want))
    if numbers is None:
        return f"This is {got.what} on the device `{got.device}`: there are no numbers to read."
    if (problem := _wrong_dtype(got, dtype)) is not None:
        return problem
    return wrong_numbers(numbers, flat(want), count if dtype else 0, rtol, atol)


def _several(got, want, wrong, dtype, options):
    items = got.items
    if got.kind == "none":
        return NOTHING
    real = got.kind == "tensor" and "complex" not in got.dtype
    if real and got.value is not None and len(got.shape) == 1:
        if not any(isinstance(w, list | tuple) for w in want):
            items = [Data("number", v, "a number") for v in got.value]  # unpacks like a tuple
    if items is None:
        return f"{len(want)} values should come back, but this is {got.what}.{_advice(got)}"
    names = [f"Value {number} of {len(want)}" for number in range(1, len(want) + 1)]
    wrong = [pair for pair in wrong if isinstance(pair[0], tuple)]
    return _all(items, want, wrong, dtype, options, names)


def _by_name(got, want, wrong, dtype, options):
    if got.kind == "none":
        return NOTHING
    if got.kind != "dict" or got.value is None:
        return f"A dict of {len(want)} should come back, but this is {got.what}.{_advice(got)}"
    if missing := [name for name in want if name not in got.value]:
        names = ", ".join(f"`{name}`"[:60] for name in list(got.value)[:8]) or "nothing"
        return f"`{missing[0]}` is missing. There is {names}."
    if more := [name for name in got.value if name not in want]:
        return f"There is one more than expected: `{str(more[0])[:60]}`."
    pairs = [
        (tuple(w.values()), s) for w, s in wrong if isinstance(w, dict) and w.keys() == want.keys()
    ]
    items, names = [got.value[name] for name in want], [f"`{name}`" for name in want]
    return _all(items, tuple(want.values()), pairs, dtype, options, names)


def _all(items, want, wrong, dtype, options, names):
    """None if all `items` are what is wanted, else a sentence about the first that is not."""

    def problems_with(values):
        types = dtype if isinstance(dtype, tuple) else (dtype,) * len(values)
        rows = zip(items, values, types, strict=True)
        found = [mistake(item, value, dtype=kind, **options) for item, value, kind in rows]
        return ["There is `None` where a value belongs." if f == NOTHING else f for f in found]

    problems = problems_with(want) if len(items) == len(want) else ["another number of values"]
    if not any(problems):
        return None
    for values, sentence in wrong:
        if len(values) == len(items) and not any(problems_with(values)):
            return sentence
    if len(items) != len(want):
        return f"{len(want)} values should come back, but there are {len(items)}."
    if problems.count(problems[0]) == len(problems):
        return problems[0].replace("The number is not", "The values are not")
    place = next(i for i, problem in enumerate(problems) if problem)
    return f"{names[place]} is not right yet. {problems[place]}"


def _advice(got):
    return "".join(f" {line}" for start, line in ADVICE.items() if got.what.startswith(start))


def _unreadable(got, want):
    """A sentence if `got` is not numbers of the wanted sort, else None."""
    if got.kind == "none":
        return NOTHING
    if got.kind == "tensor" or (got.kind == "number" and not isinstance(want, list)):
        return None
    if got.kind == "number":
        return f"A tensor of shape {shape_of(want)} should come back, but this is one number."
    sort = "a tensor" if isinstance(want, list) else "a number"
    if got.kind in ("list", "tuple"):
        advice = " `torch.stack` or `torch.tensor` makes one from a list." * isinstance(want, list)
        return f"This is {got.what}, and {sort} is expected.{advice}"
    if got.what.startswith("a generator"):
        return f"This is {got.what}. Return {sort}."
    return f"This is {got.what}, and {sort} is expected.{_advice(got)}"


def _wrong_dtype(got, dtype):
    right = got.dtype.startswith(dtype) and not got.dtype.startswith("complex")
    if got.kind != "tensor" or right:
        return None
    return f"The dtype is `{got.dtype}`, and `{dtype or 'real'}` numbers are expected."
