"""The checks of `solutions/11_image_classifier.md`."""

import math
import os
import pickle
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
import torch.nn.functional as F
from torch import nn, optim

from helpers.checks.engine import (
    NotAttempted,
    NotYet,
    accepts,
    advised,
    apart,
    dice,
    drawn,
    expect,
    flat,
    letters_once,
    mean,
    numbers,
    numbers_of,
    plain,
    rejects,
    tensor,
)
from helpers.checks.engine.mistakes import close
from helpers.checks.engine.reference import linear_rows
from helpers.garments import draw_garments

make_tensor = torch.tensor  # kept from import time, like everything that a verdict rests on


# 1. By hand

POOLED = [3, 1, 0, 6]
NOT_POOLED = {
    (3, 1, -2, 6): "ReLU is missing: it makes 0 of what is negative.",
    (3, 5, 5, 4): "The filter was turned round. Lay it on the window as it is.",
    (4, 4, 6, 2): "Rows and columns of the filter have changed places.",
    (3, 0, 1, 6): "The order is by columns: the two numbers of the upper row come first.",
    (1.75, 0.5, 0, 2.75): "These are means. The pooling keeps the largest of the four numbers.",
    (0, 1, 0, 6): "These are the first numbers of the blocks. Keep the largest.",
    (2, 2, 2, 6): "The second row of the filter is missing.",
}


@rejects(
    *[(list(wrong), sentence) for wrong, sentence in NOT_POOLED.items()],
    ([3, 1, 0, 5], "Number 4"),
    ([3, 1, 0], "four numbers"),
    (3, "four numbers"),
)
@accepts(POOLED, (3.0, 1.0, 0.0, 6.0), torch.tensor(POOLED))
def check_pooled(pooled):
    answer, values = numbers_of(pooled, "four numbers", 4)
    for wrong, sentence in NOT_POOLED.items():
        if close(values, list(wrong)):
            answer.refuse(sentence)
    for place, (value, want) in enumerate(zip(values, POOLED, strict=True), 1):
        if not abs(value - want) < 1e-6:
            answer.refuse(f"Number {place} is not right yet. Go through its block once more.")


# 2. Follow the shapes


