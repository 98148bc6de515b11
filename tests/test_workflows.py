"""The workflows publish only what was proven, and what they call does what it says."""

import html
import json
import os
import re
import shutil
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import yaml
from edition import NOTEBOOKS
from sources import fail_with
from test_faults import edit, write_book

from conftest import ROOT

WORKFLOWS = ROOT / ".github" / "workflows"
MAIN = "github.ref == format('refs/heads/{0}', github.event.repository.default_branch)"
IN_TURN = {
    "group": "book-${{ github.ref }}",
    "cancel-in-progress": "${{ github.ref_name != github.event.repository.default_branch }}",
}
# What may write, and for what; all else may read at most.
WRITES = {
    "actions/deploy-pages": {"pages", "id-token"},
    "make publish-notebooks": {"contents"},
    "make report": {"issues"},
}
OUTWARD = ("actions/upload-pages-artifact", "actions/deploy-pages")


# What the workflow files say


def commands(text):
    """The targets and the variables of a line that calls make; None for another command."""
    match = re.fullmatch(r"make((?: [a-z][a-z-]*)+)((?: [A-Z]+=[\w.]+)*)", text.strip())
    return match and (match[1].split(), re.findall(r"([A-Z]+)=", match[2]))


def command_faults(job, makefile):
    """Steps that call anything but a target of the Makefile, with variables that it reads."""
    for text in (step["run"] for step in job["steps"] if "run" in step):
        if not commands(text):
            yield f"'{text.strip()}' is no call of make; write a target for it"
            continue
        targets, variables = commands(text)
        for target in targets:
            if not re.search(rf"^{target}:", makefile, re.M):
                yield f"the Makefile has no target {target}"
        for variable in variables:
            if f"$({variable})" not in makefile:
                yield f"the Makefile does not read {variable}"


def used(job):
    """The actions and commands of a job: {"actions/checkout", "make test"}."""
    steps = job["steps"]
    return {step["run"].strip() if "run" in step else step["uses"].split("@")[0] for step in steps}


def permission_faults(job):
    """Rights that a job lacks, or does not need."""
    rights = job.get("permissions", {})
    writes = {scope for scope, right in rights.items() if right == "write"}
    needed = set().union(*(WRITES.get(name, set()) for name in used(job)))
    for scope in sorted(needed - writes):
        yield f"it needs permissions: {scope}: write"
    for scope in sorted(writes - needed):
        yield f"nothing in it needs permissions: {scope}: write"
    if "contents" not in rights:
        yield "checkout needs permissions: contents: read"
    for step in job["steps"]:
        if step.get("uses", "").startswith("actions/checkout@"):
            kept = step.get("with", {}).get("persist-credentials")
            if kept != ("true" if "make publish-notebooks" in used(job) else "false"):
                yield f"checkout's persist-credentials is {kept}"


def reference_faults(name, job, jobs):
    """Names of jobs and steps that are not there."""
    needs = job.get("needs", [])
    needs = [needs] if isinstance(needs, str) else needs
    for other in needs:
        if other not in jobs or other == name:
            yield f"it needs {other}, which is no other job"
    text = json.dumps(job)
    for other in sorted(set(re.findall(r"\bneeds\.([\w-]+)", text)) - set(needs)):
        yield f"it asks for the job {other}, which is not in its needs"
    for step in sorted(set(re.findall(r"\bsteps\.([\w-]+)", text))):
        if step not in [step.get("id") for step in job["steps"]]:
            yield f"it asks for the step {step}, which is not in it"


def publish_faults(job, proof):
    """Ways by which something unproven could be published."""
    outward = [step for step in job["steps"] if step.get("uses", "").startswith(OUTWARD)]
    if "make publish-notebooks" in used(job) or "actions/deploy-pages" in used(job):
        if job.get("if") != MAIN:
            yield "it publishes, and its if: is not that for the default branch"
        if job.get("needs") != "build":
            yield "it publishes, and does not need build"
        if any("if" in step for step in job["steps"]):
            yield "it publishes, and one of its steps has an if:"
    elif outward:
        if any(step.get("if") != MAIN for step in outward):
            yield "its pages go up from other branches than the default one"
        run = [step.get("run") for step in job["steps"] if "if" not in step]
        for missing in sorted(proof - {target for text in run if text for target in text.split()}):
            yield f"its pages go up without make {missing}, which .ci/run calls"
    if "continue-on-error" in json.dumps(job):
        yield "it goes on after an error"
    if re.search(r"shell|working-directory", json.dumps(job)):
        yield "it has a shell or a folder of its own"


