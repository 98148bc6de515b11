"""The checks of `solutions/06_small_network.md`."""

import itertools
import math
from collections import OrderedDict
from functools import partial

import torch
from torch import nn

from helpers.checks.engine import (
    accepts,
    advised,
    apart,
    dice,
    drawn,
    expect,
    flat,
    is_number,
    letters_once,
    mean,
    numbers,
    numbers_of,
    plain,
    refuse_first,
    rejects,
    tensor,
)
from helpers.checks.engine.mistakes import close, wrong_shape
from helpers.checks.engine.reference import linear_rows, random_layer, relu, sigmoid

NO_GRADIENT = (
    "A parameter without a gradient has `grad` equal to `None`. Ask for that first: "
    "`if p.grad is None`."
)
# What a message of PyTorch or Python means on this page. At most one of these is in a message.
ADVICE = {
    "shapes cannot be multiplied": (
        "Write the shapes beside the two tensors. `nn.Linear` keeps its weight as "
        "(outputs, inputs)."
    ),
    "must match the size of tensor": "Write the shapes beside the tensors that meet there.",
    "only one element tensors": "`math.tanh` takes one number. `torch.tanh` takes a whole tensor.",
    "list index out of range": "The list `hidden` may have any length: here it has one number.",
    "'Sequential' object has no attribute 'hidden1'": (
        "This model has other names. Take them from `model.named_parameters()`."
    ),
    "Boolean value of Tensor": (
        "A comparison of a tensor has an answer for each of its numbers. `.any()` and `.all()` "
        "make one answer out of them."
    ),
    "only for scalar outputs": "The loss has to be one number: a mean is missing.",
    "does not require grad": (
        "Nothing in this loss asks for slopes: was it computed without a graph?"
    ),
    "KeyError": "The names have two parts: the name of the layer, a dot, `weight` or `bias`.",
    "'NoneType' object has no attribute": NO_GRADIENT,
    "bad operand type for abs(): 'NoneType'": NO_GRADIENT,
}
ask = partial(advised, ADVICE)


# Networks in plain Python


def bent(rows, function=math.tanh):
    return [[function(v) for v in row] for row in rows]


def forward(rows, layers, bends=None):
    """The output of a network; `bends` says after which layers, all but the last if None."""
    bends = bends or [True] * (len(layers) - 1) + [False]
    for (weight, bias), bend in zip(layers, bends, strict=True):
        rows = linear_rows(rows, weight, bias)
        rows = bent(rows) if bend else rows
    return rows


def random_layers(sizes):
    """A weight and a bias for each step from one size to the next."""
    return [random_layer(*pair, -1.5, 1.5) for pair in itertools.pairwise(sizes)]


# 1. Sizes without running anything

SIZES = [5, 125, 80, 18]
OTHER_SIZES = (  # wrong numbers, and their sentences
    {
        12: "A weight has one row for each output, and one column for each input.",
        3: "The second linear layer is meant: `nn.Linear(12, 5)`.",
        60: "This is how many numbers the weight has. The question is how many rows.",
        2: "The second linear layer is meant: `nn.Linear(12, 5)`.",
        None: "A weight has one row for each output of its layer.",
    },
    {
        106: "These are the weights, and no bias is counted.",
        123: "The last layer has biases too.",
        120: "The second linear layer has biases too.",
        113: "The first linear layer has biases too.",
        60: "There are three linear layers: one of them lies between the two hidden layers.",
        126: "A layer has as many biases as outputs: one for each output, not for each input.",
        6: "This is how many tensors there are. How many numbers do they hold?",
    },
    {
        40: "There are 40 samples, and each has more than one output.",
        2: "This is the number of outputs for one sample.",
        120: "This is how many numbers go in. How many come out?",
        None: "The output has one row for each sample, one column for each output.",
    },
    {
        23: "It looks as if the biases were forgotten: both layers have some.",
        46: (
            "Both layers have weights: each hidden unit is an output of one, an input of the "
            "other. So count the weights of both layers, and the biases."
        ),
        None: "Write down the number of parameters with h hidden units, and solve for h.",
    },
)


@rejects(
    ([12, 125, 80, 18], "one row for each output"),
    ([3, 125, 80, 18], "second linear layer"),
    ([60, 125, 80, 18], "how many rows"),
    ([5, 106, 80, 18], "no bias is counted"),
    ([5, 123, 80, 18], "last layer has biases"),
    ([5, 60, 80, 18], "between the two hidden layers"),
    ([5, 126, 80, 18], "one for each output, not for each input"),
    ([5, 6, 80, 18], "tensors"),
    ([5, 100, 80, 18], "too small"),
    ([5, 130, 80, 18], "too large"),
    ([5, 125, 40, 18], "more than one output"),
    ([5, 125, 2, 18], "one sample"),
    ([5, 125, 120, 18], "go in"),
    ([5, 125, 80, 23], "biases"),
    ([5, 125, 80, 46], "weights of both layers"),
    ([5, 125, 80, 19], "Write down"),
    ([5, 125, 80], "four numbers"),
    (125, "four numbers"),
    ([(5, 12), 125, (40, 2), 18], "one number"),
)
@accepts(SIZES, tuple(SIZES), torch.tensor(SIZES), [5, 36 + 12 + 60 + 5 + 10 + 2, 40 * 2, 90 / 5])
def check_sizes(sizes):
    answer, values = numbers_of(sizes, "four numbers", 4)
    rows, total, *others = OTHER_SIZES
    size = "small" if values[1] < SIZES[1] else "large"
    sentence = (
        f"It is too {size}. A linear layer has inputs · outputs weights and as many biases as "
        "outputs, and `Tanh` has no parameter."
    )
    refuse_first(answer, values, SIZES, [rows, total | {None: sentence}, *others])


# 2. A network by hand

NAMES = ("hidden.weight", "hidden.bias", "output.weight", "output.bias")


def network_by_hand(
    bend=torch.tanh, at=("hidden",), biases=(1, 1), turn=lambda w: w.T, finish=lambda rows: rows
):
    """An answer to the exercise, with the usual mistakes as options."""

    def network(parameters, x):
        w1, b1, w2, b2 = (parameters[name] for name in NAMES)
        rows = bend(x) if "input" in at else x
        rows = rows @ turn(w1) + biases[0] * b1
        rows = bend(rows) if "hidden" in at else rows
        rows = rows @ turn(w2) + biases[1] * b2
        return finish(bend(rows) if "output" in at else rows)

    return network


