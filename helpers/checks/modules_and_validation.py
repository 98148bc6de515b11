"""The checks of `solutions/05_modules_and_validation.md`."""

import math
import random
from functools import partial

import torch
from torch import nn, optim

from helpers.checks.engine import (
    NotYet,
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
from helpers.checks.engine.mistakes import close
from helpers.checks.engine.reference import descent, linear, linear_rows, running_sum

# What a message of PyTorch means on this page.
ADVICE = {
    "a leaf Variable that requires grad": (
        "A parameter may be changed in place only inside `with torch.no_grad():`."
    ),
    "as parameter": (
        "Only an `nn.Parameter` can take the place of a parameter. Or keep the old one, and "
        "overwrite its numbers with `copy_`, inside `with torch.no_grad():`."
    ),
    "does not require grad": (
        "There is no graph to go back through. Inside `torch.no_grad()` there is never one: put "
        "only the measuring there, and not the loss of the step."
    ),
    "cannot be multiplied": (
        "The inputs do not fit the module: samples first, features last, and as many features as "
        "the module has inputs."
    ),
}
ask = partial(advised, ADVICE)


SIZE = (
    "The module has another size than the given numbers. `nn.Linear` wants the inputs first, then "
    "the outputs, and in `weight.shape` the outputs come first."
)
NUMBERS = "`nn.Linear` is made with two whole numbers, and not with the parameters themselves."
SIZES = {
    "must match the size": SIZE,
    "match the broadcast shape": SIZE,
    "size mismatch": SIZE,
    "must be tuple of ints": NUMBERS,
    "empty() received an invalid combination": NUMBERS,  # as torch 2.11 says it
}


# 1. Which shape comes out?


SHAPES = [(3, 4), (20, 3), "error", (20, 20), (20,)]
SHAPE_SENTENCES = (
    {
        (4, 3): "The weight has one row for each output, and one column for each input.",
        (3, 1): "Each output has a weight for every one of the four inputs.",
        (3,): "This is the shape of the bias.",
        (4,): "Each of the three outputs has a weight for each of the four inputs.",
        (12,): "There are 12 numbers in it. They stand in rows and columns.",
        (20, 3): "A parameter knows nothing of the samples: 20 has no part in it.",
        (20, 4): "A parameter knows nothing of the samples: 20 has no part in it.",
        "error": "A module has an attribute `weight`, and that is a tensor.",
    },
    {
        (20, 4): "Four features go in. What comes out has one feature for each output.",
        (3, 20): "Samples first, features last.",
        (4, 3): "The samples stay: one row of the result for each row of `x`.",
        (20,): "Each sample gets three outputs.",
        (20, 1): "Each sample gets three outputs.",
        "error": "The last number of the shape is 4, and the module has four inputs: this fits.",
    },
    {
        shape: "The features come last. How many has `x.T`, and how many does the module want?"
        for shape in ((3, 20), (4, 3), (20, 3), (3,), (20,), (4, 20), (20, 4), (4,), (3, 4))
    },
    {
        (20,): "A column does not become a row by itself. Which shape do (20, 1) and (20,) make?",
        (20, 1): "(20,) is a row, not a column. Which shape do (20, 1) and (20,) make together?",
        "error": "These two shapes can be broadcast, so nothing is raised. That is the danger.",
        (1, 20): "Each of the 20 predictions meets each of the 20 targets.",
        (400,): "There are 400 differences. They stand in rows and columns.",
    },
    {
        (20, 20): "`pred[:, 0]` is a row of shape (20,), and so is `target`: they match.",
        (20, 1): "`[:, 0]` takes one column out, and its dimension is gone.",
        (1,): "`[:, 0]` takes a column, not the first sample.",
        (): "`[:, 0]` takes a column, not one number.",
        "error": "Both have the shape (20,), so nothing is raised.",
    },
)


def shapes_with(place, shape):
    return [*SHAPES[:place], shape, *SHAPES[place + 1 :]]


@rejects(
    (shapes_with(0, (4, 3)), "one row for each output"),
    (shapes_with(0, (3,)), "of the bias"),
    (shapes_with(1, (20, 4)), "one feature for each output"),
    (shapes_with(1, (3, 20)), "Samples first"),
    (shapes_with(2, (4, 3)), "features come last"),
    (shapes_with(2, (3, 20)), "features come last"),
    (shapes_with(3, (20,)), "does not become a row"),
    (shapes_with(3, (20, 1)), "not a column"),
    (shapes_with(3, "error"), "That is the danger"),
    (shapes_with(4, (20, 20)), "they match"),
    (shapes_with(4, (20, 1)), "its dimension is gone"),
    (shapes_with(4, (7, 7)), "Answer 5"),
    (shapes_with(2, "none"), "Answer 3"),
    (SHAPES[:4], "list of five"),
    (shapes_with(0, 12), "tuple"),
    ("error", "list of five"),
)
@accepts(
    SHAPES,
    [[3, 4], torch.Size([20, 3]), "Error", (20, 20), [20]],
    tuple(SHAPES),
)
def check_shapes(shapes):
    answer = shapes.read()
    given = plain(answer.data)
    if not isinstance(given, list | tuple) or len(given) != 5:
        what = answer.data.what
        answer.refuse(f"This is {what}, and a list of five is expected.", "a list of five")
    for place, (shape, right) in enumerate(zip(given, SHAPES, strict=True)):
        if isinstance(shape, str):
            shape = shape.strip().lower()
        elif isinstance(shape, list | tuple):
            shape = tuple(shape)
        else:
            message = f"Answer {place + 1} is neither a tuple nor 'error'. The shape of a row of "
            answer.refuse(message + "five numbers is written `(5,)`, with a comma.", "a tuple")
        if isinstance(shape, tuple) and not all(type(size) is int for size in shape):
            answer.refuse(f"Answer {place + 1} is not a tuple of whole numbers.", "a tuple")
        if shape != right:
            advice = SHAPE_SENTENCES[place].get(shape, "Make such tensors, and try it out.")
            answer.refuse(f"Answer {place + 1} is not right yet. {advice}")


# 2. A module with known numbers


def holding(weight, bias, put=lambda old, new: old.data.copy_(new)):
    model = nn.Linear(weight.shape[1], weight.shape[0])
    put(model.weight, weight)
    put(model.bias, bias)
    return model


def by_state(weight, bias):
    model = nn.Linear(weight.shape[1], weight.shape[0])
    model.load_state_dict({"weight": weight, "bias": bias})
    return model


def by_new_parameters(weight, bias):
    model = nn.Linear(*reversed(weight.shape))
    model.weight, model.bias = nn.Parameter(weight), nn.Parameter(bias)
    return model


def in_place(weight, bias):
    model = nn.Linear(weight.shape[1], weight.shape[0])
    model.weight[:] = weight
    return model


def assigned(weight, bias):
    model = nn.Linear(weight.shape[1], weight.shape[0])
    model.weight = weight
    return model


def frozen(weight, bias):
    return holding(weight, bias).requires_grad_(False)


@rejects(
    (lambda weight, bias: nn.Linear(*weight.shape), "changed places"),
    (lambda weight, bias: nn.Linear(weight.shape[1], weight.shape[0]), "random numbers"),
    (
        lambda weight, bias: holding(
            weight, bias, lambda old, new: old.data.copy_(new) if new.ndim > 1 else None
        ),
        "`bias` still holds",
    ),
    (
        lambda weight, bias: nn.Linear(weight.shape[1], weight.shape[0], bias=False),
        "`bias` is missing",
    ),
    (lambda weight, bias: holding(weight.T, bias), "outputs come first"),
    (lambda weight, bias: nn.Linear(weight, bias), "two whole numbers"),
    (in_place, "only inside `with torch.no_grad():`"),
    (assigned, "Only an `nn.Parameter`"),
    (frozen, "cannot be trained"),
    (lambda weight, bias: nn.Sequential(holding(weight, bias)), "`weight` is missing"),
    (lambda weight, bias: (weight, bias), "a module (`nn.Linear`) is expected"),
    (lambda weight, bias: lambda x: x @ weight.T + bias, "a module (`nn.Linear`) is expected"),
    (lambda weight, bias: nn.Linear, "a module (`nn.Linear`) is expected"),
    (
        lambda weight, bias: holding(weight, bias, lambda old, new: old.data.add_(new)),
        "added to the random ones",
    ),
    (lambda weight, bias: nn.Linear(1, 1), "one size"),
    (lambda weight, bias: holding(weight, bias) and None, "return"),
)
@accepts(holding, by_state, by_new_parameters)
def check_known(known):
    for inputs, outputs in dice.sample([(1, 2), (3, 2), (4, 1), (2, 5)], 3):
        sign = lambda: dice.choice([-1, 1])  # noqa: E731
        # Larger than any random number that a module begins with.
        rows = [[sign() * v for v in numbers(inputs, 2.5, 6)] for _ in range(outputs)]
        bias = [sign() * v for v in numbers(outputs, 2.5, 6)]
        try:
            model = advised(ADVICE | SIZES, known.make, tensor(rows), tensor(bias))
            answer = model.parameters()
        except NotYet as stop:
            if "is expected. " in stop.message and "`nn.Module`" in stop.message:
                start = stop.message.partition(", and a module")[0]
                message = f"{start}, and a module (`nn.Linear`) is expected. Make one of the "
                message += "right size, put the numbers into it, and return it."
                raise NotYet(message, stop.call, stop.got, "nn.Linear") from stop
            raise
        right, found = {"weight": rows, "bias": bias}, answer.data.value
        if found.keys() == right.keys():
            refuse_parameters(answer, found, right)
        expect(answer, right)
        for name, data in found.items():
            if not data.requires_grad:
                answer.refuse(
                    f"`{name}` cannot be trained any more: `requires_grad` is False there.",
                    "requires_grad=True",
                )
        x = [numbers(inputs) for _ in range(3)]
        expect(model(tensor(x)), linear_rows(x, rows, bias))


def refuse_parameters(answer, found, right):
    """Refuse a weight and a bias whose mistake is known."""
    shape, (outputs, inputs) = (
        found["weight"].shape,
        (len(right["weight"]), len(right["weight"][0])),
    )
    if shape == (inputs, outputs):
        answer.refuse(
            f"The shape of `weight` is {shape}, and {(outputs, inputs)} is expected: inputs and "
            "outputs have changed places. `nn.Linear` wants the inputs first, and in "
            "`weight.shape` the outputs come first."
        )
    if shape == (1, 1):
        answer.refuse(
            "The module has one input and one output: it is made in one size for all. A weight "
            f"of shape {(outputs, inputs)} is expected."
        )
    for name, data in found.items():
        value, want = flat(plain(data)), flat(right[name])
        if data.value is None or len(value) != len(want):
            continue
        if all(abs(v) <= 1.001 for v in value):
            answer.refuse(
                f"`{name}` still holds the random numbers that the module was made with, or other "
                "small ones. Put the given numbers there."
            )
        if 1e-3 < max(abs(v - w) for v, w in zip(value, want, strict=True)) <= 1.001:
            answer.refuse(
                f"`{name}` is near the given numbers: they were added to the random ones. Let "
                "them take their place."
            )


# 3. Training code with two bugs


# A model with one output. Its place is [*w, b]; data is a pair of rows of features and targets


def errors(data, place):
    *w, b = place
    return [linear(x, [w], [b])[0] - target for x, target in zip(*data, strict=True)]


def loss(data, place):
    """The mean squared error."""
    return mean(d * d for d in errors(data, place))


def slopes(data, place):
    """Its slopes in each of w, and then in b."""
    rows = [[*sample, 1.0] for sample in data[0]]
    d = errors(data, place)
    return [mean(2 * m * u for m, u in zip(d, column, strict=True)) for column in zip(*rows)]


def samples(count, features):
    return [numbers(features, -2, 2) for _ in range(count)], numbers(count, -6, 6)


def a_place(features):
    return [*numbers(features, -3, 3), *numbers(1, -3, 3)]


def named(place):
    *w, b = place
    return {"weight": [w], "bias": [b]}


def place_of(model):
    """Where a model is now."""
    found = plain(model.parameters().data)
    return [*flat(found["weight"]), *flat(found["bias"])]


def model_at(work, place):
    model = work.lend(nn.Linear, len(place) - 1, 1)
    model.load(named(place))
    return model


def at(model, place):
    return close(place_of(model), place, 1e-3, 1e-4)


def refuse_place(model, place, sentence):
    """Raise `NotYet` about a model that should be at this place, and is not."""
    expect(model.parameters(), named(place), wrong=[(named(place_of(model)), sentence)], rtol=1e-3)


def unmoved(data):
    """A sentence about a model that is where it was, by the losses that came back."""
    losses = [v for v in flat(plain(data)) if isinstance(v, int | float)]
    if len(losses) > 2 and len({f"{value:.5g}" for value in losses}) <= 2:
        return (
            "The model has not moved, and the loss never changes. Is `step` called after "
            "`backward`, with nothing between them?"
        )
    return "The model has not moved. Train `model` as it was handed over, not a new one or a copy."


def sgd(model, x, y, lr, epochs, which=None, column=None, zero=True, late=False, reduce=None):
    """The loop of exercise 3, with the usual mistakes as options; for answers below."""
    optimizer = optim.SGD(which(model) if which else model.parameters(), lr=lr)
    column = column or (lambda y: y[:, None])
    losses = []
    for _ in range(epochs):
        if zero:
            optimizer.zero_grad()
        value = (reduce or torch.mean)((model(x) - column(y)) ** 2)
        value.backward()
        optimizer.step()
        if late:
            value = (reduce or torch.mean)((model(x) - column(y)) ** 2)
        losses.append(value.item())
    return losses


def sgd_flat(model, x, y, lr, epochs):
    optimizer = optim.SGD([model.bias, model.weight], lr=lr)
    losses = []
    for _ in range(epochs):
        model.zero_grad()
        value = nn.functional.mse_loss(model(x).squeeze(-1), y)
        losses.append(value)
        value.backward()
        optimizer.step()
    return tuple(value.detach() for value in losses)


def sgd_by_hand(model, x, y, lr, epochs):
    losses = []
    for _ in range(epochs):
        value = ((model(x)[:, 0] - y) ** 2).mean()
        grads = torch.autograd.grad(value, list(model.parameters()))
        with torch.no_grad():
            for parameter, grad in zip(model.parameters(), grads, strict=True):
                parameter -= lr * grad
        losses.append(value.item())
    return torch.tensor(losses)


@rejects(
    (lambda *a: sgd(*a, which=lambda m: [m.weight]), "bias stays where it was"),
    (lambda *a: sgd(*a, column=lambda y: y), "with every target"),
    (lambda *a: sgd(*a, column=lambda y: y[None]), "with every target"),
    (lambda *a: sgd(*a, column=lambda y: y.mean()), "mean of the targets"),
    (lambda *a: sgd(*a, which=lambda m: [m.bias]), "weight stays where it was"),
    (lambda *a: sgd(*a, zero=False), "add up"),
    (lambda *a: sgd(*a, late=True), "after the step"),
    (lambda *a: sgd(*a, reduce=torch.sum), "sum"),
    (lambda *a: sgd(*a, which=lambda m: [torch.zeros(1)]), "never changes"),
    (lambda *a: sgd(*a)[:1], "inside the loop"),
    (lambda *a: sgd(*a)[-1], "values should come back"),
    (lambda *a: sgd(*a) and None, "return"),
    (lambda m, x, *a: sgd(nn.Linear(x.shape[1], 1), x, *a), "as it was handed over"),
    (
        lambda m, x, y, lr, epochs: sgd(m, x, y, lr, epochs) + sgd(m, x, y, lr, 1),
        "more than expected",
    ),
    (
        lambda m, x, y, lr, epochs: (sgd(m, x, y, lr, epochs), sgd(m, x, y, lr, 1))[0],
        "one step too many",
    ),
)
@accepts(sgd, sgd_flat, sgd_by_hand, lambda *a: sgd(*a, which=lambda m: [m.weight, m.bias]))
def check_train(train):
    rates = dice.sample([0.03125, 0.0390625, 0.046875, 0.0546875], 3)
    sizes = (5, 2, 4), (8, 1, 3), (6, 3, 5)
    for (count, features, epochs), lr in zip(sizes, rates, strict=True):

        def draw(count=count, features=features, epochs=epochs, lr=lr):
            x, y = data = samples(count, features)
            start = a_place(features)
            flattened = x, [mean(y)] * count
            spread = mean((v - mean(y)) ** 2 for v in y)
            still = lambda slope: [*slope[:-1], 0.0]  # noqa: E731
            runs = {
                "right": (lambda place: slopes(data, place), data),
                "no bias": (lambda place: still(slopes(data, place)), data),
                "no weight": (lambda place: [0.0] * features + slopes(data, place)[-1:], data),
                "square": (lambda place: slopes(flattened, place), flattened),
                "given": (lambda place: still(slopes(flattened, place)), flattened),
                "piled": (running_sum(lambda place: slopes(data, place)), data),
                "sum": (lambda place: [count * s for s in slopes(data, place)], data),
            }
            places = {k: descent(step, start, lr, epochs + 1) for k, (step, _) in runs.items()}
            losses = {k: [loss(runs[k][1], place) for place in places[k]] for k in runs}
            losses["mean"] = losses["square"]
            for kind in ("square", "given"):
                losses[kind] = [value + spread for value in losses[kind]]
            losses["sum"] = [count * value for value in losses["sum"]]
            return x, y, places["right"], losses

        def good(found, epochs=epochs):
            *_, places, losses = found
            ends = [tuple(v[:epochs]) for v in losses.values()]
            shifted = losses["right"][:-2], losses["right"][1:-1]
            return (
                apart(*ends, by=0.04) and apart(*shifted, by=0.04) and apart(*places[-3:], by=0.04)
            )

        x, y, places, losses = drawn(draw, good)
        model = model_at(train, places[0])
        answer = ask(train, model, tensor(x), tensor(y), lr, epochs)
        runs = {kind: tuple(values[:epochs]) for kind, values in losses.items()}
        square = (
            "the loss compares each prediction with every target. Which shapes have the "
            "predictions and the targets in that line?"
        )
        wrong = [
            (runs["no bias"], "One bug is mended. The other one: the bias stays where it was."),
            (runs["square"], f"One bug is mended. The other one: {square}"),
            (
                runs["no weight"],
                "The weight stays where it was. The optimizer needs all the parameters.",
            ),
            (
                runs["mean"],
                "Each prediction is compared with the mean of the targets, and not with its own.",
            ),
            (runs["piled"], "The slopes add up from epoch to epoch: they are not set back."),
            (
                tuple(losses["right"][1 : epochs + 1]),
                "These are the losses after the step. Measure each before the step of its epoch.",
            ),
            (runs["sum"], "The loss is a sum here, and a mean is expected."),
            (
                runs["right"][:1],
                "There is only the first loss. Does `return` stand inside the loop?",
            ),
            (
                tuple(losses["right"][: epochs + 1]),
                "There is one loss more than expected: one for each epoch, before its step.",
            ),
        ]
        if answer.data.kind != "none" and at(model, places[0]):
            answer.refuse(unmoved(answer.data))
        expect(answer, runs["right"], wrong=wrong, given=runs["given"], count=0, rtol=1e-3)
        if not at(model, places[epochs]):
            sentence = "The losses are right, but the model is not where it should be after them."
            if at(model, places[epochs + 1]):
                sentence += " It has taken one step too many."
            if at(model, places[epochs - 1]):
                sentence += " The last step is missing."
            refuse_place(model, places[epochs], sentence)


# 4. Split the samples


def parts(x, y, share, seed, order=None, held=None, column=True, back=False):
    """A split of exercise 4, with the usual mistakes as options; for answers below."""
    order = order or (lambda n, g: torch.randperm(n, generator=g))
    shuffled = order(len(x), torch.Generator().manual_seed(seed))
    held = round(share * len(x)) if held is None else held(share * len(x))
    val, train = (
        (shuffled[-held:], shuffled[:-held]) if back else (shuffled[:held], shuffled[held:])
    )
    if column:
        x, y = x.reshape(-1, 1), y.reshape(-1, 1)
    return x[train], y[train], x[val], y[val]


def by_python(x, y, share, seed):
    numbers = list(range(len(x)))
    random.Random(seed).shuffle(numbers)
    held = round(share * len(x))
    pieces = numbers[held:], numbers[:held]
    return [torch.stack([v[i : i + 1] for i in piece]) for piece in pieces for v in (x, y)]


def by_mask(x, y, share, seed):
    torch.manual_seed(seed)
    keys = torch.rand(len(x))
    mask = torch.zeros(len(x), dtype=torch.bool)
    mask[keys.argsort()[: round(share * len(x))]] = True
    return tuple(v[m].unsqueeze(1) for m in (~mask, mask) for v in (x, y))


def by_chance(x, y, share, seed):
    mask = torch.rand(len(x), generator=torch.Generator().manual_seed(seed)) < share
    x, y = x[:, None], y[:, None]
    return x[~mask], y[~mask], x[mask], y[mask]


def with_repeats(x, y, share, seed):
    generator = torch.Generator().manual_seed(seed)
    held = round(share * len(x))
    val = torch.randint(len(x), (held,), generator=generator)
    train = torch.randint(len(x), (len(x) - held,), generator=generator)
    return x[train, None], y[train, None], x[val, None], y[val, None]


def shuffled_twice(x, y, share, seed):
    generator = torch.Generator().manual_seed(seed)
    x = x[torch.randperm(len(x), generator=generator)]
    return parts(
        x, y[torch.randperm(len(y), generator=generator)], share, 0, lambda n, g: torch.arange(n)
    )


def drawn_twice(x, y, share, seed):
    held = round(share * len(x))
    generator = torch.Generator().manual_seed(seed)
    val = torch.randperm(len(x), generator=generator)[:held]
    train = torch.randperm(len(x), generator=generator)[held:]
    return x[train, None], y[train, None], x[val, None], y[val, None]


def all_for_training(x, y, share, seed):
    *_, x_val, y_val = parts(x, y, share, seed)
    return x[:, None], y[:, None], x_val, y_val


def window(x, y, share, seed):
    place = int(torch.randint(len(x), (), generator=torch.Generator().manual_seed(seed)))
    return parts(x, y, share, seed, lambda n, g: torch.arange(n).roll(-place))


def indices(x, y, share, seed):
    shuffled = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))[:, None]
    held = round(share * len(x))
    return shuffled[held:], shuffled[held:], shuffled[:held], shuffled[:held]


