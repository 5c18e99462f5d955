import os
import time

import pytest

from crosslook import engine
from crosslook.errors import CrosslookError


def square(number):
    return number * number


def process(_):
    return os.getpid()


def fail(number):
    if number == 1:
        raise ValueError("unit 1 is broken")
    return number


def test_results_come_in_the_order_of_the_jobs_whatever_the_workers():
    alone = list(engine.run(square, [3, 1, 2], engine.Pool(1, 1)))
    together = list(engine.run(square, [3, 1, 2], engine.Pool(2, 1)))

    assert alone == together == [9, 1, 4]


def test_several_workers_are_other_processes():
    assert os.getpid() not in set(engine.run(process, [1, 2], engine.Pool(2, 1)))


def test_a_broken_unit_is_heard_of():
    with pytest.raises(ValueError, match="unit 1 is broken"):
        list(engine.run(fail, [0, 1, 2], engine.Pool(2, 1)))


def leave(path):
    path.write_text(str(os.getpid()))


def leave_and_stay(path):
    leave(path)
    time.sleep(600)


def refuse(path):
    if path.name == "refused":
        raise CrosslookError("not this one")
    leave(path)


def wait_for(path):
    deadline = time.monotonic() + 60
    while not (path.exists() and path.read_text()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return int(path.read_text())


def test_work_ahead_is_done_in_turn_by_another_process(tmp_path):
    with engine.ahead(leave, [tmp_path / "one", tmp_path / "two"], 1):
        assert wait_for(tmp_path / "two") != os.getpid()

    assert wait_for(tmp_path / "one") == wait_for(tmp_path / "two")


def test_work_ahead_ends_with_the_block(tmp_path):
    with engine.ahead(leave_and_stay, [tmp_path / "one"], 1):
        other = wait_for(tmp_path / "one")

    with pytest.raises(ProcessLookupError):
        os.kill(other, 0)


def test_what_cannot_be_done_ahead_waits_for_its_turn(tmp_path):
    with engine.ahead(refuse, [tmp_path / "refused", tmp_path / "one"], 1):
        wait_for(tmp_path / "one")
