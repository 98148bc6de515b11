"""Exercises: the gate for every page, the engine's verdicts, and a page in a real kernel."""

import collections
import json
import math
import operator
import random
import re
import shutil
import signal
import time
import tomllib

import jupytext
import numpy
import pytest
import torch
from exercise_gate import (
    Yes,
    attack_faults,
    checks_of,
    current_faults,
    huge,
    proof_faults,
    run_page,
    screen,
    shipped_faults,
    solution_faults,
)
from nbclient import NotebookClient
from torch import nn
from torch.utils.data import Dataset

import helpers.checks
from conftest import ROOT
from helpers.checks import Exercises, exercises
from helpers.checks.engine import (
    accepts,
    advised,
    apart,
    drawn,
    expect,
    judge,
    letters_in,
    letters_once,
    mean,
    numbers,
    numbers_of,
    pages,
    plain,
    reference,
    refuse_first,
    rejects,
    tensor,
)
from helpers.checks.engine.calling import Work
from helpers.checks.engine.compare import mistake
from helpers.checks.engine.data import LIMIT, read
from helpers.checks.engine.marks import Marks
from helpers.checks.engine.show import COLOURS, NEUTRAL, Box

PAGES = {path.stem: path.read_text("utf8") for path in sorted((ROOT / "solutions").glob("*.md"))}
CHECKS = {f"{page}:{name}": check for page in PAGES for name, check in checks_of(page).items()}
each_page = pytest.mark.parametrize("page", PAGES)
each_check = pytest.mark.parametrize("name", CHECKS)
PAGE = next(page for page in PAGES if "mse" in checks_of(page))
COUNT = len(checks_of(PAGE))
CHECK = checks_of(PAGE)["mse"]


def fail_with(faults):
    if faults:
        pytest.fail("\n".join(faults), pytrace=False)


@pytest.fixture(scope="module")
def solved():
    """The names that the page with the answers makes, by page."""
    kept = {}
    return lambda page: kept.setdefault(page, run_page(PAGES[page])[0])


# The gate: every page, every check


def test_pages_are_current_and_no_file_is_stray():
    fail_with(current_faults(ROOT))


@each_page
def test_learners_see_no_answer_and_nothing_that_is_for_the_book(page):
    text = pages.learner_page(PAGES[page], page)
    assert "In the book" in PAGES[page] and "In the book" not in text
    assert "Hint 1" not in text and "SOLUTION" not in text and "marks=None" not in text


@each_page
def test_every_exercise_as_shipped_is_not_attempted(page):
    fail_with(shipped_faults(pages.learner_page(PAGES[page], page), page))


@each_page
def test_every_solution_passes(page):
    fail_with(solution_faults(PAGES[page], page))


@each_check
def test_check_refuses_wrong_answers_and_accepts_right_ones(name):
    fail_with(proof_faults(CHECKS[name], name))


@each_check
def test_check_withstands_attacks(name, solved):
    page, own = name.split(":")
    fail_with(attack_faults(CHECKS[name], solved(page)[own], name))


@each_page
def test_page_and_module_have_one_stem(page):
    assert re.fullmatch(r"\d\d_[a-z0-9_]+", page), "two digits, then the topic: 07_datasets.md"
    assert checks_of(page), f"helpers/checks/{pages.topic(page)}.py is missing: write the checks"
    chapter = ROOT / "chapters" / f"{page}.md"
    assert chapter.exists(), f"solutions/{page}.md has no chapter of that name: rename one of them"


def test_every_module_of_checks_has_a_page():
    modules = {path.stem for path in (ROOT / "helpers" / "checks").glob("*.py")} - {"__init__"}
    strays = modules - {pages.topic(page) for page in PAGES}
    assert not strays, f"helpers/checks/{strays.pop()}.py has no page in solutions/"


def test_everything_that_a_check_needs_is_installed():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))["tool"]["setuptools"]
    folders = {p.parent.relative_to(ROOT).as_posix() for p in ROOT.glob("helpers/**/__init__.py")}
    wanted = {folder.replace("/", ".") for folder in folders} | {"helpers.checks.solutions"}
    assert set(project["packages"]) == wanted, "list these in pyproject.toml: [tool.setuptools]"
    assert project["package-dir"] == {"helpers.checks.solutions": "solutions"}
    assert project["package-data"]["helpers.checks.solutions"] == ["*.md"]


# Deliberate faults: the gate must see them


@pytest.fixture
def copy(tmp_path):
    """A copy of the pages, and a function that edits one of them."""
    for folder in ("solutions", "exercises"):
        shutil.copytree(ROOT / folder, tmp_path / folder)

    def edit(old, new, file=f"solutions/{PAGE}.md"):
        path = tmp_path / file
        text = path.read_text("utf8")
        assert text.count(old) >= 1
        path.write_text(text.replace(old, new, 1), "utf8")
        return tmp_path

    return edit


def test_fault_reworded_prompt(copy):
    root = copy("Now w becomes 0.6", "Now w becomes 0.7")
    assert current_faults(root) == [
        f"exercises/{PAGE}.md is not what solutions/{PAGE}.md gives; run: make exercises"
    ]


@pytest.mark.parametrize("marker", ["# BEGIN SOLUTION", "# END SOLUTION"])
def test_fault_lost_marker(copy, marker):
    (fault,) = current_faults(copy(f"    {marker}\n", ""))
    assert "3. A model for all readings at once: every `# BEGIN SOLUTION` needs its" in fault


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('ex.check("model")', 'ex.check("mse")', "`mse` is checked twice"),
        ('ex.check("model")', "model", "exactly one cell `ex.check"),
        (":::{dropdown} Hint 2\nM", ":::{note}\nM", "at least two hints"),
        (", marks=None", "", "the imports cell needs the line"),
        ("ex.summary()", "ex", "the last cell must be"),
    ],
)
def test_fault_in_a_page(copy, old, new, words):
    (fault,) = current_faults(copy(old, new))
    assert words in fault


def test_fault_stray_file(copy):
    root = copy("Now", "Now")
    (root / "exercises" / "99_nowhere.md").write_text("")
    (root / "exercises" / f"{PAGE}.marks.json").write_text("a learner's own")
    (fault,) = current_faults(root)
    assert fault.startswith("exercises/99_nowhere.md belongs to no page; remove it")


def test_fault_stub_that_passes():
    text = pages.learner_page(PAGES[PAGE], PAGE)
    answer = "return w * x + b"
    faults = shipped_faults(
        text.replace('raise NotImplementedError("your code here")', answer), PAGE
    )
    assert any("model as shipped is 'passed' and not 'not attempted'" in fault for fault in faults)


def test_fault_page_that_does_not_run():
    (fault,) = shipped_faults(pages.learner_page(PAGES[PAGE], PAGE) + BROKEN_CELL, PAGE)
    assert "fails with ZeroDivisionError" in fault


BROKEN_CELL = "\n```{code-cell} ipython3\n1 / 0\n```\n"


