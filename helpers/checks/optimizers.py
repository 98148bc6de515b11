"""The checks of `solutions/04_optimizers.md`."""

import math
from dataclasses import replace

import torch
from torch import optim

from helpers.checks.engine import (
    accepts,
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
    rejects,
    tensor,
)
from helpers.checks.engine.reference import descent, line_loss, line_slopes, readings, running_sum

KEEP = 0.9  # of the running sum, in the momentum of exercises 4, 5 and 7

# Optimizers in plain Python: each is a function from a slope to how far one parameter moves


def sgd_rule(lr, keep=0.0):
    total = 0.0

    def move(slope):
        nonlocal total
        total = keep * total + slope
        return -lr * total

    return move


def adam_rule(lr, keep_m=0.9, keep_v=0.999, wrong=""):
    """Adam; `wrong` is one of WRONG_ADAM."""
    m = v = 0.0
    t = 1 if wrong == "t from 2" else 0
    old_m, new_m = {"m adds": (keep_m, 1), "m turned": (1 - keep_m, keep_m)}.get(
        wrong, (keep_m, 1 - keep_m)
    )
    old_v, new_v = {"v adds": (keep_v, 1), "v turned": (1 - keep_v, keep_v)}.get(
        wrong, (keep_v, 1 - keep_v)
    )

    def move(slope):
        nonlocal m, v, t
        t = 1 if wrong == "t stays" else t + 1
        share_m, share_v = 1 - keep_m**t, 1 - keep_v**t
        if wrong == "multiplied":
            share_m, share_v = 1 / share_m, 1 / share_v
        m = old_m * m + new_m * slope
        v = old_v * v + new_v * (m * m if wrong == "m squared" else slope * slope)
        top = m if wrong in ("m as it is", "both as they are") else m / share_m
        mean_square = v if wrong in ("v as it is", "both as they are") else v / share_v
        if wrong == "kept":
            m, v = top, mean_square
        usual = mean_square if wrong == "no root" else math.sqrt(mean_square)
        usual = math.sqrt(v) / share_v if wrong == "root first" else usual
        return -lr * top / (1 if wrong == "not divided" else usual + 1e-8)

    return move


WRONG_ADAM = {
    "both as they are": (
        "Neither mean is corrected, and at first both are too small: divide `m` by "
        "`1 - keep_m**t`, and `v` by `1 - keep_v**t`."
    ),
    "m as it is": "`m` is not corrected: at first it is too small. Divide it by `1 - keep_m**t`.",
    "v as it is": "`v` is not corrected: at first it is too small. Divide it by `1 - keep_v**t`.",
    "no root": (
        "The square root is missing: `v` is a mean of squares, and its root is the usual size."
    ),
    "root first": "Correct `v` first, and take the root of the corrected one.",
    "not divided": "`m` is not divided by the usual size, the square root of `v`.",
    "m adds": (
        "Here `m` is a running sum, as in momentum. In Adam it is a running mean: a new slope "
        "counts with the share `1 - keep_m`."
    ),
    "v adds": (
        "Here `v` is a running sum. It is a running mean: a new square counts with the share "
        "`1 - keep_v`."
    ),
    "m turned": "Here `m` keeps the share `1 - keep_m`. It keeps `keep_m`, and the rest is new.",
    "v turned": "Here `v` keeps the share `1 - keep_v`. It keeps `keep_v`, and the rest is new.",
    "m squared": "Here `v` is a mean of the squares of `m`. It is one of the squared slopes.",
    "multiplied": "A mean that is too small has to grow: divide it by its share, `1 - keep**t`.",
    "kept": (
        "The corrected means have become the means. Give them names of their own: the next step "
        "goes on from the `m` and `v` that are not corrected."
    ),
    "t stays": "In the corrections, `t` does not grow. It counts the steps: 1, 2, 3, ...",
    "t from 2": "In the corrections, `t` is one too large. In the first step it is 1.",
}

MAKE = {"SGD": sgd_rule, "momentum": lambda lr: sgd_rule(lr, KEEP), "Adam": adam_rule}


def descend(x, y, place, name, lr, epochs, *, zero=True, fresh=False, factor=1):
    """The place after `epochs` steps, and the loss before each step.

    zero:   False never sets the slopes back; fresh: makes the optimizer anew in every epoch;
    factor: of all slopes.
    """
    place, total, losses = list(place), [0.0, 0.0], []
    moves = [MAKE[name](lr) for _ in place]
    for _ in range(epochs):
        losses.append(line_loss(x, y, *place))
        new = [factor * s for s in line_slopes(x, y, *place)]
        total = new if zero else [t + s for t, s in zip(total, new, strict=True)]
        moves = [MAKE[name](lr) for _ in place] if fresh else moves
        place = [p + move(s) for p, move, s in zip(place, moves, total, strict=True)]
    return place, losses


# 1. Three optimizers, three steps


