"""What comes back from the learner's side, and the two ways in which a check ends early."""

from dataclasses import dataclass

from helpers.checks.engine.data import Data
from helpers.checks.engine.texts import text

NOTHING = "`None` came back. Does the function end with `return`?"


class NotYet(Exception):
    """The verdict `not yet`, with a sentence for the learner; call, got, want as text."""

    def __init__(self, message, call="", got="", want=""):
        super().__init__(message)
        self.message, self.call, self.got, self.want = message, call, got, want


class NotAttempted(Exception):
    """The verdict `not attempted`, with a sentence for the learner."""


@dataclass
class Answer:
    """What came back from one call, or what a variable holds; who says in words who gave it."""

    data: Data
    call: str
    who: str = "the function"

    def refuse(self, message, want=""):
        """Raise `NotYet` about this answer."""
        raise NotYet(message, self.call, text(self.data), want)

    def refuse_nothing(self, want=""):
        """Raise `NotYet` if nothing came back: `None`."""
        if self.data.kind == "none":
            self.refuse(NOTHING.replace("the function", self.who), want)


def advised(advice, call, *args):
    """What `call(*args)` gives; where it ends in `NotYet`, with advice behind the message.

    advice: dict from words of a message, of PyTorch's for instance, to what they mean here.
    """
    try:
        return call(*args)
    except NotYet as stop:
        more = [sentence for words, sentence in advice.items() if words in stop.message]
        raise NotYet(" ".join([stop.message, *more]), stop.call, stop.got, stop.want) from stop