def reordered(*places):
    def split(*a):
        pieces = parts(*a)
        return tuple(pieces[place] for place in places)

    return split


@rejects(
    (lambda *a: parts(*a, order=lambda n, g: torch.arange(n), back=True), "the last ones"),
    (lambda *a: parts(*a, order=lambda n, g: torch.arange(n)), "the first ones"),
    (lambda x, y, share, seed: parts(x, y, share, 5), "for every seed"),
    (lambda *a: parts(*a, order=lambda n, g: torch.randperm(n)), "the same seed twice"),
    (lambda *a: parts(*a, held=int), "round"),
    (lambda *a: parts(*a, held=math.ceil), "round"),
    (by_chance, "round"),
    (lambda *a: parts(*a, column=False), "is a row"),
    (with_repeats, "cut"),
    (drawn_twice, "both sets"),
    (shuffled_twice, "does not belong"),
    (all_for_training, "both sets"),
    (window, "neighbours"),
    (indices, "indices"),
    (reordered(2, 3, 0, 1), "changed places"),
    (reordered(0, 2, 1, 3), "wants x_train, y_train"),
    (reordered(1, 0, 3, 2), "inputs and targets"),
    (lambda *a: parts(*a)[:2], "Four tensors"),
    (lambda *a: None, "return"),
)
@accepts(parts, lambda *a: list(parts(*a, back=True)), by_python, by_mask)
def check_split(split):
    for count, share, tries in ((11, 0.2, 1), (26, 0.3, 3), (13, 0.25, 1), (9, 0.3, 1)):
        x = [v / 4 for v in dice.sample(range(4, 120), count)]
        y = [-v / 4 for v in dice.sample(range(4, 120), count)]
        sets = []
        for seed in dice.sample(range(1000), tries):
            answer = split(tensor(x), tensor(y), share, seed)
            sets.append(held_out(answer, x, y, share))
            again = split(tensor(x), tensor(y), share, seed)
            if held_out(again, x, y, share) != sets[-1]:
                again.refuse(
                    "With the same seed twice, other samples were held out. Let a generator of "
                    "your own begin at `seed`, inside the function."
                )
        if tries == 1:
            continue
        held = len(sets[0])
        if all(s == list(range(count - held, count)) for s in sets):
            answer.refuse("It is always the last ones that are held out. Draw them at random.")
        if all(s == list(range(held)) for s in sets):
            answer.refuse("It is always the first ones that are held out. Draw them at random.")
        if all(s == sets[0] for s in sets):
            answer.refuse("The same samples are held out for every seed. Is `seed` used?")
        steps = [{(b - a) % count for a, b in zip(s, s[1:] + s[:1], strict=True)} for s in sets]
        if all(len(step) == 2 and 1 in step for step in steps):
            answer.refuse(
                "The samples held out are always neighbours. Shuffle all of them, then cut."
            )
        if len({tuple(s) for s in sets}) < tries:
            answer.refuse("Two seeds hold out the same samples. Is all of `seed` used?")


