"""What every form of Table I says about how its numbers were made."""

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
PROTOCOLS = ("dev", "paper", "nested")
EARLIER = {"resampled": "images", "repeats": 1, "folds": None, "replicates": None}
"""What rows of earlier versions do not say."""


def protocols(rows: Sequence[Row]) -> list[str]:
    """Those that the rows have, "dev" first."""
    found = {row["protocol"] for row in rows}
    return [name for name in PROTOCOLS if name in found]


def meaning(rows: Sequence[Row]) -> list[str]:
    """One sentence per protocol."""
    said = {
        "dev": "dev: checkpoint and fusion chosen on SAR dev, scored on SAR test.",
        "paper": "paper: both chosen on the test images themselves: tuned on test.",
        "nested": "",
    }
    nested = next((row for row in rows if row["protocol"] == "nested"), None)
    if nested:
        times = nested["repeats"]
        said["nested"] = (
            f"nested: dev and test together, chosen inside each fold; {nested['folds']}, "
            f"{times} time{'s'[: times != 1]}."
        )
    return [said[name] for name in protocols(rows)]


def counts(rows: Sequence[Row]) -> list[str]:
    """Images, scenes, boxes, seed and draws: one phrase per set of images."""
    phrases: dict[str, list[str]] = {}
    for name in protocols(rows):
        row = EARLIER | dict(next(row for row in rows if row["protocol"] == name))
        scenes = row["n_scenes"]
        draws = f", {row['replicates']} draws" if row["replicates"] else ", drawn"
        words = (
            f"{row['n_images']} images of {scenes} scene{'s'[: scenes != 1]}, "
            f"{row['n_boxes']} boxes, seed {row['seed']}{draws} by {row['resampled']}"
        )
        phrases.setdefault(words, []).append(name)
    if len(phrases) == 1:
        return list(phrases)
    return [f"{', '.join(names)}: {words}" for words, names in phrases.items()]


def by_key(rows: Sequence[Row]) -> dict[tuple[str, str, str], Row]:
    """(protocol, detector, translation) -> its row."""
    return {(row["protocol"], row["detector"], row["translation"]): row for row in rows}
