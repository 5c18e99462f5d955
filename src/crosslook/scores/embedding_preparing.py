"""What is done to uint8 patches before an embedding network sees them, and its name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor
from torch.nn.functional import interpolate

from crosslook.errors import InputError

Contract = Mapping[str, Any]


@dataclass(frozen=True)
class Preparation:
    """From uint8 (B, C, H, W) and its contract to what a network takes."""

    tag: str  # a few letters for keys and file names
    words: str  # for readers
    apply: Callable[[Tensor, Contract], Tensor]
    refuse: Callable[[int, Contract], str]  # bands, contract -> why they do not do; "" if they do

    def __call__(self, pixels: Tensor, contract: Contract) -> Tensor:
        return self.apply(pixels, contract)

    def require(self, name: str, bands: int, contract: Contract) -> None:
        """Refuse patches that the network cannot see.

        Raises:
            InputError: naming what they have and what it needs.
        """
        if problem := self.refuse(bands, contract):
            raise InputError(f"{name} {problem}")


def random_preparation(size_px: int) -> Preparation:
    """Three bands as the composite orders them, bytes to about -2..2."""

    def apply(pixels: Tensor, contract: Contract) -> Tensor:
        return (resized(pixels.float(), size_px) - 127.5) / 63.75

    sized, resizing = _size(size_px)
    words = f"three bands in the composite's order, {resizing}, (byte - 127.5) / 63.75"
    return Preparation(sized, words, apply, three_bands)


def three_bands(bands: int, contract: Contract) -> str:
    """Why patches are not three bands."""
    if bands == 3:
        return ""
    return f"takes patches of 3 bands, got {bands}: cut composites of three."


def resized(values: Tensor, size_px: int) -> Tensor:
    """(B, C, H, W) at size_px x size_px, antialiased bicubic in float, clipped to 0..255.

    Source: Parmar et al. 2022, arXiv:2104.11222: without antialiasing, and with bytes in between,
    the FID moves by whole points. 0 and the size that it has already leave it as it is.
    """
    size = (size_px, size_px)
    if not size_px or tuple(values.shape[-2:]) == size:
        return values
    return interpolate(values, size, mode="bicubic", antialias=True).clamp(0, 255)


def _size(size_px: int) -> tuple[str, str]:
    """Tag and words of a resize rule."""
    if not size_px:
        return "native", "own size"
    return f"bicubic{size_px}", f"resized to {size_px} x {size_px} px (bicubic, antialiased)"
