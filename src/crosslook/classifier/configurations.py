"""Which losses a training has, by name. Imports neither numpy nor torch."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from crosslook.errors import ParamsError

Term = Literal["modality", "triplet", "contrast", "distillation"]
BASELINE = "baseline_"
FOREST = "forest_"
SHOWN_BASELINE, SHOWN_FOREST = "baseline", "forest"
OF_ONE_SENSOR = {FOREST: SHOWN_FOREST, BASELINE: SHOWN_BASELINE}
"""What stands before a sensor's name -> the one row that the models of all sensors are."""


@dataclass(frozen=True)
class Configuration:
    """Classification, and ``terms`` beside it.

    ``forest`` is no network: the reference that a network has to beat.

    ``contrast`` and ``distillation`` need pairs of patches of two sensors. Their partners are
    those of the triplets: the patch of another sensor in the batch whose label is most similar, of
    another place. With ``aligned`` they are instead the two images of one place, which the paper's
    method does without: its results then stand on information that the others do not have.
    """

    name: str
    sensors: tuple[str, ...]
    terms: tuple[Term, ...] = ()
    aligned: bool = False
    forest: bool = False


# The paper's, with a sensor's name behind "baseline_" for the first of them; then ours.
PAPER: dict[str, tuple[Term, ...]] = {
    "c": (),
    "c_m": ("modality",),
    "c_t": ("triplet",),
    "c_t_m": ("triplet", "modality"),
}
BEYOND: dict[str, tuple[Term, ...]] = {"c_nce": ("contrast",), "c_distil": ("distillation",)}
ALIGNED = "_aligned"  # behind a name of BEYOND


def configuration_named(name: str, sensors: Collection[str]) -> Configuration:
    """The configuration of this name for these sensors.

    Raises:
        ParamsError: naming those that there are, or saying that one sensor is too few.
    """
    known = configuration_names(sensors)
    if name not in known:
        raise ParamsError(f"configuration {name!r} is not one of {', '.join(known)}.")
    for prefix in OF_ONE_SENSOR:
        if name.startswith(prefix):
            sensor = name.removeprefix(prefix)
            return Configuration(name, (sensor,), forest=prefix == FOREST)
    if len(sensors) < 2:
        raise ParamsError(
            f"configuration {name!r} needs two sensors or more, got {', '.join(sensors)}: take "
            f"{BASELINE}{next(iter(sensors))}."
        )
    plain = name.removesuffix(ALIGNED)
    return Configuration(
        name, tuple(sorted(sensors)), (PAPER | BEYOND)[plain], name.endswith(ALIGNED)
    )


def shown_as(configuration: str) -> str:
    """What tables call it: a model of one sensor without its sensor, any other by its name."""
    for prefix, shown in OF_ONE_SENSOR.items():
        if configuration.startswith(prefix):
            return shown
    return configuration


def configuration_names(sensors: Collection[str]) -> list[str]:
    """All that there are for these sensors, the paper's first."""
    baselines, forests = (
        [f"{prefix}{sensor}" for sensor in sorted(sensors)] for prefix in (BASELINE, FOREST)
    )
    return [*baselines, *PAPER, *BEYOND, *(f"{name}{ALIGNED}" for name in BEYOND), *forests]
