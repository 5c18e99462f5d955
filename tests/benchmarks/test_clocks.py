import time

import numpy as np
import torch


def test_a_matrix_product_counts_two_operations_per_multiply_add():
    from clocks import operations

    assert operations(lambda: torch.ones(2, 3) @ torch.ones(3, 5)) == 2 * 2 * 3 * 5


def test_the_peak_counts_what_was_freed_again_but_not_what_stood_before():
    from clocks import peak, start_peak

    before = np.ones(64 << 20, np.uint8)
    start = start_peak("cpu")
    during = np.ones(96 << 20, np.uint8)
    del during

    assert 90 << 20 < peak("cpu") - start < 120 << 20
    assert before.all()


def test_sleeping_takes_wall_seconds_and_no_cpu_seconds():
    from clocks import empty, timed

    found = empty()
    timed(lambda: time.sleep(0.02), 2, "cpu", found)

    assert found["wall"][0] >= 0.02
    assert found["cpu"][0] < 0.01
