import math
from dataclasses import replace

import pytest
import torch

from crosslook.classifier.configurations import configuration_named, configuration_names
from crosslook.classifier.network import LandCoverNetwork
from crosslook.classifier.patches import Draws
from crosslook.classifier.settings import LossSettings, MiningSettings
from crosslook.classifier.stepping import batch_losses, moment
from crosslook.classifier.training import build_optimiser, rate_factor, train, use_bfloat16
from crosslook.errors import ParamsError

BOTH = ("s1", "s2")
USUAL = LossSettings()


@pytest.fixture
def run(planted, tiny, training):
    """Train a configuration for a few steps; gives the network and its log."""

    def build(name, states=None, batches=None, patches=None, seed=0, say=print, **values):
        settings, patches = training(**values), patches or planted(12, 0)
        configuration = configuration_named(name, BOTH)
        bands = {sensor: patches.sensors[sensor].shape[1] for sensor in configuration.sensors}
        model = LandCoverNetwork(bands, len(patches.classes), tiny, seed)
        draws = batches or Draws(patches, configuration, settings.batch, seed)
        return model, train(model, configuration, draws, settings, seed, states, say=say)

    return build


@pytest.fixture
def step(planted, tiny):
    """Losses and health of one batch."""

    def build(name, patches=None, settings=USUAL, batch=8, at=1, **values):
        patches, configuration = patches or planted(40, 0), configuration_named(name, BOTH)
        bands = {s: patches.sensors[s].shape[1] for s in configuration.sensors}
        network = LandCoverNetwork(bands, len(patches.classes), tiny).train()
        drawn = Draws(patches, configuration, batch, 0)(1)
        torch.manual_seed(0)  # of the dropout
        mining = MiningSettings(**values)
        now = moment(at, 100, settings, mining)
        return batch_losses(network, drawn, configuration, settings, mining, now)

    return build


def same(first, second):
    a, b = first.state_dict(), second.state_dict()
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("baseline_s1", {"classification/s1"}),
        ("c", {"classification/s1", "classification/s2"}),
        ("c_m", {"classification/s1", "classification/s2", "modality"}),
        ("c_t", {"classification/s1", "classification/s2", "triplet"}),
        ("c_t_m", {"classification/s1", "classification/s2", "triplet", "modality"}),
        ("c_nce", {"classification/s1", "classification/s2", "contrast"}),
        ("c_distil_aligned", {"classification/s1", "classification/s2", "distillation"}),
    ],
)
def test_a_configuration_has_its_losses_and_no_others(step, name, wanted):
    found, _ = step(name)

    assert found.keys() == wanted
    assert all(torch.isfinite(loss) for loss in found.values())


def test_losses_come_weighted_and_the_modality_loss_is_weighted_by_its_reversal_alone(step):
    plain, _ = step("c_t_m", settings=LossSettings(triplet_weight=1.0))
    weighted, _ = step(
        "c_t_m",
        settings=LossSettings(classification_weight=3.0, triplet_weight=0.5, reversal=7.0),
    )

    ratios = {name: (weighted[name] / plain[name]).item() for name in plain}
    assert ratios == pytest.approx(
        {"classification/s1": 3, "classification/s2": 3, "triplet": 0.5, "modality": 1}
    )


def test_eq_3_is_a_sum_where_it_is_asked_for(step):
    mean, _ = step("c_t")
    whole, _ = step("c_t", settings=LossSettings(triplet_sum=True))

    assert (whole["triplet"] / mean["triplet"]).item() == pytest.approx(16, rel=1e-5)


def test_a_term_without_partners_is_left_out_and_counted(step, planted):
    patches = planted(40, 0)
    alone = replace(patches, places=("here",) * 40)

    found, health = step("c_t_m", alone)

    assert found["triplet"].item() == 0
    assert health["without_positive"] == health["without_negative"] == 1
    assert math.isnan(health["distance/positive"]) and math.isnan(health["active_triplets"])
    _, usual = step("c_t_m", patches)
    assert usual["without_negative"] < 1 and math.isfinite(usual["active_triplets"])


def test_measures_of_health_tell_collapse_and_the_adversary(step):
    _, health = step("c_t_m")

    assert {"variance/s1", "variance/s2", "modality_accuracy", "distance/negative"} < health.keys()
    assert health["variance/s1"] > 0
    assert 0 <= health["modality_accuracy"] <= 1
    assert not any(value.requires_grad for value in health.values())


