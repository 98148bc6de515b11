"""Where this copy of the book comes from: its repository, its commit, its address on the web."""

import json
import os
import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import yaml

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = "notebooks"  # the branch that holds the chapters and exercises as notebooks
FOLDERS = {"chapters": "chapters", "solutions": "exercises"}  # of a page: of its notebook
# A remote over ssh, as git writes it: git@host:owner/name.git (and no path with a drive, C:/...)
SSH = re.compile(r"(?:[^@/]+@)?(?P<host>[\w.-]{2,}):(?P<path>(?!//)[^\\]+)")
# The names of github.com; the last one leads through firewalls.
GITHUB = {"github.com", "www.github.com", "ssh.github.com"}


@dataclass(frozen=True)
class Edition:
    """One build of the book. What is not known is None.

    title:      of the course, from _config.yml
    repository: address without a slash at its end, such as https://github.com/owner/name
    site:       address where the pages are published, with a slash at its end
    branch:     where an edit of a page goes
    commit:     40 hexadecimal digits
    changed:    whether files differ from that commit
    date:       the day of the build, in UTC, such as 2026-11-23
    """

    title: str
    repository: str | None
    site: str | None
    branch: str
    commit: str | None
    changed: bool
    date: str

    @property
    def github(self):
        """Owner and name at github.com, as "owner/name"; None elsewhere."""
        host, _, path = (self.repository or "").removeprefix("https://").partition("/")
        return path if host == "github.com" else None

    def colab(self, notebook):
        """Address that opens this file of the notebooks branch in Colab; None if none does."""
        base = "https://colab.research.google.com/github"
        return self.github and f"{base}/{self.github}/blob/{NOTEBOOKS}/{notebook}"

    def binder(self, notebook):
        """Address that opens this file of the notebooks branch in Binder; None if none does."""
        base = "https://mybinder.org/v2/gh"
        return self.github and f"{base}/{self.github}/{NOTEBOOKS}?urlpath=lab/tree/{notebook}"

    def raw(self, file):
        """Address of a file of the notebooks branch, to be fetched; None without a repository."""
        return self.repository and f"{self.repository}/raw/{NOTEBOOKS}/{file}"

    def page(self, name):
        """Address of a published page such as chapters/01_topic; None where none is known."""
        return self.site and f"{self.site}{name}.html"


def notebook_of(page):
    """The file of the branch for notebooks that a page such as chapters/01_topic opens, or None.

    A page of solutions opens the exercises without their answers.
    """
    folder, _, name = page.partition("/")
    return f"{FOLDERS[folder]}/{name}.ipynb" if folder in FOLDERS else None


def edition(root=ROOT, env=os.environ):
    """The Edition of the checkout at `root`, whose commit and repository CI's `env` may name.

    The repository is the one that `_config.yml` names (repository: url:), else the one that
    CI builds, else git's remote. So a fork's pages lead to the fork.
    """
    config = yaml.safe_load(Path(root, "_config.yml").read_text("utf8")) or {}
    repository = override(config) or web_address(in_ci(env) or remote(root) or "")
    site = (config.get("html") or {}).get("baseurl") or pages_address(repository)
    return Edition(
        title=config.get("title") or "Course",
        repository=repository,
        site=site and site.rstrip("/") + "/",
        branch=default_branch(root, env),
        commit=git(root, "rev-parse", "--verify", "--quiet", "HEAD") or env.get("GITHUB_SHA"),
        changed=bool(git(root, "status", "--porcelain", "--untracked-files=no")),
        date=datetime.now(UTC).date().isoformat(),
    )


def override(config):
    """The repository that _config.yml names; None if it names none. ValueError says the repair."""
    named = config.get("repository") or {}
    named = named.get("url") if isinstance(named, dict) else named
    if not named:
        return None
    if found := web_address(str(named)) or web_address(f"https://{named}"):
        return found
    raise ValueError(
        f"repository: url: in _config.yml is {named!r}, which is no address of a repository: write "
        'it as "https://github.com/owner/name", or remove the line'
    )


def in_ci(env):
    """The repository that GitHub's (or Gitea's) runner builds; None elsewhere."""
    if env.get("GITHUB_REPOSITORY"):
        return f"{env.get('GITHUB_SERVER_URL', 'https://github.com')}/{env['GITHUB_REPOSITORY']}"


def remote(root):
    """The address of the remote `origin`, else of the first remote; None without any."""
    names = git(root, "remote").split()
    name = "origin" if "origin" in names else next(iter(names), None)
    return name and git(root, "remote", "get-url", name)


def web_address(url):
    """A remote's address as a browser opens it, without user and password; None for a path."""
    parts = urlsplit(url.strip())
    if parts.scheme in ("https", "http"):
        scheme, host, path = parts.scheme, parts.netloc.rpartition("@")[2].lower(), parts.path
        host = host.removesuffix({"https": ":443", "http": ":80"}[scheme])
    elif parts.scheme in ("ssh", "git") and parts.hostname:
        scheme, host, path = "https", ssh_host(parts.hostname), parts.path
    elif match := SSH.fullmatch(url.strip()):
        scheme, host, path = "https", ssh_host(match["host"]), match["path"]
    else:
        return None
    if host in GITHUB:
        scheme, host = "https", "github.com"
    path = path.strip("/").removesuffix(".git")
    return f"{scheme}://{host}/{path}" if host and path.count("/") else None


def ssh_host(name):
    """The host to which ssh connects by this name, which may be somebody's own; "" if unknown."""
    found = re.search(r"^hostname (.+)$", printed("ssh", "-G", name), re.M)
    host = (found[1] if found else name).lower()
    return host if "." in host else ""


def pages_address(repository):
    """Where GitHub Pages publishes a repository at github.com; None for others."""
    parts = urlsplit(repository or "")
    if parts.netloc != "github.com":
        return None
    owner, name = parts.path.strip("/").split("/")[:2]
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"


def default_branch(root, env):
    """The branch that edits go to: CI may build a tag, or a merge that is on no branch."""
    try:
        event = json.loads(Path(env["GITHUB_EVENT_PATH"]).read_text("utf8"))
        return event["repository"]["default_branch"]
    except (KeyError, OSError, TypeError, ValueError):
        head = git(root, "symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")
        return head.partition("/")[2] or git(root, "branch", "--show-current") or "main"


def git(root, *arguments):
    """What git prints about the checkout at `root`; empty where git or its data are not there."""
    # No folder above: a copy of the book inside another repository is not a part of that one.
    ceiling = {"GIT_CEILING_DIRECTORIES": str(Path(root).resolve().parent)}
    return printed("git", "-C", str(Path(root).resolve()), *arguments, **ceiling)


def printed(*command, **env):
    """What a command prints; empty where it fails or is not there."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **env})
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def buttons_note(book):
    """Where the buttons of the pages lead, in one sentence."""
    if book.github:
        return f"Its buttons for Colab and Binder open the notebooks of {book.repository}."
    why = "no git remote with a web address is known"
    if book.repository:
        why = f"{book.repository} is not at github.com"
    return (
        f"It has no buttons for Colab and Binder, since {why}; "
        "repository: url: in _config.yml can name another address."
    )


if __name__ == "__main__":
    print(buttons_note(edition()))
