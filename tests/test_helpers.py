"""The package that the chapters import: what it computes, and the rules it keeps."""

import ast
import importlib
import json
import math
import re
import subprocess
import sys
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import pytest
import torch

from helpers.data import thermometer
from helpers.explorers import line_explorer, replay
from helpers.plotting import plot_fit, plot_loss
from helpers.training import History, gradient_descent

matplotlib.use("Agg")
ROOT = Path(__file__).resolve().parent.parent
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
