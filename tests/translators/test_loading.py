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
    """Batches that say who drew them: process and number of numeric threads."""

    def at(self, step):
        told = np.array([os.getpid(), torch.get_num_threads(), step], np.int64)
        return told.view(np.uint8), np.zeros(1, np.uint8)


class Broken:
    """Batches of which the second cannot be drawn."""

    def at(self, step):
        if step == 2:
            raise InputError("step 2 shows nothing: take a larger crop.")
        return DRAWN.at(step)


def told(loader, step):
    """Process, threads and step of a batch of ``Telling``."""
    source, _ = loader._levels(step)
    return source.numpy().view(np.int64).tolist()


def same(one, other):
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_a_batch_is_what_was_drawn_for_its_step_as_networks_see_it():
    source, target = Loader(DRAWN)(7)

    assert torch.equal(source, to_network(DRAWN.at(7)[0]))
    assert torch.equal(target, to_network(DRAWN.at(7)[1]))
    assert source.shape == target.shape == (2, 3, 16, 16)
    assert source.dtype == torch.float32


def test_batches_are_the_same_with_two_workers_and_after_a_break():
    alone = Loader(DRAWN)
    with Loader(DRAWN, workers=2) as loader:
        first = [loader(step) for step in range(1, 8)]
    with Loader(DRAWN, workers=2) as loader:
        resumed = [loader(step) for step in range(5, 8)]

    assert all(same(batch, alone(step)) for step, batch in enumerate(first, start=1))
    assert all(same(batch, alone(step)) for step, batch in enumerate(resumed, start=5))


def test_workers_are_other_processes_of_one_thread_that_end_with_the_loader():
    with Loader(Telling(), workers=2) as loader:
        answers = [told(loader, step) for step in range(1, 9)]
        running = {process.pid for process in multiprocessing.active_children()}
    drew = {process for process, _, _ in answers}

    assert len(drew) == 2
    assert drew <= running
    assert {threads for _, threads, _ in answers} == {1}
    assert [step for _, _, step in answers] == list(range(1, 9))
    assert not drew & {process.pid for process in multiprocessing.active_children()}


def test_steps_out_of_order_are_drawn_here_and_do_not_disturb_the_others():
    with Loader(Telling(), workers=1) as loader:
        answers = [told(loader, step) for step in (3, 4, 9, 4, 5)]

    assert [step for _, _, step in answers] == [3, 4, 9, 4, 5]
    assert [process == os.getpid() for process, _, _ in answers] == [
        False,
        False,
        True,
        True,
        False,
    ]


def test_a_batch_that_cannot_be_drawn_is_one_line_in_the_worker_too():
    with (
        Loader(Broken(), workers=1) as loader,
        pytest.raises(InputError, match=r"^step 2 shows nothing: take a larger crop\.$"),
    ):
        loader(1)
        loader(2)


def test_workers_draw_nothing_from_the_global_generator():
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    with Loader(DRAWN, workers=1) as loader:
        loader(1)

    assert torch.equal(torch.rand(1), expected)


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


def test_a_loop_that_works_longer_than_a_batch_takes_has_waited_little():
    loader = Loader(DRAWN)

    for step in range(1, 6):
        loader(step)
        time.sleep(0.05)

    assert 0 < loader.waited < 0.3


def test_nothing_was_waited_for_before_the_first_batch():
    assert Loader(DRAWN).waited == 0


def test_fewer_than_no_workers_are_refused():
    with pytest.raises(ValueError, match="workers=-1 must be >= 0"):
        Loader(DRAWN, workers=-1)


CHILD = """
import multiprocessing
import time
from test_loading import Slow
from crosslook.translators.loading import Loader

if __name__ == "__main__":
    loader = Loader(Slow(1.0), workers=2)
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
    assert len(workers) == 2
    assert all(alive(process) for process in workers)

    parent.send_signal(signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + 10
    while any(alive(process) for process in workers) and time.monotonic() < deadline:
        time.sleep(0.01)

    assert not any(alive(process) for process in workers)


def test_a_training_ends_with_the_same_bytes_packed_or_not_with_any_number_of_workers(
    patch_set, settings_of, training, tmp_path
):
    sets = patch_set("optical", "optical"), patch_set("sar", "sar")
    packed = [pack(one, tmp_path / "packed", one.folder.name) for one in sets]

    def made(name, workers, given):
        values = training(steps=2, checkpoints=(1, 2), save_every=1, log_every=1, workers=workers)
        folder, said = tmp_path / name, []
        out = make_checkpoints("munit", settings, values, 0, *given, folder, said.append)
        assert "waited for data" in said[-1]
        return digest_folder(out)

    values = vars(settings_of("munit")) | {"scales": 1}
    settings = type(settings_of("munit"))(**values)
    digests = {made("read", 0, sets), made("alone", 0, packed), made("two", 2, packed)}

    assert len(digests) == 1
