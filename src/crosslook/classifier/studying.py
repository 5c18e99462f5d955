"""Many models, by configuration, number of samples and seed: their names, and one table of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, product
from pathlib import Path
from typing import Any

from crosslook.classifier.configurations import BASELINE

Record = dict[str, Any]


@dataclass(frozen=True)
class Member:
    """One model of a study."""

    configuration: str
    samples: int  # 0: all there are
    seed: int

    @property
    def name(self) -> str:
        """Of its folder: c_t_m-all-seed0."""
        return f"{self.configuration}-{self.samples or 'all'}-seed{self.seed}"


def members(
    configurations: Sequence[str], samples: Sequence[int], seeds: Sequence[int]
) -> list[Member]:
    """All of a study, configurations first."""
    return [Member(*values) for values in product(configurations, samples, seeds)]


def shown_as(configuration: str) -> str:
    """What the record of its scores calls a configuration: the baselines are one."""
    return BASELINE.rstrip("_") if configuration.startswith(BASELINE) else configuration


def score_members(
    study: Sequence[Member], folder: Path, replicates: int, seed: int
) -> list[Record]:
    """One record per configuration, number of samples and seed.

    The baselines, a model for each sensor, count as one configuration, ``baseline``: between them
    there are a gap and a homogeneity, but no common latent space.

    Args:
        study: the models.
        folder: has a folder of each.
        replicates: of the intervals.
        seed: of the intervals.
    """
    from crosslook.classifier.predictions import FILE, read_predictions, together
    from crosslook.classifier.scoring import score

    records = []
    for (configuration, samples, model_seed), several in _comparable(study):
        read = [read_predictions(folder / one.name / FILE) for one in several]
        parts = {part: together([one[part] for one in read]) for part in read[0]}
        if len(read) == 1:
            parts = read[0]
        record: Record = {"configuration": configuration, "samples": samples, "seed": model_seed}
        record |= {part: score(found, replicates, seed) for part, found in parts.items()}
        records.append(record)
    return records


def _comparable(study: Sequence[Member]) -> Iterator[tuple[tuple[str, int, int], list[Member]]]:
    """The models that make one record: one, or the baselines of all sensors."""

    def key(one: Member) -> tuple[str, int, int]:
        return shown_as(one.configuration), one.samples, one.seed

    order = list(dict.fromkeys(map(key, study)))
    for shown, several in groupby(sorted(study, key=lambda one: order.index(key(one))), key):
        yield shown, list(several)
