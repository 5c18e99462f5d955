"""Scores of images, without any network: what was changed per band, and how much of a grid is seen.

Sources and fakes of two sensors have no unit in common. They are compared in physical units where
their contracts are equal (bare -> snow), else in shares of each band's own stretch, 0..1; the
words say which.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from crosslook.scenes.levels import Pixels, band_units, physical, shares
from crosslook.scenes.radiometry import FloatArray
from crosslook.scores.artefacts import checkerboard_index, l1_map, power_spectrum
from crosslook.scores.matching import Floats

MULTIPLE = 4  # of the sides of what a spectrum is taken of
LEAST_PX = 32
CELLS = "share of the stretch"


@dataclass(frozen=True)
class Change:
    """How far fakes are from their sources at each pixel, and in which unit."""

    bands: tuple[str, ...]  # of the target
    units: tuple[str, ...]
    words: str
    map: Floats  # (C, H, W)


def change(
    source: Pixels, of_source: Mapping[str, Any], fake: Pixels, of_fake: Mapping[str, Any]
) -> Change:
    """The mean L1 map between sources and fakes.

    Args:
        source: (N, C, H, W) uint8.
        of_source: contract of the sources.
        fake: the same shape.
        of_fake: contract of the fakes.

    Raises:
        ValueError: if the shapes differ.
    """
    a, b, units, words = comparable(source, of_source, fake, of_fake)
    return Change(tuple(of_fake["composite_bands"]), units, words, l1_map(a, b))


def comparable(
    source: Pixels, of_source: Mapping[str, Any], fake: Pixels, of_fake: Mapping[str, Any]
) -> tuple[FloatArray, FloatArray, tuple[str, ...], str]:
    """Both sides in one unit per band: values of the two, the units, and the rule in words."""
    if dict(of_source) == dict(of_fake):
        units = band_units(of_fake)
        words = "source and fake in physical units"
        return physical(source, of_source), physical(fake, of_fake), units, words
    words = (
        f"the two have no unit in common: each in shares of its own stretch, 0..1: source "
        f"{_stretches(of_source)}, fake {_stretches(of_fake)}"
    )
    return shares(source), shares(fake), (CELLS,) * len(of_fake["composite_bands"]), words


def spectrum(images: Pixels) -> Floats | None:
    """Mean power spectrum over images and bands in shares of the stretch, zero in the middle.

    Args:
        images: (N, C, H, W) uint8 without no-data; sides are cut to a multiple of 4.

    Returns:
        (H, W); None where they are smaller than 32 px.
    """
    height, width = (side - side % MULTIPLE for side in images.shape[2:])
    if min(height, width) < LEAST_PX:
        return None
    return power_spectrum(shares(images[:, :, :height, :width]))


def grid_index(power: Floats | None) -> float | None:
    """``artefacts.checkerboard_index`` of a spectrum; None of none."""
    return None if power is None else checkerboard_index(power)


def l1_scores(found: Change) -> dict[str, float]:
    """Mean of the map of each band, by the band's name; a band that stands twice counts once."""
    means = [float(np.nanmean(one)) for one in found.map]
    return dict(reversed(list(zip(found.bands[::-1], means[::-1], strict=True))))


def _stretches(contract: Mapping[str, Any]) -> str:
    units = band_units(contract)
    rows = zip(contract["composite_bands"], contract["stretch"], units, strict=True)
    return ", ".join(f"{band} {low:g}..{high:g} {unit}" for band, (low, high), unit in rows)
