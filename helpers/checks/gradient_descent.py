"""The checks of `solutions/02_gradient_descent.md`."""

import math

import torch

from helpers.checks.engine import (
    NotYet,
    accepts,
    choose,
    dice,
    drawn,
    expect,
    is_number,
    letters_once,
    mean,
    near,
    numbers,
    plain,
    rejects,
    tensor,
)
from helpers.checks.engine.reference import (
    descent,
    line_errors,
    line_loss,
    line_slopes,
    readings,
)
from helpers.data import thermometer

T_U, T_C = (series.tolist() for series in thermometer())


def slopes(x, y, w, b):
    """The slopes of the mean squared error in w and in b, as a pair."""
    return tuple(line_slopes(x, y, w, b))


def descend(x, y, w, b, lr, epochs):
    """w and b after so many steps, as a pair."""
    return tuple(descent(lambda place: line_slopes(x, y, *place), (w, b), lr, epochs)[-1])


def late_step(x, y, w, b, lr):
    """One step with the bug of exercise 3: b's slope measured after w has moved."""
    w = w - lr * slopes(x, y, w, b)[0]
    return w, b - lr * slopes(x, y, w, b)[1]


# 1. Two steps by hand


@rejects(
    (4.6, "after one step"),
    (4.2, "slope of the first step"),
    (5.88, "uphill"),
    (0.72, "not the place"),
    (5.0, "learning rate is missing"),
    (torch.tensor([4.28, 4.6]), "one number is expected"),
)
@accepts(4.28, 5 - 0.1 * 4 - 0.1 * 3.2, torch.tensor(4.28, requires_grad=True))
def check_two_steps(two_steps):
    near(
        two_steps,
        4.28,
        0.005,
        wrong=[
            (4.6, 0.005, "This is w after one step. There is one more."),
            (
                4.2,
                0.005,
                (
                    "The second step used the slope of the first step again. Measure it again "
                    "at the new w."
                ),
            ),
            (5.88, 0.13, "These steps go uphill. The step is against the slope: minus."),
            (0.72, 0.005, "This is how far w has moved, not the place where it stands."),
            (5.0, 0.005, "The learning rate is missing: it is a factor of the step."),
        ],
    )


# 2. Measure two slopes by probing


def probed(f, x, y, w, b, delta, one_sided=False, divisor=None, both=False):
    """Slopes by probing, with the usual mistakes as options; for answers below."""
    at = lambda a, c: f(a * x + c - y)  # noqa: E731
    divisor = 2 * delta if divisor is None else divisor
    if one_sided:
        return (at(w + delta, b) - at(w, b)) / delta, (at(w, b + delta) - at(w, b)) / delta
    if both:
        value = (at(w + delta, b + delta) - at(w - delta, b - delta)) / divisor
        return value, value
    return (at(w + delta, b) - at(w - delta, b)) / divisor, (
        at(w, b + delta) - at(w, b - delta)
    ) / divisor


def mse(d):
    return (d**2).mean()


@rejects(
    (lambda *a: probed(mse, *a, one_sided=True), "one side only"),
    (lambda *a: probed(mse, *a, divisor=a[-1]), "2 δ apart"),
    (lambda *a: probed(mse, *a, divisor=1), "Divide"),
    (lambda *a: probed(mse, *a, both=True), "the other one stays"),
    (lambda *a: probed(mse, *a, divisor=-2 * a[-1]), "sign"),
    (lambda *a: probed(mse, *a)[::-1], "changed places"),
    (lambda *a: probed(mse, *a, divisor=0.2), "not right yet"),
    (lambda *a: probed(lambda d: (d**2).sum(), *a), "sum over"),
    (lambda *a: probed(mse, *a)[0], "2 values"),
)
@accepts(
    lambda *a: probed(mse, *a),
    lambda x, y, w, b, delta: torch.tensor(slopes(x.tolist(), y.tolist(), w, b)),
)
def check_probe(probe):
    for count, delta in ((3, 0.125), (6, 0.5), (11, 0.25)):
        x, y, (w, b) = readings(count, 4)
        dw, db = right = slopes(x, y, w, b)
        curve = mean(u * u for u in x)
        spread = line_loss(x, y, w + delta, b + delta) - line_loss(x, y, w - delta, b - delta)
        wrong = [
            (
                (dw + delta * curve, db + delta),
                "This compares with one side only. Step δ up and δ down, and compare these two.",
            ),
            ((2 * dw, 2 * db), "The two places are 2 δ apart: divide by 2 δ."),
            (
                (2 * delta * dw, 2 * delta * db),
                (
                    "This is the difference of two losses. Divide it by the distance of the "
                    "two places, 2 δ."
                ),
            ),
            (
                (spread / 2 / delta,) * 2,
                "Both parameters moved at once. Move one, and the other one stays.",
            ),
            ((db, dw), "The two slopes have changed places: w first, then b."),
        ]
        answer = probe(tensor(x), tensor(y), w, b, delta)
        expect(answer, right, wrong=wrong, count=count, rtol=1e-3, atol=1e-4)


