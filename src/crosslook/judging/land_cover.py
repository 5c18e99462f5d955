"""A land-cover model as a reader of composites: of which sensor they are, and their windows.

The model learnt from physical values, so the stretch of a composite is undone first. What that
clipped is lost, and a value comes back to half a grey level.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from crosslook.classifier.checkpoint import Card, load_classifier
from crosslook.classifier.network import LandCoverNetwork
from crosslook.classifier.patch_shares import LEAST_VALID, prepare
from crosslook.classifier.predicting import predict
from crosslook.errors import CheckpointError, InputError
from crosslook.scenes.levels import physical
from crosslook.scenes.windows import grid

Contract = Mapping[str, Any]
Pixels = npt.NDArray[np.uint8]
FloatArray = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
SHOWN = 4  # bands that a message names
WIDEST, NARROWEST = 2.0, 1 / 50  # deviation of a band, in widths of its stretch


@dataclass(frozen=True, eq=False)
class Model:
    """A land-cover model, ready to predict."""

    network: LandCoverNetwork
    card: Card
    sha256: str


@dataclass(frozen=True)
class Windows:
    """The windows of N patches as the model takes them."""

    values: FloatArray  # (M, C, S, S) standardised; those that are read
    kept: Mask  # (N, W) which of all windows they are, in order


@lru_cache(maxsize=2)
def read_model(path: Path, sha256: str = "") -> Model:
    """The model of a file, remembered: many jobs need one.

    Raises:
        CheckpointError: if the file is damaged, or no land-cover model.
        InputError: if its sha256 is another one; "" takes any.
    """
    found = digest(path)
    if not found.startswith(sha256.lower()):
        raise InputError(
            f"{path} has sha256 {found}, expected {sha256}: correct it, or take the file that it "
            "is of. Nothing of it was loaded."
        )
    network, card = load_classifier(path)
    return Model(network, card, found)


def digest(path: Path) -> str:
    """sha256 of a file's bytes.

    Raises:
        CheckpointError: if it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise CheckpointError(
            f"{path} cannot be read ({error.strerror}): run 'crosslook train_classifier' first."
        ) from None


def sensor_of(card: Card, contract: Contract) -> str:
    """The sensor of the model that composites of this contract can be read as.

    All of its bands must be among theirs, in physical units. Of several such sensors, that with
    the most bands.

    Raises:
        InputError: saying what they have, and what each sensor takes.
    """
    named, unit = list(contract.get("composite_bands", [])), str(contract.get("unit", ""))
    if not named:
        raise InputError(
            "needs bands in physical units; pictures without a radiometry contract cannot tell them"
        )
    refused = {sensor: _refuse(radiometry, contract) for sensor, radiometry in card.sensors.items()}
    able = [sensor for sensor, problem in refused.items() if not problem]
    if not able:
        raise InputError(
            f"cannot read {', '.join(named)} in {unit or '?'}: "
            + "; ".join(f"{sensor} {problem}" for sensor, problem in refused.items())
        )
    return max(able, key=lambda sensor: len(card.sensors[sensor]["bands"]))


def prepared(pixels: Pixels, contract: Contract, radiometry: Mapping[str, Any]) -> FloatArray:
    """Composites as the model's training saw its patches: physical, clipped, standardised.

    Args:
        pixels: (N, C, H, W), 0 = no data.
        contract: of the pixels.
        radiometry: of a sensor of the model, all of whose bands they have.

    Returns:
        (N, bands of the sensor, H, W); 0, the mean of the band, where there is no data.
    """
    named = list(contract["composite_bands"])
    bands = [named.index(band) for band in radiometry["bands"]]
    values = physical(pixels, contract)[:, bands]
    pairs = zip(values, has_data(pixels), strict=True)
    return np.stack([prepare(one, valid, radiometry).values for one, valid in pairs])


def has_data(pixels: Pixels) -> Mask:
    """(N, H, W): where no band of (N, C, H, W) is no-data."""
    found: Mask = (pixels != 0).all(axis=1)
    return found


def windows(pixels: Pixels, contract: Contract, card: Card, sensor: str) -> Windows:
    """Cut patches into windows of the model's size, side by side, the last flush with the border.

    Windows with less than half of valid pixels are not read, as in ``patch_shares``.

    Raises:
        InputError: if the patches are smaller than a window.
    """
    side = card.size_px
    require_size(card, pixels.shape[2:])
    corners = grid((pixels.shape[2], pixels.shape[3]), side, side)
    values, known = prepared(pixels, contract, card.sensors[sensor]), has_data(pixels)
    kept = np.stack([_cut(known, one).mean(axis=(1, 2)) >= LEAST_VALID for one in corners], axis=1)
    every = np.stack([_cut(values, one) for one in corners], axis=1)
    return Windows(every[kept], kept)


def require_size(card: Card, size: Sequence[int]) -> None:
    """Refuse patches, (H, W), that are smaller than a window of the model.

    Raises:
        InputError: naming both sizes.
    """
    if min(size) < card.size_px:
        raise InputError(
            f"reads windows of {card.size_px} px, and these patches have {size[1]} x {size[0]}"
        )


def class_shares(model: Model, sensor: str, pixels: Pixels, contract: Contract) -> FloatArray:
    """What the windows of patches are covered by, as the model sees them by one of its sensors.

    Args:
        model: from ``read_model``.
        sensor: of ``sensor_of``.
        pixels: (N, C, H, W).
        contract: of the pixels.

    Returns:
        (N, W, K) shares of the model's K classes, sum 1; NaN of windows that are not read.

    Raises:
        InputError: if the patches are smaller than a window.
        CheckpointError: if an answer of the model is not finite.
    """
    found = windows(pixels, contract, model.card, sensor)
    shares: FloatArray = np.full((*found.kept.shape, len(model.card.classes)), np.nan, np.float32)
    if len(found.values):
        try:
            shares[found.kept] = predict(model.network, sensor, found.values).probabilities
        except FloatingPointError as error:
            raise CheckpointError(
                f"the land-cover model {model.card.configuration}: {error} Train it again."
            ) from None
    return shares


def _refuse(radiometry: Mapping[str, Any], contract: Contract) -> str:
    """Why a sensor cannot read such composites; "" if it can."""
    named, unit = list(contract["composite_bands"]), str(contract.get("unit", ""))
    wanted = list(radiometry["bands"])
    if any(band not in named for band in wanted):
        more = f", ... ({len(wanted)} bands)" if len(wanted) > SHOWN else ""
        return f"takes {', '.join(wanted[:SHOWN])}{more}"
    if unit != "reflectance" and not unit.endswith("_db"):
        return "takes reflectance or backscatter in dB"
    if radiometry.get("unit", unit) != unit:
        return f"takes {radiometry['unit']}"
    for band, mean, std in zip(wanted, radiometry["mean"], radiometry["std"], strict=True):
        low, high = contract["stretch"][named.index(band)]
        width = high - low
        near = low - width <= mean <= high + width
        if not near or not NARROWEST <= std / width <= WIDEST:
            return (
                f"learnt {band} of {mean:.4g} ± {std:.2g}, and the patches reach from {low:g} to "
                f"{high:g}, which is another unit"
            )
    return ""


def _cut(values: npt.NDArray[Any], window: tuple[int, int, int, int]) -> npt.NDArray[Any]:
    column, row, width, height = window
    return values[..., row : row + height, column : column + width]
