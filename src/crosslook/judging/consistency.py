"""Semantic consistency of a checkpoint: its sources and its fakes, read by one land-cover model.

cover/{source,CHECKPOINT}.npy    (N, W, K) float32 class shares of the windows of each patch
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from crosslook.errors import InputError
from crosslook.judging.land_cover import (
    FloatArray,
    class_shares,
    digest,
    read_model,
    require_size,
    sensor_of,
)
from crosslook.judging.looking import save
from crosslook.patches.choosing import Side
from crosslook.scores.semantics import semantic_consistency
from crosslook.translators.pixels import Pixels

NO_CLASSIFIER = "no cross-modal classifier is given"
SCORE = "semantic_consistency"
SOURCE = "source"


@dataclass(frozen=True)
class Reading:
    """Which model reads sources and fakes, and by which sensors: it can travel to a process."""

    model: Path
    sha256: str
    configuration: str
    source: str  # sensor that the sources are read by
    fake: str


def choose_reading(classifier: str, source: Side, real: Side) -> Reading | str:
    """How a land-cover model reads these sides; or why it cannot.

    Args:
        classifier: path of a model.safetensors of train_classifier; "" for none.
        source: the sources.
        real: real patches, whose contract the fakes have.

    Raises:
        CheckpointError: if the file is damaged, or no land-cover model.
    """
    if not classifier:
        return NO_CLASSIFIER
    path = Path(classifier)
    if not path.is_file():
        return f"no file {classifier} is there: run 'crosslook train_classifier'"
    model = read_model(path, digest(path))
    sensors = []
    for what, side in (("source", source), ("target", real)):
        try:
            sensors.append(sensor_of(model.card, side.contract()))
            require_size(model.card, next(side.first(1).batches()).shape[2:])
        except InputError as error:
            return f"{what} patches: the classifier {error}"
    if sensors[0] == sensors[1]:
        return f"source and target are both of sensor {sensors[0]} of the classifier"
    return Reading(path, model.sha256, model.card.configuration, *sensors)


def read_source(reading: Reading, side: Side, folder: Path) -> Path:
    """Write cover/source.npy of all patches.

    Returns:
        ``folder``.
    """
    model, contract = read_model(reading.model, reading.sha256), side.contract()
    found = [class_shares(model, reading.source, some, contract) for some in side.batches()]
    save(cover(folder, SOURCE), np.concatenate(found))
    return folder


class Cover:
    """The class shares of the fakes of a checkpoint, written under its name."""

    def __init__(self, folder: Path, reading: Reading) -> None:
        self.folder, self.reading = folder, reading
        self.model = read_model(reading.model, reading.sha256)
        self.found: list[FloatArray] = []

    def see(self, source: Pixels, fake: Pixels, of_fake: Mapping[str, Any]) -> None:
        """A batch, (B, C, H, W) each."""
        self.found.append(class_shares(self.model, self.reading.fake, fake, of_fake))

    def write(self, name: str) -> None:
        """cover/NAME.npy."""
        save(cover(self.folder, name), np.concatenate(self.found))


def cover(folder: Path, of: str) -> Path:
    """Where the class shares of a checkpoint's fakes, or of the sources, lie."""
    return folder / "cover" / f"{of}.npy"


def judge_consistency(
    reading: Reading, source: Path, fake: Path, scenes: tuple[str, ...], replicates: int, seed: int
) -> tuple[float | None, dict[str, Any]]:
    """The score of a checkpoint and its details; None with the reason where nothing was read.

    Args:
        reading: of both.
        source: file of ``cover``.
        fake: likewise.
        scenes: of the sources.
        replicates: of the interval.
        seed: of draws and shuffles.
    """
    shares = [np.load(path, allow_pickle=False) for path in (source, fake)]
    try:
        found = semantic_consistency(shares[0], shares[1], scenes, replicates, seed)
    except ValueError as error:
        return None, {"reason": str(error)}
    details = {key: value for key, value in asdict(found).items() if key != "value"}
    by = f"{reading.configuration}-{reading.sha256[:12]}"
    return found.value, details | {"source": reading.source, "fake": reading.fake, "by": by}


def with_consistency(
    entry: Mapping[str, Any], value: float | None, details: Mapping[str, Any]
) -> dict[str, Any]:
    """The entry of a checkpoint in the record, with this score as its last."""
    return {
        **entry,
        "scores": {**entry["scores"], SCORE: value},
        "details": {**entry["details"], SCORE: dict(details)},
    }
