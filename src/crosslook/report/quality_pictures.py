"""The pictures of one translation's image quality, from its record and the arrays beside it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from crosslook.judging.looking import REAL, embeddings
from crosslook.report.artefact_pictures import draw_artefacts, draw_mean_l1, read_seen
from crosslook.report.course_pictures import draw_forest, draw_training
from crosslook.report.names import step_title
from crosslook.report.pair_picture import draw_pairs
from crosslook.scores.projection import fit_projection
from crosslook.translators.curve import Row
from crosslook.translators.naming import Checkpoint, checkpoint_name

ROWS = 6  # checkpoints that the artefacts are shown of


def draw_quality(
    record: Mapping[str, Any], losses: Sequence[Row], folder: Path
) -> dict[str, bytes]:
    """PNGs by file name: artefacts, mean L1, pairs by embedder, and the course of a training.

    Args:
        record: results/score_translator/NAME.json.
        losses: of results/train_translator/NAME.json; none where nothing was trained.
        folder: with embeddings/, maps/ and example/, as ``judging.looking`` writes them.
    """
    steps: list[Checkpoint] = [one["checkpoint"] for one in record["checkpoints"]]
    some = [steps[i] for i in evenly(len(steps), ROWS)]
    seen = [
        read_seen(title(step), _arrays(folder / "example", step), _arrays(folder / "maps", step))
        for step in some
    ]
    about = _arrays(folder / "maps", steps[0])
    bands, units = [str(one) for one in about["bands"]], [str(one) for one in about["units"]]
    power = np.load(folder / "maps" / f"{REAL}.npz", allow_pickle=False)["spectrum"]
    name = record["translation"]
    made = {
        "artefacts.png": draw_artefacts(name, seen, bands, units, power if power.size else None),
        "mean_l1.png": draw_mean_l1(name, seen, bands, units, record["n"]),
    }
    for embedder in [one["name"] for one in record["embedders"]]:
        every = {title(step): _embedded(folder, embedder, step) for step in steps}
        real = np.load(embeddings(folder, embedder, REAL), allow_pickle=False)[: record["n"]]
        shown = {title(steps[i]): every[title(steps[i])] for i in evenly(len(steps), 3)}
        words = f"{name}: fakes among real patches, {embedder}"
        picture = draw_pairs(words, fit_projection(real), real, shown, every)
        made[f"pairs_{embedder}.png"] = picture
    if steps != [None]:
        made["training.png"] = draw_training(record, losses)
        if record["embedders"]:
            made["forest.png"] = draw_forest(record)
    return made


def evenly(count: int, most: int) -> list[int]:
    """Up to ``most`` of 0..count-1, spread evenly, with the first and the last."""
    return sorted({round(float(i)) for i in np.linspace(0, count - 1, min(count, most))})


def title(checkpoint: Checkpoint) -> str:
    """A checkpoint in a picture: "step 300", or "fake" where nothing is trained."""
    return "fake" if checkpoint is None else f"step {step_title(checkpoint)}"


def _arrays(folder: Path, checkpoint: Checkpoint) -> dict[str, Any]:
    return dict(np.load(folder / f"{checkpoint_name(checkpoint)}.npz", allow_pickle=False))


def _embedded(folder: Path, embedder: str, checkpoint: Checkpoint) -> Any:
    path = embeddings(folder, embedder, checkpoint_name(checkpoint))
    return np.load(path, allow_pickle=False)
