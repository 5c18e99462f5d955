"""The first section of docs/own-data.md, line by line, with generated products."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fetched import write_all

ROOT = Path(__file__).parents[2]
LEFT_OUT = ("src/", "tests/", "docs/", "benchmarks/")
pytestmark = pytest.mark.slow


def blocks():
    """The two blocks of commands: what goes in, and what is made of it."""
    text = (ROOT / "docs/own-data.md").read_text()
    (section,) = re.findall(r"^## From a folder.*?(?=^## )", text, re.M | re.S)
    return re.findall(r"^```\n(.*?)^```$", section, re.M | re.S)


def run(folder, commands):
    """Run lines as a shell does that stops at the first failure; what they said."""
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "OMP_NUM_THREADS": "1",
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@example.org",
    }
    done = subprocess.run(
        ["bash", "-exc", commands],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout


@pytest.fixture
def clone(tmp_path):
    """A clone as it was after set-up, but for the code, which is the one under test."""
    folder = tmp_path / "clone"
    names = run(ROOT, "git ls-files 2>/dev/null").splitlines()
    for name in names:
        if not name.startswith(("+ ", *LEFT_OUT)) and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    (folder / ".venv").mkdir()
    (folder / ".venv/bin").symlink_to(Path(sys.executable).parent)
    run(folder, "git init --quiet && git add --all && git commit --quiet --message clone")
    (folder / ".venv/.ready").touch()  # newer than the lock file
    return folder


def test_the_commands_lead_from_zips_to_a_registered_ensemble(tmp_path, clone, monkeypatch):
    write_all(tmp_path, monkeypatch)
    ingest, train = blocks()

    said = run(clone, ingest)

    assert "No problem was found." in (clone / "build/check/index.html").read_text()
    assert re.findall(r": (\w+), \d+ x \d+ px, (\d+) labels", said) == [
        ("train", "4"),
        ("train", "3"),
        ("unlabelled", "0"),
        ("dev", "5"),
        ("dev", "5"),
        ("test", "4"),
        ("test", "5"),
    ]
    shutil.copy(Path(__file__).with_name("tiny.yaml"), clone / "params.yaml")  # the user's settings

    said = run(clone, train)

    assert "Table I." in said
    assert (clone / "build/mine.jpg").stat().st_size > 10_000
    tile = json.loads((clone / "results/tile.json").read_text())
    assert tile["sets"]["sar_test"]["places"] == {"port": 9}
    assert "crosslook@champion" in said