PLACES = (
    (
        "SGD",
        4.0,
        (
            (8.0, "This is where SGD stands after one step. There are three."),
            (6.0, "This is where SGD stands after two steps. There are three."),
            (16.0, "This goes uphill. The step is against the slope: minus."),
            (-50.0, "In the place for SGD, the learning rate is missing: it is a factor."),
            (9.7, "Plain SGD does not divide by anything: its step is lr times the slope."),
        ),
    ),
    (
        "momentum",
        1.5,
        (
            (4.0, "With momentum, the second step is longer than the first: the sum is kept."),
            (
                -2.0,
                (
                    "Here nothing fades. Half of the running sum is kept at each step, and then "
                    "the new slope is added."
                ),
            ),
            (
                2.0,
                (
                    "Here only half of the last slope is remembered. It is half of the whole "
                    "running sum: what came before the last slope is in it too."
                ),
            ),
            (
                5.75,
                (
                    "Here the new slope is counted by half. It is added in full: momentum is a "
                    "running sum, and no mean."
                ),
            ),
            (6.5, "Here the sum fades, and no new slope is added to it after the first."),
            (5.0, "This is where momentum stands after two steps. There are three."),
            (8.0, "This is where momentum stands after one step. There are three."),
            (18.5, "This goes uphill. The step is against the slope: minus."),
        ),
    ),
    (
        "Adam",
        9.7,
        (
            (4.0, "Adam divides by the slope's usual size. How long is its step then?"),
            (9.8, "This is where Adam stands after two steps. There are three."),
            (9.9, "This is where Adam stands after one step. There are three."),
            (10.3, "This goes uphill. The slope is positive: which way does Adam step?"),
            (7.0, "The slope is divided by its own size, 20 by 20. What is left is 1, times lr."),
        ),
    ),
)


@rejects(
    ([8.0, 8.0, 9.9], "SGD stands after one step"),
    ([6.0, 5.0, 9.8], "SGD stands after two steps"),
    ([16.0, 18.5, 10.3], "uphill"),
    ([-50.0, 1.5, 9.7], "learning rate is missing"),
    ([9.7, 1.5, 9.7], "does not divide"),
    ([4.0, 4.0, 9.7], "the sum is kept"),
    ([4.0, -2.0, 9.7], "nothing fades"),
    ([4.0, 2.0, 9.7], "half of the last slope"),
    ([4.0, 5.75, 9.7], "counted by half"),
    ([4.0, 6.5, 9.7], "no new slope"),
    ([4.0, 5.0, 9.7], "momentum stands after two steps"),
    ([4.0, 1.5, 4.0], "usual size"),
    (torch.tensor([4.0, 1.5, 9.8]), "Adam stands after two steps"),
    ([4.0, 1.5, 10.3], "which way does Adam step"),
    ([4.0, 1.5, 1.0], "place for Adam is not right"),
    ([9.7, 4.0, 1.5], "in another order"),
    ([4.0, 1.5], "three numbers"),
    (4.0, "three numbers"),
    (["4", "1.5", "9.7"], "three numbers"),
    ({"SGD": 4.0, "momentum": 1.5, "Adam": 9.7}, "three numbers"),
)
@accepts(
    [4, 1.5, 9.7],
    (4.0, 1.5, 10 - 3 * 0.1),
    torch.tensor([4.0, 1.5, 9.7], requires_grad=True),
    [torch.tensor(4.0), 1.5, 9.699999],
)
def check_places(places):
    order = "The first one is for SGD, then come momentum and Adam."
    answer, given = numbers_of(places, "three numbers", 3, order)
    right = [want for _, want, _ in PLACES]
    close = [abs(v - want) <= 0.005 for v, want in zip(given, right, strict=True)]
    ordered = zip(sorted(given), sorted(right), strict=True)
    if not all(close) and all(abs(v - want) <= 0.005 for v, want in ordered):
        answer.refuse("These are the right numbers in another order: SGD, momentum, Adam.")
    for value, fine, (name, _, wrong) in zip(given, close, PLACES, strict=True):
        if not fine:
            for other, sentence in wrong:
                if abs(value - other) <= 0.005:
                    answer.refuse(sentence)
            answer.refuse(f"The place for {name} is not right yet.")


# 2. Four mistakes, four runs


RUNS = ["B", "D", "A", "C"]  # of mistakes 1 to 4


@rejects(
    (["A", "D", "B", "C"], "w does move"),
    (["C", "D", "A", "B"], "w does move"),
    (["B", "A", "D", "C"], "something has emptied it"),
    (["B", "C", "A", "D"], "at the beginning of each epoch"),
    (["B", "D", "C", "A"], "nothing fills it again"),
    (["D", "B", "A", "C"], "w does move"),
    (["B", "A", "C", "D"], "something has emptied it"),
    ([3, 1, 4, 2], "four letters"),
    (["B", "D", "A"], "four letters"),
    (["B", "D", "A", "A"], "four letters"),
    ({"A": 3, "B": 1, "C": 4, "D": 2}, "four letters"),
)
@accepts(["B", "D", "A", "C"], "BDAC", ("b", "d", "a", "c"), "B, D, A, C")
def check_mistakes(mistakes):
    first = "The run of mistake 1 stands first."
    answer, (never, early, emptied, _) = letters_once(mistakes, "four letters", "ABCD", first)
    if never != RUNS[0]:
        answer.refuse(
            f"Mistake 1 is not in run {never}. "
            "Without `zero_grad` the slopes add up, and w does move. In which run does it?"
        )
    if early == "A":
        answer.refuse(
            "In run A, `w.grad` is None at the end of each epoch: something has emptied it. "
            "With mistake 2, `backward` is the last call of an epoch, and nothing empties it then."
        )
    if early == "C":
        answer.refuse(
            "In run C, `w.grad` grows: nobody sets it back. With mistake 2, `zero_grad` does, "
            "at the beginning of each epoch."
        )
    if emptied != RUNS[2]:
        answer.refuse(
            f"In run {emptied}, `w.grad` is full at the end of each epoch. With mistake 3, "
            "`zero_grad` empties it after `backward`, and nothing fills it again."
        )


