"""Every notebook alone, as Colab and Binder run it: what `make launch` runs, some minutes long.

Colab: each notebook in an empty folder with an empty home, by Colab's own versions, in an
environment without `helpers`. Binder: its files make an environment, and a chapter runs there in
JupyterLab, in a browser.
"""

import json
import os
import re
import shutil
import subprocess
import time
import urllib.request
from pathlib import Path

import nbclient.output_widget
import nbformat
import notebooks
import pytest
from edition import notebook_of
from hosting import serving
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from test_browser import browser  # noqa: F401  (a fixture)

from conftest import ROOT, code_cells, compared, difference, printed, read_chapter, recorded, tags

# nbclient #312: after a cell with a slider it may wait out its whole time limit.
nbclient.output_widget.OutputWidget.sync_state = lambda self: None

COLAB, BINDER = ROOT / "_build" / "colab", ROOT / "_build" / "binder"
UV = ROOT / ".venv" / "bin" / "uv"
NAMES = filter(None, map(notebook_of, notebooks.chosen()))
PAGES = [(ROOT / name).with_suffix(".md") for name in NAMES]


@pytest.fixture(scope="session")
def host(tmp_path_factory):
    """Serves the branch for notebooks, made with its own address."""
    branch = tmp_path_factory.mktemp("branch")
    with serving(branch) as host:
        notebooks.write_branch(branch, host.edition())
        host.branch = branch
        yield host


def packages(python):
    """Names and versions of what is installed."""
    command = [UV, "pip", "freeze", "--quiet", "--python", python]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def alone(tmp_path):
    """The environment variables of a machine with nothing of ours but, perhaps, the images."""
    home, data = tmp_path / "home", tmp_path / "data"
    home.mkdir()
    data.mkdir()
    images = Path(os.environ.get("COURSE_DATA", "")) / "FashionMNIST"
    if images.is_dir():  # no network here: what a download would bring
        shutil.copytree(images, data / "FashionMNIST", copy_function=os.symlink)
    path = f"{COLAB / 'bin'}:/usr/bin:/bin"
    return {"HOME": str(home), "PATH": path, "COURSE_DATA": str(data), "OMP_NUM_THREADS": "1"}


def run_all(notebook, env, folder):
    """Run all cells by a kernel of Colab's environment, as Run All does."""
    manager = AsyncKernelManager()
    argv = [str(COLAB / "bin" / "python"), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    manager._kernel_spec = KernelSpec(argv=argv, display_name="Colab", language="python")
    client = NotebookClient(
        notebook, km=manager, timeout=300, resources={"metadata": {"path": str(folder)}}
    )
    client.owns_km = True  # so the kernel ends with the notebook, and removes its helpers
    return client.execute(env=env)


def differences(page, notebook):
    """Compared cells that printed something else than the book's, beyond their tolerance."""
    source = read_chapter(page)
    texts, cells = recorded(page), code_cells(notebook)
    for key, cell in compared(source).items():
        ran = next((c for c in cells if c.source.strip() == key[0]), None)
        fault = difference(texts[key], printed(ran.outputs), cell.metadata.get("rtol", 1e-4))
        if fault and cell.metadata.get("images") != "real":
            yield f"{page.name}: {key[0][:60]}: {fault}"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_a_notebook_runs_alone(page, host, tmp_path):
    python, before = COLAB / "bin" / "python", packages(COLAB / "bin" / "python")
    assert "pytorch-fundamentals-course" not in before and "torch==2.11.0" in before
    folder, env, asked = tmp_path / "empty", alone(tmp_path), len(host.asked)
    folder.mkdir()
    file = host.branch / page.relative_to(ROOT).with_suffix(".ipynb")
    notebook = run_all(nbformat.read(file, as_version=4), env, folder)
    errors = [
        f"{cell.source[:80]}: {out.ename}: {out.evalue}"
        for cell in code_cells(notebook)
        for out in cell.outputs
        if out.output_type == "error" and "raises-exception" not in tags(cell)
    ]
    assert not errors
    assert all(cell.execution_count for cell in code_cells(notebook))
    assert len(host.asked) == asked + 2  # one wheel, which the host sends to another address
    assert packages(python) == before
    if page.parent.name == "chapters":
        assert not list(differences(page, notebook))


def test_repo2docker_takes_binders_files(host):
    """What Binder builds with: without Docker's engine it writes down what it would do."""
    command = [UV, "tool", "run", "--quiet", "--from", "jupyter-repo2docker", "jupyter-repo2docker"]
    done = subprocess.run(
        [*command, "--no-build", "--debug", host.branch], capture_output=True, text=True
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-2000:]
    version = (ROOT / ".binder/runtime.txt").read_text().strip().removeprefix("python-")
    assert f"conda environment for python={version}" in said
    assert "RUN ./.binder/postBuild" in said


@pytest.fixture(scope="session")
def binder(host, tmp_path_factory):
    """An environment that Binder's files made, and the folder it opens."""
    folder = tmp_path_factory.mktemp("binder") / "course"
    shutil.copytree(host.branch, folder)
    shutil.rmtree(BINDER, ignore_errors=True)
    version = (folder / ".binder/runtime.txt").read_text().strip().removeprefix("python-")
    env = {**os.environ, "PYENV_VERSION": version}  # where pyenv has it, that is how it is found
    make = [UV, "venv", "--quiet", "--seed", BINDER, "--python"]
    if subprocess.run([*make, version], env=env, stderr=-3).returncode:
        subprocess.run([*make, ROOT / ".venv" / "bin" / "python"], check=True)
    # repo2docker's own environment brings JupyterLab.
    lab = [UV, "pip", "install", "--quiet", "--python", BINDER, "jupyterlab"]
    subprocess.run(lab, check=True)
    env = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "PYTHONPATH")}
    env |= {"PATH": f"{BINDER / 'bin'}:{env['PATH']}", "UV_NO_CACHE": "false"}
    subprocess.run(["./.binder/postBuild"], cwd=folder, env=env, check=True)
    return folder, env


