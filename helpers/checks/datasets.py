"""The checks of `solutions/07_datasets.md`."""

import os
import random
import shutil
import weakref
from itertools import combinations, islice, pairwise, product, tee
from pathlib import Path
from tempfile import mkdtemp

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, IterableDataset

from helpers.checks.engine import (
    NotAttempted,
    NotYet,
    accepts,
    dice,
    drawn,
    expect,
    letters_in,
    numbers_of,
    plain,
    refuse_first,
    rejects,
    tensor,
)

# 1. How many?


COUNTS = [5, 48, 150, 15, 6, 8]
NOT_THESE = [  # by position: a wrong number, and what its author has in mind
    {
        4: "50 samples are four full batches and a rest. The rest is a batch as well.",
        50: "This is the number of samples. How many batches are they?",
        12: "This is how many samples a batch has. How many batches are there?",
    },
    {
        50: "With `drop_last=True` the incomplete batch is left out, and its samples are not seen.",
        38: "Only the incomplete batch is dropped. A whole one is not.",
        2: "So many samples are dropped. How many are left?",
        4: "This is the number of batches. How many samples are in them?",
        36: "Only the incomplete batch is dropped. How many full ones are there?",
    },
    {
        50: "Who divides a stream among the workers? Here, nobody does.",
        17: "This is a share of the stream. Here nobody divides it.",
    },
    {
        13: (
            "A batch is made inside one worker. Samples of different workers never meet in one "
            "batch, so each worker has a rest of its own."
        ),
        12: "Each worker hands on its incomplete batch, too.",
        5: "So many batches come from each worker.",
    },
    {
        5: (
            "A batch is made inside one worker. How many lines has each of the three, and how "
            "many batches does it make of them?"
        ),
        3: "Each worker has more lines than one batch can take. Its rest is a batch as well.",
        15: "So many come if each worker reads every line. Here they share the lines.",
        4: "Count the incomplete batches too: each worker has a rest of its own.",
    },
    {
        64: "Are the generators of the two workers different ones? Each is a copy of the same.",
        32: "Each epoch begins with new copies of the generator. What do they give?",
        16: "The two workers have equal generators. Which numbers do both of them draw?",
        4: "Each worker makes more than one batch, and within an epoch its generator goes on.",
        0: "There is noise, and it does not cancel. Count the numbers that differ.",
        1: "Within one worker the numbers differ: its generator goes on from sample to sample.",
        2: "Count the numbers that differ, not the generators.",
    },
]


@rejects(
    ([4, 48, 150, 15, 6, 8], "The rest is a batch"),
    ([5, 50, 150, 15, 6, 8], "left out"),
    ([5, 38, 150, 15, 6, 8], "A whole one is not"),
    ([5, 48, 50, 15, 6, 8], "nobody does"),
    ([5, 48, 150, 13, 6, 8], "a rest of its own"),
    ([5, 48, 150, 15, 5, 8], "inside one worker"),
    ([5, 48, 150, 15, 6, 64], "a copy of the same"),
    ([5, 48, 150, 15, 6, 32], "new copies"),
    ([5, 48, 150, 15, 6, 16], "equal generators"),
    ([5, 48, 150, 15, 6, 9], "Number 6 is not right yet"),
    ([5, 48, 150], "six numbers"),
    (5, "six numbers"),
    ("5", "six numbers"),
)
@accepts(
    [5, 48, 150, 15, 6, 8],
    (5, 4 * 12, 3 * 50, 3 * 5, 6, 8.0),
    torch.tensor([5, 48, 150, 15, 6, 8]),
)
def check_counts(counts):
    refuse_first(*numbers_of(counts, "six numbers", 6), COUNTS, NOT_THESE)


# 2. This morning and tomorrow


class Folder(type(Path())):
    """The path of a folder that is removed when nobody holds this object any longer."""


def folder_with(files):
    """A folder with these files in it: a dict from names to texts, written in this order."""
    folder = Folder(mkdtemp())
    weakref.finalize(folder, shutil.rmtree, str(folder), True)
    for name, text in files.items():
        (folder / name).write_text(text, "utf8")
    return folder


def numbers_in(file):
    return torch.tensor([float(line) for line in Path(file).read_text("utf8").split()])


def tomorrow(sample, pattern="day_*.txt", less=1, reverse=False, eager=False):
    """A dataset of a folder, with the usual mistakes as options; for answers below.

    sample: what comes of the numbers of a day and those of the next day.
    """

    class Made(Dataset):
        def __init__(self, folder):
            self.files = sorted(Path(folder).glob(pattern), reverse=reverse)
            self.all = [numbers_in(file) for file in self.files] if eager else None

        def __len__(self):
            return len(self.files) - less

        def __getitem__(self, index):
            if eager:
                return sample(*self.all[index : index + 2])
            return sample(*map(numbers_in, self.files[index : index + 2]))

    return Made


def right_sample(day, after):
    return day[1:], after[:1]


class Listed:
    """`Tomorrow`, written differently: not made from Dataset, and text by text."""

    def __init__(self, folder):
        names = [name for name in os.listdir(folder) if name.startswith("day_")]
        self.places = [os.path.join(folder, name) for name in sorted(names)]

    def __len__(self):
        return max(0, len(self.places) - 1)

    def __getitem__(self, index):
        with open(self.places[index]) as lines:
            x = [float(line) for line in lines][1:]
        with open(self.places[index + 1]) as lines:
            return [torch.tensor(x), torch.tensor([float(next(lines))])]


class NoLength(tomorrow(right_sample)):
    __len__ = None


class OnlyFirst(tomorrow(right_sample)):
    def __getitem__(self, index):
        return right_sample(*map(numbers_in, self.files[:2]))


class ReadsAll(tomorrow(right_sample)):
    def __getitem__(self, index):
        return right_sample(*[numbers_in(file) for file in self.files][index : index + 2])


class DayBefore(tomorrow(right_sample)):
    def __getitem__(self, index):
        return numbers_in(self.files[index])[1:], numbers_in(self.files[index - 1])[:1]


def padded_to_13(x):
    return nn.functional.pad(x, (0, 13 - len(x)))


def some_days(count):
    """Consecutive days: lists of numbers, the highest temperature first; all highest differ."""
    days = []
    for top in dice.sample(range(80, 140), count):
        readings = dice.sample(range(-20, 70), dice.randint(5, 13))
        readings[:2] = sorted(readings[:2])  # the first reading is not the largest
        days.append([n / 4 for n in (top, *readings)])
    return days


