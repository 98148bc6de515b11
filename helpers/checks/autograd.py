"""The checks of `solutions/03_autograd.md`."""

import itertools
import math
from functools import partial

import torch

from helpers.checks.engine import (
    NotYet,
    accepts,
    advised,
    apart,
    are_numbers,
    choose,
    dice,
    drawn,
    expect,
    flat,
    is_number,
    mean,
    near,
    numbers,
    plain,
    rejects,
    tensor,
)
from helpers.checks.engine.mistakes import close
from helpers.checks.engine.reference import descent, line_slopes, running_sum

# What a message of PyTorch means on this page.
ADVICE = {
    "changed its own input": (
        "Here, `params = start.clone()` makes a copy, and the copy may move. Then switch it on, "
        "with `params.requires_grad_()`."
    ),
    "NoneType": (
        "A `grad` is still empty (`None`) there. Either no backward pass has reached this tensor "
        "yet, or it came out of an operation: then it is no leaf."
    ),
    "a leaf Variable that requires grad": (
        "The step must not be in the notes: write it inside `with torch.no_grad():`."
    ),
    "second time": (
        "The notes serve for one backward pass. Compute the loss anew before each `backward`. A "
        "sum that still contains an old loss reaches back to the old notes too."
    ),
    "does not require grad": (
        "Nothing in this result asks for slopes. Was no tensor switched on? Is the way back cut, "
        "by `item`, `detach` or `torch.tensor(...)`? Or was something computed inside `no_grad` "
        "that belongs outside? `p = p - ...` makes a new tensor, which asks for nothing there."
    ),
    "scalar outputs": (
        "`backward` starts from one number. Something has to make one number out of many first."
    ),
    "'float' object has no attribute 'backward'": (
        "`item` gives a plain number, without the way back. Go backward first."
    ),
    "modified by an inplace operation": (
        "A number that the backward pass needs was changed in place. Compute the loss anew after "
        "each step."
    ),
}
ask = partial(advised, ADVICE)


def torch_loss(params, x, y):
    """The mean squared error of a line, for answers below."""
    w, b = params
    return ((w * x + b - y) ** 2).mean()


# 1. What does grad hold?


@rejects(
    (24, "set back"),
    (5, "does not overwrite"),
    (57, "only notes"),
    (64, "only notes"),
    (12, "one more pass"),
    (9, "`b` is not a given number"),
    (13, "two ways"),
    (7, "before it was set back"),
    (0, "after that"),
    (18, "values"),
    ("17", "one number"),
)
@accepts(17, 17.0, torch.tensor(17.0), 12 + 5)
def check_held(held):
    near(
        held,
        17,
        0.005,
        wrong=[
            (24, 0.005, "In between, `grad` was set back: what came before is gone."),
            (5, 0.005, "A pass does not overwrite what it finds in `grad`. It adds to it."),
            (57, 0.005, "`c` was computed, and nobody went backward from it: this only notes."),
            (
                64,
                0.005,
                (
                    "This is the sum over all lines. One line sets `grad` back, and one only "
                    "notes, because there is no `backward` in it."
                ),
            ),
            (12, 0.005, "Nearly: there is one more pass, in the last line."),
            (
                9,
                0.005,
                (
                    "`b` is not a given number: it was made from `a`, and the way back leads "
                    "through it too."
                ),
            ),
            (13, 0.005, "In `b * a` there are two ways to `a`: through `b`, and directly."),
            (7, 0.005, "This was in `grad` before it was set back. Go on from there."),
            (0, 0.005, "`grad` is 0 once. But after that there are more passes."),
            (18, 0.005, "These are the values of `b * a` and `5 * a`, 8 and 10, and not slopes."),
        ],
    )


# 2. Who gets a grad?


@rejects(
    (["A", "B", "E", "F"], "never asked"),
    (["A", "C", "E", "F"], "came out of an operation"),
    (["A", "D", "E", "F"], "cuts the way"),
    (["A", "F"], "slope of 0"),
    (["A", "E"], "new leaf"),
    (["E", "F"], "through `c`"),
    (["A", "C", "D", "E", "F"], "came out of an operation"),
    (["A", "G"], "not one of the letters"),
    (3, "list of letters"),
)
@accepts(["A", "E", "F"], "aef", ("f", "a", "e"), "A, E, F", {"a", "e", "f"})
def check_has_grad(has_grad):
    choose(
        has_grad,
        ["A", "E", "F"],
        {
            "A": (
                "`a` is a leaf, and it asked for slopes. The way back leads from the loss through "
                "`c` to it."
            ),
            "B": "`b` never asked for slopes: look at the line that makes it.",
            "C": (
                "`c` came out of an operation. The way back leads through it, but `grad` is "
                "filled for leaves only."
            ),
            "D": (
                "`d` asked for slopes, but follow the way back from the loss: `detach` cuts "
                "the way to it."
            ),
            "E": (
                "There is a way back to `e`, through the product with 0. What arrives is a "
                "slope of 0, and that is a number, not `None`."
            ),
            "F": (
                "`f` has its number from `c`, but `item` cut it off: it is a new leaf. Did it "
                "ask for slopes?"
            ),
        },
    )


