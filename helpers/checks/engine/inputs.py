"""Numbers for a check: random ones, and tensors made from them."""

import itertools
import math
import random

import torch

from helpers.checks.engine.data import flat

make_tensor = torch.tensor  # kept from import time, like everything that a verdict rests on
dice = random.Random()  # seeded anew for each attempt


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


def drawn(draw, good=lambda found: found is not None):
    """The first of what `draw()` gives that is `good`; RuntimeError if 2000 draws are not."""
    for _ in range(2000):
        if good(found := draw()):
            return found
    raise RuntimeError("no draw was good enough")


def apart(*results, by=0.02):
    """Whether every number is finite, and each two of these results can be told from each other.

    results: numbers, or lists and tuples of them. Two are told from each other by their length,
             or by one number: it differs by more than the share `by` of the largest one in the
             two, or of 1. `expect` measures like this, and overlooks far less.
    """
    rows = [flat(result) for result in results]
    if not all(math.isfinite(number) for row in rows for number in row):
        return False
    sizes = [max([1.0, *map(abs, row)]) for row in rows]
    return all(
        len(a) != len(b)
        or any(abs(p - q) > by * max(size, other) for p, q in zip(a, b, strict=True))
        for (a, size), (b, other) in itertools.combinations(zip(rows, sizes, strict=True), 2)
    )