PIECES = "x_train", "y_train", "x_val", "y_val"


def held_out(answer, x, y, share):
    """The numbers of the samples in a right validation set, sorted."""
    data, count = answer.data, len(x)
    answer.refuse_nothing()
    if (items := data.items) is None:
        answer.refuse(f"Four tensors should come back, but this is {data.what}.")
    if len(items) != 4:
        number = len(items)
        answer.refuse(f"Four tensors should come back, but there are {number}.", ", ".join(PIECES))
    for name, item in zip(PIECES, items, strict=True):
        if item.kind != "tensor":
            answer.refuse(f"`{name}` is {item.what}, and a tensor is expected.")
        if item.value is None:
            answer.refuse(f"`{name}` is {item.what} that has no numbers to read.")
        if item.dtype.startswith("int"):
            answer.refuse(
                f"`{name}` holds whole numbers, `{item.dtype}`. Are these the indices? Use them "
                "to index `x` and `y`."
            )
        if not item.dtype.startswith("float"):
            answer.refuse(
                f"The dtype of `{name}` is `{item.dtype}`: this is not a piece of x or y."
            )
        if len(item.shape) == 1:
            answer.refuse(
                f"`{name}` is a row of shape {item.shape}, and a column is expected. "
                "`[:, None]` makes one."
            )
        if len(item.shape) != 2 or item.shape[1] != 1:
            answer.refuse(f"The shape of `{name}` is {item.shape}, and (samples, 1) is expected.")
    sizes = [item.shape[0] for item in items]
    pieces = [flat(item.value) for item in items]
    train, val = count - round(share * count), round(share * count)
    if sizes == [val, val, train, train]:
        answer.refuse("The two sets have changed places: the larger one is the training set.")
    if sizes == [train, val, train, val]:
        answer.refuse("The order is another one: the text wants x_train, y_train, x_val, y_val.")
    for kind, a, b in (("training", 0, 1), ("validation", 2, 3)):
        if sizes[a] != sizes[b]:
            answer.refuse(
                f"The {kind} set has {sizes[a]} inputs and {sizes[b]} targets. There is one "
                "target for each input."
            )
    known = dict(zip(x, y, strict=True))
    if all(v in y for v in pieces[0] + pieces[2]) and all(v in x for v in pieces[1] + pieces[3]):
        answer.refuse("The inputs and targets have changed places: x first, then y.")
    for place, (name, numbers_there) in enumerate(zip(PIECES, pieces, strict=True)):
        source = (x, y)[place % 2]
        if strange := [v for v in numbers_there if v not in source]:
            answer.refuse(f"There is {strange[0]:.4g} in `{name}`, which is not in `{name[0]}`.")
        if len(set(numbers_there)) < len(numbers_there):
            answer.refuse(
                f"A sample is in `{name}` more than once. Draw without putting back: shuffle all "
                "the samples, and cut."
            )
    if twice := set(pieces[0]) & set(pieces[2]):
        answer.refuse(
            f"The sample with x = {min(twice):.4g} is in both sets. What the model is validated "
            "with must have no part in the training. Shuffle once, then cut into two pieces."
        )
    if sizes[2] != val:
        answer.refuse(
            f"{sizes[2]} of {count} samples are held out. `round({share:g} * {count})` is {val}.",
            f"{val} samples in x_val",
        )
    if sizes[0] != train:
        answer.refuse(
            f"Samples are missing: {sizes[0]} for training and {val} held out do not make {count}."
        )
    for inputs, targets in ((pieces[0], pieces[1]), (pieces[2], pieces[3])):
        for v, target in zip(inputs, targets, strict=True):
            if known[v] != target:
                answer.refuse(
                    f"The target {target:.4g} does not belong to the input {v:.4g}. Index `x` and "
                    "`y` with the same shuffled numbers."
                )
    return sorted(x.index(v) for v in pieces[2])


