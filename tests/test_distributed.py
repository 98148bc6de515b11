"""Training in several processes: real ones, started by torchrun, where it takes two to tell."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn, optim
from torch.utils.data import TensorDataset

from conftest import ROOT
from helpers import distributed
from helpers.checks.engine import processes
from helpers.checks.engine.processes import run_processes
from helpers.distributed import torchrun, train

PROGRAM = ("-m", "helpers.distributed", "--device", "cpu", "--epochs", "4")

GRADIENTS = """
import sys
import torch
import torch.distributed as dist
import torch.distributed.nn  # before the group, as in helpers.distributed
from torch import nn

dist.init_process_group("gloo")
rank, world = dist.get_rank(), dist.get_world_size()
x, y = torch.load(f"{sys.argv[1]}/data.pt")
torch.manual_seed(rank)  # different at the start: the first process's parameters count
model = nn.parallel.DistributedDataParallel(nn.Linear(3, 1))
nn.MSELoss()(model(x[rank::world]), y[rank::world]).backward()
torch.save([(p.detach(), p.grad) for p in model.parameters()], f"{sys.argv[1]}/{rank}.pt")
del model  # which would keep the group
dist.destroy_process_group()
"""

THREADS = """
import sys
from pathlib import Path
from helpers import distributed

def gloo():
    return sum("gloo" in file.read_text() for file in Path("/proc/self/task").glob("*/comm"))

def destroy(real=distributed.dist.destroy_process_group):
    found.append(gloo())
    real()

found = []
distributed.dist.destroy_process_group = destroy
distributed.main(["--device", "cpu", "--epochs", "2"])
sys.stdout.write(f"{found[0] > 0} {gloo()}\\n")
"""


def weights(file):
    return torch.load(file, weights_only=True)["model"]


def assert_close(found, want):
    assert found.keys() == want.keys()
    for name in want:
        torch.testing.assert_close(found[name], want[name], rtol=1e-4, atol=1e-5)


def small():
    """What `train` needs, in a size for tests."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(12, 2, generator=generator)
    dataset = TensorDataset(x, x.sum(dim=1, keepdim=True))
    torch.manual_seed(0)
    model = nn.Linear(2, 1)
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    return model, dataset, nn.MSELoss(), optimizer


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The checkpoint of a run in one process, which nobody stopped, and what it printed."""
    file = tmp_path_factory.mktemp("alone") / "run.pt"
    command = [sys.executable, *PROGRAM, "--checkpoint", file]
    env = {k: v for k, v in os.environ.items() if k not in ("RANK", "WORLD_SIZE")}
    options = {"cwd": ROOT, "env": env, "capture_output": True, "text": True, "timeout": 120}
    done = subprocess.run(command, **options)
    assert done.returncode == 0, done.stderr[-2000:]
    return file, done.stdout


def test_one_process_needs_no_torchrun(alone):
    file, output = alone
    assert output.startswith("epochs 1 to 4, processes: 1, device: cpu, validation loss 0.")
    assert len(torch.load(file, weights_only=True)["history"]["loss"]) == 4


def test_two_processes_have_the_gradient_of_the_joint_batch(tmp_path):
    generator = torch.Generator().manual_seed(0)
    x, y = torch.randn(10, 3, generator=generator), torch.randn(10, 1, generator=generator)
    torch.save((x, y), tmp_path / "data.pt")
    (tmp_path / "gradients.py").write_text(GRADIENTS, "utf8")
    torchrun(2, tmp_path / "gradients.py", tmp_path)
    first, second = (torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in (0, 1))
    torch.testing.assert_close(first, second, rtol=0, atol=0)
    torch.manual_seed(0)
    model = nn.Linear(3, 1)
    nn.MSELoss()(model(x), y).backward()
    for (value, slope), p in zip(first, model.parameters(), strict=True):
        torch.testing.assert_close((value, slope), (p.detach(), p.grad))


@pytest.mark.parametrize("kind", ["file", "module"])
def test_a_program_finds_our_helpers_and_what_lies_beside_it(kind, tmp_path, monkeypatch):
    (tmp_path / "helpers.py").write_text("raise SystemExit('not the helpers of the course')")
    (tmp_path / "beside.py").write_text("")
    (tmp_path / "program.py").write_text("import beside, helpers; print(helpers.__file__)")
    monkeypatch.chdir(ROOT if kind == "file" else tmp_path)
    program = (tmp_path / "program.py",) if kind == "file" else ("-m", "program")
    assert torchrun(1, *program).strip() == str(ROOT / "helpers" / "__init__.py")


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="lists threads as Linux does")
def test_no_thread_of_the_group_is_left_when_python_ends(tmp_path):
    """A thread of Gloo's that lets go of a tensor then would abort the process, now and then."""
    (tmp_path / "threads.py").write_text(THREADS, "utf8")
    assert torchrun(2, tmp_path / "threads.py").splitlines() == ["True 0"] * 2


