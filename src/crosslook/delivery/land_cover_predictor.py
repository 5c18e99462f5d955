"""A land-cover model at work: patches of one of its sensors in, class shares out."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from crosslook.classifier.checkpoint import Card
from crosslook.classifier.network import LandCoverNetwork
from crosslook.classifier.patch_shares import class_shares, prepare
from crosslook.delivery.land_cover_bundle import read_model
from crosslook.errors import InputError

ADVICE = "Give physical values."
TOGETHER = 32  # patches in the network at a time

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class LandCoverPredictor:
    """A land-cover model, ready to predict."""

    network: LandCoverNetwork
    card: Card

    def predict(self, patches: FloatArray, sensor: str = "") -> list[dict[str, Any]]:
        """Say what covers the ground in patches of one sensor, as ``crosslook classify`` does.

        Args:
            patches: (N, C, H, W) float32, physical as in the training (backscatter in dB,
                reflectance), bands in the order of the model's card, of the size that it was
                trained on; NaN where there is no data.
            sensor: of the patches; may be left empty where the number of bands tells it.

        Returns:
            Per patch ``class``, the one with the largest share; ``shares``, class -> share, with
            sum 1; ``valid``, the share of its pixels with data. Where less than half of them have
            data, ``class`` is None and ``shares`` is empty.

        Raises:
            InputError: if the patches are of another shape, type or unit, or their sensor is not
                clear.
            RadiometryError: if the model does not know the sensor.
        """
        side = self.card.size_px
        if patches.ndim != 4 or patches.dtype != np.float32 or patches.shape[2:] != (side, side):
            raise InputError(
                f"patches {patches.shape} of {patches.dtype}; the model takes "
                f"(N, bands, {side}, {side}) of float32: cut them so."
            )
        if not len(patches):
            return []
        sensor = self.sensor_of(patches.shape[1], sensor)
        radiometry = self.card.sensors[sensor]
        prepared = [prepare(one, np.isfinite(one).all(axis=0), radiometry) for one in patches]
        what = f"patches of {sensor}"
        found = class_shares(prepared, self.network, sensor, radiometry, what, ADVICE, TOGETHER)
        return [self._row(shares, one.valid) for shares, one in zip(found, prepared, strict=True)]

    def sensor_of(self, bands: int, sensor: str = "") -> str:
        """Which sensor patches are of.

        Args:
            bands: of the patches.
            sensor: said to be theirs; empty: the only one with so many bands.

        Raises:
            InputError: if it is not clear, or has another number of bands.
            RadiometryError: if the model does not know it.
        """
        if sensor:
            taken = self.card.radiometry(sensor, "the batch of patches")["bands"]
            if len(taken) != bands:
                raise InputError(
                    f"patches of {bands} bands; of {sensor} the model takes {len(taken)}, in this "
                    f"order: {', '.join(taken)}."
                )
            return sensor
        able = [name for name, number in self.card.bands.items() if number == bands]
        if len(able) == 1:
            return able[0]
        known = self.card.sensors
        said = " or ".join(
            f"{name} ({', '.join(known[name]['bands'])})" for name in sorted(able or known)
        )
        if able:
            raise InputError(
                f"patches of {bands} bands may be of {said}: say which, "
                f'params={{"sensor": "{min(able)}"}}.'
            )
        raise InputError(f"patches of {bands} bands; the model takes {said}.")

    def _row(self, shares: FloatArray | None, valid: float) -> dict[str, Any]:
        if shares is None:
            return {"class": None, "shares": {}, "valid": valid}
        named = dict(zip(self.card.classes, map(float, shares), strict=True))
        return {"class": max(named, key=named.__getitem__), "shares": named, "valid": valid}


def example(radiometry: Mapping[str, Any], size_px: int) -> FloatArray:
    """One patch (1, C, H, W) of a sensor, the mean of each band everywhere."""
    mean = np.array(radiometry["mean"], np.float32)[None, :, None, None]
    return np.broadcast_to(mean, (1, mean.shape[1], size_px, size_px)).copy()


def read_predictor(folder: Path) -> LandCoverPredictor:
    """Open a bundle.

    Raises:
        CheckpointError: if something in it is missing or damaged.
    """
    return LandCoverPredictor(*read_model(folder))
