"""Killed anywhere and run again, a training ends with the bytes of an uninterrupted one."""

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from crosslook.patches.patch_set import read_patch_set
from crosslook.results import digest_folder
from crosslook.translators.averaging import MovingAverage
from crosslook.translators.curve import Curve
from crosslook.translators.making import make_checkpoints
from crosslook.translators.methods import TRANSLATORS
from crosslook.translators.regulariser_settings import Regularisers
from crosslook.translators.settings import CUTSettings, NetworkSettings, Schedule, Training
from crosslook.translators.states import load_newest_state, save_state
from crosslook.translators.stepping import build_optimisers
from crosslook.translators.training import train


class Killed(Exception):
    """Stands for SIGKILL: nothing in crosslook catches it."""


def batches(step):
    generator = torch.Generator().manual_seed(step)
    return tuple(torch.rand(2, 2, 3, 32, 32, generator=generator) * 2 - 1)


def nothing(*_):
    return None


def run(translator, training, states, kill_after=None, on_checkpoint=nothing, say=nothing):
    def on_step(step, curve):
        if step == kill_after:
            raise Killed

    return train(translator, batches, training, 1, 3, states, on_checkpoint, on_step, say)


def weights(translator):
    tensors = {**translator.state_dict(), **translator.memory()}
    return {
        name: tensor.detach().contiguous().view(torch.uint8).numpy().tobytes()
        for name, tensor in tensors.items()
        if tensor.numel()
    }


def none(translator):
    return MovingAverage(translator, 0.0)


ALL = Regularisers(
    augment=("flip", "translation", "cutout"),
    lecam_weight=0.1,
    lecam_start=3,
    r1_weight=1.0,
    r1_every=2,
    spectral_norm=True,
)


@pytest.mark.parametrize("regularise", [Regularisers(), ALL], ids=["plain", "regularised"])
@pytest.mark.parametrize(
    "method", [n for n, m in TRANSLATORS.items() if issubclass(m.settings, NetworkSettings)]
)
def test_a_killed_run_ends_with_the_same_bytes(
    method, regularise, make, settings_of, training, tmp_path
):
    torch.set_num_threads(1)
    settings = training(steps=9, checkpoints=(4, 9), save_every=2, log_every=3)
    settings = training(
        **vars(settings) | {"schedule": type(settings.schedule)(5, 4, "iterations")}
    )
    told = replace(settings_of(method), regularise=regularise)
    whole = make(method, told)
    whole_curve = run(whole, settings, tmp_path / "whole")

    dice = random.Random(method)
    kills = sorted(dice.sample(range(1, 9), 3))
    for kill_after in kills:
        with pytest.raises(Killed):
            run(make(method, told), settings, tmp_path / "killed", kill_after)
    resumed = make(method, told)
    resumed_curve = run(resumed, settings, tmp_path / "killed")

    assert weights(resumed) == weights(whole), kills
    assert resumed_curve.rows == whole_curve.rows


def test_a_killed_run_in_bfloat16_with_an_average_and_parts_ends_with_the_same_bytes(
    make, training, tmp_path
):
    torch.set_num_threads(1)
    settings = training(save_every=2, precision="bfloat16", average=0.9, accumulate=2)
    seen = {"whole": {}, "killed": {}}

    def keep(translator, name):
        return lambda checkpoint: seen[name].update({checkpoint: weights(translator)})

    whole = make("cyclegan")
    run(whole, settings, tmp_path / "whole", None, keep(whole, "whole"))
    killed, resumed = make("cyclegan"), make("cyclegan")
    with pytest.raises(Killed):
        run(killed, settings, tmp_path / "killed", 5, keep(killed, "killed"))
    run(resumed, settings, tmp_path / "killed", None, keep(resumed, "killed"))

    assert list(seen["whole"]) == [3, "3-average", 6, "6-average"]
    assert seen["killed"] == seen["whole"]
    assert weights(resumed) == weights(whole)


def test_checkpoints_behind_the_saved_state_are_made_again(make, training, tmp_path):
    seen = []
    settings = training(checkpoints=(3, 6), save_every=2)
    with pytest.raises(Killed):
        run(make("cut"), settings, tmp_path, 3, seen.append)

    run(make("cut"), settings, tmp_path, None, seen.append)

    assert seen == [3, 3, 6]