def files_of(days):
    """The days as a dict from file names to texts, in a random order, with two other files."""
    first = dice.randint(3, 97)
    files = {
        f"day_{number:03}.txt": "".join(f"{n}\n" for n in day)
        for number, day in enumerate(days, first)
    }
    files |= {"about.txt": "The recorder hangs on the north side.\n", "log.txt": "0.0\n1.0\n"}
    return {name: files[name] for name in dice.sample(sorted(files), len(files))}


@rejects(
    (tomorrow(right_sample, less=0), "no next day"),
    (tomorrow(right_sample, less=2), "one too few"),
    (tomorrow(right_sample, pattern="*.txt"), "no days"),
    (tomorrow(right_sample, pattern="*", less=0), "no days"),
    (tomorrow(lambda day, after: (day[1:], day[:1])), "same day"),
    (tomorrow(lambda day, after: (after[1:], after[:1])), "Both come from"),
    (tomorrow(lambda day, after: (after[1:], day[:1])), "backwards"),
    (tomorrow(lambda day, after: (day, after[:1])), "highest temperature of its own day"),
    (tomorrow(lambda day, after: (day[1:], after[1:2])), "first reading"),
    (tomorrow(lambda day, after: (day[1:], after[1:].max()[None])), "largest reading"),
    (tomorrow(lambda day, after: (day[1:], after[0])), "size 1"),
    (
        tomorrow(lambda day, after: (padded_to_13(day[1:]), after[:1])),
        "padding is the work of a loader",
    ),
    (DayBefore, "day before"),
    (tomorrow(lambda day, after: (after[:1], day[1:])), "changed places"),
    (tomorrow(lambda day, after: day[1:]), "2 values"),
    (tomorrow(right_sample, reverse=True), "backwards"),
    (tomorrow(right_sample, eager=True), "only when its sample is asked for"),
    (ReadsAll, "does not need"),
    (OnlyFirst, "sample 0"),
    (NoLength, "__len__"),
    (lambda folder: None, "return"),
)
@accepts(tomorrow(right_sample), Listed, lambda folder: Listed(str(folder)))
def check_Tomorrow(work):
    for count in (4, 9, 2):
        days = some_days(count)
        folder = work.lend(folder_with, files_of(days))
        tomorrow = work.make(folder)
        expect_length(tomorrow.length(), count)
        for index in dice.sample(range(count - 1), count - 1):
            expect_sample(tomorrow.item(index), days, index)
    days, bad = some_days(7), dice.randint(3, 5)
    texts = files_of(days)
    name = sorted(name for name in texts if name.startswith("day_"))[bad]
    folder = work.lend(folder_with, texts | {name: "12.5\n?? RECORDER FAILURE\n"})

    def in_spite_of_it(call, argument, sentence):
        try:
            return call(argument)
        except NotYet as stop:
            message = f"Here `{name}` is damaged, and {sentence}"
            raise NotYet(message, stop.call, stop.message) from None

    sentence = "the dataset should be made all the same. Read a file only when its sample is asked "
    tomorrow = in_spite_of_it(work.make, folder, f"{sentence}for: in `__getitem__`.")
    for index in (bad + 1, 0, 1):
        if index < len(days) - 1:
            sentence = f"sample {index} does not need this file. Read only the two files of the "
            answer = in_spite_of_it(tomorrow.item, index, f"{sentence}sample that is asked for.")
            expect_sample(answer, days, index)


def expect_length(answer, count):
    """The length of `Tomorrow` for `count` days and two other files."""
    length = plain(answer.data)
    if length == count:
        answer.refuse(
            "This is one too many: the last day has no next day, so it gives no sample.",
            str(count - 1),
        )
    if length in (count + 1, count + 2):
        answer.refuse(
            f"There are {count} days. The other two files in the folder are no days: choose the "
            "files by their names.",
            str(count - 1),
        )
    if length == count - 2:
        answer.refuse("This is one too few: the last day gives the last y.", str(count - 1))
    expect(answer, count - 1, dtype="", rtol=0, atol=0)


def expect_sample(answer, days, index):
    """Sample `index` of `Tomorrow` for these days."""
    (high, *x), (high_after, *x_after) = days[index : index + 2]
    last, *rest = days[::-1][index : index + 2]
    wrong = [
        (
            (x, [high]),
            "This y belongs to the same day as x. The highest of the next day is expected.",
        ),
        ((x_after, [high_after]), "Both come from the next day. x is the morning of the day."),
        ((x_after, [high]), "This looks backwards: x is from the next day, y from the day."),
        (
            ([high, *x], [high_after]),
            "The first number of x is the highest temperature of its own day. At noon nobody "
            "knows that: leave it out.",
        ),
        ((x, x_after[:1]), "This y is the first reading of the next morning, not the highest."),
        ((x, [max(x_after)]), "This y is the largest reading of the next morning, not the highest"),
        (([high_after], x), "The two have changed places: x first, then y."),
        ((x, days[index - 1][:1]), "This y belongs to the day before. The next day is expected."),
        (
            ([*x, *[0.0] * (13 - len(x))], [high_after]),
            "x is padded. A sample is as long as its readings: padding is the work of a loader.",
        ),
        (
            (last[1:], rest[0][:1]),
            "The files are in the wrong order, and time runs backwards: sort them by their names.",
        ),
    ]
    for other, (top, *readings) in enumerate(days[:-1]):
        if other != index:
            sentence = f"This is sample {other}, and sample {index} was asked for. Are the files "
            sentence += "sorted by their names, and is the index used?"
            wrong.append(((readings, days[other + 1][:1]), sentence))
            wrong.append(((readings, [top]), sentence))
    expect(answer, (x, [high_after]), wrong=wrong)


# 3. Orders with two bugs


def loaded_orders(count, seed, epochs, anew=False, shift=None, **options):
    """Orders from a loader, with the usual mistakes as options; for answers below."""
    generator, found = torch.Generator().manual_seed(seed), []
    for epoch in range(epochs):
        if anew or shift is not None:
            generator.manual_seed(seed + (shift or 0) * epoch)
        settings = {"shuffle": True, "generator": generator, "batch_size": 4} | options
        found.append(torch.cat(list(DataLoader(range(count), **settings))).tolist())
    return found


def drawn_orders(count, seed, epochs):
    """Orders without a loader."""
    generator = torch.Generator().manual_seed(seed)
    return torch.stack([torch.randperm(count, generator=generator) for _ in range(epochs)])


def python_orders(count, seed, epochs):
    mixer = random.Random(seed)
    return [mixer.sample(range(count), count) for _ in range(epochs)]


