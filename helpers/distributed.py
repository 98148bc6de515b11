"""The loop of `fit` for several processes: `torchrun --nproc-per-node 2 -m helpers.distributed`.

`python -m helpers.distributed` does the same work in one process; `--help` lists the options.
"""

import argparse
import os
import re
import signal
import sys
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from subprocess import PIPE, Popen, TimeoutExpired

import torch
import torch.distributed as dist
import torch.distributed.nn  # before there is a group: its default arguments would keep that one
from torch import nn, optim
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset

from helpers.training import History, evaluate


def torchrun(processes, *program, timeout=120):
    """Run a program in several processes on this machine, and return what they print.

    program: what stands behind the options of `torchrun`: a file, or "-m" and a module, and
             then the arguments of the program.

    Raises RuntimeError with the errors of the processes where one fails or is killed, and
    TimeoutError where they need more than `timeout` seconds, when they are ended.
    """
    command = [sys.executable, "-m", "torch.distributed.run", f"--nproc-per-node={processes}"]
    # A machine that cannot look up its own name, as in some containers, would wait for ever.
    command += ["--standalone", "--local-addr=localhost", *map(str, program)]
    # The program's own folder comes last: a `helpers.py` that lies in it is not taken for ours.
    paths = [Path(__file__).parents[1], os.environ.get("PYTHONPATH"), Path(*program[:1]).parent]
    env = {"OMP_NUM_THREADS": "1", **os.environ, "PYTHONSAFEPATH": "1"}
    env["PYTHONPATH"] = os.pathsep.join(str(path) for path in paths if path)
    with Popen(command, env=env, stdout=PIPE, stderr=PIPE, text=True) as running:
        try:
            output, errors = running.communicate(timeout=timeout)
        except TimeoutExpired:
            text = f"after {timeout} seconds the processes were not done, and were ended"
            raise TimeoutError(f"{text}: do they wait for each other?") from None
        finally:
            running.terminate()  # then torchrun ends the processes that are left
    if running.returncode:
        raise RuntimeError(f"torchrun ended with code {running.returncode}.\n{_summary(errors)}")
    return output


def _summary(text):
    """The errors of the processes and how they ended, or else the last lines of `text`."""
    raised = r"^(?:\[rank\d+\]: )?[A-Z]\w*Error: .*|^\S+: error: .*"
    found = dict.fromkeys(re.findall(raised, text, re.MULTILINE))  # each once
    ended = re.findall(r"^ *(?:rank|exitcode) *: .*", text, re.MULTILINE)
    return "\n".join([*found, *ended] or text.splitlines()[-15:])


@contextmanager
def _process_group(device):
    """Join the processes that torchrun has started, while the `with` lasts; gives the device.

    device: "cpu", "cuda", or "auto", which is CUDA if there is a device for each process.
    """
    local, here = int(os.environ.get("LOCAL_RANK", 0)), int(os.environ.get("LOCAL_WORLD_SIZE", 1))
    count = torch.cuda.device_count()
    if device == "cuda" and here > count:
        text = f"{here} processes need {here} CUDA devices, and this machine has {count}"
        raise ValueError(f"{text}: start fewer processes, or leave `--device cuda` out")
    cuda = device != "cpu" and here <= count
    if cuda:
        torch.cuda.set_device(local)
    if "RANK" in os.environ:  # else it is one process, and no group
        dist.init_process_group("nccl" if cuda else "gloo", timeout=timedelta(minutes=2))
    yield torch.device("cuda", local) if cuda else torch.device("cpu")
    if dist.is_initialized():
        dist.destroy_process_group()  # Gloo's threads end: later, they could abort the process


def _place():
    """The rank of this process and the number of processes; (0, 1) where there is no group."""
    return (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)


def _save(file, model, optimizer, history):
    """Write a checkpoint, in such a way that `file` is at no moment half written."""
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
    torch.save({**state, "history": vars(history)}, f"{file}.new")
    os.replace(f"{file}.new", file)