@pytest.fixture
def lab(binder, tmp_path):
    """A JupyterLab that serves Binder's folder; gives its address."""
    folder, env = binder
    log = open(tmp_path / "lab.log", "w+")  # noqa: SIM115
    command = [BINDER / "bin" / "jupyter", "lab", "--no-browser", "--allow-root", "--port=0"]
    command += ["--IdentityProvider.token=", "--ServerApp.root_dir=.", "--ServerApp.port_retries=0"]
    env = {**env, "HOME": str(tmp_path)}
    server = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log)
    try:
        for _ in range(600):
            files = list(tmp_path.glob(".local/share/jupyter/runtime/jpserver-*.json"))
            if files and server.poll() is None:
                address = json.loads(files[0].read_text())["url"]
                urllib.request.urlopen(address + "api", timeout=10).close()
                break
            time.sleep(0.1)
        else:
            log.seek(0)
            pytest.fail(f"JupyterLab did not start: {log.read()[-2000:]}")
        yield address
    finally:
        server.terminate()
        server.wait(30)
        log.close()


# Every code cell that shows its code (the first one is folded) has a number.
DONE = """() => {
  const prompts = [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')]
    .map(prompt => prompt.textContent).filter(text => text.trim());
  return prompts.length && prompts.every(text => /\\[\\d+\\]/.test(text));
}"""


def test_a_chapter_runs_in_jupyterlab(browser, lab, binder, host):  # noqa: F811
    slid = [page for page in PAGES if "explorers import" in page.read_text("utf8")]
    name = [*slid, *PAGES][0].relative_to(ROOT).with_suffix(".ipynb").as_posix()
    tab = browser.new_page(viewport={"width": 1366, "height": 4000})
    tab.goto(f"{lab}lab/tree/{name}")  # as Binder's button does
    tab.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
    tab.get_by_text("| Idle").wait_for(timeout=60_000)  # the kernel is there
    asked = len(host.asked)
    assert not re.search(r":::|\{ref\}|BEGIN SOLUTION", tab.inner_text(".jp-Notebook"))
    tab.get_by_role("menuitem", name="Run", exact=True).click()
    tab.get_by_text("Run All Cells", exact=True).click()
    tab.wait_for_function(DONE, timeout=120_000)
    assert not tab.query_selector(".jp-OutputArea-output[data-mime-type*=error]")
    assert tab.query_selector(".jp-OutputArea .course-explorer") or not slid
    assert len(host.asked) == asked  # helpers are in the image
    if folder := os.environ.get("SCREENSHOTS"):
        tab.screenshot(path=Path(folder, "lab.png"))
    tab.close()
