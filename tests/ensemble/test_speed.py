import importlib.util
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "fusion.py"


@pytest.fixture(scope="module")
def benchmark():
    spec = importlib.util.spec_from_file_location("benchmark_of_fusion", BENCHMARK)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.parametrize("boxes", [30, 100, 290])
def test_a_compiled_trial_is_a_hundred_times_faster(benchmark, boxes):
    assert benchmark.measure(boxes, trials=7).ratio >= 100


def test_both_sides_of_the_benchmark_agree(benchmark, monkeypatch):
    monkeypatch.setattr(benchmark, "IMAGES", 3)
    monkeypatch.setattr(benchmark, "OBJECTS", 9)

    times = benchmark.measure(20, trials=2)

    assert (times.boxes, times.libraries > times.compiled > 0) == (20, True)
