"""Which parameters of a fusion decide whether a trial is among the best."""

from collections.abc import Mapping, Sequence
from typing import Any

import optuna

from crosslook.ensemble.study import quiet

FEWEST = 20  # trials: the best tenth of fewer is a single one


def importances(trials: Sequence[Mapping[str, Any]]) -> dict[str, float] | None:
    """PED-ANOVA: how far the best tenth of the trials stands apart from all, per parameter.

    The Pearson divergence between the two densities of a parameter, divided by the sum over all of
    them. Weights count as shares of 1, so that both search spaces compare. It says what this study
    found decisive where it looked, not what would hold on other images.

    Source: Watanabe et al. 2023, arXiv:2304.10255, as Optuna computes it.

    Args:
        trials: ``params`` and ``value`` of each, as in results/tune_fusion.json.

    Returns:
        Parameter -> its part, sum 1, the largest first. None where there are fewer than 20 trials,
        or none is better than another.
    """
    values = [trial["value"] for trial in trials]
    if len(trials) < FEWEST or min(values) == max(values):
        return None
    bounds = optuna.distributions.FloatDistribution(0.0, 1.0)
    with quiet():
        study = optuna.create_study(direction="maximize")
        study.add_trials(
            [
                optuna.trial.create_trial(
                    params=dict(trial["params"]),
                    distributions=dict.fromkeys(trial["params"], bounds),
                    value=trial["value"],
                )
                for trial in trials
            ]
        )
        evaluator = optuna.importance.PedAnovaImportanceEvaluator()
        found = optuna.importance.get_param_importances(study, evaluator=evaluator)
    return {name: float(part) for name, part in found.items()}