def test_fault_wrong_solution():
    (fault,) = solution_faults(PAGES[PAGE].replace("return w * x + b", "return b * x + w"), PAGE)
    assert "the answer to model is 'not yet': `w` and `b` have changed places" in fault


def test_fault_check_that_is_not_used():
    section = PAGES[PAGE].replace('ex.check("line")', "")
    assert any("check_line is not used; remove it" in f for f in solution_faults(section, PAGE))


@pytest.mark.parametrize("page", [PAGE, "99_nowhere"])
def test_fault_check_that_is_missing(page):
    verdict = judge(helpers.checks._find(page, "modell"), 1)
    assert verdict.state == "broken"
    assert f"{pages.topic(page)}.py has no check_modell" in verdict.message


@rejects((1, "one"), (2, "two"), (3, "three"))
@accepts(4, 5)
def check_everything_passes(work):
    work.read()


@rejects((1, "one"), (2, "two"), (3, "three"))
@accepts(4, 5)
def check_nothing_passes(work):
    work.read().refuse("three")


@rejects((1, "one"))
def check_without_proof(work):
    work.read().refuse("one")


def test_fault_check_that_accepts_everything():
    faults = proof_faults(check_everything_passes, "it")
    assert faults == [f"it: wrong answer {n} is 'passed'; mend the check" for n in (1, 2, 3)]
    faults = attack_faults(check_everything_passes, 4, "it")
    assert len(faults) > 10 and "an object that says yes is 'passed'" in faults[0]


def test_fault_check_that_refuses_everything_with_one_message():
    assert proof_faults(check_nothing_passes, "it") == [
        "it: wrong answer 1 is told 'three' and not 'one'; add its sentence to the check",
        "it: wrong answer 2 is told 'three' and not 'two'; add its sentence to the check",
        "it: right answer 1 is refused; mend the check",
        "it: right answer 2 is refused; mend the check",
    ]


def test_fault_check_without_its_proof():
    one, two = proof_faults(check_without_proof, "it")
    assert "attach at least three with @rejects" in one
    assert "attach at least two with @accepts" in two


# Bad input: each gets a sentence, and nothing raises


@pytest.fixture
def ask():
    """Run one check of a page on what a notebook holds; the display that comes."""

    def run(name="mse", **names):
        with screen() as shown:
            Exercises(PAGE, None, names).check(name)
        return shown[-1]

    return run


def returns(value):
    return lambda pred, target: value


def undefined(pred, target):
    return ((pred - target) ** 2).mean() * factor  # noqa: F821


# No input gives this mean squared error, nor does a mistake that the check knows: numbers from
# -4 to 4 in steps of a quarter. A smaller constant is now and then what a mistake gives.
FAR = 9999


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        (None, "not attempted", "`mse` holds no answer yet"),
        (..., "not attempted", "`mse` holds no answer yet"),
        (3, "not yet", "`mse` is a number, and a function is expected"),
        (torch.zeros(2), "not yet", "`mse` is a tensor of shape (2,), and a function is expected"),
        (lambda pred: pred, "not yet", "Compare the parameters of your function"),
        (undefined, "not yet", "Run the page from the top."),
        (returns(None), "not yet", "Does the function end with `return`?"),
        (returns(tensor([2.0, 3.0])), "not yet", "one number out of many"),
        (returns(tensor(float(FAR)).requires_grad_()), "not yet", "not right yet"),
        (returns(v for v in "ab"), "not yet", "a generator, which has not computed anything yet"),
        (returns(huge()), "not yet", "The shape is (2500000000,)"),
        (returns(torch.tensor(FAR)), "not yet", "The dtype is `int64`"),
        (returns("5.0"), "not yet", "This is text, and a number is expected"),
        (returns([5.0]), "not yet", "This is a list of 1, and a number is expected"),
        (returns(numpy.zeros(3)), "not yet", "This is a NumPy array"),
        (returns(torch.tensor(float("nan"))), "not yet", "There is a `nan` in it"),
        (returns(torch.zeros((), device="meta")), "not yet", "on the device `meta`"),
    ],
)
def test_bad_answer_gets_a_sentence(ask, answer, state, words):
    box = ask(mse=answer)
    assert box.kind == state
    assert words in " ".join(box.lines)


@pytest.mark.parametrize(
    ("name", "answer", "state", "words"),
    [
        ("change", None, "not attempted", "`change` holds no answer yet"),
        ("change", ..., "not attempted", "`change` holds no answer yet"),
        ("change", tensor(6.0).requires_grad_(), "passed", ""),
        ("change", "6", "not yet", "This is text, and one number is expected"),
        ("change", True, "not yet", "This is `True` or `False`, and one number is expected"),
        ("change", (n for n in "6"), "not yet", "a generator, which has not computed anything"),
        ("change", huge(), "not yet", "a tensor of shape (2500000000,), and one number is"),
        ("change", 6 * 2, "not yet", "This is too large."),
        ("squares", [], "not attempted", "`squares` holds no answer yet"),
        ("squares", {"A": 1}, "not yet", "a list of letters is expected"),
        ("line", (1.0, "b"), "not yet", "Two numbers are expected"),
        ("stations", [("B", 2)] * 5, "not yet", "A list of five pairs"),
    ],
)
def test_bad_value_gets_a_sentence(ask, name, answer, state, words):
    box = ask(name, **{name: answer})
    assert box.kind == state
    assert words in " ".join(box.lines)


def test_missing_and_renamed_names(ask):
    assert "There is no `mse` yet. Run the cell that makes it" in ask().lines[0]
    assert "There is `mse2`: the check looks for exactly `mse`." in ask(mse2=len).lines[0]
    assert ask().kind == "not attempted"
    assert ask("mze").lines[0] == "Did you mean `mse`?"
    assert ask(len).lines == ['It is written in quotes: `ex.check("change")`.']


def test_unknown_page_gets_a_sentence():
    with screen() as shown:
        ex = exercises(f"{PAGE}x", marks=None)
        ex.check("mse")
        ex.summary()
    assert f"There is no page '{PAGE}x'" in shown[0].title
    assert f"`{PAGE}`" in shown[0].lines[0]
    assert "There is no exercise 'mse'" in shown[1].title


@pytest.mark.parametrize("marks", [3, True, "\0"])
def test_folder_for_marks_that_is_none(marks):
    with screen() as shown:
        exercises(PAGE + ".md", marks).check("mse")
    assert any("They are kept in memory only" in line for line in shown[0].lines)


def test_summary_of_no_page_is_not_a_success():
    with screen() as shown:
        exercises("nope", marks=None).summary()
    assert [box.kind for box in shown] == ["not attempted", "not attempted"]


def test_calls_without_a_name_get_a_sentence():
    with screen() as shown:
        ex = exercises(PAGE, marks=None)
        ex.check(), ex.hint(), ex.solution()
    assert all("It is written in quotes" in box.lines[0] for box in shown) and len(shown) == 3