def test_the_first_epochs_take_all_negatives_and_then_the_hardest():
    losses, mining = LossSettings(reversal=1.0), MiningSettings(early_share=0.2)

    found = [moment(step, 10, losses, mining) for step in (1, 2, 3, 10)]

    assert [one.mining for one in found] == ["all", "all", "hardest", "hardest"]
    assert found[-1].factor == pytest.approx(2 / (1 + math.exp(-10)) - 1)


def test_the_rate_rises_and_falls_along_a_cosine():
    factors = [rate_factor(step, 100, 0.05) for step in range(1, 101)]

    assert factors[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert factors == [*sorted(factors[:5]), *sorted(factors[5:], reverse=True)]
    assert factors[-1] == pytest.approx(0.01)
    assert rate_factor(1, 1, 0.0) == 1.0


def test_one_optimiser_holds_every_parameter_once_and_heads_have_their_rate(tiny, training):
    network = LandCoverNetwork({"s1": 2, "s2": 3}, 3, tiny)

    groups = build_optimiser(network, training(learning_rate=0.1, head_rate=0.2)).param_groups

    held = [id(parameter) for group in groups for parameter in group["params"]]
    assert sorted(held) == sorted(id(parameter) for parameter in network.parameters())
    rate = {id(p): (g["lr"], g["weight_decay"]) for g in groups for p in g["params"]}
    assert (
        rate[id(network.classifier.weight)] == rate[id(network.modality[0].weight)] == (0.2, 0.05)
    )
    assert rate[id(network.merging["s1"][0].weight)] == (0.1, 0.05)
    assert rate[id(network.merging["s1"][0].bias)] == (0.1, 0.0)


def test_every_parameter_of_the_whole_model_learns(tiny, run):
    before = LandCoverNetwork({"s1": 2, "s2": 5}, 3, tiny, 0)

    after, _ = run("c_t_m", steps=1)

    still = [
        name
        for name, parameter in after.named_parameters()
        if torch.equal(parameter, before.state_dict()[name])
    ]
    assert still == []


@pytest.mark.parametrize("name", configuration_names(BOTH))
def test_the_same_training_gives_the_same_bytes_and_leaves_global_draws_out_of_it(run, name):
    torch.manual_seed(1)
    first, _ = run(name)
    torch.manual_seed(2)
    second, _ = run(name)

    assert same(first, second)


def test_another_seed_gives_another_model(run):
    assert not same(run("c")[0], run("c", seed=1)[0])


def test_stopped_at_any_step_and_resumed_it_ends_with_the_same_bytes(run, planted, tmp_path):
    whole, log = run("c_t_m", tmp_path / "whole")
    draws = Draws(planted(12, 0), configuration_named("c_t_m", BOTH), 4, 0)

    for last in (1, 3, 5):

        def stopping(step, last=last):
            if step > last:
                raise InterruptedError
            return draws(step)

        states = tmp_path / str(last)
        with pytest.raises(InterruptedError):
            run("c_t_m", states, stopping)
        resumed, again = run("c_t_m", states)

        assert same(resumed, whole)
        assert again.rows == log.rows


def test_the_newest_two_states_are_kept_and_a_damaged_one_costs_time_only(run, tmp_path):
    whole, _ = run("c_t_m", tmp_path)
    states = sorted(tmp_path.iterdir())
    assert [path.stem for path in states] == ["step_0000004", "step_0000006"]

    states[1].write_bytes(states[1].read_bytes()[:1000])
    said = []
    again, _ = run("c_t_m", tmp_path, say=said.append)

    assert "half-written" in said[0]
    assert said[1] == "going on after step 4."
    assert same(again, whole)


def test_a_loss_that_is_not_finite_is_named_and_no_state_is_saved_of_it(run, planted, tmp_path):
    patches = planted(12, 0)
    patches.sensors["s2"][:] = math.nan

    with pytest.raises(FloatingPointError, match=r"loss classification/s2 is nan at step 1\."):
        run("c", tmp_path, patches=patches, log_every=100)

    assert list(tmp_path.iterdir()) == []


def test_bfloat16_trains_and_its_losses_are_float32(run):
    _, log = run("c_t_m", precision="bfloat16")

    assert all(math.isfinite(value) for row in log.rows for value in row.values())


def test_auto_is_float32_on_a_cpu():
    assert not use_bfloat16("auto", "cpu")
    assert use_bfloat16("bfloat16", "cpu")


def test_a_gpu_that_is_not_there_is_an_error(run, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)

    with pytest.raises(ParamsError, match="torch finds no GPU here"):
        run("c", device="cuda")
