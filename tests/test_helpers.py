"""The package that the chapters import: what it computes, and the rules it keeps."""

import ast
import importlib
import json
import math
import re
import subprocess
import sys

import matplotlib
import matplotlib.pyplot as plt
import pytest
import torch
from torch import nn, optim
from torch.utils.data import DataLoader

from conftest import ROOT, code_cells, read_chapter, tags
from helpers.data import Days, Jitter, Log, pad_with_last, thermometer, write_days
from helpers.explorers import line_explorer, replay
from helpers.plotting import plot_fit, plot_loss
from helpers.training import History, evaluate, fit, gradient_descent

matplotlib.use("Agg")
MODULES = sorted(p for p in (ROOT / "helpers").glob("*.py") if p.stem != "__init__")


def mse(params, x, y):
    return ((params[0] * x + params[1] - y) ** 2).mean()


def autograd(params, x, y):
    params = params.clone().requires_grad_()
    return torch.autograd.grad(mse(params, x, y), params)[0]


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_the_readings_are_eleven_pairs():
    t_u, t_c = thermometer()
    assert t_u.shape == t_c.shape == (11,) and t_u.dtype == t_c.dtype == torch.float32
    assert mse(torch.tensor([1.0, 0.0]), t_u, t_c).item() == pytest.approx(1763.88, abs=0.01)


def test_gradient_descent_finds_the_least_squares_line():
    t_u, t_c = thermometer()
    x = (t_u - t_u.mean()) / t_u.std(correction=0)
    start = torch.tensor([1.0, 0.0])
    params, history = gradient_descent(mse, autograd, start, x, t_c, lr=0.4, epochs=50)
    assert mse(params, x, t_c).item() == pytest.approx(2.927646, abs=1e-4)
    assert start.tolist() == [1.0, 0.0], "the start was changed"
    assert len(history.loss) == len(history.params) == 50
    assert history.params[0] == [1.0, 0.0]
    assert history.loss[0] == pytest.approx(mse(start, x, t_c).item())
    assert all(a >= b - 1e-5 for a, b in zip(history.loss, history.loss[1:]))


def test_gradient_descent_stops_where_it_diverges():
    t_u, t_c = thermometer()
    _, history = gradient_descent(mse, autograd, torch.tensor([1.0, 0.0]), t_u, t_c, 1e-2, 100)
    assert len(history.loss) == 11 and math.isinf(history.loss[-1])


def test_no_epochs_change_nothing():
    start = torch.tensor([1.0, 0.0])
    params, history = gradient_descent(mse, autograd, start, *thermometer(), 1e-4, 0)
    assert params.tolist() == [1.0, 0.0] and history == History()


def line(x, y, lr, epochs, **options):
    """A line trained with `fit` from w = 1, b = 0, and the run's History."""
    model = nn.Linear(1, 1)
    with torch.no_grad():
        model.weight.fill_(1.0)
        model.bias.fill_(0.0)
    optimizer = optim.SGD(model.parameters(), lr=lr)
    loader = [(x[:, None], y[:, None])]
    return model, fit(model, loader, nn.MSELoss(), optimizer, epochs, **options)


def test_fit_walks_as_gradient_descent_does():
    t_u, t_c = thermometer()
    x = 0.1 * t_u
    model, history = line(x, t_c, 1e-2, 50)
    params, by_hand = gradient_descent(mse, autograd, torch.tensor([1.0, 0.0]), x, t_c, 1e-2, 50)
    assert history.loss == pytest.approx(by_hand.loss, rel=1e-4)
    assert [p.item() for p in model.parameters()] == pytest.approx(params.tolist(), rel=1e-4)
    assert history.val_loss == []