def test_names_that_are_no_text_do_no_harm(ask):
    assert "There is no `mse` yet" in ask(**{}).lines[0]
    with screen() as shown:
        Exercises(PAGE, None, {3: 4}).check("mse")
    assert "There is no `mse` yet" in shown[0].lines[0]


def test_empty_place_is_named_where_it_is(ask):
    cell = "def helper():\n    raise NotImplementedError({})\ndef mse(p, t):\n    return helper()\n"
    for text, state, words in (
        ('"your code here"', "not attempted", "`helper`, which `mse` calls, is still empty"),
        ('"later"', "not yet", "Your code stopped with NotImplementedError: later"),
    ):
        names = run_page(f"```{{code-cell}}\n{cell.format(text)}```\n")[0]
        box = ask(mse=names["mse"])
        assert (box.kind, words in box.lines[0]) == (state, True), box


def test_nested_lists_are_read_up_to_a_limit_over_all():
    def count(data):
        return 1 + sum(map(count, data.value or [])) if data.kind == "list" else 1

    deep = [[[0] * 1000] * 1000] * 10
    assert count(read(deep)) < 2 * LIMIT
    assert judge(CHECK, returns(deep)).state == "not yet"


Pair = collections.namedtuple("Pair", "w b")


@pytest.mark.parametrize(
    "thing, value",
    [
        (numpy.int8(6), 6),
        (numpy.float16(0.5), 0.5),
        (numpy.str_("A"), "A"),
        (Pair(1.0, 2.0), (1.0, 2.0)),
        ({"B", "A"}, ["A", "B"]),
    ],
)
def test_relatives_of_plain_values_are_read(thing, value):
    assert plain(read(thing)) == value


@pytest.mark.filterwarnings("ignore:.*nested tensors is in prototype")
def test_tensor_that_cannot_be_read_is_odd():
    nested = torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)])
    assert read(nested).kind == "odd"


def test_timer_of_the_learner_goes_on():
    old = signal.signal(signal.SIGALRM, signal.SIG_IGN)
    try:
        signal.alarm(100)
        judge(CHECK, right)
        assert 90 < signal.alarm(0) <= 100
    finally:
        signal.signal(signal.SIGALRM, old)


def test_error_shows_the_learners_line(ask):
    names = run_page("```{code-cell}\ndef mse(pred, target):\n    return 1 / 0\n```\n")[0]
    box = ask(mse=names["mse"])
    assert box.lines[0].startswith("Your code stopped with ZeroDivisionError: division by zero. ")
    assert "It happened in line 2 of its cell" in box.lines[0]
    assert box.rows[0][1].startswith("mse(tensor([")


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, MemoryError, RecursionError])
def test_nothing_that_is_raised_gets_out(ask, error):
    def mse(pred, target):
        raise error

    assert ask(mse=mse).kind == "not yet"


def test_error_in_a_check_is_ours_and_says_so():
    def check_it(work):
        raise LookupError("oh")

    verdict = judge(check_it, 1)
    assert verdict.state == "broken"
    assert "this is not your mistake" in verdict.message


# The engine: what a call may do, and what is said about what came back


def patient(pred, target):
    while True:
        pass


def stubborn(pred, target):
    while True:
        try:
            sum(range(100))
        except:  # noqa: E722
            pass


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="no SIGALRM on this platform")
@pytest.mark.parametrize("endless", [patient, stubborn])
def test_endless_loop_is_cut_off(endless):
    before = signal.getsignal(signal.SIGALRM)
    verdict = judge(CHECK, endless, seconds=0.1)
    assert verdict.state == "not yet"
    assert "After 0.1 seconds there was no answer" in verdict.message
    assert verdict.call.startswith("mse(tensor([")
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_what_is_cut_off_may_clean_up():
    done = []

    def tidy(pred, target):
        try:
            while True:
                pass
        finally:
            time.sleep(0.01)
            done.append("restored")

    assert judge(CHECK, tidy, seconds=0.1).state == "not yet"
    assert done == ["restored"]


def test_random_state_and_switches_are_left_alone():
    def careless(pred, target):
        torch.manual_seed(0)
        random.seed(0)
        numpy.random.seed(0)
        torch.set_grad_enabled(False)
        torch.set_default_dtype(torch.float64)
        return ((pred - target) ** 2).mean()

    def draw():
        return torch.rand(1).item(), random.random(), numpy.random.random()

    def seed():
        torch.manual_seed(5), random.seed(5), numpy.random.seed(5)

    seed()
    wanted = draw()
    seed()
    assert judge(CHECK, careless).state == "passed"
    assert draw() == wanted
    assert torch.is_grad_enabled() and torch.get_default_dtype() == torch.float32


def test_changed_input_is_noticed_and_does_no_harm():
    mine = tensor([1.0, 2.0])

    def check_it(work):
        expect(work(mine), 3.0)

    def total(x):
        x += 1
        return x.sum() - 2

    verdict = judge(check_it, total)
    assert "argument 1 was tensor([1., 2.]), and is tensor([2., 3.]) now" in verdict.message
    assert mine.tolist() == [1.0, 2.0]
    assert judge(check_it, lambda x: x.requires_grad_().sum()).state == "passed"


def test_inputs_differ_between_attempts():
    seen = []

    def mse(pred, target):
        seen.append(pred.tolist())
        return ((pred - target) ** 2).mean()

    assert judge(CHECK, mse).state == judge(CHECK, mse).state == "passed"
    half = len(seen) // 2
    assert seen[:half] != seen[half:]


def padded(call):
    """A displayed call with 2. written as 2.0, which JSON reads."""
    return re.sub(r"(\d\.)(?!\d)", r"\g<1>0", call)


def test_patched_torch_does_not_help(monkeypatch):
    monkeypatch.setattr(torch, "allclose", lambda *_, **__: True)
    monkeypatch.setattr(torch, "equal", lambda *_: True)
    monkeypatch.setattr(torch, "tensor", lambda *_, **__: 0)
    for name in ("mean", "sum", "tolist", "item", "sub", "detach"):
        monkeypatch.setattr(torch.Tensor, name, lambda self, *_: torch.zeros(()))
    monkeypatch.setattr(torch.Tensor, "__torch_function__", lambda *_: torch.zeros(()))
    for constant in (0.0, torch.zeros(())):
        verdict = judge(CHECK, returns(constant))
        assert verdict.state == "not yet"
        pred, target = (json.loads(s) for s in re.findall(r"\[.*?\]", padded(verdict.call)))
        right = sum((p - t) ** 2 for p, t in zip(pred, target)) / len(pred)
        assert float(re.search(r"[\d.]+", verdict.want)[0]) == pytest.approx(right, rel=1e-3)


def test_torch_function_mode_does_not_help():
    from torch.overrides import TorchFunctionMode

    class Zero(TorchFunctionMode):
        def __torch_function__(self, function, types, args=(), kwargs=None):
            return torch._C._VariableFunctions.zeros(())

    wrong = torch.tensor(700.0)  # zero is what the code as given gives for one of the inputs
    with Zero():
        verdict = judge(CHECK, returns(wrong))
    assert (verdict.state, verdict.got) == ("not yet", "tensor(700.)")
    assert verdict.call.startswith("mse(tensor([") and verdict.want != "tensor(700.)"