# 3. Two losses, one step


CALLS = ("zero_grad", "forward 1", "backward 1", "forward 2", "backward 2", "step")
SIX = ", ".join(map(repr, sorted(CALLS)))


def fault_of(calls):
    """What goes wrong in the first epoch with the calls in this order: a sentence, or None."""
    computed, grad, emptied = set(), [], []  # losses there are, slopes in `grad`, slopes lost
    for call in calls:
        what, _, number = call.partition(" ")
        if what == "forward":
            computed.add(number)
        if what == "backward" and number not in computed:
            return (
                f"In the first epoch, `{call}` comes before `forward {number}`: there is no loss "
                f"{number} yet."
            )
        if what == "backward":
            grad.append(number)
        if what == "zero_grad":
            grad, emptied = [], grad
        if what == "step" and not grad and not emptied:
            return (
                "In the first epoch, `step` comes before any `backward`: `grad` is empty, and "
                "nothing moves."
            )
        if what == "step" and not grad:
            return (
                "`zero_grad` comes between the last `backward` and `step`: the slopes are gone "
                "before the step can use them."
            )
        if what == "step" and len(grad) == 1:
            other = "2" if grad == ["1"] else "1"
            if emptied:
                return (
                    f"`zero_grad` comes after `backward {other}`: the slopes of loss {other} are "
                    "gone, and the step follows one loss only."
                )
            return f"`step` comes before `backward {other}`: the step follows loss {grad[0]} only."
    return None


@rejects(
    (
        ["zero_grad", "forward 1", "backward 1", "zero_grad", "forward 2", "backward 2", "step"],
        "There are 6",
    ),
    (["forward 1", "backward 1", "zero_grad", "forward 2", "backward 2", "step"], "loss 1 are"),
    (["forward 2", "backward 2", "zero_grad", "forward 1", "backward 1", "step"], "loss 2 are"),
    (
        ["forward 1", "backward 1", "forward 2", "backward 2", "zero_grad", "step"],
        "before the step",
    ),
    (["zero_grad", "forward 1", "backward 1", "step", "forward 2", "backward 2"], "loss 1 only"),
    (["zero_grad", "forward 2", "backward 2", "step", "forward 1", "backward 1"], "loss 2 only"),
    (["zero_grad", "forward 1", "forward 2", "step", "backward 1", "backward 2"], "before any"),
    (["step", "zero_grad", "forward 1", "backward 1", "forward 2", "backward 2"], "before any"),
    (["zero_grad", "backward 1", "forward 1", "forward 2", "backward 2", "step"], "no loss 1 yet"),
    (["zero_grad", "forward 1", "backward 1", "backward 2", "forward 2", "step"], "no loss 2 yet"),
    (["forward 1", "backward 1", "forward 2", "backward 2", "step"], "`zero_grad` is missing"),
    (["zero_grad", "forward 1", "backward 1", "forward 2", "backward", "step"], "'backward' is"),
    ("zero_grad, forward 1, backward 1, forward 2, backward 2, step", "list of six"),
    ([1, 2, 3, 4, 5, 6], "list of six"),
)
@accepts(
    ["zero_grad", "forward 1", "backward 1", "forward 2", "backward 2", "step"],
    ["zero_grad", "forward 2", "forward 1", "backward 1", "backward 2", "step"],
    ("forward 1", "forward 2", "zero_grad", "backward 2", "backward 1", "step"),
    ["forward 1", "backward 1", "forward 2", "backward 2", "step", "zero_grad"],
    [" Zero_grad ", "forward 2", "backward  2", "forward 1", "backward 1", "step()"],
)
def check_calls(calls):
    answer = calls.read()
    given = plain(answer.data)
    if not isinstance(given, list | tuple) or not all(isinstance(c, str) for c in given):
        answer.refuse("A list of six pieces of text is expected.", SIX)
    given = [" ".join(call.lower().replace("()", "").split()) for call in given]
    for call in given:
        if call not in CALLS:
            answer.refuse(f"{call[:40]!r} is not one of the six calls.", SIX)
    for call in CALLS:
        if call not in given:
            answer.refuse(f"`{call}` is missing.", SIX)
    if len(given) != 6:
        answer.refuse(f"There are 6 calls, each once. Here are {len(given)}.", SIX)
    if (sentence := fault_of(given)) is not None:
        answer.refuse(sentence)


# 4. Several starts


def train_from(params, optimizer, x, y, epochs, zero=True):
    """The training loop of the exercises, with PyTorch; for answers below."""
    losses = []
    for _ in range(epochs):
        if zero:
            optimizer.zero_grad()
        now = ((params[0] * x + params[1] - y) ** 2).mean()
        losses.append(now.item())
        now.backward()
        optimizer.step()
    return losses


