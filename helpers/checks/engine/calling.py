"""A learner's work as a check meets it: handles for the answer and for what the answer makes."""

import operator

import torch

from helpers.checks.engine import objects
from helpers.checks.engine.answers import NOTHING, Answer, NotAttempted, NotYet
from helpers.checks.engine.copies import Copy, Handle, copied, shown
from helpers.checks.engine.data import BASE, Data, read
from helpers.checks.engine.explaining import PARAMETERS, empty_place, explain, is_stub
from helpers.checks.engine.inputs import tensor
from helpers.checks.engine.texts import text
from helpers.checks.engine.world import TimeUp, run_theirs

slopes_of = torch.autograd.grad  # kept from import time, like everything that a verdict rests on
MISSING = object()


class Work(Handle):
    """A handle for one thing on the learner's side: the answer itself, or what it made.

    A check uses these methods and nothing else. What it hands over is copied, what it gets is
    Data, and the thing stays where it is: in another process, a handle would be a number.
    """

    def __init__(self, name, thing, maker=None, inputs=()):
        super().__init__(name, thing)
        self.call, self._root = name, maker._root if maker else self
        self._inputs = list(inputs)  # what it was made from, each a Copy

    def __call__(self, *args):
        """The Answer to a call with numbers, tensors, lists of these, and handles."""
        return Answer(read(self._run(args)[0]), self.call, self._who())

    def make(self, *args):
        """A handle for the object that a call gives back."""
        if objects.is_module(self._there()):
            message = f"`{self.name}` is {read(self._thing).what}, and what makes one is expected: "
            message += "its class, or a function. Was the name used again for what it makes?"
            raise NotYet(message, self.name)
        made, inputs = self._run(args)
        if made is None:
            sentence = NOTHING.replace("the function", self._who())
            raise NotYet(sentence, self.call, "None", "an object")
        name = self.call if len(self.call) <= 160 else f"{self.name}(...)"
        return Work(name, made, self, inputs)

    def lend(self, factory, *args):
        """A handle for `factory(*args)`, something of the course's that the answer may use.

        factory: a class or function that can be imported by its name, such as `nn.Linear`.
        """
        call = f"{factory.__name__}({', '.join(map(shown, args))})"
        return Work(call, self._do(call, factory, [copied(arg) for arg in args]), self)

    def attribute(self, name):
        """A handle for `work.name`: to `read` it, or to call a method."""
        call = f"{self.name}.{name}"
        found = self._do(call, getattr, [self._there(), name, MISSING])
        if found is MISSING:
            raise NotYet(f"This is {read(self._thing).what}, and it has no `{name}`.", self.name)
        return Work(call, found, self, self._inputs)

    def gradient(self, *args):
        """The slopes of `work(*args)`, one number, by backward: an Answer with one tensor
        for each tensor of floats in `args`."""
        result, inputs = self._run(args, track=True)
        answer = Answer(read(result), self.call, self._who())
        leaves = [leaf for copy in inputs[len(self._inputs) :] for leaf in copy.leaves()]
        if answer.data.kind != "tensor" or answer.data.shape != ():
            answer.refuse("A gradient needs one number: a tensor of shape ().")
        slopes, call = [None] * len(leaves), self.call
        if answer.data.requires_grad:
            options = {"allow_unused": True}
            slopes = self._do(call, lambda: slopes_of(result, leaves, **options), [])
        if any(slope is None for slope in slopes):
            answer.refuse(
                "There is no gradient from the result back to every input. `.item()`, `.detach()` "
                "and `torch.tensor(...)` cut the way back, and so does an input that is not used."
            )
        return Answer(Data("list", [read(slope) for slope in slopes]), f"gradient of {call}")

    def read(self):
        """The Answer that a variable holds; NotAttempted for None and `...`."""
        return Answer(read(self._there()), self.name)

    def length(self):
        """The Answer of `len(work)`."""
        return self._ask("__len__", f"len({self.name})", objects.count, [], objects.COUNT)

    def item(self, index):
        """The Answer of `work[index]`."""
        return self._ask("__getitem__", f"{self.name}[{index!r}]", operator.getitem, [index])

    def items(self, limit):
        """The Answer of a list of what iterating gives, from its start, `limit` things at most."""
        call = f"list(islice({self.name}, {limit}))"
        return self._ask("__iter__", call, objects.take, [limit], objects.ITERATE)

    def parameters(self):
        """The Answer of a dict from the name of each parameter of a module to its tensor."""
        return Answer(read(self._parameters()), f"dict({self.name}.named_parameters())")

    def load(self, values):
        """Put numbers into parameters of a module: a dict from names to nested lists."""
        found = self._parameters()
        names = ", ".join(f"`{name[:60]}`" for name in list(found)[:8]) or "none"
        for name in values:
            if name not in found:
                message = f"There is no parameter `{name}`. The parameters are: {names}."
                shape = tuple(tensor(values[name]).shape)
                raise NotYet(message, self.name, want=f"{name} of shape {shape}")
        for name, numbers in values.items():
            new = tensor(numbers)
            old = read(found[name])
            if old.kind != "tensor" or old.shape != tuple(new.shape):
                message = f"The parameter `{name}` is {old.what}, and {read(new).what} is expected."
                if new.dim() == 2:
                    message += " The weight of `nn.Linear` has the shape (outputs, inputs)."
                raise NotYet(message, f"{self.name}.{name}", text(old))
            with torch._C.DisableTorchFunction():
                self._do(self.name, BASE.copy_, [BASE.detach(found[name]), new])

    def _parameters(self):
        call = f"dict({self.name}.named_parameters())"
        if (problem := objects.not_a_module(self._there(), self._root is not self)) is not None:
            raise NotYet(problem, self.name)
        found, lost = objects.parameters(self._thing)
        if lost is not None:
            raise NotYet(lost, call, text(read(found)))
        return found

    def _there(self):
        """The thing itself; NotAttempted where there is none yet."""
        if self._thing is ... or (self._thing is None and self._root is self):
            raise NotAttempted(f"`{self.name}` holds no answer yet.")
        return self._thing

    def _who(self):
        """Whose `return` it is that a call of this needs."""
        return "`forward`" if objects.is_module(self._thing) else "the function"

    def _ask(self, method, call, function, more, advice=PARAMETERS):
        if (problem := objects.lacking(self._there(), method)) is not None:
            raise NotYet(problem, call)
        result = self._do(call, function, [self._thing, *more], advice=advice)
        return Answer(read(result), call, f"`{method}`")

    def _run(self, args, track=False):
        """What a call with copies of `args` gives back, and these copies beside what they were."""
        if not callable(self._there()):
            data = read(self._thing)
            message = f"`{self.name}` is {data.what}, and a function is expected. "
            message += "Was the name used again for something else? Run its cell once more."
            if self._root is not self:
                message = f"This is {data.what}, and it cannot be called. "
                message += "A module can be, and so can a function."
            raise NotYet(message, self.name, text(data), "a function")
        call = f"{self.name}({', '.join(map(shown, args))})"
        if (problem := objects.unfinished(self._thing)) is not None:
            raise NotYet(problem, call)
        copies = [Copy(call, place, arg, track) for place, arg in enumerate(args, 1)]
        inputs = self._inputs + copies
        return self._do(call, self._thing, [copy.given for copy in copies], inputs), inputs

    def _do(self, call, function, given, inputs=None, advice=PARAMETERS):
        """What `function(*given)` gives back; whatever it raises becomes a verdict, and so does
        a change of what the learner's code was given."""
        self.call = self._root.call = call
        try:
            result = run_theirs(function, given)
        except KeyboardInterrupt as error:
            raise NotYet("You stopped it while it was running.", call) from error
        except TimeUp:
            raise
        except BaseException as error:  # SystemExit too: nothing may end the notebook's cell
            if is_stub(error):
                raise NotAttempted(empty_place(error, self._root.name)) from error
            raise NotYet(explain(error, advice), call) from error
        for copy in self._inputs if inputs is None else inputs:
            if (sentence := copy.change(call)) is not None:
                raise NotYet(sentence, call)
        return result