@pytest.mark.parametrize(
    ("got", "want", "words"),
    [
        ([[1.0], [2.0]], [1.0, 2.0], "a dimension of size 1 too many or too few"),
        ([1.0], 1.0, "a dimension of size 1 too many or too few"),
        ([[1.0, 2.0], [3.0, 4.0]], [1.0, 4.0], "broadcasting then combines everything"),
        ([1.0, 2.0], 1.5, "one number out of many"),
        (1.5, [1.0, 2.0], "put together into one"),
        ([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [[1.0] * 2] * 3, "Rows and columns"),
        ([-1.0, 2.0], [1.0, -2.0], "the sign is not"),
        ([3.0, 6.0], [1.0, 2.0], "a sum over 3 numbers, where their mean is expected"),
        ([0.5, 1.0], [1.5, 3.0], "divided by 3 once too often"),
        ([5.0, 10.0], [1.0, 2.0], "5 times what is expected"),
        ([2.0, 3.0, 5.0], [1.0, 2.0, 4.0], "off by the same amount: 1"),
        ([4.0, 2.0, 1.0], [1.0, 2.0, 4.0], "in the reverse order"),
        ([2.0, 4.0, 1.0], [1.0, 2.0, 4.0], "in another order"),
        ([1.0, 2.0, 9.0], [1.0, 2.0, 4.0], "2 of 3 numbers are right; number 3 is the first"),
        ([1.0, float("inf")], [1.0, 2.0], "There is an `inf` in it"),
    ],
)
def test_usual_mistakes_are_named(got, want, words):
    assert words in mistake(read(tensor(got)), want, count=3)


def test_right_values_pass_the_comparison():
    for got in (tensor(2.5), torch.tensor(2.5, dtype=torch.float64), 2.5, numpy.float64(2.5)):
        assert mistake(read(got), 2.5) is None
    for got in ((tensor(1.0), 2.0), [1.0, 2.0], tensor([1.0, 2.0])):
        assert mistake(read(got), (1.0, 2.0)) is None
    assert mistake(read(tensor([1.0, 2.0]).requires_grad_()), [1.0, 2.0]) is None


def check_cube(cube):
    expect(cube.gradient(tensor([1.0, 2.0])), ([3.0, 12.0],))


@pytest.mark.parametrize(
    ("cube", "words"),
    [
        (lambda x: (x**2).sum(), "numbers are not right yet"),
        (lambda x: (x**3).detach().sum(), "There is no gradient"),
        (lambda x: torch.tensor((x**3).sum().item(), requires_grad=True), "There is no gradient"),
        (lambda x: x**3, "A gradient needs one number"),
        (lambda x: (x**3).sum() / 0 * 0, "There is a `nan` in it"),
    ],
)
def test_missing_gradient_is_named(cube, words):
    assert judge(check_cube, lambda x: (x**3).sum()).state == "passed"
    assert words in judge(check_cube, cube).message


def test_work_reads_values_of_every_exact_kind():
    assert read(torch.Size([2, 3])).kind == "tuple"
    assert read({"a": [1, tensor(2.0)]}).value["a"].value[1].kind == "tensor"
    assert read(torch.nn.Parameter(tensor([1.0]))).requires_grad
    assert read(10**5000).value == float("inf")
    assert Work("it", 3).read().data.value == 3


# Objects that an answer makes: modules, datasets, streams, and lists as arguments


def check_Net(Net):
    for count in (2, 3):
        net, w, b = Net.make(count), numbers(count, 1, 4), numbers(1, 1, 4)
        net.load({"layer.weight": [w], "layer.bias": b})
        x = [numbers(count) for _ in range(4)]
        expect(net(tensor(x)), [[sum(map(operator.mul, w, row)) + b[0]] for row in x])


def check_Days(Days):
    for count in (3, 5):
        x, y = [numbers(2, 1, 4) for _ in range(count)], numbers(count, 1, 4)
        days = Days.make(tensor(x), tensor(y))
        expect(days.length(), count)
        for index in (count - 1, 0, count - 1):
            expect(days.item(index), (x[index], y[index]))


def check_stream(stream):
    x = [1.0, 2.0, 3.0, *numbers(2, 4, 8)]
    batches = stream.make(tensor(x), 2)
    right = (x[:2], x[2:4], x[4:])
    expect(batches.items(5), right, wrong=[(right[:2], "The shorter batch at the end is lost.")])
    expect(batches.items(5), right, wrong=[((), "The second pass gives nothing.")])


def check_collate(collate):
    for count in (2, 3):
        samples = [(tensor(numbers(2, 1, 4)), n) for n in numbers(count, 1, 4)]
        x = [sample.tolist() for sample, _ in samples]
        expect(collate(samples), (x, [n for _, n in samples]))


def one_sgd(model, lr):
    return torch.optim.SGD(model.parameters(), lr)


def check_train(train):
    for size in (2, 3):
        train_once(train, size)


def train_once(train, size):
    w, b = numbers(2, 1, 4)
    batches = [
        ([[u] for u in numbers(n, 1, 3)], [[v] for v in numbers(n, -4, 0)]) for n in (size, 1)
    ]
    model, losses, stale, gw, gb = train.lend(nn.Linear, 1, 1), [], (w, b), 0.0, 0.0
    model.load({"weight": [[w]], "bias": [b]})
    optimizer = train.lend(one_sgd, model, 0.125)
    for x, y in batches:
        d = [w * u[0] + b - v[0] for u, v in zip(x, y)]
        e = [stale[0] * u[0] + stale[1] - v[0] for u, v in zip(x, y)]
        losses.append(mean(v * v for v in d))
        w -= 0.125 * mean(2 * v * u[0] for u, v in zip(x, d))
        b -= 0.125 * mean(2 * v for v in d)
        gw, gb = gw + mean(2 * v * u[0] for u, v in zip(x, e)), gb + mean(2 * v for v in e)
        stale = stale[0] - 0.125 * gw, stale[1] - 0.125 * gb
    given = [(tensor(x), tensor(y)) for x, y in batches]
    answer = train(model, given, train.lend(nn.MSELoss), optimizer)
    wrong = [({"weight": [[stale[0]]], "bias": [stale[1]]}, "`zero_grad` is missing")]
    expect(model.parameters(), {"weight": [[w]], "bias": [b]}, wrong=wrong)
    expect(answer, tuple(losses))


OBJECTS = {
    check_Net: """
class Net(nn.Module):
    def __init__(self, count):
        super().__init__()
        self.layer = nn.Linear(count, 1)
    def forward(self, x):
        return self.layer(x)
""",
    check_Days: """
class Days(Dataset):
    def __init__(self, x, y):
        self.x, self.y = x, y
    def __len__(self):
        return len(self.x)
    def __getitem__(self, index):
        return self.x[index], self.y[index]
""",
    check_stream: """
class stream:
    def __init__(self, x, size):
        self.x, self.size = x, size
    def __iter__(self):
        for start in range(0, len(self.x), self.size):
            yield self.x[start:start + self.size]
""",
    check_collate: """
def collate(samples):
    return torch.stack([x for x, _ in samples]), torch.tensor([y for _, y in samples])
""",
    check_train: """
def train(model, batches, loss_fn, optimizer):
    losses = []
    for x, y in batches:
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
""",
}


def answer_to(check, *edits):
    """The right answer to a check above, with lines changed."""
    code = OBJECTS[check]
    for old, new in edits:
        assert old in code
        code = code.replace(old, new)
    names = {"nn": nn, "torch": torch, "Dataset": Dataset, "__name__": "__main__"}
    exec(code, names)
    return names[check.__name__.removeprefix("check_")]


@pytest.mark.parametrize("check", OBJECTS)
def test_check_of_an_object_passes_and_withstands_attacks(check):
    verdict = judge(check, answer_to(check))
    assert verdict.state == "passed", verdict
    fail_with(attack_faults(check, answer_to(check), check.__name__))


def test_attacks_see_a_weak_check_of_an_object():
    def check_Days(Days):
        days = Days.make(tensor([[1.0]]), tensor([2.0]))
        expect(days.item(0), ([1.0], 2.0))

    faults = attack_faults(check_Days, answer_to(check_Days_in_full), "it")
    assert faults == ["it: the first result for ever is 'passed'; mend the check"]


check_Days_in_full = check_Days
STUB, LAYER = 'raise NotImplementedError("your code here")', "self.layer = nn.Linear(count, 1)"
WEIGHT, SUPER = "torch.ones(1, count, requires_grad=True)", "super().__init__()"


def mistakes_in(check, *rows):
    """Rows of a mistake in the answer to `check`: old, new, and the call and words told then."""
    return [(check, *row) for row in rows]


@pytest.mark.parametrize(
    ("check", "old", "new", "call", "words"),
    [
        *mistakes_in(
            check_Net,
            ("return self", "self", "Net(2)(tensor([[", "Does `forward` end with `return`?"),
            ("return self.layer(x)", STUB, "", "The place for your answer is still empty."),
            (SUPER, "pass", "Net(2)", "`__init__` begin with `super().__init__()`"),
            (f"{SUPER}\n        {LAYER}", "pass", "Net(2)", "torch has not prepared"),
            ("(nn.Module)", "", "Net(2)", "object of type `Net`, and a module (`nn.Module`)"),
            ("layer", "linear", "Net(2)", "parameters are: `linear.weight`, `linear.bias`"),
            ("nn.Linear(count, 1)", "[nn.Linear(1, 1)]", "dict(Net(2)", "a plain list of m"),
            ("nn.Linear(count, 1)", WEIGHT, "dict(Net(2)", "make it `nn.Parameter`"),
            ("(count, 1)", "(1, count)", "Net(2).layer.weight", "of shape (2, 1), and a ten"),
            ("self.layer(x)", "self.layer", "Net(2)(", "This is a module of class `Linear`"),
            ("return self.layer(x)", "return x * 0", "Net(2)(", "The shape is (4, 2), and"),
            ("def forward", "def foward", "Net(2)(", "Is it spelled so"),
            ("return", "x += 1; return", "Net(2)(", "argument 1 was tensor([["),
        ),
        *mistakes_in(
            check_Days,
            ("__len__", "len", "len(Days(", "it has no `__len__`. Write `__len__(self)`"),
            ("return len", "len", "len(Days(", "Does `__len__` end with `return`?"),
            ("len(self.x)", "1.5", "len(Days(", "`__len__` returns a whole number"),
            ("__getitem__", "get", "Days(", "Write `__getitem__(self, index)`"),
            ("return self", "self", "Days(", "Does `__getitem__` end with `return`?"),
            (", self.y[index]", "", "Days(", "2 values should come back, but this is a t"),
            ("return self", "self.x += 1; return self", "Days(", "argument 1 of `Days(...)`"),
        ),
        *mistakes_in(
            check_stream,
            ("__iter__", "go", "list(islice(stream(", "it has no `__iter__`. Write"),
            ("yield", "", "list(islice(stream(", "`__iter__` has a `yield`, or ends"),
            ("len(self.x)", "4", "list(islice(stream(", "The shorter batch at the end"),
            ("self.size]", "self.size]\n        self.x = []", "list(", "The second pass"),
        ),
        *mistakes_in(
            check_collate,
            ("return", "samples.pop(); return", "collate([(", "argument 1 was [(tensor(["),
            ("return", "samples[0][0].add_(1); return", "collate([(", "argument 1 was"),
            ("torch.stack", "", "collate([(", "`torch.stack` or `torch.tensor` makes one"),
        ),
        *mistakes_in(
            check_train,
            ("optimizer.zero_grad()", "pass", "dict(Linear(1, 1).n", "`zero_grad` is miss"),
            ("item()", "item", "train(Linear(1, 1), [(", "This is a function, and a number"),
            ("return losses", "return model", "train(", "a module of class `Linear`."),
        ),
    ],
)
def test_mistake_in_an_object_gets_a_sentence(check, old, new, call, words):
    verdict = judge(check, answer_to(check, (old, new)))
    assert verdict.state == ("not attempted" if new is STUB else "not yet"), verdict
    assert verdict.call.startswith(call) and words in verdict.message, verdict


@pytest.mark.parametrize("method", ["__call__", "__len__", "__getitem__", "__iter__", "loss"])
@pytest.mark.parametrize("end", [SystemExit, KeyboardInterrupt, "loop"])
def test_nothing_that_a_method_does_gets_out(method, end):
    def body(*_):
        while end == "loop":
            pass
        raise end

    def check_it(it):
        thing = it.make()
        {
            "__call__": lambda: thing(1.0),
            "__len__": thing.length,
            "__getitem__": lambda: thing.item(0),
            "__iter__": lambda: thing.items(2),
            "loss": lambda: thing.attribute("loss"),
        }[method]()

    it = type("it", (), {method: property(body) if method == "loss" else body})
    verdict = judge(check_it, it, seconds=0.1)
    assert verdict.state == "not yet" and "it()" in verdict.call, verdict
    assert ("After 0.1 seconds" in verdict.message) == (end == "loop")
    assert verdict.call != "it()", "the call that was running is the one to name"


class Shy(Exception):
    """An error that does harm to whoever asks it anything."""

    __class__ = __str__ = __traceback__ = property(lambda self: exit())


def test_an_error_is_not_trusted():
    def mse(pred, target):
        raise Shy

    assert "Your code stopped with Shy. It happened in line" in judge(CHECK, mse).message
    Shy.__str__ = lambda self: stubborn(0, 0)
    assert "After 0.1 seconds" in judge(CHECK, mse, seconds=0.1).message


class Liar(nn.ModuleList):
    """A module that says something else of its parameters than what torch keeps."""

    def lie(self, *_, **__):
        return iter([("0.weight", nn.Parameter(tensor([5.0])))])

    __dict__ = _parameters = _modules = property(lie)
    named_parameters = named_modules = parameters = state_dict = children = lie


def test_parameters_are_read_and_loaded_without_asking_the_module():
    def check_it(it):
        module = it.make()
        module.load({"0.weight": [[7.0]]})
        expect(module.parameters(), {"0.weight": [[7.0]]})

    inner, tied = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
    tied.weight = inner.weight
    liar = nn.ModuleList([inner, inner, tied])
    object.__setattr__(liar, "__class__", Liar)
    assert judge(check_it, lambda: liar).state == "passed"
    assert inner.weight.item() == 7 and inner.weight.requires_grad


@pytest.mark.parametrize(
    ("thing", "words"),
    [
        (nn.Linear, "This is the class `Linear`, and a module (`nn.Module`) is expected."),
        (3.0, "a module (`nn.Module`) is expected. Is it what the `return` of the function"),
        (Yes(), "This is an object of type `Yes`, and a module"),
        (None, "`None` came back"),
        (..., "`it()` holds no answer yet."),
    ],
)
def test_what_is_no_module_is_told_so(thing, words):
    def check_it(it):
        it.make().parameters()

    assert words in judge(check_it, lambda: thing).message


def test_an_object_may_be_the_answer_itself():
    def check_net(net):
        net.load({"0.weight": [[2.0]], "0.bias": [1.0]})
        expect(net(tensor([[3.0]])), [[7.0]])
        expect(net.length(), 1)
        expect(net.attribute("training").read(), 1.0)

    def check_line(net):
        for w, x in ((2.0, 3.0), (4.0, 5.0)):
            net.load({"0.weight": [[w]], "0.bias": [1.0]})
            expect(net(tensor([[x]])), [[w * x + 1]])

    fail_with(attack_faults(check_line, nn.Sequential(nn.Linear(1, 1)), "line"))
    message = judge(check_net, nn.Sequential(nn.Linear(1, 1))).message
    assert message == "This is `True` or `False`, and a number is expected."
    assert judge(check_net, None).state == "not attempted"
    assert "what the last line of the cell should give?" in judge(check_net, 3.0).message
    assert "and what makes one is expected" in judge(check_Net, nn.Linear(1, 1)).message


def test_items_begin_anew_and_end_at_the_limit():
    def check_numbers(it):
        expect(it.items(3), (0.0, 1.0, 2.0))
        expect(it.items(2), (0.0, 1.0))

    class Endless:
        def __getitem__(self, index):
            return index

    assert judge(check_numbers, Endless()).state == "passed"
    verdict = judge(check_numbers, iter(range(9)))
    assert (verdict.call, verdict.got) == ("list(islice(numbers, 2))", "[3, 4]")
    assert judge(check_numbers, huge()).got == "[tensor(0.), tensor(0.), tensor(0.)]"


def test_samples_in_a_list_are_copied_and_printed_shortly():
    mine = [(tensor([n, n]), {"y": tensor(n)}) for n in range(100)]

    def check_it(work):
        work(mine)

    def spoil(samples):
        samples[99][1]["y"].add_(1)
        samples.reverse()

    verdict = judge(check_it, spoil)
    assert "argument 1 was [(tensor([0., 0.]), {'y': tensor(0.)}), (" in verdict.message
    assert len(verdict.call) < 200 and len(verdict.message) < 600
    assert [sample[1]["y"].item() for sample in mine] == list(range(100))


def test_gradient_reaches_into_lists():
    def check_loss(loss):
        pairs = [(tensor([2.0]), torch.tensor(1)), (tensor([3.0]), torch.tensor(2))]
        expect(loss.gradient(pairs), ([1.0], [2.0]))

    assert judge(check_loss, lambda pairs: sum((x * n).sum() for x, n in pairs)).state == "passed"


@pytest.mark.parametrize(
    ("got", "want", "options", "words"),
    [
        ({"w": tensor([1.0])}, {"w": [1.0], "b": [2.0]}, {}, "`b` is missing. There is `w`."),
        ({"w": 1.0, "v": 2.0}, {"w": 1.0}, {}, "one more than expected: `v`"),
        ({"w": 1.0, "v": 2.0}, {"w": 1.0, "v": 3.0}, {}, "`v` is not right yet. The number is"),
        ({"w": 1.0}, {"w": 2.0}, {"wrong": [({"w": 1.0}, "This is the start.")]}, "the start."),
        ([1.0], {"w": 2.0}, {}, "A dict of 1 should come back, but this is a list of 1."),
        ([1.0], (1.0, 2.0), {"wrong": [((1.0,), "One is lost.")]}, "One is lost."),
        ([1.0, None], (1.0, 2.0), {}, "Value 2 of 2 is not right yet. There is `None` where"),
        ((1.0, tensor(1.0)), (1.0, 1.0), {"dtype": ("float", "int64")}, "The dtype is `float32`"),
        (torch.zeros(2) * 1j, (1.0, 2.0), {}, "2 values should come back, but this is a tensor"),
        (numpy.ones((2, 2)), (1.0, 2.0), {}, "This is a list of 2, and a number is expected."),
        ([2.0, 2.0], [1.0, 2.5], {}, "they are all the same"),
        (len, 1.0, {}, "This is a function, and a number is expected. Call it"),
        (nn.Linear(1, 1), [1.0], {}, "This is a module of class `Linear`, and a tensor is"),
    ],
)
def test_names_several_values_and_objects_are_compared(got, want, options, words):
    if isinstance(want, list):
        got = tensor(got) if isinstance(got, list) else got
    assert words in mistake(read(got), want, **options)


def test_what_is_expected_is_shown_as_it_came_back():
    def check_batch(batch):
        expect(batch.read(), ([[1.0, 2.0]], [2]), dtype="")
        expect(batch.read(), 3, dtype="")

    verdict = judge(check_batch, [torch.tensor([[1.0, 2.0]]), torch.tensor([3])])
    assert (verdict.got, verdict.want) == (
        "[tensor([[1., 2.]]), tensor([3])]",
        "[tensor([[1., 2.]]), tensor([2])]",
    )
    verdict = judge(lambda batch: expect(batch.read(), 3, dtype=""), torch.tensor(2))
    assert (verdict.got, verdict.want) == ("tensor(2)", "tensor(3)")
    verdict = judge(lambda batch: expect(batch.read(), [1, 2]), torch.tensor([1, 3]))
    assert (verdict.got, verdict.want) == ("tensor([1, 3])", "tensor([1., 2.])")


def test_inputs_are_drawn_until_they_are_good():
    assert drawn(iter([None, None, 3]).__next__) == 3
    assert drawn(iter([1, 2, 3]).__next__, lambda n: n > 1) == 2
    with pytest.raises(RuntimeError, match="no draw was good enough"):
        drawn(lambda: None)


@pytest.mark.parametrize(
    ("results", "told"),
    [
        ((1.0, 1.1), True),
        ((1.0, 1.01), False),
        ((0.0, 0.01), False),
        (([1.0, 2.0], [1.0, 2.0, 3.0]), True),
        (([1000.0, 1.0], [1000.0, 5.0]), False),  # `expect` would overlook most of it
        (([[1.0], (2.0, [3.0])], [1.0, 2.0, 4.0]), True),
        ((1.0, 2.0, 1.0), False),
        (([1.0], [2.0], [math.nan]), False),
        ((1.0, math.inf), False),
    ],
)
def test_results_are_told_apart(results, told):
    assert apart(*results) == told


def test_advice_stands_behind_a_message():
    def check_it(it):
        advised({"TypeError": "Look at the types.", "KeyError": "Look at the names."}, it, 1.0)

    verdict = judge(check_it, lambda x: x + "1")
    assert verdict.message.endswith("Look at the types.") and verdict.call == "it(1)"
    assert judge(check_it, lambda x: x).state == "passed"


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        ([1.0, 3.0], ""),
        ((1, 2), "Number 2 is not right yet. This is two."),
        (torch.tensor([4, 2]), "Number 1 is not right yet."),
        ([1.0], "This is a list of 1, and a list of two numbers is expected. First one."),
        ("1, 3", "This is text, and a list of two numbers is expected. First one."),
        (
            [True, 3],
            "Number 1 is not one number. A list of two numbers is expected, each a number of its "
            "own. First one.",
        ),
    ],
)
def test_several_numbers_are_looked_at_one_by_one(thing, message):
    def check_it(it):
        answer, values = numbers_of(it, "two numbers", 2, "First one.")
        refuse_first(answer, values, [1, 3], [{}, {2: "This is two."}])

    assert judge(check_it, thing).message == message