# 5. Two curves that can be compared


def both(model, x_train, y_train, x_val, y_val, lr, epochs, mode="", reduce=torch.mean):
    """The loop of exercise 5, with the usual mistakes as options; for answers below."""
    optimizer = optim.SGD(model.parameters(), lr=lr)
    mse = lambda x, y: reduce((model(x) - y) ** 2)  # noqa: E731
    training, validation = [], []

    def measure():
        training.append(mse(x_train, y_train).item())
        validation.append(mse(x_val, y_val).item())

    measure()
    for _ in range(epochs):
        if mode != "piled":
            optimizer.zero_grad()
        value = mse(x_train, y_train)
        if mode == "val":
            value = mse(x_val, y_val)
        if mode == "sum":
            value = value + mse(x_val, y_val)
        if mode == "all":
            value = reduce((model(torch.cat([x_train, x_val])) - torch.cat([y_train, y_val])) ** 2)
        if mode != "still":
            value.backward()
            optimizer.step()
        if mode == "once":
            break
        if mode == "unzeroed":
            measure()
            mse(x_val, y_val).backward()
            optimizer.step()
            continue
        if mode == "alternate":
            optimizer.zero_grad()
            mse(x_val, y_val).backward()
            optimizer.step()
        measure()
    return training, validation


def as_in_the_chapter(model, x_train, y_train, x_val, y_val, lr, epochs):
    training, validation = both(model, x_train, y_train, x_val, y_val, lr, epochs)
    return training[:-1], validation[1:]


