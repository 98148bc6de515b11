"""The book knows where it comes from: settings first, then CI, then git; else it says nothing."""

import dataclasses
import json
import subprocess
from datetime import UTC, datetime

import pytest
from edition import Edition, buttons_note, edition, pages_address, web_address

HERE = "https://github.com/ada/course"


def git(folder, *arguments):
    who = "-c user.name=ada -c user.email=ada@example.org -c commit.gpgsign=false".split()
    subprocess.run(["git", "-C", folder, *who, *arguments], check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path):
    """A checkout with one commit, no remote, and a title."""
    (tmp_path / "_config.yml").write_text("title: Deep learning\n", "utf8")
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message=first")
    return tmp_path


@pytest.mark.parametrize(
    "remote",
    [
        "https://github.com/ada/course",
        "https://github.com/ada/course.git",
        "https://github.com/ada/course/",
        "https://ada:secret@github.com/ada/course.git",
        "https://x-access-token:secret@github.com/ada/course",
        "git@github.com:ada/course.git",
        "github.com:ada/course",
        "ssh://git@github.com/ada/course.git",
        "ssh://git@github.com:22/ada/course.git",
        "git://github.com/ada/course.git",
        " https://github.com/ada/course.git\n",
        "http://github.com/ada/course",
        "https://www.GitHub.com:443/ada/course",
        "git@github.com:/ada/course.git",
        "ssh://git@ssh.github.com:443/ada/course.git",
    ],
)
def test_every_way_to_write_a_remote_gives_one_address(remote):
    assert web_address(remote) == HERE


@pytest.mark.parametrize(
    "remote",
    ["", "/srv/git/course.git", "../course", "file:///srv/git/course.git", "C:\\course"]
    + ["work:ada/course.git", "https://github.com/", "https://github.com/course", "nonsense"],
)
def test_a_path_or_an_alias_of_ssh_gives_no_address(remote):
    assert web_address(remote) is None