@pytest.mark.parametrize("thing", ["ABC", ["c", "a", "b"], "A, B", "ABCC", "ABCD", 3, {"A": 1}])
def test_letters_in_some_order(thing):
    def check_it(it):
        assert sorted(letters_once(it, "three letters", "ABC")[1]) == ["A", "B", "C"]

    verdict = judge(check_it, thing)
    right = thing in ("ABC", ["c", "a", "b"])
    assert verdict.state == ("passed" if right else "not yet")
    assert right or verdict.message == "The three letters A, B and C are expected, each once."


def test_what_is_right_for_several_pages_is_what_torch_gives():
    x, y, place = reference.readings(5, 3)
    w, b = (tensor(v).requires_grad_() for v in place)
    optimizer = torch.optim.SGD([w, b], lr=0.02, momentum=0.9)
    slopes = reference.running_sum(lambda place: reference.line_slopes(x, y, *place), 0.9)
    for here in reference.descent(slopes, place, 0.02, 3):
        assert [w.item(), b.item()] == pytest.approx(here, rel=1e-4)
        optimizer.zero_grad()
        loss = ((w * tensor(x) + b - tensor(y)) ** 2).mean()
        assert loss.item() == pytest.approx(reference.line_loss(x, y, *here), rel=1e-3)
        loss.backward()
        optimizer.step()
    weight, bias = reference.random_layer(3, 2)
    rows = [numbers(3), numbers(3)]
    right = nn.functional.linear(tensor(rows), tensor(weight), tensor(bias))
    assert right.tolist() == reference.linear_rows(rows, weight, bias)
    for name in ("relu", "sigmoid"):
        got = [getattr(reference, name)(z) for z in (-800.0, -2.0, 3.0)]
        assert got == pytest.approx(getattr(torch, name)(tensor([-800.0, -2.0, 3.0])).tolist())