def one_behind(*a):
    training, validation = both(*a)
    return training[:1] + training[:-1], validation


def as_tensors(model, x_train, y_train, x_val, y_val, lr, epochs, keep=True):
    optimizer = optim.SGD(model.parameters(), lr=lr)
    training, validation = [], []
    for epoch in range(epochs + 1):
        training.append(nn.MSELoss()(model(x_train), y_train))
        validation.append(nn.MSELoss()(model(x_val), y_val))
        if epoch < epochs:
            optimizer.zero_grad()
            training[-1].backward()
            optimizer.step()
    if keep:
        return training, validation
    return [v.detach() for v in training], [v.detach() for v in validation]


def without_graph(model, x_train, y_train, x_val, y_val, lr, epochs):
    with torch.no_grad():
        return both(model, x_train, y_train, x_val, y_val, lr, epochs)


def one_more(*a):
    return both(*a[:-1], a[-1] + 1)


@rejects(
    (lambda *a: both(*a, "alternate"), "two steps in each epoch"),
    (lambda *a: both(*a, "unzeroed"), "two steps in each epoch"),
    (lambda *a: both(*a, "once"), "inside the loop"),
    (lambda m, x, y, *a: both(m, x, y[:, 0], *a), "every target"),
    (lambda *a: both(*a, "sum"), "slopes of the validation loss"),
    (lambda *a: both(*a, "val"), "with the validation set"),
    (lambda *a: both(*a, "all"), "all the samples"),
    (lambda *a: both(*a, "piled"), "add up"),
    (lambda *a: both(*a, "still"), "never changes"),
    (lambda *a: both(*a, reduce=torch.sum), "sum"),
    (one_more, "one step too many"),
    (lambda *a: both(*a[:-1], a[-1] - 1), "step is missing"),
    (as_in_the_chapter, "as in the chapter"),
    (one_behind, "one step behind"),
    (lambda *a: [v[:-1] for v in both(*a)], "after the last step"),
    (lambda *a: [v[1:] for v in both(*a)], "before the first step"),
    (lambda *a: both(*a)[::-1], "changed places"),
    (lambda *a: (both(*a)[0],) * 2, "twice"),
    (lambda *a: both(*a)[0], "two lists"),
    (lambda *a: [v[-1] for v in both(*a)], "two lists"),
    (lambda *a: list(zip(*both(*a), strict=True)), "pairs"),
    (lambda m, x, *a: both(nn.Linear(x.shape[1], 1), x, *a), "as it was handed over"),
    (as_tensors, "graph"),
    (without_graph, "There is no graph"),
    (lambda *a: both(*a) and None, "return"),
)
@accepts(
    both,
    lambda *a: as_tensors(*a, keep=False),
    lambda *a: torch.tensor(both(*a)).unbind(),
)
def check_curves(curves):
    rates = dice.sample([0.03125, 0.0390625, 0.046875, 0.0546875], 3)
    sizes = (5, 2, 1, 3), (7, 3, 2, 4), (4, 6, 3, 1)
    for (count, held, features, epochs), lr in zip(sizes, rates, strict=True):

        def draw(count=count, held=held, features=features, epochs=epochs, lr=lr):
            train, val = samples(count, features), samples(held, features)
            start = a_place(features)
            every = tuple(a + c for a, c in zip(train, val, strict=True))
            level = train[0], [mean(train[1])] * count
            down, down_val = (
                (lambda place: slopes(train, place)),
                (lambda place: slopes(val, place)),
            )
            add = lambda a, c: [p + q for p, q in zip(a, c, strict=True)]  # noqa: E731

            def alternate(place):
                return add(down(place), down_val(descent(down, place, lr, 1)[1]))

            steps = {
                "right": down,
                "alternate": alternate,
                "unzeroed": lambda place: add(down(place), alternate(place)),
                "square": lambda place: slopes(level, place),
                "sum": lambda place: add(down(place), down_val(place)),
                "val": down_val,
                "all": lambda place: slopes(every, place),
                "piled": running_sum(down),
                "total": lambda place: [count * s for s in down(place)],
            }
            places = {k: descent(step, start, lr, epochs + 1) for k, step in steps.items()}
            lists = [[loss(data, place) for place in places["right"]] for data in (train, val)]
            return train, val, places, lists

        def good(found, epochs=epochs):
            places, lists = found[-2:]
            ends = [way[epochs] for k, way in places.items() if k != "piled" or epochs > 1]
            ends += [places["right"][e] for e in {0, epochs - 1, epochs + 1}]
            shifted = [losses[cut] for losses in lists for cut in (slice(-2), slice(1, -1))]
            return apart(*ends, by=0.04) and apart(*shifted, by=0.04)

        train, val, places, lists = drawn(draw, good)
        model = model_at(curves, places["right"][0])
        given = [tensor(v) for x, y in (train, val) for v in (x, [[t] for t in y])]
        answer = ask(curves, model, *given, lr, epochs)
        refuse_moves(answer, model, places, epochs)
        refuse_lists(answer, lists, epochs)