# 3. A step with a bug


def one_step(x, y, w, b, lr, order="together", sign=-1):
    d = w * x + b - y
    dw, db = 2 * (d * x).mean(), 2 * d.mean()
    if order == "w first":
        w = w + sign * lr * dw
        return w, b + sign * lr * 2 * (w * x + b - y).mean()
    if order == "b first":
        b = b + sign * lr * db
        return w + sign * lr * 2 * ((w * x + b - y) * x).mean(), b
    return w + sign * lr * dw, b + sign * lr * db


@rejects(
    (lambda *a: one_step(*a, order="w first"), "code as it was given"),
    (lambda *a: one_step(*a, order="b first"), "the other way round"),
    (lambda *a: one_step(*a, sign=1), "uphill"),
    (lambda *a: one_step(*a)[::-1], "changed places"),
    (lambda x, y, w, b, lr: (one_step(x, y, w, b, lr)[0], b), "b has not moved"),
    (lambda x, y, w, b, lr: one_step(x, y, w, b, 0.01), "not right yet"),
)
@accepts(
    one_step,
    lambda x, y, w, b, lr: [torch.tensor(v) for v in descend(x.tolist(), y.tolist(), w, b, lr, 1)],
)
def check_step(step):
    for count, lr in zip((2, 5, 11), dice.sample([0.0625, 0.125, 0.25], 3)):

        def draw(count=count, lr=lr):
            x, y, (w, b) = readings(count, 4)
            shipped = late_step(x, y, w, b, lr)
            if abs(shipped[1] - b) >= 0.1 * lr:  # else the given code does not move b at all
                return x, y, w, b, shipped

        x, y, w, b, shipped = drawn(draw)
        answer = step(tensor(x), tensor(y), w, b, lr)
        right = descend(x, y, w, b, lr, 1)
        mirrored = w - lr * slopes(x, y, w, right[1])[0], right[1]
        wrong = [
            (
                mirrored,
                "Now it is the other way round: the slope in w was measured after b had moved.",
            ),
            (
                descend(x, y, w, b, -lr, 1),
                "This steps uphill: the loss grows. Step against the slope.",
            ),
            (right[::-1], "The two values have changed places: w first, then b."),
            ((right[0], b), "w is right, and b has not moved."),
        ]
        expect(answer, right, wrong=wrong, given=shipped)


# 4. The gradient of another loss


def soft_loss(d):
    return (torch.sqrt(1 + d**2) - 1).mean()


def soft(x, y, w, b, outer=lambda d: d / torch.sqrt(1 + d**2), reduce=torch.mean):
    slope = outer(w * x + b - y)
    return reduce(slope * x), reduce(slope)


EXACT = 2e-6  # room for float32, and none for a probe