# Hints, solutions, summary


def test_hints_grow_and_a_solution_comes_after_an_attempt():
    names = {"mse": lambda pred, target: (pred - target).abs().mean()}
    with screen() as shown:
        ex = Exercises(PAGE, None, names)
        for _ in range(4):
            ex.hint("mse")
        ex.solution("mse")
        ex.check("mse")
        ex.solution("mse")
        names["mse"] = lambda pred, target: ((pred - target) ** 2).mean()
        ex.check("mse")
        ex.summary()
    assert [len(box.lines) for box in shown[:4]] == [1, 2, 4, 4]
    assert "ex.solution" in shown[3].lines[-1]
    assert not shown[4].code and "anyway=True" in shown[4].lines[-1]
    assert "return ((pred - target) ** 2).mean()" in shown[6].code
    assert "SOLUTION" not in shown[6].code
    assert shown[7].kind == "passed" and shown[7].score == (1, COUNT)
    assert ("passed (after the solution)", "5. The mean squared error") in shown[8].rows


def test_solution_can_be_seen_at_once():
    with screen() as shown:
        Exercises(PAGE, None, {}).solution("mse", anyway=True)
    assert "mean()" in shown[0].code


def test_methods_return_nothing():
    with screen():
        ex = Exercises(PAGE, None, {"mse": len})
        results = [ex.check("mse"), ex.hint("mse"), ex.solution("mse"), ex.summary()]
    assert results == [None] * 4