def leaf(start):
    return start.clone().requires_grad_()


def ends(x, y, starts, lr, epochs, momentum=KEEP, zero=True):
    """Exercise 4 with PyTorch, and mistakes as options; for answers below."""
    found = []
    for start in starts:
        params = leaf(start)
        optimizer = optim.SGD([params], lr=lr, momentum=momentum)
        train_from(params, optimizer, x, y, epochs, zero)
        found.append(params.detach())
    return torch.stack(found)


def one_box(x, y, starts, lr, epochs, clone=True, again=True, forget=False):
    """Exercise 4 with one optimizer for all starts."""
    params, found = leaf(starts[0]), []
    optimizer = optim.SGD([params], lr=lr, momentum=KEEP)
    for start in starts:
        if again:
            params.data.copy_(start)
        if forget:
            optimizer.state.clear()
        train_from(params, optimizer, x, y, epochs)
        found.append(params.detach().clone() if clone else params.detach())
    return torch.stack(found)


def on_starts(x, y, starts, lr, epochs):
    """Exercise 4 with the rows of `starts` themselves as parameters."""
    for start in starts:
        start.requires_grad_()
        train_from(start, optim.SGD([start], lr=lr, momentum=KEEP), x, y, epochs)
    return starts.detach().clone()


@rejects(
    (lambda x, y, starts, lr, epochs: starts.clone(), "as it was given"),
    (one_box, "momentum of the run before"),
    (lambda *a: one_box(*a, clone=False), "All rows are alike"),
    (lambda *a: one_box(*a, again=False), "goes on where"),
    (lambda *a: torch.cat([ends(*a)[:1], a[2][1:]]), "first row"),
    (lambda *a: ends(*a, momentum=0.0), "plain SGD"),
    (lambda *a: ends(*a, zero=False), "add up"),
    (lambda *a: ends(*a[:4], a[4] - 1), "One epoch is missing"),
    (lambda *a: ends(*a[:4], a[4] + 1), "One epoch too many"),
    (lambda *a: ends(*a)[-1], "last start only"),
    (lambda *a: ends(*a)[0], "first start only"),
    (lambda *a: list(ends(*a)), "torch.stack"),
    (on_starts, "changed its own input"),
    (lambda *a: None, "return"),
)
@accepts(
    ends,
    lambda *a: one_box(*a, forget=True),
    lambda x, y, starts, lr, epochs: torch.tensor(
        [descend(x.tolist(), y.tolist(), s, "momentum", lr, epochs)[0] for s in starts.tolist()]
    ),
)
def check_endpoints(endpoints):
    rates = dice.sample([0.015625, 0.03125, 0.025, 0.02], 3)
    for size, runs, epochs, lr in zip((4, 6, 11), (2, 3, 4), dice.sample([3, 4, 5, 6], 3), rates):

        def draw(size=size, runs=runs, epochs=epochs, lr=lr):
            x, y, start = readings(size, 3)
            starts = [start, *(numbers(2, -4, 4) for _ in range(runs - 1))]
            right, wrong = ends_and_mistakes(x, y, starts, lr, epochs)
            if apart(starts, right, *(value for value, _ in wrong), by=0.01):
                return x, y, starts, right, wrong

        x, y, starts, right, wrong = drawn(draw)
        answer = endpoints(tensor(x), tensor(y), tensor(starts), lr, epochs)
        expect(answer, right, wrong=wrong, given=starts, rtol=1e-3)


def ends_and_mistakes(x, y, starts, lr, epochs):
    """Where training with momentum ends from each start, and the pairs of the usual mistakes."""

    def walk(epochs, name="momentum", **options):
        return [descend(x, y, s, name, lr, epochs, **options)[0] for s in starts]

    right, moves, carried = walk(epochs), [MAKE["momentum"](lr) for _ in "wb"], []
    for place in starts:  # with one optimizer for all
        for _ in range(epochs):
            here = zip(place, moves, line_slopes(x, y, *place), strict=True)
            place = [p + move(slope) for p, move, slope in here]
        carried.append(place)
    later = [epochs * number for number, _ in enumerate(starts, 1)]
    onward = [descend(x, y, starts[0], "momentum", lr, count)[0] for count in later]
    return right, [
        (
            carried,
            (
                "The first row is right. The other runs begin with the momentum of the run "
                "before: a new run needs a new optimizer."
            ),
        ),
        (
            [carried[-1] for _ in starts],
            (
                "All rows are alike: each run has overwritten what was found before. Make a "
                "new tensor for each run."
            ),
        ),
        (
            onward,
            "Each run goes on where the one before ended. It begins at its own row of `starts`.",
        ),
        (
            [right[0], *starts[1:]],
            "The first row is right, and in the other runs nothing has moved.",
        ),
        (
            walk(epochs, "SGD"),
            (
                "This is what plain SGD gives: the momentum is lost. Is it still there, and is "
                "the optimizer made once for each run, and not in each epoch?"
            ),
        ),
        (
            walk(epochs, zero=False),
            "The slopes add up over the epochs. `zero_grad` was right where it stood.",
        ),
        (walk(epochs - 1), "One epoch is missing."),
        (walk(epochs + 1), "One epoch too many."),
        (right[-1], "This is the end of the last start only. There is one row for each start."),
        (right[0], "This is the end of the first start only. Is `return` inside the loop?"),
    ]


