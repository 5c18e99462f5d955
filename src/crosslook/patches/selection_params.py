"""Thresholds of selection, importable without numpy: sections ``select`` of params.yaml."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Selection:
    """Shares of a patch, 0..1; by default nothing is judged.

    Shares are of the patch's data, only ``no_data`` is of all its pixels. ``bright`` is what three
    visible bands tell: cloud, snow and white roofs in one.
    """

    max_cloud: float = 1.0
    max_shadow: float = 1.0
    max_snow: float = 1.0
    min_snow: float = 0.0  # for a domain of snow
    max_bright: float = 1.0
    max_no_data: float = 1.0
    unknown: Literal["keep", "drop"] = "keep"  # patches of which a limited share is not known

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if name != "unknown" and not 0 <= value <= 1:
                raise ValueError(f"{name}={value} must lie in 0..1.")
        if self.min_snow > self.max_snow:
            raise ValueError(f"min_snow={self.min_snow} exceeds max_snow={self.max_snow}.")

    @property
    def limits(self) -> dict[str, tuple[float, float]]:
        """The kinds that are limited: lowest and highest share."""
        ends = {
            "cloud": (0.0, self.max_cloud),
            "shadow": (0.0, self.max_shadow),
            "snow": (self.min_snow, self.max_snow),
            "bright": (0.0, self.max_bright),
        }
        return {kind: end for kind, end in ends.items() if end != (0.0, 1.0)}

    @property
    def judges(self) -> bool:
        """Whether any patch can be dropped."""
        return bool(self.limits) or self.max_no_data < 1
