"""Publish _build/notebooks: one commit on the branch `notebooks` of the remote.

    make notebooks publish-notebooks

The commit lies on top of the branch, never in its place. What the branch held is replaced, so that
the notebooks of renamed pages go. Only wheels stay: a notebook in somebody's own drive still
fetches the one that it was made with. The checkout's files, index and branches stay as they are.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "_build" / "notebooks"
BRANCH = "notebooks"
WHEELS = "wheels"
SOURCE = ".made-from"  # a file that says from which commit the folder was made
BOT = "github-actions[bot]", "41898282+github-actions[bot]@users.noreply.github.com"
MADE_FROM = "Made-from"
ATTEMPTS = 5


class Refused(Exception):
    """Why nothing was published, and what to do."""


def run(*arguments, text=None, **variables):
    """git's answer as it is: returncode, stdout, stderr."""
    env = {**os.environ, "GIT_TERMINAL_PROMPT": "0", **variables}
    command = ["git", "-C", ROOT, *arguments]
    return subprocess.run(command, input=text, env=env, capture_output=True, text=True)


def git(*arguments, text=None, **variables):
    """What git prints; Refused with git's own words where it fails."""
    done = run(*arguments, text=text, **variables)
    if done.returncode:
        words = done.stderr.strip() or done.stdout.strip()
        raise Refused(f"git {arguments[0]} did not work: {words}")
    return done.stdout.strip()


def check_folder(commit):
    """Refuse a folder without notebooks, or without the wheel they fetch, or of another commit."""
    for pattern in ("*/*.ipynb", f"{WHEELS}/*/*.whl", SOURCE):
        if not any(FOLDER.glob(pattern)):
            raise Refused(f"_build/notebooks has no {pattern}; run: make notebooks")
    made_from = (FOLDER / SOURCE).read_text("utf8").strip()
    if made_from != commit:
        raise Refused(
            f"_build/notebooks was made from {made_from[:12]}, and this is {commit[:12]}; "
            "run: make notebooks"
        )


def find_remote():
    """The remote's name: origin, else the first one."""
    if not (ROOT / ".git").exists():
        raise Refused("this folder is no git checkout; publish from a clone of the repository")
    names = git("remote").split()
    if not names:
        raise Refused("there is no remote to publish to; run: git remote add origin ADDRESS")
    return "origin" if "origin" in names else names[0]


def tip_of(remote, ref):
    """The commit that a branch of the remote is at; None where there is no such branch."""
    return git("ls-remote", remote, ref).partition("\t")[0] or None


def write_tree(tip):
    """The tree of the new commit: the folder's files, and the wheels that the branch has."""
    files = sorted(p for p in FOLDER.rglob("*") if p.is_file() and p.name != SOURCE)
    names = "\n".join(map(str, files))
    hashes = git("hash-object", "-w", "--no-filters", "--stdin-paths", text=names).split()
    lines = git("ls-tree", "-r", tip, f"{WHEELS}/").splitlines() if tip else []
    for path, name in zip(files, hashes, strict=True):
        # A script says so in its first line: an artifact of the CI forgets who may be run.
        mode = "100755" if path.read_bytes().startswith(b"#!") else "100644"
        lines.append(f"{mode} {name}\t{path.relative_to(FOLDER).as_posix()}")
    with tempfile.TemporaryDirectory() as folder:
        index = {"GIT_INDEX_FILE": f"{folder}/index"}
        git("update-index", "--index-info", text="\n".join([*lines, ""]), **index)
        return git("write-tree", **index)


def newer_than(commit, remote, tip):
    """A commit after this one that was published or is about to be; None if there is none.

    A run that somebody repeats publishes only what is still the newest commit of its branch.
    """
    message = git("log", "-1", "--format=%B", tip) if tip else ""
    others = re.findall(rf"^{MADE_FROM}: (\w+)$", message, re.M)
    if int(os.environ.get("GITHUB_RUN_ATTEMPT", 1)) > 1:
        others.append(tip_of(remote, os.environ["GITHUB_REF"]))
    for other in others:
        after = other and run("merge-base", "--is-ancestor", commit, other).returncode == 0
        if after and other != commit:
            return other


def write_commit(tree, tip, commit):
    """A commit of the tree on top of `tip`; its message names the commit it was made from."""
    changed = git("status", "--porcelain", "--untracked-files=no")
    subject = f"Notebooks of {commit[:12]}" + (", with changes not committed" if changed else "")
    who = {}
    if run("config", "user.email").returncode:
        for role in ("AUTHOR", "COMMITTER"):
            who |= {f"GIT_{role}_NAME": BOT[0], f"GIT_{role}_EMAIL": BOT[1]}
    below = ["-p", tip] if tip else []
    words = ["-m", subject, "-m", f"{MADE_FROM}: {commit}"]
    return git("commit-tree", tree, *below, *words, **who)


def publish():
    """What was done, in one sentence; Refused if nothing could be."""
    remote = find_remote()
    commit = git("rev-parse", "HEAD")
    check_folder(commit)
    for _ in range(ATTEMPTS):
        tip = tip_of(remote, f"refs/heads/{BRANCH}")
        if tip:
            git("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", remote, BRANCH)
        if other := newer_than(commit, remote, tip):
            raise Refused(
                f"{other[:12]} comes after {commit[:12]}, which must not replace it; "
                "to go back, revert on the main branch"
            )
        tree = write_tree(tip)
        if tip and tree == git("rev-parse", f"{tip}^{{tree}}"):
            return f"The branch {BRANCH} of {remote} holds these very notebooks already."
        new = write_commit(tree, tip, commit)
        pushed = run("push", "--quiet", "--no-verify", remote, f"{new}:refs/heads/{BRANCH}")
        if pushed.returncode == 0:
            return f"The notebooks of {commit[:12]} are on the branch {BRANCH} of {remote}."
        time.sleep(1)
        if tip_of(remote, f"refs/heads/{BRANCH}") == tip:  # it was not another run that won
            break
    raise Refused(
        f"{remote} did not take the branch {BRANCH}: {pushed.stderr.strip()}\n"
        "You need the right to write there; a workflow needs `permissions: contents: write`."
    )


if __name__ == "__main__":
    try:
        print(publish())
    except Refused as error:
        sys.exit(f"Not published: {error}")
