"""What results/tune_fusion.json calls an ensemble, and what the tables call its two rows."""

from collections.abc import Iterable, Mapping
from typing import Any

TUNED, EQUAL = "ensemble", "ensemble_equal"


def row_names(ensembles: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Ensemble -> what tables call its tuned fusion and that with equal weights.

    The first ensemble, the one that is promoted, is ``ensemble`` and ``ensemble_equal``; NAME is
    ``ensemble_NAME`` and ``ensemble_NAME_equal``.
    """
    return {
        name: (TUNED, EQUAL) if i == 0 else (f"{TUNED}_{name}", f"{TUNED}_{name}_equal")
        for i, name in enumerate(ensembles)
    }


def promoted(tuned: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Detector -> the record of its first ensemble.

    Args:
        tuned: detector -> ensemble -> record, as in results/tune_fusion.json.
    """
    return {detector: next(iter(records.values())) for detector, records in tuned.items()}
