"""The methods by name. A new one is a file of its own and a line in this dict."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from crosslook.errors import ParamsError
from crosslook.translators.attentiongan import AttentionGAN
from crosslook.translators.council_gan import CouncilGAN
from crosslook.translators.cut import CUT
from crosslook.translators.cyclegan import CycleGAN
from crosslook.translators.dclgan import DCLGAN
from crosslook.translators.grey_speckle import GreySpeckle
from crosslook.translators.histogram import HistogramMatch
from crosslook.translators.identity import Identity
from crosslook.translators.munit import MUNIT
from crosslook.translators.settings import (
    AttentionGANSettings,
    CUTSettings,
    CycleGANSettings,
    DCLGANSettings,
    GreySpeckleSettings,
    HistogramSettings,
    NoneSettings,
    RealSarSettings,
    Settings,
)
from crosslook.translators.style_settings import CouncilGANSettings, MUNITSettings
from crosslook.translators.translator import Translator


@dataclass(frozen=True)
class Method:
    """A translator class and what it can be told."""

    build: Callable[[int, int, Any], Translator]  # source bands, target bands, settings
    settings: type[Settings]

    @property
    def has_styles(self) -> bool:
        """One source has many translations."""
        kind = self.build
        return isinstance(kind, type) and issubclass(kind, Translator) and kind.has_styles


TRANSLATORS = {
    "none": Method(Identity, NoneSettings),
    "real_sar": Method(Identity, RealSarSettings),
    "grey_speckle": Method(GreySpeckle, GreySpeckleSettings),
    "histogram": Method(HistogramMatch, HistogramSettings),
    "cyclegan": Method(CycleGAN, CycleGANSettings),
    "cut": Method(CUT, CUTSettings),
    "dclgan": Method(DCLGAN, DCLGANSettings),
    "attentiongan": Method(AttentionGAN, AttentionGANSettings),
    "munit": Method(MUNIT, MUNITSettings),
    "council_gan": Method(CouncilGAN, CouncilGANSettings),
}


def method_named(name: str) -> Method:
    """The method of this name.

    Raises:
        ParamsError: naming those that there are.
    """
    if name not in TRANSLATORS:
        raise ParamsError(f"method {name!r} is not one of {', '.join(TRANSLATORS)}.")
    return TRANSLATORS[name]


def create(
    name: str, settings: Settings, source_channels: int, target_channels: int, seed: int
) -> Translator:
    """Build a translator whose starting weights depend on ``seed`` alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return method_named(name).build(source_channels, target_channels, settings)