# 3. The gradient of a recipe


def cooling(params, start, minutes, cut=False):
    """The model of the exercise; `cut` forgets where the temperature before came from."""
    rate, room = params
    temperature, found = start, []
    for _ in range(minutes):
        temperature = temperature + rate * (room - temperature)
        found.append(temperature)
        temperature = temperature.detach() if cut else temperature
    return torch.stack(found)


def cooled(rate, room, start, minutes, cut=False):
    """Temperatures after each minute, and how each changes with the rate and with the room."""
    now, in_rate, in_room, found = start, 0.0, 0.0, []
    for _ in range(minutes):
        if cut:
            in_rate = in_room = 0.0
        in_rate, in_room = (1 - rate) * in_rate + room - now, (1 - rate) * in_room + rate
        now = now + rate * (room - now)
        found.append((now, in_rate, in_room))
    return found


def cup_slopes(rate, room, start, measured, cut=False):
    d = [t - m for (t, *_), m in zip(cooled(rate, room, start, len(measured)), measured)]
    ways = cooled(rate, room, start, len(measured), cut)
    return [mean(2 * m * way[k] for m, way in zip(d, ways, strict=True)) for k in (1, 2)]


def by_backward(loss=lambda t, m: ((t - m) ** 2).mean(), cut=False, finish=None):
    """An answer to the exercise, with the usual mistakes as options."""

    def gradient(params, start, measured):
        leaf = params.clone().requires_grad_()
        value = loss(cooling(leaf, start, len(measured), cut), measured)
        value.backward(create_graph=finish == "history")
        return {"loss": value.detach(), "history": leaf.grad * 1, "swapped": leaf.grad.flip(0)}.get(
            finish, leaf.grad
        )

    return gradient


def no_backward(params, start, measured):
    leaf = params.clone().requires_grad_()
    ((cooling(leaf, start, len(measured)) - measured) ** 2).mean()
    return leaf.grad


def through_grad(params, start, measured):
    rate, room = (v.clone().requires_grad_() for v in params)
    loss = ((cooling((rate, room), start, len(measured)) - measured) ** 2).mean()
    return torch.stack(torch.autograd.grad(loss, (rate, room)))


def starts_early(params, start, measured):
    leaf = params.clone().requires_grad_()
    temperatures = torch.cat([torch.tensor([start]), cooling(leaf, start, len(measured) - 1)])
    ((temperatures - measured) ** 2).mean().backward()
    return leaf.grad


def asks_nothing(params, start, measured):
    ((cooling(params, start, len(measured)) - measured) ** 2).mean().backward()
    return params.grad