@rejects(
    (lambda *a: soft(*a, reduce=torch.sum), "sum over"),
    (lambda *a: (soft(*a)[1], soft(*a)[1]), "inner derivative"),
    (lambda *a: soft(*a, outer=lambda d: 1 / (2 * torch.sqrt(1 + d**2))), "under the root"),
    (lambda *a: soft(*a, outer=lambda d: 2 * d / torch.sqrt(1 + d**2)), "1/2"),
    (lambda *a: soft(*a, outer=lambda d: 2 * d), "mean squared error"),
    (lambda *a: soft(*a, outer=lambda d: -d / torch.sqrt(1 + d**2)), "sign"),
    (lambda *a: soft(*a)[::-1], "changed places"),
    (lambda *a: soft(*a, reduce=lambda v: v), "one number out of many"),
    (lambda *a: soft(*a, outer=torch.sign), "not right yet"),
    (lambda *a: probed(soft_loss, *a, 1e-2), "look probed"),
    (lambda *a: probed(soft_loss, *a, 1e-3), "look probed"),
    (lambda x, *a: probed(soft_loss, x.double(), *a, 1e-2), "look probed"),
    (lambda x, *a: probed(soft_loss, x.double(), *a, 1e-3), "look probed"),
)
@accepts(
    soft,
    lambda x, y, w, b: torch.stack(soft(x, y, w, b)),
    lambda x, y, w, b: tuple(
        torch.autograd.functional.jacobian(
            lambda p, q: (torch.sqrt(1 + (p * x + q - y) ** 2) - 1).mean(),
            (torch.tensor(w), torch.tensor(b)),
        )
    ),
    lambda x, y, w, b: tuple(
        sum(
            (w * u + b - v) / (1 + (w * u + b - v) ** 2) ** 0.5 * k
            for u, v, k in zip(x, y, f, strict=True)
        )
        / len(x)
        for f in (x, torch.ones_like(x))
    ),
)
def check_soft_slopes(soft_slopes):
    def measured(x, y, w, b, h):
        value = lambda a, c: mean(math.sqrt(1 + d * d) for d in line_errors(x, y, a, c))  # noqa: E731
        return (
            (value(w + h, b) - value(w - h, b)) / 2 / h,
            (value(w, b + h) - value(w, b - h)) / 2 / h,
        )

    sides = dice.sample([-1, 1, dice.choice([-1, 1])], 3)  # too high, too low
    for count, side in zip((3, 5, 11), sides):
        x, y, w, b = near_a_line(count, side)
        d = line_errors(x, y, w, b)
        parts = [m / math.sqrt(1 + m * m) for m in d]
        halves = [0.5 / math.sqrt(1 + m * m) for m in d]
        dw, db = right = mean(s * u for s, u in zip(parts, x, strict=True)), mean(parts)
        wrong = [
            (
                (db, db),
                "The slope in w lacks the inner derivative: d changes by x when w changes by 1.",
            ),
            (
                (mean(s * u for s, u in zip(halves, x, strict=True)), mean(halves)),
                (
                    "The derivative of what stands under the root is missing: d² has the "
                    "derivative 2 d."
                ),
            ),
            (
                (2 * dw, 2 * db),
                "This is 2 times too large: the derivative of a root brings a factor 1/2.",
            ),
            (
                slopes(x, y, w, b),
                "These are the slopes of the mean squared error. Here the loss is another one.",
            ),
            ((db, dw), "The two slopes have changed places: w first, then b."),
        ]
        answer = soft_slopes(tensor(x), tensor(y), w, b)
        if not agree(answer, right, EXACT) and any(
            agree(answer, near, 0.02) for near in (right, measured(x, y, w, b, 0.01))
        ):
            answer.refuse(
                "These slopes are close, and not exact: they look probed. Derive them with the "
                "chain rule, and use probing to compare."
            )
        expect(answer, right, wrong=wrong, count=count, rtol=EXACT, atol=0)


def near_a_line(count, side):
    """Inputs far from zero, and targets so close to a line that float32 finds exact errors.

    A change of w by 0.01 changes each error by 0.3 or more here: a slope that was probed is not
    exact. side: the sign of the errors; in a long series the first one has the other sign.
    """
    x, w, b = numbers(count, 30, 60), dice.choice([-1.5, 0.5, 2.0, 2.5]), dice.choice([-3.0, 1.0])
    sizes = [0.5, 0.75, 1.0, 1.25]
    sizes = dice.sample(sizes, 3) + dice.choices(sizes, k=count - 3)  # never all alike
    d = [side * size for size in sizes]
    if count > 5:
        d[0] = -side * 0.25
    return x, [w * u + b - m for u, m in zip(x, d, strict=True)], w, b


def agree(answer, want, rtol):
    try:
        expect(answer, want, rtol=rtol, atol=0)
    except NotYet:
        return False
    return True


# 5. Which formula is right?


