from crosslook.translators import progress
from crosslook.translators.curve import Curve


def test_it_speaks_now_and_then_and_at_the_end(monkeypatch):
    clock = iter(range(1000))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    said = []
    line = progress.ProgressLine("cut", 12, said.append, every_s=5.0)
    curve = Curve(1)
    curve.rows = [{"step": 4, "generator": 0.51234}]

    for step in range(1, 13):
        line(step, curve)

    assert said == [
        "cut: step 5 of 12, 1.00 steps/s, 7 s left, generator 0.512",
        "cut: step 10 of 12, 1.00 steps/s, 2 s left, generator 0.512",
        "cut: step 12 of 12, 1.00 steps/s, 0 s left, generator 0.512",
    ]


def lines(monkeypatch, waited):
    clock = iter(range(1000))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    said = []
    line = progress.ProgressLine("cut", 6, said.append, every_s=5.0, waited=lambda: waited)
    for step in range(1, 7):
        line(step, Curve(1))
    return said


def test_the_share_of_waiting_stands_in_the_last_line(monkeypatch):
    assert lines(monkeypatch, 0.0034) == [
        "cut: step 5 of 6, 1.00 steps/s, 1 s left",
        "cut: step 6 of 6, 1.00 steps/s, 0 s left, waited for data 0.3 %",
    ]


def test_much_waiting_stands_in_every_line(monkeypatch):
    assert all("waited for data 42.0 %" in line for line in lines(monkeypatch, 0.42))