def test_a_truncated_newest_state_falls_back_to_the_one_before_and_says_so(
    make, training, tmp_path
):
    whole = make("cyclegan")
    run(whole, training(), tmp_path / "whole")
    with pytest.raises(Killed):
        run(make("cyclegan"), training(), tmp_path / "killed", 5)
    newest = tmp_path / "killed/step_000004.safetensors"
    newest.write_bytes(newest.read_bytes()[:-100])

    said, resumed = [], make("cyclegan")
    run(resumed, training(), tmp_path / "killed", say=said.append)

    assert "step_000004.safetensors is damaged or half-written" in said[0]
    assert said[0].endswith("Going back to the state before it.")
    assert said[1] == "going on after step 2."
    assert weights(resumed) == weights(whole)


def test_with_no_whole_state_the_run_starts_over(make, tmp_path):
    (tmp_path / "step_000002.safetensors").write_bytes(b"")
    translator = make("cut")
    optimisers = build_optimisers(translator.updates())
    said = []

    assert (
        load_newest_state(tmp_path, translator, optimisers, none(translator), Curve(1), said.append)
        == 0
    )
    assert len(said) == 1


def test_only_the_newest_two_states_are_kept(make, tmp_path):
    translator = make("cut")
    optimisers = build_optimisers(translator.updates())

    for step in (2, 999_998, 1_000_000):
        save_state(tmp_path, step, translator, optimisers, none(translator), Curve(1))

    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["step_1000000.safetensors", "step_999998.safetensors"]


def test_states_hold_no_pickle(make, tmp_path):
    translator = make("cut")
    optimisers = build_optimisers(translator.updates())
    save_state(tmp_path, 1, translator, optimisers, none(translator), Curve(1))

    assert b"pickle" not in (tmp_path / "step_000001.safetensors").read_bytes()


CHILD = """
import sys
from pathlib import Path
from test_resuming import run_on_patches

run_on_patches(Path(sys.argv[1]), sys.argv[2], print)
"""


def run_on_patches(root, name, say):
    torch.set_num_threads(1)
    settings = CUTSettings(
        width=2, blocks=1, discriminator_width=2, layers=(0, 12), positions=16, projector_width=4
    )
    training = Training(
        steps=40,
        checkpoints=(20, 40),
        crop=32,
        save_every=1,
        log_every=5,
        threads=1,
        schedule=Schedule(20, 20, "iterations"),
    )
    source, target = (read_patch_set(root / sensor) for sensor in ("optical", "sar"))
    return make_checkpoints("cut", settings, training, 0, source, target, root / name, say)


def test_a_run_killed_by_the_system_ends_with_the_same_files(patch_set, tmp_path):
    patch_set("optical", "optical")
    patch_set("sar", "sar")
    here = str(Path(__file__).parent)
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join([here, *sys.path]),
    }
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path), "killed"],
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    states = tmp_path / "killed/states"
    deadline = time.monotonic() + 120
    while not list(states.glob("step_*")) and time.monotonic() < deadline:
        time.sleep(0.005)
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    assert not (tmp_path / "killed/made/record.json").exists()

    said = []
    resumed = run_on_patches(tmp_path, "killed", said.append)
    whole = run_on_patches(tmp_path, "whole", said.append)

    assert said[0].startswith("going on after step")
    assert digest_folder(resumed) == digest_folder(whole)


def test_a_finished_run_leaves_no_part_behind(patch_set, training, settings_of, tmp_path):
    sets = patch_set("optical", "optical"), patch_set("sar", "sar")

    made = make_checkpoints(
        "cut", settings_of("cut"), training(), 0, *sets, tmp_path / "w", nothing
    )

    names = sorted(p.relative_to(made).as_posix() for p in made.rglob("*") if p.is_file())
    assert names == [
        "curves.png",
        "grids/step_000003.png",
        "grids/step_000006.png",
        "record.json",
        "step_000003.safetensors",
        "step_000006.safetensors",
    ]