def network_by_modules(parameters, x):
    hidden, output = nn.Linear(x.shape[1], 1), nn.Linear(1, 1)
    hidden.weight, hidden.bias = (nn.Parameter(parameters[name]) for name in NAMES[:2])
    output.weight, output.bias = (nn.Parameter(parameters[name]) for name in NAMES[2:])
    return output(torch.tanh(hidden(x)))


def network_in_loops(parameters, x):
    w1, b1, w2, b2 = (parameters[name].tolist() for name in NAMES)
    return torch.tensor(forward(x.tolist(), [(w1, b1), (w2, b2)]), dtype=torch.float64)


def hidden_only(parameters, x):
    return torch.tanh(x @ parameters["hidden.weight"].T + parameters["hidden.bias"])


def untransposed_if_it_fits(parameters, x):
    def times(rows, weight):
        return rows @ (weight if rows.shape[1] == weight.shape[0] else weight.T)

    w1, b1, w2, b2 = (parameters[name] for name in NAMES)
    return times(torch.tanh(times(x, w1) + b1), w2) + b2


def reshaped(weight):
    return weight.reshape(weight.shape[1], weight.shape[0])


@rejects(
    (network_by_hand(at=()), "Nothing bends here"),
    (network_by_hand(at=("hidden", "output")), "output is bent too"),
    (network_by_hand(at=("output",)), "bends at the very end"),
    (network_by_hand(at=("input",)), "input is bent"),
    (network_by_hand(at=("input", "hidden")), "input is bent"),
    (network_by_hand(bend=torch.sigmoid), "sigmoid"),
    (network_by_hand(bend=torch.relu), "ReLU"),
    (network_by_hand(biases=(0, 1)), "bias of the hidden layer"),
    (network_by_hand(biases=(1, 0)), "bias of the output layer"),
    (network_by_hand(biases=(0, 0)), "Both biases"),
    (network_by_hand(turn=lambda w: w), "(outputs, inputs)"),
    (untransposed_if_it_fits, "turn it round"),
    (network_by_hand(turn=reshaped), "same order"),
    (hidden_only, "what the hidden layer gives"),
    (network_by_hand(finish=lambda rows: rows.sum(dim=1)), "shape"),
    (network_by_hand(finish=lambda rows: rows.mean()), "put together into one"),
    (network_by_hand(finish=torch.Tensor.tolist), "torch.tensor"),
    (lambda p, x: network_by_hand()({**p, "hidden.weight": p["hidden"]}, x), "two parts"),
    (lambda p, x: None, "return"),
)
@accepts(
    network_by_hand(),
    network_by_modules,
    network_in_loops,
    lambda p, x: nn.functional.linear(
        nn.functional.linear(x, p["hidden.weight"], p["hidden.bias"]).tanh(),
        p["output.weight"],
        p["output.bias"],
    ),
    lambda p, x: torch.stack(
        [
            p["output.weight"] @ torch.tanh(p["hidden.weight"] @ row + p["hidden.bias"])
            + p["output.bias"]
            for row in x
        ]
    ),
)
def check_network(network):
    def zero(bias):
        return [0.0] * len(bias)

    def turned(weight):
        return [list(column) for column in zip(*weight, strict=True)]

    def misread(weight):  # the numbers in the same order, in the shape of the transpose
        row, size = flat(weight), len(weight)
        lines = [row[start : start + size] for start in range(0, len(row), size)]
        return turned(lines)

    def task():
        layers = random_layers((features, hidden, outputs))
        (w1, b1), (w2, b2) = layers
        x = [numbers(features, -2, 2) for _ in range(samples)]
        inside = linear_rows(x, w1, b1)
        wrong = [
            (
                forward(x, layers, [False, False]),
                "Nothing bends here: without `tanh` between them, two layers are one line.",
            ),
            (
                forward(x, layers, [True, True]),
                (
                    "The output is bent too. Only the hidden layer has a `tanh`; the output may "
                    "be any number."
                ),
            ),
            (
                forward(x, layers, [False, True]),
                "This bends at the very end. The `tanh` stands between the two layers.",
            ),
            (
                forward(bent(x), layers, [False, False]),
                (
                    "The input is bent, before the first layer. The `tanh` stands between the "
                    "two layers."
                ),
            ),
            (
                forward(bent(x), layers),
                "The input is bent too. Only the hidden layer has a `tanh`.",
            ),
            (
                linear_rows(bent(inside, sigmoid), w2, b2),
                "This bends with the sigmoid, from 0 to 1. `tanh` goes from -1 to 1.",
            ),
            (
                linear_rows(bent(inside, relu), w2, b2),
                "This bends with ReLU, which cuts at 0. Here it is `tanh`.",
            ),
            (
                forward(x, [(w1, zero(b1)), (w2, b2)]),
                "The bias of the hidden layer is missing. It is added before the `tanh`.",
            ),
            (
                linear_rows(
                    [[v + b for v, b in zip(r, b1)] for r in bent(linear_rows(x, w1, zero(b1)))],
                    w2,
                    b2,
                ),
                "The bias of the hidden layer was added after the `tanh`. It belongs before it.",
            ),
            (forward(x, [(w1, b1), (w2, zero(b2))]), "The bias of the output layer is missing."),
            (forward(x, [(w1, zero(b1)), (w2, zero(b2))]), "Both biases are missing."),
        ]
        if features == hidden == outputs:
            wrong += [
                (
                    forward(x, [(turned(w1), b1), (turned(w2), b2)]),
                    (
                        "`nn.Linear` keeps its weight as (outputs, inputs): turn it round with "
                        "`.T` before you multiply. In this call both sizes are equal, so no error "
                        "appeared."
                    ),
                ),
                (
                    bent(inside),
                    "This is what the hidden layer gives. The output layer is still missing.",
                ),
                (
                    forward(x, [(w1, b2), (w2, b1)]),
                    "The two biases have changed places. Look at the names.",
                ),
            ]
        elif misread(w1) != w1 or misread(w2) != w2:
            again = [(misread(w1), b1), (misread(w2), b2)]
            sentence = (
                "`reshape` and `view` leave the numbers in the same order, row by row. To turn "
                "rows into columns, write `.T`."
            )
            wrong.append((forward(x, again), sentence))
        right = forward(x, layers)
        if apart(right, *(value for value, _ in wrong), by=0.03):
            return layers, x, right, wrong

    for features, hidden, outputs, samples in ((2, 3, 2, 4), (2, 2, 2, 3), (3, 4, 1, 2)):
        layers, x, right, wrong = drawn(task)
        values = [tensor(value) for layer in layers for value in layer]
        answer = ask(network, dict(zip(NAMES, values, strict=True)), tensor(x))
        if hidden != outputs and answer.data.shape == (samples, hidden):
            answer.refuse(
                "This is what the hidden layer gives, one column for each hidden unit. The output "
                "layer is still missing."
            )
        expect(answer, right, wrong=wrong)


