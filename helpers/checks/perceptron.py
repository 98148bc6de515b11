"""The checks of `solutions/09_perceptron.md`."""

import itertools
import math
import statistics
from functools import partial

import torch
from torch import nn, optim

from helpers.checks.engine import (
    NotAttempted,
    accepts,
    advised,
    apart,
    choose,
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
from helpers.checks.engine.reference import sigmoid

make_tensor = torch.tensor  # kept from import time

# What a message of PyTorch means on this page.
ask = partial(
    advised,
    {
        "must match the size": (
            "Write the shape behind each line. Indexed with `labels`, centres and spreads have one "
            "row for each point. And with `[:, None]` a row, (n,), becomes a column, (n, 1)."
        ),
        "could not infer output dtype": (
            "True and False have no mean. `.float()` makes 1 and 0 of them."
        ),
        "must be the same as input size": (
            "The logits and the labels need the same shape. The labels are a column, (n, 1): let "
            "the logits be one, too."
        ),
        "cannot be multiplied": "A linear layer got another number of features than it wants.",
        "a leaf Variable that requires grad": (
            "A parameter may be changed in place only inside `with torch.no_grad():`."
        ),
        "does not require grad": "There is no graph to go back through. Was something detached?",
    },
)


def softplus(z):
    return max(z, 0.0) + math.log1p(math.exp(-abs(z)))


def bce(z, label):
    """The binary cross-entropy of one point with the logit `z`."""
    return softplus(-z if label else z)


LINES = ["C", "B", "D", "A"]  # for 0.1, 0.4, 0.5, 0.9


@rejects(
    (["A", "B", "D", "C"], "have changed places"),
    (["A", "D", "B", "C"], "z is 0"),
    (["C", "D", "B", "A"], "z is 0"),
    (["B", "C", "D", "A"], "far from the boundary"),
    (["C", "A", "D", "B"], "far from the boundary"),
    (["A", "C", "D", "B"], "far from the boundary"),
    (["B", "A", "D", "C"], "far from the boundary"),
    (["D", "B", "C", "A"], "z is 0"),
    (["C", "B", "D"], "four letters"),
    (["C", "B", "D", "E"], "four letters"),
    ([1.6, 0.7, 0.5, -0.6], "four letters"),
    ("D", "four letters"),
)
@accepts(["C", "B", "D", "A"], "CBDA", ("c", "b", "d", "a"), "C, B, D, A")
def check_lines(lines):
    answer, letters = letters_once(lines, "four letters", "ABCD")
    if letters[2] != "D":
        answer.refuse(
            "The line at 0.5 is not right yet. There z is 0. At x1 = 0, z is 1 - 2 * x2: which "
            "height makes that 0?"
        )
    if letters[1] != "B":
        answer.refuse(
            "The line at 0.4 is not right yet. The logit of 0.4 is about -0.4, so this line is not "
            "far from the boundary."
        )
    if letters != LINES:
        answer.refuse(
            "0.1 and 0.9 have changed places. The weight of x2 is negative: above the boundary, z "
            "is negative, and class 1 is improbable."
        )


POINTS = [(2.0, 1), (-1.0, 0), (1.5, 0), (-3.0, 0), (1.0, 1)]


def mean_bce(factor):
    return mean(bce(factor * z, label) for z, label in POINTS)


def against(factor):
    return mean(bce(-factor * z, label) for z, label in POINTS)


BEFORE, AFTER = mean_bce(1), mean_bce(3)
SUM = "This is the sum of the five losses. Their mean is expected."
BASE = "This is with the logarithm to base 10. The loss has the natural one."
SCORE_SENTENCES = (
    [
        (0.2, "This is the share of the points that are judged wrong."),
        (4.0, "This is how many points are judged right. Which share of five is that?"),
        (80.0, "Write a share between 0 and 1, not in percent."),
        (1.0, "One point is judged wrong: its z is positive, and its label is 0."),
    ],
    [
        (None, "When every z is three times as large, does any of them change its sign?"),
    ],
    [
        (5 * BEFORE, SUM),
        (BEFORE / math.log(10), BASE),
        (-BEFORE, "The loss is positive: minus the logarithm of a probability."),
        (against(1), "The two formulas have changed places: label 1 goes with ln(1 + exp(-z))."),
        (bce(1.5, 0) / 5, "The points that are judged right have a loss as well."),
        (bce(1.5, 0), "This is the loss of point 3 alone. Take the mean of all five."),
        (AFTER, "This is the loss after, not before."),
    ],
    [
        (BEFORE, "The loss does not stay: it also asks how certain the model is."),
        (3 * BEFORE, "The loss is not three times as large. Put 3 z into the formula."),
        (BEFORE / 3, "The loss does not fall. The model is more certain, and of point 3 wrongly."),
        (5 * AFTER, SUM),
        (AFTER / math.log(10), BASE),
        (-AFTER, "The loss is positive: minus the logarithm of a probability."),
        (against(3), "The two formulas have changed places: label 1 goes with ln(1 + exp(-z))."),
        (bce(4.5, 0) / 5, "The points that are judged right have a loss as well."),
        (bce(4.5, 0), "This is the loss of point 3 alone. Take the mean of all five."),
    ],
)
SCORE_NAMES = "The accuracy before", "The accuracy after", "The loss before", "The loss after"


@rejects(
    ([0.2, 0.2, BEFORE, AFTER], "judged wrong"),
    ([4, 4, BEFORE, AFTER], "share of five"),
    ([80, 80, BEFORE, AFTER], "percent"),
    ([1.0, 1.0, BEFORE, AFTER], "its label is 0"),
    ([0.8, 1.0, BEFORE, AFTER], "change its sign"),
    ([0.8, 0.6, BEFORE, AFTER], "change its sign"),
    ([0.8, 0.8, 5 * BEFORE, 5 * AFTER], "sum of the five"),
    ([0.8, 0.8, 0.217, 0.4], "base 10"),
    ([0.8, 0.8, -0.5, -0.92], "positive"),
    ([0.8, 0.8, against(1), against(3)], "label 1 goes with"),
    ([0.8, 0.8, 0.34, 0.9], "judged right have"),
    ([0.8, 0.8, AFTER, BEFORE], "after, not before"),
    ([0.8, 0.8, 0.5, 0.5], "does not stay"),
    ([0.8, 0.8, 0.5, 1.5], "not three times"),
    ([0.8, 0.8, 0.5, 0.167], "does not fall"),
    ([0.8, 0.8, 0.5, 0.94], "The loss after is not right yet"),
    ([0.8, 0.8, 0.5], "list of four numbers"),
    ([0.8, 0.8, 0.5, "more"], "list of four numbers"),
    (0.8, "list of four numbers"),
)
@accepts(
    [0.8, 0.8, 0.5, 0.92],
    (4 / 5, 4 / 5, 0.50069, 0.92216),
    torch.tensor([0.8, 0.8, 0.5007, 0.9222]),
    [torch.tensor(0.8), torch.tensor(0.8), torch.tensor(0.5007), 0.9222],
)
def check_scores(scores):
    answer, values = numbers_of(scores, "four numbers", 4)
    right = (0.8, 0.8, BEFORE, AFTER)
    for value, want, known, name in zip(values, right, SCORE_SENTENCES, SCORE_NAMES, strict=True):
        if not abs(value - want) <= 0.00501:
            near = (s for v, s in known if v is None or abs(value - v) <= 0.00501 * max(1, abs(v)))
            more = next(near, "Compute it for each point, then take the mean.")
            answer.refuse(f"{name} is not right yet. {more}")


def scattered(labels, centres, spreads, noise, size=lambda s: s[:, None], at=None):
    """Exercise 3, with the usual mistakes as options; for answers below."""
    return (centres[labels] if at is None else at) + size(spreads[labels]) * noise


def by_loop(labels, centres, spreads, noise):
    rows = [centres[k] + spreads[k] * v for k, v in zip(labels.tolist(), noise, strict=True)]
    return torch.stack(rows)


def by_one_hot(labels, centres, spreads, noise):
    which = nn.functional.one_hot(labels, len(centres)).float()  # (n, classes)
    return which @ centres + (which @ spreads).unsqueeze(1) * noise


SCATTER_VARIANTS = (
    (lambda c, s, v: c + v, "The spread is missing: it is a factor of the noise."),
    (lambda c, s, v: c + v + s, "The spread is a factor of the noise. It is not added."),
    (lambda c, s, v: s * (c + v), "The spread is a factor of the noise, and not of the centre."),
    (lambda c, s, v: c + s * s * v, "The spread is squared. It is a factor of the noise as it is."),
    (lambda c, s, v: c + v / s, "The noise is divided by the spread. It is a factor."),
    (lambda c, s, v: c + math.sqrt(s) * v, "This is the root of the spread."),
    (lambda c, s, v: c - s * v, "The noise is subtracted. Add it to the centre."),
    (lambda c, s, v: s * v, "The centres are missing."),
    (lambda c, s, v: v, "This is the noise alone."),
    (lambda c, s, v: c, "These are the centres alone: the noise is missing."),
)


@rejects(
    (lambda *a: scattered(*a, size=lambda s: 1.0), "The spread is missing"),
    (lambda *a: scattered(*a, size=lambda s: s), "becomes a column"),
    (lambda k, c, s, v: c + s[:, None] * v, "Indexed with `labels`"),
    (lambda k, c, s, v: c[k] + v + s[k][:, None], "It is not added"),
    (lambda k, c, s, v: s[k][:, None] * (c[k] + v), "not of the centre"),
    (lambda *a: scattered(*a, size=lambda s: s[:, None] ** 2), "squared"),
    (lambda *a: scattered(*a, size=lambda s: 1 / s[:, None]), "divided"),
    (lambda *a: scattered(*a, size=lambda s: s[:, None] ** 0.5), "root"),
    (lambda *a: scattered(*a, size=lambda s: -s[:, None]), "subtracted"),
    (lambda *a: scattered(*a, at=0.0), "centres are missing"),
    (lambda *a: scattered(*a, size=lambda s: 0.0), "centres alone"),
    (lambda k, c, s, v: c[k] + s.mean() * v, "one spread for all"),
    (lambda k, c, s, v: c[k] + s[0] * v, "first class"),
    (lambda k, c, s, v: c[k] + s[: v.shape[1]] * v, "one spread for each feature"),
    (lambda k, c, s, v: by_loop(k.sort().values, c, s, v), "sorted"),
    (lambda k, c, s, v: by_loop(len(c) - 1 - k, c, s, v), "wrong class"),
    (lambda *a: (scattered(*a), a[0]), "a tuple of 2"),
    (lambda k, c, s, v: scattered(k, c, s, v).T, "changed places"),
    (lambda k, c, s, v: (v.mul_(s[k][:, None]), c[k] + v)[1], "changed its own input"),
    (lambda *a: None, "return"),
)
@accepts(
    scattered,
    by_loop,
    by_one_hot,
    lambda k, c, s, v: torch.addcmul(c[k], s[k].view(-1, 1), v),
    lambda k, c, s, v: (c.T[:, k] + s[k] * v.T).T,
)
def check_scatter(scatter):
    for count, features, classes in ((5, 2, 3), (7, 3, 3), (4, 4, 2)):

        def draw(count=count, features=features, classes=classes):
            labels = [*range(classes), *(dice.randrange(classes) for _ in range(count - classes))]
            dice.shuffle(labels)
            centres = [numbers(features, -9, 9) for _ in range(classes)]
            spreads = dice.sample([0.25, 0.5, 2.0, 3.0, 4.0, 5.0], classes)
            noise = [numbers(features, -2, 2) for _ in range(count)]
            right = points_at(lambda c, s, v: c + s * v, labels, centres, spreads, noise)
            wrong = scatter_mistakes(labels, centres, spreads, noise)
            return labels, centres, spreads, noise, right, wrong

        labels, centres, spreads, noise, right, wrong = drawn(
            draw, lambda one: apart(one[4], *[rows for rows, _ in one[5]])
        )
        answer = ask(scatter, make_tensor(labels), tensor(centres), tensor(spreads), tensor(noise))
        expect(answer, right, wrong=wrong)


def points_at(place, labels, centres, spreads, noise):
    """Rows of `place(centre, spread, noise)`, number by number."""
    return [
        [place(c, spreads[k], v) for c, v in zip(centres[k], row, strict=True)]
        for k, row in zip(labels, noise, strict=True)
    ]


def scatter_mistakes(labels, centres, spreads, noise):
    """Pairs of wrong points and the sentence for them."""
    right = lambda c, s, v: c + s * v  # noqa: E731
    wrong = [
        (points_at(place, labels, centres, spreads, noise), sentence)
        for place, sentence in SCATTER_VARIANTS
    ]
    same = lambda s: points_at(right, labels, centres, [s] * len(spreads), noise)  # noqa: E731
    turned = [len(centres) - 1 - k for k in labels]
    wrong += [
        (same(mean(spreads)), "There is one spread for all. Each class has its own."),
        (same(spreads[0]), "Every point has the spread of the first class. Each has its own."),
        (
            points_at(right, sorted(labels), centres, spreads, noise),
            "The points are sorted by class. Point number i belongs to `labels[i]`.",
        ),
        (points_at(right, turned, centres, spreads, noise), "The points got the wrong class."),
    ]
    if len(spreads) >= len(noise[0]):
        rows = [
            [c + s * v for c, s, v in zip(centres[k], spreads, row, strict=False)]
            for k, row in zip(labels, noise, strict=True)
        ]
        wrong.append((rows, "Here is one spread for each feature. The spreads belong to classes."))
    if len(labels) == len(noise[0]):
        rows = [
            [c + spreads[j] * v for c, j, v in zip(centres[k], labels, row, strict=True)]
            for k, row in zip(labels, noise, strict=True)
        ]
        sentence = "The spreads went along the features. With `[:, None]`, a row becomes a column."
        wrong.append((rows, sentence))
    return wrong


def judged(w, b, x, y, column=True, border=0.0, loss=None, right=None):
    """Exercise 4, with the usual mistakes as options; for answers below."""
    z = x @ w + b
    loss = loss or nn.BCEWithLogitsLoss()
    value = loss(z[:, None], y)
    z = z[:, None] if column else z
    return ((z > border) == (y == 1)).float().mean() if right is None else right(z, y), value


def twice(z, y):
    return nn.BCEWithLogitsLoss()(torch.sigmoid(z), y)


def in_plain_python(w, b, x, y):
    z = [sum(v * u for v, u in zip(w.tolist(), row, strict=True)) + b for row in x.tolist()]
    pairs = [(u, v[0]) for u, v in zip(z, y.tolist(), strict=True)]
    return mean((u > 0) == (v == 1) for u, v in pairs), mean(bce(u, v) for u, v in pairs)


@rejects(
    (lambda *a: judged(*a, column=False, border=0.5, loss=twice), "still gives"),
    (lambda *a: judged(*a, border=0.5, loss=twice), "a probability of 0.5"),
    (lambda *a: judged(*a, column=False, loss=twice), "every prediction with every label"),
    (lambda *a: judged(*a, column=False, border=0.5), "every prediction with every label"),
    (lambda *a: judged(*a, column=False), "every prediction with every label"),
    (lambda *a: judged(*a, border=0.5), "a probability of 0.5"),
    (lambda *a: judged(*a, loss=twice), "two sigmoids"),
    (
        lambda *a: judged(*a, right=lambda z, y: ((z.sigmoid() > 0) == (y == 1)).float().mean()),
        "always above 0",
    ),
    (
        lambda *a: judged(*a, right=lambda z, y: ((z < 0) == (y == 1)).float().mean()),
        "judged wrong",
    ),
    (lambda *a: judged(*a, right=lambda z, y: ((z > 0) == (y == 1)).sum()), "how many"),
    (lambda *a: judged(*a, loss=nn.BCEWithLogitsLoss(reduction="sum")), "sum of the losses"),
    (lambda *a: judged(*a, loss=nn.BCEWithLogitsLoss(reduction="none")), "Value 2"),
    (lambda *a: judged(*a, loss=nn.MSELoss()), "mean squared error"),
    (lambda *a: judged(*a, loss=lambda z, y: nn.MSELoss()(z.sigmoid(), y)), "squared error"),
    (lambda *a: judged(*a, loss=nn.BCELoss()), "between 0 and 1"),
    (lambda *a: judged(*a)[::-1], "changed places"),
    (lambda *a: judged(*a)[0], "2 values"),
    (lambda *a: None, "return"),
)
@accepts(
    judged,
    in_plain_python,
    lambda *a: judged(*a, loss=lambda z, y: nn.BCELoss()(z.sigmoid(), y)),
    lambda *a: list(judged(*a, loss=lambda z, y: nn.functional.softplus(z - 2 * z * y).mean())),
    lambda w, b, x, y: judged(w, b, x, y, right=lambda z, y: 1 - (y - (z > 0) * 1.0).abs().mean()),
)
def check_judge(judge):
    for count, features in dice.sample([(7, 2), (9, 3), (6, 1), (8, 2), (11, 4)], 3):

        def draw(count=count, features=features):
            w, b = numbers(features, -2, 2), dice.choice([-1.25, -0.5, 0.25, 0.75, 1.5])
            x = [numbers(features, -2, 2) for _ in range(count)]
            z = [sum(v * u for v, u in zip(w, row, strict=True)) + b for row in x]
            y = [float(dice.random() < 0.5) for _ in x]
            return w, b, x, z, y, accuracies(z, y), losses(z, y)

        def good(one):
            _, _, _, z, y, shares, means = one
            clear = all(min(abs(u), abs(u - 0.5)) > 0.05 and abs(u) < 9 for u in z)
            shares, means = [v for v, _ in shares], [v for v, _ in means]
            return clear and 0 < sum(y) < len(y) and apart(*shares) and apart(*means, shares[0])

        w, b, x, z, y, shares, means = drawn(draw, good)
        right = shares[0][0], means[0][0]
        pairs = [((s, m), first or second) for (s, first), (m, second) in mixed(shares, means)]
        wrong = [pair for pair in pairs if pair[0] != right]
        wrong.append((right[::-1], "The two have changed places: the accuracy comes first."))
        answer = ask(judge, tensor(w), b, tensor(x), tensor([[v] for v in y]))
        shipped = shares[1][0], means[1][0]
        expect(answer, right, wrong=wrong, given=shipped, count=count, dtype=("", "float"))


def mixed(shares, means):
    return list(itertools.product(shares, means))


def accuracies(z, y):
    """Accuracies with their sentences: the right one, that of the given code, other wrong ones."""
    share = lambda pairs: mean((u > 0) == (v == 1) for u, v in pairs)  # noqa: E731
    own, all_pairs = list(zip(z, y, strict=True)), list(itertools.product(z, y))
    square = (
        "The accuracy compares every prediction with every label: a row, (n,), met a column, "
        "(n, 1). Look at the shape of z."
    )
    half = (
        "The accuracy is counted at z = 0.5. But z is a logit, and a probability of 0.5 is "
        "where z is 0."
    )
    below = [(u - 0.5, v) for u, v in own]
    return [
        (share(own), None),
        (share((u - 0.5, v) for u, v in all_pairs), square + " And the limit is not right yet."),
        (share(all_pairs), square),
        (share(below), half),
        (
            mean(y),
            "The accuracy is that of a model that always says 1: a sigmoid is always above 0.",
        ),
        (1 - share(own), "This is the share of the points that are judged wrong."),
        (len(z) * share(own), "This is how many points are judged right. The share is expected."),
    ]


def losses(z, y):
    """Losses with their sentences: the right one, that of the given code, other wrong ones."""
    pairs = list(zip(z, y, strict=True))
    return [
        (mean(bce(u, v) for u, v in pairs), None),
        (
            mean(bce(sigmoid(u), v) for u, v in pairs),
            "In the loss there are two sigmoids: `nn.BCEWithLogitsLoss` has one of its own, and "
            "wants logits.",
        ),
        (sum(bce(u, v) for u, v in pairs), "This is the sum of the losses. The mean is expected."),
        (
            mean((u - v) ** 2 for u, v in pairs),
            "This is the mean squared error of the logits. Take the binary cross-entropy.",
        ),
        (
            mean((sigmoid(u) - v) ** 2 for u, v in pairs),
            "This is the mean squared error of the probabilities. Take the binary cross-entropy.",
        ),
        (mean(bce(-u, v) for u, v in pairs), "The loss has the classes 0 and 1 exchanged."),
    ]


def trained(
    x,
    y,
    lr,
    epochs,
    loss=None,
    zero=True,
    params=None,
    start=0.0,
    kind=optim.SGD,
    sign=1,
    data=None,
):
    """Exercise 5, with the usual mistakes as options; for answers below."""
    model = nn.Linear(x.shape[1], 1)
    if start is not None:
        for p in model.parameters():
            nn.init.constant_(p, start)
    optimizer = kind(params(model) if params else model.parameters(), lr=lr)
    loss = loss or nn.BCEWithLogitsLoss()
    for _ in range(epochs):
        for batch in data(x, y) if data else [(x, y)]:
            if zero:
                optimizer.zero_grad()
            (sign * loss(model(batch[0]), batch[1])).backward()
            optimizer.step()
    return model.weight[0], model.bias[0]


def by_slopes(x, y, lr, epochs):
    w, b = torch.zeros(x.shape[1]), torch.zeros(())
    for _ in range(epochs):
        error = torch.sigmoid(x @ w + b) - y[:, 0]  # (n,)
        w, b = w - lr * (error[:, None] * x).mean(dim=0), b - lr * error.mean()
    return w, b.item()


def by_autograd(x, y, lr, epochs):
    w, b = torch.zeros(x.shape[1], 1, requires_grad=True), torch.zeros((), requires_grad=True)
    for _ in range(epochs):
        loss = nn.functional.binary_cross_entropy(torch.sigmoid(x @ w + b), y)
        grads = torch.autograd.grad(loss, [w, b])
        with torch.no_grad():
            for p, g in zip((w, b), grads, strict=True):
                p -= lr * g
    return w[:, 0], b


def on_probabilities(z, y):
    return nn.MSELoss()(z.sigmoid(), y)


def one_by_one(x, y):
    return zip(x.split(1), y.split(1), strict=True)


def stopped_early(x, y, lr, epochs):
    return trained(x, y, lr, min(epochs, 1))


@rejects(
    (lambda *a: trained(*a, loss=nn.BCEWithLogitsLoss(reduction="sum")), "a sum"),
    (lambda *a: trained(*a, zero=False), "zero_grad"),
    (lambda *a: trained(*a, loss=twice), "two sigmoids"),
    (lambda *a: trained(*a, loss=nn.BCELoss()), "wants logits"),
    (lambda *a: trained(*a, loss=nn.MSELoss()), "mean squared error"),
    (lambda *a: trained(*a, loss=on_probabilities), "mean squared error"),
    (lambda *a: trained(*a, sign=-1), "uphill"),
    (lambda *a: trained(*a, params=lambda m: [m.weight]), "bias has not moved"),
    (lambda *a: trained(*a, params=lambda m: [m.bias]), "weights have not moved"),
    (lambda *a: trained(*a, start=None), "begin at 0"),
    (lambda *a: trained(*a, start=1.0), "begin at 0"),
    (lambda *a: trained(*a, kind=optim.Adam), "Adam"),
    (lambda x, y, lr, epochs: trained(x, y, lr, epochs - 1), "One step is missing"),
    (lambda x, y, lr, epochs: trained(x, y, lr, epochs + 1), "step too many"),
    (stopped_early, "one step only"),
    (lambda *a: trained(*a, data=one_by_one), "each sample"),
    (lambda *a: trained(*a)[::-1], "changed places"),
    (lambda *a: (trained(*a)[0][None], trained(*a)[1]), "size 1"),
    (lambda *a: trained(*a)[0], "2 values"),
    (lambda x, y, lr, epochs: trained(x, y, 0.1, epochs), "not right yet"),
    (lambda x, y, lr, epochs: trained(x, y[:, 0], lr, epochs), "let the logits be one"),
    (lambda x, y, lr, epochs: trained(x, 1 - y, lr, epochs), "uphill"),
    (lambda *a: nn.Linear(1, 1), "2 values"),
    (lambda *a: trained(*a) and None, "return"),
)
@accepts(
    trained,
    by_slopes,
    by_autograd,
    lambda *a: [p.detach() for p in trained(*a)],
    lambda x, y, lr, epochs: (trained(x, y, lr, epochs)[0], trained(x, y, lr, epochs)[1].item()),
)
def check_train(train):
    for count, features, epochs in ((4, 2, 0), (5, 2, 1), (3, 1, 4), (7, 3, 6)):

        def draw(count=count, features=features, epochs=epochs):
            x = [numbers(features, -2, 3) for _ in range(count)]
            y = [float(dice.random() < 0.5) for _ in range(count)]
            lr = dice.choice([0.25, 0.375, 0.75])
            return x, y, lr, descended(x, y, lr, epochs), wrong_ends(x, y, lr, epochs)

        def good(one, epochs=epochs):
            x, y, lr, (w, b), wrong = one
            ends = [(*w, b), *[(*v, c) for (v, c), _ in wrong]]
            varied = 0 < sum(y) < len(y) and len({tuple(row) for row in x}) > 1
            return varied and (not epochs or apart(*ends) and apart(*w, b, 0.0))

        x, y, lr, right, wrong = drawn(draw, good)
        swapped = (right[::-1], "The two have changed places: the weights come first.")
        answer = ask(train, tensor(x), tensor([[v] for v in y]), lr, epochs)
        before_all(answer, right, epochs)
        expect(answer, right, wrong=[*wrong, swapped], count=count, rtol=1e-3)


def before_all(answer, right, epochs):
    """Refuse a start that is not 0, and steps that are far too long, whatever the data."""
    found = plain(answer.data)
    if not isinstance(found, list | tuple) or len(found) != 2:
        return
    w, b = (v if isinstance(v, list) else [v] for v in found)
    numeric = all(isinstance(v, int | float) for v in w + b)
    if not numeric or (len(w), len(b)) != (len(right[0]), 1):
        return
    if not epochs and any(v != 0 for v in w + b):
        answer.refuse(
            "After 0 epochs, weights and bias should be 0: they begin at 0, and not at random "
            "numbers. Or is there one step too many?"
        )
    if any(abs(v) > 1e6 for v in w + b):
        answer.refuse(
            "These numbers are enormous. Does `nn.BCELoss` get logits? It wants probabilities, and "
            "`nn.BCEWithLogitsLoss` wants logits."
        )


def error_of(z, label):
    return sigmoid(z) - label


def descended(x, y, lr, epochs, error=error_of, fade=0.0, only=(1, 1), split=False):
    """Weights and bias after gradient descent from 0, in plain Python.

    error: the slope of a sample's loss in its logit; fade: the share of old slopes that stays.
    only:  factors of the steps of weights and bias; split: a step for each sample.
    """
    w, b, old = [0.0] * len(x[0]), 0.0, [0.0] * (len(x[0]) + 1)
    rows = list(zip(x, y, strict=True))
    for _ in range(epochs):
        for batch in [[row] for row in rows] if split else [rows]:
            d = [error(sum(v * u for v, u in zip(w, s, strict=True)) + b, t) for s, t in batch]
            new = [
                mean(e * s[j] for e, (s, _) in zip(d, batch, strict=True)) for j in range(len(w))
            ]
            old = [fade * o + n for o, n in zip(old, [*new, mean(d)], strict=True)]
            w = [v - lr * only[0] * s for v, s in zip(w, old, strict=False)]
            b -= lr * only[1] * old[-1]
    return w, b


def wrong_ends(x, y, lr, epochs):
    """Pairs of wrong weights and bias, and the sentence for them."""
    run = partial(descended, x, y, lr, epochs)
    first, first_b = descended(x, y, lr, 1)
    if not epochs:
        return []

    def double(z, label):
        p = sigmoid(z)
        return (sigmoid(p) - label) * p * (1 - p)

    def square(z, label):
        p = sigmoid(z)
        return 2 * (p - label) * p * (1 - p)

    uphill = "This walks uphill: step against the slope, and keep the labels as they are."
    mse = "These are the steps of the mean squared error. Take the binary cross-entropy."
    wrong = [
        (
            descended(x, y, lr * len(x), epochs),
            f"The steps are {len(x)} times too long: the loss is a sum, and the mean is expected.",
        ),
        (
            run(error=double),
            "There are two sigmoids: `nn.BCEWithLogitsLoss` has one of its own, and wants logits.",
        ),
        (run(error=lambda z, label: 2 * (z - label)), mse),
        (run(error=square), mse),
        (run(error=lambda z, label: label - sigmoid(z)), uphill),
        (run(only=(1, 0)), "The bias has not moved. An optimizer wants all the parameters."),
        (run(only=(0, 1)), "The weights have not moved. An optimizer wants all the parameters."),
        (descended(x, y, lr, epochs + 1), "One step too many."),
        (descended(x, y, lr, epochs - 1), "One step is missing."),
        (run(split=True), "There is a step for each sample. One step an epoch, with all of them."),
    ]
    if epochs == 1:
        adam = [math.copysign(lr, v) for v in (*first, first_b)]
        sentence = "This looks like Adam: every number has moved by `lr`. Take `optim.SGD`."
        wrong.append(((adam[:-1], adam[-1]), sentence))
    else:
        wrong += [
            (run(fade=1.0), "The slopes pile up from epoch to epoch: `zero_grad` is missing."),
            (run(error=lambda z, label: sigmoid(z) - 1 + label), uphill),
            ((first, first_b), "This is after one step only. Does `return` stand in the loop?"),
        ]
    return wrong


def phi(z):
    return (1 + math.erf(z / math.sqrt(2))) / 2


def limit(centres, spread, distance=lambda d: d.norm(), scale=lambda s: 2 * s, end=None):
    """Exercise 6, with the usual mistakes as options; for answers below."""
    z = distance(centres[0] - centres[1]) / scale(spread)
    return (end or torch.special.ndtr)(z)


@rejects(
    (lambda *a: limit(*a, scale=lambda s: s), "half of it"),
    (lambda *a: limit(*a, scale=lambda s: 2), "the spread is missing"),
    (lambda *a: limit(*a, scale=lambda s: 2 / s), "Divide by the spread"),
    (lambda *a: limit(*a, scale=lambda s: 2 * s**0.5), "standard deviation already"),
    (lambda *a: limit(*a, scale=lambda s: 2 * s**2), "standard deviation already"),
    (lambda *a: limit(*a, distance=lambda d: (d**2).sum()), "root"),
    (lambda *a: limit(*a, distance=lambda d: d.abs().sum()), "sum of the squared differences"),
    (lambda *a: limit(*a, distance=lambda d: (d**2).mean().sqrt()), "sum of the squared diff"),
    (lambda *a: limit(*a, scale=lambda s: 1), "divide by both"),
    (lambda *a: limit(*a, distance=lambda d: d[0].abs()), "one feature only"),
    (lambda *a: limit(*a, distance=lambda d: d[-1].abs()), "one feature only"),
    (lambda *a: limit(*a, end=lambda z: 1 - torch.special.ndtr(z)), "judged wrong"),
    (lambda *a: limit(*a, end=torch.sigmoid), "sigmoid"),
    (lambda *a: limit(*a, end=lambda z: z), "Φ is missing"),
    (lambda *a: limit(*a, end=lambda z: torch.erf(z)), "erf"),
    (lambda *a: 100 * limit(*a), "100 times"),
    (lambda *a: limit(*a, distance=lambda d: d), "shape"),
    (lambda *a: 0.5, "not right yet"),
    (lambda *a: None, "return"),
)
@accepts(
    limit,
    lambda c, s: statistics.NormalDist(0, s).cdf(math.dist(*c.tolist()) / 2),
    lambda c, s: phi(math.dist(*c.tolist()) / 2 / s),
    lambda c, s: torch.distributions.Normal(0.0, 2.0 * s).cdf(torch.dist(*c)),
    lambda c, s: 1 - torch.special.erfc((c[0] - c[1]).norm() / s / 8**0.5) / 2,
)
def check_best_accuracy(best_accuracy):
    for features in (2, 3, 1):

        def draw(features=features):
            centres, spread = [numbers(features), numbers(features)], dice.choice([0.5, 1.5, 2.5])
            gaps = [abs(p - q) for p, q in zip(*centres, strict=True)]
            return centres, spread, phi(math.dist(*centres) / 2 / spread), limits(gaps, spread)

        def good(one):
            values = [one[2], *[value for value, _ in one[3]]]
            return 0.6 < values[0] < 0.97 and apart(*values, by=0.001)

        centres, spread, right, wrong = drawn(draw, good)
        expect(ask(best_accuracy, tensor(centres), spread), right, wrong=wrong)


def limits(gaps, spread):
    """Pairs of a wrong value and its sentence; gaps: how far the centres are apart, by feature."""
    d = math.sqrt(sum(gap * gap for gap in gaps))
    z = d / 2 / spread
    deviation = "The spread is a standard deviation already: neither a root nor a square of it."
    found = [
        (phi(2 * z), "The boundary is halfway: the noise has to cover half of it, not all."),
        (phi(d), "The boundary is halfway, and Φ counts in standard deviations: divide by both."),
        (phi(d / 2), "Φ counts in standard deviations, and the spread is missing."),
        (phi(d * spread / 2), "Divide by the spread: the larger it is, the more points go astray."),
        (phi(d / 2 / math.sqrt(spread)), deviation),
        (phi(d / 2 / spread**2), deviation),
        (1 - phi(z), "This is the share of the points that are judged wrong."),
        (sigmoid(z), "This is the sigmoid. The share of normal noise below a number is Φ."),
        (z, "Φ is missing: this is how many standard deviations the boundary is away."),
        (math.erf(z), "This is erf, which is not Φ. `torch.special.ndtr` is."),
    ]
    if len(gaps) > 1:
        sum_of_squares = (
            "The distance is the root of the sum of the squared differences of all features."
        )
        found += [
            (phi(d * d / 2 / spread), "The root is missing: this is the distance squared."),
            (phi(sum(gaps) / 2 / spread), sum_of_squares),
            (phi(z / math.sqrt(len(gaps))), sum_of_squares),
            (phi(gaps[0] / 2 / spread), "This is with one feature only. " + sum_of_squares),
            (phi(gaps[-1] / 2 / spread), "This is with one feature only. " + sum_of_squares),
        ]
    return found


def halted(losses, window, share, first=None, higher=None, count=1, never=len, last=False):
    """Exercise 7, with the usual mistakes as options; for answers below."""
    higher = higher or (lambda new, old: new > (1 - share) * old)
    found = [
        i + count
        for i in range(window if first is None else first, len(losses))
        if higher(losses[i], losses[i - window])
    ]
    return found[-1 if last else 0] if found else never(losses)


def absolute(losses, window, share):
    return halted(losses, window, share, higher=lambda new, old: old - new < share)


def with_tensors(losses, window, share):
    losses = torch.tensor(losses)
    hits = (losses[window:] > (1 - share) * losses[:-window]).nonzero()
    return hits[0, 0] + window + 1 if len(hits) else len(losses)


def by_zip(losses, window, share):
    pairs = zip(losses, losses[window:], strict=False)
    return next((n for n, (a, b) in enumerate(pairs, window + 1) if b > a - share * a), len(losses))


@rejects(
    (lambda *a: halted(*a, count=0), "counted from 0"),
    (lambda *a: halted(*a, count=2), "one too many"),
    (lambda v, w, s: halted(v, w, s, count=1 - w), "first pair"),
    (lambda v, w, s: halted(v, 1, s), "the epoch before"),
    (lambda v, w, s: halted(v, w, s, higher=lambda new, old: new > s * old), "first epoch that"),
    (lambda v, w, s: halted(v, w, s, higher=lambda n, o: n < (1 - s) * o), "first epoch that"),
    (lambda v, w, s: halted(v, w, s, higher=lambda n, o: n > (1 + s) * o), "goes on to the end"),
    (lambda *a: halted(*a, first=0), "negative index"),
    (lambda *a: halted(*a, last=True), "last such epoch"),
    (absolute, "a share of the old loss"),
    (lambda *a: halted(*a, never=lambda v: None), "no such epoch"),
    (lambda *a: halted(*a, never=lambda v: len(v) - 1), "no such epoch"),
    (lambda *a: halted(*a, never=lambda v: 0), "no such epoch"),
    (lambda *a: len(a[0]), "goes on to the end"),
    (lambda v, w, s: v[halted(v, w, s) - 1], "a loss"),
    (lambda *a: [halted(*a)], "a number is expected"),
    (lambda *a: halted(*a) and None, "return"),
)
@accepts(
    halted,
    with_tensors,
    by_zip,
    lambda *a: float(halted(*a)),
    lambda *a: halted(*a, higher=lambda n, o: 1 - n / o < a[2]),
)
def check_stop_epoch(stop_epoch):
    seen = []
    for window in dice.sample([2, 3, 4], 2):

        def draw(window=window):
            share, value, values = dice.choice([0.05, 0.1, 0.15, 0.2]), 1.0, []
            fall, slower = dice.uniform(0.1, 0.4), dice.uniform(1.05, 1.2)
            for _ in range(dice.randint(14, 20)):  # slower and slower ...
                values.append(round(value, 3))
                value *= 1 - fall * dice.uniform(0.2, 1.6)
                fall /= slower
            values += [round(value * 0.6**n, 3) for n in range(1, window + 2)]  # ... fast again
            return values, share, ended(values, window, share), stops(values, window, share)

        def good(one, window=window):
            values, share, right, wrong = one
            pairs = [*zip(values, values[window:]), *zip(values, values[1:])]  # noqa: B905
            clear = all(
                abs(new - (1 - share) * old) > 1e-3 and abs(old - new - share) > 1e-3
                for old, new in pairs
            )
            distinct = len({right, *(value for value, _ in wrong)}) == len(wrong) + 1
            fits = values[window] > 1.05 * share  # for a wrong comparison with `share` alone
            return clear and distinct and fits and right not in seen

        values, share, right, wrong = drawn(draw, good)
        wrong.append((values[right - 1], "This is a loss. The number of its epoch is expected."))
        expect(ask(stop_epoch, values, window, share), right, wrong=wrong, dtype="")
        seen.append(right)
    endless(stop_epoch)


def endless(stop_epoch):
    """Losses that fall fast to the end."""
    values = [round(dice.uniform(0.9, 1.1) * 0.6**n, 4) for n in range(dice.randint(5, 9))]
    answer = ask(stop_epoch, values, 2, 0.1)
    found = plain(answer.data)
    if found != len(values) and (found is None or answer.data.kind in ("number", "tensor")):
        answer.refuse(
            f"Here there is no such epoch, so the training ends after the last one: {len(values)}.",
            str(len(values)),
        )
    expect(answer, len(values), dtype="")


def ended(values, window, share):
    """The number of the first epoch that is good enough to end the training, or of the last."""
    for i in range(window, len(values)):
        if values[i] > (1 - share) * values[i - window]:
            return i + 1
    return len(values)


def stops(values, window, share):
    """Pairs of a wrong number and its sentence."""
    right = ended(values, window, share)
    late, small = [], []
    for i in range(window, len(values)):
        if values[i] > (1 - share) * values[i - window]:
            late.append(i + 1)
        if values[i - window] - values[i] < share:
            small.append(i + 1)
    return [
        (right - 1, "This is counted from 0. The first loss belongs to epoch 1."),
        (right + 1, "This is one too many. The first loss belongs to epoch 1."),
        (
            right - window,
            "This is counted from the first pair of losses. Count the epochs from the beginning.",
        ),
        (
            ended(values, 1, share),
            "This compares with the epoch before. Compare with the loss `window` epochs before.",
        ),
        (
            window + 1,
            "It ends at the first epoch that can be compared. Look at the comparison: the loss is "
            "*higher* than `1 - share` times the old one.",
        ),
        (1, "It ends at once. `val_losses[i - window]` with a negative index counts from the end."),
        (
            late[-1] if late else 0,
            "This is the last such epoch. The training ends after the first one.",
        ),
        (
            small[0] if small else 0,
            "The difference is compared with `share`. But `share` means a share of the old loss.",
        ),
        (
            len(values),
            "It goes on to the end. Is the comparison with `1 - share` times the old loss?",
        ),
    ]


def disc_by(anew="object", column=True, more=0, side=2.0, seeded=True, label=None, both=tuple):
    """The class of exercise 8, with the usual mistakes as options; for answers below.

    anew: what gets the first points again: an object, an epoch or a batch. "never" draws once in
          an epoch, and "given", too, from the start again.
    """
    label = label or (lambda x: x.norm(dim=1) < 0.7)

    class Disc:
        def __init__(self, batches, size, seed):
            self.batches, self.size, self.seed = batches, size, seed
            self.generator = self.begin() if seeded else None

        def begin(self):
            return torch.Generator().manual_seed(self.seed)

        def points(self):
            x = side * torch.rand(self.size, 2, generator=self.generator) - side / 2
            y = label(x).float()
            return both((x, y[:, None] if column else y))

        def __iter__(self):
            if anew in ("epoch", "given"):
                self.generator = self.begin()
            pair = self.points()
            for _ in range(self.batches + more):
                yield pair
                if anew == "batch":
                    self.generator = self.begin()
                pair = pair if anew in ("never", "given") else self.points()

    return Disc


class AllAtOnce:
    def __init__(self, batches, size, seed):
        self.shape, self.generator = (batches, size, 2), torch.Generator()
        self.generator.manual_seed(seed)

    def __iter__(self):
        x = torch.empty(self.shape).uniform_(-1, 1, generator=self.generator)
        return iter([(u, (u.square().sum(dim=1, keepdim=True) < 0.49).float()) for u in x])


@rejects(
    (disc_by(anew="given", column=False), "as it was given"),
    (disc_by(column=False), "a column"),
    (disc_by(anew="never"), "the same points in two batches"),
    (disc_by(anew="batch"), "the same points in two batches"),
    (disc_by(anew="epoch"), "the points of the first epoch"),
    (disc_by(seeded=False), "the same seed"),
    (disc_by(anew="never", column=False), "a column"),
    (disc_by(more=1), "one too many"),
    (disc_by(more=-1), "one is missing"),
    (disc_by(side=1.0), "from −1 to 1"),
    (disc_by(side=4.0), "from −1 to 1"),
    (disc_by(label=lambda x: x.norm(dim=1) > 0.7), "changed places"),
    (disc_by(label=lambda x: x.norm(dim=1) < 0.49), "distance"),
    (disc_by(label=lambda x: x.square().sum(dim=1) < 0.7), "distance"),
    (disc_by(label=lambda x: x.abs().sum(dim=1) < 0.7), "distance"),
    (disc_by(both=lambda pair: pair[0]), "a pair"),
    (lambda *args: None, "return"),
)
@accepts(disc_by(), AllAtOnce, lambda *a: disc_by()(*a), disc_by(both=list))
def check_Disc(work):
    for batches, size in ((3, 40), (1, 7), (4, 1)):
        seed = dice.randrange(10**6)
        made = [work.make(batches, size, number) for number in (seed, seed, seed + 1)]
        first, same, other = (drawn_points(disc, batches, size) for disc in made)
        again, _ = drawn_points(made[0], batches, size)
        points, answer = first
        if any(u == v for u, v in itertools.combinations(points, 2)):
            answer.refuse("There are the same points in two batches. Draw new ones for each batch.")
        if any(u in points for u in again):
            answer.refuse(
                "In the second epoch, the points of the first epoch come again. The generator goes "
                "on where it has stopped, if it is made only once, in `__init__`."
            )
        if points != same[0] or points == other[0]:
            answer.refuse(
                "Two objects made with the same seed should yield the same points, and with "
                "another seed others. Give `torch.rand` the generator."
            )


def drawn_points(disc, batches, size):
    """The points of an epoch, one list for each batch, and the Answer; refuses wrong ones."""
    answer = disc.items(batches + 2)
    pairs = [two_tensors(pair, size, answer) for pair in answer.data.items]
    if len(pairs) != batches:
        often = {batches - 1: "one is missing", batches + 1: "there is one too many"}
        problem = often.get(len(pairs), "their number is another one")
        answer.refuse(f"In an epoch there should be {batches} batches, and {problem}.")
    points = [x.value for x, _ in pairs]
    if any(y.shape != (size, 1) for _, y in pairs):
        if all(x == points[0] for x in [*points, disc.items(1).data.items[0].items[0].value]):
            raise NotAttempted("All batches are still the same, and y is a row, as it was given.")
        answer.refuse("y is a row, and a column is expected: `[:, None]` makes one.")
    largest = max(map(abs, flat(points)))
    if largest > 1 or batches * size > 99 and largest < 0.8:
        answer.refuse(f"x should run from −1 to 1. The largest number in size is {largest:.4g}.")
    labels = [(math.hypot(*u), v[0]) for x, y in pairs for u, v in zip(x.value, y.value)]  # noqa: B905
    wrong = [v != (r < 0.7) for r, v in labels if abs(r - 0.7) > 1e-5]
    if wrong and all(wrong):
        answer.refuse("0 and 1 have changed places: a point that is near (0, 0) is of class 1.")
    if any(wrong):
        answer.refuse("A label is wrong. It is 1 where the distance from (0, 0) is below 0.7.")
    return points, answer


def two_tensors(pair, size, answer):
    """x and y of a batch as Data, both with ordinary numbers and a shape that may be right."""
    both = pair.items or []
    if [item.kind for item in both] != ["tensor", "tensor"]:
        answer.refuse(f"A batch should be a pair of tensors, x and y, and this is {pair.what}.")
    for item in both:
        ordinary = item.dtype.startswith("float") and item.value is not None
        if not ordinary or not all(map(math.isfinite, flat(item.value))):
            answer.refuse("x and y should hold ordinary numbers, of a floating-point type.")
    if both[0].shape != (size, 2) or both[1].shape not in ((size, 1), (size,)):
        shapes = f"x has the shape {both[0].shape}, and y {both[1].shape}"
        answer.refuse(f"For size={size}, {shapes}. (size, 2) and (size, 1) are expected.")
    return both


FRESH = " Its number is measured on points that are drawn anew, so it jumps, and one day it fits."


@rejects(
    (["A", "C", "E"], "F was left out"),
    (["A", "E", "F"], "C was left out"),
    (["A", "C", "F"], "E was left out"),
    (["C", "E", "F"], "A was left out"),
    (["A", "B", "C", "E", "F"], "after epoch 11"),
    (["A", "C", "D", "E", "F"], "after epoch 100"),
    (["A", "C", "E", "F", "G"], "after epoch 1"),
    (["H"], "not one of the letters"),
    (4, "list of letters"),
)
@accepts(["A", "C", "E", "F"], "ACEF", ("f", "e", "c", "a"))
def check_lucky(lucky):
    choose(
        lucky,
        ["A", "C", "E", "F"],
        {
            "A": "A was left out. It is the rule of the chapter." + FRESH,
            "B": "B does not work by luck. The held-out points are the same, and so is the model: "
            "their loss never changes, and B always ends after epoch 11.",
            "C": "C was left out. Some batches are easy by chance." + FRESH,
            "D": "D does not work by luck. It always ends after epoch 100, whatever happens.",
            "E": "E was left out. A mean over five batches jumps less than one batch, but it "
            "jumps, and about every second time upwards.",
            "F": "F was left out. The points are held out, and they are not the same each time."
            + FRESH,
            "G": "G does not work by luck. No parameter moves, so it always ends after epoch 1.",
        },
    )