TWO_STEPS = (
    "The model takes two steps in each epoch, and one of them is down the validation loss. It "
    "must learn nothing from the validation set: call neither `backward` nor `step` for it."
)
MOVES = {
    "alternate": TWO_STEPS,
    "unzeroed": TWO_STEPS,
    "square": (
        "The training loss compares each prediction with every target. Both are columns already: "
        "leave them as they are."
    ),
    "sum": (
        "The slopes of the validation loss have been added to those of the training loss. Call "
        "`backward` on the training loss alone."
    ),
    "val": "The model was trained with the validation set, and not with the training set.",
    "all": "The model was trained with all the samples. The validation set has no part in it.",
    "piled": "The slopes add up from epoch to epoch: `zero_grad` is missing.",
    "total": "The steps are too long: the loss is a sum, where the mean is expected.",
}


def refuse_moves(answer, model, places, epochs):
    """The parameters after the run must be those of the right one."""
    answer.refuse_nothing()
    right = places["right"]
    if at(model, right[epochs]):
        return
    for kind, sentence in MOVES.items():
        if at(model, places[kind][epochs]):
            answer.refuse(sentence)
    if at(model, right[0]):
        answer.refuse(unmoved(answer.data))
    if at(model, right[epochs + 1]):
        answer.refuse("The model has taken one step too many. Measuring needs no step.")
    if epochs > 2 and at(model, right[1]):
        answer.refuse("The model has taken one step only. Does `return` stand inside the loop?")
    if at(model, right[epochs - 1]):
        answer.refuse(f"A step is missing: {epochs} steps are expected.")
    sentence = "After the run the parameters of the model are not what SGD gives. "
    sentence += "One step is `zero_grad`, the training loss, `backward`, `step`."
    refuse_place(model, right[epochs], sentence)


