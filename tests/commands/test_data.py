import subprocess
import sys

import pytest
from click.testing import CliRunner

from crosslook.cli import main

TINY = {
    "optical_scenes": 1,
    "optical_size": 256,
    "sar_unlabelled_scenes": 1,
    "sar_unlabelled_size": 256,
    "sar_train_scenes": 0,
    "sar_dev_scenes": 1,
    "sar_dev_size": 256,
    "sar_test_scenes": 1,
    "sar_test_size": 256,
}


def data():
    return CliRunner().invoke(main, ["data"])


@pytest.fixture
def repository(project):
    """A git and DVC repository with a tiny world in its params, and without data."""
    folder = project({"seed": 3, "simulate": TINY})
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    subprocess.run([sys.executable, "-m", "dvc", "init", "-q"], cwd=folder, check=True)
    return folder


def test_missing_data_are_simulated_and_versioned(repository):
    result = data()

    assert result.exit_code == 0, result.output
    assert (repository / "data/scenes.json").exists()
    assert (repository / "data.dvc").exists()
    assert data().output == "data: data/ is there\n"


def test_other_bytes_than_those_of_data_dvc_are_said_and_kept(repository):
    pointer = "outs:\n- md5: 0123456789abcdef0123456789abcdef.dir\n  hash: md5\n  path: data\n"
    (repository / "data.dvc").write_text(pointer)

    result = data()

    assert result.exit_code == 0, result.output
    assert "the simulated bytes differ from data.dvc" in result.output
    assert "0123456789abcdef" not in (repository / "data.dvc").read_text()


def test_data_that_can_neither_be_fetched_nor_simulated_are_asked_for(project):
    project({"seed": 0})

    result = data()

    assert result.exit_code == 1
    assert result.output.startswith("Error: data/ is missing, the DVC remote does not have it")
    assert result.output.count("\n") == 1
