"""Open an issue for each command of the weekly run that did not succeed.

    make report

Runs in GitHub's workflow, which says in RESULTS how each command ended, one a line:
`make links: failure`. Where an issue about a command is open, it gets a comment instead.
"""

import json
import os
import sys
import urllib.request
from urllib.error import HTTPError

NEEDED = "RESULTS GITHUB_TOKEN GITHUB_API_URL GITHUB_SERVER_URL GITHUB_REPOSITORY GITHUB_SHA"
NEEDED += " GITHUB_RUN_ID"
FINE = ("success", "skipped")


def results(text):
    """How each command ended: {command: result}."""
    lines = [line.rpartition(":") for line in text.splitlines() if line.strip()]
    return {command.strip(): result.strip() for command, _, result in lines}


def ask(path, env, data=None):
    """GitHub's answer about this path of the repository; with `data`, after sending it."""
    request = urllib.request.Request(
        f"{env['GITHUB_API_URL']}/repos/{env['GITHUB_REPOSITORY']}/{path}",
        data=data and json.dumps(data).encode(),
        headers={
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {env['GITHUB_TOKEN']}",
            "Content-Type": "application/json",
            "User-Agent": "weekly-report",
        },
    )
    with urllib.request.urlopen(request, timeout=30) as reply:
        return json.load(reply)


def open_issue(title, env):
    """The number of the open issue with this title; None if there is none."""
    page, issues = 1, []
    while page == 1 or len(issues) == 100:
        issues = ask(f"issues?state=open&per_page=100&page={page}", env)
        for issue in issues:
            if issue["title"] == title and "pull_request" not in issue:
                return issue["number"]
        page += 1


def report(command, result, env):
    """Open an issue about this command, or add to the open one; what was done."""
    title = f"Weekly run: {command} does not succeed"
    run = f"{env['GITHUB_SERVER_URL']}/{env['GITHUB_REPOSITORY']}/actions/runs"
    body = (
        f"`{command}` ended with: {result or 'nothing'}.\n\n"
        f"- Commit: {env['GITHUB_SHA']}\n"
        f"- What it said: {run}/{env['GITHUB_RUN_ID']}\n\n"
        f"To see it on your own machine, run `{command}` at that commit."
    )
    if number := open_issue(title, env):
        ask(f"issues/{number}/comments", env, {"body": body})
        return f"Issue {number} has one more comment: {title}"
    number = ask("issues", env, {"title": title, "body": body})["number"]
    return f"Issue {number} is open: {title}"


def why(error):
    """What went wrong when GitHub was asked, in a few words."""
    if isinstance(error, HTTPError):
        said = f"{error.code} {error.read().decode(errors='replace').strip()}"
        needs = "`permissions: issues: write`, and the repository its issues turned on"
        return f"GitHub answered {said}; the job needs {needs}"
    if isinstance(error, ValueError | LookupError):
        return f"GitHub's answer is not what it should be ({error})"
    return f"GitHub did not answer ({getattr(error, 'reason', error)})"


def main(env):
    if missing := [name for name in NEEDED.split() if not env.get(name, "").strip()]:
        sys.exit(f"Only the weekly workflow can report; not set: {', '.join(missing)}")
    broken = {what: how for what, how in results(env["RESULTS"]).items() if how not in FINE}
    faults = []
    for command, result in broken.items():
        try:
            print(report(command, result, env))
        except (OSError, ValueError, LookupError) as error:  # the others are still to be told
            faults.append(f"No issue says that {command} does not succeed: {why(error)}")
    if not broken:
        print("Nothing broke.")
    if faults:
        sys.exit("\n".join(faults))


if __name__ == "__main__":
    main(os.environ)
