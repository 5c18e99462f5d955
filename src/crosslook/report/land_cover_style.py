"""What tables and pictures of land-cover models share: names, colours, the paper's numbers."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crosslook.classifier.configurations import SHOWN_FOREST
from crosslook.report.panels import COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Row = Mapping[str, Any]

CONFIGURATIONS = {
    SHOWN_FOREST: "forest",
    "baseline": "baseline",
    "c": "C",
    "c_m": "C+M",
    "c_t": "C+T",
    "c_t_m": "C+T+M",
    "c_nce": "C+NCE",
    "c_distil": "C+distil",
    "c_nce_aligned": "C+NCE, aligned",
    "c_distil_aligned": "C+distil, aligned",
}
"""In the order of the paper's Fig. 2, the reference without a network before it."""

PAPER = ("baseline", "c", "c_m", "c_t", "c_t_m")  # the others are ours

# Senchugova and Hänsch, section 3.2; what their text does not give for C+M and C+T is not here.
PUBLISHED: Mapping[str, Mapping[str, float]] = {
    "baseline": {
        "macro/s1": 0.58,
        "weighted/s1": 0.63,
        "macro/s2": 0.68,
        "weighted/s2": 0.77,
        "gap_macro/s1-s2": 0.10,
        "gap_weighted/s1-s2": 0.14,
        "s/s1-s2": 0.63,
    },
    "c": {
        "macro/s1": 0.60,
        "weighted/s1": 0.73,
        "macro/s2": 0.71,
        "weighted/s2": 0.80,
        "s/s1-s2": 0.66,
    },
    "c_t_m": {
        "macro/s1": 0.55,
        "weighted/s1": 0.70,
        "macro/s2": 0.64,
        "weighted/s2": 0.79,
        "gap_macro/s1-s2": 0.09,
        "gap_weighted/s1-s2": 0.09,
        "s/s1-s2": 0.67,
    },
}
PUBLISHED_ON = "SEN12MS winter (27,825 training patches, ResNet-50), another data set"

SENSORS = {"s1": COLOURS[0], "s2": COLOURS[1]}  # as the paper has them: blue and red
# None of them a sensor's.
LINES = {SHOWN_FOREST: "0.65", "baseline": "0.35", "c": COLOURS[2], "c_t_m": COLOURS[3]}

# Tol's muted scheme, which colour-blind people can tell apart; classes by what they look like.
CLASSES = {
    "forest": "#117733",
    "shrubland": "#999933",
    "savanna": "#BBBBBB",
    "grassland": "#44AA99",
    "wetland": "#AA4499",
    "cropland": "#DDCC77",
    "urban": "#CC6677",
    "snow_ice": "#88CCEE",
    "barren": "#882255",
    "water": "#332288",
}


def configuration_title(name: str) -> str:
    """As the paper writes it: "C+T+M"."""
    return CONFIGURATIONS.get(name, name)


def sensor_title(name: str) -> str:
    """S1 and S2 in capitals, any other sensor as it is called."""
    return name.upper() if name in SENSORS else name


def sensor_colours(names: Sequence[str]) -> dict[str, str]:
    """S1 and S2 always in the same colours, other sensors in those that are left."""
    left = [colour for colour in COLOURS if colour not in SENSORS.values()]
    others = [name for name in names if name not in SENSORS]
    return SENSORS | {name: left[i % len(left)] for i, name in enumerate(others)}


def class_colours(names: Sequence[str]) -> list[str]:
    """A colour for each class: its own where it has one, else the first that is left."""
    free = [colour for name, colour in CLASSES.items() if name not in names]
    others = [name for name in names if name not in CLASSES]
    own = CLASSES | {name: free[i % len(free)] if free else "0.5" for i, name in enumerate(others)}
    return [own[name] for name in names]


def in_order(rows: Sequence[Row]) -> list[Row]:
    """Rows in the order of the paper's Fig. 2; configurations without a place come last."""
    place = list(CONFIGURATIONS)
    known = [row for row in rows if row["configuration"] in place]
    others = [row for row in rows if row["configuration"] not in place]
    return sorted(known, key=lambda row: place.index(row["configuration"])) + others


def of_most_samples(rows: Sequence[Row]) -> list[Row]:
    """Of each configuration the row that was trained on the most patches, in order."""
    best: dict[str, Row] = {}
    for row in rows:
        name = row["configuration"]
        if name not in best or row["trained_on"] > best[name]["trained_on"]:
            best[name] = row
    return in_order(list(best.values()))


def counts(rows: Sequence[Row]) -> str:
    """How much stands behind the rows: "200 test patches of 8 scenes, seeds 0, 1 and 2"."""
    first = rows[0]
    seeds = [str(seed) for seed in first["seeds"]]
    told = f"seed {seeds[0]}" if len(seeds) == 1 else f"{len(seeds)} seeds ({', '.join(seeds)})"
    return f"{first['patches']} test patches of {first['scenes']} scenes, {told}"


def reference_note(rows: Sequence[Row]) -> str:
    """What the row without a network is, where there is one; a space behind it."""
    if not any(row["configuration"] == SHOWN_FOREST for row in rows):
        return ""
    return (
        f"{SHOWN_FOREST}: no network, a random forest on means, deviations and deciles of the "
        "bands, which a network has to beat. "
    )


def tidy(axis: "Axes") -> None:
    """Light grid, no frame above and at the right."""
    axis.tick_params(labelsize=8, length=2.5)
    axis.grid(visible=True, color="0.92", linewidth=0.7)
    axis.set_axisbelow(True)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)