@rejects(
    (by_backward(lambda t, m: ((t - m) ** 2).sum()), "sum over"),
    (by_backward(lambda t, m: (t - m).mean()), "not squared"),
    (by_backward(lambda t, m: t.mean()), "not squared"),
    (by_backward(lambda t, m: (t[-1] - m[-1]) ** 2), "last minute only"),
    (by_backward(cut=True), "way back is cut"),
    (by_backward(lambda t, m: (t - m).abs().mean()), "absolute"),
    (starts_early, "first reading"),
    (lambda params, start, measured: params, "These are the parameters"),
    (by_backward(finish="swapped"), "changed places"),
    (by_backward(finish="history"), "with a history"),
    (by_backward(finish="loss"), "shape"),
    (by_backward(lambda t, m: -((t - m) ** 2).mean()), "sign"),
    (by_backward(lambda t, m: 2 * ((t - m) ** 2).mean()), "2 times"),
    (no_backward, "still empty"),
    (asks_nothing, "asks for slopes"),
    (by_backward(lambda t, m: (t - m) ** 2), "starts from one number"),
    (by_backward(lambda t, m: ((t - m) ** 2).mean().item()), "Go backward first"),
    (lambda *a: None, "return"),
)
@accepts(
    by_backward(),
    through_grad,
    lambda p, s, m: torch.tensor(cup_slopes(*p.tolist(), s, m.tolist())),
    lambda p, s, m: torch.func.grad(lambda q: ((cooling(q, s, len(m)) - m) ** 2).mean())(p),
)
def check_gradient(gradient):
    def cup():
        rate, room = dice.choice([0.0625, 0.125, 0.1875, 0.25]), dice.choice([15.0, 18.5, 21.0])
        start, measured = numbers(1, 60, 95)[0], numbers(count, 30, 80)
        d = [t - m for (t, *_), m in zip(cooled(rate, room, start, count), measured)]
        ways = cooled(rate, room, start, count)
        early = [t - m for t, m in zip([start, *(way[0] for way in ways)], measured)]
        right = cup_slopes(rate, room, start, measured)
        others = [
            cup_slopes(rate, room, start, measured, cut=True),
            [mean(way[k] for way in ways) for k in (1, 2)],
            [2 * d[-1] * ways[-1][k] for k in (1, 2)],
            right[::-1],
            [mean(2 * m * way[k] for m, way in zip(early, [(0, 0, 0), *ways])) for k in (1, 2)],
            [mean(math.copysign(1, m) * way[k] for m, way in zip(d, ways)) for k in (1, 2)],
            [rate, room],
        ]
        if min(map(abs, [*right, *d])) > 0.25 and apart(right, *others, by=0.025):
            return rate, room, start, measured, right, others

    for count in (3, 6, 2):
        rate, room, start, measured, right, others = drawn(cup)
        sentences = [
            (
                "The way back is cut at every minute: each temperature depends on the parameters "
                "through the one before it as well."
            ),
            "These are slopes of a mean that is not squared. The loss is the mean squared error.",
            "This compares the last minute only. The mean is over all minutes.",
            "The two slopes have changed places: the one in `rate` first, then the one in `room`.",
            "This compares the first reading with `start`. It was taken after one minute.",
            "These are slopes of the mean absolute error. The loss is the mean squared error.",
            "These are the parameters. The slopes lie in their `grad`.",
        ]
        answer = ask(gradient, tensor([rate, room]), start, tensor(measured))
        if answer.data.kind == "none":
            answer.refuse(
                "`None` came back. Is there a `return`? `backward()` itself gives nothing back: "
                "the slopes lie in the leaf's `grad`. And `grad` is still empty where nothing went "
                "backward, or where the tensor came out of an operation and is no leaf."
            )
        wrong = list(zip(others, sentences, strict=True))
        expect(answer, right, wrong=wrong, count=count, rtol=1e-3)
        if answer.data.requires_grad:
            answer.refuse(
                "The numbers are right, but the result comes with a history. `detach` gives the "
                "same numbers without it."
            )


# 4. A loop that runs, and is wrong


def line_run(x, y, start, lr, epochs, zero=True, anew=True):
    """w and b after a run of the loop, with its bugs as options."""

    def slopes_at(place):
        return line_slopes(x, y, *(place if anew else start))

    return descent(slopes_at if zero else running_sum(slopes_at), start, lr, epochs)[-1]


def ran(**bugs):
    """An answer that gives back what the loop with these bugs gives back."""
    return lambda x, y, start, lr, epochs: torch.tensor(
        line_run(x.tolist(), y.tolist(), start.tolist(), lr, epochs, **bugs)
    )


def loop(step, leaf=lambda start: start.clone().requires_grad_(), anew=True):
    """An answer with a loop in PyTorch; `step(params, lr)` moves the parameters."""

    def descend(x, y, start, lr, epochs):
        params = leaf(start)
        loss = torch_loss(params, x, y)
        for _ in range(epochs):
            loss = torch_loss(params, x, y) if anew else loss
            loss.backward()
            params = step(params, lr)
        return params.detach()

    return descend


def in_place(params, lr):
    with torch.no_grad():
        params -= lr * params.grad
        params.grad.zero_()
    return params


def zero_too_early(params, lr):
    params.grad.zero_()
    with torch.no_grad():
        params -= lr * params.grad
    return params


def outside(params, lr):
    params -= lr * params.grad
    return params


def renamed(params, lr):
    return params - lr * params.grad


def renewed(params, lr):
    return (params - lr * params.grad).detach().requires_grad_()


def with_optimizer(x, y, start, lr, epochs):
    params = torch.nn.Parameter(start.clone())
    optimizer = torch.optim.SGD([params], lr)
    for _ in range(epochs):
        optimizer.zero_grad()
        torch_loss(params, x, y).backward()
        optimizer.step()
    return params


