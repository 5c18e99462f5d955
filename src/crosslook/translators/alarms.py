"""Alarms: does a checkpoint answer everything alike, saturate, or leave the target's values?

A few patches of both sets are the probes, the same ones for every checkpoint of a training. What is
measured is the translator as its checkpoint file holds it, never the one that is being trained: no
weight, buffer or random number of the training is touched.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from crosslook.patches.packed import Packed, Pixels
from crosslook.scores.drift import histogram_distance, saturated_share, variance_across
from crosslook.translators.alarm_settings import Alarms
from crosslook.translators.checkpoint import load_translator
from crosslook.translators.naming import Checkpoint, checkpoint_name
from crosslook.translators.translating import translate_pixels
from crosslook.writing import write_json

PROBES = 16  # patches: sources, targets, and as many other targets
STREAM = 11  # of random numbers, beside those of the training
Values = dict[str, Any]  # variation, saturated, distance: one number per band


@dataclass(frozen=True, eq=False)
class Probes:
    """The patches that every checkpoint of a training is tried on, (n, C, H, W) each."""

    sources: Pixels
    targets: Pixels  # what fakes are compared with
    others: Pixels  # other targets, compared with the same ones

    def real(self) -> Values:
        """What real targets give in the place of fakes."""
        return measure(self.others, self.targets)


class Watch:
    """Tries the checkpoints of a training on its probes, as they are written.

    Args:
        probes: the patches.
        alarms: the thresholds.
        folder: gets the values of each checkpoint.
        device: where the networks run.
        say: is told of a checkpoint beyond a threshold.
    """

    def __init__(
        self, probes: Probes, alarms: Alarms, folder: Path, device: str, say: Callable[[str], None]
    ) -> None:
        self.probes, self.alarms, self.folder = probes, alarms, folder
        self.device, self.say = device, say
        self.real = probes.real()

    def __call__(self, step: Checkpoint, path: Path) -> None:
        """Try the checkpoint in the file ``path``."""
        values = try_checkpoint(path, self.probes, self.device)
        write_json(self.folder / f"{checkpoint_name(step)}.json", values)
        if found := flagged(values, self.real, self.alarms):
            self.say(f"alarm at {checkpoint_name(step)}: {'; '.join(found.values())}.")

    def values(self, step: Checkpoint, path: Path) -> Values:
        """What was found of a checkpoint; it is tried now if nothing was."""
        with suppress(OSError, ValueError):
            return dict(json.loads((self.folder / f"{checkpoint_name(step)}.json").read_text()))
        return try_checkpoint(path, self.probes, self.device)


def draw_probes(source: Packed, target: Packed, seed: int) -> Probes | None:
    """The probes of a training, a function of its patches and seed.

    Returns:
        None if there are fewer than two sources or four targets.
    """
    count = min(PROBES, len(source), len(target) // 2)
    if count < 2:
        return None
    draws = np.random.default_rng([seed, STREAM])
    sources = np.sort(draws.permutation(len(source))[:count])
    targets = draws.permutation(len(target))[: 2 * count]
    first, second = np.sort(targets[:count]), np.sort(targets[count:])
    return Probes(source.pixels[sources], target.pixels[first], target.pixels[second])


def try_checkpoint(path: Path, probes: Probes, device: str = "cpu") -> Values:
    """What the translator in the file ``path`` makes of the probes, measured.

    Raises:
        CheckpointError: if the file is damaged.
    """
    translator, _ = load_translator(path)
    translator.to(torch.device(device))
    try:
        fakes = np.stack([translate_pixels(translator, patch) for patch in probes.sources])
    except FloatingPointError:  # values that are not finite: whoever translates will say so
        return {"variation": None, "saturated": None, "distance": None}
    return measure(fakes, probes.targets)


def measure(images: Pixels, targets: Pixels) -> Values:
    """The three numbers of some images beside real targets.

    Args:
        images: (n, C, H, W), fakes or real.
        targets: (m, C, H', W').

    Returns:
        ``variation``: variance across the images over that across the targets. ``saturated``: share
        of the images' values at an end of the stretch, less that of the targets. ``distance``: of
        the histograms, one per band, in shares of the stretch. None where there is no such number.
    """
    among = variance_across(targets)
    ratio = variance_across(images) / among if among > 0 else math.nan
    excess = saturated_share(images) - saturated_share(targets)
    distance = histogram_distance(images, targets)
    return {
        "variation": _short(ratio),
        "saturated": _short(excess),
        "distance": [_short(value) for value in distance.tolist()],
    }


def flagged(values: Values, real: Values, alarms: Alarms) -> dict[str, str]:
    """Which numbers lie beyond their thresholds, and in what words.

    Args:
        values: of the fakes.
        real: of real targets in their place.
        alarms: the thresholds.
    """
    found = {}
    if values["variation"] is None and values["distance"] is None:
        return {"finite": "its fakes are not finite"}
    variation, saturated = values["variation"], values["saturated"]
    if variation is not None and variation < alarms.min_variation:
        found["variation"] = (
            f"fakes differ from each other by {variation:.3g} of what real targets do, below "
            f"{alarms.min_variation:g}"
        )
    if saturated is not None and saturated > alarms.max_saturated:
        found["saturated"] = (
            f"{100 * saturated:.1f} % more values are saturated than in real targets, above "
            f"{100 * alarms.max_saturated:g} %"
        )
    pairs = zip(values["distance"], real["distance"], strict=True)
    excess = [a - b for a, b in pairs if a is not None and b is not None]
    if excess and max(excess) > alarms.max_distance:
        found["distance"] = (
            f"histograms lie {max(excess):.3g} of the stretch farther from real targets than real "
            f"ones do, above {alarms.max_distance:g}"
        )
    return found


def as_record(found: Mapping[str, Any], bands: Sequence[str], alarms: Alarms) -> dict[str, Any]:
    """What results say: ``probes`` with the values of real targets, and ``alarms`` by checkpoint.

    Args:
        found: ``count`` of probes, ``real`` values, and ``checkpoints`` with theirs.
        bands: of the target.
        alarms: the thresholds, which are no part of the values.
    """
    thresholds = {name: value for name, value in vars(alarms).items() if name != "watch"}
    return {
        "probes": {
            "images": found["count"],
            "bands": list(bands),
            "real": found["real"],
            "thresholds": thresholds,
        },
        "alarms": [
            {**row, "flagged": list(flagged(row, found["real"], alarms))}
            for row in found["checkpoints"]
        ],
    }


def _short(value: float) -> float | None:
    return float(f"{value:.6g}") if math.isfinite(value) else None
