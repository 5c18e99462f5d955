"""The records of results/ that the index is made from, by the names in params, never by glob.

A file of a translation that params.yaml no longer names may still lie in results/; it says nothing
about the present project.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crosslook import outputs, results

INSTANCES = {
    "check_data": None,
    "tile": None,
    "warm_start": "detectors",
    "train_translator": "translations",
    "translate": "translations",
    "train_detector": "translations",
    "choose": None,
    "tune_fusion": None,
    "detect_test": "translations",
    "evaluate": None,
    "evaluate_differences": None,
}
"""Stage -> the list in params.yaml that its instances are named after; None: one record."""


@dataclass(frozen=True)
class Record:
    """One JSON file of results/."""

    stage: str
    name: str  # of the instance; the stage's own where there is but one
    value: Any


def gather(
    instances: Mapping[str, Sequence[str]], stages: Sequence[str] = tuple(INSTANCES)
) -> list[Record]:
    """Read what the stages have written so far, in flow order; what is missing is left out.

    Args:
        instances: the lists ``translations`` and ``detectors`` of params.yaml.
        stages: whose records are wanted.

    Raises:
        StaleError: if a file is damaged.
    """
    found = []
    for stage in stages:
        listed = INSTANCES[stage]
        for name in instances[listed] if listed else [stage]:
            path = outputs.results(stage, name) if listed else outputs.results(stage)
            if path.exists():
                found.append(Record(stage, name, results.read(path)))
    return found


def digest(records: Sequence[Record]) -> str:
    """One sha256 over all records: what ``mlruns/.synced`` holds."""
    return results.digest(list(records))
