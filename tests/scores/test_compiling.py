import warnings

import numpy as np
import pytest

from crosslook.scores import compiling
from crosslook.scores.averaging_kernel import pairwise_sum
from crosslook.scores.compiling import checksum, compiled

pytestmark = pytest.mark.skipif(not compiling.AVAILABLE, reason="numba is not installed")


def test_a_sum_is_numpys_bit_for_bit():
    rng = np.random.default_rng(0)
    for n in (0, 1, 7, 8, 9, 15, 16, 127, 128, 129, 136, 137, 255, 256, 300, 1000, 4099):
        values = rng.uniform(size=n)

        assert pairwise_sum(values, n) == values.sum()


def test_a_division_by_zero_is_infinite_as_in_numpy():
    assert compiled(lambda a, b: a / b)(1.0, 0.0) == np.inf


def test_without_numba_a_function_stays_as_it_is(monkeypatch):
    monkeypatch.setattr(compiling, "numba", None)

    def loop(n):
        return n

    assert compiled(loop) is loop


def test_a_function_without_a_file_is_compiled_but_not_kept():
    names = {}
    exec("def twice(x):\n    return 2 * x", names)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert compiled(names["twice"])(21) == 42


def test_a_change_of_any_kernel_file_changes_the_checksum(tmp_path):
    (tmp_path / "deep").mkdir()
    kernel = tmp_path / "deep" / "a_kernel.py"
    kernel.write_text("x = 1")
    (tmp_path / "other.py").write_text("x = 1")
    before = checksum(tmp_path)

    (tmp_path / "other.py").write_text("x = 2")
    assert checksum(tmp_path) == before

    kernel.write_text("x = 2")
    assert checksum(tmp_path) != before


def test_compiled_code_is_kept_under_the_checksum():
    assert f"{compiling._SOURCES:08x}" in pairwise_sum.py_func.__qualname__
