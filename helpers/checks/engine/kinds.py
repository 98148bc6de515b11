"""Kinds of exercise: functions that take an answer, or the work, and what is right.

A new kind is a new function here: read the work, return if it is right, else say what is wrong.
"""

import re

from helpers.checks.engine.answers import NOTHING, NotAttempted, NotYet
from helpers.checks.engine.compare import mistake
from helpers.checks.engine.data import Data, flat, is_number, plain, read, shape_of
from helpers.checks.engine.inputs import tensor
from helpers.checks.engine.mistakes import close
from helpers.checks.engine.texts import text


def expect(answer, want, *, given=None, **options):
    """Raise `NotYet` unless `answer` is `want`; `options` as in `compare.mistake`.

    given: what comes back from the code that the exercise gives; that is `NotAttempted`.
    """
    sentence = mistake(answer.data, want, **options)
    if sentence is not None:
        if given is not None and mistake(answer.data, given, **options) is None:
            raise NotAttempted(f"{answer.call} still gives what the code as it was given gives.")
        wanted = _like(answer.data, want, options.get("dtype", "float"))
        got, shown = text(answer.data), text(wanted)
        if got == shown:  # they differ further to the right
            got, shown = text(answer.data, 9), text(wanted, 9)
        if sentence == NOTHING:
            sentence = sentence.replace("the function", answer.who)
        raise NotYet(sentence, answer.call, got, shown)


def _like(data, want, dtype):
    """`want` as Data, written as `data` is, for the reader to compare the two."""
    if isinstance(want, dict):
        items = data.value if data.kind == "dict" and data.value else {}
        rows = ((k, items.get(k, Data("tensor")), w) for k, w in want.items())
        return Data("dict", {k: _like(item, w, dtype) for k, item, w in rows})
    if isinstance(want, tuple):
        items = data.items if data.items and len(data.items) == len(want) else None
        items = items or [Data("number")] * len(want)
        types = dtype if isinstance(dtype, tuple) else [dtype] * len(want)
        like = [_like(*three) for three in zip(items, want, types, strict=True)]
        return Data("list" if data.kind == "list" else "tuple", like)
    if not isinstance(want, list) and data.kind != "tensor":
        return read(want)
    if not dtype.startswith("float") and all(type(number) is int for number in flat(want)):
        return Data("tensor", want, shape=shape_of(want), dtype="int64")
    return read(tensor(want))


def numbers_of(work, form, count, more=""):
    """The Answer that a variable holds, and the `count` numbers in it; refused if they are not.

    form: "four numbers", for the sentence.
    more: what else to say, in a sentence of its own.
    """
    answer = work.read()
    values = plain(answer.data)
    if not isinstance(values, list | tuple) or len(values) != count:
        sentence = f"This is {answer.data.what}, and a list of {form} is expected. {more}"
        answer.refuse(sentence.strip(), form)
    for place, value in enumerate(values, 1):
        if not is_number(value):
            sentence = f"Number {place} is not one number. A list of {form} is expected, each a "
            answer.refuse(f"{sentence}number of its own. {more}".strip(), form)
    return answer, values


def refuse_first(answer, values, right, known, names=None):
    """Raise `NotYet` about the first of these values that is not right.

    known: for each a dict from wrong values to their sentences; under None, for all the others.
    names: what the values are called at the beginning of a sentence; else `Number 1` and so on.
    """
    names = names or [f"Number {place}" for place in range(1, len(right) + 1)]
    for name, value, want, sentences in zip(names, values, right, known, strict=True):
        if value != want:
            sentence = sentences.get(value, sentences.get(None, ""))
            answer.refuse(f"{name} is not right yet. {sentence}".strip())


def near(work, want, within, *, wrong=()):
    """A number, predicted or read off a plot: passes if it is `want`, give or take `within`.

    wrong: triples of a wrong number, how near to it counts, and the sentence for it.
    """
    answer = work.read()
    data = answer.data
    if data.kind not in ("number", "tensor") or not isinstance(plain(data), int | float):
        answer.refuse(f"This is {data.what}, and one number is expected.", "one number")
    value = float(plain(data))
    if abs(value - want) <= within:
        return
    for other, room, sentence in wrong:
        if abs(value - other) <= room:
            answer.refuse(sentence)
    if close([value], [-want]):
        answer.refuse("The size is right, the sign is not.")
    answer.refuse(
        "This is too large."
        if value > want
        else "This is too small."
        if value < want
        else "This is not a number."
    )


def letters_in(data):
    """The letters of an answer in their order, however it is written: "AC", "a, c", ["A", "C"].

    Returns a list of capital letters, or None for what is no such list.
    """
    given = plain(data)
    if isinstance(given, str) and re.fullmatch(r"[A-Za-z\s,;]*", given):
        given = re.findall("[A-Za-z]", given)
    if not isinstance(given, list | tuple) or not all(isinstance(c, str) for c in given):
        return None
    return [letter.strip().upper() for letter in given]


def letters_once(work, form, letters, more=""):
    """The Answer that a variable holds, and its letters: these, each once, in some order.

    form: "four letters", for the sentence.
    more: what else to say, in a sentence of its own.
    """
    answer = work.read()
    found = letters_in(answer.data) or []
    if sorted(found) != sorted(letters):
        listed = f"{', '.join(letters[:-1])} and {letters[-1]}"
        answer.refuse(f"The {form} {listed} are expected, each once. {more}".strip(), form)
    return answer, found


def choose(work, right, options):
    """One letter or several: passes if they are `right`, in any order.

    right:   one letter as text, or a list of letters.
    options: dict from each letter to the sentence for whoever has this letter wrong: chose it
             where it does not belong, or left it out.
    """
    answer = work.read()
    letters = letters_in(answer.data)
    allowed = ", ".join(repr(letter) for letter in options)
    if letters is None:
        sort = "a letter" if isinstance(right, str) else "a list of letters"
        answer.refuse(
            f"This is {answer.data.what}, and {sort} is expected.", f"{sort} out of {allowed}"
        )
    if not letters:
        raise NotAttempted(f"`{work.name}` holds no answer yet.")
    letters = set(letters)
    if unknown := sorted(letters - set(options)):
        answer.refuse(f"{unknown[0]!r} is not one of the letters.", f"out of {allowed}")
    if isinstance(right, str) and len(letters) > 1:
        answer.refuse("Choose one letter.", f"one out of {allowed}")
    for letter in sorted(
        options, key=lambda letter: letter not in letters
    ):  # the chosen ones first
        if (letter in letters) != (letter in right):
            raise NotYet(options[letter], answer.call, text(answer.data))
