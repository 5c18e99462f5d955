"""SIGKILL in the middle of a step, for each method, with and without workers that draw batches."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from crosslook.patches.packed import pack
from crosslook.patches.patch_set import read_patch_set
from crosslook.results import digest_folder
from crosslook.translators.making import make_checkpoints
from crosslook.translators.methods import TRANSLATORS
from crosslook.translators.settings import NetworkSettings, Schedule, Training

pytestmark = pytest.mark.slow

METHODS = [n for n, m in TRANSLATORS.items() if issubclass(m.settings, NetworkSettings)]
STEPS = 12
CHILD = """
import sys
from pathlib import Path
from conftest import small_settings
from test_killed import die_at, train_packed

root, name, method, workers, update = sys.argv[1:]
die_at(int(update))
train_packed(Path(root), name, method, small_settings(method), int(workers))
"""


def die_at(update):
    """Have the optimiser step of this number, counted over all optimisers, kill the process."""
    done, step = [0], torch.optim.Adam.step

    def dying(self, *args, **kwargs):
        done[0] += 1
        if done[0] == update:
            os.kill(os.getpid(), signal.SIGKILL)
        return step(self, *args, **kwargs)

    torch.optim.Adam.step = dying


def train_packed(root, name, method, settings, workers, say=lambda words: None):
    torch.set_num_threads(1)
    training = Training(
        steps=STEPS,
        checkpoints=(5, STEPS),
        crop=32,
        schedule=Schedule(STEPS, 0, "iterations"),
        save_every=3,
        log_every=2,
        threads=1,
        average=0.9,
        precision="float32",
        workers=workers,
    )
    sets = [pack(read_patch_set(root / one), root / "packed", one) for one in ("optical", "sar")]
    return make_checkpoints(method, settings, training, 0, *sets, root / name, say)


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("method", METHODS)
def test_killed_in_the_middle_of_a_step_it_ends_with_the_same_files(
    method, workers, settings_of, patch_set, tmp_path
):
    patch_set("optical", "optical")
    patch_set("sar", "sar")
    here = str(Path(__file__).parent)
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join([here, *sys.path]),
    }
    whole = train_packed(tmp_path, "whole", method, settings_of(method), 0)

    # Each update of a step moves at least one optimiser: this lies behind the first saved state
    # and before the end for all of them.
    update = random.Random(f"{method} {workers}").randint(4 * 3, 2 * STEPS - 1)
    words = [str(tmp_path), "killed", method, str(workers), str(update)]
    child = subprocess.run([sys.executable, "-c", CHILD, *words], env=environment, check=False)
    assert child.returncode == -signal.SIGKILL
    assert not (tmp_path / "killed/made/record.json").exists()
    said = []
    settings = settings_of(method)
    resumed = train_packed(tmp_path, "killed", method, settings, workers, said.append)

    assert said[0].startswith("going on after step")
    assert digest_folder(resumed) == digest_folder(whole)