def workflow_faults(folder, makefile, ci):
    """What is wrong with the workflows in this folder: one line each."""
    calls = re.findall(r"^[^#\n]*\bmake((?: [a-z-]+)+)", ci, re.M)
    proof = {target for call in calls for target in call.split()}
    for path in sorted(folder.glob("*.yml")):
        flow = yaml.load(path.read_text("utf8"), yaml.BaseLoader)
        if flow.get("permissions") != {}:
            yield f"{path.name}: its permissions are not {{}}; give each job its own"
        if flow.get("defaults") != {"run": {"shell": "bash"}}:
            yield f"{path.name}: its default shell is not bash, which stops at a failing pipe"
        if "pull_request_target" in flow["on"] or "workflow_run" in flow["on"]:
            yield f"{path.name}: a stranger's pull request would run with rights"
        if any(OUTWARD[1] in used(job) for job in flow["jobs"].values()):
            if flow.get("concurrency") != IN_TURN:
                yield f"{path.name}: two runs could publish at once, or one be cut short"
        for name, job in flow["jobs"].items():
            found = [
                *command_faults(job, makefile),
                *permission_faults(job),
                *reference_faults(name, job, flow["jobs"]),
                *publish_faults(job, proof),
                *report_faults(job, flow["jobs"]),
            ]
            yield from (f"{path.name}: {name}: {fault}" for fault in found)


def report_faults(job, jobs):
    """Jobs that break without a report."""
    for step in (step for step in job["steps"] if step.get("run") == "make report"):
        others = {name: other for name, other in jobs.items() if other is not job}
        lines = [
            f"{step['run']}: ${{{{ needs.{name}.result }}}}"
            for name, other in others.items()
            for step in other["steps"]
            if "run" in step
        ]
        if step["env"]["RESULTS"].split("\n") != [*lines, ""]:
            yield "RESULTS does not name each job's command and result"
        if job.get("if") != "${{ !cancelled() }}":
            yield "it would not run after a failure"


def test_the_workflows_keep_to_the_rules():
    makefile, ci = (ROOT / "Makefile").read_text(), (ROOT / ".ci" / "run").read_text()
    fail_with(workflow_faults(WORKFLOWS, makefile, ci))


FAULTS = [
    ("book.yml", "run: make test", "run: make tset", "no target tset"),
    ("book.yml", "run: make test", "run: make test | tee log", "is no call of make"),
    ("book.yml", "run: make test", 'run: echo "${{ github.head_ref }}"', "is no call of make"),
    ("weekly.yml", "make test VERSIONS=", "make test VERSION=", "does not read VERSION"),
    ("book.yml", "    needs: build\n", "", "does not need build"),
    ("book.yml", "needs: build", "needs: bild", "bild, which is no other job"),
    ("book.yml", f"    if: {MAIN}\n    needs", "    needs", "not that for the default branch"),
    ("book.yml", MAIN, "always()", "from other branches than the default one"),
    ("book.yml", "run: make test", "run: make test\n        if: success()", "without make test"),
    ("book.yml", "run: make test", "run: make test\n        continue-on-error: true", "goes on"),
    ("book.yml", "run: make test", "run: make test\n        shell: sh", "shell or a folder"),
    ("book.yml", "shell: bash", "shell: bash -e {0}", "default shell is not bash"),
    ("book.yml", "permissions: {}", "permissions: write-all", "permissions are not {}"),
    (
        "book.yml",
        "      contents: write",
        "      contents: read",
        "needs permissions: contents: wr",
    ),
    ("book.yml", "      contents: read", "      contents: write", "nothing in it needs"),
    ("weekly.yml", "      issues: write\n", "", "needs permissions: issues: write"),
    ("book.yml", "persist-credentials: false", "persist-credentials: true", "credentials is true"),
    ("book.yml", "steps.pages.outputs", "steps.page.outputs", "asks for the step page"),
    ("weekly.yml", "needs.links.result", "needs.link.result", "asks for the job link,"),
    ("weekly.yml", "make links: ", "make link: ", "RESULTS does not name"),
    ("weekly.yml", "!cancelled()", "success()", "would not run after a failure"),
    ("book.yml", "  pull_request:", "  pull_request_target:", "stranger's pull request"),
    ("book.yml", "book-${{ github.ref }}", "book-${{ github.run_id }}", "publish at once"),
    ("book.yml", "  cancel-in-progress: ${{", "  cancel-in-progress: true  # ${{", "be cut short"),
]


