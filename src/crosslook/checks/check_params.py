"""The settings of the checks, importable without numpy: section ``check_data`` of params.yaml."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CheckDataParams:
    """Section ``check_data``. Composites and classes are read from section ``tile``."""

    plausible_db: tuple[float, float] = (-60.0, 35.0)  # backscatter beyond this is another unit
    dark_reflectance: tuple[float, float] = (-0.03, 0.09)  # of the darkest band's darkest pixels

    def __post_init__(self) -> None:
        for name in ("plausible_db", "dark_reflectance"):
            low, high = getattr(self, name)
            if not low < high:
                raise ValueError(f"{name}={[low, high]} must be low, then high.")