def follow_by(shrink=lambda side, window: side - window + 1, halve=lambda side: side // 2, **other):
    """The function of exercise 2, with the usual mistakes as options; for answers below."""
    weights = other.get("weights", lambda channels, filters, w: filters * (channels * w * w + 1))
    keep = other.get("keep", lambda filters: filters)
    features = other.get("features", lambda channels, side: channels * side * side)

    def follow(channels, side, layers):
        count = 0
        for filters, window in layers:
            side = halve(shrink(side, window))
            count += weights(channels, filters, window)
            channels = keep(filters)
        return other.get("finish", tuple)([side, features(channels, side), count])

    return follow


FOLLOW = follow_by()
FOLLOW_WRONG = [
    (
        follow_by(shrink=lambda side, window: side),
        "The window does not fit on the last pixels of a row, so a feature map is smaller than "
        "its image: 28 pixels and a window of 5 give 24.",
    ),
    (
        follow_by(shrink=lambda side, window: side - window),
        "This is one pixel too few after each convolution: 28 pixels and a window of 5 give 24.",
    ),
    (
        follow_by(halve=lambda side: side),
        "The pooling is missing. It makes half of width and height.",
    ),
    (
        follow_by(halve=lambda side: (side + 1) // 2),
        "Where a side is odd, the pooling drops what is left over at the edge: 11 becomes 5.",
    ),
    (
        follow_by(halve=lambda side: side / 2),
        "A side is a whole number. Where it is odd, the pooling drops what is left over.",
    ),
    (
        follow_by(weights=lambda channels, filters, w: filters * channels * w * w),
        "The biases are missing among the parameters: each filter has one.",
    ),
    (
        follow_by(weights=lambda channels, filters, w: filters * (w * w + 1)),
        "A filter looks at all the channels, and has `window * window` weights for each of them.",
    ),
    (
        follow_by(weights=lambda channels, filters, w: filters * channels * (w * w + 1)),
        "A filter has one bias, and not one for each channel.",
    ),
    (
        follow_by(weights=lambda channels, filters, w: filters * (channels * w + 1)),
        "A window is a square: it has `window * window` weights for each channel.",
    ),
    (
        follow_by(features=lambda channels, side: side * side),
        "Flattened, *all* the feature maps become one row of features.",
    ),
    (
        follow_by(features=lambda channels, side: channels * side),
        "A feature map has `side * side` pixels.",
    ),
    (
        lambda channels, side, layers: (*FOLLOW(channels, side, layers)[:2], 0),
        "The parameters are 0. Are they added up over the layers?",
    ),
    (
        lambda channels, side, layers: (
            *FOLLOW(channels, side, layers)[:2],
            layers[-1][0] * (([channels] + [f for f, _ in layers])[-2] * layers[-1][1] ** 2 + 1),
        ),
        "These are the parameters of the last convolution only. Add up all of them.",
    ),
    (
        lambda channels, side, layers: (
            *FOLLOW(channels, side, layers)[:2],
            sum(f * (channels * w * w + 1) for f, w in layers),
        ),
        "The second convolution does not see the image. Its channels are the filters of the one "
        "before it.",
    ),
    (
        lambda channels, side, layers: FOLLOW(channels, side, layers)[::-1],
        "The three numbers are in the reverse order: side, features, parameters.",
    ),
]


def follow_with_torch(channels, side, layers):
    x, count = torch.zeros(1, channels, side, side), 0
    for filters, window in layers:
        conv = nn.Conv2d(x.shape[1], filters, window)
        x = F.max_pool2d(conv(x), 2)
        count += sum(p.numel() for p in conv.parameters())
    return [x.shape[-1], x.flatten(1).shape[1], count]


def follow_backwards(channels, side, layers):
    if not layers:
        return side, channels * side**2, 0
    (filters, window), *rest = layers
    after = follow_backwards(filters, (side - window + 1) // 2, rest)
    return after[0], after[1], after[2] + filters + filters * channels * window**2


@rejects(
    *[(wrong, sentence) for wrong, sentence in FOLLOW_WRONG],
    (lambda *args: FOLLOW(*args)[:2], "3 values"),
    (lambda *args: None, "return"),
)
@accepts(
    FOLLOW,
    follow_with_torch,
    follow_backwards,
    lambda *args: torch.tensor(FOLLOW(*args)),
)
def check_follow(follow):
    for count in (2, 3, 1):

        def draw(count=count):
            layers = [[dice.randint(2, 9), dice.choice([3, 5])] for _ in range(count)]
            return dice.choice([2, 3]), dice.randint(41, 64), layers

        def good(given, count=count):
            sides = [given[1]]
            for _, window in given[2]:
                sides.append((sides[-1] - window + 1) // 2)
            odd = any((s - w + 1) % 2 for s, (_, w) in zip(sides, given[2], strict=False))
            rows = [wrong(*given) for wrong, _ in FOLLOW_WRONG]
            if count > 1:  # with one layer, some mistakes make no difference
                odd = odd and apart(FOLLOW(*given), *map(list, rows), by=1e-6)
            return odd and min(sides) > 1

        given = drawn(draw, good)
        right = FOLLOW(*given)
        wrong = [(tuple(make(*given)), sentence) for make, sentence in FOLLOW_WRONG]
        wrong = [pair for pair in wrong if not close(pair[0], right, 1e-9, 1e-9)]
        expect(follow(*given), right, wrong=wrong, dtype="", rtol=0, atol=1e-9)


# 4. By the right clock

UNIT = max(0.002, 3 * time.get_clock_info("process_time").resolution)  # seconds
busy, clock, sleep = (4, 1, 2), time.process_time, time.sleep


class Job:
    """A job that takes 4, 1 and 2 units of CPU time, and waits for a while besides."""

    def __init__(self, unit):
        self.calls, self.unit = 0, unit

    def __call__(self):
        until = clock() + busy[self.calls % 3] * self.unit
        self.calls += 1
        sleep(8 * self.unit)
        while clock() < until:
            pass


def seconds_by(clock=time.process_time, finish=min, whole=False, calls=None):
    """The function of exercise 4, with the usual mistakes as options; for answers below."""

    def cpu_seconds(job, repeats):
        found, first = [], clock()
        for _ in range(calls or repeats):
            began = clock()
            job()
            found.append(clock() - began)
        return clock() - first if whole else finish(found)

    return cpu_seconds


@rejects(
    (seconds_by(clock=time.perf_counter), "waits"),
    (seconds_by(finish=max), "longest"),
    (seconds_by(finish=mean), "mean"),
    (seconds_by(whole=True), "all calls together"),
    (seconds_by(calls=1), "called once"),
    (seconds_by(calls=2), "called 2 times"),
    (lambda job, repeats: 0.0, "never called"),
    (seconds_by(finish=lambda found: found), "one number"),
    (seconds_by(finish=lambda found: None), "return"),
)
@accepts(
    seconds_by(),
    seconds_by(finish=lambda found: torch.tensor(found).min()),
    seconds_by(finish=lambda found: sorted(found)[0]),
)
def check_cpu_seconds(cpu_seconds):
    for unit in dice.sample((UNIT, 2.5 * UNIT), 2):
        try:
            judge_seconds(cpu_seconds, unit)
        except NotYet:  # on a busy machine, one measurement may go wrong
            judge_seconds(cpu_seconds, unit)


def judge_seconds(cpu_seconds, unit):
    job = cpu_seconds.lend(Job, unit)
    answer = cpu_seconds(job, 3)
    if answer.data.kind == "none":
        expect(answer, unit, dtype="")
    calls, value = plain(job.attribute("calls").read().data), plain(answer.data)
    if calls != 3:
        often = {0: "never called", 1: "called once"}.get(calls, f"called {calls} times")
        answer.refuse(f"With `repeats` of 3, `job` was {often}.")
    if not isinstance(value, int | float) or type(value) is bool:
        answer.refuse("The smallest of the times is expected, one number.")
    units = value / unit
    if 0.8 < units < 1.9:
        return
    for low, high, sentence in (
        (2, 3, "This is the mean of the times. Return the smallest."),
        (3, 6, "This is the longest of the times. Return the smallest."),
        (6, 8.5, "This is the time of all calls together. Take the smallest of the single ones."),
        (8.5, 1e6, "This clock goes on while the job waits. Take the one that counts CPU seconds."),
    ):
        if low <= units < high:
            answer.refuse(sentence)
    answer.refuse("These are not the CPU seconds of the shortest call.")


# 5. Fruit, confused

CONFUSED = [145 / 200, 66 / 100, 20 / 47, 100 / 200]
NOT_CONFUSED = [  # by position: a wrong number, and what its author has in mind
    {
        (40 / 50 + 66 / 100 + 19 / 20 + 20 / 30) / 4: (
            "This is the mean of the shares of the four kinds. Here each *fruit* counts the same, "
            "and there are more pears than plums."
        ),
        145: "This is how many are right. Divide by the number of all fruits.",
        55 / 200: "This is the share of the mistakes.",
        145 / 4: "The four kinds are not equally frequent. Divide by the number of fruits.",
    },
    {
        66 / 80: (
            "This is the share of real pears among what the model calls a pear. Look at the row: "
            "what becomes of the 100 real ones?"
        ),
        66 / 200: "This is a share of all fruits. Divide by the number of pears.",
        66: "This is how many. Divide by the number of pears.",
        34 / 100: "This is the share of the pears that are *not* recognised.",
        66 / 145: "This is the share of pears among the right answers. Divide by all pears.",
    },
    {
        20 / 30: (
            "This is the share of the real quinces that are recognised. Look at the column: all "
            "that the model calls a quince."
        ),
        20 / 200: "This is a share of all fruits. Divide by what the model calls a quince.",
        20: "This is how many. Divide by what the model calls a quince.",
        27 / 47: "This is the share that are *not* quinces.",
        20 / 145: "Divide by all that the model calls a quince, and not by all right answers.",
    },
    {
        1 / 4: "The four kinds are not equally frequent. Which one is most frequent?",
        66 / 200: "Such a model gets *every* pear right.",
        80 / 200: "So often this model says pear. How many pears are there?",
        145 / 200: "This is the accuracy of the model of the matrix.",
        100: "This is how many. Divide by the number of all fruits.",
    },
]


@rejects(
    ([0.7692, 0.66, 0.4255, 0.5], "each *fruit* counts"),
    ([145, 0.66, 0.4255, 0.5], "how many are right"),
    ([0.725, 0.825, 0.4255, 0.5], "Look at the row"),
    ([0.725, 0.33, 0.4255, 0.5], "number of pears"),
    ([0.725, 0.66, 0.6667, 0.5], "Look at the column"),
    ([0.725, 0.66, 0.1, 0.5], "calls a quince"),
    ([0.725, 0.66, 0.4255, 0.25], "equally frequent"),
    ([0.725, 0.66, 0.4255, 0.4], "How many pears"),
    ([0.725, 0.66, 0.4255, 0.9], "Number 4 is not right yet"),
    ([72.5, 66, 42.55, 50], "not percentages"),
    ([0.725, 0.66, 0.4255], "four numbers"),
    (0.725, "four numbers"),
)
@accepts(
    CONFUSED,
    (0.725, 0.66, 0.43, 0.5),
    [0.73, 0.66, 0.4255, 1 / 2],
    torch.tensor([0.725, 0.66, 0.4255, 0.5]),
)
def check_confused(confused):
    answer, values = numbers_of(confused, "four numbers", 4)
    if all(abs(v - 100 * w) < 0.51 for v, w in zip(values, CONFUSED, strict=True)):
        answer.refuse("Write shares between 0 and 1, and not percentages.")
    pairs = zip(values, CONFUSED, NOT_CONFUSED, strict=True)
    for place, (value, want, known) in enumerate(pairs, 1):
        if not abs(value - want) < 0.0051:
            near = (text for wrong, text in known.items() if abs(value - wrong) < 0.0051)
            answer.refuse(f"Number {place} is not right yet. {next(near, '')}".strip())


# 3. An epoch with mistakes. A layer is a pair (weight, bias), data a pair of rows and labels


def step(layer, rows, labels, lr):
    """The layer after one step of gradient descent on the cross-entropy."""
    weight, bias = layer
    errors = []
    for z, label in zip(linear_rows(rows, weight, bias), labels, strict=True):
        total = sum(math.exp(v) for v in z)
        errors.append([math.exp(v) / total - (k == label) for k, v in enumerate(z)])
    new = [
        [
            w - lr * mean(e[k] * x[j] for e, x in zip(errors, rows, strict=True))
            for j, w in enumerate(row)
        ]
        for k, row in enumerate(weight)
    ]
    return new, [b - lr * mean(e[k] for e in errors) for k, b in enumerate(bias)]


def batches_of(data, size):
    rows, labels = data
    return [(rows[i : i + size], labels[i : i + size]) for i in range(0, len(rows), size)]


def count_right(layer, data):
    scores = linear_rows(data[0], *layer)
    return sum(z.index(max(z)) == label for z, label in zip(scores, data[1], strict=True))


def layers_of(layer, batches, lr):
    """The layer after each of these steps."""
    found = []
    for rows, labels in batches:
        layer = step(layer, rows, labels, lr)
        found.append(layer)
    return found


def epoch_by(order=list, measured="after", finish=None, **other):
    """The function of exercise 3, with the usual mistakes as options; for answers below."""

    def epoch(model, x, y, x_val, y_val, size, lr):
        optimizer = optim.SGD(model.parameters(), lr=lr)
        loader = list(zip(x.split(size), y.split(size)))
        val_loader = list(zip(x_val.split(size), y_val.split(size)))
        total = 0
        for x_batch, y_batch in order(loader):
            if other.get("zero", True):
                optimizer.zero_grad()
            F.cross_entropy(model(x_batch), y_batch).backward()
            optimizer.step()
            if measured == "each":
                total += (model(val_loader[0][0]).argmax(dim=1) == val_loader[0][1]).sum().item()
        where = other.get("where", lambda loader, val_loader: val_loader)(loader, val_loader)
        if measured == "after":
            total = sum((model(a).argmax(dim=1) == b).sum().item() for a, b in where)
        if finish:
            return finish(total, loader, val_loader, model)
        return total / sum(len(b) for _, b in where)

    return epoch


def epoch_as_given(model, x, y, x_val, y_val, size, lr):
    optimizer = optim.SGD(model.parameters(), lr=lr)
    F.cross_entropy(model(x[:size]), y[:size]).backward()
    optimizer.step()
    right = (model(x_val[:size]).argmax(dim=1) == y_val[:size]).sum().item()
    return right / math.ceil(len(x) / size)


def epoch_otherwise(model, x, y, x_val, y_val, size, lr):
    for start in range(0, len(x), size):
        loss = nn.CrossEntropyLoss()(model(x[start : start + size]), y[start : start + size])
        slopes = torch.autograd.grad(loss, list(model.parameters()))
        with torch.no_grad():
            for p, slope in zip(model.parameters(), slopes):
                p -= lr * slope
    with torch.no_grad():
        return (model(x_val).argmax(dim=1) == y_val).float().mean()


def shares(total, loader, val_loader, model):
    return mean((model(a).argmax(dim=1) == b).float().mean().item() for a, b in val_loader)


@rejects(
    (epoch_as_given, "as it was given"),
    (epoch_by(order=lambda loader: loader[:1]), "first batch only"),
    (epoch_by(order=lambda loader: [loader[0]] * len(loader)), "the first batch again and again"),
    (epoch_by(order=lambda loader: loader[:-1]), "last batch"),
    (epoch_by(order=lambda loader: loader[::-1]), "reverse order"),
    (epoch_by(order=lambda loader: loader * 2), "twice"),
    (epoch_by(order=lambda loader: []), "has not moved"),
    (epoch_by(zero=False), "zero_grad"),
    (epoch_by(finish=lambda total, loader, val, model: total / len(loader)), "training batches"),
    (epoch_by(finish=lambda total, loader, val, model: total / len(val)), "validation batches"),
    (epoch_by(finish=lambda total, loader, val, model: total), "number of right answers"),
    (epoch_by(finish=shares), "mean over the batches"),
    (epoch_by(where=lambda loader, val: val[:1]), "first validation batch"),
    (epoch_by(where=lambda loader, val: loader), "training samples"),
    (
        epoch_by(
            measured="each",
            finish=lambda total, loader, val, model: total / (len(loader) * len(val[0][1])),
        ),
        "after the last step",
    ),
    (epoch_by(finish=lambda *args: None), "return"),
)
@accepts(
    epoch_by(),
    epoch_otherwise,
    epoch_by(
        finish=lambda total, loader, val, model: torch.tensor(total / sum(len(b) for _, b in val))
    ),
)
def check_epoch(epoch):
    for classes, count, size, val_count in ((3, 14, 4, 19), (4, 13, 5, 17)):
        layer, data, val, lr, right, wrong = drawn(
            partial(an_epoch, classes, count, size, val_count),
            lambda found: len(found[5]) == 11 and found[4] not in found[5],
        )
        model = epoch.lend(nn.Linear, len(data[0][0]), classes)
        model.load(named(layer))
        given = [tensor(data[0]), make_tensor(data[1]), tensor(val[0]), make_tensor(val[1])]
        answer = epoch(model, *given, size, lr)
        batches = batches_of(data, size)
        now = plain(model.parameters().data)
        once = step(layer, *batches[0], lr)
        if moved_to(now, once) and number_is(answer, given_value(once, val, size, len(batches))):
            raise NotAttempted(f"{answer.call} still gives what the code as it was given gives.")
        judge_training(answer, now, layer, batches, lr)
        expect(answer, right, wrong=list(wrong.items()), dtype="", rtol=0, atol=1e-6)


def named(layer):
    return {"weight": layer[0], "bias": layer[1]}


def moved_to(now, layer):
    return close([*flat(now["weight"]), *flat(now["bias"])], flat(list(layer)), 1e-3, 1e-4)


def number_is(answer, value):
    found = plain(answer.data)
    return isinstance(found, int | float) and math.isclose(found, value, abs_tol=1e-6)


def given_value(layer, val, size, count):
    return count_right(layer, batches_of(val, size)[0]) / count


def an_epoch(classes, count, size, val_count):
    """A layer, data, validation data, learning rate, the right answer, and the wrong ones."""
    features = 3
    layer = [numbers(features, -1, 1) for _ in range(classes)], numbers(classes, -1, 1)
    labels = [n % classes for n in range(max(count, val_count))]
    data = [numbers(features, -2, 2) for _ in range(count)], dice.sample(labels[:count], count)
    val = [numbers(features, -2, 2) for _ in range(val_count)]
    val = val, dice.sample(labels[:val_count], val_count)
    lr = dice.choice([0.5, 0.75, 1.0])
    batches, val_batches = batches_of(data, size), batches_of(val, size)
    layers = layers_of(layer, batches, lr)
    last = layers[-1]
    for sample in val[0] + data[0]:  # no two scores may be so near that rounding decides
        scores = sorted(linear_rows([sample], *last)[0])
        if scores[-1] - scores[-2] < 0.01:
            return [None] * 4 + [0.0, {0.0: ""}]
    total = count_right(last, val)
    wrong = {
        count_right(layer, val) / val_count: (
            "This is the accuracy before the epoch. Measure after the last step."
        ),
        sum(count_right(one, val_batches[0]) for one in layers) / (len(layers) * size): (
            "Measure once, after the last step, on all the validation samples. This adds up "
            "measurements after each step."
        ),
        sum(count_right(one, val) for one in layers) / (len(layers) * val_count): (
            "This is a mean over all the steps. Measure once, after the last step."
        ),
        count_right(last, data) / count: (
            "This is the accuracy on the training samples. Measure on the validation samples."
        ),
        count_right(last, val_batches[0]) / len(val_batches[0][1]): (
            "This was measured on the first validation batch only."
        ),
        mean(count_right(last, batch) / len(batch[1]) for batch in val_batches): (
            "This is a mean over the batches, and the last one is smaller than the others. Count "
            "the right answers of all batches, and divide by the number of all samples."
        ),
        total / len(batches): (
            "The right answers were divided by the number of training batches. Divide by the "
            "number of validation samples."
        ),
        total / len(val_batches): (
            "The right answers were divided by the number of validation batches. Divide by the "
            "number of validation samples."
        ),
        float(total): (
            "This is the number of right answers. Divide by the number of validation samples."
        ),
        total / count: (
            "The right answers were divided by the number of training samples. Divide by the "
            "number of validation samples."
        ),
        1 - total / val_count: "This is the share of the wrong answers.",
    }
    return layer, data, val, lr, total / val_count, wrong


def judge_training(answer, now, layer, batches, lr):
    """Refuse a model that is not where one epoch takes it."""
    if moved_to(now, layers_of(layer, batches, lr)[-1]):
        return
    total = [[0.0] * len(layer[0][0]) for _ in layer[0]], [0.0] * len(layer[1])
    kept = layer
    for batch in batches:  # gradients that are never set back
        after = step(kept, *batch, lr)
        total = tuple(
            nested(lambda t, old, new: t + old - new, *three)
            for three in zip(total, kept, after, strict=True)
        )
        kept = tuple(nested(lambda old, t: old - t, *two) for two in zip(kept, total, strict=True))
    for place, sentence in (
        (layer, "The model has not moved. Train `model` as it was handed over."),
        (
            step(layer, *batches[0], lr),
            "The model was trained on the first batch only. Where does the loop end?",
        ),
        (
            layers_of(layer, batches[:1] * len(batches), lr)[-1],
            "The model was trained on the first batch again and again. `iter(...)` begins anew "
            "each time: let `for` go through the batches.",
        ),
        (
            layers_of(layer, batches[:-1], lr)[-1],
            "The last batch is missing. It is smaller than the others, and belongs to the epoch.",
        ),
        (
            layers_of(layer, batches[::-1], lr)[-1],
            "The batches came in the reverse order. Take them as they are.",
        ),
        (layers_of(layer, batches * 2, lr)[-1], "The model was trained on each batch twice."),
        (kept, "The slopes of earlier batches are still there. `zero_grad` belongs to each step."),
        (
            step(layer, sum((b[0] for b in batches), []), sum((b[1] for b in batches), []), lr),
            "There was one step on all samples at once. Make one step with each batch.",
        ),
    ):
        if moved_to(now, place):
            answer.refuse(sentence)
    answer.refuse(
        "The model is not where one epoch of gradient descent takes it: one step with each batch "
        "of `loader`, in order, and no steps in between or with the validation samples."
    )


def nested(function, *lists):
    """`function` of numbers at the same place of nested lists."""
    if isinstance(lists[0], list):
        return [nested(function, *items) for items in zip(*lists, strict=True)]
    return function(*lists)


# 7. Which filter saw this?

MATCHED = ["B", "D", "A", "C"]


def filters_and_maps():
    """The four filters of the exercise, (4, 5, 5), and their maps in another order, (4, 24, 24)."""
    shirt = draw_garments(make_tensor([2]), torch.Generator().manual_seed(4)) / 255
    ramp = make_tensor([-0.1, -0.1, 0.0, 0.1, 0.1])
    ring = torch.full((5, 5), -1 / 25)
    ring[1:4, 1:4] = 16 / 225
    kernels = [ramp[:, None].expand(5, 5), ramp.expand(5, 5), torch.full((5, 5), 1 / 25), ring]
    maps = F.conv2d(shirt[:, None], torch.stack(kernels)[:, None])[0]
    return torch.stack(kernels), maps[["ABCD".index(letter) for letter in MATCHED]]


@rejects(
    (["A", "D", "B", "C"], "upright"),
    (["B", "C", "A", "D"], "softer"),
    (["A", "C", "B", "D"], "softer"),
    (["D", "B", "A", "C"], "upright"),
    (["B", "A", "D", "C"], "level"),
    (["A", "B", "C"], "four letters"),
    (["B", "D", "A", "A"], "four letters"),
)
@accepts(MATCHED, "BDAC", "b, d, a, c", ("B", "D", "A", "C"))
def check_matched(matched):
    answer, letters = letters_once(matched, "four letters", "ABCD")
    for place, sentence in (
        (3, "Map 4 is the garment, only softer: that is what a mean of the window gives."),
        (0, "Map 1 shows upright edges. Which filter compares left with right?"),
        (2, "Map 3 shows level edges. Which filter compares above with below?"),
    ):
        if letters[place] != MATCHED[place]:
            answer.refuse(sentence)


# 8. Mirrored


def mirrored_by(image=None, flip=None, label=None, length=None, place=None):
    """The class of exercise 8, with the usual mistakes as options; for answers below."""
    image = image or (lambda x: x[None] / 255)
    flip = flip or (lambda x: x.flip(-1))

    class Made:
        def __init__(self, x, y):
            self.x, self.y = x, y

        def __len__(self):
            return length(len(self.x)) if length else 2 * len(self.x)

        def __getitem__(self, index):
            n = len(self.x)
            turned, index = place(index, n) if place else (index >= n, index % n)
            x = self.x[index]
            return image(flip(x) if turned else x), self.y[label(index, n) if label else index]

    return Made


class MirroredAtOnce:
    """`Mirrored`, written differently: all images are made at the start."""

    def __init__(self, x, y):
        x = x.unsqueeze(1).float().div(255)
        self.pairs = list(
            zip(torch.cat([x, x[..., torch.arange(x.shape[-1] - 1, -1, -1)]]), [*y] * 2)
        )

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, index):
        return self.pairs[index]


class MirroredLate(torch.utils.data.Dataset):
    def __init__(self, x, y):
        self.x, self.y = x, y.tolist()

    def __len__(self):
        return len(self.x) + len(self.x)

    def __getitem__(self, index):
        turned, index = divmod(index, len(self.x))
        x = self.x[index].to(torch.float32).reshape(1, *self.x.shape[1:]) / 255.0
        return [torch.flip(x, dims=(2,)) if turned else x, self.y[index]]


class NoLength(mirrored_by()):
    __len__ = None


class ChangesItself(mirrored_by()):
    def __getitem__(self, index):
        n = len(self.x)
        if index >= n:
            self.x[index - n] = self.x[index - n].flip(-1)
        return self.x[index % n][None] / 255, self.y[index % n]


@rejects(
    (mirrored_by(image=lambda x: x[None].float()), "between 0 and 1"),
    (mirrored_by(image=lambda x: x[None] / 256), "255"),
    (mirrored_by(image=lambda x: x[None]), "`float32`"),
    (mirrored_by(image=lambda x: x / 255), "channel"),
    (mirrored_by(image=lambda x: x[..., None] / 255), "channel"),
    (mirrored_by(image=lambda x: x[None, None] / 255), "One dimension too many"),
    (mirrored_by(flip=lambda x: x), "not mirrored"),
    (mirrored_by(flip=lambda x: x.flip(0)), "upside down"),
    (mirrored_by(flip=lambda x: x.flip(0, 1)), "half a turn"),
    (mirrored_by(flip=lambda x: x.T), "Rows and columns"),
    (mirrored_by(place=lambda i, n: (i < n, i % n)), "should be image"),
    (mirrored_by(place=lambda i, n: (i % 2, i // 2)), "first all the images"),
    (
        mirrored_by(place=lambda i, n: (i >= n, n - 1 - i % n if i >= n else i)),
        "first all the images",
    ),
    (mirrored_by(length=lambda n: n), "twice as many"),
    (mirrored_by(length=lambda n: 2 * n + 1), "twice as many"),
    (mirrored_by(label=lambda i, n: n - 1 - i), "label"),
    (NoLength, "__len__"),
    (ChangesItself, "changed its own input"),
    (lambda x, y: None, "return"),
)
@accepts(mirrored_by(), MirroredAtOnce, MirroredLate)
def check_Mirrored(work):
    for count, height, width in ((5, 4, 6), (3, 5, 3), (7, 2, 4)):
        images, labels = some_images(count, height, width), dice.sample(range(10), count)
        dataset = work.make(make_tensor(images, dtype=torch.uint8), make_tensor(labels))
        length = dataset.length()
        if plain(length.data) != 2 * count:
            expect(
                length,
                2 * count,
                wrong=[
                    (n, f"There are {count} images, and twice as many samples.") for n in range(99)
                ],
                dtype="",
            )
        for index in dice.sample(range(2 * count), 2 * count):
            expect_image(dataset.item(index), images, labels, index)


def some_images(count, height, width):
    """Images without any symmetry, as nested lists, in which no two numbers are alike."""
    pixels = [dice.sample(range(1, 255), height * width) for _ in range(count)]
    return [[one[i : i + width] for i in range(0, len(one), width)] for one in pixels]


def scaled(image, by=255):
    return [[pixel / by for pixel in row] for row in image]


def expect_image(answer, images, labels, index):
    """Sample `index` of `Mirrored` of these images."""
    count, place = len(images), index % len(images)
    image, label = scaled(images[place]), labels[place]
    mirrored = [row[::-1] for row in image]
    right, other = (image, mirrored) if index < count else (mirrored, image)
    turned = [list(column) for column in zip(*image, strict=True)]
    raw = images[place] if index < count else [row[::-1] for row in images[place]]
    wrong = [
        (
            ([other], label),
            f"Sample {index} should be image {place} "
            + ("as it is." if index < count else "mirrored, and it is not mirrored."),
        ),
        (([raw], label), "The pixels have to become numbers between 0 and 1: divide by 255."),
        (([scaled(raw, 256)], label), "White is 255, and has to become 1: divide by 255."),
        (
            (right, label),
            "The dimension of the channels is missing: the shape is (1, height, width).",
        ),
        (
            ([[[v] for v in row] for row in right], label),
            "The dimension of the channels comes first: the shape is (1, height, width).",
        ),
        (
            ([[right]], label),
            "One dimension too many: a sample has no dimension for the batch. The loader makes it.",
        ),
        (
            ([image[::-1]], label),
            "This image is upside down. Left and right have to change places.",
        ),
        (
            ([[row[::-1] for row in image[::-1]]], label),
            "This is half a turn: upside down, and mirrored as well. Only left and right have to "
            "change places.",
        ),
        (([turned], label), "Rows and columns have changed places. Mirror left and right."),
        *[
            (([right], some), "The image is right, and the label belongs to another one.")
            for some in range(10)
            if some != label
        ],
    ]
    for n, one in enumerate(images):
        if n != place:
            sentence = f"This is image {n}, and sample {index} is image {place}: first all the "
            sentence += "images as they are, then all of them mirrored, in the same order."
            both = scaled(one), [row[::-1] for row in scaled(one)]
            wrong += [(([way], labels[n]), sentence) for way in both]
    expect(answer, ([right], label), wrong=wrong, dtype=("float32", ""))


# 6. Suspects


def suspects_by(losses=None, largest=True, finish=None, ordered=True):
    """The function of exercise 6, with the usual mistakes as options; for answers below."""
    losses = losses or (lambda z, y: F.cross_entropy(z, y, reduction="none"))

    def suspects(logits, labels, count):
        found = losses(logits, labels).sort(descending=largest)
        if finish:
            return finish(found, count)
        return found.indices[:count] if ordered else found.indices[:count].flip(0)

    return suspects


def of_label(z, y):
    return z[range(len(z)), y]


def suspects_in_python(logits, labels, count):
    losses = [(z.logsumexp(0) - z[label]).item() for z, label in zip(logits, labels)]
    return sorted(range(len(losses)), key=lambda n: -losses[n])[:count]


def suspects_by_probability(logits, labels, count):
    p = torch.softmax(logits, dim=1)
    return of_label(p, labels).topk(count, largest=False).indices


SUSPECTS_WRONG = [
    (
        suspects_by(largest=False),
        "These are the samples with the *lowest* losses. A wrong label makes a high one.",
    ),
    (
        suspects_by(ordered=False),
        "The right samples, but the highest loss comes first.",
    ),
    (
        suspects_by(lambda z, y: -torch.softmax(z, dim=1).amax(dim=1)),
        "These are the samples where the model is least sure of its own answer, and that is also "
        "the loss of the model's own answer. Take the loss, or the probability, of the *label*.",
    ),
    (
        suspects_by(lambda z, y: torch.softmax(z, dim=1).amax(dim=1)),
        "These are the samples where the model is most sure, whatever the label is. Look at the "
        "loss.",
    ),
    (
        suspects_by(lambda z, y: -of_label(z, y)),
        "These are the lowest scores of the label. Scores of different samples cannot be compared "
        "before a softmax.",
    ),
    (
        suspects_by(lambda z, y: (z.argmax(dim=1) != y).float()),
        "These are samples where the model disagrees with the label, in the order of their places. "
        "The highest loss comes first.",
    ),
    (
        suspects_by(lambda z, y: -of_label(torch.softmax(z, dim=0), y)),
        "The softmax goes over the classes of each sample: `dim=1`.",
    ),
]


@rejects(
    *SUSPECTS_WRONG,
    (
        suspects_by(lambda z, y: F.cross_entropy(z, z.argmax(dim=1), reduction="none")),
        "loss of the model's own answer",
    ),
    (suspects_by(finish=lambda found, count: found.values[:count]), "the losses themselves"),
    (suspects_by(finish=lambda found, count: found.indices), "expected"),
    (suspects_by(finish=lambda found, count: found.indices[:1]), "expected"),
    (suspects_by(finish=lambda found, count: found), "expected"),
    (lambda *args: None, "return"),
)
@accepts(
    suspects_by(),
    suspects_in_python,
    suspects_by_probability,
    suspects_by(lambda z, y: -torch.log_softmax(z, dim=1).gather(1, y[:, None])[:, 0]),
    suspects_by(finish=lambda found, count: tuple(found.indices[:count].tolist())),
)
def check_suspects(suspects):
    for samples, classes, count in ((12, 4, 3), (15, 5, 4), (11, 4, 3)):

        def draw(samples=samples, classes=classes):
            rows, labels = [], []
            for _ in range(samples):
                label, sure = dice.randrange(classes), dice.choice([1.0, 2.0, 4.0, 6.0])
                shift = dice.choice([-6.0, 0.0, 5.0])
                z = [v + shift for v in numbers(classes, -1, 1)]
                z[label] += sure
                rows.append(z)
                labels.append(label)
            for n in dice.sample(range(samples), 5):
                labels[n] = (labels[n] + dice.randrange(1, classes)) % classes
            return rows, labels

        def good(found, count=count):
            losses = sorted(losses_of(*found), reverse=True)
            if min(a - b for a, b in zip(losses[: count + 1], losses[1:], strict=False)) < 0.05:
                return False
            given = tensor(found[0]), make_tensor(found[1]), count
            right = suspects_in_python(*given)
            others = [make(*given).tolist() for make, _ in SUSPECTS_WRONG]
            return right not in others and all(
                a != b for i, a in enumerate(others) for b in others[:i]
            )

        rows, labels = drawn(draw, good)
        losses = losses_of(rows, labels)
        right = sorted(range(samples), key=lambda n: -losses[n])[:count]
        given = tensor(rows), make_tensor(labels), count
        answer = suspects(*given)
        wrong = [(make(*given).tolist(), sentence) for make, sentence in SUSPECTS_WRONG]
        judge_places(answer, right, wrong, losses)


def losses_of(rows, labels):
    return [
        math.log(sum(math.exp(v) for v in z)) - z[label]
        for z, label in zip(rows, labels, strict=True)
    ]


def judge_places(answer, right, wrong, losses):
    """Refuse what is not these places, as a list, a tuple or a tensor of whole numbers."""
    value = plain(answer.data)
    form = f"{len(right)} indices, such as {right[::-1]}, are expected"
    if answer.data.kind == "none" or answer.data.kind in ("odd", "text", "dict", "set"):
        expect(answer, [float(n) for n in right], dtype="")
    if not isinstance(value, list | tuple) or len(value) != len(right):
        answer.refuse(f"This is {answer.data.what}, and {form.replace(str(right[::-1]), '...')}.")
    if not all(isinstance(v, int | float) and type(v) is not bool for v in value):
        answer.refuse(f"This is {answer.data.what}, and {len(right)} indices are expected.")
    if any(v != int(v) for v in value if math.isfinite(v)) or not all(map(math.isfinite, value)):
        top = sorted(losses, reverse=True)[: len(right)]
        if close(list(value), top, 1e-3, 1e-3):
            answer.refuse("These are the losses themselves. Return the indices of their samples.")
        answer.refuse(f"Indices are whole numbers, and {len(right)} of them are expected.")
    if list(value) == right:
        if "complex" in answer.data.dtype or "float" in answer.data.dtype:
            answer.refuse("Indices are whole numbers: let the tensor be of dtype `int64`.")
        return
    for places, sentence in wrong:
        if list(value) == places:
            answer.refuse(sentence, str(right))
    if sorted(value) == sorted(right):
        answer.refuse("The right samples, in another order: the highest loss comes first.")
    answer.refuse("These are not the samples with the highest losses.", str(right))


# 9. Saved, or loaded


class Trap:
    """Saved in a file, it asks for a folder of this name to be made when it is loaded."""

    def __init__(self, name):
        self.name = name

    def __reduce__(self):
        return os.mkdir, (self.name,)


def resume_by(save=None, load=None, into=True, words=("saved", "loaded", "refused"), **other):
    """The function of exercise 9, with the usual mistakes as options; for answers below."""

    def resume(model, path):
        if Path(path).exists() is other.get("turned", False):
            (save or (lambda m, p: torch.save(m.state_dict(), p)))(model, path)
            return words[0]
        try:
            weights = (load or partial(torch.load, weights_only=True))(path)
        except pickle.UnpicklingError:
            return words[2]
        if into and isinstance(weights, dict):
            model.load_state_dict(weights)
        return words[1]

    return resume


def resume_otherwise(model, path):
    if os.path.isfile(path):
        try:
            found = torch.load(path)
        except Exception:
            return "refused"
        with torch.no_grad():
            for name, p in model.named_parameters():
                p.copy_(found[name])
        return "loaded"
    torch.save(dict(model.state_dict()), path)
    return "saved"


@rejects(
    (resume_by(load=partial(torch.load, weights_only=False)), "has done what the file asked for"),
    (resume_by(save=torch.save), "state dict"),
    (resume_by(save=lambda m, p: None), "no file"),
    (resume_by(save=lambda m, p: torch.save([*m.parameters()], p)), "state dict"),
    (resume_by(into=False), "not in the model"),
    (resume_by(words=("saved", "loaded", None)), "return"),
    (resume_by(words=(True, "loaded", "refused")), '"saved"'),
    (resume_by(words=("loaded", "saved", "refused")), '"saved"'),
    (resume_by(words=("saved", "loaded", "loaded")), '"refused"'),
)
@accepts(resume_by(), resume_otherwise)
def check_resume(resume):
    with TemporaryDirectory() as folder:
        path, trap, made = (str(Path(folder, name)) for name in ("a.pt", "trap.pt", "made"))
        ours, theirs = ({"weight": [numbers(3, -1, 1)], "bias": numbers(1, -1, 1)} for _ in "ab")
        model = resume.lend(nn.Linear, 3, 1)
        model.load(ours)
        said(resume(model, path), "saved")
        if not Path(path).is_file():
            resume.read().refuse("After the first call there is no file of that name.")
        try:
            kept = plain_dict(torch.load(path, weights_only=True))
        except Exception:
            kept = None
        if kept != plain_dict({name: tensor(value) for name, value in ours.items()}):
            resume.read().refuse("The file does not hold the state dict of the model: save that.")
        torch.save({name: tensor(value) for name, value in theirs.items()}, path)
        said(resume(model, path), "loaded")
        now = plain(model.parameters().data)
        if not close(flat(list(now.values())), flat(list(theirs.values())), 1e-5, 1e-6):
            resume.read().refuse("After the second call, the file's numbers are not in the model.")
        torch.save(Trap(made), trap)
        answer = resume(model, trap)
        if Path(made).exists():
            answer.refuse(
                "`torch.load` has done what the file asked for: it has made a folder, and could "
                "have done anything. Load with `weights_only=True`."
            )
        said(answer, "refused")


def plain_dict(state):
    return {name: value.tolist() for name, value in state.items()}


def said(answer, word):
    """Refuse an answer that is not this word."""
    if answer.data.kind == "none":
        expect(answer, 0.0, dtype="")
    if plain(answer.data) != word:
        answer.refuse(f'This is {answer.data.what}, and "{word}" is expected.', f'"{word}"')


# 10. Ask a model about one image


class Asked(nn.Module):
    """A model for one exercise: particular about its input, and not itself while it is trained."""

    def __init__(self, weight, noise):
        super().__init__()
        self.weight, self.noise = nn.Parameter(tensor(weight)), tensor(noise)
        self.graph = -1

    def forward(self, x):
        height, width = self.weight.shape[1:]
        if x.dim() != 4 or tuple(x.shape[1:]) != (1, height, width):
            text = f"expected a batch of shape (batch, 1, {height}, {width}), got {tuple(x.shape)}"
            raise ValueError(text)
        if not x.is_floating_point():
            raise ValueError(f"expected numbers from 0 to 1, got a tensor of dtype {x.dtype}")
        self.graph = int(torch.is_grad_enabled())
        logits = (x * self.weight).sum(dim=(2, 3))  # (batch, classes), as channels are broadcast
        return logits + self.noise if self.training else logits


ASK_ADVICE = {
    "expected a batch of shape": (
        "A model wants a batch, even for one image: two dimensions of size 1 are missing in front, "
        "one for the batch and one for the channel. `image[None, None]` has both."
    ),
    "expected numbers from 0 to 1": "Divide the image by 255.",
}


def ask_by(evaluate=True, scale=255, soft=None, graph=False, finish=None, shape=None):
    """The function of exercise 10, with the usual mistakes as options; for answers below."""
    soft = soft or (lambda z: torch.softmax(z, dim=1))
    shape = shape or (lambda image: image[None, None])

    def ask(model, image):
        if evaluate:
            model.eval()
        with torch.set_grad_enabled(graph):
            p = soft(model(shape(image) / scale))[0]
        best = p.argmax().item()
        return finish(best, p) if finish else (best, p[best].item())

    return ask


def ask_otherwise(model, image):
    was = model.training
    model.train(False)
    with torch.inference_mode():
        found = model(image.view(1, 1, *image.shape).float().div(255)).softmax(-1).squeeze().max(0)
    model.train(was)
    return [int(found.indices), float(found.values)]


@rejects(
    (ask_by(evaluate=False), "`eval`"),
    (ask_by(scale=1.0), "255"),
    (ask_by(soft=lambda z: z), "softmax"),
    (ask_by(soft=torch.sigmoid), "sigmoid"),
    (ask_by(soft=lambda z: torch.log_softmax(z, dim=1)), "logarithm"),
    (ask_by(soft=lambda z: torch.softmax(z, dim=0)), "batch"),
    (ask_by(graph=True), "no_grad"),
    (ask_by(shape=lambda image: image), "`image[None, None]`"),
    (ask_by(shape=lambda image: image[None]), "`image[None, None]`"),
    (ask_by(finish=lambda best, p: (p[best].item(), best)), "changed places"),
    (ask_by(finish=lambda best, p: best), "2 values"),
    (ask_by(finish=lambda best, p: (best + 1, p[best].item())), "counted from 0"),
    (ask_by(finish=lambda best, p: (best, 100 * p[best].item())), "percent"),
    (ask_by(finish=lambda best, p: (p.argmin().item(), p.min().item())), "least probable"),
    (lambda model, image: None, "return"),
)
@accepts(
    ask_by(),
    ask_otherwise,
    ask_by(finish=lambda best, p: (torch.tensor(best), p[best])),
)
def check_ask(ask):
    for classes, height, width in ((4, 3, 5), (6, 4, 4), (5, 6, 3)):

        def draw(classes=classes, height=height, width=width):
            weight = [[numbers(width, -1, 1) for _ in range(height)] for _ in range(classes)]
            noise = [6.0 * dice.random() for _ in range(classes)]
            return weight, noise, some_images(1, height, width)[0]

        def good(found):
            right, wrong = asked(*found)
            p = right[1]
            values = [right, *[w for w, _ in wrong]]
            return 0.45 < p < 0.9 and apart(*map(list, values), by=0.02)

        weight, noise, image = drawn(draw, good)
        right, wrong = asked(weight, noise, image)
        model = ask.lend(Asked, weight, noise)
        answer = advised(ASK_ADVICE, ask, model, make_tensor(image, dtype=torch.uint8))
        expect(answer, right, wrong=wrong, dtype="", rtol=1e-3)
        if plain(model.attribute("graph").read().data) == 1:
            answer.refuse("The numbers are right. Nobody will call `backward`: use `no_grad`.")


def asked(weight, noise, image):
    """The right answer, and pairs of a wrong one and its sentence."""

    def scores(by=255):
        pixels = [v / by for v in flat(image)]
        return [sum(w * v for w, v in zip(flat(one), pixels, strict=True)) for one in weight]

    def soft(z):
        powers = [math.exp(v - max(z)) for v in z]
        return [v / sum(powers) for v in powers]

    def best(values, choose=max):
        return values.index(choose(values)), choose(values)

    z = scores()
    p = soft(z)
    label, share = best(p)
    noisy = best(soft([v + n for v, n in zip(z, noise, strict=True)]))
    return (label, share), [
        (
            noisy,
            "Nearly: this model behaves differently in training mode. Call its `eval` first.",
        ),
        (best(soft(scores(1))), "The model wants pixels between 0 and 1: divide by 255."),
        (best(z), "This is a score. The softmax makes probabilities of the scores."),
        (
            best([1 / (1 + math.exp(-v)) for v in z]),
            "This is the sigmoid of a score. With several classes, the softmax makes probabilities "
            "that add up to 1.",
        ),
        ((label, math.log(share)), "This is the logarithm of the probability."),
        (
            (0, 1.0),
            "A softmax over the dimension of the batch, where there is one image, gives 1 for "
            "every class. The classes are in `dim=1`.",
        ),
        ((share, label), "The two have changed places: first the class, then its probability."),
        ((label + 1, share), "Classes are counted from 0."),
        ((label, 100 * share), "Write the probability as a number from 0 to 1, not in percent."),
        (best(p, min), "This is the least probable class."),
    ]


# 11. Over 91 percent

TRAIN, TEST = 2000, 1000
ENOUGH = 0.91


def labels_of(count, seed):
    return torch.randint(10, (count,), generator=torch.Generator().manual_seed(seed))


def quiz():
    """Drawn garments: 2,000 images with their labels, and 1,000 more without, as `x, y, x_new`.

    x, x_new: uint8 from 0 to 255, shape (samples, 28, 28).
    y:        the kind, a whole number from 0 to 9, shape (samples,).
    """
    generator = torch.Generator().manual_seed(1911)
    y, hidden = labels_of(TRAIN, 1912), labels_of(TEST, 1913)
    return draw_garments(y, generator), y, draw_garments(hidden, generator)


def guessed(share):
    """The right labels, of which this share is kept."""
    right = labels_of(TEST, 1913)
    wrong = torch.arange(TEST) >= round(share * TEST)
    return torch.where(wrong, (right + 3) % 10, right)


@rejects(
    (guessed(0.905), "90.5 %"),
    (guessed(0.6), "60.0 %"),
    (guessed(0.88), "88.0 %"),
    (torch.zeros(TEST, dtype=torch.int64), "all the same"),
    (labels_of(TEST, 5), "chance"),
    ((guessed(1.0) + 1), "counted from 0"),
    (guessed(1.0)[:500], "1000 labels"),
    (F.one_hot(guessed(1.0), 10).float(), "argmax"),
    (guessed(1.0)[:, None], "1000 labels"),
    (guessed(1.0) + 0.5, "whole numbers"),
    (labels_of(TRAIN, 1912), "1000 labels"),
    (0.95, "1000 labels"),
    (["Bag"] * TEST, "1000 labels"),
)
@accepts(guessed(0.91), guessed(0.97), guessed(1.0).tolist(), guessed(0.95).float())
def check_guesses(guesses):
    answer = guesses.read()
    values = plain(answer.data)
    if answer.data.shape == (TEST, 10):
        answer.refuse("These are scores. `argmax(dim=1)` gives the label with the largest one.")
    if not isinstance(values, list | tuple) or len(values) != TEST:
        answer.refuse(f"This is {answer.data.what}, and {TEST} labels are expected, one per image.")
    if not all(isinstance(v, int | float) and type(v) is not bool for v in values):
        answer.refuse(f"This is {answer.data.what}, and {TEST} labels are expected: numbers.")
    if not all(math.isfinite(v) and v == int(v) for v in values):
        answer.refuse("Labels are whole numbers from 0 to 9.")
    if len(set(values)) == 1:
        answer.refuse("The labels are all the same. Is it the model that gives them?")
    right = labels_of(TEST, 1913).tolist()
    share = mean(a == b for a, b in zip(values, right, strict=True))
    if share >= ENOUGH:
        return
    if mean(a == b + 1 for a, b in zip(values, right, strict=True)) > ENOUGH:
        answer.refuse("Classes are counted from 0, and these labels from 1.")
    if share < 0.2:
        answer.refuse(
            f"{100 * share:.1f} % of the labels are right, which is about as many as by chance. "
            "Are the new images prepared just as those of the training? Is their order kept?"
        )
    answer.refuse(f"{100 * share:.1f} % of the labels are right, and 91 % are wanted.")
