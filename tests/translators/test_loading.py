import multiprocessing
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from crosslook.errors import InputError
from crosslook.patches.datasets import UnpairedPatches
from crosslook.patches.packed import pack
from crosslook.results import digest_folder
from crosslook.translators import loading
from crosslook.translators.loading import Loader
from crosslook.translators.making import make_checkpoints
from crosslook.translators.pixels import to_network

PATCHES = np.random.default_rng(0).integers(0, 256, (3, 3, 20, 18), dtype=np.uint8)
DRAWN = UnpairedPatches(PATCHES, PATCHES[:2], batch=2, crop=16, seed=5)


@dataclass(frozen=True)
class Slow:
    """Batches that take their time."""

    seconds: float

    def at(self, step):
        time.sleep(self.seconds)
        return DRAWN.at(step)


class Telling:
    """Sources that say who drew them: process, numeric threads and step. Targets are crops."""

    def at(self, step):
        told = np.array([os.getpid(), torch.get_num_threads(), step], np.int64)
        return told.view(np.uint8), DRAWN.at(step)[1]


class Stuck:
    """Batches of which all but the first take minutes."""

    def at(self, step):
        time.sleep(0 if step == 1 else 100)
        return DRAWN.at(step)


class Broken:
    """Batches of which the second cannot be drawn."""

    def at(self, step):
        if step == 2:
            raise InputError("step 2 shows nothing: take a larger crop.")
        return DRAWN.at(step)


ASKED = (3, 4, 5, 9, 4, 6, 7, 8)  # 9 and the second 4 are out of order


@pytest.fixture(scope="module")
def answers():
    """What two workers answered: told by them, crops, and what went on around it."""
    children = multiprocessing.active_children
    torch.manual_seed(3)
    with Loader(Telling(), workers=2) as loader:
        drawn = [loader._levels(step) for step in ASKED]
        during = {process.pid for process in children()}
    return {
        "told": [source.numpy().view(np.int64).tolist() for source, _ in drawn],
        "targets": [target for _, target in drawn],
        "during": during,
        "after": {process.pid for process in children()},
        "rand": torch.rand(1),
    }


def test_a_batch_is_what_was_drawn_for_its_step_as_networks_see_it():
    source, target = Loader(DRAWN)(7)

    assert torch.equal(source, to_network(DRAWN.at(7)[0]))
    assert torch.equal(target, to_network(DRAWN.at(7)[1]))
    assert source.shape == target.shape == (2, 3, 16, 16)
    assert source.dtype == torch.float32


def test_two_workers_give_the_batches_of_none_from_any_step_on(answers):
    alone = [Loader(DRAWN)._levels(step)[1] for step in ASKED]

    assert [step for _, _, step in answers["told"]] == list(ASKED)
    assert all(map(torch.equal, answers["targets"], alone))


def test_steps_in_order_come_from_two_workers_and_others_are_drawn_here(answers):
    drew = [process for process, _, _ in answers["told"]]

    assert [process == os.getpid() for process in drew] == [place in (3, 4) for place in range(8)]
    assert len({*drew} - {os.getpid()}) == 2


def test_a_worker_uses_one_thread(answers):
    assert {threads for who, threads, _ in answers["told"] if who != os.getpid()} == {1}


def test_workers_end_with_the_loader(answers):
    workers = {process for process, _, _ in answers["told"]} - {os.getpid()}

    assert workers <= answers["during"]
    assert not workers & answers["after"]


def test_workers_draw_nothing_from_the_global_generator(answers):
    torch.manual_seed(3)

    assert torch.equal(torch.rand(1), answers["rand"])


def test_a_batch_that_cannot_be_drawn_is_one_line_in_the_worker_too():
    with (
        Loader(Broken(), workers=1) as loader,
        pytest.raises(InputError, match=r"^step 2 shows nothing: take a larger crop\.$"),
    ):
        loader(1)
        loader(2)


def test_without_workers_no_process_is_started():
    before = multiprocessing.active_children()

    with Loader(DRAWN) as loader:
        loader(1)
        assert multiprocessing.active_children() == before


def test_a_loop_that_does_nothing_but_wait_has_waited_nearly_all_the_time():
    loader = Loader(Slow(0.05))

    for step in range(1, 6):
        loader(step)

    assert 0.9 < loader.waited <= 1


def test_the_share_is_the_time_in_the_loader_over_the_time_since_the_first_batch(monkeypatch):
    clock = iter([0.0, 1.0, 5.0, 7.0, 11.0])  # asked, there; asked, there; looked at
    loader = Loader(DRAWN)
    monkeypatch.setattr(loading.time, "perf_counter", lambda: next(clock))

    loader(1)
    loader(2)

    assert loader.waited == pytest.approx((7 - 5) / (11 - 1))


def test_nothing_was_waited_for_before_the_first_batch():
    assert Loader(DRAWN).waited == 0


def test_fewer_than_no_workers_are_refused():
    with pytest.raises(ValueError, match="workers=-1 must be >= 0"):
        Loader(DRAWN, workers=-1)


CHILD = """
import multiprocessing
import time
from test_loading import Stuck
from crosslook.translators.loading import Loader

if __name__ == "__main__":
    loader = Loader(Stuck(), workers=1)
    loader(1)
    print(*(process.pid for process in multiprocessing.active_children()), flush=True)
    time.sleep(600)
"""


def alive(process):
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends workers on Linux only")
def test_workers_die_with_a_killed_parent():
    here = str(Path(__file__).parent)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([here, *sys.path])}
    parent = subprocess.Popen(
        [sys.executable, "-c", CHILD], env=environment, stdout=subprocess.PIPE, text=True
    )
    workers = [int(word) for word in parent.stdout.readline().split()]
    assert len(workers) == 1
    assert all(alive(process) for process in workers)

    parent.send_signal(signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + 10
    while any(alive(process) for process in workers) and time.monotonic() < deadline:
        time.sleep(0.01)

    assert not any(alive(process) for process in workers)


@pytest.fixture
def sets(patch_set):
    return patch_set("optical", "optical"), patch_set("sar", "sar")


@pytest.fixture
def packed(sets, tmp_path):
    return [pack(one, tmp_path / "packed", one.folder.name) for one in sets]


@pytest.fixture
def made(settings_of, training, tmp_path):
    """Digest of what a training of two steps leaves."""

    def digest(name, method, given, workers=0):
        values = training(steps=2, checkpoints=(1, 2), save_every=1, log_every=1, workers=workers)
        settings, said = settings_of(method), []
        out = make_checkpoints(method, settings, values, 0, *given, tmp_path / name, said.append)
        assert all("waited for data" in line for line in said[-1:])
        return digest_folder(out)

    return digest


@pytest.mark.parametrize("method", ["histogram", "munit"])
def test_what_is_learnt_from_packed_patches_is_what_is_learnt_from_a_patch_set(
    method, made, sets, packed
):
    assert made("packed", method, packed) == made("set", method, sets)


def test_a_training_ends_with_the_same_bytes_with_no_and_two_workers(made, packed):
    assert made("none", "cut", packed) == made("two", "cut", packed, workers=2)