def test_a_name_of_ones_own_for_a_host_is_looked_up_where_ssh_does(tmp_path, monkeypatch):
    """Two accounts at one host are told apart like this."""
    program = '#!/bin/sh\n[ "$1 $2" = "-G work" ] && echo hostname github.com\n'
    (tmp_path / "ssh").write_text(program)
    (tmp_path / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert web_address("git@work:ada/course.git") == HERE
    assert web_address("ssh://git@work/ada/course") == HERE
    assert web_address("git@git.school.org:ada/course") == "https://git.school.org/ada/course"
    assert web_address("home:ada/course.git") is None


def test_a_host_of_ones_own_keeps_its_port_on_the_web_only():
    assert web_address("http://git.school.org:3000/a/b.git") == "http://git.school.org:3000/a/b"
    assert web_address("ssh://git@git.school.org:2222/a/b.git") == "https://git.school.org/a/b"


def test_pages_of_github_have_an_address_and_others_none():
    assert pages_address("https://github.com/Ada/Course") == "https://ada.github.io/Course/"
    assert pages_address("https://github.com/Ada/ada.github.io") == "https://ada.github.io/"
    assert pages_address("https://git.school.org/ada/course") is None
    assert pages_address(None) is None


def test_without_a_remote_there_is_no_address_but_a_commit(checkout):
    found = edition(checkout, {})
    assert (found.title, found.repository, found.site) == ("Deep learning", None, None)
    assert len(found.commit) == 40 and not found.changed and found.branch == "main"
    assert found.date == datetime.now(UTC).date().isoformat()
    assert found.colab("chapters/01.ipynb") is None and found.binder("chapters/01.ipynb") is None
    assert found.raw("a.whl") is None and found.page("index") is None


def test_without_git_everything_still_has_a_default(checkout, tmp_path_factory, monkeypatch):
    bare = tmp_path_factory.mktemp("archive")
    (bare / "_config.yml").write_text("", "utf8")
    for found in (edition(bare, {"GITHUB_SHA": "f" * 40}), no_git(checkout, monkeypatch)):
        assert (found.repository, found.branch, found.changed) == (None, "main", False)
    assert edition(bare, {"GITHUB_SHA": "f" * 40}).commit == "f" * 40
    assert edition(bare, {}).title == "Course"


def no_git(folder, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    return edition(folder, {})


def test_the_remote_is_taken_origin_before_others(checkout):
    git(checkout, "remote", "add", "another", "https://github.com/charles/course.git")
    assert edition(checkout, {}).repository == "https://github.com/charles/course"
    git(checkout, "remote", "add", "origin", "git@github.com:ada/course.git")
    found = edition(checkout, {})
    assert (found.repository, found.site) == (HERE, "https://ada.github.io/course/")


def test_of_two_addresses_of_a_remote_the_first_counts_as_for_git(checkout):
    git(checkout, "config", "url.https://github.com/.insteadOf", "gh:")
    git(checkout, "remote", "add", "origin", "gh:ada/course")
    git(checkout, "remote", "set-url", "--add", "origin", "https://git.school.org/mirror/course")
    assert edition(checkout, {}).repository == HERE


def test_a_copy_inside_another_repository_is_not_a_part_of_it(checkout):
    git(checkout, "remote", "add", "origin", "https://github.com/ada/teaching.git")
    (checkout / "book").mkdir()
    (checkout / "book" / "_config.yml").write_text("title: Deep learning\n", "utf8")
    found = edition(checkout / "book", {})
    assert (found.repository, found.commit, found.changed) == (None, None, False)


def test_a_renamed_fork_in_ci_is_believed_before_its_remote(checkout):
    git(checkout, "remote", "add", "origin", "https://github.com/ada/old-name.git")
    env = {"GITHUB_REPOSITORY": "ada/course", "GITHUB_SERVER_URL": "https://github.com"}
    assert edition(checkout, env).repository == HERE
    env["GITHUB_SERVER_URL"] = "https://git.school.org"
    found = edition(checkout, env)
    assert (found.repository, found.github) == ("https://git.school.org/ada/course", None)
    assert found.colab("chapters/01.ipynb") is None and found.site is None


def test_the_settings_are_believed_before_everything(checkout):
    text = "repository: {url: https://github.com/ada/course}\nhtml: {baseurl: https://ada.org/dl}\n"
    (checkout / "_config.yml").write_text(text, "utf8")
    git(checkout, "remote", "add", "origin", "https://github.com/charles/course.git")
    found = edition(checkout, {"GITHUB_REPOSITORY": "charles/course"})
    assert (found.repository, found.site, found.changed) == (HERE, "https://ada.org/dl/", True)
    assert found.page("chapters/01") == "https://ada.org/dl/chapters/01.html"


@pytest.mark.parametrize("named", ["ada/course", "/srv/git/ada/course", "nonsense", "7"])
def test_a_setting_that_is_no_address_is_refused_with_the_repair(checkout, named):
    (checkout / "_config.yml").write_text(f"repository: {{url: {named}}}\n", "utf8")
    git(checkout, "remote", "add", "origin", "https://github.com/charles/course.git")
    with pytest.raises(ValueError, match=r"_config.yml is .* write it as \"https://github.com/own"):
        edition(checkout, {})


@pytest.mark.parametrize("named", ["{url: github.com/ada/course}", "https://github.com/ada/course"])
def test_a_setting_may_be_shorter(checkout, named):
    (checkout / "_config.yml").write_text(f"repository: {named}\n", "utf8")
    assert edition(checkout, {}).repository == HERE


def test_edits_go_to_a_branch_although_a_tag_is_built(checkout, tmp_path_factory):
    git(checkout, "tag", "v1")
    git(checkout, "checkout", "--quiet", "v1")
    assert edition(checkout, {}).branch == "main"
    event = tmp_path_factory.mktemp("ci") / "event.json"
    event.write_text(json.dumps({"repository": {"default_branch": "trunk"}}), "utf8")
    env = {"GITHUB_EVENT_PATH": str(event), "GITHUB_REF": "refs/tags/v1"}
    assert edition(checkout, env).branch == "trunk"
    event.write_text("no JSON", "utf8")
    assert edition(checkout, env).branch == "main"


def test_edits_of_a_clone_go_to_the_branch_that_its_remote_shows_first(checkout, tmp_path_factory):
    git(checkout, "branch", "--move", "trunk")
    clone = tmp_path_factory.mktemp("clone")
    git(clone, "clone", "--quiet", str(checkout), ".")
    git(clone, "checkout", "--quiet", "-b", "my-idea")
    assert edition(clone, {}).branch == "trunk"


def test_addresses_lead_to_the_branch_of_notebooks():
    here = Edition("Deep", HERE, None, "main", "f" * 40, False, "2026-11-03")
    name = "chapters/01_topic.ipynb"
    colab = "https://colab.research.google.com/github/ada/course/blob/notebooks/" + name
    assert here.colab(name) == colab
    binder = "https://mybinder.org/v2/gh/ada/course/notebooks?urlpath=lab/tree/" + name
    assert here.binder(name) == binder
    assert here.raw("wheels/a.whl") == f"{HERE}/raw/notebooks/wheels/a.whl"
    assert dataclasses.replace(here, repository="https://example.org/a/b").binder(name) is None


def test_the_build_says_where_the_buttons_lead(checkout):
    assert "no git remote with a web address is known" in buttons_note(edition(checkout, {}))
    git(checkout, "remote", "add", "origin", str(checkout))
    assert "no git remote with a web address is known" in buttons_note(edition(checkout, {}))
    git(checkout, "remote", "set-url", "origin", "git@git.school.org:ada/course.git")
    assert "https://git.school.org/ada/course is not at" in buttons_note(edition(checkout, {}))
    git(checkout, "remote", "set-url", "origin", "git@github.com:ada/course.git")
    assert buttons_note(edition(checkout, {})).endswith(f"the notebooks of {HERE}.")