@rejects(
    ("A", "A agrees"),
    ("B", "B agrees"),
    ("D", "D is"),
    ("E", "not one of the letters"),
    (["A", "C"], "one letter"),
    (3, "a letter is expected"),
)
@accepts("C", " c ", ["C"])
def check_right_slope(right_slope):
    choose(
        right_slope,
        "C",
        {
            "A": "A agrees near d = 0 only. Probe farther away, at d = 2 for example.",
            "B": "B agrees near d = 0 only. Probe farther away, at d = 2 for example.",
            "D": "D is half of the slope everywhere. Did you divide by 2 δ?",
            "C": "None of your letters agrees everywhere.",
        },
    )


# 6. Complete the training loop


def walk(x, y, w, b, lr, epochs, order="together", sign=-1):
    for _ in range(epochs):
        w, b = one_step(x, y, w, b, lr, order, sign)
    return w, b


def stale(x, y, w, b, lr, epochs):
    w1, b1 = one_step(x, y, w, b, lr)
    return w + epochs * (w1 - w), b + epochs * (b1 - b)


@rejects(
    (lambda *a: walk(*a, order="w first"), "after w had moved"),
    (lambda *a: walk(*a[:5], 1), "one step only"),
    (lambda *a: walk(*a[:5], a[5] - 1), "One step is missing"),
    (lambda *a: walk(*a[:5], a[5] + 1), "One step too many"),
    (lambda *a: walk(*a, sign=1), "uphill"),
    (stale, "measured once"),
    (lambda x, y, w, b, lr, epochs: walk(x, y, w, b, lr * len(x), epochs), "sum"),
    (lambda *a: walk(*a)[::-1], "changed places"),
    (lambda *a: a[2:4], "have not moved"),
    (lambda *a: walk(*a[:5], max(a[5], 1)), "One step too many"),
    (lambda *a: None, "return"),
)
@accepts(
    walk,
    lambda x, y, w, b, lr, epochs: torch.tensor(descend(x.tolist(), y.tolist(), w, b, lr, epochs)),
)
def check_train(train):
    rates = dice.sample([0.015625, 0.03125, 0.046875, 0.0625, 0.025], 5)
    for (count, epochs), lr in zip(((4, 3), (3, 1), (5, 9), (11, 4), (3, 0)), rates):
        x, y, (w, b) = readings(count, 4)
        right, late = descend(x, y, w, b, lr, epochs), (w, b)
        for _ in range(epochs):
            late = late_step(x, y, *late, lr)
        wrong = [
            (
                late,
                (
                    "The slope in b was measured after w had moved. Compute both slopes "
                    "first, then move both."
                ),
            ),
            ((w, b), "w and b have not moved."),
            (
                descend(x, y, w, b, -lr, epochs),
                "This walks uphill: the loss grows. Step against the slope.",
            ),
            (descend(x, y, w, b, lr, epochs - 1), "One step is missing."),
            (descend(x, y, w, b, lr, epochs + 1), "One step too many."),
            (
                descend(x, y, w, b, lr, 1),
                "This is the place after one step only. Does `return` stand inside the loop?",
            ),
            (
                descend(x, y, w, b, epochs * lr, 1),
                "The slopes were measured once, before the loop. Measure them again at each place.",
            ),
            (
                descend(x, y, w, b, lr * count, epochs),
                f"The steps are {count} times too long: a sum, where the mean is expected.",
            ),
            (right[::-1], "The two values have changed places: w first, then b."),
        ]
        expect(train(tensor(x), tensor(y), w, b, lr, epochs), right, wrong=wrong, rtol=1e-3)


# 7. Read four runs


@rejects(
    (["B", "D", "C", "A"], "reverse"),
    (["A", "B", "C", "D"], "B moves away"),
    (["C", "A", "D", "B"], "A is the slowest"),
    (["A", "D", "C", "B"], "jumps over"),
    (["A", "C", "B"], "four letters"),
    ("B", "four letters"),
)
@accepts(["A", "C", "D", "B"], ("a", "c", "d", "b"), "ACDB", "A, C, D, B")
def check_rates(rates):
    answer, letters = letters_once(rates, "four letters", "ABCD")
    if letters == ["B", "D", "C", "A"]:
        answer.refuse("This is the right order in reverse: begin with the smallest learning rate.")
    if letters[-1] != "B":
        answer.refuse(
            "B moves away from the best value, more at each step: no other run does. "
            "Which learning rate does that?"
        )
    if letters[0] != "A":
        answer.refuse("A is the slowest: its steps are the smallest part of the way.")
    if letters != ["A", "C", "D", "B"]:
        answer.refuse(
            "D jumps over the best value at each step, and C does not. Which of the "
            "two makes longer steps?"
        )


