"""Which codes of a land-cover raster make which class, and soft labels from their histogram."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

IGBP = (
    "evergreen_needleleaf_forest",
    "evergreen_broadleaf_forest",
    "deciduous_needleleaf_forest",
    "deciduous_broadleaf_forest",
    "mixed_forest",
    "closed_shrubland",
    "open_shrubland",
    "woody_savanna",
    "savanna",
    "grassland",
    "wetland",
    "cropland",
    "urban",
    "cropland_mosaic",
    "snow_ice",
    "barren",
    "water",
)  # codes 1 to 17


@dataclass(frozen=True)
class ClassTable:
    """Classes and the codes of each; what has a code but no class is left out of every share."""

    classes: tuple[str, ...]
    codes: tuple[tuple[int, ...], ...]  # of each class
    left_out: tuple[int, ...] = (0,)

    def __post_init__(self) -> None:
        if len(self.classes) < 2 or len(set(self.classes)) != len(self.classes):
            raise ValueError(f"classes {list(self.classes)} must be two or more, each named once.")
        if len(self.codes) != len(self.classes) or not all(self.codes):
            raise ValueError(
                f"{len(self.classes)} classes with the codes {list(self.codes)}: each needs some."
            )
        if len(set(self.known)) != len(self.known):
            raise ValueError(f"codes {sorted(self.known)} must stand once each.")

    @property
    def known(self) -> tuple[int, ...]:
        """Every code that may occur."""
        return (*(code for codes in self.codes for code in codes), *self.left_out)


def _simple(*without: str) -> ClassTable:
    merged = {
        "forest": (1, 2, 3, 4, 5),
        "shrubland": (6, 7),
        "savanna": (8, 9),
        "grassland": (10,),
        "wetland": (11,),
        "cropland": (12, 14),
        "urban": (13,),
        "snow_ice": (15,),
        "barren": (16,),
        "water": (17,),
    }
    kept = {name: codes for name, codes in merged.items() if name not in without}
    left_out = (0, *(code for name in without for code in merged[name]))
    return ClassTable(tuple(kept), tuple(kept.values()), left_out)


# The 17 classes of IGBP, and the 10 that the toolbox of SEN12MS makes of them. The paper has nine
# and does not say which: without savanna (as a baseline of the contest DFC2020 has it), or without
# snow and ice.
SCHEMES: dict[str, ClassTable] = {
    "igbp17": ClassTable(IGBP, tuple((code,) for code in range(1, 18))),
    "simple10": _simple(),
    "simple9_no_savanna": _simple("savanna"),
    "simple9_no_snow": _simple("snow_ice"),
}


def soft_labels(
    counts: npt.NDArray[np.floating] | npt.NDArray[np.integer],
    codes: Sequence[int],
    table: ClassTable,
    least_share: float = 0.0,
) -> tuple[FloatArray, Mask]:
    """Relative histograms of the classes of a table.

        y_c = sum of n_k over codes k of class c / sum of n_k over codes k of any class

    so what is left out is deleted and the rest renormalised.

    Args:
        counts: (N, codes) how often each code occurs in each patch, or its share.
        codes: what the columns count.
        table: classes and their codes.
        least_share: a patch is kept if more than this share of it has a class; 0 keeps all that
            have any.

    Returns:
        shares (N, K) float32 whose rows sum to 1, of 0 where a patch is not kept; and the mask
        (N,) of those that are.
    """
    if not 0 <= least_share < 1:
        raise ValueError(f"least_share={least_share} must lie in 0..1, below 1.")
    column = {code: i for i, code in enumerate(codes)}
    wide = np.asarray(counts, np.float64)
    of_class = np.zeros((len(wide), len(table.classes)))
    for k, members in enumerate(table.codes):
        of_class[:, k] = wide[:, [column[code] for code in members if code in column]].sum(axis=1)
    labelled, every = of_class.sum(axis=1), wide.sum(axis=1)
    kept = (labelled > 0) & (labelled > least_share * every)
    of_class[kept] /= labelled[kept, None]
    of_class[~kept] = 0
    return of_class.astype(np.float32), kept