def test_fit_only_measures_the_validation_batches():
    t_u, t_c = thermometer()
    x, held = 0.1 * t_u, [(torch.tensor([[3.0], [5.0]]), torch.tensor([[0.0], [40.0]]))]
    alone, _ = line(x, t_c, 1e-2, 7)
    model, history = line(x, t_c, 1e-2, 7, val_loader=held)
    assert [p.item() for p in model.parameters()] == [p.item() for p in alone.parameters()]
    with torch.no_grad():
        last = ((model(held[0][0]) - held[0][1]) ** 2).mean().item()
    assert len(history.val_loss) == 7 and history.val_loss[-1] == pytest.approx(last)


def test_losses_are_means_over_samples_not_over_batches():
    x, y = torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([[0.0], [0.0], [9.0]])
    model = nn.Linear(1, 1)
    batches = [(x[:2], y[:2]), (x[2:], y[2:])]
    with torch.no_grad():
        whole = nn.MSELoss()(model(x), y).item()
    still = optim.SGD(model.parameters(), lr=0.0)
    assert evaluate(model, batches, nn.MSELoss()) == pytest.approx(whole)
    assert fit(model, batches, nn.MSELoss(), still, 1).loss == pytest.approx([whole])


def test_fit_trains_in_training_mode_and_judges_in_evaluation_mode():
    modes = []

    class Spy(nn.Linear):
        def forward(self, x):
            modes.append((self.training, torch.is_grad_enabled()))
            return super().forward(x)

    model = Spy(1, 1).eval()
    batches = [(torch.ones(2, 1), torch.ones(2, 1))]
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    fit(model, batches, nn.MSELoss(), optimizer, 2, val_loader=batches)
    assert modes == 2 * [(True, True), (False, False)] and not model.training


def test_fit_stops_where_it_diverges():
    t_u, t_c = thermometer()
    model, history = line(t_u, t_c, 1e-2, 100)
    assert len(history.loss) == 11 and math.isinf(history.loss[-1])


@pytest.mark.parametrize("loader", [[], ((x, x) for x in [torch.ones(1, 1)])], ids=["none", "once"])
def test_fit_says_what_to_do_about_a_loader_without_batches(loader):
    model = nn.Linear(1, 1)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ValueError, match="no batch .* a list of batches or a DataLoader"):
        fit(model, loader, nn.MSELoss(), optimizer, 2)


def days(folder, count=12):
    return Days(write_days(folder / "days", count, torch.Generator().manual_seed(3)))


def test_days_give_the_readings_and_the_highest_temperature(tmp_path):
    dataset = days(tmp_path)
    x, y = dataset[7]
    numbers = [float(line) for line in (tmp_path / "days" / "day_007.txt").read_text().split()]
    assert len(dataset) == 12 and y.tolist() == pytest.approx(numbers[:1])
    assert x.tolist() == pytest.approx(numbers[1:]) and 5 <= len(x) <= 13
    assert {len(x) for x, _ in days(tmp_path / "many", 60)} >= {5, 9, 13}
    again = write_days(tmp_path / "again", 12, torch.Generator().manual_seed(3))
    assert [torch.equal(a[0], b[0]) for a, b in zip(dataset, Days(again))] == 12 * [True]


@pytest.mark.parametrize(
    "text, message",
    [("12.5\nabc\n", "day_003.txt is damaged, .*abc.*remove"), ("12.5\n", "has 1 numbers")],
    ids=["letters", "short"],
)
def test_a_damaged_day_is_named(tmp_path, text, message):
    dataset = days(tmp_path)
    (tmp_path / "days" / "day_003.txt").write_text(text)
    with pytest.raises(ValueError, match=message):
        dataset[3]


def test_a_folder_without_days_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="is the folder the right one"):
        Days(tmp_path)


def test_short_mornings_are_padded_with_their_last_reading():
    samples = [(torch.tensor([1.0, 2.0]), torch.tensor([3.0])), (torch.arange(13.0), torch.ones(1))]
    x, y = pad_with_last(samples)
    assert x.tolist() == [[1.0] + 12 * [2.0], list(range(13))] and y.tolist() == [[3.0], [1.0]]
    assert samples[0][0].tolist() == [1.0, 2.0]