@pytest.mark.parametrize("file, old, new, words", FAULTS)
def test_a_fault_of_a_workflow_is_noticed(tmp_path, file, old, new, words):
    folder = Path(shutil.copytree(WORKFLOWS, tmp_path / "workflows"))
    edit(folder / file, old, new)
    makefile, ci = (ROOT / "Makefile").read_text(), (ROOT / ".ci" / "run").read_text()
    before = set(workflow_faults(WORKFLOWS, makefile, ci))
    faults = set(workflow_faults(folder, makefile, ci)) - before
    assert any(words in fault for fault in faults), faults


def test_the_linters_read_the_workflows(tmp_path):
    folder = write_book(tmp_path / "book")
    shutil.copytree(ROOT / ".github", folder / ".github")
    code, said = make(folder, "lint")
    assert code == 0 and not said
    edit(folder / ".github/workflows/weekly.yml", "timeout-minutes", "timeout-minuts")
    edit(folder / ".github/workflows/book.yml", "actions/cache@", "somebody/cache@")
    edit(folder / ".github/workflows/book.yml", "make test", "echo ${{ github.head_ref }}")
    code, said = make(folder, "lint")
    assert code
    for words in ("timeout-minuts' was unexpected", "forbidden-uses", "template-injection"):
        assert words in said


# Running what they call


def run(folder, *command, **variables):
    """(exit status, what the command said), run without what a CI has set."""
    ours = "PYTEST_|MAKE|MFLAGS|VERSIONS|COURSE_|GITHUB_|GIT_|BASE$|RESULTS$|.*_proxy$"
    env = {k: v for k, v in os.environ.items() if not re.match(ours, k, re.IGNORECASE)}
    env |= {"HOME": str(Path(folder).parent), "GIT_CONFIG_NOSYSTEM": "1", **variables}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def make(folder, *targets, **variables):
    return run(folder, "make", "-o", ".venv/.installed", *targets, **variables)


def git(folder, *arguments):
    who = {f"GIT_{a}_{b}": "a@b" for a in ("AUTHOR", "COMMITTER") for b in ("NAME", "EMAIL")}
    code, said = run(folder, "git", *arguments, **who)
    assert code == 0, said
    return said.strip()


def commit(folder, message):
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)
    return git(folder, "rev-parse", "HEAD")


def write(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def write_checkout(folder, files):
    """A git checkout with this repository's Makefile and programs, and one commit."""
    folder.mkdir()
    shutil.copy(ROOT / "Makefile", folder)
    shutil.copytree(ROOT / ".ci", folder / ".ci")
    (folder / ".venv").symlink_to(sys.prefix)
    write(folder, {".gitignore": "_build/\n.venv\n", **files})
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, "first")
    return folder


class Server(ThreadingHTTPServer):
    """A host on this machine. replies: {(method, path): (status, text)}; seen: what was asked."""

    def __init__(self, replies):
        self.replies, self.seen = replies, []
        super().__init__(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server_port}"
        Thread(target=self.serve_forever, daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    def answer(self):
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.server.seen.append((self.command, self.path, body.decode(), dict(self.headers)))
        method = "GET" if self.command == "HEAD" else self.command
        status, text = self.server.replies.get((method, self.path), (404, "not here"))
        self.send_response(status)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text.encode())

    do_GET = do_HEAD = do_POST = answer

    def log_message(self, *_):
        pass


@pytest.fixture
def host():
    server = Server({})
    yield server
    server.shutdown()
    server.server_close()


# make publish-notebooks


def stub(folder, *, page="01_one", text="{}", wheel="aaaaaaaaaaaa"):
    """Write what `make notebooks` would."""
    built = folder / "_build" / "notebooks"
    shutil.rmtree(built, ignore_errors=True)
    write(
        built,
        {
            f"chapters/{page}.ipynb": text,
            f"exercises/{page}.ipynb": text,
            f"wheels/{wheel}/course-1-py3-none-any.whl": wheel,
            ".binder/postBuild": "#!/bin/sh\n",
            ".gitignore": "*.whl\n",
            "README.md": "# Notebooks\r\n",
            ".made-from": git(folder, "rev-parse", "HEAD") + "\n",
        },
    )