def test_outside_a_notebook_the_text_is_printed(capsys):
    exec(
        f'from helpers.checks import exercises\nex = exercises("{PAGE}", marks=None)\n'
        'change = 6\nex.check("change")',
        {"__name__": "__main__"},
    )
    assert capsys.readouterr().out == (
        f"✓ change: passed\n  [#{'-' * (COUNT - 1)}] 1 of {COUNT} passed on this page\n"
    )


# Marks


@pytest.fixture
def page(tmp_path):
    """A page with its marks in a folder of its own: makes it anew at each call."""

    def new(**names):
        helpers.checks._known.clear()  # as after a restart
        return Exercises(PAGE, tmp_path, names)

    return new


def right(pred, target):
    return ((pred - target) ** 2).mean()


def wrong(pred, target):
    return (pred - target).abs().mean()


def test_marks_survive_a_restart(page, tmp_path):
    file = tmp_path / f"{PAGE}.marks.json"
    with screen() as shown:
        page(mse=None).check("mse")
        assert not file.exists(), "what was not attempted leaves no file"
        page(mse=wrong).check("mse")
        page(mse=wrong).hint("mse")
        page(mse=right).check("mse")
        page(mse=wrong).check("mse")
    assert [box.kind for box in shown] == ["not attempted", "not yet", "hint", "passed", "not yet"]
    assert shown[-1].score == (1, COUNT), "an exercise that was passed stays passed"
    kept = json.loads(file.read_text("utf8"))
    time = kept["exercises"]["mse"].pop("time")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", time)
    entry = {"state": "passed", "attempts": 2, "hints": 1, "solution": False}
    assert kept == {"version": 1, "page": PAGE, "exercises": {"mse": entry}}
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


LARGE = '{"version": 1, "exercises": {}}' + " " * 2**20


def entries(**changes):
    entry = {"state": "passed", "attempts": 1, "hints": 0, "solution": False} | changes
    return json.dumps({"version": 1, "exercises": {"mse": entry}})


@pytest.mark.parametrize("text", [entries(hints=-7), entries(state="best"), entries(attempts=-1)])
def test_marks_without_sense_are_kept_aside(page, tmp_path, text):
    test_unreadable_marks_are_kept_aside(page, tmp_path, text)


