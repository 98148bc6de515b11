"""One comparison for all checks: is it right, and if not, which mistake is it?"""

import math

from helpers.checks.engine.data import Data, flat, shape_of

NOTHING = "`None` came back. Does the function end with `return`?"
RTOL, ATOL = 1e-4, 1e-5  # room for float32, and for another order of summing


def close(got, want, rtol=RTOL, atol=ATOL):
    """Whether two lists of numbers agree, number by number."""
    if len(got) != len(want):
        return False
    room = atol * max([1.0, *(abs(w) for w in want)])
    return all(abs(g - w) <= room + rtol * abs(w) for g, w in zip(got, want, strict=True))


def mistake(got, want, *, wrong=(), count=None, dtype="float", rtol=RTOL, atol=ATOL):
    """None if `got` is what is wanted, else a sentence about the difference.

    got:   Data.
    want:  a number (a number or a zero-dimensional tensor is right), nested lists (a tensor of
           that shape), or a tuple of these (several values).
    wrong: pairs of a wrong value, written like `want`, and the sentence for whoever gets it.
    count: over how many numbers a mean is taken; lets a sum be told from a mean.
    dtype: what the dtype of a tensor has to start with; "" where only the value counts.
    """
    if isinstance(want, tuple):
        return _several(got, want, wrong, count, dtype, rtol, atol)
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
        return _wrong_shape(shape, shape_of(want))
    if numbers is None:
        return f"This is {got.what} on the device `{got.device}`: there are no numbers to read."
    if (problem := _wrong_dtype(got, dtype)) is not None:
        return problem
    return _wrong_numbers(numbers, flat(want), count if dtype else 0, rtol, atol)


def _several(got, want, wrong, count, dtype, rtol, atol):
    items = got.value
    if got.kind == "none":
        return NOTHING
    if got.kind == "tensor" and got.value is not None and len(got.shape) == 1:
        items = [Data("number", v, "a number") for v in got.value]  # unpacks like a tuple
    if got.kind not in ("tuple", "list", "tensor") or not isinstance(items, list):
        return f"{len(want)} values should come back, but this is {got.what}."
    if len(items) != len(want):
        return f"{len(want)} values should come back, but there are {len(items)}."
    items = [item if isinstance(item, Data) else Data("number", item) for item in items]
    options = dict(count=count, dtype=dtype, rtol=rtol, atol=atol)
    problems = [mistake(g, w, **options) for g, w in zip(items, want, strict=True)]
    if not any(problems):
        return None
    for value, sentence in wrong:
        if isinstance(value, tuple) and len(value) == len(items):
            if not any(mistake(g, v, **options) for g, v in zip(items, value, strict=True)):
                return sentence
    if problems.count(problems[0]) == len(problems):
        return problems[0].replace("The number is not", "The values are not")
    place = next(i for i, problem in enumerate(problems) if problem)
    return f"Value {place + 1} of {len(want)} is not right yet. {problems[place]}"


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
    return f"This is {got.what}, and {sort} is expected."


def _wrong_dtype(got, dtype):
    right = got.dtype.startswith(dtype) and not got.dtype.startswith("complex")
    if got.kind != "tensor" or right:
        return None
    return f"The dtype is `{got.dtype}`, and `{dtype or 'real'}` numbers are expected."


def _wrong_shape(got, want):
    one = "one number, of shape (),"
    sizes = f"The shape is {got}, and {one if want == () else want} is expected."
    if [n for n in got if n != 1] == [n for n in want if n != 1]:
        return (
            f"{sizes} The numbers may be right: there is a dimension of size 1 too many or too few."
        )
    if len(want) == 1 and got == want * 2:
        return (
            f"{sizes} This happens when shapes {(want[0], 1)} and {want} meet: "
            "broadcasting then combines everything with everything."
        )
    if want == ():
        return f"{sizes} Something still has to make one number out of many."
    if got == ():
        return f"{sizes} All numbers were put together into one: by a sum or a mean?"
    if got == want[::-1]:
        return f"{sizes} Rows and columns have changed places."
    return sizes


def _wrong_numbers(got, want, count, rtol, atol):
    if any(math.isnan(g) for g in got):
        return (
            "There is a `nan` in it: not a number. It comes from 0/0, inf - inf, or a root below 0."
        )
    if any(math.isinf(g) for g in got):
        return "There is an `inf` in it: a number too large for its dtype, or a division by zero."
    same = lambda a, b: close(a, b, rtol, atol)  # noqa: E731
    size = sum(w * w for w in want)
    if count != 0 and size > (100 * atol) ** 2:
        factor = sum(g * w for g, w in zip(got, want, strict=True)) / size
        if same(got, [factor * w for w in want]):
            if (sentence := _factor(factor, count, len(want))) is not None:
                return sentence
    if len(want) > 1:
        if same([g - got[0] for g in got], [w - want[0] for w in want]):
            return f"Every number is off by the same amount: {got[0] - want[0]:.4g}."
        if same(got, want[::-1]):
            return "These are the right numbers in the reverse order."
        if same(sorted(got), sorted(want)):
            return "These are the right numbers in another order."
        right = [same([g], [w]) for g, w in zip(got, want, strict=True)]
        if any(right):
            return (
                f"{sum(right)} of {len(want)} numbers are right; number "
                f"{right.index(False) + 1} is the first that is not."
            )
    return "The number is not right yet." if len(want) == 1 else "The numbers are not right yet."


def _factor(factor, count, length):
    near = lambda value: math.isclose(factor, value, rel_tol=1e-3)  # noqa: E731
    if near(-1):
        return "The size is right, the sign is not: plus and minus have changed places."
    if count and count > 1 and near(count):
        return (
            f"This is {count} times too large: a sum over {count} numbers, where their"
            " mean is expected."
        )
    if count and count > 1 and near(1 / count):
        return f"This is {count} times too small: it was divided by {count} once too often."
    if abs(factor) > 1e-6 and (length > 1 or any(near(s * v) for v in NICE for s in (1, -1))):
        return (
            f"This is {factor:.4g} times what is expected: a constant factor is "
            "missing or too many."
        )
    return None


# One number is some multiple of any other; only these are worth a word.
NICE = (2, 3, 4, 10, 100, 1000, 1 / 2, 1 / 3, 1 / 4, 1 / 10, 1 / 100, 1 / 1000)