@pytest.fixture
def bare(tmp_path):
    """An empty repository that stands for GitHub's."""
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", "remote.git")
    return tmp_path / "remote.git"


@pytest.fixture
def clone(bare):
    """A checkout whose remote it is, with notebooks to publish."""
    folder = write_checkout(bare.parent / "a clone", {"index.md": "# A book\n"})
    git(folder, "remote", "add", "origin", str(bare))
    git(folder, "push", "--quiet", "origin", "main")
    stub(folder)
    return folder


def published(bare):
    """The commits of the branch, newest first."""
    return git(bare, "rev-list", NOTEBOOKS).split()


def files(bare):
    return set(git(bare, "ls-tree", "-r", "--name-only", NOTEBOOKS).splitlines())


def test_the_first_publication_makes_the_branch(bare, clone):
    git(clone, "config", "core.autocrlf", "input")  # which is for people's files
    code, said = make(clone, "publish-notebooks")
    assert code == 0, said
    assert len(published(bare)) == 1  # no parent: not on top of the main branch
    built = clone / "_build" / "notebooks"
    assert files(bare) == {
        path.relative_to(built).as_posix() for path in built.rglob("*") if path.is_file()
    } - {".made-from"}
    assert "100755 blob" in git(bare, "ls-tree", NOTEBOOKS, ".binder/postBuild")
    assert git(bare, "cat-file", "-p", f"{NOTEBOOKS}:README.md").endswith("# Notebooks")
    assert git(bare, "cat-file", "-s", f"{NOTEBOOKS}:README.md") == "13"  # not a byte changed
    assert git(clone, "rev-parse", "HEAD") in git(bare, "log", "--format=%B", NOTEBOOKS)


def test_nothing_is_committed_where_nothing_changed(bare, clone):
    make(clone, "publish-notebooks")
    code, said = make(clone, "publish-notebooks")
    assert code == 0 and "already" in said, said
    assert len(published(bare)) == 1


def test_a_renamed_page_goes_and_an_old_wheel_stays(bare, clone):
    make(clone, "publish-notebooks")
    [first] = published(bare)
    stub(clone, page="01_other", wheel="bbbbbbbbbbbb")
    code, said = make(clone, "publish-notebooks")
    assert code == 0, said
    assert published(bare)[1:] == [first]
    assert "chapters/01_other.ipynb" in files(bare) and "chapters/01_one.ipynb" not in files(bare)
    wheels = {"aaaaaaaaaaaa", "bbbbbbbbbbbb"}
    assert {name.split("/")[1] for name in files(bare) if name.startswith("wheels/")} == wheels


def test_of_two_runs_at_once_the_second_builds_on_the_first(bare, clone):
    make(clone, "publish-notebooks")
    [first] = published(bare)
    stub(clone, text="[1]", wheel="bbbbbbbbbbbb")
    make(clone, "publish-notebooks")
    rival = published(bare)[0]
    git(bare, "update-ref", f"refs/heads/{NOTEBOOKS}", first)
    script = bare / "receive.sh"  # the rival arrives between the question and the push
    script.write_text(
        f"#!/bin/sh\ngit -C '{bare}' update-ref refs/heads/{NOTEBOOKS} {rival} {first}\n"
        'exec git-receive-pack "$@"\n'
    )
    script.chmod(0o755)
    git(clone, "config", "remote.origin.receivepack", f"'{script}'")
    stub(clone, text="[2]", wheel="cccccccccccc")
    code, said = make(clone, "publish-notebooks")
    assert code == 0, said
    assert published(bare)[1:] == [rival, first]
    assert len([name for name in files(bare) if name.startswith("wheels/")]) == 3


def test_an_older_commit_replaces_nothing(bare, clone):
    old = git(clone, "rev-parse", "HEAD")
    write(clone, {"index.md": "# Newer\n"})
    new = commit(clone, "second")
    stub(clone)
    assert make(clone, "publish-notebooks")[0] == 0
    git(clone, "checkout", "--quiet", "--detach", old)
    stub(clone, text="[1]")
    code, said = make(clone, "publish-notebooks")
    assert code and f"{new[:12]} comes after {old[:12]}" in said, said
    assert len(published(bare)) == 1