@rejects(
    (ran(zero=False), "never set back"),
    (ran(anew=False), "computed once"),
    (lambda x, y, start, lr, epochs: ran()(x, y, start, -lr, epochs), "uphill"),
    (lambda x, y, start, lr, epochs: ran()(x, y, start, lr, 1), "one step only"),
    (lambda x, y, start, lr, epochs: ran()(x, y, start, lr, epochs - 1), "One step is missing"),
    (lambda x, y, start, lr, epochs: ran()(x, y, start, lr, epochs + 1), "One step too many"),
    (lambda x, y, start, lr, epochs: ran()(x, y, start, lr * len(x), epochs), "too long"),
    (loop(zero_too_early), "not moved"),
    (loop(in_place, anew=False), "one backward pass"),
    (loop(in_place, leaf=lambda start: start.requires_grad_()), "makes a copy"),
    (loop(outside), "no_grad"),
    (loop(renamed), "no leaf"),
    (lambda *a: None, "return"),
)
@accepts(
    ran(),
    loop(in_place),
    loop(renewed),
    with_optimizer,
)
def check_descend(descend):
    def task():
        x, y = numbers(count, 0.5, 3), numbers(count, -4, 4)
        start = dice.sample([-2.0, -0.5, 1.0, 1.5, 2.5], 2)
        right = line_run(x, y, start, lr, epochs)
        others = [
            line_run(x, y, start, lr, epochs, zero=False),
            line_run(x, y, start, lr, epochs, anew=False),
            start,
            line_run(x, y, start, -lr, epochs),
            line_run(x, y, start, lr, 1),
            line_run(x, y, start, lr, epochs - 1),
            line_run(x, y, start, lr, epochs + 1),
            line_run(x, y, start, lr * count, epochs),
        ]
        given = line_run(x, y, start, lr, epochs, zero=False, anew=False)
        if apart(right, given, *others, by=0.025):
            return x, y, start, right, given, others

    sentences = [
        (
            "The loss is computed anew in each round: that is mended. But `grad` is never set "
            "back, and each step follows the sum of all the slopes so far."
        ),
        (
            "`grad` is set back: that is mended. But every step follows the slopes at the start, "
            "because the loss was computed once, above the loop."
        ),
        (
            "The parameters have not moved. Is `grad` set back between `backward` and the step? "
            "Then the step finds zeros."
        ),
        "This walks uphill: the loss grows. Step against the slope.",
        "This is the place after one step only. Does `return` stand inside the loop?",
        "One step is missing.",
        "One step too many.",
    ]
    rates = dice.sample([0.03125, 0.0390625, 0.046875, 0.0546875], 3)
    for (count, epochs), lr in zip(((3, 3), (5, 4), (4, 5)), rates, strict=True):
        x, y, start, right, given, others = drawn(task)
        long = f"The steps are {count} times too long: a sum, where the mean is expected."
        expect(
            ask(descend, tensor(x), tensor(y), tensor(start), lr, epochs),
            right,
            wrong=list(zip(others, [*sentences, long], strict=True)),
            given=given,
            rtol=1e-3,
        )


# 5. In pieces


def cuts(count, size):
    """Where the pieces begin and end."""
    return [(at, min(at + size, count)) for at in range(0, count, size)]


def piled(x, y, params, size, weight, zero=False):
    """What `grad` holds after each piece, if a piece's mean enters with `weight(samples)`.

    zero: whether it is set back before each piece.
    """
    rows, held = [], [0.0, 0.0]
    for start, end in cuts(len(x), size):
        slopes = line_slopes(x[start:end], y[start:end], *params)
        held = [h * (not zero) + weight(end - start) * s for h, s in zip(held, slopes, strict=True)]
        rows.append(held)
    return rows


