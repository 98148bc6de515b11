"""The checks of `solutions/08_nn_module.md`."""

import math
from functools import partial

import torch
from torch import nn

from helpers.checks.engine import (
    NotAttempted,
    NotYet,
    accepts,
    advised,
    apart,
    are_numbers,
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
from helpers.checks.engine.mistakes import close
from helpers.checks.engine.reference import linear, random_layer, relu, sigmoid

make_tensor = torch.tensor  # kept from import time

# What a message of PyTorch means on this page.
ADVICE = {
    "cannot be multiplied": (
        "A linear layer got another number of features than it wants. Write the shape behind "
        "each line of `forward`, samples first."
    ),
    "size mismatch": (
        "A linear layer got another number of features than it wants. Were the samples "
        "flattened, too? `flatten(1)` keeps the first dimension."
    ),
    "is invalid for input of size": "The `view` does not fit the number of features.",
}
ask = partial(advised, ADVICE)

# 1. Three ways to count


CENSUS = [93, 124, 75]
THRICE = "Using a layer three times does not make more parameters of it."
NO_BIAS = "`last` was made without a bias: it has weights only."
CENSUS_SENTENCES = (
    {
        142: "The layers of a plain list are not found: `extra` is not registered.",
        75: "`spare` is a module and was assigned to `self`: it is found, whether used or not.",
        124: "Found is what is registered, whether `forward` uses it or not. Look at `extra` "
        "and at `spare`.",
        153: THRICE,
        202: THRICE + " And the layers of a plain list are not found.",
        95: NO_BIAS,
        144: NO_BIAS + " And the layers of a plain list are not found.",
        80: "These are the weights only. The biases are parameters as well.",
        7: "This is how many tensors there are. How many numbers are in them?",
        None: "Add up the layers that are registered, each once: weights and biases.",
    },
    {
        142: "`spare` is declared, but `forward` does not use it.",
        184: THRICE,
        202: THRICE + " And `forward` does not use `spare`.",
        126: NO_BIAS,
        75: "`forward` computes with the layers of `extra`, though PyTorch does not find them.",
        93: "This is about what `forward` computes with: it uses `extra`, and not `spare`.",
        105: "These are the weights only. The biases take part as well.",
        None: "Add up the layers that `forward` uses, each once: weights and biases.",
    },
    {
        93: "`spare` is found, but `forward` does not use it. So it gets no gradient, and stays.",
        124: "`extra` takes part, but the optimizer does not know it. So it stays as it is.",
        142: "To be changed, a number must be known to the optimizer, and have a gradient.",
        135: THRICE,
        77: NO_BIAS,
        65: "These are the weights only. The biases are trained as well.",
        0: "The optimizer finds some layers. Those of them that `forward` uses are trained.",
        None: "Count what the optimizer knows *and* what gets a gradient.",
    },
)


@rejects(
    ([142, 124, 75], "is not registered"),
    ([75, 124, 75], "whether used or not"),
    ([153, 184, 135], "three times"),
    ([95, 126, 77], "without a bias"),
    ([80, 105, 65], "biases are parameters"),
    ([7, 9, 5], "how many tensors"),
    ([93, 142, 75], "does not use it"),
    ([93, 75, 75], "though PyTorch does not find them"),
    ([93, 124, 93], "gets no gradient"),
    ([93, 124, 124], "optimizer does not know"),
    ([93, 124, 1], "The third number"),
    ([93, 75, 124], "The second number"),
    (93, "list of 3 numbers"),
    (["93", "124", "75"], "a number of its own"),
)
@accepts([93, 124, 75], (93.0, 124.0, 75.0), torch.tensor([93, 124, 75]))
def check_census(census):
    answer, values = numbers_of(census, "3 numbers", 3)
    names = ("The first number", "The second number", "The third number")
    refuse_first(answer, values, CENSUS, CENSUS_SENTENCES, names)


# 2. Which hooks run?


HOOK_CALLS = [4, 10, 0]
HOOK_SENTENCES = (
    {
        5: "`model.forward(batch)` is not a call of the model: its hook does not run.",
        6: "A hook runs once for each call, however many samples there are in the batch.",
        9: "A hook runs once for each call, and `model.forward(batch)` is not a call.",
        2: "The loop calls the model as well, three times.",
        3: "The loop calls the model as well, three times. And `model.forward` is no call.",
        1: "The loop calls the model as well, three times.",
        None: "Count the lines that call the model, with the rounds of the loop.",
    },
    {
        8: "While `model.forward(batch)` runs, it calls `self.hidden(x)`: that is a call.",
        5: "The layer is called twice in `forward`, and its hook runs each time.",
        4: "It is called twice in `forward`, and `model.forward(batch)` runs that code too.",
        18: "A hook runs once for each call, however many samples there are in the batch.",
        12: "A hook runs once for each call, however many samples there are in the batch.",
        0: "`forward` calls `self.hidden(x)`. A hook runs, whoever makes the call.",
        None: "How many times does the code of `forward` run? Each time it calls `hidden` twice.",
    },
    {
        value: "`forward` says `self.output.forward(x)`. Is that a call of the module?"
        for value in (1, 2, 3, 4, 5, 6, 8, 9, 10, None)
    },
)


@rejects(
    ([5, 10, 0], "is not a call of the model"),
    ([5, 10, 5], "is not a call of the model"),
    ([6, 18, 0], "however many samples"),
    ([2, 4, 0], "The loop calls"),
    ([4, 8, 0], "that is a call"),
    ([4, 5, 0], "twice in `forward`"),
    ([4, 4, 4], "twice in `forward`"),
    ([4, 18, 0], "however many samples"),
    ([4, 10, 5], "self.output.forward"),
    ([4, 10, 4], "self.output.forward"),
    ([4, 0, 10], "whoever makes the call"),
    ([40, 10, 0], "rounds of the loop"),
    ([4, 11, 0], "How many times"),
    ([4, 10], "list of 3 numbers"),
    ({"model": 4, "hidden": 10, "output": 1}, "self.output.forward"),
    ("4, 10, 0", "list of 3 numbers"),
)
@accepts(
    [4, 10, 0],
    (4, 10, 0),
    torch.tensor([4, 10, 0]),
    {"model": 4, "hidden": 10, "output": 0},
)
def check_hook_calls(hook_calls):
    found = plain(hook_calls.read().data)
    names = ("model", "hidden", "output")
    if isinstance(found, dict) and set(found) == set(names):  # the form of `calls` itself
        answer, values = hook_calls.read(), [found[name] for name in names]
    else:
        answer, values = numbers_of(hook_calls, "3 numbers", 3)
    names = ("The number for the model", "The number for `hidden`", "The number for `output`")
    refuse_first(answer, values, HOOK_CALLS, HOOK_SENTENCES, names)


# What stands behind a layer, in plain Python


def log_softmax(z):
    largest = max(z)
    log_sum = largest + math.log(sum(math.exp(u - largest) for u in z))
    return [u - log_sum for u in z]


def softmax(z):
    return [math.exp(u) for u in log_softmax(z)]


def for_each(function):
    """A function from a list to the list of what `function` makes of each number."""
    return lambda z: [function(u) for u in z]


ENDS = {
    "softmax": (
        softmax,
        "These are probabilities: there is a softmax at the end. Return the scores before it.",
    ),
    "log_softmax": (
        log_softmax,
        "There is a log_softmax at the end. `nn.CrossEntropyLoss` does that as well: return the "
        "scores as they are.",
    ),
    "relu": (
        for_each(relu),
        "There is a ReLU at the end. Logits may be negative: leave them as they are.",
    ),
    "sigmoid": (
        for_each(sigmoid),
        "There is a sigmoid at the end. Logits may be any numbers: nothing comes after them.",
    ),
    "tanh": (
        for_each(math.tanh),
        "There is a tanh at the end. Logits may be any numbers: nothing comes after them.",
    ),
}


def distinct(one):
    """Whether what is right and what is wrong, the last two of a draw, are told apart."""
    *_, right, wrong = one
    return apart(right, *(rows for rows, _ in wrong), by=0.04)


def with_ends(right):
    """The right numbers with something at the end that does not belong there."""
    wrong = [([end(row) for row in right], sentence) for end, sentence in ENDS.values()]
    if len(right) > 1:
        columns = [softmax(column) for column in zip(*right, strict=True)]
        wrong.append(([list(row) for row in zip(*columns, strict=True)], ENDS["softmax"][1]))
    return wrong


# 3. A model with two ears


class Ears(nn.Module):
    """Exercise 3, with the usual mistakes as options; for answers below."""

    def __init__(self, length, units, classes, end=None, bend=torch.relu, mix=None, split=None):
        super().__init__()
        self.ear = nn.Linear(length, units)
        self.output = nn.Linear(units, classes)
        self.end, self.bend = end or (lambda z: z), bend
        self.mix = mix or (lambda left, right: left - right)
        self.split = split or (lambda x: (x[:, 0], x[:, 1]))

    def forward(self, x):
        left, right = (self.bend(self.ear(clip)) for clip in self.split(x))
        return self.end(self.output(self.mix(left, right)))


def ears(**options):
    return lambda *sizes: Ears(*sizes, **options)


class TwoLayers(Ears):
    def __init__(self, length, units, classes):
        super().__init__(length, units, classes)
        self.left, self.right = self.ear, nn.Linear(length, units)
        del self.ear

    def forward(self, x):
        left, right = torch.relu(self.left(x[:, 0])), torch.relu(self.right(x[:, 1]))
        return self.output(left - right)


class MadeInForward(nn.Module):
    def __init__(self, length, units, classes):
        super().__init__()
        self.sizes = length, units, classes

    def forward(self, x):
        return Ears(*self.sizes)(x)


class NoSuper(nn.Module):
    def __init__(self, length, units, classes):
        self.ear = nn.Linear(length, units)


class NoForward(nn.Module):
    def __init__(self, length, units, classes):
        super().__init__()
        self.ear = nn.Linear(length, units)
        self.output = nn.Linear(units, classes)


class Listed(nn.Module):
    def __init__(self, length, units, classes):
        super().__init__()
        self.layers = [nn.Linear(length, units), nn.Linear(units, classes)]

    def forward(self, x):
        left, right = (torch.relu(self.layers[0](x[:, place])) for place in (0, 1))
        return self.layers[1](left - right)


class Joined(nn.Module):
    def __init__(self, length, units, classes):
        super().__init__()
        self.ear, self.output = nn.Linear(length, units), nn.Linear(2 * units, classes)

    def forward(self, x):
        return self.output(torch.relu(self.ear(x)).flatten(1))


class Flat(nn.Module):
    def __init__(self, length, units, classes):
        super().__init__()
        self.ear, self.output = nn.Linear(2 * length, units), nn.Linear(units, classes)

    def forward(self, x):
        return self.output(torch.relu(self.ear(x.flatten(1))))


class Rows(Ears):
    """Makes two samples out of each pair."""

    def forward(self, x):
        return self.output(torch.relu(self.ear(x.view(-1, x.shape[2]))))


class Silent(Ears):
    def forward(self, x):
        super().forward(x)


class LateDifference(Ears):
    def forward(self, x):
        sides = self.output(torch.relu(self.ear(x)))
        return sides[:, 0] - sides[:, 1]


class Unbound(nn.Module):
    def __init__(self, length, units, classes):
        super().__init__()
        self.ear = nn.Linear(length, units, bias=False)
        self.output = nn.Linear(units, classes)


class Renamed(nn.Module):
    def __init__(self, length, units, classes):
        super().__init__()
        self.hidden, self.output = nn.Linear(length, units), nn.Linear(units, classes)

    def forward(self, x):
        left, right = torch.relu(self.hidden(x)).unbind(1)
        return self.output(left - right)


class Spare(Ears):
    def __init__(self, *sizes):
        super().__init__(*sizes)
        self.spare = nn.Linear(3, 3)


class ByMatrix(nn.Module):
    """Both ears in one call, and the difference as a sum with signs."""

    def __init__(self, length, units, classes):
        super().__init__()
        self.output = nn.Linear(in_features=units, out_features=classes)
        self.ear = nn.Linear(in_features=length, out_features=units)

    def forward(self, x):
        sides = self.ear(x).clamp(min=0)  # (batch, 2, units)
        return self.output((sides * torch.tensor([[1.0], [-1.0]])).sum(dim=1))


class ByModules(nn.Module):
    def __init__(self, length, units, classes):
        super().__init__()
        self.ear, self.relu = nn.Linear(length, units), nn.ReLU()
        self.output = nn.Linear(units, classes)

    def side(self, x):
        return self.relu(self.ear(x))

    def forward(self, x):
        left, right = x.unbind(dim=1)
        return self.output(self.side(left) - self.side(right))


EAR_VARIANTS = (
    ("swapped", "The sides have changed places: left minus right."),
    ("sum", "The two sides are added. The output layer gets their difference."),
    ("no relu", "ReLU is missing: it stands behind `ear`, on both sides, before the difference."),
    (
        "late relu",
        "ReLU stands in the wrong place: it comes behind `ear`, on both sides, and the difference "
        "comes after it.",
    ),
    (
        "both relu",
        "There is one ReLU too many: the difference may be negative, and goes to `output` as it "
        "is.",
    ),
    ("abs", "The sign of the difference got lost. Left minus right may be negative."),
    ("square", "The difference is squared. It goes to `output` as it is."),
    ("left", "Only the left clips are used."),
    ("right", "Only the right clips are used."),
    ("tanh", "There is a tanh behind `ear`. ReLU is expected: `torch.relu`."),
    (
        "early",
        "The difference is taken too early, of the clips. Each side goes through `ear` and ReLU "
        "first.",
    ),
    (
        "late",
        "The difference is taken too late, behind `output`: there the bias of `output` is lost. "
        "Subtract first, then call `output` once.",
    ),
)


def ears_at(kind, values, x):
    """The rows that the model, or one with a mistake of this kind, makes of the pairs `x`."""
    (ear, ear_bias), (out, out_bias) = values
    sides = []
    for pair in x:
        if kind == "early":
            pair = [[a - b for a, b in zip(*pair, strict=True)], pair[1]]
        left, right = (linear(clip, ear, ear_bias) for clip in pair)
        if kind == "tanh":
            left, right = map(for_each(math.tanh), (left, right))
        elif kind not in ("no relu", "late relu"):
            left, right = map(for_each(relu), (left, right))
        side = [a - b for a, b in zip(left, right, strict=True)]
        if kind == "swapped":
            side = [-u for u in side]
        if kind == "sum":
            side = [a + b for a, b in zip(left, right, strict=True)]
        if kind in ("late relu", "both relu"):
            side = for_each(relu)(side)
        if kind == "abs":
            side = [abs(u) for u in side]
        if kind == "square":
            side = [u * u for u in side]
        side = {"left": left, "right": right, "early": left}.get(kind, side)
        sides.append(linear(side, out, [0.0] * len(out) if kind == "late" else out_bias))
    return sides


MIXED = (
    "Clips of different pairs are compared. When all the clips stand in one column, the left and "
    "the right ones take turns there."
)


EAR_ADVICE = ADVICE | {
    "cannot be multiplied": (
        "A linear layer got another number of features than it wants. `ear` wants one clip for "
        "each row, of shape (batch, length): `x[:, 0]`. `output` wants (batch, units)."
    ),
    "out of bounds": "`x[1]` is the second pair. The right clips of all pairs are `x[:, 1]`.",
}


@rejects(
    (ears(end=lambda z: torch.softmax(z, dim=1)), "These are probabilities"),
    (ears(end=lambda z: torch.log_softmax(z, dim=1)), "log_softmax"),
    (ears(end=lambda z: torch.softmax(z, dim=0)), "These are probabilities"),
    (ears(end=lambda z: z.detach()), "cannot be trained"),
    (ears(split=lambda x: (x[:, 0] - x[:, 1], x[:, 0]), mix=lambda a, b: a), "too early"),
    (ears(split=lambda x: x.view(-1, x.shape[2]).split(len(x))), "different pairs"),
    (LateDifference, "too late"),
    (ears(end=torch.relu), "ReLU at the end"),
    (ears(end=torch.sigmoid), "sigmoid"),
    (ears(mix=lambda a, b: b - a), "left minus right"),
    (ears(mix=lambda a, b: a + b), "are added"),
    (ears(mix=lambda a, b: (a - b).abs()), "sign of the difference"),
    (ears(mix=lambda a, b: torch.relu(a - b)), "one ReLU too many"),
    (ears(bend=lambda u: u), "ReLU is missing"),
    (ears(bend=lambda u: u, mix=lambda a, b: torch.relu(a - b)), "wrong place"),
    (ears(mix=lambda a, b: a), "Only the left"),
    (ears(bend=torch.tanh), "tanh"),
    (ears(split=lambda x: (x[0], x[1])), "first *pair*"),
    (Rows, "two rows for each pair"),
    (ears(end=lambda z: z.mean(dim=0)), "shape"),
    (ears(end=lambda z: z.squeeze()), "dimension of size 1"),
    (ears(end=lambda z: z.argmax(dim=1)), "Which class"),
    (TwoLayers, "the same layer"),
    (MadeInForward, "no parameters"),
    (NoSuper, "super().__init__()"),
    (NoForward, "forward"),
    (Listed, "nn.ModuleList"),
    (Joined, "`units` inputs"),
    (Flat, "both clips at once"),
    (Silent, "`forward` end with `return`"),
    (Unbound, "`ear.bias` is missing"),
    (Renamed, "`ear.weight` is missing"),
    (Spare, "one more"),
    (lambda length, units, classes: Ears(8, 4, 3), "always the same"),
    (lambda length, units, classes: Ears(units, length, classes), "changed places"),
    (lambda length, units, classes: Ears(length, classes, units), "not right yet"),
    (lambda *sizes: Ears(*sizes).requires_grad_(False), "cannot be trained"),
    (lambda *sizes: Ears(*sizes) and None, "return"),
    (lambda *sizes: lambda x: x, "`nn.Module`"),
)
@accepts(Ears, ByMatrix, ByModules, ears(split=lambda x: (x[:, 0, :], x[:, -1, :])))
def check_TwoEars(TwoEars):
    sizes = dice.sample([(4, 3, 2), (3, 5, 2), (5, 4, 3), (6, 3, 4), (2, 4, 5), (4, 6, 3)], 3)
    nets = [ask(TwoEars.make, *three) for three in sizes]
    found = [ears_parameters(net) for net in nets]
    shapes = [{name: data.shape for name, data in one[1].items()} for one in found]
    if shapes[0] == shapes[1] == shapes[2]:
        found[0][0].refuse(
            "The sizes are always the same. Use the arguments `length`, `units` and `classes` in "
            "`__init__`."
        )
    for net, three, (answer, parameters) in zip(nets, sizes, found, strict=True):
        ears_shapes(answer, parameters, three)
        for count in (3, 1):

            def draw(three=three, count=count):
                length, units, classes = three
                values = random_layer(length, units), random_layer(units, classes)
                x = [[numbers(length, -3, 3) for _ in "lr"] for _ in range(count)]
                right = ears_at("", values, x)
                wrong = [(ears_at(kind, values, x), s) for kind, s in EAR_VARIANTS]
                if count > 1:
                    clips = [clip for pair in x for clip in pair]
                    mixed = list(zip(clips[:count], clips[count:], strict=True))
                    wrong.append((ears_at("", values, mixed), MIXED))
                return values, x, right, wrong + with_ends(right)

            values, x, right, wrong = drawn(draw, distinct)
            (ear, ear_bias), (out, out_bias) = values
            net.load(
                {
                    "ear.weight": ear,
                    "ear.bias": ear_bias,
                    "output.weight": out,
                    "output.bias": out_bias,
                }
            )
            answer = advised(EAR_ADVICE, net, tensor(x))
            ears_rows(answer, count, three)
            expect(answer, right, wrong=wrong)
            trainable(answer)


def trainable(answer):
    if not answer.data.requires_grad:
        answer.refuse(
            "The numbers are right, but there is no way back from them to the parameters: this "
            "model cannot be trained. `detach`, `.data` or `torch.no_grad()` cut the way."
        )


def ears_parameters(net):
    """The Answer of the parameters and these by name, if their names are right."""
    answer = net.parameters()
    found = answer.data.value
    wanted = [f"{layer}.{part}" for layer in ("ear", "output") for part in ("weight", "bias")]
    if not found:
        answer.refuse(
            "There are no parameters. Declare both layers in `__init__`, as `self.ear = ...` and "
            "`self.output = ...`. A layer that is made in `forward` is a new one at each call."
        )
    missing = [name for name in wanted if name not in found]
    weights = [name for name in found if name.endswith("weight")]
    if len(weights) > 2 and "ear.weight" in missing:
        answer.refuse(
            f"There are {len(weights)} layers with weights. Both clips go through the same layer, "
            "and its name is `ear`."
        )
    if missing:
        names = ", ".join(f"`{name}`"[:60] for name in list(found)[:8])
        answer.refuse(
            f"`{missing[0]}` is missing. There is {names}. Two linear layers are expected, "
            "`self.ear` and `self.output`."
            + " ReLU is no part of `ear`: apply it in `forward`."
            * ("ear.0.weight" in found)
        )
    if more := [name for name in found if name not in wanted]:
        answer.refuse(
            f"There is one more parameter than expected: `{more[0][:60]}`. Two layers are enough: "
            "both clips go through the same `ear`."
        )
    refuse_frozen(answer)
    return answer, found


def refuse_frozen(answer):
    """Raise `NotYet` about a parameter that asks for no slopes."""
    for name, data in answer.data.value.items():
        if not data.requires_grad:
            answer.refuse(f"`{name}` cannot be trained: `requires_grad` is False there.")


def ears_shapes(answer, found, sizes):
    length, units, classes = sizes
    shapes = {
        "ear.weight": (units, length),
        "ear.bias": (units,),
        "output.weight": (classes, units),
        "output.bias": (classes,),
    }
    for name, want in shapes.items():
        got = found[name].shape
        if got == want:
            continue
        text = f"`{name}` of `TwoEars{sizes}` has the shape {got}, and {want} is expected."
        if name == "ear.weight" and got == (length, units):
            text += " Have the inputs and the outputs changed places? `nn.Linear` wants inputs "
            text += "first, and its weight has one row for each output."
        elif name == "ear.weight" and got == (units, 2 * length):
            text += " This layer gets both clips at once. It should get one clip, and be called "
            text += "twice."
        elif name == "output.weight" and got == (classes, 2 * units):
            text += " The difference of two sides has as many numbers as one side: the layer has "
            text += "`units` inputs."
        else:
            text += " It is not right yet: `ear` is from `length` to `units`, and `output` from "
            text += "`units` to `classes`."
        answer.refuse(text)


def ears_rows(answer, count, sizes):
    """Refuse rows of the wrong number, before their numbers are looked at."""
    got, classes = answer.data.shape, sizes[2]
    if answer.data.kind != "tensor" or got == (count, classes):
        return
    text = f"The shape is {got}, and {(count, classes)} is expected. "
    if count == 3 and got == (2, classes):
        answer.refuse(
            text + "`x[0]` is the first *pair*, and not all the left clips: these are `x[:, 0]`."
        )
    if got == (2 * count, classes):
        answer.refuse(
            text + "There are two rows for each pair: samples were made out of clips. The first "
            "dimension has to stay as it is."
        )
    if got == (count,) and count > 1:
        answer.refuse(
            text + "Which class it is, or one number for each pair, is decided outside. Return "
            "the logits of all classes."
        )
    if got == (count, 2, classes):
        answer.refuse(text + "Take the difference of the two sides before `output`.")


# 4. Three mistakes without a message


class Links(nn.Module):
    """Exercise 4, with the usual mistakes as options; for answers below."""

    def __init__(self, sizes, listed=False, view=False, end=None, bend=torch.relu, flatten=None):
        super().__init__()
        hidden = [nn.Linear(m, n) for m, n in zip(sizes[:-2], sizes[1:-1], strict=True)]
        self.hidden = hidden if listed else nn.ModuleList(hidden)
        self.output = nn.Linear(sizes[-2], sizes[-1])
        self.end, self.bend = end or (lambda z: z), bend
        self.flatten = flatten or (lambda x: x.flatten(1))
        if view:
            self.flatten = lambda x: x.view(-1, sizes[0])

    def forward(self, x):
        x = self.flatten(x)
        for layer in self.hidden:
            x = self.bend(layer(x))
        return self.end(self.output(x))


def links(**options):
    return lambda sizes: Links(sizes, **options)


def soft(z):
    return torch.softmax(z, dim=1)


def in_a_row(sizes):
    layers = [nn.Flatten()]
    for m, n in zip(sizes[:-2], sizes[1:-1], strict=True):
        layers += [nn.Linear(m, n), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(sizes[-2], sizes[-1]))


class OneList(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        pairs = zip(sizes, sizes[1:], strict=False)
        self.layers = nn.ModuleList([nn.Linear(m, n) for m, n in pairs])

    def forward(self, x):
        x = x.reshape(len(x), -1)
        for place, layer in enumerate(self.layers):
            x = layer(x)
            if place < len(self.layers) - 1:
                x = x.relu()
        return x


class ByName(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.output = nn.Linear(sizes[-2], sizes[-1])
        self.depth = len(sizes) - 2
        for place in range(self.depth):
            setattr(self, f"hidden{place}", nn.Linear(sizes[place], sizes[place + 1]))

    def forward(self, x):
        if x[0].numel() != self.hidden0.in_features:
            raise ValueError("another number of features")
        x = x.view(-1, self.hidden0.in_features)
        for place in range(self.depth):
            x = torch.relu(getattr(self, f"hidden{place}")(x))
        return self.output(x)


class NewEachTime(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.sizes = sizes
        self.output = nn.Linear(sizes[-2], sizes[-1])

    def forward(self, x):
        x = x.flatten(1)
        for m, n in zip(self.sizes[:-2], self.sizes[1:-1], strict=True):
            x = torch.relu(nn.Linear(m, n)(x))
        return self.output(x)


CHAIN_ADVICE = {
    "cannot be multiplied": (
        "An input may have more than two dimensions: keep the first one, and flatten the others, "
        "with `flatten(1)`. `flatten()` alone flattens the samples as well."
    ),
    "size mismatch": "`flatten()` alone flattens the samples as well. `flatten(1)` keeps them.",
}


@rejects(
    (links(listed=True, view=True, end=soft), "code as it was given"),
    (links(listed=True, view=True), "nn.ModuleList"),
    (links(listed=True, end=soft), "nn.ModuleList"),
    (links(listed=True), "nn.ModuleList"),
    (links(view=True, end=soft), "made samples out of features"),
    (links(view=True), "made samples out of features"),
    (links(end=soft), "These are probabilities"),
    (links(end=lambda z: torch.log_softmax(z, dim=1)), "log_softmax"),
    (links(end=torch.relu), "ReLU at the end"),
    (links(end=torch.sigmoid), "sigmoid"),
    (links(bend=lambda u: u), "ReLU is missing"),
    (links(bend=torch.tanh), "tanh"),
    (links(flatten=lambda x: x), "keep the first one"),
    (links(flatten=lambda x: x.flatten()), "flattens the samples as well"),
    (links(end=lambda z: z.argmax(dim=1)), "shape"),
    (lambda s: Links(s, flatten=lambda x: x.flatten(1)[:, : s[0]]), "must stop with an error"),
    (links(end=lambda z: torch.softmax(z, dim=0)), "These are probabilities"),
    (links(end=lambda z: z.detach()), "cannot be trained"),
    (NewEachTime, "new one at each call"),
    (lambda sizes: Links([12, 32, 32, 3]), "always the same"),
    (lambda sizes: Links(sizes[:-2] + sizes[-1:]), "is missing"),
    (lambda sizes: Links(sizes).requires_grad_(False), "cannot be trained"),
    (lambda sizes: Links(sizes) and None, "return"),
    (links(end=lambda z: None), "`forward` end with `return`"),
)
@accepts(Links, in_a_row, OneList, ByName)
def check_Chain(Chain):
    for depth, sides in ((4, (2, 3)), (3, (2, 4)), (5, (3, 3))):
        inputs = sides[0] * sides[1]
        rest = [size for size in range(2, 8) if size != inputs]
        sizes = [inputs, *dice.sample(rest, depth - 1)]  # all different: no two layers alike
        net = ask(Chain.make, sizes)
        count = dice.choice([3, 4])
        still_as_given(net, sizes, count)
        found = chain_parameters(net, sizes)
        too_long(net, sizes, count)

        def draw(sizes=sizes, sides=sides, count=count):
            layers = [random_layer(m, n) for m, n in zip(sizes, sizes[1:], strict=False)]
            x = [[numbers(sides[1], -2, 2) for _ in range(sides[0])] for _ in range(count)]
            right = [chain_at(layers, flat(sample)) for sample in x]
            wrong = [
                (
                    [chain_at(layers, flat(sample), bend) for sample in x],
                    f"{what}: `torch.relu` stands behind every layer but the last.",
                )
                for bend, what in (
                    (float, "ReLU is missing"),
                    (math.tanh, "There is a tanh behind the layers"),
                )
            ]
            return layers, x, right, wrong + with_ends(right)

        layers, x, right, wrong = drawn(draw, lambda one: distinct(one) and apart(*one[2], by=0.04))
        parts = [part for layer in layers for part in layer]
        values = dict(zip(sizes_of(sizes), parts, strict=True))
        net.load({name: values[data.shape] for name, data in found.items()})
        answer = advised(CHAIN_ADVICE, net, tensor(x))
        expect(answer, right, wrong=wrong)
        trainable(answer)
        rows = [flat(sample) for sample in x]  # two dimensions, and a batch of one
        expect(advised(CHAIN_ADVICE, net, tensor(rows)), right, wrong=wrong)
        expect(advised(CHAIN_ADVICE, net, tensor(rows[:1])), right[:1])


def chain_at(layers, x, bend=relu):
    for weight, bias in layers[:-1]:
        x = [bend(u) for u in linear(x, weight, bias)]
    return linear(x, *layers[-1])


def sizes_of(sizes):
    """The shapes of the parameters of a chain, in order."""
    pairs = zip(sizes, sizes[1:], strict=False)
    return [shape for m, n in pairs for shape in ((n, m), (n,))]


def long_answer(net, sizes, count):
    """What the model makes of twice as many features as it has inputs; None for an error."""
    x = tensor([numbers(2 * sizes[0]) for _ in range(count)])
    try:
        return net(x)
    except NotYet:
        return None


def still_as_given(net, sizes, count):
    """NotAttempted if all three mistakes are there."""
    try:
        net.parameters()
        return
    except NotYet as stop:
        if "plain list" not in stop.message:
            raise
    answer = long_answer(net, sizes, count)
    if answer is None or answer.data.shape != (2 * count, sizes[-1]):
        return
    rows = plain(answer.data) or []
    if all(min(row) >= 0 and abs(sum(row) - 1) < 1e-3 for row in rows):
        raise NotAttempted("`Chain` still does what the code as it was given does.")


def chain_parameters(net, sizes):
    """The parameters by name, if there is one of each wanted shape."""
    answer = net.parameters()
    found, want = answer.data.value, sizes_of(sizes)
    got = [data.shape for data in found.values()]
    call = f"Chain({sizes})"
    if sorted(got) == sorted(sizes_of([12, 32, 32, 3])):
        answer.refuse(
            f"`{call}` has layers for the sizes 12, 32, 32 and 3: they are always the same. Use "
            "the argument."
        )
    if lost := [shape for shape in want if shape not in got]:
        kind = "weight" if len(lost[0]) == 2 else "bias"
        answer.refuse(
            f"In `{call}`, a {kind} of shape {lost[0]} is missing among the parameters. Declare "
            "every layer in `__init__`: a layer that is made in `forward` is a new one at each "
            "call."
        )
    if len(got) > len(want):
        answer.refuse(
            f"`{call}` has {len(got)} tensors as parameters, and {len(want)} are expected: a "
            "weight and a bias for each layer."
        )
    refuse_frozen(answer)
    return found


def too_long(net, sizes, count):
    answer = long_answer(net, sizes, count)
    if answer is None:
        return
    got = answer.data.shape
    if got and got[0] == 2 * count:
        answer.refuse(
            f"{count} samples with {2 * sizes[0]} features each, where the model has {sizes[0]} "
            f"inputs, gave {got[0]} rows: the model made samples out of features. Flatten all "
            "dimensions but the first, and the layer itself will raise an error."
        )
    answer.refuse(
        f"The model has {sizes[0]} inputs, and here each sample has {2 * sizes[0]} features. "
        "Something came back, and it must stop with an error."
    )


# 5. Cross-entropy from logits


def by_formula(logits, labels, prob=lambda z: torch.softmax(z, dim=1), log=torch.log):
    """Exercise 5, with the usual mistakes as options; for answers below."""
    return -log(prob(logits)[range(len(labels)), labels]).mean()


def stable(logits, labels, largest=None, dim=1, pick=None, reduce=torch.mean):
    largest = largest or (lambda z: z.max(dim=dim, keepdim=True).values)
    z = logits - largest(logits)
    log_p = z - z.exp().sum(dim=dim, keepdim=True).log()
    return -reduce(pick(log_p) if pick else log_p[range(len(z)), labels])


def in_python(logits, labels):
    rows = zip(logits.tolist(), labels.tolist(), strict=True)
    return mean(-log_softmax(row)[label] for row, label in rows)


def one_by_one(logits, labels):
    total = 0.0
    for z, label in zip(logits, labels, strict=True):
        total = total + torch.logsumexp(z, dim=0) - z[label]
    return total / len(logits)


@rejects(
    (by_formula, "the logarithm of 0 is"),
    (lambda z, y: by_formula(z, y, prob=lambda z: z), "as if they were probabilities"),
    (
        lambda z, y: by_formula(z, y, prob=lambda z: z.exp() / z.exp().sum(dim=1, keepdim=True)),
        "too large",
    ),
    (
        lambda z, y: (z.exp().sum(dim=1).log() - z[range(len(z)), y]).mean(),
        "too large",
    ),
    (
        lambda z, y: (z.double().exp().sum(dim=1).log() - z[range(len(z)), y]).mean(),
        "too large",
    ),
    (lambda z, y: stable(z, y, largest=lambda z: z.max()), "of each row"),
    (lambda z, y: by_formula(z.double(), y), "the logarithm of 0 is"),
    (lambda z, y: stable(z.clamp(-50, 50), y), "do not cut them off"),
    (lambda z, y: stable(z[:1], y[:1]), "one sample only"),
    (
        lambda z, y: stable(z, y) - z.max(dim=1).values.mean(),
        "not from the score of the right class",
    ),
    (lambda z, y: by_formula(z, y, log=lambda p: torch.log(p + 1e-9)), "cut off"),
    (lambda z, y: by_formula(z, y, log=lambda p: torch.log(p.clamp(min=1e-7))), "cut off"),
    (lambda z, y: stable(z, y, reduce=torch.sum), "sum over"),
    (lambda z, y: stable(z, y, reduce=lambda v: v), "one number out of many"),
    (lambda z, y: -stable(z, y), "minus"),
    (lambda z, y: stable(z, y) / math.log(10), "base 10"),
    (lambda z, y: stable(z, y) / math.log(2), "base 2"),
    (lambda z, y: stable(z.softmax(dim=1), y), "two softmaxes"),
    (lambda z, y: stable(z, y, dim=0), "of each row add up to 1"),
    (lambda z, y: stable(z, y, pick=lambda p: p), "right class only"),
    (lambda z, y: stable(z, y, pick=lambda p: p[:, y]), "each sample with the labels of all"),
    (lambda z, y: stable(z, z.argmax(dim=1)), "largest score"),
    (lambda z, y: -z.softmax(dim=1)[range(len(z)), y].mean(), "logarithm is missing"),
    (lambda z, y: 1 - z.softmax(dim=1)[range(len(z)), y].mean(), "logarithm is missing"),
    (lambda z, y: -z.softmax(dim=1)[range(len(z)), y].mean().log(), "then the mean"),
    (lambda z, y: -z[range(len(z)), y].mean(), "logarithm of the sum"),
    (lambda z, y: (z.logsumexp(dim=1) + z[range(len(z)), y]).mean(), "minus the score"),
    (lambda z, y: z.logsumexp(dim=1).mean(), "score of the right class"),
    (lambda z, y: stable(z, y) / z.shape[1], "number of classes"),
    (
        lambda z, y: (z.sub_(z.max(dim=1, keepdim=True).values), stable(z, y))[1],
        "changed its own input",
    ),
    (lambda z, y: None, "return"),
)
@accepts(
    stable,
    nn.functional.cross_entropy,
    nn.CrossEntropyLoss(),
    in_python,
    one_by_one,
    lambda z, y: (
        -(torch.log_softmax(z, dim=1) * nn.functional.one_hot(y, z.shape[1])).sum(1).mean()
    ),
    lambda z, y: stable(z, y, largest=lambda z: z.amax(1, True)).item(),
)
def check_cross_entropy(cross_entropy):
    for count, classes in dice.sample([(4, 3), (6, 2), (3, 5), (5, 4)], 3):

        def draw(count=count, classes=classes):
            rows = [numbers(classes, -3, 3) for _ in range(count)]
            labels = [dice.randrange(classes) for _ in rows]
            return rows, labels, loss(rows, labels), wrong_losses(rows, labels)

        def good(one):
            rows, labels, right, wrong = one
            picked = [z[label] for z, label in zip(rows, labels, strict=True)]
            values = [right, *[value for value, _ in wrong]]
            return min(picked) < 0 and right > 0.4 and apart(*values, by=0.008)

        rows, labels, right, wrong = drawn(draw, good)
        answer = cross_entropy(tensor(rows), make_tensor(labels))
        if (value := one_number(answer)) is not None and not math.isfinite(value):
            answer.refuse(
                "There is no such number: were the logits taken as if they were probabilities? "
                "The logarithm of a negative number does not exist. First comes the softmax."
            )
        expect(answer, right, wrong=wrong, count=count)
    large_scores(cross_entropy)


def loss(rows, labels):
    return mean(-log_softmax(z)[label] for z, label in zip(rows, labels, strict=True))


def one_number(answer):
    """The number that came back, or None where it is something else."""
    value = plain(answer.data)
    one = answer.data.kind in ("number", "tensor") and is_number(value)
    return value if one and answer.data.dtype[:7] != "complex" else None


def wrong_losses(rows, labels):
    """Pairs of a wrong value and its sentence."""
    pairs = list(zip(rows, labels, strict=True))
    p = [softmax(z)[label] for z, label in pairs]
    log_p = [log_softmax(z) for z in rows]
    right = loss(rows, labels)
    scores = mean(z[label] for z, label in pairs)
    columns = [log_softmax(list(column)) for column in zip(*rows, strict=True)]
    return [
        (right / math.log(10), "This is the logarithm to base 10. The natural one is `log`."),
        (right / math.log(2), "This is the logarithm to base 2. The natural one is `log`."),
        (
            loss([softmax(z) for z in rows], labels),
            "There are two softmaxes, one after the other. The logits go through one only.",
        ),
        (
            mean(-columns[label][place] for place, label in enumerate(labels)),
            "The probabilities of each row add up to 1, not those of each column: `dim=1`.",
        ),
        (
            -mean(flat(log_p)),
            "This is a mean over all classes. The loss looks at the right class only.",
        ),
        (
            -mean(row[label] for row in log_p for label in labels),
            "`[:, labels]` combines each sample with the labels of all. Take one number of each "
            "row: `[range(len(labels)), labels]`.",
        ),
        (
            loss(rows, [z.index(max(z)) for z in rows]),
            "This is the loss for the class with the largest score. `labels` says which class "
            "is right.",
        ),
        (-mean(p), "The logarithm is missing: this is minus the probability."),
        (1 - mean(p), "The logarithm is missing: this is 1 minus the probability."),
        (mean(p), "The logarithm is missing: this is the probability of the right class."),
        (
            -math.log(mean(p)),
            "This is the logarithm of a mean. First the logarithm for each sample, then the mean.",
        ),
        (
            -scores,
            "This is minus the score of the right class. The logarithm of the sum is missing: "
            "divide by the sum, to make a probability of it.",
        ),
        (
            right + 2 * scores,
            "The logarithm of the sum *minus the score* of the right class is expected, and here "
            "they are added.",
        ),
        (
            right + scores,
            "This is the logarithm of the sum. The score of the right class has still to be "
            "subtracted.",
        ),
        (
            right / len(rows[0]) if len(rows[0]) != len(rows) else right + 5,
            "This was divided by the number of classes as well. Take the mean over the samples.",
        ),
        (
            right * len(rows) / len(rows[0]) if len(rows[0]) != len(rows) else right + 6,
            "This is a sum divided by the number of classes. Divide by the number of samples.",
        ),
        (
            right - mean(max(z) for z in rows),
            "The largest score was subtracted in the sum, and not from the score of the right "
            "class.",
        ),
        *[
            (loss(rows[place:][:1], labels[place:][:1]), "This is the loss of one sample only.")
            for place in (0, len(rows) - 1)
        ],
        (-right, "The sign is not right: a loss is positive. The `minus` is missing."),
    ]


def large_scores(cross_entropy):
    """Scores up to 1000 in size: first far from 0 and close together, then far apart."""
    for spread, levels in ((2, (900, -900)), (2, (900, 0)), (450, (40, 0, -40))):
        low, high = (0.3, 20) if spread == 2 else (800, 1800)
        samples = []
        for level in dice.sample(levels, len(levels)):

            def draw(level=level, spread=spread):
                return [level + spread * v for v in numbers(3, -2, 2)], dice.randrange(3)

            def good(one, low=low, high=high):
                return low < loss([one[0]], [one[1]]) < high

            samples.append(drawn(draw, good))
        rows, labels = [z for z, _ in samples], [label for _, label in samples]
        answer = cross_entropy(tensor(rows), make_tensor(labels))
        value, right = one_number(answer), loss(rows, labels)
        if value is not None and not close([value], [right]):
            large_mistake(answer, value, right, spread, levels)
        expect(answer, right, count=len(rows))


def large_mistake(answer, value, right, spread, levels):
    if not math.isfinite(value) and spread == 2:
        if levels == (900, -900):
            answer.refuse(
                "For ordinary scores it is right. Here e to the power of a score is too large for "
                "a number of the computer (`inf`), or nothing is left of it (0). Subtract the "
                "largest score of each row first."
            )
        answer.refuse("Subtract the largest score of each row, not that of the whole batch.")
    if not math.isfinite(value):
        answer.refuse(
            "For ordinary scores it is right. Here the scores of a row are far apart. The "
            "probability of the right class is so small that the computer has 0 for it, and the "
            "logarithm of 0 is `-inf`. Subtract the largest score of each row, and compute the "
            "logarithm without the probability: the score, minus the logarithm of the sum."
        )
    if spread == 2:
        answer.refuse(
            "For ordinary scores it is right. These scores are large, and they are logits like "
            "all others: do not cut them off, and do not scale them. Subtract the largest score "
            "of each row first."
        )
    if 0 <= value < 0.9 * right:
        answer.refuse(
            "For ordinary scores it is right. Here the loss is far too small: the probability or "
            "the score was cut off somewhere, by a small number added, or by `clamp`. Without "
            "any of that, compute the logarithm of the sum minus the score."
        )


# 6. Between two limits


LOW = "The lowest loss"
HIGH = "The highest loss"


SCORE_ALONE = (
    "is not right yet: this is minus the score alone. The logarithm of the sum is missing."
)


def limits_for(n):
    highest = math.log(math.e + n - 1)
    return highest - 1, highest


@rejects(
    (lambda n: (0.0, math.inf), "without a softmax"),
    (lambda n: (0.0, math.log(n)), "without a softmax"),
    (lambda n: (0.3133, 1.3133), "two classes"),
    (lambda n: (math.log(n), math.log(n)), "all classes get the same"),
    (lambda n: limits_for(n)[::-1], "changed places"),
    (lambda n: (math.log(math.e + n) - 1, math.log(math.e + n)), "one class too many"),
    (lambda n: (math.log(math.e + 1) - 1, math.log(math.e + 1)), "two classes"),
    (lambda n: (math.e / (math.e + n - 1), 1 / (math.e + n - 1)), "probabilities"),
    (lambda n: [v / math.log(10) for v in limits_for(n)], "base 10"),
    (lambda n: (limits_for(n)[0], math.inf), "cannot grow without end"),
    (lambda n: (limits_for(n)[0], math.log(n)), "all classes get the same"),
    (lambda n: (math.log(n), limits_for(n)[1]), "all classes get the same"),
    (lambda n: (limits_for(n)[0], -math.log(limits_for(n)[0])), "not right yet"),
    (lambda n: [-v for v in limits_for(n)], "minus"),
    (lambda n: (-1.0, 0.0), "minus the score alone"),
    (lambda n: limits_for(n)[0], "2 values"),
    (lambda n: (math.log(n - 1), limits_for(n)[1]), "e to the power"),
    (lambda n: (limits_for(n)[0], math.log(math.e**2 + n - 2) - 1), "not right yet"),
    (lambda n: [round(v, 2) for v in limits_for(n)], "looks rounded"),
    (lambda n: None, "return"),
)
@accepts(
    limits_for,
    lambda n: tuple(round(v, 4) for v in limits_for(n)),
    lambda n: torch.tensor(limits_for(n)),
    lambda n: tuple(
        nn.functional.cross_entropy(torch.eye(n)[[0, 0]], torch.tensor([c]).expand(2))
        for c in (0, 1)
    ),
    lambda n: [-torch.log_softmax(torch.eye(n)[0], dim=0)[place].item() for place in (0, -1)],
    lambda n: (math.log(1 + (n - 1) / math.e), math.log(n - 1 + math.exp(1))),
)
def check_limits(limits):
    for n in (*dice.sample(range(3, 9), 2), dice.randint(10, 60), dice.randint(100, 900), 2):
        low, high = right = limits_for(n)
        answer = limits(n)
        found = plain(answer.data)
        if are_numbers(found, 2):
            limits_mistake(answer, found, low, high, n)
        expect(answer, right, atol=1e-4)


def limits_mistake(answer, found, low, high, n):
    """Refuse a pair of numbers whose mistake is known, by its first wrong number."""
    same = lambda value, want: math.isclose(value, want, rel_tol=1e-4, abs_tol=1e-4)  # noqa: E731
    if same(found[0], high) and same(found[1], low):
        answer.refuse("The two numbers have changed places: the lowest loss first.")
    equal = "is what comes out where all classes get the same probability. There is a"
    for name, value, want, sign, score in (
        (LOW, found[0], low, "better", 1),
        (HIGH, found[1], high, "worse", 0),
    ):
        if same(value, want):
            continue
        for wrong, sentence in (
            (math.log(math.e + 1) - score, "is that of two classes. Here there are more."),
            (math.log(n), f"{equal} {sign} case."),
            (
                math.log(math.e + n) - score,
                "is not right yet: there is one class too many in the sum. Besides the score 1 "
                "there are `classes - 1` scores of 0.",
            ),
            (
                math.log(n - 1) if n > 1 else 0,
                "is not right yet: the score 1 is missing in the sum. It brings e to the power of "
                "1.",
            ),
            (
                math.log(1 + (n - 1) * math.e) - score,
                "is not right yet: e stands in the sum once, for the one score of 1. All the "
                "other scores are 0.",
            ),
            (
                math.exp(score) / (math.e + n - 1),
                "is not right yet: these are probabilities. The loss is minus their logarithm.",
            ),
            (want / math.log(10), "is not right yet: this is the logarithm to base 10."),
            (want / math.log(2), "is not right yet: this is the logarithm to base 2."),
            (-want, "is positive: a minus is missing, or there is one too many."),
            (-float(score), SCORE_ALONE),
        ):
            if same(value, wrong):
                answer.refuse(f"{name} {sentence}")
        if value == 0:
            answer.refuse(
                f"{name} is not 0. That would be so without a softmax in the model. What does the "
                "second softmax make of the scores 1, 0, 0 and so on?"
                if score
                else f"{name} is not 0. That is minus the score alone: the logarithm of the sum "
                "is missing."
            )
        if math.isinf(value):
            answer.refuse(
                f"{name} is a number: out of the first softmax come numbers between 0 and 1, so "
                "the loss cannot grow without end."
            )
        if not score and same(value, low):
            answer.refuse(f"{name} is the same as the lowest. Let a wrong class get the score 1.")
        if abs(value - want) < 0.01:
            answer.refuse(f"{name} is nearly right: it looks rounded. Return all the digits.")
        scores = "1 for the right class and 0 for all the others"
        if not score:
            scores = "0 for the right class, 1 for one of the others and 0 for the rest"
        answer.refuse(
            f"{name} is not right yet. Put the scores {scores} into the formula of exercise 5.",
            f"{want:.4g}",
        )


# 7. Five programs, five curves


# The curves: 16 random features, two hidden layers of 32 units, SGD at 0.2, all with seed 0.
CURVES = ["D", "E", "A", "C", "B"]


@rejects(
    (["D", "A", "E", "C", "B"], "0.744"),
    (["D", "C", "A", "E", "B"], "all its layers"),
    (["D", "E", "C", "A", "B"], "below 0.744"),
    (["A", "E", "D", "C", "B"], "falls fastest"),
    (["D", "E", "A", "B", "C"], "never changes"),
    (["B", "E", "A", "C", "D"], "never changes"),
    (["E", "D", "A", "C", "B"], "falls fastest"),
    ([3, 5, 4, 1, 2], "the other way round"),
    ([1, 2, 3, 4, 5], "five letters"),
    (["D", "E", "A", "C"], "five letters"),
    ("D", "five letters"),
    (["D", "E", "A", "C", "F"], "five letters"),
)
@accepts(["D", "E", "A", "C", "B"], "DEACB", ("d", "e", "a", "c", "b"), "D, E, A, C, B")
def check_curves(curves):
    answer = curves.read()
    if plain(answer.data) == [3, 5, 4, 1, 2]:
        answer.refuse(
            "You have it the other way round: these are the programs of the curves A to E. Write "
            "the letters of the curves, in the order of the programs.",
            "five letters",
        )
    answer, letters = letters_once(curves, "five letters", "ABCDE")
    working, soft, listed, both, other = letters
    if other != "B":
        answer.refuse(
            "One curve never changes, not even a little. In which program does nobody change the "
            "parameters of the model?"
        )
    if working != "D":
        answer.refuse("The program without a mistake is the one whose loss falls fastest, to 0.")
    if "A" in (soft, both):
        answer.refuse(
            "With a softmax in the model and four classes, the loss cannot fall below 0.744. "
            f"You have {'program 2' if soft == 'A' else 'program 4'} for A, and A falls below it."
        )
    if letters != CURVES:
        answer.refuse(
            "C and E have both a softmax in the model. One of these programs trains all its "
            "layers, and the other one only the last. Which one comes down to the limit sooner?"
        )
