"""The checks of `solutions/01_thermometer.md`."""

import torch

from helpers.checks.engine import (
    NotYet,
    accepts,
    are_numbers,
    choose,
    dice,
    drawn,
    expect,
    mean,
    near,
    numbers,
    plain,
    rejects,
    tensor,
)
from helpers.checks.engine.reference import line_loss
from helpers.data import thermometer

T_U, T_C = (series.tolist() for series in thermometer())


# 1. Change one number


@rejects(
    (0.1, "change of w itself"),
    (10.0, "the prediction before"),
    (16.0, "the prediction after"),
    (-6.0, "sign"),
    ([6.0], "one number is expected"),
    ("6", "one number is expected"),
)
@accepts(6, torch.tensor(6.0))
def check_change(change):
    near(
        change,
        6.0,
        0.01,
        wrong=[
            (0.1, 0.01, "This is the change of w itself. The model multiplies it by the reading."),
            (10.0, 0.01, "This is the prediction before. By how much does it change?"),
            (16.0, 0.01, "This is the prediction after. By how much has it changed?"),
        ],
    )


# 2. Five stations in another story


STATIONS = [("B", "data"), ("D", "model"), ("E", "loss"), ("A", "change"), ("C", "repeat")]


@rejects(
    (
        [("A", "change"), ("B", "data"), ("C", "repeat"), ("D", "model"), ("E", "loss")],
        "order is not",
    ),
    (
        [("D", "model"), ("B", "data"), ("E", "loss"), ("A", "change"), ("C", "repeat")],
        "Look at the data",
    ),
    (
        [("B", "data"), ("D", "loss"), ("E", "model"), ("A", "change"), ("C", "repeat")],
        "Sentence D",
    ),
    (
        [("B", "data"), ("D", "model"), ("A", "change"), ("E", "loss"), ("C", "repeat")],
        "how wrong it is",
    ),
    (["data", "model", "loss", "change", "repeat"], "five pairs"),
    ([("B", "data"), ("D", "model"), ("E", "loss"), ("A", "change")], "five pairs"),
    ("BDEAC", "five pairs"),
)
@accepts(STATIONS, tuple(map(list, STATIONS)))
def check_stations(stations):
    answer = stations.read()
    pairs = plain(answer.data)
    form = "five pairs of a letter and a name"
    if not isinstance(pairs, list | tuple) or len(pairs) != 5:
        answer.refuse(f"A list of {form} is expected.", form)
    for pair in pairs:
        if (
            not isinstance(pair, list | tuple)
            or len(pair) != 2
            or not all(isinstance(p, str) for p in pair)
        ):
            answer.refuse(f"A list of {form} is expected.", form)
    pairs = [(letter.strip().upper(), name.strip().lower()) for letter, name in pairs]
    names = [name for _, name in pairs]
    for letter, name in STATIONS:
        if (letter, name) not in pairs:
            if letter not in dict(pairs):
                answer.refuse(f"Sentence {letter} is missing.")
            answer.refuse(
                f"Sentence {letter} has another name. What does it make: numbers seen, a "
                "rule, one number, ...?"
            )
    if names[:2] == ["model", "data"]:
        answer.refuse(
            "The names are right. Look at the data first: then you know which model may fit."
        )
    if names.index("change") < names.index("loss"):
        answer.refuse(
            "The order is not right yet: nobody can improve a rule before knowing how wrong it is."
        )
    if pairs != STATIONS:
        answer.refuse("The names are right, the order is not yet.")


# 3. A model for all readings at once


MODEL = (  # what is wrong with the predictions below, after the first
    "`w` and `b` have changed places: w multiplies the reading, b is added.",
    "`b` was added before the multiplication, so it is multiplied by w too.",
    "`b` is missing: every prediction is off by exactly b.",
    "There is a minus where a plus belongs, in front of `b`.",
)


def predictions(x, w, b):
    """The right predictions of a line, then those of the usual mistakes."""
    return (
        [w * v + b for v in x],
        [b * v + w for v in x],
        [w * (v + b) for v in x],
        [w * v for v in x],
        [w * v - b for v in x],
    )


