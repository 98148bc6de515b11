"""What a check is written with.

A check is a function `check_<name>(work)` in a module of `helpers.checks`. `<name>` is the name
that the learner gives to the answer, and `work` stands for that answer:

    work(x, 2.0)           calls it with copies of this data, and gives back an Answer
    work.read()            the Answer that a variable holds
    work.gradient(x)       the slopes of a function, by backward
    expect(answer, want)   the comparison; its sentences name the usual mistakes

Where the answer makes an object, a check holds a handle for it. `thing = work.make(2)` calls the
answer, and `thing` has the methods above and these, as `work` has, if it is such an object itself:

    thing.length(), .item(i), .items(limit)   Answers of len, of [i], of a list of what `for` gives
    thing.parameters(), .load({name: lists})  of a module: an Answer by name; put numbers there
    thing.attribute("loss")                   a handle again: `.read()` it, or call a method
    work.lend(nn.Linear, 2, 1)                a handle for what the course makes, as an argument

What a variable holds is read and judged by `near` and `choose`, or read by `numbers_of` and
`letters_once`, which refuse another form, and judged by the check; `refuse_first` has a sentence
for each wrong value. And for all kinds of exercise there are

    drawn(draw, good)      draws inputs until they tell right from wrong answers, as `apart` says
    advised(ADVICE, call)  the same call, with advice behind an error message of PyTorch's

A check that returns has passed the work. To refuse it, raise `NotYet` or let `expect` do so.
`rejects` and `accepts` attach the answers that prove the check. Inputs come from `numbers` and
`dice`, fresh at every attempt; what is right is computed in plain Python, so that nothing that a
learner does to torch can change it. What several pages compute is in `reference`. A new kind of
exercise is one more function in `kinds`.
"""

from helpers.checks.engine.answers import NotAttempted, NotYet, advised
from helpers.checks.engine.data import are_numbers, flat, is_number, plain
from helpers.checks.engine.inputs import apart, dice, drawn, mean, numbers, tensor
from helpers.checks.engine.judging import Verdict, accepts, judge, rejects
from helpers.checks.engine.kinds import (
    choose,
    expect,
    letters_in,
    letters_once,
    near,
    numbers_of,
    refuse_first,
)

__all__ = [
    "NotAttempted",
    "NotYet",
    "Verdict",
    "accepts",
    "advised",
    "apart",
    "are_numbers",
    "choose",
    "dice",
    "drawn",
    "expect",
    "flat",
    "is_number",
    "judge",
    "letters_in",
    "letters_once",
    "mean",
    "near",
    "numbers",
    "numbers_of",
    "plain",
    "refuse_first",
    "rejects",
    "tensor",
]
