"""The checks of `solutions/12_linear_regression.md`."""

import itertools
import math

import torch

from helpers.checks.engine import (
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

# What a message of PyTorch means on this page.
ADVICE = {
    "must match the size": (
        "Two shapes do not fit each other. Write the shape beside each tensor: where two of them "
        "are to be combined, all with all, each needs a dimension where the other one has size 1."
    ),
    "truth value": "There are many numbers where one is needed. Is a `mean` missing?",
    "requires grad": "Take the numbers out of the graph with `item()` or `detach()` first.",
}

# Levels from 0.01 to 0.1, one after the other for the four lines of the page.
NEAR_MINIMUM = [3, 0, 1, 6]
BOTH_LOGS = "The logarithms of `np.log` are 2.3 times as large as the exponents that belong here."
NOT_LEVELS = (
    {
        6: f"Line 1: {BOTH_LOGS} So the levels lie farther apart.",
        10: "Line 1: these are all the levels inside the surface. Count those up to 0.1 only.",
        4: "Line 1: the middle of the exponents is 0, and 22 is even: the first one below 0 is "
        "half a step away, at -0.2193.",
        2: "Line 1: one is missing. The exponents are -0.2193, -0.6579 and so on. Which of them "
        "lie between -2 and -1?",
        None: "Line 1 is not right yet. Write down the exponents of 10, and count those between "
        "-2 and -1.",
    },
    {
        6: "Line 2: `np.exp` is to base e, and its exponents go from -2 to 2. The levels do not "
        "reach down to 0.01.",
        11: "Line 2: this is half of all the levels. How large is the lowest one, e to the power "
        "of -2?",
        1: "Line 2: the lowest level is e to the power of -2. Is it below 0.1?",
        None: "Line 2 is not right yet. The lowest level is e to the power of -2, about 0.135.",
    },
    {
        0: "Line 3: the first level is `low` itself, and it counts.",
        2: "Line 3: the levels are 4.76 apart, so the second one is far above 0.1.",
        None: "Line 3 is not right yet. The levels are (100 - 0.01) / 21 apart.",
    },
    {
        5: "Line 4: -2 itself counts. From there, how many steps of 4 / 21 fit in before -1?",
        7: "Line 4: one too many. The steps are 4 / 21 = 0.1905, so six of them are longer than 1.",
        3: f"Line 4: `np.geomspace` takes `low` and `high` as they are. {BOTH_LOGS} But that is "
        "line 1.",
        None: "Line 4 is not right yet. The exponents of 10 go from -2 to 2 in steps of 4 / 21.",
    },
)


@rejects(
    ([6, 0, 1, 6], "2.3 times"),
    ([10, 0, 1, 6], "inside the surface"),
    ([4, 0, 1, 6], "half a step"),
    ([3, 6, 1, 6], "do not reach down"),
    ([3, 11, 1, 6], "half of all"),
    ([3, 0, 0, 6], "itself, and it counts"),
    ([3, 0, 6, 6], "(100 - 0.01) / 21"),
    ([3, 0, 1, 5], "-2 itself counts"),
    ([3, 0, 1, 7], "one too many"),
    ([3, 0, 1, 8], "not right yet"),
    ([22, 22, 22, 22], "not right yet"),
    ([3, 0, 1], "four numbers"),
    (3, "four numbers"),
    (["3", "0", "1", "6"], "four numbers"),
)
@accepts([3, 0, 1, 6], (3, 0, 1, 6), torch.tensor([3, 0, 1, 6]), [3.0, 0.0, 1.0, 6.0])
def check_near_minimum(near_minimum):
    answer, found = numbers_of(near_minimum, "four numbers", 4)
    for count, right, sentences in zip(found, NEAR_MINIMUM, NOT_LEVELS, strict=True):
        if count != right:
            answer.refuse(sentences.get(count, sentences[None]))


def bent(p, q, x, y, loss=lambda d: d * d, power=2, reduce=mean):
    """The losses of p * x + q * x**2 in nested lists, a row for each p."""
    return [
        [reduce(loss(a * u + c * u**power - v) for u, v in zip(x, y, strict=True)) for c in q]
        for a in p
    ]


def in_lists(function):
    """An answer made from a function of plain lists, for the proofs below."""
    return lambda *args: tensor(function(*(arg.tolist() for arg in args)))


def columns_of(rows):
    return [list(column) for column in zip(*rows, strict=True)]


@rejects(
    (in_lists(lambda *a: columns_of(bent(*a))), "column for each `q`"),
    (in_lists(lambda *a: bent(*a, reduce=sum)), "sum"),
    (in_lists(lambda *a: bent(*a, loss=abs)), "absolute"),
    (in_lists(lambda *a: bent(*a, loss=lambda d: d)), "not squared"),
    (in_lists(lambda *a: bent(*a, power=0)), "`q * x**2`"),
    (in_lists(lambda *a: bent(*a, power=1)), "a square is missing"),
    (in_lists(lambda p, q, x, y: bent(p, [c * c for c in q], x, y)), "squared as well"),
    (in_lists(lambda p, q, x, y: columns_of(bent(q, p, x, y))), "changed places"),
    (in_lists(lambda *a: [[v**0.5 for v in row] for row in bent(*a)]), "root"),
    (in_lists(lambda *a: flat(bent(*a))), "shape"),
    (in_lists(lambda p, q, x, y: bent(p, q, x, [0 * v for v in y])), "targets"),
    (in_lists(lambda p, q, x, y: bent(p, q, x[:1], y[:1])), "first point"),
    (lambda p, q, x, y: (p[:, None, None] * x + q[:, None] * x**2 - y) ** 2, "shape"),
    (lambda p, q, x, y: ((p * x + q * x**2 - y) ** 2).mean(), "do not fit"),
    (
        lambda p, q, x, y: ((p[:, None, None] * x + q[:, None] * x**2 - y) ** 2).mean(),
        "shape",
    ),
    (lambda p, q, x, y: bent(p.tolist(), q.tolist(), x.tolist(), y.tolist()), "tensor"),
    (lambda p, q, x, y: None, "return"),
)
@accepts(
    in_lists(bent),
    lambda p, q, x, y: (p[:, None, None] * x + q[None, :, None] * x**2 - y).square().mean(dim=2),
    lambda p, q, x, y: torch.stack([((a * x + q[:, None] * x**2 - y) ** 2).mean(1) for a in p]),
    lambda p, q, x, y: (
        torch.einsum("nmk,nmk->nm", *2 * [(p[:, None, None] + q[:, None] * x) * x - y]) / len(x)
    ),
)
def check_surface(surface):
    for n, m, count in ((2, 3, 4), (4, 2, 3), (3, 5, 6)):

        def draw(n=n, m=m, count=count):
            p, q = numbers(n, -3, 3), numbers(m, -2, 2)
            x, y = numbers(count, -2, 2), numbers(count, -4, 4)
            return p, q, x, y, bent(p, q, x, y), wrong_surfaces(p, q, x, y)

        def good(found):
            p, q, x, y, right, wrong = found
            return apart(right, *(value for value, _ in wrong)) and apart(*p) and apart(*q)

        p, q, x, y, right, wrong = drawn(draw, good)
        answer = advised(ADVICE, surface, *(tensor(v) for v in (p, q, x, y)))
        if answer.data.kind == "tensor" and answer.data.shape == (m, n):
            answer.refuse(
                "There is a row for each `q`. A row for each `p` is expected, and a "
                "column for each `q`.",
                f"({n}, {m})",
            )
        expect(answer, right, wrong=wrong, count=count, rtol=1e-3)


def wrong_surfaces(p, q, x, y):
    """Pairs of a wrong surface and its sentence."""
    return [
        (bent(p, q, x, y, loss=abs), "These are absolute errors. Square them instead."),
        (
            bent(p, q, x, y, loss=lambda d: d),
            "The errors are not squared, so plus and minus cancel.",
        ),
        (bent(p, q, x, y, power=0), "This is a line with the bias `q`: it is `q * x**2` here."),
        (
            bent(p, [c * c for c in q], x, y),
            "`q` is squared as well. It is `q * x**2`, and not `(q * x)**2`.",
        ),
        (bent(p, q, x, y, power=1), "This is the surface of `p * x + q * x`: a square is missing."),
        (
            columns_of(bent(q, p, x, y)),
            "`p` and `q` have changed places: `p` belongs to `x`, and `q` to `x**2`.",
        ),
        (
            [[v**0.5 for v in row] for row in bent(p, q, x, y)],
            "There is a root too many: the mean of the squares is expected.",
        ),
        (bent(p, q, x, [0.0] * len(y)), "The targets `y` are missing: subtract them."),
        (bent(p, q, x[:1], y[:1]), "This is the loss of the first point only."),
    ]


def slopes(x, y, w, b):
    """The slopes of the loss of a line in w and in b."""
    errors = [w * u + b - v for u, v in zip(x, y, strict=True)]
    return mean(2 * u * d for u, d in zip(x, errors, strict=True)), mean(2 * d for d in errors)


def step(x, y, w, b, lr, late=False, total=False):
    """The place after a step. late: the slope in b is taken after w has moved; total: a sum."""
    dw, db = slopes(x, y, w, b)
    lr = lr * len(x) if total else lr
    if late:
        db = slopes(x, y, w - lr * dw, b)[1]
    return w - lr * dw, b - lr * db


def missed(x, y, w, b, lr, steps, late=False, lost=False, total=False, place=(0.0, 0.0)):
    """Exercise 3, with the usual mistakes as options. place: where it starts."""
    for _ in range(steps):
        place = step(x, y, *place, lr, late, total)
        if lost:
            b = place[1]
    return abs(place[0] - w), abs(place[1] - b)


def straight(x, y, w, b, lr, steps):
    """Exercise 3 with the slopes of the start in every step."""
    dw, db = slopes(x, y, 0.0, 0.0)
    return abs(-steps * lr * dw - w), abs(-steps * lr * db - b)


def signed(x, y, w, b, lr, steps):
    """Exercise 3 without `abs`."""
    place = (0.0, 0.0)
    for _ in range(steps):
        place = step(x, y, *place, lr)
    return place[0] - w, place[1] - b


def missing(**options):
    return lambda x, y, *rest: missed(x.tolist(), y.tolist(), *rest, **options)


@rejects(
    (missing(late=True, lost=True), "as it was given"),
    (missing(late=True), "after the weight has moved"),
    (missing(lost=True), "compared with itself"),
    (missing(total=True), "sum"),
    (lambda x, y, w, b, lr, n: missing()(x, y, w, b, -lr, n), "uphill"),
    (lambda x, y, w, b, lr, n: missing()(x, y, w, b, lr / 2, n), "factor of 2"),
    (lambda x, y, w, b, lr, n: missing(place=(w, b))(x, y, w, b, lr, n), "starts at the truth"),
    (lambda x, y, *rest: straight(x.tolist(), y.tolist(), *rest), "each step"),
    (lambda x, y, *rest: signed(x.tolist(), y.tolist(), *rest), "with a sign"),
    (lambda x, y, w, b, lr, n: missed(x.tolist(), y.tolist(), w, b, lr, n + 1), "too many"),
    (lambda x, y, w, b, lr, n: missed(x.tolist(), y.tolist(), w, b, lr, n - 1), "is missing"),
    (lambda x, y, w, b, lr, n: missed(x.tolist(), y.tolist(), w, b, lr, 1), "one step only"),
    (lambda *a: missing()(*a)[::-1], "changed places"),
    (lambda x, y, w, b, lr, n: (abs(w), abs(b)), "has not moved"),
    (lambda *a: missing()(*a)[0], "2 values"),
    (lambda *a: [v**2 for v in missing()(*a)], "squares"),
    (lambda *a: (0.0, 0.0), "compared with itself"),
    (lambda x, y, w, b, lr, n: missed(x.tolist(), y.tolist(), 0, 0, lr, n), "size"),
    (lambda *a: None, "return"),
)
@accepts(
    missing(),
    lambda *a: torch.tensor(missing()(*a)),
    lambda *a: [torch.tensor(v) for v in missing()(*a)],
)
def check_miss(miss):
    for count, steps, lr in ((4, 3, 0.0625), (6, 4, 0.03125), (5, 6, 0.0625)):

        def draw(count=count, steps=steps, lr=lr):
            x, w, b = numbers(count, -2, 3), dice.choice([-2.0, -1.5, 1.5, 2.0]), 0.0
            while abs(b) < 1:
                (b,) = numbers(1, -3, 3)
            y = [w * u + b + e for u, e in zip(x, numbers(count, -0.5, 0.5), strict=True)]
            return x, y, w, b, *misses(x, y, w, b, lr, steps)

        def good(found):
            *_, right, given, wrong = found
            values = [right, given, *(value for value, _ in wrong)]
            return apart(*values) and min(right) > 0.05

        x, y, w, b, right, given, wrong = drawn(draw, good)
        answer = advised(ADVICE, miss, tensor(x), tensor(y), w, b, lr, steps)
        if plain(answer.data) in ([0, 0], (0, 0)):
            answer.refuse(f"{ITSELF} So is the weight.")
        expect(answer, right, wrong=wrong, given=given, rtol=1e-3)


ITSELF = (
    "The distance of the bias is 0: it is compared with itself. The true `b` has to survive until "
    "the last line."
)


def misses(x, y, w, b, lr, steps):
    """What is right, what the given code gives, and pairs of a wrong result and its sentence."""

    def run(steps=steps, **options):
        return missed(x, y, w, b, lr, steps, **options)

    right = run()
    return (
        right,
        run(late=True, lost=True),
        [
            (
                run(late=True),
                "The true `b` survives now. But in each step the slope in `b` is taken after the "
                "weight has moved. Compute the errors once, before both.",
            ),
            (run(lost=True), ITSELF),
            (run(total=True), "The slopes are a sum over the points. The mean was right."),
            (
                missed(x, y, w, b, lr / 2, steps),
                "The steps are half as long as they should be: the slopes have a factor of 2.",
            ),
            (
                run(place=(w, b)),
                "This training starts at the truth. It starts at a weight and a bias of 0.",
            ),
            (
                straight(x, y, w, b, lr, steps),
                "The errors are computed once, before the loop. They change with each step.",
            ),
            (
                signed(x, y, w, b, lr, steps),
                "These are differences with a sign. A distance has none: `abs`.",
            ),
            (missed(x, y, w, b, -lr, steps), "These steps go uphill: a step is against the slope."),
            (run(steps + 1), "There is one step too many."),
            (run(steps - 1), "One step is missing."),
            (run(1), "This is one step only. Does `return` stand in the loop?"),
            (right[::-1], "The two distances have changed places: the weight first."),
            ((abs(w), abs(b)), "The line has not moved: these are the distances of the start."),
            (tuple(v * v for v in right), "These are the squares of the distances."),
            (
                missed(x, y, 0, 0, lr, steps),
                "This is the size of the estimates. How far are they from the true `w` and `b`?",
            ),
        ],
    )


FALLS = {
    "epoch": lambda epoch, epochs, number, steps: 1 - epoch / epochs,
    "constant": lambda epoch, epochs, number, steps: 1,
    "early": lambda epoch, epochs, number, steps: 1 - (epoch + 1) / epochs,
    "to zero": lambda epoch, epochs, number, steps: 1 - epoch / max(epochs - 1, 1),
    "step": lambda epoch, epochs, number, steps: 1 - number / steps,
    "early step": lambda epoch, epochs, number, steps: max(0, 1 - number / epochs),
    "compound": lambda epoch, epochs, number, steps: math.prod(
        1 - k / epochs for k in range(epoch + 1)
    ),
    "halved": lambda epoch, epochs, number, steps: 0.5**epoch,
    "divided": lambda epoch, epochs, number, steps: 1 / (epoch + 1),
}


def walked(x, y, w, b, lr, batch, epochs, fall="epoch", drop=False, pile=False, **options):
    """The path of exercise 4 as a list of pairs, with the usual mistakes as options.

    drop: without the smaller batch; pile: the slopes add up; options: those of `step`.
    """
    starts = [i for i in range(0, len(x), batch) if not drop or i + batch <= len(x)]
    path, steps, held = [[w, b]], len(starts) * epochs, (0.0, 0.0)
    for epoch in range(epochs):
        for i in starts:
            rate = lr * FALLS[fall](epoch, epochs, len(path) - 1, steps)
            part = x[i : i + batch], y[i : i + batch]
            before, new = held, slopes(*part, w, b)
            held = [a + c for a, c in zip(held, new, strict=True)]
            w, b = step(*part, w, b, rate, **options)
            if pile:
                w, b = w - rate * before[0], b - rate * before[1]
            path.append([w, b])
    return path


def walking(change=lambda path: path, **options):
    """An answer to exercise 4, with `change` done to its path, for the proofs below."""
    return lambda x, y, *rest: tensor(change(walked(x.tolist(), y.tolist(), *rest, **options)))


def with_optimizer(x, y, w, b, lr, batch, epochs):
    params = torch.tensor([w, b], requires_grad=True)
    optimizer = torch.optim.SGD([params], lr=lr)
    scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, epochs)
    path = [params.detach().clone()]
    for _ in range(epochs):
        for bx, by in zip(x.split(batch), y.split(batch), strict=True):
            optimizer.zero_grad()
            ((params[0] * bx + params[1] - by) ** 2).mean().backward()
            optimizer.step()
            path.append(params.detach().clone())
        scheduler.step()
    return torch.stack(path)


