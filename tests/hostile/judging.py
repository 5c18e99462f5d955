"""Runs hostile files through ``reading.py`` and says in words what came out that must not."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

GIB = 2**30
SECONDS = 10.0  # of CPU, for one file


def run(folder, jobs):
    """What came of each job, and the peak of memory; a crash ends its job alone."""
    found, peak = [], 0
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "OMP_NUM_THREADS": "1",
        "MPLCONFIGDIR": str(folder.parent / "matplotlib"),
    }
    while len(found) < len(jobs):
        (folder / "jobs.json").write_text(json.dumps(jobs[len(found) :]))
        told = folder / "told.jsonl"
        told.unlink(missing_ok=True)
        done = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("reading.py")), "jobs.json", told.name],
            cwd=folder,
            env=environment,
            capture_output=True,
            timeout=3000,
            text=True,
            check=False,
        )
        lines = [json.loads(line) for line in told.read_text().splitlines()]
        found += [line for line in lines if "said" in line]
        peak = max([peak, *(line["peak"] for line in lines if "peak" in line)])
        if done.returncode:
            assert lines, done.stderr[-3000:]
            found.append({"failed": f"crash {done.returncode}: {done.stderr[-500:]}"})
    return found, peak


def faults(job, one):
    """What is wrong with an outcome."""
    if one["failed"]:
        return [f"{job['name']}: {one['failed']}"]
    made = []
    lines = one["said"].splitlines()
    refused = [line for line in lines if line.startswith("Error: ")]
    many = len(lines) > 1 and job["arguments"][0] != "check"  # which lists all problems
    if job["kind"] == "whole" and not one["taken"]:
        made.append("refused: " + one["said"])
    if not one["taken"] and (many or lines[-1:] != refused or len(refused[0]) > 1000):
        made.append(f"is refused, but not with one line: {one['said'][:300]!r}")
    if "Warning" in one["said"]:
        made.append(f"warns: {one['said'][:500]!r}")
    if not all(line.isprintable() for line in lines):
        made.append(f"prints control characters: {one['said'][:300]!r}")
    if not one["taken"] and one["left"] and job["arguments"][0] != "check":
        made.append(f"is refused, but left {one['left']}")
    if one["outside"]:
        made.append(f"wrote elsewhere: {one['outside']}")
    if one["seconds"] > SECONDS:
        made.append(f"took {one['seconds']:.1f} s of CPU")
    return [f"{job['name']}: {words}" for words in made]


def table(jobs, found, peak):
    """One line per kind."""
    kinds = Counter(job["kind"] for job in jobs)
    rows = [f"{'kind':10} {'files':>6} {'taken':>6} {'refused':>8} {'slowest':>8}"]
    for kind, count in kinds.items():
        own = [one for job, one in zip(jobs, found, strict=True) if job["kind"] == kind]
        taken = sum(one.get("taken", False) for one in own)
        slowest = max(one.get("seconds", 0.0) for one in own)
        rows.append(f"{kind:10} {count:6} {taken:6} {count - taken:8} {slowest:6.2f} s")
    hostile = sum(kinds.values()) - kinds["whole"]
    rows.append(f"{hostile} hostile files, peak of memory {peak / 2**20:.0f} MiB")
    return "\n".join(rows)


def judge(folder, jobs, stay):
    """Run all jobs, print the table, and fail if anything came out that must not.

    ``stay`` are the files that were there, below the parent of ``folder``.
    """
    found, peak = run(folder, jobs)
    print("\n" + table(jobs, found, peak))
    wrong = [word for job, one in zip(jobs, found, strict=True) for word in faults(job, one)]
    assert wrong == [], "\n".join(wrong)
    assert peak < GIB
    ours = ("project/out", "project/.work", "project/jobs.json", "project/told.jsonl", "matplotlib")
    made = set(files_below(folder.parent)) - set(stay)
    assert {name for name in made if not name.startswith(ours)} == set()
    return found


def files_below(folder):
    """Names of everything below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
