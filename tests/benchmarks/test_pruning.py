from crosslook.detectors.prune_settings import Prune

SETTINGS = Prune(score="survival", replicates=100)


def test_a_score_that_follows_ap_saves_trainings_and_loses_nothing():
    from pruning import outcome

    found = outcome(8, 0.99, SETTINGS, times=20, seed=0)

    assert found.saved > 0.3
    assert found.lost < 0.005 < found.lost_at_random


def test_a_score_that_knows_nothing_costs_what_chance_costs():
    from pruning import outcome

    found = outcome(20, 0.0, SETTINGS, times=60, seed=0)

    assert 0.5 < found.lost / found.lost_at_random < 2
