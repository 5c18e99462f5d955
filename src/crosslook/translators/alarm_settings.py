"""From where on a training looks wrong. Light: needs neither numpy nor torch."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Alarms:
    """Thresholds on a few fakes of every checkpoint, see alarms.py and docs/translators.md.

    They only mark checkpoints in the log and the results: no training stops, and none changes.
    """

    watch: bool = True
    min_variation: float = 0.25  # variance across fakes, over that across real targets
    max_saturated: float = 0.1  # share of saturated values, above that of real targets
    max_distance: float = 0.1  # of histograms, in any band, above that of real from real targets

    def __post_init__(self) -> None:
        if not self.min_variation >= 0:
            raise ValueError(f"min_variation={self.min_variation} must be >= 0; 0 never warns.")
        for name in ("max_saturated", "max_distance"):
            if not 0 <= (value := getattr(self, name)) <= 1:
                raise ValueError(f"{name}={value} must lie in 0..1; 1 never warns.")