@rejects(
    (lambda x, w, b: b * x + w, "changed places"),
    (lambda x, w, b: w * (x + b), "multiplied by w too"),
    (lambda x, w, b: w * x, "`b` is missing"),
    (lambda x, w, b: x * w - b, "minus"),
    (lambda x, w, b: [w * v + b for v in x], "list"),
    (lambda x, w, b: (w * x + b).sum(), "put together into one"),
    (lambda x, w, b: (w * x + b).reshape(-1, 1), "size 1"),
    (lambda x, w, b: x.mul_(w).add_(b), "changed its own input"),
    (lambda x, w, b: torch.stack([w * v + b for v in x]), "(3, 5) is expected"),
    (lambda x, w, b: w.sum() * x + b.sum(), "one row for each line"),
    (lambda x, w, b: (w * x + b) if w.ndim == 0 else (w * x + b).T, "Rows and columns"),
    (lambda x, w, b: w.item() * x + b.item(), "stopped with"),
)
@accepts(
    lambda x, w, b: b + x * w,
    lambda x, w, b: torch.addcmul(b, w, x),
    lambda x, w, b: torch.stack([w * v + b for v in x], -1).reshape(*w.shape[:-1], -1),
)
def check_model(model):
    w, b = dice.sample([-2.5, 1.5, 3.0], 3), dice.sample([-6.5, 2.25, 5.0], 3)
    for count, *line in zip((4, 1, 11), w, b):  # each sign occurs, and nothing twice
        x = numbers(count, 1, 20)
        right, *wrong = predictions(x, *line)
        expect(model(tensor(x), *map(tensor, line)), right, wrong=list(zip(wrong, MODEL)))
    x = numbers(5, 1, 20)
    columns = [tensor([[number] for number in column]) for column in (w, b)]
    answer = model(tensor(x), *columns)
    right, *wrong = map(list, zip(*(predictions(x, *line) for line in zip(w, b))))
    if answer.data.kind == "tensor" and answer.data.shape == (5,):
        answer.refuse("The shape is (5,): one row for each line is expected, (3, 5).", "(3, 5)")
    expect(answer, right, wrong=list(zip(wrong, MODEL)))


# 4. Which shape comes back?


@rejects(
    ([(11,), (1,), (11, 3)], "Shape 2"),
    ([(11,), (), (33,)], "Shape 3"),
    ([(11,), (), (3, 11)], "Shape 3"),
    ([(11,), (), (11,)], "Shape 3"),
    ([(), (), (11, 3)], "Shape 1"),
    ([11, 0, 33], "three shapes"),
    ((11,), "three shapes"),
)
@accepts([(11,), (), (11, 3)], [[11], [], torch.Size([11, 3])])
def check_shapes(shapes):
    answer = shapes.read()
    given = plain(answer.data)
    if (
        not isinstance(given, list | tuple)
        or len(given) != 3
        or not all(isinstance(s, list | tuple) for s in given)
    ):
        answer.refuse("A list of three shapes is expected, each one a tuple.", "three tuples")
    sentences = (
        "w and b are one number each, and are used for every reading: the shape is that of x.",
        (
            "Three zero-dimensional tensors make a zero-dimensional tensor. Its shape"
            " is the empty tuple."
        ),
        (
            "Each of the 11 readings, one below the other, meets each of the 3 values"
            " of w, side by side."
        ),
    )
    for place, (shape, right, sentence) in enumerate(
        zip(given, [(11,), (), (11, 3)], sentences, strict=True), 1
    ):
        if tuple(shape) != right:
            answer.refuse(f"Shape {place} is not right yet. {sentence}")


# 5. The mean squared error


