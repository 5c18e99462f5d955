import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from crosslook.translators.settings import Schedule
from crosslook.translators.stepping import build_optimisers, learning_only, take_step
from crosslook.translators.training import train
from crosslook.translators.translator import ParameterGroup, Translator, Update


class Toy(Translator):
    """Two numbers: one makes fakes, one judges them. Notes what each update was given."""

    def __init__(self, loss=1.0):
        super().__init__()
        self.maker, self.judge = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
        self.loss, self.seen, self.rates, self.made = loss, [], [], 0

    def translate(self, source, variant=0):
        return source

    def make_fakes(self, source, target):
        self.made += 1
        return {"target": self.maker.weight * source}

    def updates(self):
        making = ParameterGroup("maker", (self.maker,), 0.1, (0.5, 0.999))
        judging = ParameterGroup("judge", (self.judge,), 0.2, (0.5, 0.999))
        return [
            Update("judge", self.note("judge"), (judging,), "detached"),
            Update("maker", self.note("maker"), (making,), "shared"),
            Update("again", self.note("again"), (judging,), "fresh"),
        ]

    def note(self, name):
        def losses(source, target, fakes):
            fake = fakes["target"]
            frozen = [n for n, p in self.named_parameters() if not p.requires_grad]
            self.seen.append((name, fake.requires_grad, frozen))
            return {name: (self.judge.weight * fake).sum() * self.loss}

        return losses


ONE = torch.ones(1, 1)


def run(translator, training, tmp_path, **values):
    calls = {
        "epoch_steps": 1,
        "seed": 0,
        "states": tmp_path,
        "on_checkpoint": lambda step: None,
        "on_step": lambda step, curve: None,
        "say": lambda text: None,
    } | values
    return train(translator, lambda step: (ONE, ONE), training, **calls)


def test_updates_run_in_their_order_with_the_fakes_they_ask_for():
    toy = Toy()
    updates = toy.updates()

    take_step(toy, updates, build_optimisers(updates), ONE, ONE)

    assert toy.seen == [
        ("judge", False, ["maker.weight"]),
        ("maker", True, ["judge.weight"]),
        ("again", False, ["maker.weight"]),
    ]
    assert toy.made == 2


def test_only_the_group_that_learns_moves():
    toy = Toy()
    updates = toy.updates()[:1]
    before = toy.maker.weight.item(), toy.judge.weight.item()

    take_step(toy, updates, build_optimisers(updates), ONE, ONE)

    assert toy.maker.weight.item() == before[0]
    assert toy.judge.weight.item() != before[1]


def test_frozen_networks_thaw_even_after_an_error():
    toy = Toy()

    with pytest.raises(RuntimeError), learning_only(toy, ()):
        raise RuntimeError

    assert all(parameter.requires_grad for parameter in toy.parameters())


def test_the_learning_rate_follows_the_schedule(training, tmp_path):
    toy, rates = Toy(), []
    original = build_optimisers(toy.updates())
    assert {name: o.param_groups[0]["lr"] for name, o in original.items()} == {
        "maker": 0.1,
        "judge": 0.2,
    }
    toy.begin_step = lambda seed, step: rates.append((seed, step))

    run(toy, training(steps=4, checkpoints=(4,), schedule=Schedule(2, 2, "iterations")), tmp_path)

    assert rates == [(0, 1), (0, 2), (0, 3), (0, 4)]


def test_steps_behind_the_end_of_the_schedule_are_refused(training, tmp_path):
    short = training(schedule=Schedule(2, 1, "epochs"))

    with pytest.raises(ValueError, match="ends at step 3, before steps=6"):
        run(Toy(), short, tmp_path)


def test_checkpoints_are_made_at_the_listed_steps(training, tmp_path):
    made = []

    run(Toy(), training(checkpoints=(1, 4, 6)), tmp_path, on_checkpoint=made.append)

    assert made == [1, 4, 6]


def test_a_loss_that_is_not_finite_is_named_with_its_step(training, tmp_path):
    toy = Toy()

    def on_step(step, curve):
        toy.loss = math.nan if step == 2 else 1.0

    with pytest.raises(FloatingPointError, match=r"loss judge is nan at step 3\."):
        run(toy, training(log_every=100), tmp_path, on_step=on_step)


def test_no_state_is_saved_of_a_diverged_run(training, tmp_path):
    with pytest.raises(FloatingPointError):
        run(Toy(math.inf), training(save_every=1, log_every=100), tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_the_curve_has_a_row_per_log_every_steps(training, tmp_path):
    curve = run(Toy(), training(log_every=3), tmp_path)

    assert [row["step"] for row in curve.rows] == [3, 6]
    assert sorted(curve.rows[0]) == ["again", "judge", "maker", "step"]


def test_how_often_states_are_saved_changes_nothing(training, make, tmp_path):
    ends = []
    for save_every in (1, 5):
        toy = Toy()
        nn.init.ones_(toy.maker.weight)
        nn.init.ones_(toy.judge.weight)
        run(toy, replace(training(), save_every=save_every), tmp_path / str(save_every))
        ends.append((toy.maker.weight.item(), toy.judge.weight.item()))

    assert ends[0] == ends[1]


def test_weight_decay_pulls_weights_that_have_no_loss():
    toy = Toy(0.0)
    before = toy.maker.weight.item()
    decayed = ParameterGroup("maker", (toy.maker,), 0.1, (0.5, 0.999), weight_decay=0.1)
    updates = [replace(toy.updates()[1], learns=(decayed,))]

    take_step(toy, updates, build_optimisers(updates), ONE, ONE)

    assert (toy.maker.weight.item() - before) * before < 0