def backward_in_pieces(
    weight=lambda n, part, k: part / n, copy=torch.clone, zero=False, keep_last=True
):
    """An answer to the exercise, with the usual mistakes as options."""

    def grad_after(params, x, y, size):
        leaf, rows = params.clone().requires_grad_(), []
        pieces = cuts(len(x), size)
        for start, end in pieces if keep_last else cuts(len(x) // size * size, size):
            if zero and leaf.grad is not None:
                leaf.grad = None
            loss = torch_loss(leaf, x[start:end], y[start:end])
            (loss * weight(len(x), end - start, len(pieces))).backward()
            rows.append(copy(leaf.grad))
        return torch.stack(rows)

    return grad_after


def mean_so_far(params, x, y, size):
    rows = [line_slopes(x[:end], y[:end], *params) for _, end in cuts(len(x), size)]
    return torch.tensor(rows)


def sum_of_losses(params, x, y, size):
    leaf, rows, total = params.clone().requires_grad_(), [], 0
    for start, end in cuts(len(x), size):
        total = total + torch_loss(leaf, x[start:end], y[start:end]) * (end - start) / len(x)
        total.backward()
        rows.append(leaf.grad.clone())
    return torch.stack(rows)


def by_split(params, x, y, size):
    leaf, rows = params.clone().requires_grad_(), []
    for u, v in zip(x.split(size), y.split(size), strict=True):
        (((leaf[0] * u + leaf[1] - v) ** 2).sum() / len(x)).backward()
        rows.append(leaf.grad.tolist())
    return torch.tensor(rows)


def by_sums(params, x, y, size):
    w, b = params
    each = 2 * (w * x + b - y) / len(x) * torch.stack([x, torch.ones_like(x)])
    return torch.stack([each[:, :end].sum(1) for _, end in cuts(len(x), size)])


@rejects(
    (backward_in_pieces(lambda n, part, k: 1), "each piece as much"),
    (backward_in_pieces(lambda n, part, k: 1 / k), "short piece"),
    (backward_in_pieces(lambda n, part, k: part), "divided by"),
    (backward_in_pieces(lambda n, part, k: n / part), "other way round"),
    (backward_in_pieces(lambda n, part, k: 2 / n), "not by `size`"),
    (lambda p, x, y, size: by_split(p, x, y, size) * len(x) / size, "divided by `size`"),
    (mean_so_far, "so far"),
    (sum_of_losses, "old notes"),
    (backward_in_pieces(copy=lambda grad: grad), "rows are alike"),
    (backward_in_pieces(lambda n, part, k: 1, copy=torch.detach), "rows are alike"),
    (backward_in_pieces(zero=True), "set back between"),
    (backward_in_pieces(keep_last=False), "last piece"),
    (lambda *a: backward_in_pieces()(*a)[-1], "one row for each piece"),
    (lambda p, x, y, size: backward_in_pieces()(p, x, y, 1), "rows"),
    (lambda *a: backward_in_pieces()(*a).flip(1), "columns have changed places"),
    (lambda *a: list(backward_in_pieces()(*a)), "torch.stack"),
    (lambda p, x, y, size: backward_in_pieces()(p, x, y, 2), "4 rows"),
    (lambda *a: None, "return"),
)
@accepts(
    backward_in_pieces(),
    by_split,
    by_sums,
    lambda p, x, y, size: torch.tensor(
        piled(x.tolist(), y.tolist(), p.tolist(), size, lambda part: part / len(x))
    ),
)
def check_grad_after(grad_after):
    def task():
        x, y = numbers(count, 0.5, 4), numbers(count, -4, 4)
        params = dice.sample([-1.5, -0.5, 0.5, 1.0, 2.0, 3.0], 2)
        right = piled(x, y, params, size, lambda part: part / count)
        others = [
            piled(x, y, params, size, lambda part: 1),
            piled(x, y, params, size, lambda part: 1 / len(right)),
            piled(x, y, params, size, lambda part: part),
            piled(x, y, params, size, lambda part: count / part),
            piled(x, y, params, size, lambda part: part / count, zero=True),
            [row[::-1] for row in right],
            piled(x, y, params, size, lambda part: size / count),
            piled(x, y, params, size, lambda part: part / size),
            [line_slopes(x[:end], y[:end], *params) for _, end in cuts(count, size)],
        ]
        if len(right) == 1 or apart(right, *others, [right[-1]] * len(right), by=0.025):
            return x, y, params, right, others

    sentences = [
        (
            "The mean of each piece was added as it is: this counts each piece as much as the "
            "whole. A sample's share in the mean over all is 1 divided by the number of all."
        ),
        (
            "Every piece has the same weight here, and the short piece is smaller: its samples "
            "count too much. Weigh a piece by how many of all the samples it has."
        ),
        (
            "These are slopes of the sum of the squared errors. For the mean, they are divided by "
            "the number of all samples."
        ),
        (
            "The weight is the other way round: a piece of a few samples has a small part in the "
            "mean over all."
        ),
        (
            "Each row holds the slopes of its own piece only. `grad` was set back between the "
            "pieces; here it is meant to add up."
        ),
        "The columns have changed places: w first, then b.",
        (
            "Every piece has the same weight here. But the short piece has fewer samples: weigh it "
            "by their number, and not by `size`."
        ),
        "The squared errors were divided by `size`. Divide them by the number of all samples.",
        (
            "Each row is a mean over the samples so far. Only the last row is one: before, `grad` "
            "holds a part of the mean over all samples."
        ),
    ]
    for count, size in ((5, 2), (7, 3), (6, 4), (3, 5)):
        x, y, params, right, others = drawn(task)
        answer = ask(grad_after, tensor(params), tensor(x), tensor(y), size)
        data, rows = answer.data, len(right)
        if data.kind == "tensor" and data.shape == (2,):
            answer.refuse(
                "This is one row. There should be one row for each piece.", f"{rows} rows"
            )
        if data.kind == "tensor" and len(data.shape) == 2 and data.shape != (rows, 2):
            if data.shape[1] == 2:
                short = ", the last piece is a short one" * (count % size > 0)
                answer.refuse(
                    f"There are {data.shape[0]} rows. {count} samples in pieces of {size} make "
                    f"{rows} piece{'s' * (rows > 1)}{short}, and there is one row for each."
                )
        same = data.shape == (rows, 2) and data.value is not None and rows > 1
        if same and all(row == data.value[0] for row in data.value):
            answer.refuse(
                "All rows are alike. `grad` is one tensor that changes in place, and a list that "
                "holds it several times changes with it. Keep a copy: `grad.clone()`."
            )
        expect(answer, right, wrong=list(zip(others, sentences, strict=True)), rtol=1e-3)


# 6. A loop with two leaves


def charge_run(
    x, y, a, b, lr, epochs, zero=(1, 1), move=(1, 1), sign=-1, late=False, total=False, anew=True
):
    """The losses of a run, and the last a and b, with the usual mistakes as options."""

    def measured(a, b):
        s = [1 - math.exp(-b * u) for u in x]
        d = [a * v - w for v, w in zip(s, y, strict=True)]
        in_a = [2 * m * v for m, v in zip(d, s, strict=True)]
        in_b = [2 * m * a * u * math.exp(-b * u) for m, u in zip(d, x, strict=True)]
        rows = [m * m for m in d], in_a, in_b
        return [sum(row) if total else mean(row) for row in rows]

    losses, held, start = [], (0.0, 0.0), (a, b)
    try:
        for _ in range(epochs):
            loss, *slopes = measured(a, b) if anew else measured(*start)
            held = [s if z else h + s for h, s, z in zip(held, slopes, zero, strict=True)]
            a, b = (p + sign * lr * m * h for p, m, h in zip((a, b), move, held, strict=True))
            losses.append(measured(a, b)[0] if late else loss)
    except OverflowError:
        return (math.nan,) * epochs, math.nan, math.nan
    return tuple(losses), a, b


def charged(change=None, **bugs):
    """An answer that gives back what the loop with these bugs gives back."""

    def train(x, y, *rest):
        losses, a, b = charge_run(x.tolist(), y.tolist(), *rest, **bugs)
        return (list(losses), a, b) if change is None else change(list(losses), a, b)

    return train


def charge(x, a, b):
    return a * (1 - torch.exp(-b * x))


def two_leaves(keep=lambda loss: loss.item(), step="in place"):
    """An answer with a loop in PyTorch; `keep` says what goes into the list of losses."""

    def train(x, y, a, b, lr, epochs):
        a, b, losses = torch.tensor(a), torch.tensor(b), []
        a.requires_grad_()
        b.requires_grad_()
        for _ in range(epochs):
            loss = ((charge(x, a, b) - y) ** 2).mean()
            loss.backward()
            losses.append(keep(loss))
            if step == "renamed":
                a, b = a - lr * a.grad, b - lr * b.grad
                continue
            if step == "outside":
                a -= lr * a.grad
                b -= lr * b.grad
                continue
            with torch.no_grad():
                a -= lr * a.grad
                b -= lr * b.grad
            a.grad = b.grad = None
        return losses, a, b

    return train


def one_leaf(x, y, a, b, lr, epochs):
    params, losses = torch.tensor([a, b], requires_grad=True), torch.zeros(epochs)
    for epoch in range(epochs):
        loss = ((charge(x, *params) - y) ** 2).mean()
        losses[epoch] = loss.detach()
        (slopes,) = torch.autograd.grad(loss, params)
        params = (params - lr * slopes).detach().requires_grad_()
    return losses, *params


def other_model(x, y, a, b, lr, epochs):
    losses = [torch_loss((a, b), x, y)] * epochs
    return losses, a, b


def one_slope_for_both(x, y, a, b, lr, epochs):
    losses = []
    for _ in range(epochs):
        (loss,), after, _ = charge_run(x.tolist(), y.tolist(), a, b, lr, 1)
        a, b = after, b + after - a
        losses.append(loss)
    return losses, a, b


def first_wrong(losses, right):
    """A sentence about the first loss that is not right, or None if they are no such numbers."""
    if not are_numbers(losses, len(right)) or not all(map(math.isfinite, losses)):
        return None
    good = [close([v], [r], 1e-3) for v, r in zip(losses, right)]
    if all(good):
        return None
    if not good[0]:
        return (
            "The first loss is not right yet. It is the mean squared error of `charge(x, a, b)`, "
            "with the a and b that came in, before either of them moves."
        )
    return f"Loss {good.index(False) + 1} is the first that is not right. Look at the step before."


@rejects(
    (charged(zero=(0, 0)), "never set back"),
    (charged(zero=(1, 0)), "b's `grad`"),
    (charged(zero=(0, 1)), "a's `grad`"),
    (charged(move=(1, 0)), "b has not moved"),
    (charged(move=(0, 1)), "a has not moved"),
    (charged(move=(0, 0)), "Neither"),
    (charged(sign=1), "uphill"),
    (charged(total=True), "sum over"),
    (charged(anew=False), "above the loop"),
    (charged(late=True), "after its step"),
    (charged(lambda losses, a, b: (losses[:-1], a, b)), "one loss for each epoch"),
    (charged(lambda losses, a, b: ([*losses, 1.0], a, b)), "one loss for each epoch"),
    (charged(lambda losses, a, b: (losses[-1], a, b)), "one loss for each epoch"),
    (charged(lambda losses, a, b: (losses, b, a)), "changed places"),
    (charged(lambda losses, a, b: (a, b)), "3 values"),
    (charged(lambda losses, a, b: losses), "values should come back"),
    (other_model, "The first loss"),
    (one_slope_for_both, "is the first that is not right"),
    (lambda *a: charged()(*a[:5], 1), "stand inside the loop"),
    (two_leaves(keep=lambda loss: loss), "item()"),
    (two_leaves(step="renamed"), "no leaf"),
    (two_leaves(step="outside"), "no_grad"),
    (lambda *a: None, "return"),
)
@accepts(
    charged(),
    two_leaves(),
    two_leaves(keep=torch.detach),
    one_leaf,
)
def check_train(train):
    def task():
        x, y = numbers(count, 0.25, 3), numbers(count, 0, 4)
        a, b = dice.choice([1.0, 1.5, 2.5, 3.0]), dice.choice([0.5, 0.75, 1.25])
        run = x, y, a, b, lr, epochs
        right, others = charge_run(*run), [charge_run(*run, **options) for options, _ in bugs]
        sizes = [abs(number) for number in flat(others)]
        if apart(right, *others, by=0.025) and max(sizes) < 1e5:
            return x, y, a, b, right, others

    bugs = [
        (
            dict(zero=(0, 0)),
            "The slopes are never set back: each step follows the sum of all the slopes so far.",
        ),
        (dict(zero=(1, 0)), "b's `grad` is never set back. Each leaf has a `grad` of its own."),
        (dict(zero=(0, 1)), "a's `grad` is never set back. Each leaf has a `grad` of its own."),
        (dict(move=(1, 0)), "b has not moved. Both parameters take a step."),
        (dict(move=(0, 1)), "a has not moved. Both parameters take a step."),
        (
            dict(move=(0, 0)),
            (
                "Neither a nor b has moved. Is `grad` set back between `backward` and the step? "
                "Then the step finds zeros."
            ),
        ),
        (dict(sign=1), "This walks uphill: the loss grows. Step against the slope."),
        (dict(total=True), "This loss is a sum over the samples. The mean is expected."),
        (
            dict(anew=False),
            "The loss was computed once, above the loop. Compute it anew in each round.",
        ),
        (
            dict(late=True),
            "Each loss was taken after its step. Keep the one that `backward` started from.",
        ),
    ]
    rates = dice.sample([0.0625, 0.078125, 0.09375, 0.109375], 3)
    for (count, epochs), lr in zip(((4, 4), (6, 3), (3, 6)), rates, strict=True):
        x, y, a, b, right, others = drawn(task)
        answer = ask(train, tensor(x), tensor(y), a, b, lr, epochs)
        data = answer.data
        three = data.items is not None and len(data.items) == 3
        if three:
            kept = data.items[0]
            if kept.kind in ("number", "tensor") and kept.shape == ():
                answer.refuse("`losses` is one number. There is one loss for each epoch.")
            items = kept.items or [kept]
            if any(item.requires_grad for item in items):
                answer.refuse(
                    "The losses still have their histories, and keep the graph of every epoch "
                    "in memory. Keep numbers: `losses.append(loss.item())`."
                )
            length = kept.shape[0] if kept.shape else len(items)
            if kept.kind in ("list", "tuple", "tensor") and length != epochs:
                many = f"{length} loss{'es' * (length > 1)}" if length else "nothing"
                answer.refuse(
                    f"`losses` holds {many} after {epochs} epochs. Keep one loss for each epoch."
                    + " Does `return` stand inside the loop?" * (length == 1)
                )
        wrong = [(other, sentence) for other, (_, sentence) in zip(others, bugs, strict=True)]
        wrong.append(
            ((right[0], *right[:0:-1]), "a and b have changed places: the losses, a, then b.")
        )
        try:
            expect(answer, right, wrong=wrong, rtol=1e-3)
        except NotYet as stop:
            told = first_wrong(plain(data.items[0]), right[0]) if three else None
            if told is None or not stop.message.startswith("Value 1 of 3"):
                raise
            raise NotYet(told, stop.call, stop.got, stop.want) from stop


# 7. Fit a curve that bends


HEIGHTS = [0.02, 0.05, 0.07, 0.19, 0.4, 0.69, 1.11, 1.36, 1.63, 1.73, 1.79, 1.84, 1.87]
GOAL, LINE = 0.0004, 0.0296  # the best curve of this form has 0.000388


def growth_loss(top, speed, middle):
    """The mean squared error of a growth curve on the heights of the page; inf if it overflows."""
    try:
        curve = [top / (1 + math.exp(-speed * (week - middle))) for week in range(len(HEIGHTS))]
        return mean((c - h) ** 2 for c, h in zip(curve, HEIGHTS, strict=True))
    except OverflowError:
        return math.inf


@rejects(
    (torch.tensor([1.0, 1.0, 1.0]), "straight line"),
    ([1.8, 0.9, 5.5], "Go on"),
    ([1.85, 0.8, 5.6], "Go on"),
    ([5.626, 0.8057, 1.859], "another order"),
    ([1.859, 5.626, 0.8057], "another order"),
    (torch.tensor([math.nan] * 3), "diverged"),
    ([1e30, 1e30, 0.0], "diverged"),
    ([1.0, -1000.0, 6.0], "diverged"),
    ([1.859, 0.8057], "three numbers"),
    (torch.tensor([[1.859, 0.8057, 5.626]]), "three numbers"),
    (torch.tensor(0.000388), "not the loss"),
    (HEIGHTS, "not the curve"),
    ("1.9", "three numbers"),
)
@accepts(
    torch.tensor([1.8587, 0.8057, 5.6262]),
    torch.tensor([1.8587, 0.8057, 5.6262], dtype=torch.float64, requires_grad=True),
    [1.859, 0.806, 5.626],
    (1.86, 0.805, 5.63),
    [torch.tensor(1.859), torch.tensor(0.806), torch.tensor(5.626)],
)
def check_growth(growth):
    answer = growth.read()
    values = plain(answer.data)
    if is_number(values):
        answer.refuse(
            "This is one number. The three parameters are expected, and not the loss.",
            "three numbers",
        )
    if are_numbers(values, len(HEIGHTS)):
        answer.refuse(
            "These are 13 numbers. The three parameters are expected, and not the curve.",
            "three numbers: top, speed, middle",
        )
    if not are_numbers(values, 3):
        answer.refuse(
            f"This is {answer.data.what}, and three numbers are expected.",
            "three numbers: top, speed, middle",
        )
    if not all(abs(v) < 1e3 for v in values):  # false for nan, too
        answer.refuse("This run has diverged. Start again, with a smaller learning rate.")
    loss = growth_loss(*values)
    if loss <= GOAL:
        return
    if any(growth_loss(*order) <= GOAL for order in itertools.permutations(values)):
        answer.refuse("These are the right numbers in another order: top, speed, middle.")
    said = f"The loss here is {loss:.4g}"
    if loss > 100:
        answer.refuse(f"{said}: this has diverged. Start again, with a smaller learning rate.")
    if loss > LINE:
        answer.refuse(
            f"{said}: even the best straight line has less. Look at your list of losses. If it "
            "still falls, take more epochs or a larger learning rate. If it jumps, take a smaller "
            "one.",
            f"a loss of at most {GOAL}",
        )
    answer.refuse(
        f"{said}. Go on: start from these numbers, with more epochs or a larger learning rate.",
        f"a loss of at most {GOAL}",
    )
