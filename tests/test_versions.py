"""The versions that the course runs on: make test VERSIONS=..., and those of Google Colab."""

import re
import shutil
import tomllib

from packaging.requirements import Requirement
from sources import fail_with
from test_faults import run

from conftest import ROOT


def version_faults(bounds, pins):
    """Bounds that leave out a pin, and packages without one; both are lists of Requirement."""
    pins = {pin.name: pin for pin in pins}
    for bound in bounds:
        if bound.name not in pins:
            yield f"tests/colab.txt: {bound.name} is missing"
        elif not all(bound.specifier.contains(spec.version) for spec in pins[bound.name].specifier):
            yield f"pyproject.toml: {bound} leaves out Colab's {pins[bound.name]}; lower the bound"


def test_versions_of_colab_are_inside_the_bounds():
    bounds = tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))["project"]["dependencies"]
    lines = (ROOT / "tests" / "colab.txt").read_text("utf8").splitlines()
    pins = [Requirement(line) for line in lines if not line.startswith("#")]
    fail_with(version_faults(map(Requirement, bounds), pins))


def test_versions_outside_the_bounds_are_named():
    bounds = [Requirement(text) for text in ("torch>=2.12", "numpy>=1", "tqdm>=4")]
    pins = [Requirement(text) for text in ("torch==2.11.0", "numpy==2.1.3")]
    assert list(version_faults(bounds, pins)) == [
        "pyproject.toml: torch>=2.12 leaves out Colab's torch==2.11.0; lower the bound",
        "tests/colab.txt: tqdm is missing",
    ]


def test_each_choice_of_versions_has_an_environment_of_its_own():
    """Shown by what `make lint` would do to set one up."""
    setups = {}
    for versions in ("pinned", "oldest", "newest"):
        code, said = run(ROOT, "make", "-n", "-W", "pyproject.toml", "lint", f"VERSIONS={versions}")
        assert code == 0, said
        setups[versions] = said
    for versions, folder in zip(setups, (".venv", ".venv-oldest", ".venv-newest")):
        named = set(re.findall(r"(?<!\S)\.venv[\w-]*", setups[versions]))
        assert named == {folder}, f"VERSIONS={versions} touches {named}"
    install = {k: re.search(r"uv pip install .*--editable", v)[0] for k, v in setups.items()}
    assert "--constraint constraints.txt " in install["pinned"]
    assert "--constraint .venv-oldest/constraints.txt " in install["oldest"]
    assert "--constraint" not in install["newest"] and "--upgrade " in install["newest"]
    assert setups["pinned"] == run(ROOT, "make", "-n", "-W", "pyproject.toml", "lint")[1]


def test_the_newest_versions_are_looked_for_each_time(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    inputs, done = ("pyproject.toml", "constraints.txt"), ".venv-{}/.installed"
    for name in (*inputs, done.format("oldest"), done.format("newest")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    for versions, again in {"oldest": False, "newest": True}.items():
        said = run(tmp_path, "make", "-n", "lint", f"VERSIONS={versions}")[1]
        assert ("uv pip install" in said) == again, said


def test_no_such_versions():
    code, said = run(ROOT, "make", "test", "VERSIONS=old")
    assert code and "VERSIONS is pinned, oldest or newest, not 'old'" in said, said
    assert said.count("\n") == 1, said
