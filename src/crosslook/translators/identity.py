"""No translation: patches are fed to the detector as they are.

As ``none`` it is fed optical patches, the floor of every comparison; as ``real_sar`` real SAR
patches, the ceiling.
"""

from torch import Tensor

from crosslook.translators.settings import Settings
from crosslook.translators.translator import Translator


class Identity(Translator):
    """The target is the source."""

    reach_px = 0

    def __init__(self, source_channels: int, target_channels: int, settings: Settings) -> None:
        super().__init__()
        if source_channels != target_channels:
            raise ValueError(
                f"patches with {source_channels} bands cannot stand for ones with "
                f"{target_channels}: no translation needs equal band counts."
            )

    def translate(self, source: Tensor, variant: int = 0) -> Tensor:
        return source