# 3. A model that loses a layer


def model_maker(
    bend=lambda number: f"bend{number}",
    hidden_name=lambda number: f"hidden{number}",
    kind=nn.Tanh,
    chain=True,
    order="after",
    last=(),
    finish=nn.Sequential,
):
    """An answer to the exercise, with the usual mistakes as options."""

    def make_model(features, hidden, outputs):
        layers = OrderedDict()
        for number, units in enumerate(hidden, 1):
            if order == "before":
                layers[bend(number)] = kind()
            layers[hidden_name(number)] = nn.Linear(features, units)
            if order == "after":
                layers[bend(number)] = kind()
            features = units if chain else features
        if order == "end":
            layers["bend1"] = kind()
        layers["output"] = nn.Linear(units, outputs)
        layers.update((name, make()) for name, make in last)
        return finish(layers)

    return make_model


def by_pairs(features, hidden, outputs):
    sizes, bend, layers = [features, *hidden], nn.Tanh(), []
    for number in range(1, len(sizes)):
        layers.append((f"hidden{number}", nn.Linear(sizes[number - 1], sizes[number])))
        layers.append((f"bend{number}", bend))
    return nn.Sequential(OrderedDict([*layers, ("output", nn.Linear(sizes[-1], outputs))]))


def by_add_module(features, hidden, outputs):
    model = nn.Sequential()
    for number, (inputs, units) in enumerate(itertools.pairwise([features, *hidden]), 1):
        model.add_module(f"hidden{number}", nn.Linear(inputs, units))
        model.add_module(f"bend{number}", nn.Tanh())
    model.add_module("output", nn.Linear(hidden[-1], outputs))
    return model.double().float()


def same_name(number):
    return "bend"


@rejects(
    (model_maker(same_name), "code as it was given"),
    (model_maker(order="none"), "never bends"),
    (model_maker(order="end"), "one `tanh` only"),
    (model_maker(order="before"), "after it"),
    (model_maker(last=[("bend9", nn.Tanh)]), "Nothing bends behind the output layer"),
    (model_maker(kind=nn.ReLU), "ReLU"),
    (model_maker(kind=nn.Sigmoid), "sigmoid"),
    (model_maker(lambda number: f"tanh{number}"), "no `bend1`"),
    (model_maker(lambda number: f"bend{number - 1}"), "no `bend2`"),
    (model_maker(hidden_name=lambda number: "hidden"), "no parameter `hidden1.weight`"),
    (model_maker(hidden_name=lambda number: f"hidden{number - 1}"), "hidden0.weight"),
    (model_maker(finish=lambda layers: nn.Sequential(*layers.values())), "`0.weight`"),
    (model_maker(last=[("output2", lambda: nn.Linear(1, 1))]), "one layer too many"),
    (model_maker(chain=False), "shape"),
    (model_maker(finish=lambda layers: layers), "OrderedDict"),
    (model_maker(finish=lambda layers: None), "return"),
)
@accepts(model_maker(), by_pairs, by_add_module)
def check_make_model(make_model):
    def task():
        layers = random_layers((features, *hidden, outputs))
        x = [numbers(features, -2, 2) for _ in range(3)]
        right, depth = forward(x, layers), len(hidden)

        def with_bends(places, start=x):
            return forward(start, layers, [place in places for place in range(depth + 1)])

        def other(function):
            rows = x
            for layer in layers[:-1]:
                rows = bent(linear_rows(rows, *layer), function)
            return linear_rows(rows, *layers[-1])

        inner = set(range(depth))
        wrong = [
            (with_bends(()), "This model never bends: there is no `tanh` between its layers."),
            (
                with_bends(inner, bent(x)),
                "The input is bent too: the first `tanh` belongs behind the first layer.",
            ),
            (
                with_bends(inner - {depth - 1}, bent(x)),
                (
                    "The `tanh` stands before each hidden layer. It belongs after it, and before "
                    "the next layer."
                ),
            ),
            (
                with_bends(inner | {depth}),
                (
                    "Nothing bends behind the output layer: with a `tanh` there, no output could "
                    "leave -1 to 1."
                ),
            ),
            (other(relu), "This bends with ReLU. Here it is `tanh`."),
            (other(sigmoid), "This bends with the sigmoid, not `tanh`."),
        ]
        given = None
        if depth > 1:
            given = with_bends({0})
            wrong.append(
                (
                    with_bends({depth - 1}),
                    (
                        "There is one `tanh` only, behind the last hidden layer. Each hidden layer "
                        "needs its own."
                    ),
                )
            )
        others = [value for value, _ in wrong] + ([given] if given else [])
        if apart(right, *others, by=0.03):
            return layers, x, right, wrong, given

    for features, hidden, outputs in ((2, [3, 2], 1), (3, [2], 2), (1, [3, 2, 4], 2)):
        layers, x, right, wrong, given = drawn(task)
        model = ask(make_model.make, features, hidden, outputs)
        names = [*(f"hidden{number}" for number in range(1, len(hidden) + 1)), "output"]
        values = {
            f"{name}.{part}": value
            for name, layer in zip(names, layers, strict=True)
            for part, value in zip(("weight", "bias"), layer, strict=True)
        }
        model.load(values)
        there = model.parameters()
        if more := [name for name in there.data.value if name not in values]:
            layer = more[0].rpartition(".")[0][:40]
            there.refuse(f"There is one layer too many: `{layer}`.", ", ".join(names))
        expect(ask(model, tensor(x)), right, wrong=wrong, given=given)
        for number in range(1, len(hidden) + 1):
            bend, row = model.attribute(f"bend{number}"), numbers(3, -2, 2)
            expect(bend(tensor(row)), [math.tanh(v) for v in row])


# 4. Which parameters do not learn?


def named(features, hidden, outputs):
    return [
        ("hidden", nn.Linear(features, hidden)),
        ("bend", nn.Tanh()),
        ("output", nn.Linear(hidden, outputs)),
    ]