def refuse_lists(answer, lists, epochs):
    """Both lists of losses, for a model that has moved as it should."""
    training, validation = (values[: epochs + 1] for values in lists)
    data, items = answer.data, answer.data.items or []
    inner = [item.kind for item in items]
    if len(inner) != 2 and inner and all(k in ("list", "tuple") for k in inner):
        answer.refuse(
            "These are pairs, one for each measurement. Two lists are expected: all the training "
            "losses, then all the validation losses.",
            "two lists",
        )
    if (
        len(inner) != 2
        or not all(k in ("list", "tuple", "tensor") for k in inner)
        or not all(k != "tensor" or item.shape for k, item in zip(inner, items, strict=True))
    ):
        answer.refuse(
            f"This is {data.what}, and two lists of {epochs + 1} losses are expected.", "two lists"
        )
    pair = lambda a, c: (tuple(a), tuple(c))  # noqa: E731
    wrong = [
        (
            pair(training[:-1], validation[1:]),
            "These are measured as in the chapter: the training loss before a step, the "
            "validation loss after it. Measure both before the first step, and after each step.",
        ),
        (
            pair(training[:-1], validation[:-1]),
            "The losses after the last step are missing. Measure once more than you step.",
        ),
        (
            pair(training[1:], validation[1:]),
            "The losses before the first step are missing. Measure once more than you step.",
        ),
        (
            pair(training[:1] + training[:-1], validation),
            "The training losses are one step behind: each is measured before its step. Measure "
            "the training loss anew after the step.",
        ),
        (pair(validation, training), "The two lists have changed places: training first."),
        (pair(training, training), "The training losses come back twice."),
        (pair(validation, validation), "The validation losses come back twice."),
    ]
    expect(answer, pair(training, validation), wrong=wrong, rtol=1e-3)
    values = [value for item in items for value in item.items or [item]]
    if any(value.requires_grad for value in values):
        answer.refuse(
            "The numbers are right, but each of them holds on to its graph, and memory fills up. "
            "Append `loss.item()`, a plain number."
        )


# 6. What do 55 splits say?


@rejects(
    (["A"], "two thirds"),
    (["C"], "below the dashed line"),
    (["B", "C"], "training loss"),
    (["A", "C", "D"], "luckiest"),
    (["A", "C", "E"], "far"),
    (["A", "B"], "training loss"),
    (["A", "F"], "not one of the letters"),
    (4.7, "list of letters"),
)
@accepts(["A", "C"], ("c", "a"), "AC", "a, c")
def check_claims(claims):
    choose(
        claims,
        ["A", "C"],
        {
            "A": (
                "A was left out. There are dots below the dashed line, about a third of them: in "
                "such a split the curve has the lower validation loss."
            ),
            "B": (
                "B looks at the training loss. That is low because the curve has bent towards "
                "the readings it was fitted to. Compare the validation losses."
            ),
            "C": (
                "C was left out. Compare the mean validation losses, and look at the dots: about "
                "two thirds of them are above the dashed line, many far above."
            ),
            "D": (
                "D takes the luckiest of 55 splits. Its two readings happen to lie near the line. "
                "Other readings do not."
            ),
            "E": (
                "E is not so. Look for dots that are far from the dotted line: left of 2.4, or "
                "right of 9.4."
            ),
        },
    )


# 7. Hold out each sample once


def best_line(x, y):
    middle, height = mean(x), mean(y)
    w = mean((u - middle) * (v - height) for u, v in zip(x, y, strict=True))
    w /= mean((u - middle) ** 2 for u in x)
    return w, height - w * middle


def held_once(x, y):
    """For each sample: the line and the mean of the others, and its own x and y."""
    rows = []
    for i in range(len(x)):
        others = x[:i] + x[i + 1 :], y[:i] + y[i + 1 :]
        rows.append((best_line(*others), mean(others[1]), others, x[i], y[i]))
    return rows


def leave(x, y, fit="others", rest="others", measure=lambda d: d**2, rows=None, reduce=mean):
    """Exercise 7, with the usual mistakes as options; for answers below."""
    x, y = x.tolist(), y.tolist()
    line, base = [], []
    for (w, b), height, _, u, v in held_once(x, y)[:rows]:
        if fit == "all":
            w, b = best_line(x, y)
        if rest == "all":
            height = mean(y)
        line.append(measure(w * u + b - v))
        base.append(measure(height - v))
    return reduce(line), reduce(base)


def in_training(x, y):
    rows = held_once(x.tolist(), y.tolist())
    line = mean(
        mean((w * u + b - v) ** 2 for u, v in zip(*o, strict=True)) for (w, b), _, o, *_ in rows
    )
    return line, mean(mean((h - v) ** 2 for v in o[1]) for _, h, o, *_ in rows)


def with_one(x, y):
    def line(x, y):
        centred = x - x.mean()
        w = (centred * y).sum() / (centred**2).sum()
        return w, y.mean() - w * x.mean()

    found = []
    for i in range(len(x)):
        own = torch.arange(len(x)) == i
        w, b = line(x[own], y[own])
        found.append(((w * x[~own] + b - y[~own]) ** 2).mean())
    return torch.stack(found).mean(), torch.stack(found).mean()


def by_leverage(x, y):
    inputs = torch.stack([torch.ones_like(x), x], dim=1).double()
    hat = inputs @ torch.linalg.pinv(inputs)
    line = ((y - hat @ y.double()) / (1 - hat.diagonal())) ** 2
    return line.mean(), ((y - y.mean()) * len(y) / (len(y) - 1)).square().mean()


