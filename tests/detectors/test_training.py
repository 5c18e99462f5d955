from dataclasses import replace

import pytest
import torch

from crosslook.detectors.engines import build
from crosslook.detectors.settings import Architecture, TrainingSettings
from crosslook.detectors.training import STATE, learning_rate, train
from crosslook.errors import ParamsError


class Killed(Exception):
    """Stands for the end of the process."""


def batch(step):
    torch.manual_seed(100 + step)
    target = {
        "boxes": torch.tensor([[8.0, 8.0, 28.0, 28.0]]),
        "labels": torch.tensor([1]),
        "ignore": torch.zeros(0, 4),
    }
    image = torch.rand(3, 64, 64)
    image[:, 8:28, 8:28] += 1
    return [image], [target]


def settings(**changes):
    values = {"steps": 6, "batch_size": 1, "save_every": 2, "examinations": 2, "warmup_steps": 1}
    return TrainingSettings(**(values | changes))


def same(a, b):
    return all(torch.equal(a.state_dict()[n], b.state_dict()[n]) for n in a.state_dict())


class Scores:
    """Validation AP that is known beforehand."""

    def __init__(self, known):
        self.known = list(known)

    def __call__(self, model):
        return self.known.pop(0)


@pytest.fixture(params=["faster_rcnn", "cascade_rcnn"])
def shape(tiny, request):
    return replace(tiny, kind=request.param)


@pytest.mark.parametrize("optimiser", ["adamw", "sgd"])
@pytest.mark.parametrize("last", [1, 3, 5])
def test_a_training_killed_at_any_step_ends_as_one_that_was_not(shape, tmp_path, last, optimiser):
    chosen = settings(optimiser=optimiser)
    plain = build(shape, 1, seed=0)
    course = train(plain, batch, chosen, 0, None, Scores([0.3, 0.2]))

    def until_killed(step):
        if step > last:
            raise Killed
        return batch(step)

    with pytest.raises(Killed):
        train(build(shape, 1, seed=0), until_killed, chosen, 0, tmp_path, Scores([0.3]))
    left = [0.2] if last >= 4 else [0.3, 0.2]
    resumed = build(shape, 1, seed=0)
    again = train(resumed, batch, chosen, 0, tmp_path, Scores(left))

    assert again == course
    assert course.kept_step == 4
    assert same(plain, resumed)


def test_the_saved_state_is_gone_on_from_and_not_begun_again(tiny, tmp_path):
    def until_killed(step):
        if step == 5:
            raise Killed
        return batch(step)

    with pytest.raises(Killed):
        train(build(tiny, 1, seed=0), until_killed, settings(), 0, tmp_path)
    steps = []

    train(build(tiny, 1, seed=0), lambda n: steps.append(n) or batch(n), settings(), 0, tmp_path)

    assert steps == [5, 6]


def test_a_damaged_state_means_from_the_start(tiny, tmp_path):
    (tmp_path / STATE).write_bytes(b"half a fi")
    with_state, without = build(tiny, 1, seed=0), build(tiny, 1, seed=0)

    train(with_state, batch, settings(), 0, tmp_path)
    train(without, batch, settings(), 0)

    assert same(with_state, without)


def test_the_best_examined_step_is_kept_and_the_later_of_equals(tiny):
    kept = [
        train(build(tiny, 1, seed=0), batch, settings(), 0, None, Scores(known)).kept_step
        for known in ([0.3, 0.2], [0.2, 0.3], [0.2, 0.2])
    ]

    assert kept == [4, 6, 6]


def early(**changes):
    """Examined at steps 6, 7, 8, 9 and 10."""
    return settings(steps=10, examinations=5, patience=2, save_every=4, **changes)


def test_a_training_ends_when_so_many_examinations_brought_nothing_better(tiny):
    course = train(build(tiny, 1, seed=0), batch, early(), 0, None, Scores([0.2, 0.3, 0.1, 0.2]))

    assert [row["step"] for row in course.validation] == [6, 7, 8, 9]
    assert course.kept_step == 7
    assert course.losses[-1]["step"] == 9


def test_an_equal_examination_counts_as_better(tiny):
    scores = Scores([0.3, 0.1, 0.3, 0.1, 0.3])

    assert train(build(tiny, 1, seed=0), batch, early(), 0, None, scores).kept_step == 10


