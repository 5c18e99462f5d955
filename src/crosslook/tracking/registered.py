"""What is registered: the ensemble as ``crosslook``, the land-cover model as its neighbour."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema, TensorSpec
from mlflow.types.schema import Array, Map

from crosslook import outputs

ALIAS = "champion"
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Description:
    """What MLflow is told of one bundle."""

    params: Mapping[str, str]  # of its run
    signature: ModelSignature
    example: Any  # of its input, with parameters where it takes some
    metadata: dict[str, Any]


@dataclass(frozen=True)
class Registered:
    """A registered model."""

    name: str  # models:/NAME@champion
    key: str  # of the digest, in a line of ``record``
    words: str  # for people
    record: Path  # the truth: what was promoted, oldest first
    code: Path  # that MLflow runs to load it
    requirements: tuple[str, ...]  # packages that the code imports
    answers: frozenset[str]  # keys of the answer for one patch
    describe: Callable[[Path], Description]

    @property
    def tag(self) -> str:
        """Of a version: the digest of its bundle."""
        return f"crosslook.{self.key}"

    @property
    def champion(self) -> str:
        """How it is loaded."""
        return f"models:/{self.name}@{ALIAS}"


# Reading a bundle needs torch, which is not for who only looks things up.
def _describe_ensemble(bundle: Path) -> Description:
    from crosslook.delivery.bundle import read_recipe

    recipe = read_recipe(bundle)
    return Description(
        {"detector": recipe.detector, "fusion": recipe.fusion},
        ModelSignature(
            inputs=Schema([TensorSpec(np.dtype(np.uint8), (-1, 3, -1, -1))]),
            outputs=Schema(
                [
                    ColSpec(Array(Array(DataType.double)), "boxes"),
                    ColSpec(Array(DataType.double), "scores"),
                    ColSpec(Array(DataType.string), "classes"),
                ]
            ),
        ),
        np.full((1, 3, 64, 64), 128, np.uint8),
        {"contract": recipe.contract, "classes": list(recipe.categories)},
    )


def _describe_land_cover(bundle: Path) -> Description:
    from crosslook.delivery.land_cover_bundle import read_recipe
    from crosslook.delivery.land_cover_predictor import example

    card = read_recipe(bundle).card
    side, sensor = card["size_px"], min(card["sensors"])
    return Description(
        {"configuration": card["configuration"], "sensors": ", ".join(card["sensors"])},
        ModelSignature(
            inputs=Schema([TensorSpec(np.dtype(np.float32), (-1, -1, side, side))]),
            outputs=Schema(
                [
                    ColSpec(DataType.string, "class", required=False),
                    ColSpec(Map(DataType.double), "shares"),
                    ColSpec(DataType.double, "valid"),
                ]
            ),
            params=ParamSchema([ParamSpec("sensor", DataType.string, "")]),
        ),
        (example(card["sensors"][sensor], side), {"sensor": sensor}),
        {"sensors": card["sensors"], "classes": card["classes"], "size_px": side},
    )


ENSEMBLE = Registered(
    "crosslook",
    "ensemble",
    "ensemble",
    outputs.PROMOTIONS,
    HERE / "model_code.py",
    (
        "click",
        "mlflow",
        "numba",
        "numpy",
        "rasterio",
        "safetensors",
        "torch",
        "torchvision",
    ),
    frozenset({"boxes", "scores", "classes"}),
    _describe_ensemble,
)
LAND_COVER = Registered(
    "crosslook-landcover",
    "land_cover",
    "land-cover model",
    outputs.PROMOTIONS_LANDCOVER,
    HERE / "land_cover_code.py",
    ("mlflow", "numpy", "safetensors", "torch", "torchvision"),
    frozenset({"class", "shares", "valid"}),
    _describe_land_cover,
)
ALL = (ENSEMBLE, LAND_COVER)
