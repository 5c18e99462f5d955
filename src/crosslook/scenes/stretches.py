"""How physical values become the three bytes of a composite: settings only, no arithmetic.

Every composite is uint8 with three bands: 0 = no-data, 1..255 = data, linear between the two ends
of a stretch and clipped there. What is set here is written into the contract of every patch.
"""

from dataclasses import dataclass
from typing import Literal, get_args

Ratio = Literal["amplitude", "power", "db", "absdb"]
Ends = tuple[float, float]

RATIO_CLIPS: dict[Ratio, Ends] = {
    "amplitude": (0.0, 1.0),
    "power": (0.0, 1.0),
    "db": (-15.0, 0.0),
    "absdb": (0.8, 3.0),
}


@dataclass(frozen=True)
class OpticalComposite:
    """True colour: three reflectances, each stretched linearly between the same two ends."""

    bands: tuple[str, str, str] = ("B04", "B03", "B02")
    reflectance: Ends = (0.0, 0.3)

    def __post_init__(self) -> None:
        _rising("reflectance", self.reflectance)


@dataclass(frozen=True)
class SarComposite:
    """Red = VH, green = VV, blue = a ratio of the two; or one polarisation three times.

    HV stands for VH and HH for VV where a scene has those; the contract names them, so that the two
    pairs are never mixed.

    ``|VH| / |VV|`` is ambiguous, so each definition has a name, for power s_VH and s_VV:

        amplitude   sqrt(s_VH / s_VV)             usual clip 0..1
        power       s_VH / s_VV                   usual clip 0..1
        db          10 log10(s_VH / s_VV)         usual clip -15..0
        absdb       |VH in dB| / |VV in dB|       usual clip 0.8..3; wild where VV is near 0 dB
    """

    vv_db: Ends = (-20.0, 0.0)
    vh_db: Ends = (-26.0, -5.0)
    ratio: Ratio = "amplitude"
    ratio_clip: Ends | None = None  # None: the usual clip of the definition
    floor_db: float = -40.0  # weaker backscatter, zero and below counts as this much

    def __post_init__(self) -> None:
        if self.ratio not in get_args(Ratio):
            raise ValueError(f"ratio {self.ratio!r} is not one of {', '.join(get_args(Ratio))}.")
        _rising("vv_db", self.vv_db)
        _rising("vh_db", self.vh_db)
        _rising("ratio_clip", self.ratio_ends)
        if self.floor_db > min(self.vv_db[0], self.vh_db[0]):
            raise ValueError(
                f"floor_db={self.floor_db} must not lie above the stretches' low ends."
            )

    @property
    def ratio_ends(self) -> Ends:
        """The clip that holds: the one that was set, or the usual one of the definition."""
        return self.ratio_clip if self.ratio_clip is not None else RATIO_CLIPS[self.ratio]


def _rising(name: str, ends: Ends) -> None:
    if not ends[0] < ends[1]:
        raise ValueError(f"{name}: the low end {ends[0]} must lie below the high end {ends[1]}.")
