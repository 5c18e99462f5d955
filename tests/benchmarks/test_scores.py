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


def test_every_score_of_a_checkpoint_is_timed():
    import scores

    seconds = scores.all_scores(30, d=16, side=32)

    assert {"Fréchet", "forest, default", "label survival", "checkerboard index"} <= set(seconds)
    assert min(seconds.values()) >= 0
