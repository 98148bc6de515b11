"""The text of a learner's program, run as several processes that can form a group.

What `torchrun` would tell them stands in their environment. The meeting place is a store of this
process's, so that none of them has to outlive the others.
"""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
import torch.distributed as dist

from helpers.checks.engine.data import read

SECONDS = 60  # for all processes together; a busy machine needs a few for each start
GRACE = {True: 15, False: 3}  # seconds for the others, after one has ended: well, with an error
ERRORS = 2000  # characters of its errors that are kept
LAST = """

import os as _os, torch.distributed as _group
with open("open-" + _os.environ["RANK"], "w") as _file:
    _file.write(str(_group.is_initialized()))
"""


@dataclass(frozen=True)
class Ended:
    """How one process ended.

    code:   its exit code, as of `subprocess`; None if it had to be stopped.
    errors: the end of what it wrote to stderr.
    left:   whether its group was still open after its last line; None if that was not reached.
    files:  what it and the others have saved, as Data by file name; the same for all.
    """

    code: object
    errors: str
    left: object
    files: dict


def run_processes(text, world, seconds=SECONDS):
    """A list of `world` Ended: the program `text`, run in so many processes at once.

    Whatever happens, none of them is left when this returns.
    """
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder, "program.py").write_text(text + LAST, "utf8")
        store = dist.TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
        place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(store.port)}
        place |= {"WORLD_SIZE": str(world), "LOCAL_WORLD_SIZE": str(world)}
        place |= {"TORCHELASTIC_USE_AGENT_STORE": "True", "OMP_NUM_THREADS": "1"}
        started = []
        try:
            for rank in range(world):
                env = {**os.environ, **place, "RANK": str(rank), "LOCAL_RANK": str(rank)}
                with open(Path(folder, f"errors-{rank}"), "wb") as errors:
                    options = {"cwd": folder, "env": env, "stdin": subprocess.DEVNULL}
                    options |= {"stdout": subprocess.DEVNULL, "stderr": errors}
                    command = [sys.executable, "program.py"]
                    started.append(subprocess.Popen(command, **options))
            _wait(started, time.monotonic() + seconds)
            codes = [process.poll() for process in started]
        finally:
            for process in started:
                process.kill()
                process.wait()
        files = {path.name: _saved(path) for path in Path(folder).glob("*.pt")}
        return [
            Ended(code, _text(folder, f"errors-{rank}")[-ERRORS:], _left(folder, rank), files)
            for rank, code in enumerate(codes)
        ]


def _wait(started, end):
    """Return when all have ended, or the time is up; after the first end it is soon up."""
    while time.monotonic() < end:
        codes = [process.poll() for process in started]
        if None not in codes:
            return
        if any(code is not None for code in codes):
            well = all(code in (None, 0) for code in codes)
            grace = min(end, time.monotonic() + GRACE[well])
            while time.monotonic() < grace and any(p.poll() is None for p in started):
                time.sleep(0.05)
            return
        time.sleep(0.05)


def _saved(path):
    """What is in the file, as Data; odd if it cannot be read."""
    try:
        return read(torch.load(path, map_location="cpu", weights_only=True))
    except Exception:
        return read(object())


def _text(folder, name):
    path = Path(folder, name)
    return path.read_text("utf8", "replace") if path.exists() else ""


def _left(folder, rank):
    return {"True": True, "False": False}.get(_text(folder, f"open-{rank}"))
