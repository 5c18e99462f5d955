"""Which land-cover patches are used and how they are divided, importable without numpy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class LandCoverSettings:
    """SEN12MS or another folder, and its split."""

    description: str = ""  # JSON of a folder's layout; empty: the folder is SEN12MS
    seasons: tuple[str, ...] = ()  # of SEN12MS: spring, summer, fall, winter; empty: all there are
    scenes: tuple[int, ...] = ()  # of SEN12MS, by number; empty: all
    bands: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # sensor -> in this order
    scheme: str = "simple10"  # of SEN12MS: igbp17, simple10, simple9_no_savanna, simple9_no_snow
    least_share: float = 0.0  # a patch is kept if more than this share of it has a class
    labels: str = ""  # of SEN12MS: its published pickle, in the place of the lc folders
    split: Literal["official", "by_scene", "paper_random"] = "by_scene"
    test_share: float = 0.25  # of the scenes, by_scene
    test_patches: int = 4000  # paper_random
    dev_share: float = 0.1  # of what is not tested: scenes, with paper_random patches
    measured_patches: int = 500  # training patches for the mean and std that are not given

    def __post_init__(self) -> None:
        for name in ("least_share", "test_share", "dev_share"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)} must lie in 0..1, below 1.")
        for sensor, bands in self.bands.items():
            if not bands or len(set(bands)) != len(bands):
                raise ValueError(
                    f"bands: {sensor}: {list(bands)} must name one or more, each once; leave "
                    f"{sensor} out for all."
                )
        if self.test_patches < 1 or self.measured_patches < 1:
            raise ValueError(
                f"test_patches={self.test_patches} and measured_patches={self.measured_patches} "
                "must be >= 1."
            )
        if self.description and (self.seasons or self.scenes or self.labels):
            raise ValueError("seasons, scenes and labels are of SEN12MS: leave description empty.")
