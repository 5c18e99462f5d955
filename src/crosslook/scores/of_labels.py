"""Label survival of a whole set of fakes: every box of every patch, and those that were lost."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from crosslook.patches.patch_set import PatchSet
from crosslook.scenes.levels import band_units, physical, shares
from crosslook.scores.matching import Floats
from crosslook.scores.survival import (
    Reference,
    Verdict,
    brightest_band,
    reference,
    survival,
    verdicts,
)


@dataclass(frozen=True)
class Contrast:
    """How real labelled boxes stand out, and in which band that is looked at."""

    reference: Reference
    band: int
    name: str  # of the band

    def as_dict(self) -> dict[str, Any]:
        """Plain values: median, boxes, share and band."""
        return asdict(self.reference) | {"band": self.name}


@dataclass(frozen=True)
class Labels:
    """What became of all boxes."""

    share: float | None  # of survivors among those that could be judged
    counts: Mapping[str, int]
    lost: tuple[Mapping[str, Any], ...]  # those that vanished or moved


def real_contrast(real: PatchSet) -> Contrast:
    """The contrast of labelled boxes in real images of the target domain, never of the test set.

    The band is the brightest of those that have the first band's unit: a ratio is no backscatter.

    Raises:
        ValueError: if there is no box to judge, or boxes do not stand out.
    """
    if not len(real):
        raise ValueError("there is no real labelled patch whose contrast could be a measure.")
    units = band_units(real.contract)
    same = [i for i, unit in enumerate(units) if unit == units[0]]
    values = (physical(real.pixels(i), real.contract)[same] for i in range(len(real)))
    means = np.stack([np.nanmean(one, axis=(1, 2), keepdims=True) for one in values])
    band = same[brightest_band(means)]
    bands = [shares(real.pixels(i))[band] for i in range(len(real))]
    found = reference(bands, [boxes(real, i) for i in range(len(real))])
    return Contrast(found, band, real.contract["composite_bands"][band])


def label_survival(fakes: PatchSet, sources: PatchSet, real: Contrast) -> Labels:
    """The fates of all boxes that fakes inherited from their sources.

    Args:
        fakes: labelled; several variants of a patch stand together.
        sources: the patches that they were made of, in the same order.
        real: in the contract of the fakes.

    Raises:
        ValueError: if the two sets do not belong together.
    """
    variants = len(fakes) // len(sources) if len(sources) else 0
    if not len(fakes) or variants * len(sources) != len(fakes):
        raise ValueError(
            f"{len(fakes)} fakes cannot come from {len(sources)} sources: translate them again."
        )
    found: list[Verdict] = []
    lost: list[dict[str, Any]] = []
    for i, patch in enumerate(fakes.patches):
        own = boxes(fakes, i)
        if not len(own):
            continue
        source = shares(sources.pixels(i // variants)).mean(axis=0)
        fake = shares(fakes.pixels(i))[real.band]
        fates = verdicts(source, fake, own, real.reference)
        found += fates
        lost += [
            {"image": patch.name, **asdict(verdict)}
            for verdict in fates
            if verdict.fate in ("vanished", "moved")
        ]
    counted = survival(found)
    return Labels(counted.share, asdict(counted), tuple(lost))


def boxes(patches: PatchSet, i: int) -> Floats:
    """(N, 4) x1 y1 x2 y2 of the boxes of patch i that are to be found."""
    rows = [row["bbox"] for row in patches.boxes(i) if not row.get("iscrowd")]
    found: Floats = np.array(rows, np.float64).reshape(-1, 4)
    found[:, 2:] += found[:, :2]
    return found