def by_slices(x, y, w, b, lr, batch, epochs):
    path = torch.empty(0, 2)
    place = torch.tensor([w, b])
    columns = torch.stack([x, torch.ones_like(x)], dim=1)
    for epoch in range(epochs):
        for i in range(0, len(x), batch):
            path = torch.cat([path, place[None]])
            part = columns[i : i + batch]
            slope = 2 * part.T @ (part @ place - y[i : i + batch]) / len(part)
            place = place - lr * (epochs - epoch) / epochs * slope
    return torch.cat([path, place[None]])


@rejects(
    (walking(fall="constant"), "does not fall"),
    (walking(fall="early"), "one epoch too early"),
    (walking(fall="to zero"), "reaches 0 in the last epoch"),
    (walking(fall="step"), "from step to step"),
    (walking(fall="halved"), "halved"),
    (walking(fall="divided"), "straight line"),
    (walking(fall="early step"), "after each batch"),
    (walking(fall="compound"), "is overwritten"),
    (walking(pile=True), "`zero_grad` is missing"),
    (lambda x, y, w, b, lr, n, e: walking()(x, y, w, b, lr / 2, n, e), "factor of 2"),
    (walking(late=True), "after `w` has moved"),
    (walking(total=True), "sum"),
    (walking(drop=True), "smaller batch"),
    (lambda x, y, w, b, lr, n, e: walking()(x, y, w, b, lr, len(x), e), "all the points"),
    (lambda x, y, w, b, lr, n, e: walking()(x, y, w, b, -lr, n, e), "uphill"),
    (lambda x, y, w, b, lr, n, e: walking()(x, y, 0.0, 0.0, lr, n, e), "begins at"),
    (walking(lambda path: path[1:]), "start is missing"),
    (walking(lambda path: path[:-1]), "last step is missing"),
    (walking(lambda path: [path[-1]] * len(path)), "all the rows are alike"),
    (walking(lambda path: path[-1]), "end alone"),
    (walking(lambda path: columns_of(path)), "changed places"),
    (walking(lambda path: [place[::-1] for place in path]), "`w` in the first column"),
    (
        lambda x, y, w, b, lr, n, e: tensor(
            walked(x.tolist(), y.tolist(), w, b, lr, n, e)[:: -(-len(x) // n)]
        ),
        "after each epoch",
    ),
    (lambda *a: walking()(*a).tolist(), "tensor"),
    (lambda *a: None, "return"),
)
@accepts(walking(), with_optimizer, by_slices, lambda *a: with_optimizer(*a).double())
def check_walk(walk):
    for count, batch, epochs in ((5, 2, 3), (7, 3, 4), (8, 3, 5)):
        lr = dice.choice([0.0625, 0.05, 0.1])

        def draw(count=count, batch=batch, epochs=epochs, lr=lr):
            x, y = numbers(count, -2, 2), numbers(count, -4, 4)
            w, b = dice.choice([-1.5, 0.75, 2.0]), dice.choice([-2.0, 0.5, 1.25])
            paths = {name: walked(x, y, w, b, lr, batch, epochs, **how) for name, how in HOW}
            paths["whole"] = walked(x, y, w, b, lr, count, epochs)
            paths["half"] = walked(x, y, w, b, lr / 2, batch, epochs)
            paths["up"] = walked(x, y, w, b, -lr, batch, epochs)
            paths["zero"] = walked(x, y, 0.0, 0.0, lr, batch, epochs)
            return x, y, w, b, paths

        x, y, w, b, paths = drawn(draw, lambda found: apart(*found[-1].values()))
        answer = advised(ADVICE, walk, tensor(x), tensor(y), w, b, lr, batch, epochs)
        refuse_path(answer, paths, -(-count // batch), epochs)
        expect(answer, paths["right"], rtol=1e-3)


HOW = [
    ("right", {}),
    ("late", {"late": True}),
    ("total", {"total": True}),
    ("drop", {"drop": True}),
    ("pile", {"pile": True}),
]
HOW += [(fall, {"fall": fall}) for fall in FALLS if fall != "epoch"]
SENTENCES = {
    "constant": "The learning rate does not fall. It is `lr` in the first epoch only.",
    "early": "The learning rate falls one epoch too early: in the first epoch it is `lr` itself.",
    "to zero": (
        "The learning rate reaches 0 in the last epoch, and nothing moves there. With five epochs "
        "the last rate is 0.2 times `lr`."
    ),
    "step": "The learning rate falls from step to step. It stays the same for a whole epoch.",
    "early step": (
        "The learning rate falls from step to step: the scheduler is called after each batch. Call "
        "it once in each epoch."
    ),
    "compound": (
        "`lr` is overwritten with the smaller rate, and then made smaller once more. Give the rate "
        "of the epoch a name of its own, or compute it from the first `lr`."
    ),
    "half": "The steps are half as long as they should be: the slopes have a factor of 2.",
    "pile": "The slopes of the batches add up: `zero_grad` is missing.",
    "halved": "The learning rate is halved in each epoch. It should fall in a straight line.",
    "divided": (
        "The learning rate is divided by 1, 2, 3 and so on. It should fall in a straight line."
    ),
    "late": "The slope in `b` is taken after `w` has moved. Take both at the same place.",
    "total": "The slopes are a sum over the batch. The loss of a batch is a mean.",
    "drop": "The last, smaller batch of each epoch is left out.",
    "whole": "Each step sees all the points. It should see one batch.",
    "up": "These steps go uphill: a step is against the slope.",
    "zero": "The path begins at 0 and 0. It begins at the numbers `w` and `b`.",
}


def refuse_path(answer, paths, batches, epochs):
    """Refuse a path whose mistake is known."""
    right, found = paths["right"], plain(answer.data)
    if answer.data.kind != "tensor" or found is None or "complex" in answer.data.dtype:
        return
    same = lambda value: close(flat(found), flat(value), 1e-3)  # noqa: E731
    shape, wanted = answer.data.shape, (len(right), 2)
    if shape == wanted:
        for name, sentence in SENTENCES.items():
            if same(paths[name]):
                answer.refuse(sentence)
        if same([right[-1]] * len(right)):
            answer.refuse(
                "This is the end of the path, and all the rows are alike. Was the same tensor "
                "appended each time, and then changed in place? Append a copy, or numbers."
            )
        if same([place[::-1] for place in right]):
            answer.refuse("`w` in the first column is expected, and `b` in the second.")
        if same([*right[1:], right[-1]]):
            answer.refuse("The start is missing, and the end is there twice.")
    wanted = f"a tensor of shape {wanted}"
    for name, sentence in SENTENCES.items():
        if name in ("drop", "whole") and same(paths[name]):
            answer.refuse(sentence, wanted)
    if same(right[1:]):
        answer.refuse("The start is missing. It is the first row of the path.", wanted)
    if same(right[:-1]):
        answer.refuse("The place after the last step is missing.", wanted)
    if same(right[-1]):
        answer.refuse("This is the end alone. The whole path is expected.", wanted)
    if same(right[::batches]):
        answer.refuse("These are the places after each epoch. Keep those after each step.", wanted)
    if same(right[: batches + 1]) and epochs > 1:
        answer.refuse(
            "This is the path of the first epoch only. Does `return` stand in the loop?", wanted
        )


def best_line(x, y, decay=0.0, on_b=0.0, divide=0):
    """Where the slopes are zero, with decay on w and on b; divide: what n - divide is used for."""
    n = len(x)
    xx, xy = mean(u * u for u in x), mean(u * v for u, v in zip(x, y, strict=True))
    h = ((2 * xx + decay, 2 * mean(x)), (2 * mean(x), 2 + on_b))
    c = (2 * xy, 2 * mean(y))
    det = h[0][0] * h[1][1] - h[0][1] * h[1][0]
    if divide:
        cov = (xy - mean(x) * mean(y)) * n / (n - 1)
        w = 2 * cov / (2 * (xx - mean(x) ** 2) * n / (n - 1) + decay)
        return w, mean(y) - w * mean(x)
    if not det:
        return math.inf, math.inf
    return (c[0] * h[1][1] - c[1] * h[0][1]) / det, (c[1] * h[0][0] - c[0] * h[1][0]) / det


def lined(**options):
    return lambda x, y, decay: best_line(x.tolist(), y.tolist(), decay, **options)


def at_best(x, y, decay, factor=1.0):
    return best_line(x.tolist(), y.tolist(), factor * decay)


def by_table(x, y, decay):
    columns = torch.stack([x, torch.ones_like(x)], dim=1).double()
    table = 2 * columns.T @ columns / len(x) + decay * torch.diag(torch.tensor([1.0, 0.0]))
    return torch.linalg.solve(table, 2 * columns.T @ y.double() / len(x))


def by_one_more_row(x, y, decay):
    columns = torch.stack([x, torch.ones_like(x)], dim=1)
    more = torch.tensor([[(len(x) * decay / 2) ** 0.5, 0.0]])
    columns, target = torch.cat([columns, more]), torch.cat([y, torch.zeros(1)])
    return tuple(torch.linalg.lstsq(columns, target[:, None]).solution[:, 0])


def unmoved_bias(x, y, decay):
    return at_best(x, y, decay)[0], best_line(x.tolist(), y.tolist())[1]


@rejects(
    (lambda x, y, d: best_line(x.tolist(), y.tolist(), d, d), "bias as well"),
    (lambda x, y, d: best_line(x.tolist(), y.tolist(), 0.0, d), "bias, and not"),
    (lambda x, y, d: best_line(x.tolist(), y.tolist()), "without any decay"),
    (lambda *a: at_best(*a, factor=2), "twice as strong"),
    (lambda *a: at_best(*a, factor=0.5), "half as strong"),
    (lambda x, y, d: at_best(x, y, d, 2 / len(x)), "sums over the points"),
    (lambda x, y, d: at_best(x, y, d, 1 / len(x)), "sums over the points"),
    (lambda *a: at_best(*a, factor=-1), "added to the slope"),
    (lined(divide=1), "n - 1"),
    (lambda x, y, d: sample_variance(x.tolist(), y.tolist(), d), "variance was divided"),
    (lambda x, y, d: without_means(x.tolist(), y.tolist(), d), "not subtracted"),
    (lambda x, y, d: everywhere(x.tolist(), y.tolist(), d), "all four"),
    (unmoved_bias, "the bias without decay"),
    (lambda x, y, d: (at_best(x, y, d)[0], y.mean()), "mean of `y`"),
    (lambda x, y, d: (at_best(x, y, d, 0.0)[0] / (1 + d), at_best(x, y, d, 0.0)[1]), "1 + decay"),
    (lambda *a: at_best(*a)[::-1], "changed places"),
    (lambda *a: at_best(*a)[0], "2 values"),
    (lambda *a: [round(v, 2) for v in at_best(*a)], "rounded"),
    (lambda *a: None, "return"),
)
@accepts(
    at_best,
    by_table,
    by_one_more_row,
    lambda *a: tensor(list(at_best(*a))),
    lambda *a: list(at_best(*a)),
)
def check_spared(spared):
    for count in (5, 6, 9):

        def draw(count=count):
            x = [v / 4 for v in dice.sample(range(-4, 9), count)]
            slope, height = dice.choice([-2.0, -1.25, 1.25, 2.0]), dice.choice([-4.0, 3.0, 5.0])
            noise = numbers(count, -1, 1)
            y = [slope * u + height + e for u, e in zip(x, noise, strict=True)]
            decay = dice.choice([1.0, 1.5, 2.0, 2.5])
            return x, y, decay, best_line(x, y, decay), wrong_lines(x, y, decay)

        def good(found):
            x, y, decay, right, wrong = found
            rough = tuple(round(v, 2) for v in right)
            known = [value for value, _ in wrong]
            return (
                apart(right, *known)
                and abs(mean(x)) > 0.3
                and any(
                    abs(p - q) > 2e-3 * max(1, abs(p)) for p, q in zip(right, rough, strict=True)
                )
            )

        x, y, decay, right, wrong = drawn(draw, good)
        answer = advised(ADVICE, spared, tensor(x), tensor(y), decay)
        found = plain(answer.data)
        if isinstance(found, list | tuple) and len(found) == 2:
            found = flat(list(found))
            if len(found) == 2 and all(isinstance(v, int | float) for v in found):
                off = max(abs(p - q) for p, q in zip(found, right, strict=True))
                if off < 0.006 and not close(found, list(right), 1e-3):
                    answer.refuse("It is nearly right: it looks rounded. Return all the digits.")
        expect(answer, right, wrong=wrong, rtol=1e-3)


def sample_variance(x, y, decay):
    """The line of exercise 5 where only the variance of x is divided by n - 1."""
    spread = mean((u - mean(x)) ** 2 for u in x)
    both = mean((u - mean(x)) * (v - mean(y)) for u, v in zip(x, y, strict=True))
    w = 2 * both / (2 * spread * len(x) / (len(x) - 1) + decay)
    return w, mean(y) - w * mean(x)


def without_means(x, y, decay):
    """The weight of a line through 0, and the bias that belongs to it."""
    w = mean(u * v for u, v in zip(x, y, strict=True)) / (mean(u * u for u in x) + decay / 2)
    return w, mean(y) - w * mean(x)


def everywhere(x, y, decay):
    """The line of exercise 5 with the decay in all four numbers of the table."""
    xx, xy = mean(u * u for u in x), mean(u * v for u, v in zip(x, y, strict=True))
    a, b, d = 2 * xx + decay, 2 * mean(x) + decay, 2 + decay
    det = a * d - b * b or math.nan
    return (2 * xy * d - 2 * mean(y) * b) / det, (2 * mean(y) * a - 2 * xy * b) / det


def wrong_lines(x, y, decay):
    """Pairs of a wrong weight and bias and their sentence."""
    right, plain_fit, n = best_line(x, y, decay), best_line(x, y), len(x)
    slopes_summed = (
        "Next to the decay stand sums over the points. The slopes of the loss are means: divide "
        "by the number of points."
    )
    return [
        (
            best_line(x, y, decay, decay),
            "The decay pulls on the bias as well. Here it is added to the slope in `w` only.",
        ),
        (best_line(x, y, 0.0, decay), "The decay pulls on the bias, and not on the weight."),
        (plain_fit, "This is the line of least squares, without any decay."),
        (
            best_line(x, y, 2 * decay),
            "The decay is twice as strong as it should be. The slope of the loss has a factor of "
            "2: `(2 * x * errors).mean()`, and `decay * w` is added to that.",
        ),
        (
            best_line(x, y, decay / 2),
            "The decay is half as strong as it should be: `decay * w` is added to the slope.",
        ),
        *[
            (best_line(x, y, k * decay / n), slopes_summed)
            for k in (1, 2)
            if not math.isclose(k / n, 0.5)
        ],
        (best_line(x, y, -decay), "The decay is added to the slope. Here it is subtracted."),
        (
            sample_variance(x, y, decay),
            "The variance was divided by n - 1. The loss is a mean: divide by n. (For `var` and "
            "`std` that is `correction=0`.)",
        ),
        (
            without_means(x, y, decay),
            "The means were not subtracted in the weight. Or are the two slopes 0 at two "
            "different places? `w` depends on `b`, and `b` on `w`.",
        ),
        (
            everywhere(x, y, decay),
            "The decay was added to all four numbers of the table. It belongs to one of them.",
        ),
        (
            best_line(x, y, decay, divide=1),
            "This was divided by n - 1. The loss is a mean: divide by n. (For `var` and `std` "
            "that is `correction=0`.)",
        ),
        (
            (plain_fit[0] / (1 + decay), plain_fit[1]),
            "The weight of least squares was divided by 1 + decay. How much a weight shrinks "
            "depends on the inputs as well.",
        ),
        (
            (right[0], plain_fit[1]),
            "The weight is right. This is the bias without decay: when the weight shrinks, the "
            "best bias moves, too.",
        ),
        (
            (right[0], mean(y)),
            "The weight is right. The bias is the mean of `y` only where the mean of `x` is 0.",
        ),
        (right[::-1], "The two have changed places: the weight first, then the bias."),
    ]


CLOUDS = ["C", "A", "E", "D", "B"]


@rejects(
    (["C", "B", "E", "D", "A"], "towards zero"),
    (["E", "A", "C", "D", "B"], "moves the middle"),
    (["D", "E", "A", "C", "B"], "scatters"),
    (["A", "C", "D", "E", "B"], "scatters"),
    (["C", "A", "E", "B", "D"], "has arrived"),
    (["C", "D", "E", "A", "B"], "moves the middle"),
    (["D", "A", "E", "C", "B"], "scatters"),
    ([2, 5, 1, 4, 3], "the other way round"),
    ([1, 2, 3, 4, 5], "five letters"),
    (["C", "A", "E", "D"], "five letters"),
    (["C", "A", "E", "D", "D"], "five letters"),
    ("C", "five letters"),
)
@accepts(["C", "A", "E", "D", "B"], "CAEDB", ("c", "a", "e", "d", "b"), "C, A, E, D, B")
def check_clouds(clouds):
    answer = clouds.read()
    if plain(answer.data) == [2, 5, 1, 4, 3]:
        answer.refuse(
            "You have it the other way round: these are the programs of the clouds A to E. Write "
            "the letters of the clouds, in the order of the programs.",
            "five letters",
        )
    answer, letters = letters_once(clouds, "five letters", "ABCDE")
    constant, decay, both, settled, early = letters
    if {constant, both} != {"C", "E"}:
        answer.refuse(
            "A constant rate scatters the ends. Two of the programs have one, and two of the "
            "clouds are wide."
        )
    if constant != "C":
        answer.refuse(
            "Weight decay moves the middle of a cloud. Which of the two wide clouds has the plus "
            "sign in its middle?"
        )
    if settled != "D" and early == "D":
        answer.refuse("D lies on the plus sign: this program has arrived.")
    if settled != "D":
        answer.refuse(
            "Weight decay moves the middle of a cloud, and so does an early end. The program with "
            "neither of them, and with a falling rate, ends on the plus sign."
        )
    if decay != "A":
        answer.refuse(
            "Weight decay pulls both parameters towards zero. In which of the two clouds are both "
            "closer to zero than at the plus sign? The other one is still on its way from the "
            "start."
        )


KM = [1.2, 1.6, 2.1, 2.4, 2.9, 3.3, 3.7, 4.0, 4.4, 4.9, 5.1, 5.6]
KM += [6.0, 6.3, 6.8, 7.1, 7.7, 8.0, 8.4, 8.9, 9.3, 9.8, 10.4, 11.0]
PRICE = [5.7, 7.1, 18.0, 8.5, 8.8, 9.5, 11.4, 11.1, 11.7, 22.3, 13.7, 14.0]
PRICE += [15.1, 14.9, 31.2, 16.7, 17.4, 17.8, 30.8, 20.2, 21.0, 35.9, 23.2, 23.6]
GOAL = 2.7765


def absolute(w, b):
    """The mean absolute error of a line on the rides."""
    return mean(abs(w * u + b - v) for u, v in zip(KM, PRICE, strict=True))


def through_two_points():
    """The line with the lowest mean absolute error: such a line goes through two of the points."""
    rides = list(zip(KM, PRICE, strict=True))
    lines = []
    for (u, p), (v, q) in itertools.combinations(rides, 2):
        w = (q - p) / (v - u)
        lines.append((w, p - w * u))
    return min(lines, key=lambda line: absolute(*line))


@rejects(
    (best_line(KM, PRICE), "least squares"),
    (best_line(KM, PRICE)[::-1], "changed places"),
    (through_two_points()[::-1], "changed places"),
    ((1.87, 3.65), "close"),
    ((1.85, 3.7), "close"),
    ((1.5, 5.0), "too high"),
    ((0.0, 0.0), "has not been trained"),
    ((2.3, 0.0), "too high"),
    ([1.8679], "two numbers"),
    (1.8679, "two numbers"),
    ((math.nan, 1.0), "no numbers"),
    ((1e9, 1.0), "no numbers"),
    ("1.87, 3.63", "two numbers"),
)
@accepts(
    through_two_points(),
    list(through_two_points()),
    torch.tensor(through_two_points()),
    [torch.tensor([[v]]) for v in through_two_points()],
    (1.868, 3.6283),
)
def check_line(line):
    answer = line.read()
    found = plain(answer.data)
    values = flat(list(found)) if isinstance(found, list | tuple) else []
    if len(values) != 2 or not all(
        isinstance(v, int | float) and type(v) is not bool for v in values
    ):
        answer.refuse(
            f"This is {answer.data.what}, and two numbers are expected, the weight and the bias.",
            "two numbers",
        )
    if not all(abs(v) < 1e6 for v in values):  # false for nan, too
        answer.refuse("These are no numbers, or huge ones: this training has diverged.")
    w, b = values
    if (loss := absolute(w, b)) <= GOAL:
        return
    said, want = f"The mean absolute error of this line is {loss:.5g}.", f"at most {GOAL}"
    if w == b == 0:
        answer.refuse(f"{said} It has not been trained.", want)
    if close(values, list(best_line(KM, PRICE)), 0.02):
        answer.refuse(f"{said} It is the line of least squares. Train with `nn.L1Loss()`.", want)
    if absolute(b, w) < 4 and absolute(b, w) < loss / 2:
        answer.refuse("The two have changed places: the weight first, then the bias.", want)
    if loss < GOAL + 0.06:
        answer.refuse(
            f"{said} You are close. If the loss jumps up and down at the end, let the learning "
            "rate fall. If it still falls, take more epochs. Weight decay would keep it away.",
            want,
        )
    answer.refuse(
        f"{said} That is too high. Is the loss still falling at the end? Then take more epochs, "
        "or a larger learning rate. Does it jump? Then a smaller one, or one that falls.",
        want,
    )


def line_error(x, y, w, b):
    """The mean squared error of a line."""
    return mean((w * u + b - v) ** 2 for u, v in zip(x, y, strict=True))


def looped(points, held, w, b, lr, batch, epochs, how="", **options):
    """The rows of exercise 8; `how` is one of LOOPS, `options` are those of `walked`."""
    (x, y), (x_val, y_val) = columns_of(points), columns_of(held)
    path = walked(x, y, w, b, lr, batch, epochs, fall="constant", **options)
    cuts = [slice(i, i + batch) for i in range(0, len(x), batch)]
    cuts = cuts[: (len(path) - 1) // epochs]  # without a batch that was dropped
    rows = []
    for i in range(0, len(path) - 1, len(cuts)):
        places = path[i + 1 :] if how == "after the step" else path[i:]
        now = path[i + len(cuts)]
        losses = [line_error(x[c], y[c], *place) for c, place in zip(cuts, places, strict=False)]
        sizes = [len(x[c]) for c in cuts]
        loss = sum(n * v for n, v in zip(sizes, losses, strict=True)) / sum(sizes)
        loss = {
            "batches": mean(losses),
            "last": losses[-1],
            "sum": sum(losses),
            "after the epoch": line_error(x, y, *now),
        }.get(how, loss)
        rows.append([loss, line_error(x_val, y_val, *(path[i] if how == "early" else now))])
    return rows


LOOPS = {
    "batches": (
        "The training loss is the mean of the batches. It is the mean of the samples: a smaller "
        "batch counts less."
    ),
    "last": "The training loss is that of the last batch only.",
    "sum": "The losses of the batches are added up. Divide: the mean over the samples is asked.",
    "after the epoch": (
        "The training loss is measured after the epoch. Measure each batch before its step."
    ),
    "after the step": "Each batch is measured after its step. Measure it before.",
    "early": "The validation loss is measured before the epoch. Measure it after the last step.",
}


def looping(how="", **options):
    """An answer to exercise 8, for the proofs below."""
    return lambda *args: tensor(looped(*args, how, **options))


def with_loader(points, held, w, b, lr, batch, epochs, shuffle=False, make=torch.optim.SGD):
    model, loss_fn, rows = torch.nn.Linear(1, 1), torch.nn.MSELoss(), []
    model.load_state_dict({"weight": torch.tensor([[w]]), "bias": torch.tensor([b])})
    pairs = [(torch.tensor([u]), torch.tensor([v])) for u, v in points]
    loader = torch.utils.data.DataLoader(pairs, batch, shuffle=shuffle)
    optimizer, held = make(model.parameters(), lr=lr), torch.tensor(held)
    for _ in range(epochs):
        total = 0.0
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
        rows.append([total / len(points), loss_fn(model(held[:, :1]), held[:, 1:]).item()])
    return torch.tensor(rows)


@rejects(
    *[(looping(how), sentence[:30]) for how, sentence in LOOPS.items()],
    (looping(drop=True), "smaller batch"),
    (looping(pile=True), "zero_grad"),
    (lambda p, v, *a: looping()(p + v, v, *a), "validation points are trained on"),
    (lambda p, v, w, b, lr, n, e: looping()(p, v, w, b, lr, len(p), e), "all the points"),
    (lambda p, v, w, b, *a: looping()(p, v, 0.0, 0.0, *a), "starts at"),
    (lambda p, v, w, b, *a: looping()(p, v, b, w, *a), "starts at"),
    (lambda *a: looping()(*a).flip(1), "changed places"),
    (lambda *a: looping()(*a)[-1:], "last epoch only"),
    (lambda *a: looping()(*a)[:, 0], "training losses only"),
    (lambda *a: with_loader(*a, make=torch.optim.Adam), "not right yet"),
    (lambda *a: with_loader(*a, shuffle=True), "not right yet"),
    (lambda *a: looping()(*a).tolist(), "tensor"),
    (lambda *a: None, "return"),
)
@accepts(looping(), with_loader, lambda *a: with_loader(*a).double())
def check_whole_loop(whole_loop):
    for count, held, batch, epochs in ((5, 3, 2, 3), (7, 2, 3, 2), (3, 1, 8, 1), (4, 2, 1, 2)):

        def draw(count=count, held=held, batch=batch, epochs=epochs):
            points = [tuple(numbers(2, -2, 2)) for _ in range(count)]
            val_points = [tuple(numbers(2, -2, 2)) for _ in range(held)]
            w, b, lr = *dice.sample([-1.5, 0.75, 2.0, -0.5], 2), dice.choice([0.0625, 0.05, 0.1])
            args = points, val_points, w, b, lr, batch, epochs
            right, edge = looped(*args), batch in (1, 8)
            wrong = [] if edge else wrong_loops(*args, right)
            if edge or apart(right, *(value for value, _ in wrong)):
                return args, right, wrong

        args, right, wrong = drawn(draw)
        expect(advised(ADVICE, whole_loop, *args), right, wrong=wrong, rtol=1e-3)


def wrong_loops(points, held, w, b, lr, batch, epochs, right):
    """Pairs of wrong rows of exercise 8 and their sentence."""
    rest, start = (lr, batch, epochs), "The model starts at the weight `w` and the bias `b`."
    return [
        *[(looped(points, held, w, b, *rest, how), text) for how, text in LOOPS.items()],
        (looped(points, held, w, b, *rest, drop=True), SENTENCES["drop"]),
        (looped(points, held, w, b, *rest, pile=True), SENTENCES["pile"]),
        (looped(points, held, w, b, lr, len(points), epochs), SENTENCES["whole"]),
        (looped(points + held, held, w, b, *rest), "The validation points are trained on, too."),
        (looped(points, held, 0.0, 0.0, *rest), start),
        (looped(points, held, b, w, *rest), start),
        ([row[::-1] for row in right], "The two columns have changed places: training first."),
        (right[-1:], "This is the row of the last epoch only. There is one for each epoch."),
        ([row[0] for row in right], "These are the training losses only."),
    ]
