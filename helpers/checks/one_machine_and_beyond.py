"""The checks of `solutions/13_one_machine_and_beyond.md`."""

import re
from functools import partial

import torch

from helpers.checks.engine import (
    accepts,
    apart,
    are_numbers,
    dice,
    drawn,
    expect,
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
from helpers.checks.engine.processes import SECONDS, run_processes

# 1. What do they print?


PRINTED = [3, 6, 4, 9, 10]
SUM = "An all-reduce leaves the sum in every process"
PRINTED_SENTENCES = (
    {
        2: "The world size is the number of processes. The ranks count from 0, so the last is 2.",
        1: "The world size is the number of processes, not of machines.",
        None: "The world size is what `--nproc-per-node` says, here where there is one machine.",
    },
    {
        1: f"{SUM}: what was there before is gone.",
        2: f"{SUM}. Nobody divides it by the world size.",
        3: "`a` is the rank and 1: so 1, 2 and 3. Add up all of them.",
        None: f"{SUM}. What is `a` in the three processes before it?",
    },
    {
        2: "This is the mean of the three `a`. The rank is added to it.",
        8: "`a` was divided by the world size before the rank was added.",
        5: "Rank 2 is the third process: its rank is 2, not 3.",
        3: "This is `b` in the process with rank 1.",
        None: "After the first all-reduce `a` is the same everywhere: divide it, add the rank.",
    },
    {
        3: f"This is `b` in that process. `c` went through an all-reduce: {SUM.lower()}.",
        6: "This is the sum of the three `a`. Now the three `b` are added up.",
        12: "The three `b` differ, because their ranks do. Add up these three.",
        None: f"{SUM}. What are the three `b`?",
    },
    {
        6: "Two machines with two processes each: how many processes are that?",
        3: "The processes of both machines belong to one group. Add up all of them.",
        7: "The ranks go on over the machines: 0, 1, 2 and 3.",
        4: "This is the world size. `a` is a sum over all the processes.",
        None: "How many processes are there now, and which ranks have they?",
    },
)


@rejects(
    ([2, 6, 4, 9, 10], "The ranks count from 0"),
    ([1, 6, 4, 9, 10], "not of machines"),
    ([3, 1, 4, 9, 10], "before is gone"),
    ([3, 2, 4, 9, 10], "Nobody divides"),
    ([3, 3, 4, 9, 10], "so 1, 2 and 3"),
    ([3, 6, 2, 9, 10], "The rank is added"),
    ([3, 6, 8, 9, 10], "was divided by the world size"),
    ([3, 6, 5, 9, 10], "not 3"),
    ([3, 6, 4, 3, 10], "went through an all-reduce"),
    ([3, 6, 4, 6, 10], "three `b` are added up"),
    ([3, 6, 4, 9, 6], "how many processes are that"),
    ([3, 6, 4, 9, 3], "belong to one group"),
    ([3, 6, 4, 9, 7], "go on over the machines"),
    ([3, 6, 4, 9, 4], "This is the world size"),
    ([3, 6, 4, 9, 11], "which ranks have they"),
    (6, "list of 5 numbers"),
    (["3", "6", "4", "9", "10"], "a number of its own"),
)
@accepts([3, 6, 4, 9, 10], (3, 6.0, 4.0, 9.0, 10.0), torch.tensor([3, 6, 4, 9, 10]))
def check_printed(printed):
    answer, values = numbers_of(printed, "5 numbers", 5)
    refuse_first(answer, values, PRINTED, PRINTED_SENTENCES)


# 2. From the parts to the whole


def weighted(gradients, weights):
    """The sum of these gradients, lists of numbers, each times its weight."""
    return [sum(w * g for w, g in zip(weights, row)) for row in zip(*gradients, strict=True)]


def parts(processes, parameters, idle):
    """Gradients and counts, the right answer, and wrong ones with their sentences.

    idle: whether process 1 has no samples.
    """
    gradients = [numbers(parameters) for _ in range(processes)]
    counts = dice.sample(range(1, 9), processes)
    if idle:
        gradients[1], counts[1] = [0.0] * parameters, 0
    total, busy = sum(counts), sum(n > 0 for n in counts)
    inverse = [1 / n / processes if n else 0.0 for n in counts]
    plain_mean = "This is the plain mean of the gradients. The counts are different, so the "
    plain_mean += "gradient of a larger part has more weight."
    plain_mean += " A process without samples has none at all." * idle
    weights = [
        ([1 / processes] * processes, plain_mean),
        ([1 / busy] * processes, plain_mean),
        (
            [1] * processes,
            "This is the sum of the gradients. The gradient of a mean is expected.",
        ),
        (counts, "This is the sum over all samples. Divide it by the number of samples."),
        (
            [n / processes for n in counts],
            "The weighted sum is right. But it was divided by the number of processes, and the "
            "number of samples is expected.",
        ),
        (
            [1 / total] * processes,
            "Each gradient is a mean already. Multiply it by its count first: that is the sum "
            "over its samples.",
        ),
        (
            inverse,
            "Here a part counts less, the more samples it has. It is the other way round: "
            "multiply each gradient by its count.",
        ),
    ]
    wrong = [(weighted(gradients, row), sentence) for row, sentence in weights]
    wrong.append((gradients[0], "This is the gradient of process 0 alone."))
    return gradients, counts, weighted(gradients, [n / total for n in counts]), wrong


def tells_parts_apart(found):
    *_, right, wrong = found
    unlike = {str(value): value for value, _ in wrong}  # two of them may be the same
    return apart(right, *unlike.values())


@rejects(
    (lambda gs, ns: sum(gs) / len(gs), "plain mean"),
    (lambda gs, ns: torch.stack(gs).mean(dim=0), "plain mean"),
    (lambda gs, ns: sum(gs), "the sum of the gradients"),
    (lambda gs, ns: sum(n * g for g, n in zip(gs, ns)), "Divide it by the number of samples"),
    (lambda gs, ns: sum(n * g for g, n in zip(gs, ns)) / len(gs), "number of processes"),
    (lambda gs, ns: sum(gs) / sum(ns), "Each gradient is a mean already"),
    (lambda gs, ns: sum(g / n for g, n in zip(gs, ns) if n) / len(gs), "multiply"),
    (lambda gs, ns: gs[0], "of process 0 alone"),
    (lambda gs, ns: torch.stack([n * g for g, n in zip(gs, ns)]).sum() / sum(ns), "shape"),
    (lambda gs, ns: sum(gs) / sum(n > 0 for n in ns), "plain mean"),
    (lambda gs, ns: (sum(n * g for g, n in zip(gs, ns)) / sum(ns)).tolist(), "a tensor"),
    (lambda gs, ns: None, "return"),
    (lambda gs, ns: gs[0].add_(1), "changed its own input"),
)
@accepts(
    lambda gs, ns: sum(n * g for g, n in zip(gs, ns)) / sum(ns),
    lambda gs, ns: torch.tensor(ns).float() @ torch.stack(gs) / sum(ns),
    lambda gs, ns: torch.stack([g * (n / sum(ns)) for g, n in zip(gs, ns)]).sum(dim=0),
)
def check_joint_gradient(joint_gradient):
    for processes, parameters, idle in ((2, 3, False), (4, 2, True), (3, 5, False)):
        draw = partial(parts, processes, parameters, idle)
        gradients, counts, right, wrong = drawn(draw, tells_parts_apart)
        answer = joint_gradient([tensor(g) for g in gradients], counts)
        expect(answer, right, wrong=wrong)


# 3. A step that should match


def slopes_of(w, x, y):
    """The gradient of the mean squared error of x @ w, in plain Python: [slope, slope]."""
    errors = [w[0] * a + w[1] * b - v for (a, b), v in zip(x, y, strict=True)]
    return [mean(2 * d * row[i] for d, row in zip(errors, x, strict=True)) for i in (0, 1)]


def stepped(w, slopes, lr):
    return [p - lr * s for p, s in zip(w, slopes, strict=True)]


def in_turns(w, shares, lr, keep=lambda w, lr, g: w - lr * g):
    """The code as it is given, in torch; with a mistake repaired, or another one made."""
    for x, y in shares:
        w = keep(w, lr, 2 * ((x @ w - y)[:, None] * x).mean(dim=0))
    return w


def all_slopes(w, shares):
    return [2 * ((x @ w - y)[:, None] * x).mean(dim=0) for x, y in shares]


def a_step(processes, samples):
    """What goes in, the right answer, that of the given code, and wrong ones with sentences."""
    w, lr = numbers(2, -2, 2), dice.choice([0.0625, 0.125, 0.25])
    shares = [
        ([numbers(2, -2, 2) for _ in range(samples)], numbers(samples)) for _ in range(processes)
    ]
    slopes = [slopes_of(w, x, y) for x, y in shares]
    total = [sum(column) for column in zip(*slopes, strict=True)]
    middle = [t / processes for t in total]
    given, small = w, w
    for x, y in shares:
        given = stepped(given, slopes_of(given, x, y), lr)
        small = stepped(small, slopes_of(small, x, y), lr / processes)
    wrong = [
        (
            small,
            "The steps are short enough now. But they are still taken in turns: each process "
            "should compute its gradient from the same w.",
        ),
        (
            stepped(w, total, lr),
            "All gradients are from the same w now. This is a step with the sum of the gradients, "
            "and that of the joint batch is their mean.",
        ),
        (stepped(w, middle, -lr), "This steps uphill: the loss grows."),
        (stepped(w, slopes[0], lr), "This is a step with the gradient of process 0 alone."),
        (stepped(w, slopes[-1], lr), "This is a step with the gradient of the last process alone."),
        (
            stepped(w, middle, lr / processes),
            "The step is too short: it was divided by the number of processes once too often.",
        ),
        (middle, "This is the gradient of the joint batch. Now take a step with it."),
    ]
    return w, lr, shares, stepped(w, middle, lr), given, wrong


def tells_steps_apart(found):
    w, _, _, right, given, wrong = found
    return apart(w, right, given, *(value for value, _ in wrong))


@rejects(
    (in_turns, "code as it was given"),
    (lambda w, s, lr: in_turns(w, s, lr / len(s)), "from the same w"),
    (lambda w, s, lr: w - lr * sum(all_slopes(w, s)), "sum of the gradients"),
    (lambda w, s, lr: w + lr * sum(all_slopes(w, s)) / len(s), "uphill"),
    (lambda w, s, lr: w - lr * all_slopes(w, s)[0], "process 0 alone"),
    (lambda w, s, lr: w - lr * all_slopes(w, s)[-1], "last process alone"),
    (lambda w, s, lr: w - lr * sum(all_slopes(w, s)) / len(s) ** 2, "once too often"),
    (lambda w, s, lr: sum(all_slopes(w, s)) / len(s), "the gradient"),
    (lambda w, s, lr: w.sub_(lr * sum(all_slopes(w, s)) / len(s)), "changed its own input"),
    (lambda w, s, lr: None, "return"),
)
@accepts(
    lambda w, s, lr: w - lr * sum(all_slopes(w, s)) / len(s),
    lambda w, s, lr: w - lr * torch.stack(all_slopes(w, s)).mean(dim=0),
    lambda w, s, lr: (
        w - lr * all_slopes(w, [(torch.cat([x for x, _ in s]), torch.cat([y for _, y in s]))])[0]
    ),
    lambda w, s, lr: sum(w - lr * g for g in all_slopes(w, s)) / len(s),
)
def check_step(step):
    for processes, samples in ((3, 2), (2, 4), (4, 3)):
        draw = partial(a_step, processes, samples)
        w, lr, shares, right, given, wrong = drawn(draw, tells_steps_apart)
        pairs = [(tensor(x), tensor(y)) for x, y in shares]
        expect(step(tensor(w), pairs, lr), right, given=given, wrong=wrong)


# 4. Deal out the samples


def dealt(order, world, longer=None):
    """Indices in turns; longer: what the order is made to be first, if not what is right."""
    longer = order + order[: -len(order) % world] if longer is None else longer
    return [longer[rank::world] for rank in range(world)]


def in_blocks(order, world):
    size = -(-len(order) // world)
    longer = order + order[: -len(order) % world]
    return [longer[rank * size : (rank + 1) * size] for rank in range(world)]


@rejects(
    (lambda o, w: dealt(o, w, o), "All get equally many"),
    (lambda o, w: dealt(o, w, o + o[:1]), "All get equally many"),
    (lambda o, w: dealt(o, w, o[: len(o) // w * w]), "left out"),
    (lambda o, w: dealt(o, w, o + o[:1] * (-len(o) % w)), "its own beginning"),
    (lambda o, w: dealt(o, w, o + o[-1:] * (-len(o) % w)), "its own beginning"),
    (lambda o, w: dealt(o, w, o + [0] * (-len(o) % w)), "its own beginning"),
    (lambda o, w: dealt(o, w, o + o[len(o) - -len(o) % w :]), "its own beginning"),
    (lambda o, w: dealt(o, w, o + o[: w - len(o) % w]), "comes out even"),
    (in_blocks, "take turns"),
    (lambda o, w: [o] * w, "goes through all the samples"),
    (lambda o, w: dealt(sorted(o), w), "shuffled already"),
    (lambda o, w: dealt(o, w)[::-1], "other way round"),
    (lambda o, w: dealt(o, w)[0], "list of"),
    (lambda o, w: [x for share in dealt(o, w) for x in share], "list of"),
    (lambda o, w: dealt(o, 2), "lists, one for each"),
    (lambda o, w: [[float(i) for i in s] for s in dealt(o, w)], "whole numbers"),
    (lambda o, w: o.extend(o[: -len(o) % w]) or dealt(o, w, o), "changed its own input"),
    (lambda o, w: None, "return"),
)
@accepts(
    dealt,
    lambda o, w: tuple(tuple(share) for share in dealt(o, w)),
    lambda o, w: torch.tensor(o + o[: -len(o) % w]).view(-1, w).T,
    lambda o, w: [
        [o[(rank + w * turn) % len(o)] for turn in range(-(-len(o) // w))] for rank in range(w)
    ],
)
def check_deal(deal):
    for world in dice.sample([2, 3, 4, 5], 4):
        for missing in (dice.randint(min(2, world - 1), world - 1), 0):
            order = drawn(partial(an_order, dice.randint(3, 4) * world - missing), usable)
            compare_shares(deal(order, world), order, world)


def an_order(count):
    return dice.sample(range(count), count)


def usable(order):
    """Whether usual mistakes show: it is not sorted, and begins neither with 0 nor as it ends."""
    return order != sorted(order) and order[0] != 0


def compare_shares(answer, order, world):
    """Refuse what is not the shares of this order, with a sentence for the usual mistakes."""
    found, missing = plain(answer.data), -len(order) % world
    if answer.data.kind == "none":
        answer.refuse("`None` came back. Does the function end with `return`?")
    if not isinstance(found, list | tuple) or not all(isinstance(s, list | tuple) for s in found):
        answer.refuse(f"This is {answer.data.what}, and a list of {world} lists is expected.")
    shares = [list(share) for share in found]
    want = dealt(order, world)
    shown = str(want)
    if shares == want[:1] or len(shares) != world:
        message = f"{world} lists, one for each process, are expected, and there are {len(shares)}."
        answer.refuse(message, shown)
    if not all(type(index) is int for share in shares for index in share):
        answer.refuse("The lists should hold whole numbers, the indices of the samples.", shown)
    if shares == want:
        return
    whole = order[: len(order) // world * world]
    if len({len(share) for share in shares}) > 1:
        turns = "The turns are right. " * (shares == dealt(order, world, order))
        message = f"{turns}All get equally many: continue the order from its own beginning, "
        answer.refuse(f"{message}until it comes out even.", shown)
    if shares == dealt(order, world, whole):
        answer.refuse("The rest was left out. It is to be filled up, from the beginning.", shown)
    if not missing and len(shares[0]) > len(want[0]):
        if shares == dealt(order, world, order + order[:world]):
            answer.refuse(
                f"{len(order)} indices for {world} processes: that comes out even, and nothing "
                "has to be added.",
                shown,
            )
    if shares == [order] * world:
        answer.refuse("Here each process goes through all the samples. They share them.", shown)
    if shares == in_blocks(order, world):
        answer.refuse("Here each process gets a piece of the order. They take turns.", shown)
    if shares == dealt(sorted(order), world):
        answer.refuse("The order is shuffled already. Leave it as it is, and do not sort.", shown)
    if shares == want[::-1]:
        answer.refuse("The ranks are the other way round: rank 0 comes first.", shown)
    cut = len(want[0]) - 1 if missing else len(want[0])
    if [share[:cut] for share in shares] == [share[:cut] for share in want]:
        answer.refuse(
            f"The order is continued from its own beginning, so that {missing} of the first "
            "indices come twice. What was added here is something else.",
            shown,
        )
    answer.refuse("These are not the right indices yet.", shown)


# 5. Five programs, five reports


REPORTS = "DCAEB"
REPORT_SENTENCES = (
    "Program 1: each process has four samples, but some samples are in both lists, and others in "
    "none.",
    "Program 2: each process goes through all eight samples.",
    "Program 3: the samples are shared without a fault, and the next epoch is another one.",
    "Program 4: both processes see the same four samples.",
    "Program 5: within an epoch all is well. Compare it with the next epoch.",
)


@rejects(
    (["D", "C", "B", "E", "A"], "the next epoch is another one"),
    (["E", "C", "A", "D", "B"], "others in none"),
    (["C", "D", "A", "E", "B"], "others in none"),
    (["D", "E", "A", "C", "B"], "all eight samples"),
    (["A", "C", "D", "E", "B"], "others in none"),
    (["D", "C", "E", "A", "B"], "without a fault"),
    (["D", "C", "A", "E"], "each once"),
    (["D", "C", "A", "A", "B"], "each once"),
    (3, "each once"),
)
@accepts(["D", "C", "A", "E", "B"], ("d", "c", "a", "e", "b"), "DCAEB", "D, C, A, E, B")
def check_diagnosis(diagnosis):
    answer, letters = letters_once(diagnosis, "five letters", "ABCDE")
    for letter, right, sentence in zip(letters, REPORTS, REPORT_SENTENCES, strict=True):
        if letter != right:
            answer.refuse(sentence)


# 6. Go on from a checkpoint


def continued(checkpoint, targets, lr, fresh=False, again=False, keep=0.9, done=None):
    """The next checkpoint, with the usual mistakes as options."""
    w, velocity = checkpoint["w"], 0.0 if fresh else checkpoint["velocity"]
    for target in targets if again else targets[checkpoint["epoch"] :]:
        velocity = keep * velocity + 2 * (w - target)
        w = w - lr * velocity
    return {"w": w, "velocity": velocity, "epoch": len(targets) if done is None else done}


def added_up(checkpoint, targets, lr):
    """As many epochs as there are targets, in addition to those that are done."""
    return continued(checkpoint, targets, lr, again=True, done=checkpoint["epoch"] + len(targets))


def one_less(checkpoint, targets, lr):
    late = {**checkpoint, "epoch": checkpoint["epoch"] + 1}
    return continued(late, targets, lr)


def in_place(checkpoint, targets, lr):
    checkpoint.update(continued(checkpoint, targets, lr))
    return checkpoint


@rejects(
    (lambda *a: continued(*a, fresh=True, again=True), "code as it was given"),
    (lambda *a: continued(*a, fresh=True), "velocity begins at 0"),
    (lambda *a: continued(*a, again=True), "were done already"),
    (added_up, "were done already"),
    (lambda *a: continued(*a, done=0), "number of epochs that are done"),
    (lambda c, t, lr: continued(c, t, lr, done=len(t) - c["epoch"]), "epochs that are done"),
    (lambda *a: continued(*a, keep=1.0), "not right yet"),
    (one_less, "one epoch too late"),
    (lambda c, t, lr: continued({**c, "epoch": max(c["epoch"] - 1, 0)}, t, lr), "too early"),
    (lambda c, t, lr: continued({**c, "w": 0.0}, t, lr), "w begins at 0"),
    (lambda c, t, lr: continued(c, t[: c["epoch"] + 1], lr, done=len(t)), "inside the loop"),
    (
        lambda c, t, lr: continued({**c, "epoch": 0}, t[: len(t) - c["epoch"]], lr, done=len(t)),
        "The targets begin anew",
    ),
    (lambda c, t, lr: continued(c, t, lr)["w"], "A dict of 3"),
    (in_place, "changed its own input"),
    (lambda *a: None, "return"),
)
@accepts(
    continued,
    lambda c, t, lr: {**continued(c, t, lr), "epoch": torch.tensor(len(t))},
    lambda c, t, lr: {k: continued(c, t, lr)[k] for k in ("epoch", "velocity", "w")},
)
def check_go_on(go_on):
    for done, left in ((2, 3), (3, 2), (0, 4), (4, 0), (1, 5)):
        start, targets, lr = drawn(partial(interrupted, done, left), tells_runs_apart)
        right = continued(start, targets, lr)
        twice = f"{done} epochs were done already, and they are done once more here."
        wrong = [
            (
                continued(start, targets, lr, fresh=True),
                "The velocity begins at 0. It has to go on with that of the checkpoint.",
            ),
            (continued(start, targets, lr, again=True), twice),
            (added_up(start, targets, lr), twice),
            (one_less(start, targets, lr), "It goes on one epoch too late: one target is missing."),
            (
                continued({**start, "w": 0.0}, targets, lr),
                "w begins at 0. It has to go on with that of the checkpoint.",
            ),
        ]
        next_one = continued(start, targets[: done + 1], lr)
        once = "This is the result of one epoch. Does `return` stand inside the loop?"
        wrong += [(next_one, once), ({**next_one, "epoch": len(targets)}, once)]
        if done:
            anew = continued({**start, "epoch": 0}, targets[:left], lr, done=len(targets))
            sentence = (
                f"The targets begin anew. After {done} epochs, `targets[{done}]` is the next."
            )
            wrong.append((anew, sentence))
            early = continued({**start, "epoch": done - 1}, targets, lr)
            wrong.append((early, "It goes on one epoch too early."))
        for count in {0, left, done, len(targets) - 1, len(targets) + 1}:
            sentence = f"`epoch` is the number of epochs that are done, here {len(targets)} in all."
            wrong.append(({**right, "epoch": count}, sentence))
        known = [(value, sentence) for value, sentence in wrong if value != right]
        given = continued(start, targets, lr, fresh=True, again=True) if done else None
        expect(go_on(start, targets, lr), right, given=given, wrong=known, dtype="")


def interrupted(done, left):
    """A checkpoint after `done` epochs, the targets of these and of `left` more, and a rate."""
    velocity = dice.choice([-2.0, -1.25, 1.5, 3.0]) if done else 0.0
    start = {"w": dice.choice([-3.0, -1.5, 2.5]), "velocity": velocity, "epoch": done}
    return start, numbers(done + left), dice.choice([0.0625, 0.125, 0.1875])


def tells_runs_apart(found):
    start, targets, _ = found
    runs = [{}]
    if 0 < start["epoch"] < len(targets):
        runs += [{"fresh": True}, {"again": True}, {"fresh": True, "again": True}]
    ends = [continued(*found, **run) for run in runs]
    return apart(*([end["w"], end["velocity"]] for end in ends), by=0.04)


# 7. How many processes?


def needed(alone, exchange, goal, first=2):
    if exchange >= alone / goal:
        return 0
    n = first
    while alone / n + exchange > alone / goal:
        n += 1
    return n


def by_formula(alone, exchange, goal):
    room = alone / goal - exchange
    return 0 if room <= 0 else max(2, -int(-alone / room // 1))


def without_end(alone, exchange, goal):
    n = 2
    while alone / n + exchange > alone / goal:
        n += 1
    return n


@rejects(
    (lambda a, e, g: needed(a, e, g) + 1, "one too many"),
    (lambda a, e, g: needed(a, e, g) - 1 if needed(a, e, g) else 0, "one too few"),
    (lambda a, e, g: needed(a, 0.0, g), "without any exchange"),
    (lambda a, e, g: -int(-g // 1), "without any exchange"),
    (lambda a, e, g: without_end(a, e, g) if e < a / g else None, "0 is expected"),
    (lambda a, e, g: needed(a, e, g) or -1, "0 is expected"),
    (lambda a, e, g: needed(a, e, g) or 1000, "0 is expected"),
    (lambda a, e, g: needed(a, e, g) or 1, "0 is expected"),
    (lambda a, e, g: a / (a / g - e) if e < a / g else 0, "whole number"),
    (lambda a, e, g: int(a / (a / g - e)) if e < a / g else 0, "one too few"),
    (without_end, "loop that never ends"),
    (lambda a, e, g: 100, "not right yet"),
    (lambda a, e, g: None, "return"),
)
@accepts(needed, by_formula, lambda *a: torch.tensor(needed(*a)), lambda *a: float(needed(*a)))
def check_fewest(fewest):
    for most in (9, 40, 0, 20):
        alone, exchange, goal, right = drawn(a_goal, partial(within, most))
        expect_count(fewest(alone, exchange, goal), alone, exchange, goal, right)


def a_goal():
    alone, goal = float(dice.randint(20, 90)), dice.choice([1.5, 2.5, 3.0, 4.0, 5.5, 7.0])
    exchange = round(alone / goal * dice.uniform(0.2, 1.6), 2)
    return alone, exchange, goal, needed(alone, exchange, goal)


def within(most, found):
    """Whether so many processes are the most that are needed, and rounding cannot change it."""
    alone, exchange, goal, right = found
    if not most:
        return exchange > 1.02 * alone / goal
    if not right:
        return False
    count = alone / (alone / goal - exchange)
    return abs(count - round(count)) > 0.02 and needed(alone, 0.0, goal) + 1 < right <= most


def expect_count(answer, alone, exchange, goal, right):
    """Refuse what is not this number of processes, with a sentence for the usual mistakes."""
    value = plain(answer.data)
    if right == 0 and (value is None or (is_number(value) and value != 0)):
        seconds = f"{alone:g} / {goal:g} = {alone / goal:.4g} seconds"
        answer.refuse(
            f"The exchange takes {exchange:g} seconds, and for the goal it may all take {seconds} "
            "at most. No number of processes is enough, and 0 is expected.",
            "0",
        )
    if is_number(value) and value % 1:
        answer.refuse("A number of processes is a whole number. Which is the first that is enough?")
    wrong = [
        (right + 1, "This is one too many: one process less is fast enough."),
        (right - 1, "This is one too few: it is not fast enough yet."),
        (needed(alone, 0.0, goal), "So many would be enough without any exchange."),
    ]
    expect(answer, right, wrong=wrong, dtype="", rtol=0, atol=0)


# 8. Read the stopwatch


def middle(values):
    return sorted(values)[len(values) // 2]


def gained(one, two, of=middle, both=lambda c, e: c + e, share=lambda one, e, all: e / one):
    """How many times as fast, and the exchange's share; the usual mistakes as options."""
    alone, computing = of(one), of([c for c, _ in two])
    exchange = of([e for _, e in two])
    together = both(computing, exchange)
    return alone / together, share(alone, exchange, together)


GAINS = (
    ({"of": mean}, "These are means. One time that is much too long spoils a mean, not a median."),
    ({"of": min}, "These are the shortest times. The median is the one in the middle."),
    ({"of": max}, "These are the longest times. The median is the one in the middle."),
    ({"of": lambda v: v[0]}, "These are the first times. The median is the one in the middle."),
    ({"of": lambda v: v[len(v) // 2]}, "Sort the times first: then the median is in the middle."),
    ({"both": lambda c, e: c}, "The exchange takes time as well: add it to the computing."),
    ({"share": lambda o, e, t: e / t}, "The share is that of the time of one process."),
    ({"share": lambda o, e, t: e}, "The second number is a share: divide by what one needs."),
)


@rejects(
    *((lambda o, t, more=more: gained(o, t, **more), words) for more, words in GAINS),
    (lambda o, t: (1 / gained(o, t)[0], gained(o, t)[1]), "the other way round"),
    (lambda o, t: gained(o, t)[::-1], "in the other order"),
    (lambda o, t: gained(o, t)[0], "2 values"),
    (lambda o, t: o.sort() or gained(o, t), "changed its own input"),
    (lambda o, t: None, "return"),
)
@accepts(
    gained,
    lambda o, t: list(gained(o, t)),
    lambda o, t: torch.tensor(gained(o, t)),
    lambda o, t: (
        torch.tensor(o).median() / torch.tensor(t).median(dim=0).values.sum(),
        torch.tensor(t).median(dim=0).values[1] / torch.tensor(o).median(),
    ),
)
def check_gain(gain):
    for count in (5, 3, 9):
        one, two = drawn(partial(times, count), tells_gains_apart)
        right = gained(one, two)
        wrong = [(gained(one, two, **more), sentence) for more, sentence in GAINS]
        upside = "The first number is the other way round: divide the time of one process."
        wrong += [((1 / right[0], right[1]), upside)]
        wrong += [(right[::-1], "The two numbers are in the other order.")]
        expect(gain(one, two), right, wrong=wrong, dtype="")


def times(count):
    """Seconds of one process, and pairs of two processes; one of each is far too long."""
    one = [dice.uniform(9.0, 11.0) for _ in range(count - 1)]
    two = [(dice.uniform(4.6, 5.6), dice.uniform(0.6, 2.0)) for _ in range(count - 1)]
    slow = dice.choice([(5.2, 30.0), (25.0, 1.2)])
    for row, value in ((one, 40.0), (two, slow)):
        row.insert(dice.randint(1, count - 1), value)
    return one, two


def tells_gains_apart(found):
    right, ends = gained(*found), [gained(*found, **more) for more, _ in GAINS]
    wrong = [*ends, (1 / right[0], right[1]), right[::-1]]
    return apart(*(list(pair) for pair in [right, *wrong]), by=0.004)


# 9. Two real processes


X = [float(n) for n in range(1, 9)]
Y = [2.0, 8.0, 6.0, 16.0, 10.0, 24.0, 14.0, 32.0]
HALVES = [list(range(8))[part] for part in (slice(0, 8, 2), slice(1, 8, 2), slice(4), slice(4, 8))]
PROGRAM = """
import torch
import torch.distributed as dist
from torch import nn

dist.init_process_group("gloo")
rank, world = dist.get_rank(), dist.get_world_size()
x = torch.arange(1.0, 9.0).view(8, 1)
y = torch.tensor([2.0, 8.0, 6.0, 16.0, 10.0, 24.0, 14.0, 32.0]).view(8, 1)
x, y = x[rank::world], y[rank::world]
model = nn.Linear(1, 1, bias=False)
nn.init.zeros_(model.weight)
for step in range(5):
    model.zero_grad()
    nn.MSELoss()(model(x), y).backward()
    dist.all_reduce(model.weight.grad)
    with torch.no_grad():
        model.weight -= 0.004 * model.weight.grad / world
torch.save([len(x), model.weight.item()], f"{rank}.pt")
dist.destroy_process_group()
"""
INIT, REDUCE, END = (
    f"{line}\n"
    for line in PROGRAM.splitlines()
    if "init_process" in line or "all_reduce" in line or "destroy" in line
)
SHARE = "x[rank::world], y[rank::world]"
MIXED = "torch.randperm(8, generator=torch.Generator().manual_seed(rank))[:4]"
JOIN = 'The processes have not met yet: `dist.init_process_group("gloo")` comes first.'
OWN = "Each follows the gradient of its own part: exchange it, in every step, with an all-reduce."
outcomes = {}  # of programs that ended, so that the same text need not run again


def edited(*pairs, text=PROGRAM):
    """The right program, with the first of each pair replaced by the second."""
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


def trained(part, factor=1.0):
    """The weight after the five steps with these samples, the gradient times a factor."""
    w = 0.0
    for _ in range(5):
        w -= 0.004 * factor * mean(2 * (w * X[i] - Y[i]) * X[i] for i in part)
    return w


@rejects(
    (edited((REDUCE, ""), (" / world", "")), "Each follows the gradient of its own part"),
    (edited((" / world", "")), "This is a step with the sum"),
    (edited((SHARE, "x[::2], y[::2]")), "computed with the same samples"),
    (edited((SHARE, "x, y")), "goes through all eight samples"),
    (edited((SHARE, f"x[{MIXED}], y[{MIXED}]")), "in exactly one of the two parts"),
    (edited((INIT, "")), "comes first"),
    (edited((END, "")), "still open"),
    (edited(('f"{rank}.pt"', '"0.pt"')), "no file `1.pt`"),
    (edited((REDUCE, f"    if rank == 0:\n    {REDUCE}")), "does not take part"),
    (edited(("import torch.distributed as dist\n", "")), "NameError: name 'dist'"),
    (edited(("[len(x), model.weight.item()]", "model.state_dict()")), "a list of two numbers"),
    ("program.py", "the text of a program"),
    (3, "the text of a program"),
)
@accepts(
    PROGRAM,
    edited(
        (SHARE, "x.chunk(world)[rank], y.chunk(world)[rank]"),
        ("model(x)", "shared(x)"),
        ("for step", "shared = nn.parallel.DistributedDataParallel(model)\nfor step"),
        (REDUCE, ""),
        (" / world", ""),
    ),
)
def check_program(program):
    answer = program.read()
    text = plain(answer.data)
    if not isinstance(text, str) or "\n" not in text.strip():
        answer.refuse(f"This is {answer.data.what}, and the text of a program is expected.")
    ended = outcomes.get(text) or run_processes(text, 2)
    if all(process.code is not None for process in ended):
        outcomes[text] = ended
    if sentence := unfinished(ended, text) or wrong_result(ended):
        answer.refuse(sentence)
    if any(process.left for process in ended):
        answer.refuse(
            "The weight is right. But the group is still open at the end: close it, with "
            "`dist.destroy_process_group()`."
        )


def unfinished(ended, text):
    """A sentence where a process has not come to its end, or has saved nothing; else None."""
    errors = [p.errors for p in ended if p.left is None and p.code]
    lines = [re.sub(r"^\[rank\d\]: ", "", e.strip().splitlines()[-1]) for e in errors if e.strip()]
    waits = [line for line in lines if "peer" in line or "onnection" in line or "imed out" in line]
    stopped = [rank for rank, process in enumerate(ended) if process.code is None]
    if real := [line for line in lines if line not in waits]:
        lost = "not been initialized" in real[0]
        return JOIN if lost else f"A process ended with an error: {real[0][:300]}"
    if "init_process_group" not in text:
        return JOIN
    if (waits or stopped) and not re.search("all_|Parallel|reduce", text):
        return OWN
    if waits or 0 < len(stopped) < len(ended):
        who = f"Process {stopped[0]}" if stopped else "One process"
        return f"{who} waits for an all-reduce in which the other one does not take part."
    if stopped:
        return (
            f"After {SECONDS} seconds the processes were not done, and were ended. Do they wait "
            "for each other? On a machine that is busy, check once more."
        )
    missing = [f"{rank}.pt" for rank in (0, 1) if f"{rank}.pt" not in ended[0].files]
    if missing:
        return f"There is no file `{missing[0]}`: each process saves under its own rank."
    return None


def wrong_result(ended):
    """A sentence about what the two have saved, if it is not right."""
    found = [plain(ended[0].files[f"{rank}.pt"]) for rank in (0, 1)]
    if not all(are_numbers(pair, 2) for pair in found):
        return "Each file should hold a list of two numbers: how many samples, and the weight."
    (first, a), (second, b) = found
    if (first, second) == (8, 8):
        return "Each process goes through all eight samples, as one alone would. Share them."
    if (first, second) != (4, 4):
        return f"The parts have {first:g} and {second:g} samples. Take four samples each."
    want, shown = trained(range(8)), f"One process alone ends with {trained(range(8)):.4f}."
    if abs(a - b) > 1e-4:
        return f"The two end with different weights, {a:.4f} and {b:.4f}. {OWN}"
    if abs(a - want) < 1e-3:
        return None
    if abs(a - trained(range(8), 2.0)) < 1e-3:
        return f"Both end with {a:.4f}. This is a step with the sum of the gradients. {shown}"
    if any(abs(a - trained(half)) < 1e-3 for half in HALVES):
        return f"Both end with {a:.4f}: they computed with the same samples. {shown}"
    return (
        f"Both end with {a:.4f}. {shown} Is each of the eight samples in exactly one of the two "
        "parts, and is the gradient the mean of both?"
    )