def test_a_repeated_run_of_an_older_commit_publishes_nothing(bare, clone):
    old = git(clone, "rev-parse", "HEAD")
    write(clone, {"index.md": "# Newer\n"})
    commit(clone, "second")
    git(clone, "push", "--quiet", "origin", "main")
    git(clone, "checkout", "--quiet", "--detach", old)
    once = {"GITHUB_REF": "refs/heads/main", "GITHUB_RUN_ATTEMPT": "1"}
    code, said = make(clone, "publish-notebooks", **once | {"GITHUB_RUN_ATTEMPT": "2"})
    assert code and "comes after" in said, said
    assert not git(bare, "branch", "--list", NOTEBOOKS)
    code, said = make(clone, "publish-notebooks", **once)  # its own first run may
    assert code == 0, said


def test_publishing_leaves_the_checkout_alone(clone):
    write(clone, {"index.md": "# Changed\n", "staged.md": "new", "other.md": "untracked"})
    git(clone, "add", "staged.md")

    def state():
        names = [path for path in clone.rglob("*") if path.is_file() and ".git" not in path.parts]
        return (
            {path: path.read_bytes() for path in names if ".venv" not in path.parts},
            (clone / ".git" / "index").read_bytes(),
            git(clone, "branch"),
            git(clone, "rev-parse", "HEAD"),
        )

    git(clone, "status")  # which refreshes the index
    before = state()
    code, said = make(clone, "publish-notebooks")
    assert code == 0, said
    assert state() == before
    subject = git(clone, "ls-remote", "origin", NOTEBOOKS).split()[0]
    assert "with changes not committed" in git(clone, "log", "-1", "--format=%s", subject)


def test_who_publishes_is_the_author_or_github(bare, clone):
    make(clone, "publish-notebooks")
    assert git(bare, "log", "-1", "--format=%an", NOTEBOOKS) == "github-actions[bot]"
    git(clone, "config", "user.email", "me@example.org")
    git(clone, "config", "user.name", "Me")
    stub(clone, text="[1]")
    make(clone, "publish-notebooks")
    assert git(bare, "log", "-1", "--format=%an %cn", NOTEBOOKS) == "Me Me"


@pytest.mark.parametrize(
    "left, words",
    [
        ([], "has no */*.ipynb; run: make notebooks"),
        (["wheels"], "has no */*.ipynb; run: make notebooks"),
        (["chapters", "exercises"], "has no wheels/*/*.whl; run: make notebooks"),
    ],
)
def test_half_a_folder_is_not_published(bare, clone, left, words):
    for folder in {"chapters", "exercises", "wheels"} - set(left):
        shutil.rmtree(clone / "_build" / "notebooks" / folder)
    code, said = make(clone, "publish-notebooks")
    assert code and words in said and "Traceback" not in said, said
    assert not git(bare, "branch", "--list", NOTEBOOKS)


def test_notebooks_of_another_commit_are_not_published_as_this_one(bare, clone):
    write(clone, {"index.md": "# Newer\n"})
    commit(clone, "second")
    code, said = make(clone, "publish-notebooks")
    assert code and "run: make notebooks" in said and "was made from" in said, said
    assert not git(bare, "branch", "--list", NOTEBOOKS)


def test_a_missing_folder_is_not_published(clone):
    shutil.rmtree(clone / "_build")
    code, said = make(clone, "publish-notebooks")
    assert code and "run: make notebooks" in said and "Traceback" not in said, said


def test_no_remote(clone):
    git(clone, "remote", "remove", "origin")
    code, said = make(clone, "publish-notebooks")
    assert code and "run: git remote add origin ADDRESS" in said and "Traceback" not in said


def test_a_remote_that_does_not_answer(clone):
    git(clone, "remote", "set-url", "origin", str(clone / "nowhere"))
    code, said = make(clone, "publish-notebooks")
    assert code and "Not published: git ls-remote" in said and "Traceback" not in said


def test_a_remote_that_takes_nothing(bare, clone):
    hook = bare / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho you may not >&2; exit 1\n")
    hook.chmod(0o755)
    code, said = make(clone, "publish-notebooks")
    assert code and "you may not" in said and "contents: write" in said, said
    assert "Traceback" not in said