@pytest.mark.parametrize("start", torch.multiprocessing.get_all_start_methods())
def test_workers_repeat_nothing_however_they_are_started(tmp_path, start):
    (tmp_path / "log").write_text("".join(f"{n}\n" for n in range(7)))
    context = torch.multiprocessing.get_context(start)
    options = {"batch_size": 2, "num_workers": 2, "multiprocessing_context": context}
    numbers = torch.cat(list(DataLoader(Log(tmp_path / "log"), **options))).tolist()
    assert sorted(numbers) == list(range(7))
    one, two = DataLoader(Jitter([0.0] * 4, 1.0), **options)
    assert not torch.equal(one, two)


def test_plots_draw_on_the_axes_they_are_given_and_on_no_other():
    t_u, t_c = thermometer()
    _, (left, right) = plt.subplots(1, 2)
    plt.sca(right)
    before = dict(plt.rcParams)
    assert plot_fit(t_u, t_c, lambda x: x, xlabel="x", ylabel="y", ax=left) is left
    assert plot_loss({"a": History(loss=[3.0, 2.0])}, ax=left) is left
    assert not right.has_data() and dict(plt.rcParams) == before and len(plt.get_fignums()) == 1


def test_plot_loss_marks_where_a_run_diverged():
    ax = plot_loss({"up": History(loss=[1.0, 10.0, math.inf]), "lost": History(loss=[math.nan])})
    line, cross, lost = ax.get_lines()
    assert line.get_ydata().tolist() == [1.0, 10.0]
    assert (cross.get_xdata()[0], cross.get_ydata()[0]) == (2, 10.0)
    assert len(lost.get_ydata()) == 0


def test_plot_loss_draws_the_validation_loss_dotted_in_the_colour_of_its_run():
    ax = plot_loss({"net": History(loss=[3.0, 2.0], val_loss=[4.0, math.nan])})
    training, validation, cross = ax.get_lines()
    assert validation.get_color() == training.get_color() and validation.get_linestyle() == ":"
    assert training.get_ydata().tolist() == [3.0, 2.0]
    assert validation.get_ydata().tolist() == [4.0]
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts == ["net: training", "net: validation"] and cross.get_xdata()[0] == 1


def test_plot_fit_calls_the_model_with_columns_where_the_data_are_columns():
    t_u, t_c = thermometer()
    ax = plot_fit(t_u[:, None], t_c[:, None], nn.Linear(1, 1))
    assert len(ax.get_lines()[0].get_xdata()) == 200


def explorer_data(html):
    return json.loads(
        re.search(r"\)\(document\.getElementById\(\"\w+\"\), (.*)\);</script>", html.data)[1]
    )


def test_replay_draws_each_run_in_the_picture():
    runs = [([0, 1], [0, 1], "one </script> & only"), ([0, math.nan], [1, 5], "stops")]
    html = replay(runs, ([0, 1], [0, 1]), "rate <", "w", "loss", (0, 1), (0, 1), alt='an "alt"')
    frames = explorer_data(html)
    assert frames[0]["points"] == [[64.0, 290.0], [468.0, 12.0]]  # lower left, upper right
    assert len(frames[1]["points"]) == 1, "a number that is not finite ends the run"
    assert frames[0]["text"] == "one </script> & only"
    assert html.data.count("</script>") == 1 and "an &quot;alt&quot;" in html.data
    assert "rate &lt;" in html.data


def test_replay_keeps_data_as_dots_and_draws_the_runs_without():
    runs = [([0, 1], [0, 1], "one")]
    html = replay(runs, ([], []), "n", "x", "y", (0, 1), (0, 1), "alt", points=([0, 1], [1, 0]))
    assert len(re.findall(r'<circle cx="\d', html.data)) == 2 and 'class="dots"' not in html.data