def test_marks_with_a_byte_order_mark_are_read(page, tmp_path):
    (tmp_path / f"{PAGE}.marks.json").write_text(entries(), "utf-8-sig")
    with screen() as shown:
        page().summary()
    assert shown[0].score[0] == 1


def test_removing_the_file_after_a_restart_starts_again(page, tmp_path):
    file = tmp_path / f"{PAGE}.marks.json"
    file.write_text(entries())
    with screen() as shown:
        ex = page()
        ex.summary()
        file.unlink()
        ex.summary()
    assert [box.score[0] for box in shown] == [1, 0]


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", "[" * 100_000, '{"version": 2, "exercises": {}}', "\x00", LARGE]
)
def test_unreadable_marks_are_kept_aside(page, tmp_path, text):
    file = tmp_path / f"{PAGE}.marks.json"
    file.write_text(text)
    with screen() as shown:
        page(mse=right).check("mse")
    aside = tmp_path / f"{PAGE}.marks.unreadable-1.json"
    assert aside.read_text() == text
    assert f"It is kept as {aside.name}." in shown[0].lines[-1]
    assert json.loads(file.read_text())["exercises"]["mse"]["state"] == "passed"


def test_marks_that_cannot_be_written_stay_in_memory(tmp_path):
    folder = tmp_path / "gone"  # root may write anywhere, so a folder that is not there
    with screen() as shown:
        ex = Exercises(PAGE, folder, {"mse": right, "change": 6})
        ex.check("mse")
        ex.check("change")
    assert f"The marks cannot be kept in {PAGE}.marks.json" in shown[0].lines[-1]
    assert shown[1].score == (2, COUNT) and not any("cannot" in line for line in shown[1].lines)


def test_marks_path_that_is_a_folder(page, tmp_path):
    (tmp_path / f"{PAGE}.marks.json").mkdir()
    with screen() as shown:
        page(mse=right).check("mse")
    assert shown[0].kind == "passed" and "cannot be kept" in shown[0].lines[-1]


def test_removing_the_file_starts_again_and_two_notebooks_share_it(tmp_path):
    one, two = (Marks(PAGE, tmp_path / "marks.json") for _ in range(2))
    one.update("mse", state="passed")
    two.update("change", state="passed")
    assert one.passed(["mse", "change"]) == two.passed(["mse", "change"]) == 2
    (tmp_path / "marks.json").unlink()
    assert one.passed(["mse", "change"]) == 0


def test_marks_file_is_whole_or_not_there(tmp_path, monkeypatch):
    marks = Marks(PAGE, tmp_path / "marks.json")
    marks.update("mse", state="passed")

    def full(self, text, encoding):
        self.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    marks.update("change", state="passed")
    assert list(json.loads((tmp_path / "marks.json").read_text())["exercises"]) == ["mse"]
    assert [path.name for path in tmp_path.iterdir()] == ["marks.json"]
    assert marks.passed(["mse", "change"]) == 2


# The display


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_a_sentence_where_letters_are_expected_is_read_at_once():
    assert letters_in(read("a " * 40 + ".")) is None and letters_in(read("A, c;B")) == list("ACB")


@pytest.mark.parametrize("colours", [*COLOURS.values(), NEUTRAL])
def test_colours_have_contrast(colours):
    light, dark = luminance(colours[0]), luminance(colours[1])
    assert (light + 0.05) / (dark + 0.05) > 7


def test_display_escapes_and_labels():
    box = Box("not yet", "a<b", [("called", "f(<x>)")], ["`<b>` & c"], "x < y", (1, 4))
    html = box._repr_html_()
    assert "<x>" not in html and "<b>" not in html and "x &lt; y" in html
    assert '<progress value="1" max="4"' in html and "1 of 4 passed on this page</label>" in html
    assert repr(box).splitlines() == [
        "✗ a<b",
        "  called  f(<x>)",
        "  `<b>` & c",
        "    x < y",
        "  [#---] 1 of 4 passed on this page",
    ]


def test_emphasis_is_shown_as_such_and_code_is_left_alone():
    box = Box("hint", "t", lines=["*all* of `a * b * c`, **each** 2 * 3 * 4", "odd ` *tick*"])
    assert "*all*" not in box._repr_html_() and "<em>all</em> of <code" in box._repr_html_()
    assert "a * b * c</code>, <em>each</em> 2 * 3 * 4<" in box._repr_html_()
    assert repr(box).splitlines()[1:] == ["  all of `a * b * c`, each 2 * 3 * 4", "  odd ` *tick*"]


# A page in a kernel of its own


def test_exercise_page_in_a_kernel(tmp_path):
    page = next(page for page, text in PAGES.items() if "def step(x, y, w, b, lr):" in text)
    notebook = jupytext.read(ROOT / "exercises" / f"{page}.md")
    client = NotebookClient(notebook, resources={"metadata": {"path": str(tmp_path)}}, timeout=120)
    file = tmp_path / f"{page}.marks.json"

    def plain(cell):
        return "\n".join(o["data"]["text/plain"] for o in cell.outputs if "data" in o)

    def run(source):
        cell = notebook.cells[-1]
        cell.source = source
        client.execute_cell(cell, len(notebook.cells) - 1)
        assert not any(o.output_type == "error" for o in cell.outputs)
        return plain(cell)

    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)  # raises on an error in the page
        checks = [plain(c) for c in notebook.cells if c.source.startswith("ex.check(")]
        assert len(checks) == 10
        assert all("not attempted" in text and "0 of 10" in text for text in checks)
        assert not file.exists()

        bug = next(c.source for c in notebook.cells if c.source.startswith("def step("))
        assert "still gives what the code as it was given gives" in run(bug + '\nex.check("step")')
        text = run('def step(x, y, w, b, lr):\n    return b, w\nex.check("step")')
        assert "✗ step: not yet" in text and "called     step(tensor([" in text
        text = run('def step(x, y, w, b, lr):\n    return z\nex.check("step")')
        assert (
            "NameError: name 'z' is not defined" in text
            and "line 2 of its cell: `return z`" in text
        )
        assert "hint 1 of 2" in run('ex.hint("step")')
        assert "hint 2 of 2" in run('ex.hint("step")')
        solution = pages.read_page(PAGES[page])["step"].solution
        text = run(solution + '\nex.check("step")')
        assert "✓ step: passed" in text and "1 of 10 passed on this page" in text
        assert json.loads(file.read_text())["exercises"]["step"]["hints"] == 2
        again = f"from helpers.checks import exercises\nex = exercises('{page}')\n"
        assert "1 of 10" in run(again + "ex.summary()")
        run("ex.check??\nex??")
        pager = str(notebook.cells[-1])
        assert "slope_w" not in pager
        text = run(
            "import sys; [m for m in ('torch.testing', 'pytest', 'jupytext') if m in sys.modules]"
        )
        assert text in ("[]", "['torch.testing']")
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
