"""Numbers and shapes beside what is wanted: do they agree, and if not, which mistake is it?"""

import math

RTOL, ATOL = 1e-4, 1e-5  # room for float32, and for another order of summing


def close(got, want, rtol=RTOL, atol=ATOL):
    """Whether two lists of numbers agree, number by number."""
    if len(got) != len(want):
        return False
    room = atol * max([1.0, *(abs(w) for w in want)])
    return all(abs(g - w) <= room + rtol * abs(w) for g, w in zip(got, want, strict=True))


def wrong_shape(got, want):
    """A sentence about two shapes that differ."""
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


def wrong_numbers(got, want, count, rtol, atol):
    """A sentence about two lists of numbers that do not agree."""
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
        if len(set(got)) == 1 < len(set(want)):
            return "The numbers are not right yet: they are all the same."
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