def by_masks(x, y):
    kept = 1 - torch.eye(len(x))
    n = kept.sum(dim=1)
    mx, my = kept @ x / n, kept @ y / n
    dx, dy = x - mx[:, None], y - my[:, None]
    w = (kept * dx * dy).sum(dim=1) / (kept * dx**2).sum(dim=1)
    return torch.stack([((w * (x - mx) + my - y) ** 2).mean(), ((my - y) ** 2).mean()])


@rejects(
    (lambda x, y: leave(x, y, fit="all", rest="all"), "fitted to all the samples"),
    (lambda x, y: leave(x, y, rest="all"), "mean of all the targets"),
    (lambda x, y: leave(x, y, fit="all"), "fitted to all the samples"),
    (in_training, "samples it was fitted to"),
    (lambda x, y: leave(x, y, measure=abs), "absolute"),
    (lambda x, y: leave(x, y, measure=lambda d: d), "not squared"),
    (lambda x, y: leave(x, y, reduce=sum), "sum"),
    (lambda x, y: leave(x, y, rows=1), "one sample only"),
    (lambda x, y: leave(x, y, reduce=lambda v: v[-1]), "one sample only"),
    (lambda x, y: leave(x, y, rows=-1), "last sample"),
    (lambda x, y: [v**0.5 for v in leave(x, y)], "root"),
    (lambda x, y: leave(x, y)[::-1], "changed places"),
    (with_one, "line through a single sample"),
    (lambda x, y: leave(x, y)[0], "2 values"),
    (lambda x, y: None, "return"),
    (lambda x, y: leave(x, y, reduce=lambda v: v), "errors, one for each"),
)
@accepts(leave, by_leverage, by_masks)
def check_cross_validate(cross_validate):
    for count in (4, 6, 11):

        def draw(count=count):
            x = [v / 4 for v in dice.sample(range(0, 33), count)]
            slope, height = dice.choice([-1.5, -0.75, 0.75, 1.5]), dice.choice([-3.0, 2.0, 5.0])
            y = [slope * u + height + e for u, e in zip(x, numbers(count, -3, 3), strict=True)]
            return x, y, variants(x, y)

        def good(found):
            line, base = found[2]
            apart_enough = all(
                abs(p - q) > 0.004 * max(abs(p), abs(q))
                for kind in (line, base)
                for place, (p, _) in enumerate(kind)
                for q, _ in kind[:place]
            )
            return apart_enough and abs(line[0][0] / base[0][0] - 1) > 0.1

        x, y, (line, base) = drawn(draw, good)
        answer = cross_validate(tensor(x), tensor(y))
        found = plain(answer.data)
        if isinstance(found, list | tuple) and len(found) == 2:
            refuse_means(answer, found, line, base)
        expect(answer, (line[0][0], base[0][0]), rtol=1e-3)


def refuse_means(answer, found, line, base):
    """Refuse a pair whose mistake is known, by its first number that is wrong."""
    if any(isinstance(value, list | tuple) and len(value) > 1 for value in found):
        answer.refuse("There are errors, one for each sample. Take the mean of each list.")
    if not all(isinstance(value, int | float) for value in found):
        return
    if any(math.isnan(value) or math.isinf(value) for value in found):
        answer.refuse(
            "There is a `nan` or an `inf`. Is it a line through a single sample? The mask has to "
            "be true for the others, and not for the sample held out."
        )
    same = lambda value, want: close([value], [want], 1e-3)  # noqa: E731
    if same(found[0], base[0][0]) and same(found[1], line[0][0]):
        answer.refuse("The two means have changed places: the line first, then the baseline.")
    for value, kinds, name in zip(found, (line, base), ("line", "baseline"), strict=True):
        if same(value, kinds[0][0]):
            continue
        for wrong, sentence in kinds[1:]:
            if same(value, wrong):
                answer.refuse(f"The {name}: {sentence}")
        break


def variants(x, y):
    """For the line and the baseline: the right mean, then wrong ones with their sentences."""
    rows, (w, b) = held_once(x, y), best_line(x, y)
    line = [w * u + b - v for (w, b), _, _, u, v in rows]
    base = [height - v for _, height, _, _, v in rows]
    inside = in_training(tensor(x), tensor(y))
    whole = mean((w * u + b - v) ** 2 for u, v in zip(x, y, strict=True))
    spread = mean((v - mean(y)) ** 2 for v in y)
    fitted = "it was fitted to all the samples, also to the one held out. Fit it to the others."
    averaged = (
        "it predicts the mean of all the targets, also of the one held out. Take the mean of the "
        "others."
    )
    cancel = "the errors are not squared, so plus and minus cancel."
    zero = (
        "this is 0. Either the errors are not squared, so plus and minus cancel, or each target "
        "is predicted from itself."
    )
    found = []
    for errors, seen, seen_sentence, training, plus_and_minus in (
        (line, whole, fitted, inside[0], cancel),
        (base, spread, averaged, inside[1], zero),
    ):
        squares = [d * d for d in errors]
        right, count = mean(squares), len(x)
        every = (training * (count - 1) + right) / count
        found.append(
            [
                (right, ""),
                (seen, seen_sentence),
                (
                    training,
                    "its error is measured on the samples it was fitted to. Measure it on the one "
                    "held out.",
                ),
                (mean(map(abs, errors)), "these are the absolute errors. Square them instead."),
                (mean(errors), plus_and_minus),
                (
                    every,
                    "its error is measured on all the samples. Measure it on the one held out.",
                ),
                (sum(squares), "this is the sum of the squared errors. Divide by their number."),
                (
                    squares[0],
                    "this is the error of one sample only. Does `return` stand in the loop?",
                ),
                (squares[-1], "this is the error of one sample only, the last. Collect them all."),
                (mean(squares[:-1]), "the last sample was never held out."),
                (mean(squares[1:]), "the first sample was never held out."),
                (right**0.5, "there is a root too many: the mean of the squares is expected."),
                (sum(squares) / (count - 1), "this is divided by n - 1. There are n errors."),
            ]
        )
    return found