# 5. One loop for three optimizers


def run(x, y, start, name, lr, epochs, make=None, after=False, zero=True, fresh=False):
    """Exercise 5 with PyTorch, and mistakes as options; for answers below."""
    make = make or boxes(lr)
    params, losses = leaf(start), []
    optimizer = make[name]([params])
    for _ in range(epochs):
        optimizer = make[name]([params]) if fresh else optimizer
        before = train_from(params, optimizer, x, y, 1, zero)
        now = ((params[0] * x + params[1] - y) ** 2).mean().item()
        losses += [now] if after else before
    return params.detach(), losses


def boxes(lr, adam_lr=None, keep=KEEP):
    return {
        "SGD": lambda p: optim.SGD(p, lr=lr),
        "momentum": lambda p: optim.SGD(p, lr=lr, momentum=keep),
        "Adam": lambda p: optim.Adam(p, lr=adam_lr or lr),
    }


def by_rule(x, y, start, name, lr, epochs, factor=1):
    x, y, start = x.tolist(), y.tolist(), start.tolist()
    place, losses = descend(x, y, start, name, lr, epochs, factor=factor)
    return torch.tensor(place), [factor * v for v in losses]


def on_start(x, y, start, name, lr, epochs):
    params = start.requires_grad_()
    losses = train_from(params, boxes(lr)[name]([params]), x, y, epochs)
    return params.detach(), losses


def turned(result):
    return result[0].flip(0), result[1]


def with_graphs(*args):
    params, losses = run(*args)
    return params, [torch.tensor(v, requires_grad=True) for v in losses]


@rejects(
    (lambda *a: run(*a, zero=False), "add up"),
    (lambda x, y, start, name, *a: run(x, y, start, "SGD", *a), "plain SGD"),
    (lambda x, y, start, name, *a: run(x, y, start, "momentum", *a), "momentum gives"),
    (lambda x, y, start, name, *a: run(x, y, start, "Adam", *a), "Adam gives"),
    (lambda *a: run(*a, make=boxes(a[4], keep=0.0)), "plain SGD"),
    (lambda *a: run(*a, make=boxes(a[4], keep=0.5)), "momentum of 0.5"),
    (lambda *a: run(*a, make=boxes(a[4], adam_lr=1e-3)), "learning rate of its own"),
    (lambda *a: run(*a, make=boxes(1e-3)), "learning rate of its own"),
    (lambda *a: run(*a, fresh=True), "once, before the loop"),
    (lambda *a: run(*a, after=True), "after the step"),
    (lambda *a: run(*a[:5], a[5] - 1), "One epoch is missing"),
    (lambda *a: run(*a[:5], a[5] + 1), "One epoch too many"),
    (lambda *a: run(*a[:5], 1), "one epoch only"),
    (lambda *a: (a[2].clone(), run(*a)[1]), "still at the start"),
    (lambda *a: (a[2].clone(), run(*a[:4], 0.0, a[5])[1]), "Nothing moves"),
    (lambda x, y, start, *a: run(x, y, torch.zeros(2), *a), "begins at `start`"),
    (lambda x, y, start, *a: run(x, y, torch.tensor([1.0, 0.0]), *a), "begins at `start`"),
    (lambda x, y, start, *a: turned(run(x, y, start.flip(0), *a)), "The first parameter is w"),
    (lambda *a: by_rule(*a, factor=len(a[0])), "The loss is the mean"),
    (lambda *a: run(*a)[::-1], "changed places"),
    (lambda *a: run(*a)[0], "two things"),
    (lambda *a: (run(*a)[0], run(*a)[1][-1]), "one number for each epoch"),
    (with_graphs, "loss.item()"),
    (on_start, "changed its own input"),
    (lambda *a: None, "return"),
)
@accepts(
    run,
    by_rule,
    lambda *a: (run(*a)[0].requires_grad_(), torch.tensor(run(*a)[1])),
    lambda *a: [run(*a)[0].double(), [torch.tensor(v) for v in run(*a)[1]]],
    lambda *a: (run(*a)[0].tolist(), tuple(run(*a)[1])),
)
def check_train(train):
    rounds = dice.sample([3, 4, 5, 6], 4)
    rates = {"SGD": [0.03125, 0.046875, 0.0625], "momentum": [0.015625, 0.025, 0.03125]}
    names = dice.sample(list(MAKE), 3)
    for count, name, epochs in zip((4, 5, 8, 11), [*names, names[0]], rounds, strict=True):

        def draw(count=count, name=name, epochs=epochs):
            x, y, start = readings(count, 3)
            lr = dice.choice(rates.get(name, [0.125, 0.1875, 0.25, 0.375]))
            right, wrong = run_and_mistakes(x, y, start, name, lr, epochs)
            different = apart(right, *(value for value, _ in wrong), by=0.001)
            if different and steep(x, y, start, lr, epochs):
                return x, y, start, lr, right, wrong

        x, y, start, lr, right, wrong = drawn(draw)
        answer = train(tensor(x), tensor(y), tensor(start), name, lr, epochs)
        expect(two_parts(answer), right, wrong=wrong, rtol=2e-4)


