"""SIGKILL in the middle of an optimiser step, and everything after it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from crosslook.classifier.configurations import configuration_named
from crosslook.classifier.making import make_classifier
from crosslook.classifier.settings import NetworkSettings, TrainingSettings
from crosslook.results import digest_folder

pytestmark = pytest.mark.slow

CHILD = """
import sys
from pathlib import Path
from test_killed import die_at, make_one

die_at(int(sys.argv[2]))
make_one(Path(sys.argv[1]), int(sys.argv[3]))
"""


def die_at(step):
    """Have the optimiser step of this number kill the process."""
    done, original = [0], torch.optim.AdamW.step

    def dying(self, *args, **kwargs):
        done[0] += 1
        if done[0] == step:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(self, *args, **kwargs)

    torch.optim.AdamW.step = dying


def make_one(folder, workers, say=lambda words: None):
    from conftest import BANDS, plant

    torch.set_num_threads(1)
    settings = TrainingSettings(
        steps=9, batch=4, save_every=3, log_every=2, precision="float32", workers=workers
    )
    numbers = {"clip": [[0, 1]], "mean": [0.0], "std": [1.0]}
    radiometry = {
        sensor: {"bands": list(range(n))} | {key: value * n for key, value in numbers.items()}
        for sensor, n in BANDS.items()
    }
    named, network = configuration_named("c_t_m", BANDS), NetworkSettings("tiny")
    return make_classifier(named, network, settings, 0, plant(20, 0), radiometry, folder, say)


@pytest.mark.parametrize("workers", [0, 2])
def test_killed_in_the_middle_of_a_step_it_ends_with_the_same_files(workers, tmp_path, monkeypatch):
    here = str(Path(__file__).parent)
    monkeypatch.syspath_prepend(here)
    whole = make_one(tmp_path / "whole", 0)
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join([here, *sys.path]),
    }

    words = [str(tmp_path / "killed"), "8", str(workers)]
    child = subprocess.run([sys.executable, "-c", CHILD, *words], env=environment, check=False)
    assert child.returncode == -signal.SIGKILL
    assert not (tmp_path / "killed/made").exists()
    said = []
    resumed = make_one(tmp_path / "killed", 0, said.append)

    assert said[0] == "going on after step 6."
    assert digest_folder(resumed) == digest_folder(whole)
