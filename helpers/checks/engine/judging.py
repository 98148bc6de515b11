"""From a check and a learner's object to a verdict."""

import os
from dataclasses import dataclass

from helpers.checks.engine.answers import NotAttempted, NotYet
from helpers.checks.engine.calling import Work
from helpers.checks.engine.inputs import dice
from helpers.checks.engine.world import TimeUp, same_randomness, time_limit

SECONDS = 10  # for one whole check
STATES = ("not attempted", "not yet", "passed")


@dataclass(frozen=True)
class Verdict:
    """What a check has to say.

    state:   one of STATES, or "broken" if the check itself failed.
    message: sentences for the learner.
    call, got, want: what was called, what came back, what was expected; "" where it says nothing.
    """

    state: str
    message: str = ""
    call: str = ""
    got: str = ""
    want: str = ""


def rejects(*pairs):
    """Attach wrong answers to a check: pairs of an answer and words of the message for it."""

    def attach(check):
        check.wrong = pairs
        return check

    return attach


def accepts(*answers):
    """Attach right answers to a check, written differently from each other."""

    def attach(check):
        check.right = answers
        return check

    return attach


def judge(check, thing, seed=None, seconds=SECONDS):
    """The Verdict of `check` on `thing`. Raises nothing, whatever `thing` does.

    seed: of the inputs; None makes new inputs at every attempt.
    """
    work = Work(check.__name__.removeprefix("check_"), thing)
    dice.seed(os.urandom(16) if seed is None else seed)
    try:
        with same_randomness(), time_limit(seconds):
            check(work)
        return Verdict("passed")
    except NotAttempted as stop:
        return Verdict("not attempted", str(stop))
    except NotYet as stop:
        return Verdict("not yet", stop.message, stop.call, stop.got, stop.want)
    except TimeUp:
        message = f"After {seconds:g} seconds there was no answer, and it was stopped. "
        message += "Is there a loop that never ends, or one with far too many rounds?"
        return Verdict("not yet", message, work.call)
    except KeyboardInterrupt:
        return Verdict("not yet", "You stopped it while it was running.", work.call)
    except Exception as error:
        message = (
            "The check itself failed; this is not your mistake. Please tell the authors of this "
        )
        message += f"course: {check.__name__}, {type(error).__name__}: {str(error)[:200]}"
        return Verdict("broken", message, work.call)