def steep(x, y, start, lr, epochs):
    """Whether no slope on the way of a forgetful Adam is so small that its sign may be wrong."""
    ways = [descend(x, y, start, "Adam", lr, e, fresh=True)[0] for e in range(epochs)]
    return min(abs(slope) for place in ways for slope in line_slopes(x, y, *place)) > 0.01


def run_and_mistakes(x, y, start, name, lr, epochs):
    """What `train` gives, and the pairs of the usual mistakes."""

    def walk(name=name, lr=lr, epochs=epochs, **options):
        return descend(x, y, start, name, lr, epochs, **options)

    right, more = walk(), walk(epochs=epochs + 1)
    mirrored = descend(x, y, start[::-1], name, lr, epochs)
    forgets = (
        "Is the optimizer another one for each name, and is it made once, before the loop? "
        "One that is made anew in each epoch remembers nothing."
    )
    wrong = [
        (walk(zero=False), "The slopes add up from epoch to epoch. Which call sets them back?"),
        *(
            (walk(other), f'With "{name}", this is what {what} gives. {forgets}')
            for other, what in zip(MAKE, ("plain SGD", "momentum", "Adam"), strict=True)
            if other != name
        ),
        (walk(lr=1e-3), "The optimizer has a learning rate of its own, 0.001. Hand it `lr`."),
        (
            (right[0], more[1][1:]),
            "These are the losses after the step. Keep the loss that `backward` starts from.",
        ),
        (walk(epochs=1), "This is what one epoch only gives. Is `return` inside the loop?"),
        (walk(epochs=epochs - 1), "One epoch is missing."),
        (more, "One epoch too many."),
        ((start, right[1]), "The losses are right, and the parameters are still at the start."),
        (
            (start, [right[1][0] for _ in range(epochs)]),
            (
                "Nothing moves. Does the optimizer hold these very parameters, and does `step` "
                "come right after `backward`?"
            ),
        ),
        *(
            (descend(x, y, place, name, lr, epochs), "Training begins at `start`.")
            for place in ([0.0, 0.0], [1.0, 0.0])
        ),
        ((mirrored[0][::-1], mirrored[1]), "The first parameter is w, the second one is b."),
        (right[::-1], "The two have changed places: first the parameters, then the losses."),
    ]
    place, losses = walk(factor=len(x))
    summed = place, [len(x) * v for v in losses]
    wrong.append((summed, "This is a sum of squared errors. The loss is the mean of them."))
    if name == "Adam":
        wrong.append((walk(fresh=True), f"Here Adam's means never get old. {forgets}"))
    if name == "momentum":
        slopes_at = running_sum(lambda place: line_slopes(x, y, *place), 0.5)
        *way, end = descent(slopes_at, start, lr, epochs)
        losses = [line_loss(x, y, *place) for place in way]
        wrong.append(((end, losses), "This is a momentum of 0.5. Here 0.9 of the sum is kept."))
    return right, wrong


def two_parts(answer):
    """The Answer of `train`, with lists of numbers read as tensors; refused if it is no pair."""
    answer.refuse_nothing()
    parts = answer.data.items
    if parts is None or len(parts) != 2:
        answer.refuse(
            f"This is {answer.data.what}. `return` two things: the parameters, then the losses.",
            "two things",
        )
    if answer.data.dtype:
        answer.refuse("This is one array. Return the parameters, then the losses.", "two things")
    if parts[1].kind == "number" or (parts[1].kind == "tensor" and parts[1].shape == ()):
        answer.refuse("The losses are a list: one number for each epoch.", "a list of losses")
    if any(item.requires_grad for item in parts[1].items or []):
        answer.refuse(
            "The list holds losses with their whole graphs. Keep the numbers only: `loss.item()`.",
            "a list of numbers",
        )
    return replace(answer, data=replace(answer.data, value=[as_tensor(part) for part in parts]))


def as_tensor(data):
    """Data of a list of real numbers as that of a tensor; all other Data as it is."""
    values = plain(data) if data.kind in ("list", "tuple") else None
    if not values or not all(type(v) in (int, float) for v in values):
        return data
    values = [float(v) for v in values]
    return replace(data, kind="tensor", value=values, shape=(len(values),), dtype="float32")


# 6. Adam, fed by hand


def walk(rows, make):
    """The places after each row of slopes, from 0, with one rule for each column."""
    moves, place, places = [make() for _ in rows[0]], [0.0 for _ in rows[0]], []
    for row in rows:
        place = [p + move(s) for p, move, s in zip(place, moves, row, strict=True)]
        places.append(place)
    return places


def steps_of(places):
    before = [[0.0 for _ in places[0]], *places[:-1]]
    rows = zip(places, before, strict=True)
    return [[p - q for p, q in zip(row, old, strict=True)] for row, old in rows]


def in_python(wrong=""):
    """Exercise 6 in plain Python, with a mistake; for answers below."""

    def answer(slopes, lr, keep_m, keep_v):
        return tensor(walk(slopes.tolist(), lambda: adam_rule(lr, keep_m, keep_v, wrong)))

    return answer


