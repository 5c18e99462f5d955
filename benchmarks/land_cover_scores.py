"""CPU time of what a land-cover model adds to the scores of one checkpoint.

    python benchmarks/land_cover_scores.py

Fakes and sources are random composites of 128 px. The model is untrained, of the size that the
demo trains: two ResNet-18, windows of 64 px. The clock is the CPU time of the process, on one
thread; a time is the least of the repeats.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from crosslook.classifier.checkpoint import Card, save_classifier
from crosslook.classifier.network import LandCoverNetwork
from crosslook.classifier.settings import Backbone, NetworkSettings
from crosslook.judging.embedders import classifier_embedder
from crosslook.judging.land_cover import Model, class_shares, read_model
from crosslook.scores.embedding import embed
from crosslook.scores.forest_settings import ForestSettings
from crosslook.scores.of_embeddings import Embedded, judge
from crosslook.scores.semantics import semantic_consistency

BATCH, SCENES, REPLICATES, CLASSES = 32, 5, 1000, 9
SAR = {
    "composite_bands": ["VH", "VV", "VH/VV"],
    "unit": "sigma0_db",
    "stretch": [[-26.0, -5.0], [-20.0, 0.0], [0.0, 1.0]],
    "ratio": "amplitude",
}
OPTICAL = {
    "composite_bands": ["B04", "B03", "B02"],
    "unit": "reflectance",
    "stretch": [[0.0, 0.3]] * 3,
    "ratio": None,
}


def make_model(backbone: Backbone, size_px: int) -> Model:
    """An untrained model of two sensors, as it comes back from its file."""
    sensors: dict[str, Mapping[str, Any]] = {
        "s1": _radiometry(["VV", "VH"], [-11.8, -18.3], [4.5, 4.4]),
        "s2": _radiometry(["B04", "B03", "B02"], [0.1] * 3, [0.05] * 3),
    }
    classes = tuple(f"class {i}" for i in range(CLASSES))
    card = Card("c", sensors, classes, NetworkSettings(backbone), size_px, 1, 1, 0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.safetensors"
        save_classifier(path, LandCoverNetwork(card.bands, CLASSES, card.network), card)
        return read_model(path)


def _radiometry(bands: list[str], mean: list[float], std: list[float]) -> Mapping[str, Any]:
    return {"bands": bands, "clip": [None] * len(bands), "mean": mean, "std": std}


def timed(work: Callable[[], object], repeats: int) -> float:
    """CPU seconds, the least of so many."""
    found = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


def measure(n: int, side_px: int, model: Model, repeats: int) -> dict[str, float]:
    """CPU seconds of each part, n patches a side."""
    rng = np.random.default_rng(0)
    shape = (n, 3, side_px, side_px)
    source, fake = (rng.integers(1, 256, shape, np.uint8) for _ in range(2))
    real = rng.integers(1, 250, shape, np.uint8)
    scenes = [f"scene {i % SCENES}" for i in range(n)]
    embedder = classifier_embedder(model)

    def shares(sensor: str, pixels: Any, contract: Mapping[str, Any]) -> Any:
        starts = range(0, n, BATCH)
        parts = [class_shares(model, sensor, pixels[i : i + BATCH], contract) for i in starts]
        return np.concatenate(parts)

    both = shares("s2", source, OPTICAL), shares("s1", fake, SAR)
    embedded = Embedded(embed(embedder, fake, SAR), scenes)
    of_real = Embedded(embed(embedder, real, SAR), scenes)
    parts: dict[str, Callable[[], object]] = {
        "sources read, once for all checkpoints": lambda: shares("s2", source, OPTICAL),
        "fakes read": lambda: shares("s1", fake, SAR),
        "semantic consistency of both": lambda: semantic_consistency(*both, scenes, REPLICATES),
        "fakes embedded": lambda: embed(embedder, fake, SAR),
        "all scores of the embeddings": lambda: judge(
            of_real, embedded, ForestSettings(), REPLICATES, 0
        ),
    }
    return {name: timed(work, repeats) for name, work in parts.items()}


def main() -> None:
    """Print the times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patches", type=int, default=100)
    parser.add_argument("--side", type=int, default=128, help="px of a patch")
    parser.add_argument("--window", type=int, default=64, help="px that the model was trained on")
    parser.add_argument("--backbone", choices=["resnet18", "resnet50"], default="resnet18")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    model = make_model(options.backbone, options.window)
    print(
        f"{options.patches} patches of {options.side} px, {options.backbone}, windows of "
        f"{options.window} px; CPU seconds, the least of {options.repeats}"
    )
    for name, seconds in measure(options.patches, options.side, model, options.repeats).items():
        print(f"  {name:40}{seconds:8.2f}")


if __name__ == "__main__":
    main()
