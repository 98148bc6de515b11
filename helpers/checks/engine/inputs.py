"""Numbers for a check: random ones, and tensors made from them."""

import random

import torch

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