def in_torch(slopes, lr, keep_m, keep_v, same=False, t=0, eps=1e-8, shared=False, power=2):
    """Exercise 6 with tensors, and other mistakes as options."""
    place, m, v, places = torch.zeros(slopes.shape[1]), 0.0, 0.0, []
    for row in slopes:
        m = keep_m * m + (1 - keep_m) * row
        v = keep_v * v + (1 - keep_v) * ((row**2).mean() if shared else row**power)
        t += 1
        step = lr * m / (1 - keep_m**t) / ((v / (1 - keep_v**t)) ** 0.5 + eps)
        if same:
            place -= step
        else:
            place = place - step
        places.append(place)
    return torch.stack(places)


def with_optim(slopes, lr, keep_m, keep_v):
    place, places = torch.zeros(slopes.shape[1]), []
    optimizer = optim.Adam([place], lr=lr, betas=(keep_m, keep_v))
    for row in slopes:
        place.grad = row.clone()
        optimizer.step()
        places.append(place.clone())
    return torch.stack(places)


@rejects(
    *((in_python(wrong), sentence) for wrong, sentence in WRONG_ADAM.items()),
    (lambda *a: in_torch(*a, t=-1), "Count from 1"),
    (lambda *a: in_torch(*a, eps=0.0), "1e-8"),
    (lambda *a: in_torch(*a, power=1), "negative number"),
    (lambda *a: -in_torch(*a), "sign"),
    (lambda *a: in_torch(*a, same=True), "All rows are alike"),
    (lambda *a: in_torch(*a, shared=True), "of its own"),
    (lambda slopes, lr, keep_m, keep_v: in_torch(slopes, lr, keep_v, keep_m), "changed places"),
    (lambda slopes, lr, *a: in_torch(slopes, lr, 0.9, 0.999), "0.9 and 0.999"),
    (lambda *a: tensor(steps_of(in_torch(*a).tolist())), "These are the steps"),
    (lambda *a: in_torch(*a)[-1], "the last place only"),
    (lambda *a: in_torch(*a)[:1], "the first step only"),
    (lambda *a: torch.cat([torch.zeros_like(a[0][:1]), in_torch(*a)]), "leave out the start"),
    (lambda slopes, lr, *a: -lr * slopes.cumsum(0), "plain SGD"),
    (lambda slopes, lr, *a: -lr * slopes.sign().cumsum(0), "only its sign"),
    (lambda *a: list(in_torch(*a)), "torch.stack"),
    (lambda *a: None, "return"),
)
@accepts(
    in_torch,
    in_python(),
    with_optim,
    lambda *a: in_torch(*a).double(),
    lambda slopes, *a: torch.cat([in_torch(slopes[:, [i]], *a) for i in range(len(slopes[0]))], 1),
)
def check_adam(adam):
    cases = zip((2, 4, 3), (3, 4, 6), dice.sample([0.125, 0.25, 0.5, 1.0], 3), strict=True)
    for columns, count, lr in cases:

        def draw(columns=columns, count=count, lr=lr):
            keep_m, keep_v = dice.choice([0.6, 0.75, 0.8]), dice.choice([0.7, 0.875, 0.9, 0.95])
            sizes = dice.sample([0.5, 1, 8, 50, 200], columns)
            rows = [[s or 1.0 for s in numbers(columns, -4, 4)] for _ in range(count)]
            rows = [[size * s for size, s in zip(sizes, row, strict=True)] for row in rows]
            rows[0][0], rows[1][0] = abs(rows[0][0]), -abs(rows[0][0])
            if columns == 3:
                rows[0][1] = 0.0  # no slope yet
            right, wrong = places_and_mistakes(rows, lr, keep_m, keep_v)
            if apart(right, *(value for value, _ in wrong), by=0.01):
                return rows, keep_m, keep_v, right, wrong

        rows, keep_m, keep_v, right, wrong = drawn(draw)
        answer = adam(tensor(rows), lr, keep_m, keep_v)
        tell_about_nan(answer, rows)
        expect(answer, right, wrong=wrong, rtol=1e-3)


def tell_about_nan(answer, rows):
    """Refuse an answer of the right shape with a nan in it: where it is says why."""
    data = answer.data
    if data.kind != "tensor" or not data.dtype.startswith("float") or data.value is None:
        return
    if data.shape != (len(rows), len(rows[0])) or not any(map(math.isnan, flat(data.value))):
        return
    first = [math.isnan(v) for v in data.value[0]]
    if all(first):
        answer.refuse(
            "The first row is nan, from 0/0. Is `t` 0 in the first step? Then `1 - keep_m**t` "
            "is 0 too. Count from 1."
        )
    if any(first) and first == [slope == 0 for slope in rows[0]]:
        answer.refuse(
            "A slope of 0 in the first row has become nan, from 0/0. Add 1e-8 to the root before "
            "you divide by it."
        )
    answer.refuse(
        "There is a nan, as from the root of a negative number. Is each slope squared in `v`, "
        "and is the share that corrects it a power, `1 - keep_v**t`?"
    )