def fresh_model(*sizes):
    return nn.Sequential(OrderedDict(named(*sizes)))


def model_used_before(*sizes):
    """A model that holds gradients of an earlier pass."""
    model = fresh_model(*sizes)
    (model(torch.ones(2, sizes[0])) ** 2).mean().backward()
    return model


def model_with_frozen_layer(frozen, *sizes):
    model = fresh_model(*sizes)
    getattr(model, frozen).requires_grad_(False)
    return model


class Cut(nn.Module):
    """Hands on what it gets, and no gradient comes back."""

    def forward(self, x):
        return x.detach()


def model_with_a_cut(*sizes):
    layers = named(*sizes)
    return nn.Sequential(OrderedDict([*layers[:2], ("cut", Cut()), layers[2]]))


def model_loss(model, x, y):
    return ((model(x) - y) ** 2).mean()


def silent_by(
    still=lambda grad: grad is None or not grad.any(),
    start=nn.Module.zero_grad,
    measure=lambda loss, model: loss.backward(),
    finish=list,
):
    """An answer to the exercise, with the usual mistakes as options."""

    def silent(model, x, y):
        start(model)
        measure(model_loss(model, x, y), model)
        return finish([name for name, p in model.named_parameters() if still(p.grad)])

    return silent


def zeroed_after(loss, model):
    loss.backward()
    model.zero_grad()


def stepped(loss, model):
    loss.backward()
    torch.optim.SGD(model.parameters(), lr=0.1).step()


def silent_by_grad(model, x, y):
    found = {name: p for name, p in model.named_parameters() if p.requires_grad}
    slopes = torch.autograd.grad(model_loss(model, x, y), found.values(), allow_unused=True)
    heard = {
        name for name, s in zip(found, slopes, strict=True) if s is not None and s.abs().max() > 0
    }
    return [name for name, _ in model.named_parameters() if name not in heard]


def silent_by_copies(model, x, y):
    for p in model.parameters():
        p.grad = torch.zeros_like(p)
    model_loss(model, x, y).backward()
    return tuple(n for n, p in model.named_parameters() if p.grad.abs().sum() == 0)


def gradients(layers, x, y):
    """The gradients of a network with one hidden layer, by name; a mean over all numbers."""
    (w1, b1), (w2, b2) = layers
    h = bent(linear_rows(x, w1, b1))
    pred, count = linear_rows(h, w2, b2), len(y) * len(y[0])
    d = [[2 * (p - t) / count for p, t in zip(*rows, strict=True)] for rows in zip(pred, y)]
    back = [
        [sum(w2[k][j] * r[k] for k in range(len(b2))) * (1 - a[j] ** 2) for j in range(len(b1))]
        for r, a in zip(d, h, strict=True)
    ]

    def products(errors, inputs):
        return [[sum(e * v for e, v in zip(a, b)) for b in zip(*inputs)] for a in zip(*errors)]

    return dict(
        zip(
            NAMES,
            (
                products(back, x),
                [sum(column) for column in zip(*back)],
                products(d, h),
                [sum(column) for column in zip(*d)],
            ),
            strict=True,
        )
    )


@rejects(
    (silent_by(still=lambda grad: grad is None), "zeros"),
    (silent_by(still=lambda grad: grad is not None and not grad.any()), "is `None`"),
    (silent_by(still=lambda grad: not grad.any()), "Ask for that first"),
    (silent_by(still=lambda grad: grad is None or not grad.all()), "one number of it"),
    (silent_by(still=lambda grad: grad is None or grad.sum() == 0), "cancel"),
    (silent_by(still=lambda grad: grad is not None and bool(grad.any())), "other way round"),
    (silent_by(start=lambda model: None), "earlier pass"),
    (silent_by(measure=lambda loss, model: None), "No gradient has arrived"),
    (silent_by(measure=zeroed_after), "No gradient has arrived"),
    (silent_by(measure=stepped), "has moved"),
    (silent_by(finish=lambda names: [n.split(".")[0] for n in names]), "layer"),
    (silent_by(finish=lambda names: [f"{n.split('.')[0]}.weight" for n in names]), "twice"),
    (silent_by(finish=len), "a list of names"),
    (silent_by(finish=lambda names: names or None), "even if it is empty"),
    (lambda model, x, y: [p for p in model.parameters() if p.grad is None], "a list of names"),
    (lambda *a: [], "zeros"),
    (lambda *a: ["hidden.weight", "hidden.bias"], "does learn"),
)
@accepts(
    silent_by(),
    silent_by_grad,
    silent_by_copies,
    silent_by(finish=lambda names: names[::-1]),
    silent_by(still=lambda grad: grad is None or bool((grad == 0).all()), finish=set),
)
def check_silent(silent):
    ZEROS = "its gradient is a tensor of zeros"

    def task():
        layers = random_layers((features, hidden, outputs))
        x = [numbers(features, -2, 2) for _ in range(4)]
        y = [numbers(outputs, -4, 4) for _ in range(4)]
        (w1, b1), (w2, b2) = layers
        if kind == "a feature of zeros":
            x = [[0.0, *row[1:]] for row in x]
        if kind == "inputs of zeros":
            x = [[0.0] * features for row in x]
        if kind == "zeros at the end":
            w2 = [[0.0] * hidden for _ in w2]
        if kind == "a mirror":
            w1, b1 = [w1[0], w1[0]], [b1[0]] * 2
            w2 = [[line[0], -line[0]] for line in w2]
        layers = [(w1, b1), (w2, b2)]
        # A gradient is zero where it should be, and nowhere nearly zero, its sum included.
        slopes = {name: flat(value) for name, value in gradients(layers, x, y).items()}
        quiet = {name for name, row in slopes.items() if not any(row)}
        loud = all(abs(s) > 0.01 or s == 0 for row in slopes.values() for s in row)
        sums = [sum(row) for name, row in slopes.items() if name not in quiet]
        if kind == "a mirror":
            sums = sums[2:]
        if loud and quiet == zeros.get(kind, set()) and all(abs(v) > 0.01 for v in sums):
            return layers, x, y

    zeros = {"zeros at the end": set(NAMES[:2]), "inputs of zeros": {"hidden.weight"}}
    nothing = {}
    cases = [
        ("zeros at the end", fresh_model, (2, 3, 1), dict.fromkeys(NAMES[:2], ZEROS)),
        ("a feature of zeros", fresh_model, (2, 3, 2), nothing),
        (
            "a frozen layer",
            model_with_frozen_layer,
            (dice.choice(["hidden", "output"]), 2, 2, 1),
            None,
        ),
        ("a mirror", fresh_model, (1, 2, 1), nothing),
        ("zeros at the end", model_used_before, (1, 3, 2), dict.fromkeys(NAMES[:2], ZEROS)),
        ("inputs of zeros", fresh_model, (2, 2, 1), {"hidden.weight": ZEROS}),
        (
            "a cut",
            model_with_a_cut,
            (1, 2, 1),
            dict.fromkeys(NAMES[:2], "its gradient is `None`: no way leads back to it"),
        ),
    ]
    for kind, factory, given, right in cases:
        if right is None:
            reason = "its gradient is `None`: this layer asks for no slopes"
            right = {f"{given[0]}.{part}": reason for part in ("weight", "bias")}
        features, hidden, outputs = given[-3:]
        layers, x, y = drawn(task)
        values = dict(zip(NAMES, (value for layer in layers for value in layer), strict=True))
        model = silent.lend(factory, *given)
        model.load(values)
        answer = ask(silent, model, tensor(x), tensor(y))
        judge_names(answer, right, kind, factory is model_used_before)
        now = {name: flat(value) for name, value in plain(model.parameters().data).items()}
        if moved := [n for n, value in values.items() if not close(now.get(n, []), flat(value))]:
            answer.refuse(f"`{moved[0]}` has moved. Only measure: no step is wanted here.")


