"""A trained land-cover model on disk: its networks, and what patches it may be given."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from crosslook.classifier.network import LandCoverNetwork
from crosslook.classifier.settings import NetworkSettings
from crosslook.classifier.tensor_files import below, read_tensors, write_tensors
from crosslook.errors import CheckpointError, RadiometryError

KIND, FORMAT = "land cover", 1
KEYS = ("bands", "clip", "mean", "std")  # that a sensor's radiometry must have
NETWORK = "network/"


@dataclass(frozen=True)
class Card:
    """What a land-cover model says about itself."""

    configuration: str
    sensors: Mapping[str, Mapping[str, Any]]  # sensor -> radiometry: KEYS, and what else matters
    classes: tuple[str, ...]
    network: NetworkSettings
    size_px: int  # side of the patches that it was trained on
    steps: int
    samples: int  # patches of each sensor that it was trained on
    seed: int

    def __post_init__(self) -> None:
        for sensor, radiometry in self.sensors.items():
            missing = [key for key in KEYS if key not in radiometry]
            lengths = {len(radiometry[key]) for key in KEYS if key not in missing}
            if missing or len(lengths) != 1:
                raise ValueError(
                    f"{sensor}: radiometry {dict(radiometry)} must give {', '.join(KEYS)}, one of "
                    "each per band."
                )

    @property
    def bands(self) -> dict[str, int]:
        """Sensor -> its number of bands."""
        return {name: len(radiometry["bands"]) for name, radiometry in self.sensors.items()}

    def radiometry(self, sensor: str, what: str) -> Mapping[str, Any]:
        """The radiometry of a sensor.

        Raises:
            RadiometryError: if the model does not know the sensor that ``what`` is of.
        """
        if sensor not in self.sensors:
            known = ", ".join(sorted(self.sensors))
            raise RadiometryError(f"{what} is of sensor {sensor!r}; the model knows {known}.")
        return self.sensors[sensor]

    def require(self, sensor: str, radiometry: Mapping[str, Any], what: str) -> None:
        """Refuse patches that the model would misread.

        Raises:
            RadiometryError: naming the sensor that it does not know, or the first key that
                differs and both values.
        """
        expected, found = _plain(self.radiometry(sensor, what)), _plain(radiometry)
        for key in sorted({*expected, *found}):
            if expected.get(key) != found.get(key):
                raise RadiometryError(
                    f"{what} has {key} = {found.get(key)!r}, but the model was trained on "
                    f"{expected.get(key)!r}: prepare the patches as it was trained."
                )


def save_classifier(path: Path, network: LandCoverNetwork, card: Card) -> None:
    """Write a model; equal weights and cards give equal bytes."""
    tensors = {NETWORK + name: tensor for name, tensor in network.state_dict().items()}
    write_tensors(path, tensors, {"kind": KIND, "format": FORMAT} | as_json(card))


def as_json(card: Card) -> dict[str, Any]:
    """A card in JSON's values; where the starting weights came from is left out."""
    nowhere = replace(card, network=replace(card.network, weights={}))  # no path of this machine
    plain: dict[str, Any] = _plain(asdict(nowhere))
    return plain


def load_classifier(
    path: Path, classes: tuple[str, ...] | None = None
) -> tuple[LandCoverNetwork, Card]:
    """Read a model, ready to predict.

    Args:
        path: the safetensors file.
        classes: that it must have, where the caller knows them.

    Raises:
        CheckpointError: if the file is damaged, no land-cover model of this version, or of other
            classes.
    """
    tensors, about = read_tensors(path)
    if (about.get("kind"), about.get("format")) != (KIND, FORMAT):
        raise CheckpointError(
            f"{path}: holds {about.get('kind')!r}, format {about.get('format')!r}; expected "
            f"{KIND!r} of format {FORMAT}. Train it again."
        )
    try:
        shape = about["network"]
        settings = NetworkSettings(**shape | {"merging": tuple(shape["merging"]), "weights": {}})
        card = Card(
            configuration=about["configuration"],
            sensors=about["sensors"],
            classes=tuple(about["classes"]),
            network=settings,
            size_px=about["size_px"],
            steps=about["steps"],
            samples=about["samples"],
            seed=about["seed"],
        )
        network = LandCoverNetwork(card.bands, len(card.classes), settings)
        network.load_state_dict(below(NETWORK, tensors))
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise CheckpointError(f"{path}: not a whole model ({reason}). Train it again.") from None
    if classes is not None and classes != card.classes:
        raise CheckpointError(
            f"{path} tells {', '.join(card.classes)} apart, but {', '.join(classes)} was asked "
            "for: train it on these classes."
        )
    return network.eval(), card


def _plain(value: Any) -> Any:
    """As JSON gives it back: dicts and lists."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.tolist() if hasattr(value, "tolist") else value