def test_a_training_that_ended_early_is_not_gone_on_with(tiny, tmp_path):
    whole, again = build(tiny, 1, seed=0), build(tiny, 1, seed=0)
    course = train(whole, batch, early(), 0, tmp_path, Scores([0.2, 0.3, 0.1, 0.2]))

    repeated = train(again, None, early(), 0, tmp_path, Scores([]))

    assert repeated == course
    assert same(whole, again)


def test_a_training_killed_before_its_early_end_ends_as_one_that_was_not(tiny, tmp_path):
    whole, again = build(tiny, 1, seed=0), build(tiny, 1, seed=0)
    course = train(whole, batch, early(), 0, None, Scores([0.2, 0.3, 0.1, 0.2]))

    def until_killed(step):
        if step == 9:
            raise Killed
        return batch(step)

    with pytest.raises(Killed):
        train(build(tiny, 1, 0), until_killed, early(), 0, tmp_path, Scores([0.2, 0.3, 0.1]))
    assert train(again, batch, early(), 0, tmp_path, Scores([0.2])) == course
    assert same(whole, again)


@pytest.mark.slow
def test_a_training_ends_in_the_same_weights_with_and_without_workers(tiny):
    alone, helped = build(tiny, 1, seed=0), build(tiny, 1, seed=0)

    train(alone, batch, settings(steps=2), 0)
    train(helped, batch, settings(steps=2, workers=1), 0)

    assert same(alone, helped)


def test_negative_patience_is_refused():
    with pytest.raises(ValueError, match="patience=-1 and workers=0 must be >= 0"):
        settings(patience=-1)


def test_the_model_is_left_with_the_weights_of_the_kept_step(tiny):
    kept, short = build(tiny, 1, seed=0), build(tiny, 1, seed=0)
    seen = {}

    def examine(model):
        seen[len(seen)] = {name: t.clone() for name, t in model.state_dict().items()}
        return [0.3, 0.2][len(seen) - 1]

    train(kept, batch, settings(), 0, None, examine)
    train(short, batch, settings(), 0)

    assert all(torch.equal(t, seen[0][name]) for name, t in kept.state_dict().items())
    assert not same(kept, short)


def test_every_learning_parameter_moves_and_no_frozen_one(tiny):
    frozen = Architecture(**{**vars(tiny), "frozen_stages": 1})
    model = build(frozen, 1, seed=0)
    before = {name: p.clone() for name, p in model.named_parameters()}

    train(model, batch, settings(steps=12, learning_rate=0.01, weight_decay=0.1), 0)

    still = {name for name, p in model.named_parameters() if torch.equal(p, before[name])}
    assert still == {f"backbone.body.{n}" for n in ("conv1.weight", "bn1.weight", "bn1.bias")}


def test_a_loss_that_is_not_finite_stops_the_training_and_is_named(tiny):
    model = build(tiny, 1, seed=0)
    torch.nn.init.constant_(model.roi_heads.box_predictor.cls_score.weight, float("nan"))

    with pytest.raises(FloatingPointError, match=r"step 1: a loss is not finite .*loss_classifier"):
        train(model, batch, settings(), 0)


def test_the_rate_rises_to_its_highest_and_falls_to_a_hundredth():
    chosen = settings(steps=100, warmup_steps=10, learning_rate=0.5)

    rates = [learning_rate(step, chosen) for step in range(1, 101)]

    assert rates[0] == pytest.approx(0.05)
    assert max(rates) == rates[9] == pytest.approx(0.5)
    assert rates[-1] == pytest.approx(0.005)


def test_losses_are_thinned_to_means(tiny):
    rows = train(build(tiny, 1, seed=0), batch, settings(steps=40), 0).losses

    assert [row["step"] for row in rows] == list(range(2, 41, 2))
    assert rows[0]["loss_objectness"] > rows[-1]["loss_objectness"]


def test_a_gpu_that_is_not_there_is_named(tiny, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)

    with pytest.raises(ParamsError, match="'cuda' is set, but no GPU is visible here"):
        train(build(tiny, 1, seed=0), batch, settings(device="cuda"), 0)