def judge_names(answer, right, kind, used):
    """Refuse an answer that is not a list of the names in `right`, which holds a reason by name."""
    want = str(list(right))
    if answer.data.kind == "none":
        answer.refuse(
            "`None` came back. Return a list, even if it is empty, and end with `return`.", want
        )
    names = plain(answer.data)
    if answer.data.kind not in ("list", "tuple", "set") or not isinstance(names, list | tuple):
        answer.refuse(f"This is {answer.data.what}, and a list of names is expected.", want)
    if not all(isinstance(name, str) for name in names):
        answer.refuse("There is something else than text in it: a list of names is expected.", want)
    if strange := [name for name in names if name not in NAMES]:
        if strange[0] in ("hidden", "output"):
            answer.refuse(
                f"`{strange[0]}` is the name of a layer. Return the names of parameters, such as "
                "`hidden.weight`.",
                want,
            )
        answer.refuse(
            f"There is no parameter {strange[0][:40]!r} in this model. The names are those of "
            "`named_parameters()`.",
            want,
        )
    if len(set(names)) < len(names):
        answer.refuse("A name comes twice. Each parameter has a name of its own.", want)
    missed = [name for name in right if name not in names]
    extra = [name for name in NAMES if name in names and name not in right]
    if not missed and not extra:
        return
    if set(names) == set(NAMES) - set(right) and right:
        answer.refuse("It is the other way round: these are the ones that do learn.", want)
    if len(names) == len(NAMES):
        answer.refuse(
            "All four are in it. No gradient has arrived: does `backward` run, and are the "
            "gradients still there when you look at them?",
            want,
        )
    if missed and used:
        answer.refuse(
            f"`{missed[0]}` is missing: {right[missed[0]]}. What lies in `grad` comes from an "
            "earlier pass. Set the gradients back first.",
            want,
        )
    if missed:
        answer.refuse(f"`{missed[0]}` is missing: {right[missed[0]]}.", want)
    why = {
        "a feature of zeros": (
            "One feature is 0 here, so one number of it is 0, or more. A parameter counts only "
            "if its whole gradient is zero."
        ),
        "a mirror": (
            "The numbers of its gradient cancel in a sum, but they are not zero. Look at "
            "each of them."
        ),
    }
    answer.refuse(
        f"`{extra[0]}` does learn: there are numbers in its gradient that are not zero. "
        + why.get(kind, ""),
        want,
    )


# 5. Read four runs

ROLES = {
    "B": "the overfitted one",
    "D": "the under-trained one",
    "C": "the one at the edge of stability",
    "A": "the one that is as it should be",
}
RUNS = list(ROLES)
NOT_THIS = {
    "BA": "A's two losses end close together. An overfitted model is much better on its own data.",
    "BC": (
        "C's validation loss is no more above the training loss than below it. It jumps: what "
        "does that mean?"
    ),
    "BD": (
        "D has a gap, but its training loss is high. An overfitted model is good on the readings "
        "it was trained on."
    ),
    "DA": "A's losses are low, and hardly fall any more: its training has come to an end.",
    "DB": "B's training loss is the lowest of all. That model has learned its readings well.",
    "DC": "C's losses are much lower than they were, and they jump. Whose still fall, slowly?",
    "CA": "A's curves are smooth at the end. At the edge of stability, a loss jumps.",
    "CB": (
        "B's curves are smooth at the end. Its validation loss rises, which is another sign than "
        "jumping."
    ),
    "CD": "D's curves are smooth. At the edge of stability, a loss jumps.",
    "AB": "B's validation loss ends more than ten times as high as its training loss.",
    "AC": "C jumps. Which validation loss would you report?",
    "AD": "D's losses are both high, and still falling.",
}


@rejects(
    (["D", "B", "C", "A"], "D has a gap"),
    (["C", "D", "B", "A"], "no more above"),
    (["A", "D", "C", "B"], "A's two losses"),
    (["B", "A", "C", "D"], "come to an end"),
    (["B", "C", "D", "A"], "Whose still fall"),
    (["B", "D", "A", "C"], "smooth at the end"),
    (["A", "B", "C", "D"], "A's two losses"),
    (["B", "D", "C"], "four letters"),
    ("B", "four letters"),
    (["B", "D", "C", "C"], "four letters"),
)
@accepts(RUNS, "BDCA", ("b", "d", "c", "a"), "B, D, C, A")
def check_runs(runs):
    answer, letters = letters_once(runs, "four letters", "ABCD")
    for place, (letter, right) in enumerate(zip(letters, RUNS, strict=True), 1):
        if letter != right:
            answer.refuse(f"Letter {place} is not {ROLES[right]}. " + NOT_THIS[right + letter])


# 6. A bump from two units

SHAPES = dict(zip(NAMES, ((2, 1), (2,), (1, 2), (1,)), strict=True))


