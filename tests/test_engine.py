import os

import pytest

from crosslook import engine


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
