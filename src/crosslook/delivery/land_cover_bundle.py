"""A land-cover model in one folder, with all that is needed to use it.

    FOLDER/land_cover.json    what the model says about itself, for people and for the registry
    FOLDER/model.safetensors  the model, as the training left it

The same model gives the same bytes; the digest over them is its name.
"""

import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from crosslook.classifier.checkpoint import Card, as_json, load_classifier
from crosslook.classifier.network import LandCoverNetwork
from crosslook.delivery import digests
from crosslook.delivery.bundle_files import read_description, require_bytes
from crosslook.writing import whole_folder, write_json

FILE, MODEL = "land_cover.json", "model.safetensors"
FORMAT = 1
KIND = "land-cover model"


@dataclass(frozen=True)
class Recipe:
    """What is delivered."""

    sha256: str  # of the model's file
    card: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """What names the bundle: sha256 of its JSON, in which that of the weights stands."""
        return digests.of_json(asdict(self))


def make_recipe(model: Path, card: Card) -> Recipe:
    """Describe a trained model on disk, whose ``card`` was read from it."""
    return Recipe(digests.of_file(model), as_json(card))


def write_bundle(folder: Path, recipe: Recipe, model: Path) -> None:
    """Write the folder whole, with a copy of the model's file."""
    with whole_folder(folder) as temporary:
        shutil.copyfile(model, temporary / MODEL)
        write_json(temporary / FILE, {"format": FORMAT, **asdict(recipe)})


def read_recipe(folder: Path) -> Recipe:
    """Read what a bundle says of itself, without its weights.

    Raises:
        CheckpointError: if it is missing, damaged, or of another version.
    """
    return read_description(folder / FILE, FORMAT, KIND, lambda values: Recipe(**values))


def read_model(folder: Path) -> tuple[LandCoverNetwork, Card]:
    """Load the model, ready to predict.

    Raises:
        CheckpointError: if something is missing, or the file is not the one that was promoted.
    """
    sha256 = read_recipe(folder).sha256
    return load_classifier(require_bytes(folder / MODEL, sha256, FILE, "model"))