def bump_by(steep=6.0, biases=lambda w, le, r: (-w * le, -w * r), heights=None, base=None):
    """An answer to the exercise, with the usual mistakes as options."""

    def bump(left, right, ground, top):
        half = (top - ground) / 2
        up, down = heights(ground, top) if heights else (half, -half)
        return {
            "hidden.weight": torch.tensor([[steep], [steep]]),
            "hidden.bias": torch.tensor(biases(steep, left, right)),
            "output.weight": torch.tensor([[up, down]]),
            "output.bias": torch.tensor([base(ground, top) if base else ground]),
        }

    return bump


def other_bump(left, right, ground, top):
    half = (top - ground) / 2
    return {
        "output.bias": torch.tensor([ground], dtype=torch.float64),
        "hidden.bias": torch.tensor([20.0 * right, -2.0 * left], dtype=torch.float64),
        "hidden.weight": torch.tensor([[-20.0], [2.0]], dtype=torch.float64),
        "output.weight": torch.tensor([[half, half]], dtype=torch.float64),
    }


def bump_with_parameters(*args):
    return {name: nn.Parameter(value) for name, value in bump_by()(*args).items()}


def bump_but(**changes):
    """A right answer with other tensors under these names, which begin with `hidden` here."""
    return lambda *args: bump_by()(*args) | {f"hidden.{n}": value for n, value in changes.items()}


@rejects(
    (bump_by(heights=lambda g, t: (t - g, g - t)), "twice as far"),
    (bump_by(heights=lambda g, t: ((g - t) / 2, (t - g) / 2)), "wrong way"),
    (bump_by(heights=lambda g, t: (t / 2, -t / 2)), "not by `top`"),
    (bump_by(base=lambda g, t: 0.0), "output bias"),
    (bump_by(base=lambda g, t: t), "output bias"),
    (bump_by(base=lambda g, t: (g + t) / 2), "output bias"),
    (bump_by(base=lambda g, t: -g), "output bias"),
    (bump_by(biases=lambda w, le, r: (w * le, w * r)), "sign of the bias"),
    (bump_by(biases=lambda w, le, r: (-le, -r)), "the weight times"),
    (bump_by(biases=lambda w, le, r: (le, r)), "the weight times"),
    (bump_by(biases=lambda w, le, r: (-w * (le + r) / 2,) * 2), "same place"),
    (bump_by(biases=lambda w, le, r: (-w * le - 9, -w * r)), "They belong at"),
    (bump_by(biases=lambda w, le, r: (-w * r, -w * le)), "wrong way"),
    (bump_by(steep=1.0), "too gentle"),
    (bump_by(heights=lambda g, t: ((t - g) / 2,) * 2), "both steps go"),
    (bump_by(heights=lambda g, t: ((t - g) / 2, 0.0)), "does nothing"),
    (bump_by(heights=lambda g, t: ((t - g) / 2, g - t)), "come back"),
    (bump_by(heights=lambda g, t: (0.75 * (t - g), 0.75 * (g - t))), "are expected"),
    (lambda le, r, g, t: bump_by()(le, r, g, g + abs(t - g)), "wrong way"),
    (lambda le, r, g, t: bump_by()(2.0, 7.0, g, t), "They belong at"),
    (lambda *args: list(bump_by()(*args).values()), "dict"),
    (lambda *args: dict(list(bump_by()(*args).items())[:3]), "`output.bias` is missing"),
    (lambda *args: bump_by()(*args) | {"bend": torch.zeros(1)}, "one more than expected"),
    (bump_but(weight=torch.tensor([6.0, 6.0])), "shape"),
    (bump_but(weight=torch.tensor([[6.0, 6.0]])), "shape"),
    (bump_but(bias=[-6.0, -24.0]), "a tensor"),
    (bump_but(bias=torch.tensor([math.nan, 0.0])), "ordinary numbers"),
    (lambda *args: None, "return"),
)
@accepts(
    bump_by(),
    other_bump,
    bump_with_parameters,
    bump_by(
        steep=50.0,
        biases=lambda w, le, r: (-w * r, -w * le),
        heights=lambda g, t: ((g - t) / 2, (t - g) / 2),
    ),
    bump_by(base=lambda g, t: g + 0.01 * (t - g)),
)
def check_bump(bump):
    def task():
        left, width = (
            dice.choice([-9.5, -8.25, -1.25, 1.5, 3.25, 4.0]),
            dice.choice([4.0, 5.5, 7.0]),
        )
        ground, top = (
            dice.choice([-4.0, -2.5, 1.5, 3.25]),
            dice.choice([-6.5, -1.75, 0.75, 2.5, 5.0]),
        )
        rise = top - ground
        # What is forgotten must be seen: no edge near 0, and no rise that is like another one.
        others = (0, top, rise, 1.5 * rise, 2 * rise, -rise, ground)
        gaps = [abs(a - b) for a, b in itertools.combinations(others, 2)]
        if abs(left + width) > 1 and rise * sign > 0 and min(gaps) > 0.25 * abs(rise):
            return left, left + width, ground, top

    for sign in dice.sample([1, 1, -1, -1], 4):
        left, right, ground, top = drawn(task)
        answer = ask(bump, left, right, ground, top)
        units, base = read_units(answer)
        room = abs(top - ground)

        def away(x, want, units=units, base=base, room=room):
            """How far the curve is from what is wanted, as a part of the rise."""
            return abs(base + sum(v * math.tanh(w * x + b) for w, b, v in units) - want) / room

        outside = [edge for d in (1, 1.5, 3, 9, 60) for edge in (left - d, right + d)]
        inside = [left + 1 + (right - left - 2) * k / 8 for k in range(9)]
        good = max(away(x, ground) for x in outside) <= 0.0501
        good = good and max(away(x, top) for x in inside) <= 0.0501
        if not (good and max(away(x, (ground + top) / 2) for x in (left, right)) <= 0.15):
            answer.refuse(why_no_bump(units, base, left, right, ground, top))


