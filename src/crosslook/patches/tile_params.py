"""The settings of cutting, importable without numpy: what params.yaml says in section ``tile``."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from crosslook.scenes.stretches import OpticalComposite, SarComposite


@dataclass(frozen=True)
class UnlabelledWindows:
    """A grid of patches for translators."""

    size_px: int
    stride_px: int
    min_valid: float = 1.0  # share of pixels that must be data

    def __post_init__(self) -> None:
        if self.size_px < 8 or self.stride_px < 1:
            raise ValueError(
                f"size_px={self.size_px} must be >= 8 and stride_px={self.stride_px} >= 1."
            )
        _share("min_valid", self.min_valid)


@dataclass(frozen=True)
class DetectionWindows:
    """Patches around labelled places, and places like them without any."""

    size_px: int
    negatives_per_scene: int
    jitter: float = 0.25  # how far a place lies from the centre at most, as a share of size_px
    min_visible: float = 0.3  # a place seen less than this is one to ignore, not to find
    min_side_px: float = 8.0  # so is a box with a shorter side
    min_valid: float = 0.5  # share of data in a patch without places

    def __post_init__(self) -> None:
        if self.size_px < 8 or self.negatives_per_scene < 0 or self.min_side_px < 0:
            raise ValueError(
                f"size_px={self.size_px} must be >= 8, negatives_per_scene="
                f"{self.negatives_per_scene} and min_side_px={self.min_side_px} >= 0."
            )
        _share("min_visible", self.min_visible)
        _share("min_valid", self.min_valid)
        if not 0 <= self.jitter <= 0.5:
            raise ValueError(f"jitter={self.jitter} must lie in 0..0.5.")


@dataclass(frozen=True)
class TileParams:
    """Section ``tile``."""

    classes: tuple[str, ...]  # what is to be found; category ids count from 1 in this order
    unlabelled: UnlabelledWindows
    detection: DetectionWindows
    optical: OpticalComposite = field(default_factory=OpticalComposite)
    sar: SarComposite = field(default_factory=SarComposite)
    allow_mixed_optical: bool = False  # reflectances and 8-bit true colour side by side
    domains: Mapping[str, OpticalComposite | SarComposite] = field(default_factory=dict)
    """Of domains beside the sensors; one that does not stand here is stretched as its sensor."""
    workers: int = 2  # threads; no patch depends on them

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise ValueError(f"workers={self.workers} must be >= 1.")
        if len(set(self.classes)) != len(self.classes):
            raise ValueError(f"classes {list(self.classes)} must be names, each standing once.")

    @property
    def composites(self) -> dict[str, OpticalComposite | SarComposite]:
        """How both sensors, and the domains that have settings of their own, become composites."""
        return {**self.domains, "optical": self.optical, "sar": self.sar}


def _share(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"{name}={value} must lie in 0..1.")