def with_replacement(count, seed, epochs):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randint(count, (count,), generator=generator) for _ in range(epochs)]


@rejects(
    (lambda *a: loaded_orders(*a, anew=True, drop_last=True), "as it was given"),
    (lambda *a: loaded_orders(*a, drop_last=True), "left out"),
    (lambda *a: loaded_orders(*a, anew=True), "the same in every epoch"),
    (lambda *a: loaded_orders(*a, generator=None), "repeat"),
    (lambda *a: loaded_orders(*a, generator=None, drop_last=True), "left out"),
    (lambda *a: loaded_orders(*a, shuffle=False), "not shuffled"),
    (lambda *a: loaded_orders(*a, shift=1), "each other"),
    (lambda count, seed, epochs: loaded_orders(count, 0, epochs), "the seed"),
    (lambda *a: loaded_orders(a[0] // 4 * 4, *a[1:]), "Of the"),
    (lambda c, s, e: [o * 2 for o in loaded_orders(c, s, e)], "times"),
    (with_replacement, "more than once"),
    (
        lambda c, s, e: [[(i + 1 + k) % c for i in range(c)] for k in range(e)],
        "neighbours",
    ),
    (lambda c, s, e: loaded_orders(c, s, e)[0], "list of"),
    (lambda c, s, e: loaded_orders(c, s, 1), "inside the loop"),
    (lambda c, s, e: loaded_orders(c, s, e + 1), "one for each epoch"),
    (lambda c, s, e: [torch.tensor(o).split(4) for o in loaded_orders(c, s, e)], "batches"),
    (
        lambda c, s, e: [o[k:] + o[:k] for k, o in enumerate(loaded_orders(c, s, 1) * e)],
        "neighbours",
    ),
    (lambda c, s, e: loaded_orders(c, s + 1000 * e, e), "more epochs"),
    (lambda *a: None, "return"),
)
@accepts(
    loaded_orders,
    drawn_orders,
    python_orders,
    lambda *a: list(drawn_orders(*a)),
    lambda c, s, e: [loaded_orders(c, s, k + 1)[k] for k in range(e)],
)
def check_orders(orders):
    for count in dice.sample([21, 22, 23, 25, 26, 27], 2):
        seed, epochs = dice.randint(0, 50), dice.randint(3, 5)
        answer = orders(count, seed, epochs)
        first = read_orders(answer, epochs)
        expect_shuffled(answer, first, count)
        again = orders(count, seed, epochs)
        if read_orders(again, epochs) != first:
            again.refuse(
                "The same call gave other orders the time before, so a run cannot repeat them. "
                "Give the loader a generator that begins at the seed."
            )
        other = orders(count, seed + 1, epochs)
        compare_seeds(other, first, read_orders(other, epochs), seed)
        longer = orders(count, seed, epochs + 2)
        if read_orders(longer, epochs + 2)[:epochs] != first:
            longer.refuse(
                f"With more epochs, the first {epochs} orders are different ones now. A longer "
                "run should begin like a shorter one."
            )


def read_orders(answer, epochs):
    """What came back as lists of whole numbers, one list for each epoch."""
    found = plain(answer.data)
    answer.refuse_nothing()
    if not isinstance(found, list | tuple) or not all(isinstance(o, list | tuple) for o in found):
        answer.refuse(f"This is {answer.data.what}, and a list of {epochs} lists is expected.")
    if len(found) != epochs:
        message = f"{epochs} orders are expected, one for each epoch, and there are {len(found)}."
        answer.refuse(message + " Does `return` stand inside the loop?" * (len(found) == 1))
    if all(isinstance(part, list | tuple) for order in found for part in order):
        answer.refuse("Here each order is a list of batches. `torch.cat` puts them into one.")
    if not all(type(index) is int for order in found for index in order):
        answer.refuse("The orders should hold whole numbers, the indices of the samples.")
    return [list(order) for order in found]


def expect_shuffled(answer, found, count):
    """Each order has each index once, is shuffled, and is another one than the others."""
    full, rest, alike = count // 4 * 4, count % 4, all(order == found[0] for order in found)
    dropped = all(len(order) == len(set(order)) == full for order in found)
    below = all(set(order) == set(range(full)) for order in found)
    if alike and dropped:
        raise NotAttempted(f"{answer.call} still gives what the code as it was given gives.")
    if dropped and not below:
        answer.refuse(
            f"Each order has {full} of the {count} samples: an incomplete last batch of "
            f"{rest} is left out. Which option of the loader does that?"
        )
    for number, order in enumerate(found, 1):
        if len(set(order)) < len(order):
            twice = next(index for index in order if order.count(index) > 1)
            answer.refuse(
                f"Sample {twice} comes {order.count(twice)} times in order {number}. No sample "
                "should come more than once in an epoch."
            )
        if sorted(order) != list(range(count)):
            lost = sorted(set(range(count)) - set(order))
            what = f"sample {lost[0]} is missing" if lost else f"{max(order)} is no index"
            answer.refuse(f"Of the {count} samples, {what} in order {number}.")
    if any(order == sorted(order) for order in found):
        answer.refuse("This is the order in which the samples lie: they are not shuffled.")
    if alike:
        answer.refuse(
            "The order is the same in every epoch. A generator that begins again at the "
            "seed draws the same numbers again: how often is it made?"
        )
    if any(order in found[:place] for place, order in enumerate(found)):
        answer.refuse("Two of the epochs have the same order.")
    beside = [
        {frozenset(pair) for pair in pairwise([*order, order[0]])}
        for order in (range(count), *found)
    ]
    for place, pairs in enumerate(beside):
        for before in range(place):
            if len(pairs & beside[before]) > 0.75 * count:  # by chance, about two
                where = f"as in order {before}" if before else "as before any shuffling"
                answer.refuse(
                    f"In order {place}, most samples still have the same neighbours {where}. Each "
                    "order should be drawn at random."
                )


def compare_seeds(answer, first, other, seed):
    """Two seeds have no order in common."""
    if any(a == b for a, b in zip(first, other, strict=True)):
        answer.refuse(f"The seeds {seed} and {seed + 1} give the same order. Is the seed used?")
    for place, order in enumerate(other):
        if order in first:
            before = first.index(order) + 1
            answer.refuse(
                f"Order {place + 1} of the seed {seed + 1} is order {before} of the seed {seed}: "
                "two runs would follow each other. `seed + epoch` does that. One generator, "
                "seeded once, is enough for all epochs."
            )


# 4. Which loader was it?


SETUPS = ["C", "F", "D", "E"]
NO_SHUFFLE = "In this output the numbers are mixed. This setup does not shuffle."
NOT_A_STREAM = "In this output the numbers are mixed. A stream comes as it comes."
MIXED = "This setup shuffles. In this output the numbers rise, and both epochs are alike."
NOT_THESE_SETUPS = [
    {
        "A": NO_SHUFFLE,
        "B": "Count the numbers in one epoch. Does this setup leave any out?",
        "D": "With this setup both epochs have the same order. Compare them.",
        "E": NOT_A_STREAM,
        "F": NOT_A_STREAM,
    },
    {
        "A": (
            "For a map-style dataset the loader deals out the indices, batch by batch: the first "
            "batch would be 0, 1, 2, 3."
        ),
        "B": MIXED,
        "C": MIXED,
        "D": MIXED,
        "E": "Then each number would come twice. Here it comes once.",
    },
    {
        "A": NO_SHUFFLE,
        "B": "With this setup the second epoch has another order than the first. Compare them.",
        "C": "With this setup two of the ten numbers are left out. Count them.",
        "E": NOT_A_STREAM,
        "F": NOT_A_STREAM,
    },
    {
        "A": "Here each number comes twice. The loader deals out each index once.",
        "B": MIXED,
        "C": MIXED,
        "D": MIXED,
        "F": "Here each number comes twice. Workers that share give each number once.",
    },
]


@rejects(
    (["B", "F", "D", "E"], "Output 1: Count the numbers"),
    (["D", "F", "D", "E"], "Output 1: With this setup both epochs"),
    (["C", "A", "D", "E"], "Output 2: For a map-style"),
    (["C", "E", "D", "F"], "Output 2: Then each number"),
    (["C", "B", "D", "E"], "Output 2: This setup shuffles"),
    (["C", "F", "B", "E"], "Output 3: With this setup the second epoch"),
    (["C", "F", "C", "E"], "Output 3: With this setup two"),
    (["C", "F", "D", "F"], "Output 4: Here each number comes twice. Workers"),
    (["C", "F", "D", "A"], "Output 4: Here each number comes twice. The loader"),
    (["E", "F", "D", "E"], "Output 1: In this output the numbers are mixed. A stream"),
    (["C", "F", "D"], "four letters"),
    (["C", "F", "D", "G"], "four letters"),
    ({"1": "C"}, "four letters"),
)
@accepts(["C", "F", "D", "E"], "CFDE", ("c", "f", "d", "e"), "C, F, D, E")
def check_setups(setups):
    answer = setups.read()
    letters = letters_in(answer.data) or []
    if len(letters) != 4 or not set(letters) <= set("ABCDEF"):
        answer.refuse("A list of four letters from A to F is expected, one for each output.")
    for place, (letter, right) in enumerate(zip(letters, SETUPS, strict=True)):
        if letter != right:
            answer.refuse(f"Output {place + 1}: {NOT_THESE_SETUPS[place][letter]}")


# 5. Pad, and say how much


def collated(samples, side="end", fill="zero", length=None, count=len, shape=(-1,)):
    """A batch, with the usual mistakes as options; for answers below."""
    longest, xs = length or max(len(x) for x, _ in samples), []
    for x, _ in samples:
        rest = (x[-1:] if fill == "last" else torch.zeros(1)).expand(max(0, longest - len(x)))
        xs.append(torch.cat([x, rest] if side == "end" else [rest, x])[:longest])
    lengths = torch.tensor([count(x) for x, _ in samples]).reshape(shape)
    return torch.stack(xs), lengths, torch.stack([y for _, y in samples])


def pad_sequences(samples):
    xs, ys = zip(*samples, strict=True)
    x = nn.utils.rnn.pad_sequence(xs, batch_first=True)
    return [x, torch.tensor([x.numel() for x in xs], dtype=torch.int32), torch.stack(ys)]


def fill_in(samples):
    lengths = torch.tensor([len(x) for x, _ in samples])
    x = torch.zeros(len(samples), int(lengths.max()))
    for row, (readings, _) in zip(x, samples, strict=True):
        row[: len(readings)] = readings
    return x, lengths, torch.cat([y for _, y in samples])[:, None]


def filled_with(value):
    def collate(samples):
        x, lengths, y = collated(samples)
        beyond = torch.arange(x.shape[1]) >= lengths[:, None]
        return x.masked_fill(beyond, value), lengths, y

    return collate


def masked(samples):
    x, lengths, y = collated(samples)
    return x, torch.arange(x.shape[1]) < lengths[:, None], y


def in_place(samples):
    samples.sort(key=lambda sample: -len(sample[0]))
    return collated(samples)


@rejects(
    (lambda s: collated(s, length=13), "fixed length"),
    (lambda s: collated(s, length=20), "longest sample of this batch"),
    (lambda s: collated(s, side="front"), "in front"),
    (lambda s: collated(s, fill="last"), "last reading is repeated"),
    (filled_with(-1.0), "not zero"),
    (filled_with(float("nan")), "not zero"),
    (lambda s: (collated(s)[0].long(), *collated(s)[1:]), "stay so"),
    (lambda s: collated(s, count=lambda x: int((x != 0).sum())), "zeros"),
    (lambda s: collated(s, count=lambda x: max(len(x) for x, _ in s)), "after the padding"),
    (lambda s: collated(s, count=lambda x: len(x) + 1), "off by"),
    (lambda s: collated(s, length=min(len(x) for x, _ in s)), "cut"),
    (lambda s: collated(s, length=len(s[0][0])), "first sample"),
    (lambda s: collated(s, shape=(-1, 1)), "size 1"),
    (lambda s: collated(s, count=lambda x: float(len(x))), "whole numbers"),
    (lambda s: (collated(s)[0], collated(s)[1], collated(s)[2][:, 0]), "size 1"),
    (lambda s: [collated(s)[i] for i in (0, 2, 1)], "changed places"),
    (lambda s: collated(sorted(s, key=lambda p: -len(p[0]))), "their order"),
    (lambda s: collated(sorted(s, key=lambda p: len(p[0]))), "their order"),
    (masked, "mask"),
    (in_place, "changed its own input"),
    (lambda s: (collated(s)[0], collated(s)[2]), "3 values"),
    (lambda s: (collated(s)[0], [len(x) for x, _ in s], collated(s)[2]), "a tensor is expected"),
    (lambda s: None, "return"),
)
@accepts(collated, pad_sequences, fill_in)
def check_collate(collate):
    for size in (4, 3, 6, 1, 3):
        alike = size == 3 and dice.random() < 0.5
        samples = some_samples(size, alike)
        xs, ys = [x for x, _ in samples], [[y] for _, y in samples]
        lengths = [len(x) for x in xs]
        longest = max(lengths)
        answer = collate([(torch.tensor(x), torch.tensor([y])) for x, y in samples])
        right = [[*x, *[0.0] * (longest - len(x))] for x in xs], lengths, ys
        expect_zeros(answer, xs, longest)
        expect(answer, right, wrong=wrong_batches(samples), dtype="", rtol=0)
        dtype = answer.data.value[1].dtype
        if not dtype.startswith("int"):
            answer.refuse(f"The lengths have the dtype `{dtype}`. They are whole numbers.")


def expect_zeros(answer, xs, longest):
    """Where x has the right shape, it keeps its dtype, and only zeros fill it up."""
    if not answer.data.items:
        return
    x = answer.data.items[0]
    if x.kind != "tensor" or x.shape != (len(xs), longest) or x.value is None:
        return
    if not x.dtype.startswith("float"):
        answer.refuse(f"x has the dtype `{x.dtype}`. Readings are floats, and stay so.")
    rows = [(row[: len(u)], row[len(u) :], u) for row, u in zip(x.value, xs, strict=True)]
    if any(begin != readings for begin, _, readings in rows):
        return
    if longest > min(map(len, xs)) and all(rest == u[-1:] * len(rest) for _, rest, u in rows):
        answer.refuse("The last reading is repeated, as in the chapter. Zeros are expected here.")
    if any(v != 0 for _, rest, _ in rows for v in rest):
        answer.refuse("The readings are right, and what stands behind them is not zero.")


def some_samples(size, alike):
    """Pairs of a list and a number; the lengths differ, and neither rise nor fall.

    Where there are several, the longest is not the first one, nor is the shortest, and one that
    needs padding ends with a reading of zero.
    """
    lengths = [dice.randint(3, 9)] * size
    if not alike and size > 1:
        lengths = drawn(
            lambda: dice.sample(range(2, 13), size),
            lambda n: min(n) < n[0] < max(n) and n not in (sorted(n), sorted(n)[::-1]),
        )
    values = [n / 4 for n in range(-40, 80) if n]
    samples = [(dice.sample(values, n), dice.choice(values)) for n in lengths]
    if len(set(lengths)) > 1:
        shorter = [x for x, _ in samples if len(x) < max(lengths)]
        dice.choice(shorter)[-1] = 0.0
    return samples


def wrong_batches(samples):
    """Wrong batches of these samples, each with its sentence."""
    xs, ys = [x for x, _ in samples], [[y] for _, y in samples]
    lengths = [len(x) for x in xs]
    longest = max(lengths)

    def padded(to, rows=xs):
        return [[*x, *[0.0] * (to - len(x))][:to] for x in rows]

    found = [
        (
            ([[*[0.0] * (longest - len(x)), *x] for x in xs], lengths, ys),
            "The zeros stand in front. They belong behind the readings.",
        ),
        (
            (padded(longest), [sum(v != 0 for v in x) for x in xs], ys),
            "These lengths do not count readings that are zeros themselves. Take the lengths "
            "from the samples, before they are padded.",
        ),
        (
            (padded(longest), [longest] * len(xs), ys),
            "These are the lengths after the padding. How many readings had each sample before?",
        ),
        (
            (padded(longest), ys, lengths),
            "The last two have changed places: x, then the lengths, then y.",
        ),
        (
            (padded(longest), [[float(i < n) for i in range(longest)] for n in lengths], ys),
            "This is a mask: it says for each number whether it is a reading. Return the lengths, "
            "one number for each sample.",
        ),
    ]
    fixed = "x is padded to a fixed length. Make it as long as the longest sample of this batch."
    found += [((padded(to), lengths, ys), fixed) for to in range(longest + 1, 21)]
    for to, which in ((lengths[0], "the first sample"), (min(lengths), "the shortest sample")):
        sentence = f"Readings were cut off: x is as long as {which}. Make it as long as the longest"
        found.append(((padded(to), lengths, ys), f"{sentence} one."))
    for sign in (1, -1):
        order = sorted(range(len(xs)), key=lambda i, sign=sign: sign * lengths[i])
        rows = padded(longest, [xs[i] for i in order])
        batch = rows, [lengths[i] for i in order], [ys[i] for i in order]
        found.append((batch, "The samples are sorted by length. Leave them in their order."))
    return found


# 6. A stream of pairs


class Sensor:
    """Lines that come one after the other, from the first one in every pass; no length, no index.

    Whoever asks for more than these lines does not wait for the pairs that they complete.
    """

    def __init__(self, lines):
        self._lines = lines

    def __iter__(self):
        yield from self._lines
        message = "the sensor was asked for another line, and the pairs so far did not need it: "
        raise RuntimeError(message + "hand on each pair as soon as its second reading is there")


def pairs(function):
    """A dataset from a function that makes pairs out of readings; for answers below."""

    class Made(IterableDataset):
        def __init__(self, lines):
            self.lines = lines

        def __iter__(self):
            return map(torch.tensor, function(readings_in(self.lines)))

    return Made


def readings_in(lines):
    return (float(line) for line in lines if line.strip())


class Remembers(IterableDataset):
    """Keeps the reading before in `self`, where it outlives the pass."""

    def __init__(self, lines):
        self.lines, self.before = lines, None

    def __iter__(self):
        for now in readings_in(self.lines):
            if self.before is not None:
                yield torch.tensor([self.before, now])
            self.before = now


class Stepwise(Remembers):
    """The same, and forgotten at the beginning of each pass."""

    def __iter__(self):
        self.before = None
        yield from super().__iter__()


class Once(IterableDataset):
    def __init__(self, lines):
        self.pairs = pairwise(readings_in(lines))

    def __iter__(self):
        return map(torch.tensor, self.pairs)


class OwnIterator(Once):
    """Its own iterator: the second pass goes on where the first one ended."""

    def __iter__(self):
        return self

    def __next__(self):
        return torch.tensor(next(self.pairs))


class InMemory(IterableDataset):
    def __init__(self, lines):
        self.readings = list(readings_in(lines))

    def __iter__(self):
        return (torch.tensor(pair) for pair in pairwise(self.readings))


class Gathered(pairs(pairwise)):
    def __iter__(self):
        return iter(list(super().__iter__()))


class AList(pairs(pairwise)):
    def __iter__(self):
        return list(super().__iter__())


class ByIndex(Dataset):
    def __init__(self, lines):
        self.readings = list(readings_in(lines))

    def __len__(self):
        return len(self.readings) - 1

    def __getitem__(self, index):
        return torch.tensor(self.readings[index : index + 2])


class Strict(IterableDataset):
    """Does not bridge a gap."""

    def __init__(self, lines):
        self.lines = lines

    def __iter__(self):
        for before, now in pairwise(self.lines):
            if before.strip() and now.strip():
                yield torch.tensor([float(before), float(now)])


class BlankIsText(Strict):
    """Takes a line that holds only its end for a reading."""

    def __iter__(self):
        yield from map(torch.tensor, pairwise(float(line) for line in self.lines if line))


class BlankIsZero(Strict):
    def __iter__(self):
        yield from map(torch.tensor, pairwise(float(line.strip() or 0) for line in self.lines))


class StopsAtBlank(Strict):
    def __iter__(self):
        yield from map(torch.tensor, pairwise(map(float, iter(iter(self.lines).__next__, "\n"))))


def in_twos(readings):
    return iter(lambda: list(islice(readings, 2)), [])


def from_the_first(readings):
    first = next(readings, 0.0)
    yield [first, first]
    before = first
    for now in readings:
        yield [before, now]
        before = now


def from_zero(readings):
    before = 0.0
    for now in readings:
        yield [before, now]
        before = now


def two_copies(readings, later):
    next(later, None)
    return zip(readings, later, strict=False)


def with_next(readings):
    before = next(readings, None)
    while (now := next(readings, None)) is not None:
        yield before, now
        before = now


@rejects(
    (Remembers, "pass before"),
    (Once, "only once"),
    (OwnIterator, "only once"),
    (InMemory, "another line"),
    (Gathered, "another line"),
    (AList, "non-iterator"),
    (ByIndex, "should be an end"),
    (Strict, "on both sides of a blank line"),
    (BlankIsText, "could not convert"),
    (pairs(in_twos), "Each reading"),
    (pairs(lambda readings: ([b, a] for a, b in pairwise(readings))), "changed places"),
    (pairs(lambda readings: ([b - a] for a, b in pairwise(readings))), "shape"),
    (pairs(lambda readings: ([a, b] for a, b in list(pairwise(readings))[:-1])), "last pair"),
    (pairs(lambda readings: islice(pairwise(readings), 1, None)), "first pair"),
    (pairs(lambda readings: ([now, now] for now in readings)), "the same reading"),
    (BlankIsZero, "no reading of zero"),
    (StopsAtBlank, "No pair comes"),
    (pairs(from_the_first), "no reading before it"),
    (pairs(from_zero), "no reading before it"),
    (pairs(lambda readings: [list(pair) for pair in pairwise(readings)] * 2), "twice"),
    (lambda lines: list(pairwise(readings_in(lines))), "tensor is expected"),
    (lambda lines: None, "return"),
)
@accepts(
    pairs(pairwise),
    Stepwise,
    pairs(lambda readings: two_copies(*tee(readings))),
    pairs(with_next),
)
def check_Pairs(work):
    for count in (6, 9, 1):
        lines, readings = some_lines(count)
        dataset = work.make(lines)
        expect_pairs(dataset.items(2 * count + 2), lines, readings)
        for limit in (count - 1, 2, count - 1)[: 3 * (count > 1)]:
            expect_pairs(dataset.items(limit), lines, readings, limit)
    lines, readings = some_lines(8)
    while not lines[-1].strip():  # the sensor has no line after the last reading
        lines.pop()
    dataset = work.make(work.lend(Sensor, lines))
    for _ in range(2):
        expect_pairs(dataset.items(7), lines, readings, 7)


def some_lines(count):
    """Lines with `count` different readings and some blank lines, and the readings."""
    readings = [n / 4 for n in dice.sample([n for n in range(-40, 80) if n], count)]
    lines = [f"{n}\n" for n in readings]
    # In the middle too, and two of them in a row: a pair that is missing there is not the last
    # one, not the first one, and not every second one.
    blank = {0, *(dice.choice([(2, 3), (3, 4)]) if count > 4 else (1,))}
    blank |= {place for place in range(5, count + 1) if dice.random() < 0.2}
    for place in sorted(blank, reverse=True):
        lines[place:place] = ["\n"] * dice.choice([1, 1, 2])
    return lines, readings


def expect_pairs(answer, lines, readings, limit=None):
    """The first `limit` pairs of these readings; in a later pass where there is a limit."""
    right, got = [[a, b] for a, b in pairwise(readings)][:limit], plain(answer.data)
    later = limit is not None
    if right and not later and got == []:
        answer.refuse(
            "No pair comes. Does the loop go on after a blank line, and does it remember the "
            "reading before?"
        )
    if later and got == []:
        answer.refuse(
            "The pass before gave pairs, and this one gives none. An iterator can be gone "
            "through only once: make a new one in `__iter__`, and not in `__init__`.",
            f"{limit} pairs",
        )
    if later and isinstance(got, list) and isinstance(got[0], list):
        if len(got[0]) == 2 and got[0][0] in readings[1:] and got[0][1] == readings[0]:
            answer.refuse(
                "The first pair begins with a reading of the pass before. Each pass should begin "
                "anew: a plain variable inside `__iter__` does, one kept in `self` does not."
            )
    if isinstance(got, list) and len(got) > len(right) and got[: len(right)] == right != []:
        if got != right * 2:
            answer.refuse(
                f"After the {len(right)} pairs there should be an end, and more comes. Is there "
                "an `__iter__`, and does it end with the lines?"
            )
    places = [place for place, line in enumerate(lines) if line.strip()]
    near = [b - a == 1 for a, b in pairwise(places)]
    first = readings[0]
    wrong = [
        (
            [pair for pair, direct in zip(right, near, strict=False) if direct],
            "A pair is missing: the readings on both sides of a blank line are a pair, too.",
        ),
        (
            [readings[i : i + 2] for i in range(0, len(readings) - 1, 2)],
            "Each reading but the first and the last belongs to two pairs: once it is the second "
            "number, then the first one.",
        ),
        (
            [readings[i : i + 2] for i in range(0, len(readings), 2)],
            "Each reading but the first and the last belongs to two pairs: once it is the second "
            "number, then the first one.",
        ),
        ([[b, a] for a, b in right], "The two have changed places: the earlier reading first."),
        ([[b, b] for b in readings], "Both numbers of a pair are the same reading."),
        ([[b, b] for b in readings[1:]], "Both numbers of a pair are the same reading."),
        (
            [[a, b] for a, b in pairwise(float(line.strip() or 0) for line in lines)],
            "A blank line is no reading of zero. Skip it.",
        ),
        (right[:-1], "The last pair is missing."),
        (right[1:], "The first pair is missing."),
        ([[first, first], *right], "The first reading has no reading before it: no pair yet."),
        ([[0.0, first], *right], "The first reading has no reading before it: no pair yet."),
        (right * 2, "Every pair comes twice."),
    ]
    wrong = [(tuple(pairs), sentence) for pairs, sentence in wrong if pairs != right]
    expect(answer, tuple(right), wrong=wrong)


# 7. Share a stream, and keep its order


def share_of(lines, worker, workers, batch_size):
    """The lines of one worker: whole batches, in turns."""
    for number, line in enumerate(lines):
        if number // batch_size % workers == worker:
            yield line


def batch_by_batch(lines, worker, workers, batch_size):
    lines, found, number = iter(lines), [], 0
    while batch := list(islice(lines, batch_size)):
        if number % workers == worker:
            found += batch
        number += 1
    return found


def chunks(lines, worker, workers, batch_size):
    lines = list(lines)
    size = -(-len(lines) // workers)
    return lines[worker * size : (worker + 1) * size]


def full_batches(lines, worker, workers, batch_size):
    lines = list(lines)
    full = len(lines) // batch_size * batch_size
    return share_of(lines[:full], worker, workers, batch_size)


def in_batches(*given):
    mine = iter(list(share_of(*given)))
    return list(iter(lambda: list(islice(mine, given[3])), []))


@rejects(
    (lambda lines, w, n, size: islice(lines, w, None, n), "out of order"),
    (chunks, "in one piece"),
    (lambda lines, w, n, size: list(lines), "every worker gives every line"),
    (lambda lines, w, n, size: share_of(lines, w + 1, n, size), "another worker"),
    (lambda lines, w, n, size: share_of(lines, w - 1, n, size), "another worker"),
    (full_batches, "incomplete batch"),
    (lambda lines, w, n, size: islice(lines, w * size, (w + 1) * size), "first batch only"),
    (lambda lines, w, n, size: share_of(lines, w, size, n), "changed places"),
    (lambda lines, w, n, size: share_of(lines, w, 2, size), "number of workers"),
    (lambda lines, w, n, size: share_of(lines, w, n, 3), "batch_size"),
    (lambda lines, w, n, size: list(enumerate(lines))[w::n], "lines themselves"),
    (in_batches, "lines themselves"),
    (lambda lines, w, n, size: [float(v) for v in share_of(lines, w, n, size)], "text"),
    (lambda lines, w, n, size: lines[w::n], "out of order"),
    (
        lambda lines, w, n, size: [lines[i] for i in range(len(lines)) if i // size % n == w],
        "no len()",
    ),
    (lambda lines, w, n, size: "".join(share_of(lines, w, n, size)), "This is text"),
    (lambda lines, w, n, size: len(list(lines)), "This is a number"),
    (lambda lines, w, n, size: next(share_of(lines, w, n, size), None), "inside the loop"),
    (lambda lines, w, n, size: [v.strip() for v in share_of(lines, w, n, size)], "line breaks"),
    (
        lambda lines, w, n, size: [v for i, v in enumerate(lines, 1) if i // size % n == w],
        "counted from 1",
    ),
    (lambda lines, w, n, size: [v for i, v in enumerate(lines) if i % size == w], "`batches`"),
    (lambda lines, w, n, size: list(lines) * 2, "More comes"),
    (lambda *a: None, "return"),
)
@accepts(
    share_of,
    batch_by_batch,
    lambda *a: tuple(share_of(*a)),
    lambda lines, w, n, size: (v for i, v in enumerate(lines) if i % (n * size) // size == w),
)
def check_share(share):
    sizes = [(dice.choice([13, 14]), 2, 3), (dice.choice([17, 19]), 3, 2), (23, 2, 5), (7, 4, 2)]
    sizes += [(dice.randint(5, 9), 1, 4), (4, 3, 4), (12, 3, 1), (0, 2, 3)]
    for number, (length, workers, size) in enumerate(sizes):
        lines = [f"{n / 4}\n" for n in dice.sample(range(-40, 80), length)]
        for worker in dice.sample(range(workers), workers):
            given = share.lend(iter, lines) if number % 2 else lines
            mine = share.make(given, worker, workers, size)
            expect_share(mine, lines, worker, workers, size)


def expect_share(mine, lines, worker, workers, size):
    """The lines of one worker, in the order of the lines."""
    whole = mine.read()
    if whole.data.kind in ("text", "number", "truth", "tensor", "dict"):
        message = f"This is {whole.data.what}, and a list of lines is expected, or a `yield`."
        message += " Does `return` stand inside the loop?" * (plain(whole.data) in lines)
        whole.refuse(message)
    answer = mine.items(len(lines) + 2)
    got = plain(answer.data)
    parts = [list(share_of(lines, other, workers, size)) for other in range(workers)]
    right = parts[worker]
    if got == right:
        return
    want = repr(right) if len(right) < 9 else f"{len(right)} lines"
    if not all(isinstance(line, str) for line in got):
        answer.refuse("The lines themselves are expected, as text, one after the other.", want)
    if not got:
        answer.refuse(
            f"Nothing comes from worker {worker} of {workers}; they are counted from 0. Did "
            "another worker get these lines? Is the number of workers used?",
            want,
        )
    known = [
        (lines, "Now every worker gives every line, and the loader gives each one repeatedly."),
        (
            lines[worker::workers],
            "This takes turns line by line. Each line comes once, but the batches of the loader "
            "are out of order: its first batch should be the first lines of the stream.",
        ),
        (
            list(chunks(lines, worker, workers, size)),
            "This gives each worker its lines in one piece. Its second batch would come before "
            "lines that stand earlier: the workers take turns after each batch.",
        ),
        (
            list(full_batches(lines, worker, workers, size)),
            "The last, incomplete batch is missing. It belongs to the worker whose turn it is.",
        ),
        (right[:size], "This is the first batch only. Later it is this worker's turn again."),
        (
            list(share_of(lines, worker, size, workers)),
            "`workers` and `batch_size` have changed places.",
        ),
    ]
    for other in range(workers):
        known.append((parts[other], f"This is the share of another worker: number {other}."))
    for other in range(2, 9):
        known.append(
            (
                list(share_of(lines, worker, other, size)),
                f"This is the share for {other} workers. Is the number of workers used?",
            )
        )
        known.append(
            (
                list(share_of(lines, worker, workers, other)),
                f"This fits a `batch_size` of {other}, and here it is {size}.",
            )
        )
    for wrong, sentence in known:
        if got == wrong:
            answer.refuse(sentence, want)
    if got == [line.strip() for line in right]:
        answer.refuse("The line breaks are gone. Hand on each line as it is.", want)
    if got == list(share_of(["", *lines], worker, workers, size))[worker == 0 :]:
        answer.refuse("Here the lines are counted from 1. Let the first line be number 0.", want)
    if len(got) > len(lines):
        answer.refuse("More comes than there are lines.", want)
    if sorted(got) == sorted(right):
        answer.refuse("These are the right lines in another order.", want)
    answer.refuse(
        "These are not the right lines yet. The cell with `batches` shows what a loader would make "
        "of your shares.",
        want,
    )


# 8. Noise that never comes twice


def seeded(number, draw=torch.randn, scale=0.1):
    """The answer that computes its seed by `number(seed, epoch, worker)`."""

    def with_noise(x, *key):
        generator = torch.Generator().manual_seed(number(*key))
        return x + scale * draw(x.shape, generator=generator)

    return with_noise


def as_a_loader(x, seed, epoch, worker):
    """One generator for the run; each epoch draws a number from it, and workers add theirs."""
    generator = torch.Generator().manual_seed(seed)
    base = torch.randint(2**40, (epoch + 1,), generator=generator)[-1]
    torch.manual_seed(int(base) + worker)
    return x + 0.1 * torch.randn(len(x))


def by_python(x, *key):
    mixer = random.Random(str(key))
    return torch.tensor([v + mixer.gauss(0, 0.1) for v in x.tolist()])


def three_digits(s, e, w):
    return 10_000 * s + 100 * e + w


@rejects(
    (seeded(lambda s, e, w: s), "Worker 1 gets the noise of worker 0"),
    (seeded(lambda s, e, w: s + w), "Epoch 1 brings the noise of epoch 0"),
    (seeded(lambda s, e, w: s + e), "Worker 1 gets the noise of worker 0"),
    (seeded(lambda s, e, w: s + e + w), "are both different"),
    (seeded(lambda s, e, w: 10_000 * s + 99 * e + w), "are both different"),
    (seeded(lambda s, e, w: 100 * e + w), "In the run with seed"),
    (seeded(lambda s, e, w: s + 100 * e + w), "In the run with seed"),
    (lambda x, *key: x + 0.1 * torch.randn(x.shape), "gave other numbers the time before"),
    (seeded(three_digits, torch.rand), "on both sides"),
    (seeded(three_digits, scale=1.0), "0.1"),
    (lambda x, *key: x + seeded(three_digits)(x, *key), "0.1"),
    (lambda x, *key: seeded(three_digits)(x, *key) - x, "x is missing"),
    (lambda x, *key: x + as_a_loader(torch.zeros(1), *key), "a number of its own"),
    (lambda x, *key: x.clone(), "no noise"),
    (lambda x, *key: seeded(three_digits)(x, *key)[:, None], "shape"),
    (lambda x, *key: seeded(three_digits)(x, *key).tolist(), "a list"),
    (lambda *a: None, "return"),
)
@accepts(seeded(three_digits), as_a_loader, by_python)
def check_with_noise(with_noise):
    places = [0, 1, dice.randint(2, 97), 99]
    x, found = [n / 4 for n in dice.sample(range(40, 120), dice.choice([8, 9, 11]))], {}
    for key in product(places, places, places):  # (seed, epoch, worker)
        found[key] = read_noisy(with_noise(tensor(x), *key), x)
    key = tuple(dice.sample(places, 3))
    again = with_noise(tensor(x), *key)
    if read_noisy(again, x) != found[key]:
        again.refuse("The same call gave other numbers the time before.")
    read_noisy(with_noise(tensor([-3.5]), *key), [-3.5])
    many = with_noise(tensor([0.0] * 400), *key)
    values = read_noisy(many, [0.0] * 400)
    if not min(values) < -0.1 < 0.1 < max(values):
        many.refuse("Noise as from `torch.randn` lies on both sides of 0.")
    if not 0.08 < (sum(v * v for v in values) / 400) ** 0.5 < 0.12:
        many.refuse("The standard deviation of the noise should be 0.1.")
    same = [(a, b) for a, b in combinations(found, 2) if len({*found[a]} & {*found[b]}) > 1]
    if same:
        refuse_same(with_noise, same, tensor(x))


def read_noisy(answer, x):
    """The numbers that came back for the readings x, as a list."""
    expect(answer, x, rtol=0, atol=1e9)  # kind and shape
    values = plain(answer.data)
    noise = [value - reading for value, reading in zip(values, x, strict=True)]
    if not any(noise):
        answer.refuse("There is no noise: x came back as it was.")
    if len(x) > 1 and max(noise) - min(noise) < 1e-4:
        answer.refuse("All readings got the same noise. Draw a number of its own for each.")
    if max(map(abs, values)) < 1 < min(x):
        answer.refuse("This is the noise alone: x is missing.")
    if not max(map(abs, noise)) < 0.8:
        answer.refuse("The noise is too large, or x was changed. Its standard deviation is 0.1.")
    return values


def refuse_same(with_noise, same, x):
    """Refuse what came for two keys, (seed, epoch, worker) each: the simplest such pair."""

    def places(pair):
        names = ("seed", "epoch", "worker")
        return [name for name, a, b in zip(names, *pair, strict=True) if a != b]

    one, two = pair = min(same, key=lambda pair: ("seed" in places(pair), len(places(pair))))
    (seed, epoch, worker), (_, epoch2, worker2) = pair
    sentence = {
        ("worker",): f"Worker {worker2} gets the noise of worker {worker}, in the same epoch.",
        ("epoch",): f"Epoch {epoch2} brings the noise of epoch {epoch}, in the same worker.",
        ("epoch", "worker"): (
            f"This is the noise of worker {worker} in epoch {epoch}, too. Epoch and worker are "
            "both different, and the same seed was computed from them."
        ),
    }.get(tuple(places(pair)), f"In the run with seed {seed}, this noise came too.")
    where = "seed {}, epoch {}, worker {}".format(*one)
    with_noise(x, *two).refuse(f"{sentence} It came for {where}.")