def read_units(answer):
    """The hidden units of an answer as (weight, bias, height) each, and the output's bias."""
    answer.refuse_nothing("a dict")
    if answer.data.kind != "dict" or answer.data.value is None:
        answer.refuse(f"This is {answer.data.what}, and a dict of four tensors is expected.")
    found = answer.data.value
    for name, shape in SHAPES.items():
        item = found.get(name)
        if item is None:
            answer.refuse(f"`{name}` is missing. The names are {', '.join(NAMES)}.")
        if item.kind != "tensor":
            answer.refuse(f"`{name}` is {item.what}, and a tensor is expected.")
        if item.shape != shape:
            answer.refuse(f"`{name}` is not right yet. {wrong_shape(item.shape, shape)}")
        values = flat(item.value)
        if not all(isinstance(v, int | float) and math.isfinite(v) for v in values):
            answer.refuse(f"`{name}` holds something else than ordinary numbers.")
    if more := [name for name in found if name not in SHAPES]:
        answer.refuse(f"There is one more than expected: `{str(more[0])[:40]}`.")
    w1, b1, w2, b2 = (flat(found[name].value) for name in NAMES)
    return list(zip(w1, b1, w2, strict=True)), b2[0]


def why_no_bump(units, base, left, right, ground, top):
    """The sentence for a curve that is not the bump that was asked for."""
    height = top - ground
    if any(abs(w) < 1e-6 or abs(v) < 1e-6 for w, _, v in units):
        return "One of the two units does nothing: one of its weights is 0."
    if sentence := wrong_places(units, left, right):
        return sentence
    steps = [2 * v * math.copysign(1, w) for w, b, v in sorted(units, key=lambda u: -u[1] / u[0])]
    start = base - sum(steps) / 2  # far to the left, each unit is half a step away from its middle
    middle, end = start + steps[0], start + sum(steps)
    seen = (
        f"Far to the left the curve is at {start:.4g}, in the middle at {middle:.4g}, and far to "
        f"the right at {end:.4g}."
    )
    same = lambda a, b: abs(a - b) <= 0.1 * abs(height)  # noqa: E731
    if same(steps[0], steps[1]):
        return f"{seen} Here both steps go the same way. One goes up, and the other one down."
    if not same(start, end):
        return f"{seen} The second step should come back just as far as the first one went."
    if same(steps[0], 2 * height):
        return f"{seen} It goes twice as far as it should: a tanh goes from -1 to 1, that is by 2."
    if same(steps[0], -height):
        return f"{seen} The bump goes the wrong way, up instead of down, or down instead of up."
    if same(steps[0], top):
        return f"{seen} From `ground` it should rise by `top - ground`, and not by `top`."
    if not same(steps[0], height):
        return f"{seen} {ground:g}, {top:g} and {ground:g} are expected."
    if not same(start, ground):
        return f"{seen} The height of the bump is right, the ground is not: see the output bias."
    if min(abs(w) for w, _, _ in units) < 2:
        return (
            "The places and the height are right, but the steps are too gentle: at a distance of 1 "
            "from an edge, the curve has not arrived yet. Larger weights make a step steeper."
        )
    return (
        f"{seen} This is nearly right. Are the steps exactly at the edges, and the heights exact?"
    )


def wrong_places(units, left, right):
    """The sentence for steps that do not stand at the two edges, or None."""
    places = sorted(0.0 - b / w for w, b, _ in units)
    if max(abs(a - b) for a, b in zip(places, (left, right), strict=True)) <= 0.3:
        return None
    stand = f"The two steps stand at {places[0]:.4g} and {places[1]:.4g}"
    if all(abs(a + b) <= 0.3 for a, b in zip(places, (right, left), strict=True)):
        return (
            f"{stand}: the sign of the bias is wrong. A step stands where w·x + b is 0: put the "
            "edge in for x, and solve for b."
        )
    biases, edges = sorted(abs(b) for _, b, _ in units), sorted((abs(left), abs(right)))
    if all(abs(a - b) < 0.1 for a, b in zip(biases, edges, strict=True)):
        return (
            f"{stand}. A step stands where w·x + b is 0, so the bias is the weight times the edge, "
            "with a minus, and not the edge alone."
        )
    if abs(places[0] - places[1]) < 0.1:
        return f"Both steps stand at the same place, {places[0]:.4g}. One belongs to each edge."
    return f"{stand}, where w·x + b is 0. They belong at {left:g} and {right:g}."


# 7. Not too stiff, and not too wild

HILL_X = [-1.92, -1.66, -1.64, -1.49, -1.23, -1.16, -1.09, -1.06, -1.01, -0.93]
HILL_X += [-0.37, -0.19, -0.16, -0.02, 0.57, 0.82, 1.32, 1.61, 1.85, 2.0]
HILL_Y = [1.0, 1.9, 1.5, 1.9, 3.7, 4.0, 3.5, 3.9, 4.2, 3.9]
HILL_Y += [3.7, 2.2, 3.5, 2.6, 2.2, 4.4, 2.9, 4.7, 4.0, 3.5]
GOAL = 0.16


def path(x):
    """The height of the path, which the readings of the page were made from, with noise."""
    return 3 * math.exp(-(((x + 0.9) / 0.7) ** 2)) + x + 2


def fitted(degree):
    """A polynomial through the readings, by least squares."""
    x, y = torch.tensor(HILL_X).double(), torch.tensor(HILL_Y).double()
    weights = torch.linalg.lstsq(torch.stack([x**k for k in range(degree + 1)], 1), y).solution
    return lambda x: sum(w * x**k for k, w in enumerate(weights.tolist()))


def nearest(x):
    """What was read at the nearest place: it knows the noise by heart."""
    return torch.tensor(HILL_Y)[(x - torch.tensor(HILL_X)).abs().argmin(dim=1)][:, None]


class Path(nn.Module):
    """A model that is right."""

    def forward(self, x):
        return 3 * torch.exp(-(((x + 0.9) / 0.7) ** 2)) + x + 2


