"""The whole pipeline through DVC, at toy size: what reruns, what resumes, what comes back.

The numbers mean nothing here; which stages run, and which bytes come out, is the point.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from crosslook.results import digest_folder

ROOT = Path(__file__).parents[1]
TOY = Path(__file__).with_name("toy.yaml")
pytestmark = pytest.mark.slow


def command(*words, cwd, check=True):
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        words, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def repro(folder):
    """Run the pipeline; the names of the stages that ran."""
    said = command(sys.executable, "-m", "dvc", "repro", cwd=folder)
    return re.findall(r"Running stage '([^']+)'", said)


def change(folder, *keys, to):
    path = folder / "params.yaml"
    values = yaml.safe_load(path.read_text())
    inner = values
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = to
    path.write_text(yaml.safe_dump(values, sort_keys=False))


def choice(folder):
    return json.loads((folder / "results/choose.json").read_text())


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A toy project that ran from nothing to the end."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copy(ROOT / "dvc.yaml", folder)
    shutil.copy(TOY, folder / "params.yaml")
    shutil.copy(ROOT / ".gitignore", folder)
    command("git", "init", "-q", cwd=folder)
    command(sys.executable, "-m", "dvc", "init", "-q", cwd=folder)
    command("crosslook", "data", cwd=folder)
    repro(folder)
    return folder


@pytest.fixture
def project(finished, tmp_path):
    """A copy of it to change."""
    folder = tmp_path / "project"
    shutil.copytree(finished, folder)
    return folder


def test_a_second_run_runs_no_stage(project):
    assert repro(project) == []


def test_a_changed_loss_weight_of_cut_reruns_its_branch_and_what_follows(project):
    change(project, "train_translator", "cut", "nce_weight", to=2.0)

    ran = repro(project)

    assert "train_translator@cut" in ran
    assert "train_detector@cut" in ran
    assert {"choose", "evaluate", "track"} & set(ran)
    assert [stage for stage in ran if "@" in stage and not stage.endswith("@cut")] == []
    assert not {"check_data", "tile"} & set(ran)


def test_mlruns_may_be_deleted_and_the_same_choice_comes_back(project):
    before = choice(project)
    shutil.rmtree(project / "mlruns")

    assert repro(project) == ["track"]
    command("crosslook", "choose", cwd=project)
    assert choice(project) == before


@pytest.mark.parametrize(
    "stage", ["train_classifier", "train_translator@cut", "train_detector@cut"]
)
def test_a_killed_run_resumes_and_ends_where_the_uninterrupted_run_ended(project, stage):
    name, *instance = stage.split("@")
    target = project.joinpath("build", name, *instance)
    uninterrupted = digest_folder(target)
    shutil.rmtree(project / ".work")
    shutil.rmtree(target)
    shutil.rmtree(project / ".dvc/cache")  # else DVC would restore the output

    run = subprocess.Popen(
        ["crosslook", name, *instance],
        cwd=project,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not list(project.glob(f".work/{name}/*/state/*")):
        time.sleep(0.02)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    assert list(project.glob(f".work/{name}/*/state/*")), "killed before it left any state"
    assert not target.exists()

    command("crosslook", name, *instance, cwd=project)

    assert digest_folder(target) == uninterrupted
