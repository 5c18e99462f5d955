"""Some bands of a set of patches that are read from files, in an order of one's own."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from crosslook.errors import InputError
from crosslook.patches.land_cover import LandCoverSet
from crosslook.patches.land_cover_stored import Standard, StoredPatches


def with_bands(data: LandCoverSet, wanted: Mapping[str, Sequence[str]]) -> LandCoverSet:
    """The set with these bands of its patches, and their statistics as far as they are known.

    Args:
        data: as a folder was read.
        wanted: sensor -> bands, in this order; a sensor that is not named keeps all.

    Raises:
        InputError: naming a sensor or a band that is not there, and those that are.
        ValueError: if patches are not read from files.
    """
    if unknown := [name for name in wanted if name not in data.sensors]:
        raise InputError(f"bands: no sensor {unknown[0]!r}; there are {', '.join(data.sensors)}.")
    chosen = {}
    for name, bands in wanted.items():
        patches = data.sensors[name]
        if not isinstance(patches, StoredPatches):
            raise ValueError(f"{name}: its patches are not read from files.")
        chosen[name] = _some(name, patches, bands)
    return replace(
        data,
        sensors={**data.sensors, **chosen},
        bands={**data.bands, **{name: one.bands for name, one in chosen.items()}},
    )


def _some(sensor: str, patches: StoredPatches, wanted: Sequence[str]) -> StoredPatches:
    there = patches.bands
    if missing := [band for band in wanted if band not in there]:
        raise InputError(
            f"bands: {sensor} has no band {missing[0]!r}; there are {', '.join(there)}."
        )
    standard = patches.standard
    if standard is not None:
        at = [there.index(band) for band in wanted]
        standard = Standard(tuple(standard.mean[i] for i in at), tuple(standard.std[i] for i in at))
    return replace(patches, bands=tuple(wanted), standard=standard)
