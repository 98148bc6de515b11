"""The world around a call: for a limited time, and left as it was found."""

import random
import signal
import sys
import threading
import time
from contextlib import contextmanager

import torch


class TimeUp(BaseException):
    """Raised inside an answer that runs too long; `except Exception` does not catch it."""


def run_theirs(function, given):
    """The learner's code runs below this frame, and nothing else does: see `time_limit`."""
    return function(*given)


@contextmanager
def time_limit(seconds):
    """Raise `TimeUp` in what runs longer. Needs the main thread and SIGALRM (not on Windows)."""
    able = hasattr(signal, "SIGALRM") and threading.current_thread() is threading.main_thread()
    if not able:
        yield
        return

    shots = 0

    def stop(signum, frame):
        nonlocal shots
        shots += 1
        if shots == 4:  # nobody cleans up for so long: shoot until one is not swallowed
            signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
        while frame:  # never in the middle of our own code
            if frame.f_code is run_theirs.__code__:
                raise TimeUp
            frame = frame.f_back

    old, began = signal.signal(signal.SIGALRM, stop), time.monotonic()
    # Again and again: a bare `except:` in an endless loop swallows the first one. At first not too
    # often: what the learner's code does to clean up needs its time.
    theirs, again = signal.setitimer(signal.ITIMER_REAL, seconds, 0.25)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
        if theirs:  # a timer of the learner's own goes on
            rest = max(theirs - (time.monotonic() - began), 0.001)
            signal.setitimer(signal.ITIMER_REAL, rest, again)


@contextmanager
def same_randomness():
    """Leave every random number generator as it was found, and torch's switches too."""
    numpy = sys.modules.get("numpy")
    state, here = random.getstate(), numpy and numpy.random.get_state()
    cpu, grad, dtype = torch.get_rng_state(), torch.is_grad_enabled(), torch.get_default_dtype()
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else None
    torch.set_grad_enabled(True)
    try:
        with torch.inference_mode(False):
            yield
    finally:
        random.setstate(state)
        torch.set_rng_state(cpu)
        torch.set_grad_enabled(grad)
        torch.set_default_dtype(dtype)
        if numpy:
            numpy.random.set_state(here)
        if cuda is not None:
            torch.cuda.set_rng_state_all(cuda)
