from dataclasses import replace

import numpy as np
import optuna
import pytest

from crosslook.ensemble import study
from crosslook.ensemble.settings import TuneFusionParams
from crosslook.ensemble.study import Score, run
from crosslook.errors import MissingPackageError

MEMBERS = ("cut", "cyclegan", "munit")
PARAMS = TuneFusionParams({"all": MEMBERS}, trials=24)
KINDS = [
    pytest.param(replace(PARAMS, sampler=sampler, space=space), id=f"{sampler}-{space}")
    for sampler in ("tpe", "cmaes")
    for space in ("weights", "simplex")
]


def hill(values):
    """A score with one top."""
    return Score(1 - sum((value - 0.4) ** 2 for value in values.values()), 0.5)


class Killed(BaseException):
    pass


def dying(after):
    """A score that dies as on a signal when it is asked once more, and what it was asked."""
    asked = []

    def score(values):
        if len(asked) == after:
            raise Killed
        asked.append(values)
        return hill(values)

    return score, asked


@pytest.mark.parametrize("params", KINDS)
@pytest.mark.parametrize("survivors", [1, 6, 15])
def test_a_killed_study_leaves_the_bytes_of_the_whole_one(params, survivors, tmp_path):
    whole, killed = tmp_path / "whole.jsonl", tmp_path / "killed.jsonl"
    trials = run(hill, MEMBERS, params, 5, whole)
    with pytest.raises(Killed):
        run(dying(survivors)[0], MEMBERS, params, 5, killed)
    assert len(killed.read_text().splitlines()) == survivors

    rest, asked = dying(params.trials)
    assert run(rest, MEMBERS, params, 5, killed) == trials

    assert len(asked) == params.trials - survivors
    assert killed.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("params", KINDS)
def test_a_study_that_is_killed_again_and_again_ends_as_the_whole_one(params, tmp_path):
    journal = tmp_path / "trials.jsonl"
    for _ in range(params.trials // 5):
        with pytest.raises(Killed):
            run(dying(5)[0], MEMBERS, params, 5, journal)
        with journal.open("a") as file:
            file.write('{"number": 99, "par')  # the line that was being written

    assert run(hill, MEMBERS, params, 5, journal) == run(hill, MEMBERS, params, 5)


@pytest.mark.parametrize("params", KINDS)
def test_two_runs_of_one_seed_are_alike_and_of_two_seeds_are_not(params):
    first = run(hill, MEMBERS, params, 5)

    assert run(hill, MEMBERS, params, 5) == first
    assert run(hill, MEMBERS, params, 6) != first


@pytest.mark.parametrize("params", KINDS)
def test_the_first_trials_are_equal_shares_and_each_member_emphasised(params):
    first = run(hill, MEMBERS, replace(params, trials=4), 5)

    assert first[0].weights == pytest.approx(dict.fromkeys(MEMBERS, 1 / 3))
    assert first[0].params["iou_threshold"] == 0.55
    assert [max(t.weights, key=t.weights.get) for t in first[1:]] == list(MEMBERS)


@pytest.mark.parametrize("params", KINDS)
def test_a_sampler_finds_the_top_better_than_chance(params):
    def score(values):
        return hill({name: values[name] for name in ("iou_threshold", "skip_threshold")})

    trials = run(score, MEMBERS, replace(params, trials=60), 1)
    rng = np.random.default_rng(1)
    chance = [
        score({"iou_threshold": rng.uniform(0.3, 0.8), "skip_threshold": rng.uniform(0, 0.3)})
        for _ in range(60)
    ]

    late = np.mean([trial.score.value for trial in trials[-20:]])
    assert late > np.mean([one.value for one in chance])


@pytest.mark.parametrize("params", KINDS)
def test_more_trials_go_on_from_the_journal_of_fewer(params, tmp_path):
    journal = tmp_path / "trials.jsonl"
    run(hill, MEMBERS, params, 5, journal)
    score, asked = dying(6)

    longer = run(score, MEMBERS, replace(params, trials=30), 5, journal)

    assert len(asked) == 6
    assert longer == run(hill, MEMBERS, replace(params, trials=30), 5)


def test_another_order_of_members_is_another_study(tmp_path):
    journal, turned = tmp_path / "trials.jsonl", MEMBERS[::-1]
    simplex = replace(PARAMS, space="simplex")
    run(hill, MEMBERS, simplex, 5, journal)

    assert run(hill, turned, simplex, 5, journal) == run(hill, turned, simplex, 5)


def test_cmaes_without_its_package_is_one_line(monkeypatch):
    monkeypatch.setattr(study, "find_spec", lambda name: None)

    with pytest.raises(MissingPackageError) as error:
        run(hill, MEMBERS, replace(PARAMS, sampler="cmaes"), 5)

    assert str(error.value) == (
        "sampler 'cmaes' needs the package cmaes, which is not installed: 'pip install cmaes', or "
        "choose 'tpe'."
    )


def test_optuna_says_nothing_and_keeps_its_verbosity(capfd):
    optuna.logging.set_verbosity(optuna.logging.INFO)

    run(hill, MEMBERS, PARAMS, 0)

    assert capfd.readouterr().err == ""
    assert optuna.logging.get_verbosity() == optuna.logging.INFO
