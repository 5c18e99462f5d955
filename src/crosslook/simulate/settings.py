"""What the simulated world is like, as plain settings without any array library."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SimulateParams:
    """Sizes are in pixels of 10 m. Every scene is one place of its own, except the twins."""

    optical_scenes: int = 3  # split train, labelled
    optical_size: int = 1280
    sar_unlabelled_scenes: int = 3  # what the translators learn SAR from
    sar_unlabelled_size: int = 1280
    swath_edges: int = 1  # unlabelled SAR scenes cut by the slanted edge of the swath (no data)
    sar_train_scenes: int = 1  # labelled real SAR, for the ceiling only
    sar_train_size: int = 1024
    sar_dev_scenes: int = 8
    sar_dev_size: int = 448
    sar_test_scenes: int = 12
    sar_test_size: int = 448
    twin_scenes: int = 0  # places seen by both sensors, pixel on pixel
    twin_size: int = 512
    land_cover_scenes: int = 0  # as in SEN12MS, below data/sen12ms; in no catalogue, in no split
    land_cover_size: int = 256
    land_cover_patch_px: int = 64  # of a scene's patches; 256 in SEN12MS
    land_cover_stride_px: int = 48  # half a patch in SEN12MS
    land_cover_snow_above: float = 0.85  # as snow_above, in these scenes
    land_share: float = 0.55
    ports_per_mpx: float = 10.0
    ships_per_mpx: float = 30.0  # stray ships, per million pixels of water
    labelled_share: float = 1.0  # of each optical scene, from the west edge
    snow_above: float = 1.0  # snow lies above this quantile of land height; 1 = none
    cloud_share: float = 0.0  # of an optical scene
    looks: float = 4.4  # equivalent number of looks of the speckle

    def __post_init__(self) -> None:
        counts = {
            name: getattr(self, name) for name in self.__dataclass_fields__ if "_scenes" in name
        }
        if bad := {name: count for name, count in counts.items() if count < 0}:
            raise ValueError(f"counts of scenes must be >= 0, got {bad}.")
        sizes = {name: getattr(self, name) for name in self.__dataclass_fields__ if "_size" in name}
        if bad := {name: size for name, size in sizes.items() if not 256 <= size <= 4096}:
            raise ValueError(f"sizes must lie in 256..4096 pixels, got {bad}.")
        if not 0.2 <= self.land_share <= 0.8:
            raise ValueError(f"land_share={self.land_share} must lie in 0.2..0.8.")
        if not 0 < self.labelled_share <= 1:
            raise ValueError(f"labelled_share={self.labelled_share} must lie in 0..1, above 0.")
        for name in ("snow_above", "land_cover_snow_above"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(
                    f"{name}={getattr(self, name)} is a quantile: 0 to 1, 1 for no snow."
                )
        if not 16 <= self.land_cover_patch_px <= self.land_cover_size:
            raise ValueError(
                f"land_cover_patch_px={self.land_cover_patch_px} must lie in 16.."
                f"{self.land_cover_size}, the size of its scene."
            )
        if self.land_cover_stride_px < 1:
            raise ValueError(f"land_cover_stride_px={self.land_cover_stride_px} must be >= 1.")
        if not 0 <= self.cloud_share <= 0.9:
            raise ValueError(f"cloud_share={self.cloud_share} must lie in 0..0.9.")
        if self.ports_per_mpx < 0 or self.ships_per_mpx < 0:
            raise ValueError(
                f"ports_per_mpx={self.ports_per_mpx} and ships_per_mpx={self.ships_per_mpx} "
                "must be >= 0."
            )
        if not 0 <= self.swath_edges <= self.sar_unlabelled_scenes:
            raise ValueError(
                f"swath_edges={self.swath_edges} must lie in 0..{self.sar_unlabelled_scenes}, "
                "the number of unlabelled SAR scenes."
            )
        if not 1 <= self.looks <= 100:
            raise ValueError(f"looks={self.looks} must lie in 1..100.")
