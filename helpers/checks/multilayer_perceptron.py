"""The checks of `solutions/10_multilayer_perceptron.md`."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from helpers.checks.engine import (
    accepts,
    advised,
    apart,
    choose,
    dice,
    drawn,
    expect,
    flat,
    mean,
    numbers,
    plain,
    rejects,
    tensor,
)
from helpers.checks.engine.mistakes import close, wrong_shape

make_tensor = torch.tensor  # kept from import time


# Exercise 1


@rejects(
    (["A", "B", "D"], "parabola"),
    (["A", "B", "G"], "at least two of three"),
    (["B", "D", "G"], "both are up"),
    (["A", "D", "G"], "at least one"),
    (["A", "B", "C", "D", "G"], "opposite corners"),
    (["A", "B", "D", "E", "G"], "third switch"),
    (["A", "B", "D", "F", "G"], "one limit"),
    (["C", "E", "F"], "opposite corners"),
    (["A", "B", "H"], "not one of the letters"),
    (4, "list of letters"),
)
@accepts(["A", "B", "D", "G"], "ABDG", ("g", "d", "b", "a"))
def check_straight(straight):
    choose(
        straight,
        ["A", "B", "D", "G"],
        {
            "A": "A was left out. Where both are up, the sum of the two is 2, and elsewhere it is "
            "1 or less: a bias between -2 and -1 tells them apart.",
            "B": "B was left out. Where at least one is up, the sum of the two is 1 or more, and "
            "elsewhere 0.",
            "C": "C is not so. The lit samples lie at opposite corners, as in XOR, with dark and "
            "lit in each other's place.",
            "D": "D was left out. Give each switch the weight 1: at least two of three are up "
            "where the sum is 2 or more.",
            "E": "E is not so. As long as the third switch is down, the rule for the other two is "
            "XOR, and no weights can do that.",
            "F": "F is not so. With one feature, a perceptron has one limit: it is lit on one side "
            "of it. A range needs two limits.",
            "G": "G was left out. With x and its square, the weighted sum is a parabola. One that "
            "opens downwards is positive between its two zeros.",
        },
    )


# Exercise 2


def runs_by(share, certainty, luck=None, rounding=math.ceil):
    """The runs that are needed, by logarithms; with the usual mistakes for answers below."""
    luck = luck or (lambda s, c: math.log(1 - c) / math.log(1 - s))
    return rounding(luck(share, certainty))


def by_loop(share, certainty):
    lucky, runs = 1.0, 0
    while lucky > 1 - certainty:
        lucky, runs = lucky * (1 - share), runs + 1
    return runs


def by_sum(share, certainty):
    """Adds up the probabilities that the first stuck run is number 1, 2, 3 and so on."""
    found, runs = 0.0, 0
    while found < certainty:
        found += (1 - share) ** runs * share
        runs += 1
    return runs


RUNS_WRONG = (
    (
        lambda s, c: runs_by(s, c, rounding=math.floor),
        "This is one too few: the probability that all of them go well is still too large. Round "
        "up.",
    ),
    (lambda s, c: runs_by(s, c) + 1, "This is one too many: one run fewer is enough."),
    (
        lambda s, c: math.ceil(1 / s),
        "This is 1 divided by the share. So many runs have one stuck run among them *on average*, "
        "but often none.",
    ),
    (
        lambda s, c: math.ceil(c / s),
        "Shares do not add up from run to run. What is multiplied is the probability that a run "
        "goes well.",
    ),
    (
        lambda s, c: math.ceil(math.log(1 - c) / math.log(s)),
        "Here the probability that *all* runs are stuck was used. At least one stuck run is the "
        "opposite of: all go well.",
    ),
    (
        lambda s, c: math.ceil(math.log(c) / math.log(1 - s)),
        "The probability that all go well has to be `1 - certainty` or less, and not `certainty`.",
    ),
)


@rejects(
    *[(answer, sentence.split(".")[0]) for answer, sentence in RUNS_WRONG],
    (lambda s, c: runs_by(s, c, rounding=float), "a whole number"),
    (lambda s, c: 4, "not right yet"),
    (lambda s, c: 20, "not right yet"),
    (lambda s, c: (1 - s) ** runs_by(s, c), "a whole number"),
    (lambda s, c: [runs_by(s, c)], "expected"),
    (lambda s, c: None, "return"),
)
@accepts(
    by_loop,
    by_sum,
    runs_by,
    lambda s, c: float(runs_by(s, c)),
    lambda s, c: torch.tensor(runs_by(s, c)),
)
def check_runs_needed(runs_needed):
    cases = [(0.5, 0.9)]
    for low, high in ((0.02, 0.05), (0.05, 0.12), (0.13, 0.25)):

        def draw(low=low, high=high):
            share = round(dice.uniform(low, high), 3)
            return share, dice.choice([0.6, 0.7, 0.8, 0.9, 0.95, 0.97, 0.99, 0.995])

        def good(case):
            exact = math.log(1 - case[1]) / math.log(1 - case[0])
            found = [make(*case) for make, _ in RUNS_WRONG]
            right = math.ceil(exact)
            return 0.03 < exact % 1 < 0.97 and len({*found, right, 4, 20}) == len(found) + 3

        cases.append(drawn(draw, good))
    for share, certainty in reversed(cases):
        answer = runs_needed(share, certainty)
        value = plain(answer.data)
        right = runs_by(share, certainty)
        if answer.data.kind in ("number", "tensor") and isinstance(value, float):
            if math.isfinite(value) and value != round(value):
                answer.refuse(f"This is {value:.4g}, and a whole number of runs is expected.")
        wrong = [(make(share, certainty), sentence) for make, sentence in RUNS_WRONG]
        expect(answer, right, wrong=wrong, dtype="", rtol=0, atol=1e-9)


# Exercise 3


def softmax(z):
    return [math.exp(v) for v in log_softmax(z)]


def log_softmax(z):
    largest = max(z)
    log_sum = largest + math.log(sum(math.exp(v - largest) for v in z))
    return [v - log_sum for v in z]


def stepped(w, b, x, y, lr, rows=False, scale=1.0, sign=1.0, only=None, share=False):
    """`(w, b)` after the step of exercise 3, in plain Python, with the usual mistakes as options.

    rows:  b is added by sample and not by network, as broadcasting does it.
    scale: a factor of all slopes; sign: -1 goes uphill; only: "w" or "b" moves alone.
    share: all networks get the mean of all slopes.
    """
    dw = [[[0.0] * len(x[0]) for _ in classes] for classes in w]
    db = [[0.0] * len(classes) for classes in b]
    for k, weight in enumerate(w):
        for n, (sample, label) in enumerate(zip(x, y, strict=True)):
            bias = b[n if rows else k]
            z = [
                sum(u * v for u, v in zip(line, sample, strict=True)) + c
                for line, c in zip(weight, bias, strict=True)
            ]
            for c, p in enumerate(softmax(z)):
                slope = scale * (p - (c == label)) / len(x)
                db[n if rows else k][c] += slope
                for i, v in enumerate(sample):
                    dw[k][c][i] += slope * v
    if share:
        dw, db = averaged(dw), averaged(db)
    return (
        w if only == "b" else moved(w, dw, sign * lr),
        b if only == "w" else moved(b, db, sign * lr),
    )


def averaged(slopes):
    """The mean over the first dimension, in the place of each."""
    if isinstance(slopes[0][0], list):
        rows = [averaged([network[c] for network in slopes]) for c in range(len(slopes[0]))]
        return [[row[k] for row in rows] for k in range(len(slopes))]
    return [[mean(column) for column in zip(*slopes, strict=True)] for _ in slopes]


def moved(values, slopes, lr):
    if isinstance(values, list):
        return [moved(v, s, lr) for v, s in zip(values, slopes, strict=True)]
    return values - lr * slopes


def step_by(bias=lambda b: b[:, None], loss=None, finish=None):
    """The function of exercise 3, with the usual mistakes as options; for answers below."""

    def step_all(w, b, x, y, lr):
        w, b = w.clone().requires_grad_(), b.clone().requires_grad_()
        logits = x @ w.mT + bias(b)
        each = F.cross_entropy(
            logits.flatten(0, 1), y.expand(len(w), -1).flatten(), reduction="none"
        ).view(len(w), -1)
        (loss or (lambda each: each.mean(dim=1).sum()))(each).backward()
        if finish:
            return finish(w, b, lr)
        return (w - lr * w.grad).detach(), (b - lr * b.grad).detach()

    return step_all


def step_in_turn(w, b, x, y, lr):
    found = []
    for weight, bias in zip(w, b, strict=True):
        weight, bias = weight.clone().requires_grad_(), bias.clone().requires_grad_()
        slopes = torch.autograd.grad(F.cross_entropy(x @ weight.T + bias, y), (weight, bias))
        found.append([p.detach() - lr * s for p, s in zip((weight, bias), slopes, strict=True)])
    return tuple(torch.stack(part) for part in zip(*found, strict=True))


def step_by_formula(w, b, x, y, lr):
    slopes = torch.softmax(x @ w.mT + b.unsqueeze(1), dim=2)
    slopes = (slopes - F.one_hot(y, w.shape[1])) / len(x)  # (networks, samples, classes)
    return w - lr * slopes.mT @ x, b - lr * slopes.sum(dim=1)


def step_in_place(w, b, x, y, lr):
    w.requires_grad_()
    b.requires_grad_()
    loss = F.cross_entropy((x @ w.mT + b[:, None]).flatten(0, 1), y.repeat(len(w)))
    (len(w) * loss).backward()
    with torch.no_grad():
        w -= lr * w.grad
        b -= lr * b.grad
    return w.detach(), b.detach()


STEP_ADVICE = {
    "must match the size": (
        "`b` has the shape (networks, classes), and the product has one dimension more. Say to "
        "which dimensions the two of `b` belong: a `None` in an index adds a dimension of size 1."
    ),
}


@rejects(
    (step_by(bias=lambda b: b, loss=lambda each: each.mean()), "the code as it was given"),
    (step_by(loss=lambda each: each.mean()), "times too small"),
    (step_by(bias=lambda b: b), "to the samples"),
    (step_by(bias=lambda b: b[None]), "to the samples"),
    (step_by(loss=lambda each: each.sum()), "sum over the samples"),
    (step_by(loss=lambda each: each.mean() * each.shape[1]), "by the number of samples"),
    (step_by(finish=lambda w, b, lr: (w + lr * w.grad, b + lr * b.grad)), "uphill"),
    (step_by(finish=lambda w, b, lr: (w - lr * w.grad, b)), "`b` has not moved"),
    (step_by(finish=lambda w, b, lr: (w, b)), "have not moved"),
    (step_by(finish=lambda w, b, lr: (w.grad, b.grad)), "the slopes themselves"),
    (step_by(finish=lambda w, b, lr: (w - w.grad, b - b.grad)), "learning rate"),
    (
        step_by(
            finish=lambda w, b, lr: (
                w - lr * w.grad.mean(dim=0),
                b - lr * b.grad.mean(dim=0),
            )
        ),
        "its own slopes",
    ),
    (step_by(finish=lambda w, b, lr: w - lr * w.grad), "2 values"),
    (
        lambda *args: tuple(part[0] for part in step_by()(*args)),
        "shape",
    ),
    (step_in_place, "changed its own input"),
    (lambda *args: None, "return"),
)
@accepts(
    step_by(),
    step_in_turn,
    step_by_formula,
    step_by(finish=lambda w, b, lr: [w - lr * w.grad, b - lr * b.grad]),
)
def check_step_all(step_all):
    sizes = dice.choice([2, 3])
    for networks, samples in ((4, 4), (3, 5), (5, 2), (1, 3)):
        classes, inputs = (3, sizes) if networks == 4 else (sizes, 3)

        def draw(networks=networks, samples=samples, classes=classes, inputs=inputs):
            w = [[numbers(inputs, -2, 2) for _ in range(classes)] for _ in range(networks)]
            b = [numbers(classes, -2, 2) for _ in range(networks)]
            x = [numbers(inputs, -2, 2) for _ in range(samples)]
            y = [dice.randrange(classes) for _ in x]
            lr = dice.choice([0.25, 0.5, 2.0])
            return (w, b, x, y, lr), steps_of(w, b, x, y, lr)

        def good(found):
            values = list(found[1].values())
            return apart(*values, by=0.01)

        (w, b, x, y, lr), found = drawn(draw, good)
        right = found.pop("right")
        given = found.pop("given", None)
        answer = advised(STEP_ADVICE, step_all, tensor(w), tensor(b), tensor(x), make_tensor(y), lr)
        wrong = [(value, sentence) for sentence, value in found.items()]
        expect(answer, right, wrong=wrong, given=given, count=0, rtol=1e-3)


def steps_of(w, b, x, y, lr):
    """The right step, that of the code as given, and wrong ones by their sentence."""
    networks, samples = len(w), len(x)
    found = {"right": stepped(w, b, x, y, lr)}
    if networks == samples:
        found["given"] = stepped(w, b, x, y, lr, rows=True, scale=1 / networks)
        found[
            "The biases were added to the samples, and not to the networks: with as many networks "
            "as samples that goes unnoticed. `b` needs a dimension of size 1 in the middle."
        ] = stepped(w, b, x, y, lr, rows=True)
    if networks > 1:
        found[
            f"Each slope is {networks} times too small, for {networks} networks: the loss is a "
            "mean over the networks as well. Their losses are to be added up."
        ] = stepped(w, b, x, y, lr, scale=1 / networks)
        found["Each network follows its own slopes, and not the mean of all slopes."] = stepped(
            w, b, x, y, lr, share=True
        )
    if samples != networks > 1:
        found[
            "The slopes were multiplied by the number of samples, and not by that of networks."
        ] = stepped(w, b, x, y, lr, scale=samples / networks)
    found["This is a sum over the samples, and their mean is expected."] = stepped(
        w, b, x, y, lr, scale=samples
    )
    found["This step goes uphill: subtract the slopes."] = stepped(w, b, x, y, lr, sign=-1.0)
    found["Here `b` has not moved, and `w` has."] = stepped(w, b, x, y, lr, only="w")
    found["Here `w` has not moved, and `b` has."] = stepped(w, b, x, y, lr, only="b")
    found["The parameters have not moved."] = (w, b)
    found["The learning rate is missing: the slopes were subtracted as they are."] = stepped(
        w, b, x, y, 1.0
    )
    zeros = moved(w, w, 1.0), moved(b, b, 1.0)
    found["These are the slopes themselves. Return `w` and `b` after the step."] = stepped_from(
        zeros, w, b, x, y
    )
    return found


def stepped_from(zeros, w, b, x, y):
    after = stepped(w, b, x, y, 1.0)
    return tuple(moved(old, new, 1.0) for old, new in zip((w, b), after, strict=True))


# Exercise 4


@rejects(
    (["B", "D"], "XOR once more"),
    (["B", "E"], "nothing bends"),
    (["D", "E"], "both groups on the left"),
    (["B"], "nothing bends"),
    (["A", "B", "D", "E"], "A can be saved"),
    (["B", "C", "D", "E"], "C can be saved"),
    (["B", "D", "E", "F"], "F can be saved"),
    (["C", "F"], "dead unit"),
    (["B", "G"], "not one of the letters"),
    (3, "list of letters"),
)
@accepts(["B", "D", "E"], "BDE", ("e", "b", "d"))
def check_hopeless(hopeless):
    choose(
        hopeless,
        ["B", "D", "E"],
        {
            "A": "A can be saved. Only the dark groups are seen, one by each unit, and the two lit "
            "groups are silent. They may get the same answer.",
            "B": "B was left out. Which groups are silent there? For both groups on the left, no "
            "unit is on, and they belong to different classes.",
            "C": "C can be saved, in spite of its dead unit. The other two see one lit group each, "
            "and the dark groups may be silent.",
            "D": "D was left out. Both units are on for all four groups, so nothing bends: the "
            "whole network is one linear function there.",
            "E": "E was left out. Make the table of what the units give at the four centres: the "
            "output layer gets the corners of a square, XOR once more.",
            "F": "F can be saved, in spite of its dead unit. The third unit is on for the upper "
            "right group, which takes it away from where the other three are.",
        },
    )


# Exercise 5

NAMES = ("hidden.weight", "hidden.bias", "output.weight", "output.bias")


def band_by(weight=1.0, shift=0.0, half=None, bias=None, signs=(1, -1), lit=1):
    """The function of exercise 5, with the usual mistakes as options; for answers below."""

    def band(low, high):
        middle = (low + high) / 2 + shift
        room = half(low, high) if half else (high - low) / 2
        biases = bias(low, high) if bias else (-middle, middle)
        output = torch.zeros(2, 2)
        output[lit] = -1.0 / weight
        base = torch.zeros(2)
        base[lit] = room
        rows = [[s * weight, s * weight] for s in signs]
        return {
            "hidden.weight": torch.tensor(rows),
            "hidden.bias": torch.tensor([weight * v for v in biases]),
            "output.weight": output,
            "output.bias": base,
        }

    return band


def band_but(**changes):
    """A right answer with other tensors, where `hidden_bias` stands for `hidden.bias`."""
    changed = {name.replace("_", "."): change for name, change in changes.items()}

    def band(*args):
        right = band_by()(*args)
        return right | {name: change(right[name]) for name, change in changed.items()}

    return band


def tent(low, high):
    """Up at the lower edge, down again twice as steeply at the middle."""
    middle = (low + high) / 2
    return {
        "hidden.weight": torch.ones(2, 2),
        "hidden.bias": torch.tensor([-low, -middle]),
        "output.weight": torch.tensor([[-0.5, 1.0], [0.5, -1.0]]),
        "output.bias": torch.tensor([0.01, -0.01]),
    }


def outside(low, high):
    """Dark as soon as one of two units is on, each beyond one edge."""
    return {
        "hidden.weight": torch.tensor([[2.0, 2.0], [-2.0, -2.0]]),
        "hidden.bias": torch.tensor([-2 * high, 2 * low]),
        "output.weight": torch.tensor([[1.0, 1.0], [0.0, 0.0]]),
        "output.bias": torch.tensor([0.0, 0.05]),
    }


def with_spare_units(low, high):
    right = band_by()(low, high)
    return {
        "hidden.weight": nn.Parameter(torch.cat([right["hidden.weight"], torch.randn(3, 2)])),
        "hidden.bias": nn.Parameter(torch.cat([right["hidden.bias"], torch.full((3,), -1000.0)])),
        "output.weight": nn.Parameter(torch.cat([right["output.weight"], torch.ones(2, 3)], dim=1)),
        "output.bias": nn.Parameter(right["output.bias"]),
    }


@rejects(
    (band_by(lit=0), "changed places"),
    (band_by(half=lambda low, high: high - low), "too wide"),
    (band_by(half=lambda low, high: (high - low) / 4), "too narrow"),
    (band_by(half=lambda low, high: 0.0), "never"),
    (band_by(half=lambda low, high: -1.0), "never"),
    (band_by(half=lambda low, high: 100.0), "everywhere"),
    (band_by(shift=0.4), "in the wrong place"),
    (band_by(bias=lambda low, high: (0.0, 0.0)), "in the wrong place"),
    (band_by(bias=lambda low, high: ((low + high) / 2, -(low + high) / 2)), "sign"),
    (band_by(signs=(1, 1)), "one side"),
    (band_by(signs=(-1, -1)), "one side"),
    (band_but(hidden_weight=lambda w: w * torch.tensor([1.0, -1.0])), "the same sum"),
    (band_but(hidden_weight=lambda w: w * torch.tensor([1.0, 0.0])), "the same sum"),
    (band_but(hidden_weight=lambda w: w / 2), "the band is"),
    (lambda low, high: band_by()(1.0, 4.0), "in the wrong place"),
    (lambda low, high: outside(low, high) | {"output.bias": torch.zeros(2)}, "never"),
    (band_but(output_weight=lambda w: -w), "everywhere"),
    (band_but(output_weight=lambda w: w[:1]), "shape"),
    (band_but(hidden_weight=lambda w: w[0]), "shape"),
    (band_but(hidden_bias=lambda b: b[:, None]), "shape"),
    (band_but(hidden_bias=lambda b: b.tolist()), "a tensor is expected"),
    (band_but(output_bias=lambda b: b * math.nan), "ordinary numbers"),
    (lambda *args: list(band_by()(*args).values()), "a dict of four tensors"),
    (lambda *args: dict(list(band_by()(*args).items())[:3]), "`output.bias` is missing"),
    (lambda *args: band_by()(*args) | {"bend": torch.zeros(1)}, "one more than expected"),
    (lambda *args: None, "return"),
)
@accepts(band_by(), tent, outside, with_spare_units, band_by(weight=3.0))
def check_band(band):
    cases = [(-7.5, -4.0), (-1.5, 3.0), (3.25, 5.0), (2.0, 9.5), (-9.25, -8.0)]
    for low, high in dice.sample(cases, 4):
        answer = band(low, high)
        layer = read_layers(answer)
        edges = [low - 0.11, low + 0.11, high - 0.11, high + 0.11]
        sums = [s / 2 for s in range(-39, 40) if min(abs(s / 2 - low), abs(s / 2 - high)) > 0.11]
        said = {s: [lit(layer, *pair) for pair in pairs_of(s)] for s in sorted(sums + edges)}
        if any(value != (low < s < high) for s, values in said.items() for value in values):
            answer.refuse(f"For low = {low:g} and high = {high:g}, {why_no_band(said, low, high)}")


def pairs_of(s):
    """Two voltages with the sum s, in some ways, all within -10 and 10."""
    room = math.floor(4 * (9.9 - abs(s) / 2)) / 4  # in quarters: their sum is exact
    return [(s / 2 + d, s / 2 - d) for d in (0.0, room, -room, room * dice.choice([0.5, -0.5]))]


def lit(layer, *x):
    """Whether the second logit is the larger one."""
    w1, b1, w2, b2 = layer
    h = [max(dot(row, x) + b, 0.0) for row, b in zip(w1, b1, strict=True)]
    dark, light = (dot(row, h) + b for row, b in zip(w2, b2, strict=True))
    return light > dark


def dot(a, b):
    return sum(u * v for u, v in zip(a, b, strict=True))


def read_layers(answer):
    """The four tensors of an answer as nested lists, if they are as they should be."""
    if answer.data.kind == "none":
        answer.refuse("`None` came back. Does the function end with `return`?", "a dict")
    if answer.data.kind != "dict" or answer.data.value is None:
        answer.refuse(f"This is {answer.data.what}, and a dict of four tensors is expected.")
    found = answer.data.value
    for name in NAMES:
        item = found.get(name)
        if item is None:
            answer.refuse(f"`{name}` is missing. The names are {', '.join(NAMES)}.")
        if item.kind != "tensor":
            answer.refuse(f"`{name}` is {item.what}, and a tensor is expected.")
        if not item.dtype.startswith("float") or item.value is None:
            answer.refuse(f"`{name}` holds something else than ordinary numbers.")
    if more := [name for name in found if name not in NAMES]:
        answer.refuse(f"There is one more than expected: `{str(more[0])[:40]}`.")
    units = found["hidden.bias"].shape[0] if found["hidden.bias"].shape else 2
    shapes = dict(zip(NAMES, ((units, 2), (units,), (2, units), (2,)), strict=True))
    for name, shape in shapes.items():
        if found[name].shape != shape:
            sentence = wrong_shape(found[name].shape, shape)
            answer.refuse(f"`{name}` is not right yet. {sentence}")
        if not all(math.isfinite(v) for v in flat(found[name].value)):
            answer.refuse(f"`{name}` holds something else than ordinary numbers.")
    return [found[name].value for name in NAMES]


def why_no_band(said, low, high):
    """The end of a sentence for a network that is not the band that was asked for."""
    for s, values in said.items():
        if len(set(values)) > 1:
            place = next(i for i, value in enumerate(values) if value != values[0])
            pairs = [pairs_of(s)[0], pairs_of(s)[place]] if place < 3 else [pairs_of(s)[0]]
            texts = " and ".join(f"({u:.4g}, {v:.4g})" for u, v in pairs)
            return (
                f"samples with the same sum, {s:.4g}, do not all get the same answer: see {texts}. "
                "Both weights of a hidden unit have to be equal, so that it sees the sum."
            )
    bright = [s for s, values in said.items() if values[0]]
    wanted = [s for s in said if low < s < high]
    more, fewer = [s for s in bright if s not in wanted], [s for s in wanted if s not in bright]
    ends = min(said) in bright, max(said) in bright
    if not bright:
        return "it is never lit, whatever the sum is."
    if len(bright) == len(said):
        return "it is lit everywhere, whatever the sum is."
    if len(more) + len(fewer) == len(said):
        return "dark and lit have changed places. The second logit is that of lit."
    if all(ends):
        return "it is lit on both sides and dark between. Have dark and lit changed places?"
    if any(ends):
        return (
            f"it is lit for all {'large' if ends[1] else 'small'} sums, so it is dark on one side "
            "only. Two units can look in opposite directions, each to one side."
        )
    if not fewer:
        return f"the band is too wide: it is lit at a sum of {farthest(more, wanted):.4g}, too."
    if not more:
        return f"the band is too narrow: it is dark at a sum of {farthest(fewer, wanted):.4g}."
    return (
        f"the band is in the wrong place: it is lit at a sum of {farthest(more, wanted):.4g}, and "
        f"dark at {farthest(fewer, wanted):.4g}."
        + " Has a bias the wrong sign?"
        * all(-high - 0.5 <= s <= -low + 0.5 for s in bright)
    )


def farthest(some, wanted):
    """The one of these sums that is farthest from the middle of the wanted ones."""
    return max(some, key=lambda s: abs(s - mean(wanted)))


# Exercise 6


class Wired(nn.Module):
    """A model with one hidden layer that has a fault of the named kind, or none."""

    def __init__(self, kind, inputs, units, classes, seed):
        super().__init__()
        self.kind = kind
        self.hidden = nn.Linear(inputs, units)
        self.output = nn.Linear(units, classes + (kind == "one class more"))
        if "spare" in kind:
            self.spare = nn.Linear(units, 2)
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for p in self.parameters():
                p.uniform_(-0.2, 0.2, generator=generator)
            if "large" in kind:
                self.output.weight *= 1000
            if "dead" in kind:
                self.hidden.bias -= 1000
            if kind == "sure":
                self.output.bias[0] += 8
        if kind == "frozen":
            self.hidden.bias.requires_grad_(False)
        if "used before" in kind:
            for p in self.parameters():
                p.grad = torch.full_like(p, 3.0)

    def forward(self, x):
        hidden = torch.relu(self.hidden(x))
        if self.kind == "cut":
            hidden = hidden.detach()
        logits = self.output(hidden)
        if self.kind == "turned":
            return logits.T
        if self.kind == "one number":
            return logits[:, 0]
        return logits.mean(dim=0, keepdim=True) if self.kind == "one row" else logits


# What each model deserves, and what is said of it.
WIRED = {
    "": ((True, True, True), "a model without a fault"),
    "one class more": ((False,) * 3, "a model with one class too many"),
    "turned": ((False,) * 3, "a model that returns (classes, samples)"),
    "one number": ((False,) * 3, "a model that returns one number for each sample"),
    "one row": ((False,) * 3, "a model that returns one row for the whole batch"),
    "large": ((True, False, True), "a model with very large weights"),
    "sure": ((True, False, True), "a model that is sure of the right class from the beginning"),
    "spare": ((True, True, False), "a model with a layer that `forward` does not use"),
    "spare, used before": (
        (True, True, False),
        "a model with an unused layer, which holds gradients from an earlier pass",
    ),
    "dead": ((True, True, False), "a model whose hidden units are all dead"),
    "dead, large": ((True, True, False), "a model whose hidden units are all dead"),
    "cut": ((True, True, False), "a model that detaches its hidden layer"),
    "frozen": ((True, True, False), "a model with a frozen bias"),
    "zeros": ((True, True, True), "a model without a fault, and the first feature is always 0"),
    "used before": ((True, True, True), "a model that holds gradients from an earlier pass"),
}


def wiring_by(shape=None, near=None, slope=None, start=None, whole=all, finish=None):
    """The function of exercise 6, with the usual mistakes as options; for answers below."""
    shape = shape or (lambda logits, x, classes: logits.shape == (len(x), classes))
    near = near or (lambda loss, classes: abs(loss.item() - math.log(classes)) < 0.5)
    slope = slope or (lambda p: p.grad is not None and bool(p.grad.any()))
    finish = finish or (lambda found: found)

    def wiring(model, x, y, classes):
        logits = model(x)
        if not shape(logits, x, classes):
            return finish([False, False, False])
        (start or (lambda model: model.zero_grad()))(model)
        loss = F.cross_entropy(logits, y)
        loss.backward()
        found = [slope(p) for p in model.parameters()]
        return finish([True, near(loss, classes), whole(found)])

    return wiring


def wiring_with_a_step(model, x, y, classes):
    found = wiring_by()(model, x, y, classes)
    if found[0]:
        torch.optim.SGD(model.parameters(), lr=0.1).step()
    return found


def wiring_by_autograd(model, x, y, classes):
    logits = model(x)
    if tuple(logits.shape) != (x.shape[0], classes):
        return (False, False, False)
    loss = nn.CrossEntropyLoss()(logits, y)
    ps = list(model.parameters())
    if not all(p.requires_grad for p in ps):
        slopes = False
    else:
        slopes = torch.autograd.grad(loss, ps, allow_unused=True)
        slopes = all(s is not None and s.abs().sum().item() > 0 for s in slopes)
    return True, math.log(classes) - 0.5 < loss.item() < math.log(classes) + 0.5, slopes


def wiring_with_tensors(model, x, y, classes):
    for p in model.parameters():
        p.grad = None
    logits = model(x)
    found = torch.zeros(3, dtype=torch.bool)
    if list(logits.shape) == [len(x), classes]:
        loss = F.cross_entropy(logits, y)
        loss.backward()
        grads = [p.grad for p in model.parameters()]
        found[0], found[1] = True, (loss - math.log(classes)).abs() < 0.5
        found[2] = not any(g is None or torch.count_nonzero(g) == 0 for g in grads)
    return found


@rejects(
    (wiring_by(shape=lambda logits, x, classes: logits.ndim == 2), "one class too many"),
    (wiring_by(shape=lambda logits, x, classes: logits.shape[-1] == classes), "no sensible loss"),
    (wiring_by(near=lambda loss, c: loss.item() < math.log(c) + 0.5), "too small"),
    (wiring_by(near=lambda loss, c: loss.item() < 10), "sure of the right class"),
    (wiring_by(near=lambda loss, c: abs(loss.item() - math.log(2)) < 0.5), "logarithm"),
    (wiring_by(near=lambda loss, c: abs(loss.item() - 1 / c) < 0.5), "logarithm"),
    (wiring_by(near=lambda loss, c: abs(loss.item() - math.log10(c)) < 0.5), "logarithm"),
    (wiring_by(near=lambda loss, c: abs(loss.item() - math.log(c)) > 0.5), "other way round"),
    (wiring_by(start=lambda model: None), "earlier pass"),
    (wiring_by(slope=lambda p: p.grad is not None), "zero in each"),
    (wiring_by(slope=lambda p: p.grad is None or bool(p.grad.any())), "`None`"),
    (wiring_by(slope=lambda p: p.grad is not None and bool(p.grad.all())), "at least one is not"),
    (wiring_by(whole=any), "*every* parameter"),
    (wiring_by(whole=lambda found: found[-1]), "*every* parameter"),
    (wiring_by(whole=lambda found: found[0]), "*every* parameter"),
    (wiring_by(slope=lambda p: bool(p.grad.any())), "Ask for that first"),
    (lambda *args: [True, *wiring_by()(*args)[1:]], "one class too many"),
    (wiring_with_a_step, "has moved"),
    (wiring_by(finish=all), "a list of three"),
    (wiring_by(finish=lambda found: found[:2]), "a list of three"),
    (wiring_by(finish=lambda found: [int(v) for v in found]), "truth values"),
    (lambda *args: [True, True, True], "all three are False"),
    (lambda *args: None, "return"),
)
@accepts(wiring_by(), wiring_by_autograd, wiring_with_tensors, wiring_by(finish=tuple))
def check_wiring(wiring):
    """Models of known faults in an order that names the most likely mistake first."""
    for kind, (right, what) in WIRED.items():
        inputs, units = dice.choice([3, 4]), dice.choice([8, 10])
        classes = dice.choice([6, 7, 8])
        samples = dice.choice([11, 12, 13])
        x = [numbers(inputs, -2, 2) for _ in range(samples)]
        x[0] = [dice.choice([-1.5, 1.25]) for _ in range(inputs)]
        if kind == "zeros":
            x = [[0.0, *row[1:]] for row in x]
        y = [0] * samples if kind == "sure" else [n % classes for n in range(samples)]
        model = wiring.lend(Wired, kind, inputs, units, classes, dice.randrange(10**6))
        before = plain(model.parameters().data)
        answer = advised(WIRING_ADVICE, wiring, model, tensor(x), make_tensor(y), classes)
        judge_wiring(answer, kind, right, what)
        now = plain(model.parameters().data)
        if any(not close(flat(now[name]), flat(value)) for name, value in before.items()):
            answer.refuse("A parameter has moved. Only measure: no step is wanted here.")


WIRING_ADVICE = {
    "has no attribute 'any'": "A gradient may be `None`. Ask for that first.",
    "has no attribute 'all'": "A gradient may be `None`. Ask for that first.",
    "has no attribute 'abs'": "A gradient may be `None`. Ask for that first.",
    "has no attribute 'sum'": "A gradient may be `None`. Ask for that first.",
    "tuple index out of range": "Compare the whole shape with `(len(x), classes)`.",
    "Expected input batch_size": "Where the shape is wrong, there is no sensible loss.",
    "out of bounds": "Where the shape is wrong, there is no sensible loss.",
    "expected scalar type": "Where the shape is wrong, there is no sensible loss.",
}


def judge_wiring(answer, kind, right, what):
    """Refuse what is not the list `right`, with a sentence about this kind of model."""
    if answer.data.kind == "none":
        answer.refuse("`None` came back. Does the function end with `return`?", str(list(right)))
    found = plain(answer.data)
    if not isinstance(found, list | tuple) or len(found) != 3:
        answer.refuse(f"This is {answer.data.what}, and a list of three truth values is expected.")
    if not all(type(value) is bool for value in found):
        answer.refuse("Three truth values are expected, each `True` or `False`.", str(list(right)))
    if list(found) == list(right):
        return
    start = f"The model of this call is {what}. "
    place = next(i for i, pair in enumerate(zip(found, right, strict=True)) if pair[0] != pair[1])
    if right == (False,) * 3:
        answer.refuse(
            start + "The shape is not (samples, classes), so all three are False.",
            str(list(right)),
        )
    if place == 0:
        answer.refuse(
            start + "The shape of its logits is right, and the first value says otherwise.",
            str(list(right)),
        )
    answer.refuse(
        f"{start}Value {place + 1} of 3 is not right yet. {WIRING_SENTENCES[place][kind]}",
        str(list(right)),
    )


NEAR = (
    "Its loss lies near the logarithm of the number of classes, the natural one. Is the comparison "
    "the other way round?"
)
EACH = (
    "Each of its parameters gets a slope. Some numbers of a gradient may be 0: it is enough that "
    "at least one is not. Look at them after `backward`, and set them back before it."
)
WIRING_SENTENCES = (
    {},
    dict.fromkeys(WIRED, NEAR)
    | {
        "large": "Its loss is far above the logarithm of the number of classes.",
        "sure": "Its loss is far below the logarithm of the number of classes. A first loss that "
        "is too small is a bad sign as well.",
    },
    dict.fromkeys(WIRED, EACH)
    | {
        "spare": "The gradient of the unused layer is `None`, and *every* parameter has to get a "
        "slope.",
        "spare, used before": "What is in `grad` there is from the earlier pass. Set the gradients "
        "back before `backward`.",
        "dead": "The gradient of the hidden layer is a tensor of zeros. A slope that is zero in "
        "each of its numbers does not count, and *every* parameter has to get one.",
        "dead, large": "The gradient of the hidden layer is zero in each of its numbers.",
        "cut": "The gradient of the hidden layer is `None`. *Every* parameter has to get a slope.",
        "frozen": "The gradient of the frozen bias is `None`. *Every* parameter has to get one.",
    },
)


# Exercise 7


def soft_by(z=None, log_p=None, each=None, total=None):
    """The function of exercise 7, with the usual mistakes as options; for answers below."""
    z = z or (lambda logits: logits - logits.max(dim=1, keepdim=True).values)
    log_p = log_p or (lambda z: z - z.exp().sum(dim=1, keepdim=True).log())
    each = each or (lambda log_p, targets: -(targets * log_p).sum(dim=1))
    total = total or torch.mean
    return lambda logits, targets: total(each(log_p(z(logits)), targets))


def soft_in_turn(logits, targets):
    found = 0.0
    for row, target in zip(logits.tolist(), targets.tolist(), strict=True):
        found -= sum(t * v for t, v in zip(target, log_softmax(row), strict=True))
    return found / len(logits)


def entropy(targets):
    return -(targets * targets.clamp(min=1e-30).log()).sum(dim=1)


@rejects(
    (soft_by(log_p=lambda z: torch.softmax(z, dim=1).log()), "has 0 for it"),
    (soft_by(log_p=lambda z: (torch.softmax(z, dim=1) + 1e-9).log()), "cut off"),
    (soft_by(log_p=lambda z: torch.softmax(z, dim=1).clamp(min=1e-12).log()), "cut off"),
    (soft_by(z=lambda logits: logits), "too large for"),
    (soft_by(z=lambda logits: logits - logits.max()), "largest score of each row"),
    (soft_by(z=lambda logits: logits.clamp(-80, 80)), "cut them off"),
    (soft_by(log_p=lambda z: torch.log_softmax(z, dim=0)), "not those of each column"),
    (soft_by(log_p=lambda z: torch.log_softmax(torch.softmax(z, 1), 1)), "two softmaxes"),
    (soft_by(each=lambda p, t: (t * p).sum(dim=1)), "sign"),
    (soft_by(each=lambda p, t: -(t * p)), "number of classes"),
    (soft_by(total=torch.sum), "a sum over"),
    (soft_by(total=lambda each: each), "shape"),
    (soft_by(each=lambda p, t: -p[range(len(t)), t.argmax(dim=1)]), "largest target"),
    (soft_by(each=lambda p, t: -(t * p).sum(dim=1) - entropy(t)), "of the targets themselves"),
    (soft_by(each=lambda p, t: -(p.exp() * t.clamp(min=1e-9).log()).sum(dim=1)), "places"),
    (soft_by(each=lambda p, t: -(t * p.exp()).sum(dim=1)), "logarithm is missing"),
    (soft_by(each=lambda p, t: -(t * p.exp()).sum(dim=1).log()), "logarithm of a mean"),
    (soft_by(log_p=lambda z: z), "logarithm of the sum"),
    (soft_by(each=lambda p, t: -(t * p).sum(dim=1) / math.log(2)), "base 2"),
    (lambda logits, targets: 0.69, "not right yet"),
    (lambda logits, targets: None, "return"),
)
@accepts(
    soft_by(),
    soft_in_turn,
    lambda logits, targets: F.cross_entropy(logits, targets),
    lambda logits, targets: (logits.logsumexp(dim=1) - (targets * logits).sum(dim=1)).mean(),
    soft_by(z=lambda logits: logits, log_p=lambda z: z.log_softmax(dim=-1)),
)
def check_soft_loss(soft_loss):
    for count, classes in ((2, 2), (4, 3), (3, 5)):

        def draw(count=count, classes=classes):
            logits = [numbers(classes, -3, 3) for _ in range(count)]
            return logits, [uncertain(classes) for _ in range(count)]

        def good(found):
            wrong = [value for value, _ in soft_losses(*found)]
            return apart(soft(*found), *wrong, by=0.004)

        logits, targets = drawn(draw, good)
        answer = soft_loss(tensor(logits), tensor(targets))
        expect(answer, soft(logits, targets), wrong=soft_losses(logits, targets), count=0)
    soft_large(soft_loss)


def uncertain(classes):
    """Probabilities in quarters, one of them the largest."""
    parts = [0] * classes
    for _ in range(4):
        parts[dice.randrange(classes)] += 1
    return [part / 4 for part in parts]


def soft(logits, targets):
    return mean(-dot(t, log_softmax(z)) for z, t in zip(logits, targets, strict=True))


def soft_losses(logits, targets):
    """Pairs of a wrong value and its sentence."""
    rows = [log_softmax(z) for z in logits]
    pairs = list(zip(rows, targets, strict=True))
    right, count, classes = soft(logits, targets), len(rows), len(rows[0])
    columns = [log_softmax(list(column)) for column in zip(*logits, strict=True)]
    turned = [list(row) for row in zip(*columns, strict=True)]
    lower = [[v - max(z) for v in z] for z in logits]
    columns = [log_softmax(list(column)) for column in zip(*lower, strict=True)]
    shifted = [list(row) for row in zip(*columns, strict=True)]
    chosen = [t.index(max(t)) for t in targets]
    clear = mean(-sum(v * math.log(v) for v in t if v) for t in targets)
    probabilities = [[math.exp(v) for v in row] for row in rows]
    return [
        (
            -right,
            "The sign is not right: a loss is positive, and a logarithm of a probability is not.",
        ),
        (right * count, f"This is a sum over {count} samples, where their mean is expected."),
        (
            right / classes,
            "This was divided by the number of classes as well. Sum over the classes, and take the "
            "mean over the samples.",
        ),
        (
            mean(-dot(t, row) for t, row in zip(targets, turned, strict=True)),
            "The probabilities of each row add up to 1, not those of each column: `dim=1`.",
        ),
        (
            mean(-dot(t, row) for t, row in zip(targets, shifted, strict=True)),
            "The probabilities of each row add up to 1, not those of each column: `dim=1`.",
        ),
        (
            soft(probabilities, targets),
            "There are two softmaxes, one after the other. The logits go through one only.",
        ),
        (
            mean(-row[place] for row, place in zip(rows, chosen, strict=True)),
            "Only the class with the largest target counts here. Each class counts, with its "
            "target as the weight.",
        ),
        (
            right - clear,
            "Something was subtracted that depends on nothing but the targets: the loss of the "
            "targets themselves. The formula has no such term.",
        ),
        (
            mean(
                -sum(p * math.log(max(v, 1e-9)) for p, v in zip(ps, t, strict=True))
                for ps, t in zip(probabilities, targets, strict=True)
            ),
            "Targets and probabilities have changed places: the logarithm is that of the "
            "probabilities.",
        ),
        (
            mean(-dot(t, ps) for t, ps in zip(targets, probabilities, strict=True)),
            "The logarithm is missing: these are the probabilities, weighted by the targets.",
        ),
        (
            mean(-math.log(dot(t, ps)) for t, ps in zip(targets, probabilities, strict=True)),
            "This is the logarithm of a mean. A mean of logarithms is expected: first the "
            "logarithm of each probability, then the targets as weights.",
        ),
        (
            mean(-dot(t, z) + max(z) for t, z in zip(targets, logits, strict=True)),
            "The logarithm of the sum is missing: these are the scores minus the largest, and not "
            "yet logarithms of probabilities.",
        ),
        (
            mean(-dot(t, z) for t, z in zip(targets, logits, strict=True)),
            "The logarithm of the sum is missing: these are scores, and not yet logarithms of "
            "probabilities.",
        ),
        (right / math.log(2), "This is the logarithm to base 2. The natural one is `log`."),
        (right / math.log(10), "This is the logarithm to base 10. The natural one is `log`."),
        *[
            (-dot(t, row), "This is the loss of one sample only.")
            for row, t in (pairs[0], pairs[-1])
        ],
    ]


def soft_large(soft_loss):
    """Scores up to 1000 in size: near each other and far from 0, then far from each other."""
    for levels, spread in (((900, -900), 2), ((900, 0), 2), ((40, -40), 450)):

        def draw(levels=levels, spread=spread):
            found = dice.sample(levels, len(levels))
            logits = [[level + spread * v for v in numbers(3, -2, 2)] for level in found]
            return logits, [uncertain(3) for _ in found]

        def good(found, spread=spread):
            sizes = [-dot(t, log_softmax(z)) for z, t in zip(*found, strict=True)]
            apart_enough = all(max(z) - min(z) > spread / 2 for z in found[0])
            return apart_enough and min(sizes) > (0.3 if spread == 2 else 200)

        logits, targets = drawn(draw, good)
        answer = soft_loss(tensor(logits), tensor(targets))
        value, right = plain(answer.data), soft(logits, targets)
        if isinstance(value, int | float) and not close([value], [right], rtol=1e-3):
            large_mistake(answer, value, right, spread, levels)
        expect(answer, right, count=0, rtol=1e-3)


def large_mistake(answer, value, right, spread, levels):
    start = "For ordinary scores it is right. "
    if not math.isfinite(value) and levels == (900, -900):
        answer.refuse(
            start + "Here e to the power of a score is too large for a number of the computer "
            "(`inf`), or nothing is left of it (0). Subtract the largest score of each row first."
        )
    if not math.isfinite(value) and spread == 2:
        answer.refuse("Subtract the largest score of each row, not that of the whole batch.")
    if not math.isfinite(value):
        answer.refuse(
            start + "Here the scores of a row are far apart. A probability is so small that the "
            "computer has 0 for it, and the logarithm of 0 is `-inf`. Compute the logarithm "
            "without the probability: the score, minus the logarithm of the sum."
        )
    if spread == 2:
        answer.refuse(
            start + "These scores are large, and they are logits like all others: do not cut them "
            "off. Subtract the largest score of each row first."
        )
    if 0 <= value < 0.9 * right:
        answer.refuse(
            start + "Here the loss is far too small: a probability or a score was cut off "
            "somewhere, by a small number added, or by `clamp`. Compute the logarithm of the sum, "
            "and no probability."
        )