def test_a_killed_run_goes_on_where_it_was(alone, tmp_path):
    file = tmp_path / "run.pt"
    with pytest.raises(RuntimeError, match=r"(?s)rank +: 1 .*exitcode +: -9"):
        torchrun(2, *PROGRAM, "--checkpoint", file, "--die-at", 3)
    assert len(torch.load(file, weights_only=True)["history"]["loss"]) == 2
    output = torchrun(2, *PROGRAM, "--checkpoint", file)
    assert output.startswith("epochs 3 to 4, processes: 2, device: cpu, validation loss 0.")
    assert_close(weights(file), weights(alone[0]))
    histories = [torch.load(f, weights_only=True)["history"] for f in (file, alone[0])]
    assert histories[0]["loss"] == pytest.approx(histories[1]["loss"], rel=1e-4)
    assert histories[0]["val_loss"] == pytest.approx(histories[1]["val_loss"], rel=1e-4)


def test_a_run_in_two_pieces_is_that_in_one(tmp_path):
    whole, pieces = small(), small()
    want = train(*whole, epochs=5, batch_size=4)
    train(*pieces, epochs=2, batch_size=4, file=tmp_path / "run.pt")
    fresh = small()
    found = train(*fresh, epochs=5, batch_size=4, file=tmp_path / "run.pt")
    assert found.loss == want.loss and torch.equal(fresh[0].weight, whole[0].weight)
    assert train(*fresh, epochs=5, batch_size=4, file=tmp_path / "run.pt").loss == want.loss


@pytest.mark.parametrize("spoil", [lambda b: b"", lambda b: b[: len(b) // 2], lambda b: b"x" * 99])
def test_a_damaged_checkpoint_is_named_and_the_repair_as_well(spoil, tmp_path):
    file = tmp_path / "run.pt"
    train(*small(), epochs=1, batch_size=4, file=file)
    file.write_bytes(spoil(file.read_bytes()))
    with pytest.raises(ValueError, match=r"run\.pt cannot be read \(.*\)\. Remove it"):
        train(*small(), epochs=2, batch_size=4, file=file)


def test_a_checkpoint_of_another_model_is_refused(tmp_path):
    file = tmp_path / "run.pt"
    train(*small(), epochs=1, batch_size=4, file=file)
    _, dataset, loss_fn, _ = small()
    other = nn.Sequential(nn.Linear(2, 4), nn.Linear(4, 1))
    with pytest.raises(ValueError, match=r"run\.pt does not fit this model\. Remove it"):
        train(other, dataset, loss_fn, optim.SGD(other.parameters(), lr=0.1), 2, 4, file=file)


def test_a_checkpoint_is_whole_even_if_the_writing_stops(tmp_path, monkeypatch):
    file, save = tmp_path / "run.pt", torch.save
    train(*small(), epochs=1, batch_size=4, file=file)
    before = file.read_bytes()

    def killed(state, target):
        save(state, target)
        target = tmp_path / os.path.basename(target)
        target.write_bytes(target.read_bytes()[:100])
        raise KeyboardInterrupt

    monkeypatch.setattr(torch, "save", killed)
    with pytest.raises(KeyboardInterrupt):
        train(*small(), epochs=2, batch_size=4, file=file)
    assert file.read_bytes() == before


def test_a_batch_must_be_divisible(monkeypatch):
    monkeypatch.setattr(distributed, "_place", lambda: (0, 2))
    with pytest.raises(ValueError, match="a batch of 5 .* 2 processes: choose a multiple of 2"):
        train(*small(), epochs=1, batch_size=5)


def test_too_few_devices_are_said_in_a_sentence(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(ValueError, match="this machine has 0: .* leave `--device cuda` out"):
        distributed.main(["--device", "cuda"])


def test_an_error_of_torchrun_itself_is_shown():
    text = "\n".join(f"line {number}" for number in range(40))
    assert distributed._summary(text).splitlines() == [f"line {n}" for n in range(25, 40)]


MEET = """
import torch
import torch.distributed as dist

dist.init_process_group("gloo")
rank = torch.tensor(dist.get_rank() + 1.0)
dist.all_reduce(rank)
torch.save([rank.item(), dist.get_world_size()], f"{dist.get_rank()}.pt")
"""


def test_the_text_of_a_program_runs_in_two_processes():
    first, second = run_processes(MEET, 2)
    assert (first.code, first.left, second.code, second.left) == (0, True, 0, True)
    assert [item.value for name in ("0.pt", "1.pt") for item in first.files[name].value] == [
        3,
        2,
    ] * 2


@pytest.mark.parametrize("end", ["", "\nwhile dist.get_rank(): pass"], ids=["before", "behind"])
def test_no_process_of_a_check_is_left(end, monkeypatch):
    """One waits for ever: before the group, for the other one; behind it, when that one is done."""
    text = MEET + end if end else MEET.replace("dist.init", "while True: pass\ndist.init")
    started, popen = [], processes.subprocess.Popen
    monkeypatch.setattr(processes, "GRACE", {True: 0.5, False: 0.5})
    monkeypatch.setattr(
        processes.subprocess, "Popen", lambda *a, **k: started.append(popen(*a, **k)) or started[-1]
    )
    ended = run_processes(text, 2, seconds=60 if end else 3)
    assert [process.code for process in ended] == ([0, None] if end else [None, None])
    assert len(started) == 2 and all(process.poll() is not None for process in started)


def test_what_a_program_says_when_it_fails_is_kept():
    ended = run_processes("import sys\nraise ValueError(sys.path[0] and 'no')\n", 2)
    assert all(process.code == 1 and process.left is None for process in ended)
    assert all(process.errors.endswith("ValueError: no\n") for process in ended)