@rejects(
    (lambda pred, target: (pred - target).abs().mean(), "absolute"),
    (lambda pred, target: ((pred - target) ** 2).sum(), "sum"),
    (lambda pred, target: (pred - target) ** 2, "one number out of many"),
    (lambda pred, target: (pred - target).mean() ** 2, "code as it was given"),
    (lambda pred, target: ((pred - target) ** 2).mean().sqrt(), "root"),
    (lambda pred, target: (pred**2 - target**2).mean(), "difference first"),
    (lambda pred, target: None, "return"),
    (lambda pred, target: torch.tensor(2.0), "not right"),
    (lambda pred, target: ((pred - target) ** 2).sum() / (len(pred) - 1), "n - 1"),
    (lambda pred, target: ((pred - target) ** 2).mean() / 2, "0.5 times"),
)
@accepts(
    lambda pred, target: ((target - pred) * (target - pred)).mean(),
    lambda pred, target: sum((p - t) ** 2 for p, t in zip(pred, target, strict=True)) / len(pred),
    lambda pred, target: torch.dot(pred - target, pred - target) / pred.numel(),
)
def check_mse(mse):
    def draw():
        pred, target = numbers(count), numbers(count)
        # Clear errors, so that each mistake gives another number.
        target[0] = pred[0] + dice.choice([1.5, 2.0, 2.5, 3.0])
        target[1] = pred[1] - 0.25
        return pred, target, [p - t for p, t in zip(pred, target, strict=True)]

    for count in (3, 5, 7, 11):
        # The code as shipped squares the mean error: it must not give 0, as an empty answer may.
        pred, target, errors = drawn(draw, lambda found: abs(mean(found[2])) > 0.1)
        right = mean(m * m for m in errors)
        wrong = [
            (mean(map(abs, errors)), "These are the absolute errors. Square them instead."),
            (right**0.5, "There is a root too many: this is the root of the mean squared error."),
            (right * count / (count - 1), "This is divided by n - 1. A mean divides by n."),
            (
                mean(p * p - t * t for p, t in zip(pred, target, strict=True)),
                "Take the difference first, then square it.",
            ),
        ]
        answer, shipped = mse(tensor(pred), tensor(target)), mean(errors) ** 2
        expect(answer, right, wrong=wrong, count=count, given=shipped)


# 6. What does squaring do?


@rejects(
    (["A"], "flat"),
    (["C"], "four times"),
    (["A", "B", "C"], "both curves"),
    (["A", "C", "D"], "below"),
    (["A", "C", "E"], "0.01"),
    (["A", "X"], "not one of the letters"),
    (3, "list of letters"),
)
@accepts(["A", "C"], ("c", "a"), "AC", "A, C", {"A", "C"})
def check_squares(squares):
    choose(
        squares,
        ["A", "C"],
        {
            "A": (
                "Look at A again: twice the error costs four times as much when it is "
                "squared, and only twice as much when not."
            ),
            "B": "B is true of both curves. Which statements are true of the squared error only?",
            "C": (
                "Look at C again: at zero one curve is flat, so it has a slope there; the"
                " other has a corner."
            ),
            "D": "D is not true: between -1 and 1 the squared error is below the other.",
            "E": "E is not true: an error of 0.1 costs 0.01 when it is squared.",
        },
    )


# 7. The baseline


