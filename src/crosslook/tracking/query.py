"""The best checkpoint of every (detector, translation), from the registry and from the JSON.

Both must agree. The registry is asked because its answer is what people see in MLflow; the JSON is
the truth. The rule is one: the highest AP on split dev, the earlier checkpoint when equal; a
checkpoint whose AP is null never wins. Nothing here sees the test split.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crosslook.errors import StaleError
from crosslook.tracking.sheets import ORDER, metric, order
from crosslook.tracking.store import Store
from crosslook.tracking.sync import CURRENT, experiment_id
from crosslook.translators.naming import Checkpoint

EXPERIMENT = "train_detector"


@dataclass(frozen=True)
class Choice:
    """The checkpoint of a translation on whose fakes a detector learnt best."""

    detector: str
    translation: str
    checkpoint: Checkpoint
    ap: float


def choose(
    store: Store,
    detectors: Sequence[str],
    translations: Sequence[str],
    entries: Mapping[str, Sequence[Mapping[str, Any]]],
) -> list[Choice]:
    """The best checkpoint of every pair that has one.

    Args:
        store: the opened index, synced from the same ``entries``.
        detectors: their names.
        translations: their names.
        entries: translation -> the entries of results/train_detector/TRANSLATION.json.

    Raises:
        StaleError: if the registry and the JSON name different checkpoints, or no pair has one.
    """
    chosen = []
    for detector in detectors:
        for translation in translations:
            asked = best_in_registry(store, detector, translation)
            known = best_in_records(entries.get(translation, []), detector, translation)
            if asked != known:
                raise StaleError(
                    f"{detector}, {translation}: the registry chooses {_words(asked)}, "
                    f"results/train_detector/{translation}.json says {_words(known)}. Delete "
                    "mlruns/mlflow.db and run 'crosslook track'."
                )
            if known:
                chosen.append(known)
    if not chosen:
        raise StaleError("no detector has an AP on split dev yet: run 'make repro'.")
    return chosen


def without(
    chosen: Sequence[Choice], detectors: Sequence[str], translations: Sequence[str]
) -> list[tuple[str, str]]:
    """The (detector, translation) pairs for which nothing could be chosen."""
    have = {(one.detector, one.translation) for one in chosen}
    pairs = [(detector, name) for detector in detectors for name in translations]
    return [pair for pair in pairs if pair not in have]


def best_in_registry(store: Store, detector: str, translation: str) -> Choice | None:
    """Ask MLflow for the current logged model with the highest AP on split dev."""
    ap = metric("ap", detector)
    found = store.client.search_logged_models(
        [experiment_id(store, EXPERIMENT)],
        f"params.translation = '{translation}' AND tags.`{CURRENT}` = 'true' "
        f"AND metrics.`{ap}` >= 0",
        order_by=[
            {"field_name": f"metrics.{ap}", "ascending": False},
            {"field_name": f"metrics.{ORDER}", "ascending": True},
        ],
        max_results=1,
    )
    if not found:
        return None
    (value,) = {one.value for one in found[0].metrics or [] if one.key == ap}
    named = found[0].params["checkpoint"]
    checkpoint = None if named == "none" else int(named) if named.isdecimal() else named
    return Choice(detector, translation, checkpoint, value)


def best_in_records(
    entries: Sequence[Mapping[str, Any]], detector: str, translation: str
) -> Choice | None:
    """The same choice from the JSON alone."""
    able = [
        one
        for one in entries
        if one["detector"] == detector and one["ap"] is not None and one["ap"] >= 0
    ]
    if not able:
        return None
    best = min(able, key=lambda one: (-one["ap"], order(one["checkpoint"])))
    return Choice(detector, translation, best["checkpoint"], float(best["ap"]))


def _words(choice: Choice | None) -> str:
    return f"checkpoint {choice.checkpoint} with AP {choice.ap}" if choice else "none"