def test_a_folder_that_is_no_checkout(clone):
    inner = Path(shutil.copytree(clone, clone / "unpacked", symlinks=True))
    shutil.rmtree(inner / ".git")
    code, said = make(inner, "publish-notebooks")  # not to the repository around it
    assert code and "no git checkout" in said, said


# make changed


@pytest.fixture
def draft(tmp_path):
    """A checkout with two chapters, a branch `work` on top of main, and the built pages."""
    pages = {
        "index.md": "# Start\n",
        "chapters/01_a.md": "---\nx: 1\n---\n\n# Tensors & <friends>\n\n![](images/a.svg)\n",
        "chapters/02_b.md": "# Gradients\n",
        "chapters/images/a.svg": "<svg/>",
        "README.md": "no page",
        "_toc.yml": "format: jb-book\nroot: index\nchapters:\n"
        "  - file: chapters/02_b\n  - file: chapters/01_a\n",
    }
    folder = write_checkout(tmp_path / "draft", pages)
    git(folder, "checkout", "--quiet", "-b", "work")
    names = ["index", "chapters/01_a", "chapters/02_b", "chapters/03_c"]
    write(folder / "_build" / "html", {f"{name}.html": "" for name in names})
    return folder


def changed(folder, **variables):
    """(what was said, the links of the page that was written, its text)."""
    code, said = make(folder, "changed", **{"BASE": "main", **variables})
    assert code == 0, said
    page = (folder / "_build" / "html" / "_changed.html").read_text()
    links = re.findall(r'href="([^"]+)"', page)
    assert all((folder / "_build" / "html" / link).exists() for link in links)
    return said, links, html.unescape(page)


def test_a_changed_page_is_listed_and_leads_into_the_book(draft):
    edit(draft / "chapters/01_a.md", "# Tensors", "# Small tensors")
    edit(draft / "README.md", "no", "still no")
    commit(draft, "a page")
    summary = draft.parent / "summary.md"
    summary.write_text("before\n")
    said, links, text = changed(draft, GITHUB_STEP_SUMMARY=str(summary))
    assert said == "chapters/01_a: changed\n" and links == ["chapters/01_a.html"]
    assert "Small tensors & <friends>" in text
    assert "<friends>" not in (draft / "_build/html/_changed.html").read_text()
    assert summary.read_text().startswith("before\n## Changed pages\n")
    assert "- Small tensors & <friends> (`chapters/01_a`, changed)" in summary.read_text()


def test_what_main_changed_meanwhile_is_not_listed(draft):
    edit(draft / "chapters/01_a.md", "Tensors", "Mine")
    commit(draft, "mine")
    git(draft, "checkout", "--quiet", "main")
    edit(draft / "chapters/02_b.md", "Gradients", "Theirs")
    commit(draft, "theirs")
    git(draft, "checkout", "--quiet", "work")
    assert changed(draft)[0] == "chapters/01_a: changed\n"


def test_pages_come_in_the_order_of_the_book_and_new_ones_count(draft):
    write(draft, {"chapters/03_c.md": "# New\n"})  # not yet known to git
    edit(draft / "_toc.yml", "  - file: chapters/02_b", "  - file: chapters/03_c")
    (draft / "chapters/02_b.md").unlink()
    edit(draft / "chapters/01_a.md", "Tensors", "Mine")
    said, links, text = changed(draft)
    assert links == ["chapters/03_c.html", "chapters/01_a.html"] and "New</a> (new)" in text
    assert "Gone: chapters/02_b." in text
    assert "Every page may have changed: _toc.yml did." in text


def test_a_picture_changes_its_page(draft):
    edit(draft / "chapters/images/a.svg", "<svg/>", "<svg></svg>")
    assert changed(draft)[0] == "chapters/01_a: changed\n"


@pytest.mark.parametrize("file", ["helpers/plot.py", "constraints.txt", "_book/course.css"])
def test_what_shapes_every_page_is_said(draft, file):
    write(draft, {file: "x"})
    said, links, _ = changed(draft)
    assert "Every page may have changed" in said and not links


def test_nothing_changed(draft):
    assert changed(draft)[0] == "No page has changed.\n"