# 8. The largest learning rate that does not diverge


def limit(x):
    """2 divided by the largest eigenvalue of the second derivatives."""
    square = mean(v * v for v in x)
    return 2 / (1 + square + math.sqrt((square - 1) ** 2 + 4 * mean(x) ** 2))


TENTH = [0.1 * u for u in T_U]
LIMIT = limit(TENTH)


@rejects(
    (1.0, "diverges"),
    (0.1, "diverges"),
    (0.0332, "diverges"),
    (0.033, "diverges"),
    (0.01, "is stable"),
    (0.0325, "is stable"),
    (0.0165, "half"),
    (3.3993e-4, "raw readings"),
    (0.0, "positive"),
    (-0.033, "positive"),
    (float("nan"), "positive"),
    ("0.033", "one number"),
)
@accepts(0.032977, 0.0329, torch.tensor(0.0328), 0.0327)
def check_largest_rate(largest_rate):
    answer = largest_rate.read()
    rate = plain(answer.data)
    if not is_number(rate):
        answer.refuse(f"This is {answer.data.what}, and one number is expected.", "one number")
    if not rate > 0:
        answer.refuse("A learning rate is a positive number.")
    if 0.99 * LIMIT <= rate <= LIMIT * 1.0005:
        return
    if rate > LIMIT:
        epochs, (w, b) = 0, (1.0, 0.0)
        while line_loss(TENTH, T_C, w, b) < 1e6 and epochs < 20_000:
            (w, b), epochs = descend(TENTH, T_C, w, b, min(rate, 1.0), 1), epochs + 1
        answer.refuse(
            f"With this rate the run diverges: after {epochs} epochs the loss is above a million.",
            "a smaller rate",
        )
    if abs(rate * 2 / LIMIT - 1) < 0.01:
        answer.refuse(
            "This is half of it: here the steepest direction is solved in one step. "
            "Beyond it the steps jump over, and still get smaller."
        )
    if abs(rate / limit(T_U) - 1) < 0.01:
        answer.refuse("This is the largest rate for the raw readings. Here they are divided by 10.")
    raise NotYet(
        "This rate is stable, and so is one that is more than 1 % larger. Go on.",
        answer.call,
        want="a larger rate",
    )


# 9. Standardise


@rejects(
    (lambda x: x - x.mean(), "not divided"),
    (lambda x: x / x.std(correction=0), "mean is still there"),
    (lambda x: (x - x.mean()) / x.var(correction=0), "variance"),
    (lambda x: (x - x.mean()) / x.std(), "n - 1"),
    (lambda x: (x - x.min()) / (x.max() - x.min()), "range from 0 to 1"),
    (lambda x: x / x.max(), "largest number"),
    (lambda x: x.sub_(x.mean()).div_(x.std(correction=0)), "changed its own input"),
    (lambda x: (x.mean() - x) / x.std(correction=0), "sign"),
    (lambda x: ((x - x.mean()) / x.std(correction=0)).reshape(-1, 1), "size 1"),
)
@accepts(
    lambda x: (x - x.mean()) / x.var(correction=0).sqrt(),
    lambda x: torch.stack([(v - x.mean()) / ((x - x.mean()) ** 2).mean() ** 0.5 for v in x]),
)
def check_standardise(standardise):
    for count in (3, 6, 11):
        x = numbers(count, 2, 60)
        x[:2] = [x[2] + 20.25, x[2] + 3.5]
        middle = mean(x)
        centred = [v - middle for v in x]
        variance = mean(v * v for v in centred)
        std = math.sqrt(variance)
        low, high = min(x), max(x)
        shrink = math.sqrt((count - 1) / count)
        wrong = [
            (
                centred,
                "The mean is gone, and the numbers are not divided by the standard deviation yet.",
            ),
            ([v / std for v in x], "The mean is still there: subtract it before you divide."),
            (
                [v / variance for v in centred],
                "This is divided by the variance. The standard deviation is its root.",
            ),
            (
                [v / std * shrink for v in centred],
                "`x.std()` divides by n - 1. Here it is `x.std(correction=0)`, which divides by n.",
            ),
            (
                [(v - low) / (high - low) for v in x],
                (
                    "This puts the numbers into the range from 0 to 1. Mean 0 and standard "
                    "deviation 1 are expected."
                ),
            ),
            (
                [v / high for v in x],
                (
                    "This is divided by the largest number. Mean 0 and standard deviation 1 "
                    "are expected."
                ),
            ),
        ]
        expect(standardise(tensor(x)), [v / std for v in centred], wrong=wrong)


