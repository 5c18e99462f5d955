"""Settings -> a set of land-cover patches and its split."""

from pathlib import Path

from crosslook.errors import InputError
from crosslook.patches.land_cover import LandCoverSet
from crosslook.patches.land_cover_bands import with_bands
from crosslook.patches.land_cover_description import read_description
from crosslook.patches.land_cover_reading import read_folder
from crosslook.patches.land_cover_settings import LandCoverSettings
from crosslook.patches.land_cover_splits import Split, by_scene, official, paper_random
from crosslook.patches.land_cover_stored import standardised
from crosslook.patches.sen12ms import read_sen12ms


def open_land_cover(
    folder: Path, settings: LandCoverSettings, seed: int
) -> tuple[LandCoverSet, Split]:
    """Open a folder, divide its patches, and measure on the training part what is not known.

    Args:
        folder: SEN12MS, or what ``settings.description`` is about.
        settings: which patches, which bands, which classes, which split.
        seed: of the split, and of the training patches that mean and std are measured on.

    Raises:
        InputError: if the folder or the description is not what it has to be, lacks a band, or has
            too few scenes or patches for the split.
    """
    if settings.description:
        description = read_description(Path(settings.description))
        data = read_folder(folder, description, least_share=settings.least_share)
    else:
        data = read_sen12ms(
            folder,
            settings.seasons,
            settings.scenes,
            settings.scheme,
            settings.least_share,
            Path(settings.labels) if settings.labels else None,
        )
    data = with_bands(data, settings.bands)
    try:
        split = _divide(data, settings, seed)
    except ValueError as error:
        raise InputError(f"{folder}: {error}") from None
    return standardised(data, split.train, settings.measured_patches, seed), split


def _divide(data: LandCoverSet, settings: LandCoverSettings, seed: int) -> Split:
    if settings.split == "official":
        return official(data, settings.dev_share, seed)
    if settings.split == "by_scene":
        return by_scene(data, settings.test_share, settings.dev_share, seed)
    return paper_random(data, settings.test_patches, settings.dev_share, seed)
