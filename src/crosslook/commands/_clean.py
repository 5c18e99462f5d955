"""Is what lies here exactly what a commit and the pipeline say?"""

import json
import subprocess
import sys

from crosslook.errors import StaleError


def commit() -> str:
    """The commit of the working tree, in which nothing is changed, added or missing.

    Raises:
        StaleError: if the tree differs from the commit, or this is no git repository.
    """
    changed = _git("status", "--porcelain")
    if changed:
        names = [line[3:] for line in changed.splitlines()]
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        raise StaleError(
            f"git: {', '.join(names[:3])}{more} not committed: commit or remove it, so that what "
            "is promoted can be made again from a commit."
        )
    return _git("rev-parse", "HEAD").strip()


def require_fresh_pipeline() -> None:
    """Every stage is up to date with its parameters, inputs and code.

    Raises:
        StaleError: naming the stages that are not.
    """
    done = subprocess.run(
        [sys.executable, "-m", "dvc", "status", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise StaleError(f"'dvc status' failed ({last}): put that right first.")
    stale = list(json.loads(done.stdout.strip().splitlines()[-1]))
    if stale:
        more = f" and {len(stale) - 3} more" if len(stale) > 3 else ""
        raise StaleError(f"stale: {', '.join(stale[:3])}{more}: run 'make repro' and commit.")


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise StaleError(f"'git {words[0]}' failed ({last}): promote from a git repository.")
    return done.stdout