# 10. Count the epochs


def count(x, y, lr, goal, w=0.0, start=0, step=None):
    """The count of exercise 9, with the usual mistakes as options; for answers below."""
    x, y, b, epochs = x.tolist(), y.tolist(), 0.0, start
    while line_loss(x, y, w, b) > goal:
        w, b = step(x, y, w, b, lr) if step else descend(x, y, w, b, lr, 1)
        epochs += 1
    return epochs


def counting(size, epochs, lr):
    """A run that takes `epochs` epochs; from w = 1, and with late slopes, it takes others."""

    def draw():
        x, y = numbers(size, 0.5, 3), numbers(size, -4, 4)
        losses = [line_loss(x, y, *descend(x, y, 0.0, 0.0, lr, e)) for e in (epochs - 1, epochs)]
        goal = mean(losses)  # rounding cannot change the count
        start, other, place, late = (1.0, 0.0), 0, (0.0, 0.0), 0
        while line_loss(x, y, *start) > goal and other < 30:
            start, other = descend(x, y, *start, lr, 1), other + 1
        while line_loss(x, y, *place) > goal and late < 30:
            place, late = late_step(x, y, *place, lr), late + 1
        different = min(abs(other - epochs), abs(late - epochs), abs(other - late)) > 1
        if different and max(other, late) < 30 and losses[0] - losses[1] > 0.002 * losses[0]:
            return x, y, goal, other, late

    return drawn(draw)


@rejects(
    (lambda *a: count(*a, start=1), "one too many"),
    (lambda *a: count(*a, start=-1), "one too few"),
    (lambda *a: count(*a, w=1.0), "start"),
    (
        lambda x, y, lr, goal: line_loss(
            x.tolist(), y.tolist(), *descend(x.tolist(), y.tolist(), 0, 0, lr, 5)
        ),
        "loss",
    ),
    (lambda x, y, lr, goal: 100, "not right yet"),
    (lambda *a: count(*a, step=late_step), "after w has moved"),
    (lambda *a: count(*a) or 1, "one too many"),
    (lambda *a: count(*a) if count(*a) < 12 else 100, "not right yet"),
    (lambda x, y, lr, goal: None, "return"),
    (lambda *a: count(*a[:3], -1.0), "loop that never ends"),
)
@accepts(count, lambda *a: torch.tensor(count(*a)))
def check_count_epochs(count_epochs):
    lengths = dice.randint(5, 7), dice.randint(8, 11), dice.randint(12, 16), 0
    rates = dice.sample([0.046875, 0.0546875, 0.0625, 0.0703125], 4)
    for size, epochs, lr in zip((5, 8, 11, 4), lengths, rates):
        x, y, goal, other, late = counting(size, epochs or 5, lr)
        if not epochs:
            goal = line_loss(x, y, 0.0, 0.0) + 1  # good enough at the start
        answer = count_epochs(tensor(x), tensor(y), lr, goal)
        wrong = [
            (
                epochs + 1,
                "This is one too many. If the loss is low enough at the start, the count is 0.",
            ),
            (epochs - 1, "This is one too few. Count every step that was taken."),
            (other, "Where does it start? The first w and the first b are 0."),
            (late, "This count fits steps in which b's slope is measured after w has moved."),
        ]
        if (
            answer.data.kind == "number"
            and isinstance(answer.data.value, float)
            and answer.data.value % 1
        ):
            answer.refuse("A number of epochs is whole. Is this a loss?", str(epochs))
        expect(answer, epochs, wrong=wrong, dtype="", rtol=0, atol=0)
