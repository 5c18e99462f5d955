"""The reference that a network has to beat: a random forest on statistics of the bands."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import RandomForestRegressor

from crosslook.classifier.configurations import Configuration
from crosslook.classifier.patches import LabelledPatches, Pixels, choose_samples
from crosslook.classifier.predicting import Predictions
from crosslook.errors import InputError
from crosslook.writing import write_json

TREES = 300
DECILES = (0.1, 0.5, 0.9)
BATCH = 64  # patches that are looked at together

Floats = npt.NDArray[np.float32]


def grow_forest(
    configuration: Configuration,
    samples: int,
    seed: int,
    patches: LabelledPatches,
    folder: Path,
) -> Callable[[str, Pixels], Predictions]:
    """Learn class shares from the statistics of a sensor's bands, and write record.json.

    Shares of the trees' leaves are averaged, so an answer is not negative and has sum 1. The
    patches are those that a network of the same ``samples`` and ``seed`` learns from.

    Args:
        configuration: of one sensor.
        samples: patches that teach, drawn by the seed; 0: all.
        seed: of these and of the trees.
        patches: to learn from.
        folder: of record.json.

    Returns:
        Sensor and patches -> class shares; the embeddings are the statistics.

    Raises:
        InputError: if there are fewer patches.
    """
    (sensor,) = configuration.sensors
    try:
        rows = choose_samples(len(patches.shares), samples, seed)
    except ValueError as error:
        raise InputError(f"{configuration.name}: {error}") from None
    forest = RandomForestRegressor(TREES, random_state=seed, n_jobs=1)
    forest.fit(band_statistics(patches.sensors[sensor], rows), patches.shares[rows])
    record = {
        "configuration": configuration.name,
        "sensors": [sensor],
        "patches": len(rows),
        "seed": seed,
        "trees": TREES,
    }
    write_json(folder / "record.json", record)

    def answer(_: str, pixels: Pixels) -> Predictions:
        seen = band_statistics(pixels, np.arange(pixels.shape[0]))
        return Predictions(np.asarray(forest.predict(seen), np.float32), seen)

    return answer


def band_statistics(pixels: Pixels, rows: npt.NDArray[np.int64]) -> Floats:
    """(N, 5 C) of each patch's bands: means, deviations, and the deciles 1, 5 and 9.

    Args:
        pixels: (all, C, H, W).
        rows: N row numbers.
    """
    return np.concatenate(
        [_statistics(pixels[rows[i : i + BATCH]]) for i in range(0, len(rows), BATCH)]
    )


def _statistics(some: Floats) -> Floats:
    flat = some.reshape(*some.shape[:2], -1)
    deciles = np.quantile(flat, DECILES, axis=2)
    return np.concatenate([flat.mean(axis=2), flat.std(axis=2), *deciles], axis=1, dtype=np.float32)