def places_and_mistakes(rows, lr, keep_m, keep_v):
    """Where Adam stands after each row of slopes, and the pairs of the usual mistakes."""

    def adam(wrong=""):
        return walk(rows, lambda: adam_rule(lr, keep_m, keep_v, wrong))

    right, shared, v = adam(), [], 0.0
    for t, row in enumerate(rows, 1):
        v = keep_v * v + (1 - keep_v) * mean(s * s for s in row)
        shared.append(math.sqrt(v / (1 - keep_v**t)))
    means = steps_of(adam("not divided"))
    steps = [[s / (usual + 1e-8) for s in row] for row, usual in zip(means, shared, strict=True)]
    signs = [[(s > 0) - (s < 0) for s in row] for row in rows]
    return right, [
        *((adam(wrong), sentence) for wrong, sentence in WRONG_ADAM.items()),
        (
            [right[-1] for _ in rows],
            (
                "All rows are alike: they are one tensor, which was changed in place. Keep a new "
                "one for each step."
            ),
        ),
        (
            walk(steps, lambda: sgd_rule(-1)),
            "Here all parameters share one usual size. Each one has a `v` of its own.",
        ),
        (
            walk(rows, lambda: adam_rule(lr, keep_v, keep_m)),
            "`keep_m` and `keep_v` have changed places.",
        ),
        (
            walk(rows, lambda: adam_rule(lr)),
            "This is what 0.9 and 0.999 give. Use `keep_m` and `keep_v`.",
        ),
        (steps_of(right), "These are the steps. A place is the sum of all the steps so far."),
        (right[-1], "This is the last place only. There is one row for each step."),
        (right[:1], "This is the first step only. Is `return` inside the loop?"),
        (
            [[0.0 for _ in right[0]], *right],
            "There is one row too many: leave out the start. The first row follows one step.",
        ),
        (walk(rows, lambda: sgd_rule(lr)), "This is what plain SGD gives: lr times each slope."),
        (
            walk(signs, lambda: sgd_rule(lr)),
            (
                "Each slope is divided by itself, and only its sign is left. Adam divides the "
                "mean of the slopes by the root of the mean of their squares."
            ),
        ),
    ]


# 7. Up the mountain in 200 epochs


# Metres above the middle station, and hectopascals
HEIGHT = [-780.0, -610.0, -430.0, -250.0, -60.0, 90.0, 270.0, 440.0, 650.0, 820.0]
PRESSURE = [928.6, 913.3, 893.0, 877.7, 857.6, 842.9, 827.8, 809.1, 788.2, 772.5]
EPOCHS, GOAL = 200, 1.0


@rejects(
    (("SGD", 0.01), "grows"),
    (("SGD", 1e-6), "far too small for b"),
    (("momentum", 1e-5), "grows"),
    (("momentum", 6e-6), "far too small for b"),
    (("Adam", 0.001), "b has come to 0.2"),
    (("Adam", 0.1), "b has come to 19.9"),
    (("Adam", 4.26), "slow down"),
    (("Adam", 10.0), "slow down"),
    (("Adam", 100.0), "smaller rate"),
    (("Adam", 1e9), "smaller rate"),
    (("Adam", 0.0), "positive"),
    (("Adam", float("nan")), "positive"),
    (("AdamW", 20.0), "one of the three names"),
    ((20.0, "Adam"), "first the name"),
    (("Adam",), "a pair"),
    ("Adam", "a pair"),
    (20.0, "a pair"),
)
@accepts(("Adam", 20), ["Adam", 14.0], ("adam", torch.tensor(30.0)), ("Adam", 11.5))
def check_choice(choice):
    answer = choice.read()
    pair, form = plain(answer.data), "a pair of a name and a learning rate"
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        answer.refuse(f"This is {answer.data.what}, and {form} is expected.", form)
    name, lr = pair
    if isinstance(lr, str) and not isinstance(name, str):
        answer.refuse("The two have changed places: first the name, then the learning rate.", form)
    if not isinstance(name, str) or not is_number(lr):
        answer.refuse(f"Here {form} is expected.", form)
    name = {known.lower(): known for known in MAKE}.get(name.strip().lower())
    if name is None:
        answer.refuse('The optimizer is one of the three names "SGD", "momentum" and "Adam".')
    if not 0 < lr < math.inf:
        answer.refuse("A learning rate is a positive number.")
    (w, b), losses = descend(HEIGHT, PRESSURE, [0.0, 0.0], name, float(lr), EPOCHS)
    last = line_loss(HEIGHT, PRESSURE, w, b)
    if last < GOAL + 0.001:
        return
    if name != "Adam" and not last < losses[0]:
        answer.refuse(
            "With this rate the loss grows: the slope in w is huge, and the steps are as long. "
            "Where is the limit, and how fast does b move below it?"
        )
    if name != "Adam":
        answer.refuse(
            f"After {EPOCHS} epochs the loss is {last:.4g}, and b has come to {b:.3g} only. A "
            "rate that is small enough for w is far too small for b. Which one does not mind?"
        )
    if lr > 20:
        answer.refuse(
            f"After {EPOCHS} epochs the loss is {last:.4g}, with w = {w:.3g} and b = {b:.4g}. "
            "Steps of this length are too long for w: it still swings. Take a smaller rate."
        )
    message = f"After {EPOCHS} epochs the loss is {last:.4g}, and b has come to {b:.3g} only. "
    if EPOCHS * lr < mean(PRESSURE):
        message += "A step is about as long as the learning rate. How far does b have to go?"
    else:
        message += "The steps slow down near the end, where the slopes get smaller. What then?"
    answer.refuse(message, "a larger rate")
