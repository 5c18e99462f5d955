import pytest


def test_both_sides_are_timed_and_agree():
    import scores

    times = scores.measure(12, repeats=1, d=20)

    assert times.n == 12
    assert times.gap < 1e-6
    assert times.by_root > 0


def test_ways_that_disagree_are_no_benchmark(monkeypatch):
    import scores

    monkeypatch.setattr(scores, "frechet_distance", lambda a, b: 1.0)
    with pytest.raises(RuntimeError, match=r"N=12: 1.0 and .* by sqrtm differ by"):
        scores.measure(12, repeats=1, d=20)
