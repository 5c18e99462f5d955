"""A land-cover model in one folder, with all that is needed to use it.

    FOLDER/land_cover.json    what the model says about itself, for people and for the registry
    FOLDER/model.safetensors  the model, as the training left it

The same model gives the same bytes; the digest over them is its name.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from crosslook.classifier.checkpoint import Card, as_json, load_classifier
from crosslook.classifier.network import LandCoverNetwork
from crosslook.delivery import digests
from crosslook.errors import CheckpointError
from crosslook.writing import whole_folder, write_json

FILE, MODEL = "land_cover.json", "model.safetensors"
FORMAT = 1


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
    path = folder / FILE
    try:
        values = json.loads(path.read_text())
        if values.pop("format") != FORMAT:
            raise ValueError(f"expected format {FORMAT}")
        return Recipe(**values)
    except FileNotFoundError:
        raise CheckpointError(f"{path} is missing: run 'crosslook promote'.") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CheckpointError(
            f"{path}: not a whole land-cover model ({error}). Promote it again."
        ) from None


def read_model(folder: Path) -> tuple[LandCoverNetwork, Card]:
    """Load the model, ready to predict.

    Raises:
        CheckpointError: if something is missing, or the file is not the one that was promoted.
    """
    path = folder / MODEL
    if not path.is_file() or digests.of_file(path) != read_recipe(folder).sha256:
        raise CheckpointError(
            f"{path}: missing, or other bytes than {FILE} names. Promote the model again."
        )
    return load_classifier(path)