def _load(file, model, optimizer):
    """The History in `file`, whose checkpoint is put into both; an empty one if there is none.

    Process 0 reads it, and hands it on to the others.
    """
    found, (rank, world) = [None], _place()
    repair = "Remove it to begin anew, or name another file."
    if rank == 0 and Path(file).exists():
        try:
            found = [torch.load(file, map_location="cpu", weights_only=True)]
        except Exception as error:
            why = f"cannot be read ({type(error).__name__})"
            raise ValueError(f"the checkpoint {file} {why}. {repair}") from None
    if world > 1:
        dist.broadcast_object_list(found)
    if found[0] is None:
        return History()
    try:
        model.load_state_dict(found[0]["model"])
        optimizer.load_state_dict(found[0]["optimizer"])
        return History(**found[0]["history"])
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        raise ValueError(f"the checkpoint {file} does not fit this model. {repair}") from error


def train(
    model, dataset, loss_fn, optimizer, epochs, batch_size, val_loader=None, file=None, watch=None
):
    """Train like `fit`, in all processes of the group at once, and return the run's History.

    dataset:    map-style; each process gets its share of the samples, another one in each epoch.
                Where the shares would be unequal, some samples are seen twice.
    batch_size: samples of one step in all processes together, a multiple of their number. So
                with equal shares, the number of processes changes the result by rounding only.
    file:       a checkpoint to go on from, written anew by process 0 after each epoch.
    watch:      called as `watch(epoch, step)` before each step, both counted from 0.

    The other arguments are those of `fit`. Raises ValueError if the batch cannot be divided among
    the processes, and if the checkpoint is damaged or of another model.
    """
    rank, world = _place()
    if batch_size % world:
        text = f"a batch of {batch_size} samples cannot be divided among {world} processes"
        raise ValueError(f"{text}: choose a multiple of {world}")
    sampler = DistributedSampler(dataset, world, rank)
    loader = DataLoader(dataset, batch_size // world, sampler=sampler)
    device = next(model.parameters()).device
    history = _load(file, model, optimizer) if file else History()
    shared = DistributedDataParallel(model) if world > 1 else model
    for epoch in range(len(history.loss), epochs):
        sampler.set_epoch(epoch)
        model.train()
        total = torch.zeros(2, dtype=torch.float64, device=device)  # losses, samples
        for step, (x, y) in enumerate(loader):
            if watch:
                watch(epoch, step)
            optimizer.zero_grad()
            loss = loss_fn(shared(x.to(device)), y.to(device))
            loss.backward()  # averages the gradients over the processes
            optimizer.step()
            total += torch.tensor([loss.item() * len(x), len(x)], device=device)
        if world > 1:
            dist.all_reduce(total)
        history.loss.append((total[0] / total[1]).item())
        if val_loader is not None:
            history.val_loss.append(evaluate(model, val_loader, loss_fn))
        if file and rank == 0:
            _save(file, model, optimizer, history)
    return history


def main(arguments=None):
    """Train a small network on XOR, in one process or in all that torchrun has started."""
    parser = argparse.ArgumentParser(prog="helpers.distributed", description=main.__doc__)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--batch-size", type=int, default=64, help="of all processes together")
    parser.add_argument("--checkpoint", help="file to go on from, written after each epoch")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.add_argument("--die-at", type=int, help="epoch in which the last process kills itself")
    options, seen = parser.parse_args(arguments), set()

    def watch(epoch, step):
        seen.add(epoch + 1)
        if (epoch + 1, step) == (options.die_at, 1) and _place()[0] + 1 == _place()[1]:
            os.kill(os.getpid(), signal.SIGKILL)

    with _process_group(options.device) as device:
        x = torch.randn(1920, 2, generator=torch.Generator().manual_seed(0))
        y = ((x[:, 0] > 0) ^ (x[:, 1] > 0)).long()  # XOR: is exactly one of them positive?
        dataset, val = TensorDataset(x[:960], y[:960]), (x[960:].to(device), y[960:].to(device))
        torch.random.manual_seed(0)
        model = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 2)).to(device)
        optimizer = optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
        run = options.epochs, options.batch_size, [val], options.checkpoint, watch
        history = train(model, dataset, nn.CrossEntropyLoss(), optimizer, *run)
        rank, world = _place()
    text = f"epochs {min(seen)} to {max(seen)}" if seen else "nothing left to do"
    text += f", processes: {world}, device: {device.type}"
    text += "".join(f", validation loss {loss:.4f}" for loss in history.val_loss[-1:])
    return f"{text}\n" if rank == 0 else ""


if __name__ == "__main__":
    sys.stdout.write(main())
