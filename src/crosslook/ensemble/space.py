"""What a study searches: weights and thresholds, and the points that it tries first.

Space "weights" has one parameter per member, ``weight/NAME``, of which only ratios matter. Space
"simplex" has one less, ``stick/NAME``, and is uniform over all shares of sum 1: from a stick of
length 1 each member but the last breaks off the part

    1 - u ** (1 / n),  u uniform on [0, 1], n members still to come

of what is left, and the last takes the rest: the parts of a flat Dirichlet distribution, which are
Beta(1, n) of what is left. For three members w1 = 1 - sqrt(u), w2 = (1 - w1) (1 - v),
w3 = (1 - w1) v. No share falls below ``lowest_weight``: the rest is what is divided.
"""

from collections.abc import Mapping, Sequence

import optuna

from crosslook.ensemble.fusion import FusionRules, normalised
from crosslook.ensemble.settings import TuneFusionParams

THRESHOLDS = ("iou_threshold", "skip_threshold")


def suggest(
    trial: optuna.Trial, members: Sequence[str], params: TuneFusionParams
) -> dict[str, float]:
    """Ask the sampler for one point."""
    return {
        name: trial.suggest_float(name, *bounds) for name, bounds in ranges(members, params).items()
    }


def ranges(members: Sequence[str], params: TuneFusionParams) -> dict[str, tuple[float, float]]:
    """Parameter -> lowest and highest value, in the order in which the sampler is asked."""
    if params.space == "simplex":
        found = {f"stick/{name}": (0.0, 1.0) for name in members[:-1]}
    else:
        found = {f"weight/{name}": (params.lowest_weight, 1.0) for name in members}
    return found | {name: getattr(params, name) for name in THRESHOLDS}


def shares(
    values: Mapping[str, float], members: Sequence[str], params: TuneFusionParams
) -> dict[str, float]:
    """Member -> weight, sum 1, at one point."""
    if params.space == "weights":
        return normalised({name: values[f"weight/{name}"] for name in members})
    left, broken = 1.0, {}
    for to_come, name in zip(range(len(members) - 1, 0, -1), members, strict=False):
        rest = left * values[f"stick/{name}"] ** (1 / to_come)
        broken[name] = left - rest
        left = rest
    broken[members[-1]] = left
    spread = 1 - len(members) * params.lowest_weight
    return {name: params.lowest_weight + spread * part for name, part in broken.items()}


def starts(members: Sequence[str], params: TuneFusionParams) -> list[dict[str, float]]:
    """Equal weights at an IoU of .55 with nothing skipped, then each member emphasised."""
    low, high = params.iou_threshold
    thresholds = {
        "iou_threshold": min(max(FusionRules.iou_threshold, low), high),
        "skip_threshold": params.skip_threshold[0],
    }
    emphasised = members if len(members) > 1 else ()
    return [_weights(loud, members, params) | thresholds for loud in (None, *emphasised)]


def _weights(
    loud: str | None, members: Sequence[str], params: TuneFusionParams
) -> dict[str, float]:
    """The point where all members weigh the same (None), or one as much as it can."""
    if params.space == "weights":
        return {
            f"weight/{name}": 1.0 if loud in (name, None) else params.lowest_weight
            for name in members
        }
    if loud is None:
        to_come = range(len(members) - 1, 0, -1)
        return {
            f"stick/{name}": (n / (n + 1)) ** n for n, name in zip(to_come, members, strict=False)
        }
    return {f"stick/{name}": float(name != loud) for name in members[:-1]}