def test_replay_marks_data_that_no_run_has_seen():
    args = [([0, 1], [0, 1], "one")], ([], []), "n", "x", "y", (0, 1), (0, 1), "alt"
    html = replay(*args, points=([0], [1]), held=([0, 1], [0, 1])).data
    shapes = re.findall(r'<path d="M([\d.]+) ([\d.]+)l8 8-8 8-8-8z"/>', html)
    assert [(float(x), float(y) + 8) for x, y in shapes] == [(64, 290), (468, 12)]
    assert re.search(r'<g fill="none"[^>]*><path d="M[\d. ]+l8', html), "hollow"
    assert "l8 8-8 8-8-8z" not in replay(*args, points=([0], [1])).data


@pytest.mark.parametrize(
    "runs, error",
    [([], IndexError), ([([0], [0, 1], "uneven")], ValueError)],
    ids=["none", "uneven"],
)
def test_replay_refuses_what_it_cannot_draw(runs, error):
    with pytest.raises(error):
        replay(runs, ([0, 1], [0, 1]), "rate", "w", "loss", (0, 1), (0, 1), alt="alt")


def test_line_explorer_starts_with_the_loss_of_its_line():
    x, y = thermometer()
    html = line_explorer(x, y, (0, 2, 0.1, 1.0), (-9, 9, 1, 0.0), "x", "y", (-10, 60), "alt")
    assert "loss 1763.88" in html.data and len(explorer_data(html)["x"]) == 11


@pytest.mark.parametrize("make", ["replay", "line"])
def test_explorers_are_the_same_bytes_each_time_and_ask_no_host(make):
    def html():
        if make == "line":
            return line_explorer(
                [0, 1], [0, 1], (0, 2, 1, 1), (0, 2, 1, 1), "x", "y", (0, 1), "a"
            ).data
        return replay([([0], [0], "t")], ([0], [0]), "n", "x", "y", (0, 1), (0, 1), "a").data

    assert html() == html() and "http" not in html()


def test_import_helpers_is_light():
    heavy = ("torch", "torchvision", "matplotlib")
    code = f"import sys, helpers; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.stem)
def test_module_keeps_the_rules(path):
    text = path.read_text("utf8")
    assert len(text.splitlines()) < 200, f"{path.name}: split it, 200 lines are the limit"
    tree = ast.parse(text)
    assert ast.get_docstring(tree), f"{path.name}: the module needs a docstring"
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{path.name}: {node.name} needs a docstring"
    calls = {ast.unparse(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
    forbidden = {"print", "plt.show", "plt.gca", "plt.figure", "torch.manual_seed", "plt.style.use"}
    assert not calls & forbidden, f"{path.name}: return, and leave seeds and styles to the chapter"


def test_helpers_stay_few():
    names = [
        name
        for path in MODULES
        for name, value in vars(importlib.import_module(f"helpers.{path.stem}")).items()
        if not name.startswith("_") and getattr(value, "__module__", "") == f"helpers.{path.stem}"
    ]
    assert len(names) <= 24, f"{len(names)} public names: {sorted(names)}"


SPAWN = """\
import multiprocessing, torch
multiprocessing.set_start_method("spawn")
torch.multiprocessing.set_sharing_strategy("file_system")  # the only one on macOS
"""


def test_the_chapter_with_workers_runs_where_they_are_spawned():
    """As on Windows and macOS: a worker finds nothing that exists in the notebook only."""
    chapters = sorted((ROOT / "chapters").glob("*.md"))
    notebook = read_chapter(next(p for p in chapters if "num_workers=2" in p.read_text("utf8")))
    left_out = {"raises-exception", "claim"}
    cells = [c.source for c in code_cells(notebook) if not left_out & set(tags(c))]
    program = SPAWN + "\n".join(cells)
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0 and "num_workers=2" in program, done.stderr[-2000:]
