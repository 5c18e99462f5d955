"""What results and people are told of a set: how many patches show which class, in which part."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from crosslook.patches.land_cover import LandCoverSet, Rows
from crosslook.patches.land_cover_splits import Split

PRESENT = 0.30  # a class is present above this share


def record(data: LandCoverSet, split: Split, present: float = PRESENT) -> dict[str, Any]:
    """The JSON record of a set and its split.

    Args:
        data: the set.
        split: its parts.
        present: a patch supports the classes whose share lies above this.
    """
    parts = {"train": split.train, "dev": split.dev, "test": split.test}
    return {
        "patches": len(data),
        "scenes": len(set(data.scenes)),
        "classes": list(data.classes),
        "sensors": {
            name: {"bands": list(data.bands.get(name, ())), "shape": list(patches.shape[1:])}
            for name, patches in data.sensors.items()
        },
        "dropped": dict(data.dropped),
        "positions_known": data.positions is not None,
        "present_above": present,
        "split": {name: _part(data, rows, present) for name, rows in parts.items()},
        "warnings": list(split.warnings),
    }


def support_lines(told: Mapping[str, Any]) -> list[str]:
    """The same for people: a line per class with its support in each part, then what is amiss."""
    parts = told["split"]
    lines = [
        f"{told['patches']} patches of {told['scenes']} scenes: "
        + ", ".join(f"{part['patches']} {name}" for name, part in parts.items())
    ]
    wide = max(len(name) for name in told["classes"])
    for i, name in enumerate(told["classes"]):
        numbers = "  ".join(f"{part}: {parts[part]['support'][i]:>6}" for part in parts)
        lines.append(f"  {name:<{wide}}  {numbers}")
    lines += [f"  {number} left out: {reason}" for reason, number in told["dropped"].items()]
    absent = [name for i, name in enumerate(told["classes"]) if not parts["test"]["support"][i]]
    if absent:
        lines.append(f"  no test patch shows {', '.join(absent)}: they have no F1")
    return lines + list(told["warnings"])


def _part(data: LandCoverSet, rows: Rows, present: float) -> dict[str, Any]:
    shares = data.shares[rows]
    mean = shares.mean(axis=0, dtype=np.float64) if len(rows) else np.zeros(len(data.classes))
    return {
        "patches": len(rows),
        "scenes": len({data.scenes[i] for i in rows}),
        "support": [int(n) for n in (shares > np.float32(present)).sum(axis=0)],
        "mean_share": [round(float(share), 6) for share in mean],
    }