@rejects(
    (lambda x: nn.Linear(1, 1)(x), "straight line"),
    (fitted(1), "straight line"),
    (lambda x: 0 * x + 3, "straight line"),
    (fitted(3), "under-trained"),
    (nearest, "overfitted"),
    (lambda x: fitted(7)(x) + 1.5 * torch.exp(-(((x - 1.05) / 0.15) ** 2)), "no further"),
    (lambda x: Path()(x)[:, 0], "shape"),
    (lambda x: Path()(x) * math.nan, "diverged"),
    (lambda x: nn.Linear(2, 1)(x), "shapes cannot be multiplied"),
    (lambda x: nn.Linear(1, 8)(x), "shape"),
    (torch.zeros(20, 1), "a function is expected"),
    (lambda x: None, "return"),
)
@accepts(Path(), lambda x: Path()(x) + 0.1, fitted(7), lambda x: Path()(x.double()).detach())
def check_hill(hill):
    def heights(places):
        answer = ask(hill, tensor([[x] for x in places]))
        answer.refuse_nothing()
        data, shape = answer.data, (len(places), 1)
        if data.kind != "tensor" or data.value is None or "complex" in data.dtype:
            answer.refuse(f"This is {data.what}, and a tensor of heights is expected.")
        if data.shape != shape:
            answer.refuse(wrong_shape(data.shape, shape))
        values = flat(data.value)
        if not all(abs(v) < 1e6 for v in values):  # false for nan, too
            answer.refuse("There are heights that are no numbers, or huge: this run has diverged.")
        return answer, values

    answer, seen = heights(HILL_X)
    train = mean((a - b) ** 2 for a, b in zip(seen, HILL_Y, strict=True))
    places, width = [], (HILL_X[-1] - HILL_X[0]) / 60
    for k in range(60):
        places.append(HILL_X[0] + (k + dice.random()) * width)
    dice.shuffle(places)
    answer, new = heights(places)
    distance = mean((a - path(x)) ** 2 for a, x in zip(new, places, strict=True))
    if distance <= GOAL:
        return
    said = (
        f"The loss on the training set is {train:.2g}, and the mean squared distance from the "
        f"path is {distance:.2g}."
    )
    want = f"at most {GOAL}"
    if train > 0.84:
        answer.refuse(f"{said} This is no better than a straight line. Train it first.", want)
    if train < 0.24:
        answer.refuse(
            f"{said} This model is overfitted: it has learned the noise of twenty readings. Take "
            "fewer epochs or fewer units, and watch the validation loss.",
            want,
        )
    if train > 0.3:
        answer.refuse(
            f"{said} Both are high: it is under-trained, or it bends too little. Take more epochs, "
            "a larger learning rate, or more units.",
            want,
        )
    answer.refuse(
        f"{said} You are close. Look at the validation loss: train until it falls no further, and "
        "then stop.",
        want,
    )


# 8. Which model do you keep?

TABLES = [  # rows of losses, and the parameters of each model
    ([[3, 4]], [7]),
    (  # the first three tie, the fourth is lucky once, the fifth is the worst
        [[4, 6, 5], [5.2, 5, 5.1], [5.2, 5.1, 5.15], [0.5, 9, 9], [7, 7, 7]],
        [61, 121, 10, 300, 90],
    ),
    ([[9, 8, 10], [6, 6.5, 5.5], [4, 3.5, 4.5]], [6, 10, 121]),  # the largest is the best
    ([[1, 1, 1, 1, 21], [3, 2.5, 3.5, 3, 3], [8, 8, 7, 9, 8]], [40, 61, 6]),  # one bad failure
    ([[5], [5.2], [5.4], [9]], [121, 40, 10, 6]),  # to tie with the second is not enough
    ([[5.04, 5.06], [5, 5], [5.02, 5]], [61, 40, 10]),  # all tie
    ([[3], [4]], [40, 6]),
]


def picked(rows, sizes, mean=mean, room=1.05, most=False):
    """The row to keep, from lists; with the usual mistakes as options."""
    means = [mean(row) for row in rows]
    ties = [r for r, value in enumerate(means) if value <= room * min(means)]
    return min(ties, key=lambda r: -sizes[r] if most else sizes[r])


def chained(rows, sizes):
    """A mistake: each mean is compared with the model kept so far, from the best one on."""
    means = [mean(row) for row in rows]
    kept, *others = sorted(range(len(rows)), key=means.__getitem__)
    for row in others:
        if means[row] < 1.05 * means[kept] and sizes[row] < sizes[kept]:
            kept = row
    return kept


def middle(values):
    return sorted(values)[len(values) // 2]


def weigh_by(pick=picked, give=lambda row, sizes: row, **options):
    return lambda losses, sizes: give(pick(losses.tolist(), sizes, **options), sizes)


PICKS = [  # mistakes, and their sentences
    (
        partial(picked, room=1),
        "This model has the lowest mean. Another one ties with it and has fewer parameters.",
    ),
    (
        partial(picked, room=math.inf),
        "This is the smallest model of all. Choose among those that tie with the best one only.",
    ),
    (partial(picked, most=True), "This is the largest of those that tie. Keep the smallest one."),
    (
        partial(picked, mean=middle),
        "This goes by the median, which does not notice one bad failure. Take the mean.",
    ),
    (partial(picked, mean=min), "This goes by the luckiest split of each model. Take the mean."),
    (
        chained,
        "This model ties with one that ties with the best. Compare each mean with the lowest of "
        "all.",
    ),
    (
        partial(picked, mean=lambda row: -mean(row), room=1),
        "This is the model with the highest mean, and a loss should be low.",
    ),
]


@rejects(
    (weigh_by(room=1), "has the lowest mean"),
    (weigh_by(room=math.inf), "smallest model of all"),
    (weigh_by(most=True), "largest of those that tie"),
    (weigh_by(mean=middle), "median"),
    (weigh_by(mean=min), "luckiest"),
    (weigh_by(chained), "lowest of all"),
    (weigh_by(PICKS[-1][0]), "highest mean"),
    (weigh_by(give=lambda row, sizes: sizes[row]), "its parameters"),
    (weigh_by(give=lambda row, sizes: row + 1), "counted from 0"),
    (lambda losses, sizes: None, "return"),
)
@accepts(
    weigh_by(),
    weigh_by(mean=sum),
    weigh_by(give=lambda row, sizes: torch.tensor(row)),
    lambda losses, sizes: min(
        (losses.mean(1) < 1.05 * losses.mean(1).min()).nonzero()[:, 0].tolist(),
        key=lambda row: sizes[row],
    ),
)
def check_weigh(weigh):
    for rows, sizes in TABLES:
        order, scale = dice.sample(range(len(rows)), len(rows)), dice.choice([0.02, 1, 40])
        rows = [[scale * value for value in dice.sample(rows[r], len(rows[r]))] for r in order]
        sizes = [sizes[r] for r in order]
        right = picked(rows, sizes)
        wrong = [(sizes[right], "This is the number of its parameters. Return that of its row.")]
        wrong += [(pick(rows, sizes), sentence) for pick, sentence in PICKS]
        wrong += [(right + 1, "It is one row too far: rows are counted from 0.")]
        answer = ask(weigh, tensor(rows), sizes)
        value = plain(answer.data)
        if is_number(value) and value == right:  # a number, or a tensor of one
            continue
        expect(answer, right, wrong=[pair for pair in wrong if pair[0] != right])
