"""SEN12MS: patches of Sentinel-1 and Sentinel-2 with land cover of MODIS, any part of it.

    ROIs2017_winter/s1_8/ROIs2017_winter_s1_8_p30.tif    VV, VH in dB
    ROIs2017_winter/s2_8/ROIs2017_winter_s2_8_p30.tif    13 bands of L1C, reflectance x 10000
    ROIs2017_winter/lc_8/ROIs2017_winter_lc_8_p30.tif    IGBP (1 to 17), and three other schemes

Source: Schmitt et al. 2019, SEN12MS, ISPRS Annals IV-2/W7. The data are older than the offset that
Sentinel-2 products have since baseline 04.00, so none is taken off.
"""

from collections.abc import Sequence
from pathlib import Path

from crosslook.errors import InputError
from crosslook.patches.land_cover import LandCoverSet
from crosslook.patches.land_cover_classes import SCHEMES
from crosslook.patches.land_cover_files import ClassFiles, Description, SensorFiles
from crosslook.patches.land_cover_reading import read_folder
from crosslook.patches.sen12ms_labels import read_probability_labels

SEASONS = {
    "spring": "ROIs1158_spring",
    "summer": "ROIs1868_summer",
    "fall": "ROIs1970_fall",
    "winter": "ROIs2017_winter",
}
BROKEN = ("ROIs1868_summer_146_p202",)  # NaN in its Sentinel-1 patch
S1_BANDS = ("VV", "VH")
S2_BANDS = (
    "B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12",
)  # fmt: skip
# Clip, mean and deviation of the training patches, as the toolbox of SEN12MS has them. It has none
# of B01, B09 and B10, so those of Sentinel-2 are measured.
S1_CLIP_DB = (-25.0, 0.0)
S1_MEAN_DB = (-11.76858, -18.294598)
S1_STD_DB = (4.525339, 4.3586307)


def _files(kind: str) -> str:
    return f"{{season}}/{kind}_{{number}}/{{season}}_{kind}_{{number}}_p{{patch}}.tif"


SEN12MS = Description(
    sensors={
        "s1": SensorFiles(_files("s1"), S1_BANDS, clip=S1_CLIP_DB, mean=S1_MEAN_DB, std=S1_STD_DB),
        "s2": SensorFiles(_files("s2"), S2_BANDS, scale=1e-4),
    },
    classes=ClassFiles(_files("lc"), SCHEMES["igbp17"], band=1),
    place="{season}_{number}_p{patch}",
    scene="{season}_{number}",
    skip=BROKEN,
)


def read_sen12ms(
    folder: Path,
    seasons: Sequence[str] = (),
    scenes: Sequence[int] = (),
    scheme: str = "simple10",
    least_share: float = 0.0,
    labels: Path | None = None,
) -> LandCoverSet:
    """Open SEN12MS, or the part of it that is there.

    Args:
        folder: holds a folder for each season.
        seasons: of spring, summer, fall, winter; empty takes those that are there.
        scenes: their numbers; empty takes all.
        scheme: one of ``SCHEMES``.
        least_share: a patch is kept if more than this share of it has a class of the scheme.
        labels: the published ``IGBP_probability_labels.pkl`` in the place of the lc folders.

    Raises:
        InputError: if a season, scene or scheme is not there, or a file is damaged.
    """
    if unknown := [season for season in seasons if season not in SEASONS]:
        raise InputError(f"no season {unknown[0]!r}; SEN12MS has {', '.join(SEASONS)}.")
    if scheme not in SCHEMES:
        raise InputError(f"no scheme {scheme!r} of classes; there are {', '.join(SCHEMES)}.")
    wanted = seasons or [s for s, name in SEASONS.items() if (folder / name).is_dir()]
    if missing := [s for s in wanted if not (folder / SEASONS[s]).is_dir()]:
        raise InputError(f"{folder} has no folder {SEASONS[missing[0]]} of SEN12MS.")
    if not wanted:
        raise InputError(f"{folder} has no folder of SEN12MS: {', '.join(SEASONS.values())}.")
    only = {"season": [SEASONS[season] for season in wanted]}
    if scenes:
        only["number"] = [str(number) for number in scenes]
    table = SCHEMES[scheme]
    soft = read_probability_labels(labels) if labels else None
    return read_folder(folder, SEN12MS, only, table, least_share, soft)
