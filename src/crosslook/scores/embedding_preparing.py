"""What is done to uint8 patches before an embedding network sees them, and its name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor, stack
from torch.nn.functional import interpolate

from crosslook.errors import InputError

Contract = Mapping[str, Any]
Shape = tuple[int, ...]  # C, H, W

FID_PX = 299
IMAGENET_MEAN, IMAGENET_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
S1_MEAN_DB, S1_DEVIATION_DB = (-12.59, -20.26), (5.26, 5.91)  # VV, VH


@dataclass(frozen=True)
class Preparation:
    """From uint8 (B, C, H, W) and its contract to what a network takes."""

    tag: str  # a few letters for keys and file names
    words: str  # for readers
    apply: Callable[[Tensor, Contract], Any]  # whatever the network takes, mostly a tensor
    refuse: Callable[[Shape, Contract], str]  # why patches do not do; "" if they do

    def __call__(self, pixels: Tensor, contract: Contract) -> Any:
        return self.apply(pixels, contract)

    def require(self, name: str, shape: Shape, contract: Contract) -> None:
        """Refuse patches, (C, H, W), that the network cannot see.

        Raises:
            InputError: naming what they have and what it needs.
        """
        if problem := self.refuse(shape, contract):
            raise InputError(f"{name} {problem}")


def preparation(name: str, size_px: int) -> Preparation:
    """What an embedding network needs done before; ``size_px`` 0 is its own rule."""
    return _MAKERS[name](size_px)


def _random(size_px: int) -> Preparation:
    """Three bands as the composite orders them, bytes to -2..2."""

    def apply(pixels: Tensor, contract: Contract) -> Tensor:
        return (resized(pixels.float(), size_px) - 127.5) / 63.75

    tag, rule = _size(size_px)
    words = f"three bands in the composite's order, {rule}, (byte - 127.5) / 63.75"
    return Preparation(tag, words, apply, _not_three_bands)


def _fid(size_px: int) -> Preparation:
    """As TensorFlow's network was trained, but for the resize, see ``resized``."""
    size_px = size_px or FID_PX

    def apply(pixels: Tensor, contract: Contract) -> Tensor:
        return (resized(pixels.float(), size_px) - 128) / 128

    tag, rule = _size(size_px)
    words = f"three bands in the composite's order, {rule}, (byte - 128) / 128"
    return Preparation(tag, words, apply, _not_three_bands)


def _imagenet(size_px: int) -> Preparation:
    """The normalisation of torchvision's weights; patches keep their size, and are not cropped."""

    def apply(pixels: Tensor, contract: Contract) -> Tensor:
        x = resized(pixels.float(), size_px) / 255
        return (x - _per_band(IMAGENET_MEAN, x)) / _per_band(IMAGENET_DEVIATION, x)

    tag, rule = _size(size_px)
    words = (
        f"three bands in the composite's order as red, green, blue, {rule}, byte / 255, mean and "
        "deviation of ImageNet"
    )
    return Preparation(tag, words, apply, _not_three_bands)


def _ssl4eo_s1(size_px: int) -> Preparation:
    """VV and VH in dB, normalised as torchgeo does for its weights of SSL4EO-S12.

    Its card resizes 264 px to 256 and crops 224: about the size in which the ground is seen, 10 m,
    so patches keep theirs.
    """

    def apply(pixels: Tensor, contract: Contract) -> Tensor:
        x = to_db(resized(pixels.float(), size_px), contract)
        return (x - _per_band(S1_MEAN_DB, x)) / _per_band(S1_DEVIATION_DB, x)

    tag, rule = _size(size_px)
    words = (
        f"VV and VH in dB with the composite's stretch undone, {rule}, mean {S1_MEAN_DB} dB, "
        f"deviation {S1_DEVIATION_DB} dB"
    )
    return Preparation(tag, words, apply, _not_dual_polarised)


_MAKERS = {
    "inception_fid": _fid,
    "resnet50_imagenet": _imagenet,
    "resnet50_ssl4eo_s1": _ssl4eo_s1,
    "resnet50_random": _random,
    "resnet18_random": _random,
}


def to_db(levels: Tensor, contract: Contract) -> Tensor:
    """(B, C, H, W) levels of a composite -> (B, 2, H, W) VV and VH in dB.

        dB = low + (level - 1) / 254 (high - low)

    with the ends of the contract's stretch: the inverse of ``composites.stretch``, but for what
    that clipped. No-data, 0, counts as 1.
    """
    bands = list(contract["composite_bands"])
    found = []
    for band in ("VV", "VH"):
        at = bands.index(band)
        low, high = contract["stretch"][at]
        found.append(low + (levels[:, at].clamp(min=1) - 1) / 254 * (high - low))
    return stack(found, dim=1)


def _not_three_bands(shape: Shape, contract: Contract) -> str:
    if shape[0] == 3:
        return ""
    return f"takes patches of 3 bands, got {shape[0]}: cut composites of three."


def _not_dual_polarised(shape: Shape, contract: Contract) -> str:
    named, unit = list(contract.get("composite_bands", [])), str(contract.get("unit", ""))
    if not named:
        return "needs VV and VH in dB; pictures without a radiometry contract cannot tell it."
    if not {"VV", "VH"} <= set(named) or not unit.endswith("_db"):
        return f"needs VV and VH in dB; these patches hold {', '.join(named)} in {unit or '?'}."
    if shape[0] != len(named):
        return f"got {shape[0]} bands, but the contract names {', '.join(named)}."
    return ""


def _per_band(values: tuple[float, ...], like: Tensor) -> Tensor:
    return like.new_tensor(values).reshape(1, -1, 1, 1)


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