def test_the_base_comes_from_ci_or_from_the_remote(draft):
    edit(draft / "chapters/01_a.md", "Tensors", "Mine")
    git(draft, "update-ref", "refs/remotes/origin/main", "main")
    git(draft, "branch", "--quiet", "--delete", "--force", "main")  # as in CI, which has none
    assert "01_a" in changed(draft, BASE="", GITHUB_BASE_REF="main")[0]
    git(draft, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    assert "Compared with origin/main." in changed(draft, BASE="")[2]


@pytest.mark.parametrize(
    "base, words",
    [("", "name it: make changed BASE=main"), ("nothing", "nothing is not in this clone")],
)
def test_no_base(draft, base, words):
    code, said = make(draft, "changed", BASE=base)
    assert code and words in said and "Traceback" not in said, said


def test_changes_of_a_book_that_is_not_built(draft):
    shutil.rmtree(draft / "_build")
    code, said = make(draft, "changed", BASE="main")
    assert code and "run: make book" in said and "Traceback" not in said, said


# make links


@pytest.fixture
def linked(tmp_path, host):
    """A small book with an address and a link, and the host where both lead."""
    folder = write_book(tmp_path / "book")
    shutil.copytree(ROOT / ".ci", folder / ".ci")
    (folder / "solutions" / "01_small.md").write_text("# Answers\n")
    with (folder / "_toc.yml").open("a") as file:
        file.write("  - file: solutions/01_small\n")
    with (folder / "_config.yml").open("a") as file:
        file.write(f"\nrepository:\n  url: {host.address}/owner/course\n")
    with (folder / "index.md").open("a") as file:
        file.write(f"\n[A](http://nowhere.invalid/) and [b]({host.address}/page).\n")
    return folder


def test_links_and_buttons_that_lead_nowhere(linked, host):
    raw = f"/owner/course/raw/{NOTEBOOKS}"
    chapter, exercise = f"{raw}/chapters/01_small.ipynb", f"{raw}/exercises/01_small.ipynb"
    host.replies["GET", exercise] = (200, "{}")
    code, said = make(linked, "links")
    assert code
    assert "index.md:5: http://nowhere.invalid/: " in said, said
    assert f"index.md:5: {host.address}/page: 404" in said
    assert f"chapters/01_small.md:1: {host.address}{chapter}: 404" in said
    assert f"solutions/01_small.md:1: {host.address}{exercise}: it asks for no wheel" in said
    assert len(said.splitlines()) == 5, said  # the fifth is make's own

    edit(linked / "index.md", "[A](http://nowhere.invalid/) and ", "")
    wheel = f"{raw}/wheels/0123456789ab/course-1-py3-none-any.whl"
    for path in ("/page", chapter, exercise):
        host.replies["GET", path] = (200, f'"{host.address}{wheel}"')
    code, said = make(linked, "links")
    assert code and f"chapters/01_small.md:1: {host.address}{wheel}: 404" in said, said
    host.replies["GET", wheel] = (200, "zip")
    code, said = make(linked, "links")
    assert code == 0 and said == "Every link leads somewhere.\n", said


def test_a_book_without_an_address_has_no_buttons_to_ask_for(linked, host):
    edit(linked / "_config.yml", f"url: {host.address}/owner/course", 'url: ""')
    edit(linked / "index.md", "[A](http://nowhere.invalid/) and ", "")
    host.replies["GET", "/page"] = (200, "here")
    code, said = make(linked, "links")
    assert code == 0 and "no address on the web" in said, said


def test_links_of_a_book_that_does_not_build(linked):
    edit(linked / "_config.yml", "course_book: _book", "no_such_extension: _book")
    code, said = make(linked, "links")
    assert code and "run: make book" in said and "Traceback" not in said, said


# make report

TITLE = "Weekly run: make links does not succeed"
ISSUES = "/repos/owner/course/issues"
LISTED = f"{ISSUES}?state=open&per_page=100&page="


def report(folder, host, **variables):
    run_of = {
        "RESULTS": "make test VERSIONS=newest: success\nmake links: failure\n",
        "GITHUB_TOKEN": "secret",
        "GITHUB_API_URL": host.address,
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "owner/course",
        "GITHUB_SHA": "0123456789abcdef",
        "GITHUB_RUN_ID": "42",
    }
    shutil.copy(ROOT / "Makefile", folder)
    shutil.copytree(ROOT / ".ci", folder / ".ci", dirs_exist_ok=True)
    return make(folder, "report", **run_of | variables)


def sent(host):
    return [(path, json.loads(body)) for method, path, body, _ in host.seen if method == "POST"]


def test_what_broke_becomes_an_issue(tmp_path, host):
    host.replies = {
        ("GET", f"{LISTED}1"): (200, json.dumps([{"title": "Another", "number": 1}])),
        ("POST", ISSUES): (201, '{"number": 7}'),
    }
    code, said = report(tmp_path, host)
    assert code == 0 and "Issue 7 is open" in said, said
    [(path, issue)] = sent(host)
    assert path == ISSUES and issue["title"] == TITLE
    for words in ("`make links`", "failure", "0123456789abcdef", "owner/course/actions/runs/42"):
        assert words in issue["body"]
    assert host.seen[0][3]["Authorization"] == "Bearer secret" and "secret" not in said


def test_an_open_issue_gets_a_comment(tmp_path, host):
    full = [{"title": "Another", "number": n} for n in range(100)]
    full[5] = {"title": TITLE, "number": 5, "pull_request": {}}
    host.replies = {
        ("GET", f"{LISTED}1"): (200, json.dumps(full)),
        ("GET", f"{LISTED}2"): (200, json.dumps([{"title": TITLE, "number": 3}])),
        ("POST", f"{ISSUES}/3/comments"): (201, "{}"),
    }
    code, said = report(tmp_path, host)
    assert code == 0 and "Issue 3 has one more comment" in said, said
    assert [path for path, _ in sent(host)] == [f"{ISSUES}/3/comments"]


@pytest.mark.parametrize("result", ["failure", "cancelled", ""])
def test_each_command_has_its_own_issue(tmp_path, host, result):
    host.replies = {
        ("GET", f"{LISTED}1"): (200, "[]"),
        ("POST", ISSUES): (201, '{"number": 7}'),
    }
    code, said = report(tmp_path, host, RESULTS=f"make a V=1: {result}\n\nmake b: {result}\n")
    assert code == 0, said
    titles = [issue["title"] for _, issue in sent(host)]
    assert [title.split(": ")[1] for title in titles] == [
        "make a V=1 does not succeed",
        "make b does not succeed",
    ]


def test_where_nothing_broke_nothing_is_asked(tmp_path, host):
    code, said = report(tmp_path, host, RESULTS="make a: success\nmake b: skipped\n")
    assert code == 0 and said == "Nothing broke.\n" and not host.seen


@pytest.mark.parametrize("name", ["GITHUB_TOKEN", "RESULTS"])
def test_a_report_without_what_it_needs(tmp_path, host, name):
    code, said = report(tmp_path, host, **{name: ""})
    assert code and f"not set: {name}" in said and "Traceback" not in said and not host.seen


def test_a_report_that_github_refuses(tmp_path, host):
    host.replies = {
        ("GET", f"{LISTED}1"): (200, "[]"),
        ("POST", ISSUES): (403, '{"message": "Resource not accessible by integration"}'),
    }
    code, said = report(tmp_path, host)
    assert code and "403" in said and "not accessible" in said and "issues: write" in said, said
    assert "Traceback" not in said and "secret" not in said


@pytest.mark.parametrize("reply", [(403, "locked"), (200, "<html>"), (200, "[]")])
def test_what_is_refused_about_one_command_keeps_no_other_silent(tmp_path, host, reply):
    title = TITLE.replace("links", "a")
    host.replies = {
        ("GET", f"{LISTED}1"): (200, json.dumps([{"title": TITLE, "number": 3}])),
        ("POST", f"{ISSUES}/3/comments"): reply,
        ("POST", ISSUES): (201, '{"number": 7}'),
    }
    results = "make links: failure\nmake a: failure\n"
    code, said = report(tmp_path, host, RESULTS=results)
    assert f"Issue 7 is open: {title}" in said and "Traceback" not in said, said
    refused = reply[1] != "[]"  # a comment's answer is not looked into
    assert bool(code) == refused == ("No issue says that make links does not" in said), said


def test_a_report_that_nobody_answers(tmp_path, host):
    code, said = report(tmp_path, host, GITHUB_API_URL="http://127.0.0.1:1")
    assert code and "did not answer" in said and "Traceback" not in said, said