@rejects(
    (lambda target: target.mean(), "mean itself"),
    (lambda target: (target**2).mean(), "predicts 0"),
    (lambda target: target.var(), "n - 1"),
    (lambda target: target.std(correction=0), "root"),
    (lambda target: ((target - target.median()) ** 2).mean(), "median"),
    (lambda target: (target - target.mean()).abs().mean(), "absolute"),
    (lambda target: ((target - target.mean()) ** 2).sum(), "sum"),
    (lambda target: torch.tensor(77.14), "not right"),
)
@accepts(
    lambda target: target.var(correction=0),
    lambda target: (target**2).mean() - target.mean() ** 2,
    lambda target: sum((t - sum(target) / len(target)) ** 2 for t in target) / len(target),
)
def check_baseline(baseline):
    for count in (5, 8, 11):
        target = numbers(count, 1, 9)
        target[:3] = [9.5, 10.0, -4.0]  # far apart: mean, median and 0 give different losses
        middle = sorted(target)[(count - 1) // 2]
        errors = [t - mean(target) for t in target]
        right = mean(m * m for m in errors)
        wrong = [
            (
                mean(target),
                (
                    "This is the mean itself: the prediction. The baseline is the loss of "
                    "that prediction."
                ),
            ),
            (mean(t * t for t in target), "This is the loss of a model that always predicts 0."),
            (
                right * count / (count - 1),
                (
                    "This is divided by n - 1, as `torch.var` does unless told otherwise. A "
                    "mean divides by n."
                ),
            ),
            (right**0.5, "There is a root too many: a loss in squared degrees is expected."),
            (
                mean((t - middle) ** 2 for t in target),
                "This predicts the median. The baseline predicts the mean.",
            ),
            (mean(map(abs, errors)), "These are absolute errors. Use the mean squared error."),
        ]
        expect(baseline(tensor(target)), right, wrong=wrong, count=count)


# 8. Which models have learned something?


@rejects(
    (["A", "B", "C", "E"], "C is worse"),
    (["A", "B", "D", "E"], "the same loss"),
    (["A", "E"], "large on its own"),
    (["A", "B"], "another unit"),
    (["C", "E"], "C is worse"),
    (["B", "E"], "Look at A"),
    (["A", "B", "F"], "not one of the letters"),
    (3, "list of letters"),
)
@accepts(["A", "B", "E"], ("e", "b", "a"), "ABE", "A, B, E", {"A", "B", "E"})
def check_learned(learned):
    choose(
        learned,
        ["A", "B", "E"],
        {
            "A": "Look at A again: the lazy model always says 40 there, and has a loss of 360.",
            "B": (
                "Look at B again: 4000 is not large on its own. The lazy model says 200, is "
                "wrong by 100 twice, and has a loss of 10,000."
            ),
            "C": "C is worse than the lazy model, though 0.04 looks small: that one has 0.027.",
            "D": "D has just the same loss as the lazy model, 300. It has learned nothing.",
            "E": (
                "E is model A in another unit: its loss is ten thousand times smaller, and so is "
                "the loss of the lazy model."
            ),
        },
    )


# 9. Find a good line, the other way round


@rejects(
    ((1.0, 0.0), "1764"),
    ((0.5368, -17.30), "line of the chapter"),
    ((0.0, 51.8), "no better than the baseline"),
    ((32.0, 1.8), "changed places"),
    ((2.0, 30.0), "below the baseline"),
    ((1.8629, -32.2), "no better than the baseline"),
    ((0.5,), "w first"),
    (0.5, "w first"),
    ((float("nan"), 0.0), "w first"),
    ((1e200, 0.0), "no better than the baseline"),
)
@accepts((1.8, 32), [torch.tensor(1.9), torch.tensor(32.0)], torch.tensor([1.79, 33.0]))
def check_line(line):
    answer = line.read()
    pair = plain(answer.data)
    if not are_numbers(pair, 2) or not all(abs(v) < 1e300 for v in pair):
        answer.refuse("Two numbers are expected, w first and b second.", "(w, b)")
    w, b = map(float, pair)
    loss, base = line_loss(T_C, T_U, w, b), mean((u - mean(T_U)) ** 2 for u in T_U)
    if loss < 12:
        return
    if line_loss(T_C, T_U, b, w) < 12:
        answer.refuse("w and b have changed places.")
    if line_loss(T_U, T_C, w, b) < 5:
        answer.refuse(
            "This is the line of the chapter: it predicts the temperature from the reading. Here "
            "the temperature is the input, and the reading is the target."
        )
    found = f"The loss of this line is {loss:.4g}"
    if loss >= base * 0.999:
        answer.refuse(f"{found}: no better than the baseline, {base:.2f}.", "a loss below 12")
    raise NotYet(
        f"{found}: below the baseline, {base:.2f}, and not yet below 12. Go on.",
        answer.call,
        want="a loss below 12",
    )
