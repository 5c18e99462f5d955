"""The registered model ``crosslook`` and its alias ``champion``.

results/promotions.jsonl is the truth; the registry is made from it, and from the bundles that are
still there. Model versions count from 1 in the order of registration, so after a rebuild an
ensemble may have another number: its name is the tag ``crosslook.ensemble``.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, Schema, TensorSpec
from mlflow.types.schema import Array

import crosslook
from crosslook.errors import StaleError
from crosslook.tracking.flatten import flat
from crosslook.tracking.store import Store, environment, fluent
from crosslook.tracking.sync import all_pages, experiment_id

NAME, ALIAS, EXPERIMENT = "crosslook", "champion", "promote"
ENSEMBLE = "crosslook.ensemble"
CODE = Path(__file__).with_name("model_code.py")
PACKAGE = Path(crosslook.__file__).parent
REQUIREMENTS = (
    "click",
    "mlflow",
    "numba",
    "numpy",
    "rasterio",
    "safetensors",
    "torch",
    "torchvision",
)
SIGNATURE = ModelSignature(
    inputs=Schema([TensorSpec(np.dtype(np.uint8), (-1, 3, -1, -1))]),
    outputs=Schema(
        [
            ColSpec(Array(Array(DataType.double)), "boxes"),
            ColSpec(Array(DataType.double), "scores"),
            ColSpec(Array(DataType.string), "classes"),
        ]
    ),
)


def register(store: Store, bundle: Path, line: Mapping[str, Any]) -> str:
    """Log and register a bundle; a bundle that is registered already stays as it is.

    Args:
        store: the opened index.
        bundle: the folder of the ensemble.
        line: what results/promotions.jsonl says of it.

    Returns:
        the number of the model version.
    """
    digest = str(line["ensemble"])
    if known := _versions(store).get(digest):
        return str(known.version)
    from crosslook.delivery.bundle import read_recipe  # torch: not for who only looks things up

    recipe = read_recipe(bundle)
    _, points = flat({"dev": line["dev"], "test": line["test"]})
    client, experiment = store.client, experiment_id(store, EXPERIMENT)
    with fluent(store), mlflow.start_run(experiment_id=experiment, run_name=digest[:12]):
        mlflow.log_params({"detector": recipe.detector, "fusion": recipe.fusion})
        mlflow.log_metrics({point.key: point.value for point in points})
        logged = mlflow.pyfunc.log_model(
            name=NAME,
            python_model=str(CODE),
            artifacts={"bundle": str(bundle)},
            code_paths=[str(PACKAGE)],
            signature=SIGNATURE,
            input_example=np.full((1, 3, 64, 64), 128, np.uint8),
            pip_requirements=_pinned(),
            metadata={"contract": recipe.contract, "classes": list(recipe.categories)},
        )
        if not client.search_registered_models(f"name = '{NAME}'"):
            client.create_registered_model(NAME)
        made = client.create_model_version(
            NAME,
            logged.model_uri,
            logged.run_id,
            tags={ENSEMBLE: digest, "git.commit": str(line["commit"])},
            model_id=logged.model_id,
        )
    return str(made.version)


def promote(
    store: Store, bundle: Path, line: Mapping[str, Any], patches: np.ndarray[Any, Any]
) -> str:
    """Register a bundle, let it predict as users will, and make it the champion.

    Args:
        store: the opened index.
        bundle: the folder of the ensemble.
        line: what results/promotions.jsonl will say of it.
        patches: (N, 3, H, W) uint8 to try it on.

    Returns:
        the number of the model version.

    Raises:
        StaleError: if the loaded model does not answer for every patch; nothing is promoted.
    """
    number = register(store, bundle, line)
    answers = ask(store, number, patches)
    if [set(answer) for answer in answers] != [{"boxes", "scores", "classes"}] * len(patches):
        raise StaleError(f"version {number} of {NAME} answered {answers!r}: not promoted.")
    crown(store, number)
    return number


def crown(store: Store, number: str) -> None:
    """Let ``models:/crosslook@champion`` be this version."""
    store.client.set_registered_model_alias(NAME, ALIAS, number)


def ask(store: Store, number: str, patches: np.ndarray[Any, Any]) -> list[dict[str, Any]]:
    """Load a version as users do, without pickles, and let it predict.

    Returns:
        per patch {boxes, scores, classes}.
    """
    variable = "MLFLOW_ALLOW_PICKLE_DESERIALIZATION"
    with fluent(store), environment(variable, "false"):
        model = mlflow.pyfunc.load_model(f"models:/{NAME}/{number}")
        return list(model.predict(patches))


def replay(
    store: Store,
    lines: Sequence[Mapping[str, Any]],
    bundles: Path,
    say: Callable[[str], None],
) -> None:
    """Register every promoted ensemble whose bundle is there; the last line is the champion.

    Args:
        store: the opened index.
        lines: of results/promotions.jsonl.
        bundles: the folder with one bundle per ensemble, named by its digest.
        say: is told of a bundle that is not there.
    """
    known = _versions(store)
    for line in lines:
        digest = str(line["ensemble"])
        if digest not in known and not (bundles / digest).is_dir():
            say(
                f"registry: ensemble {digest[:12]} was promoted, but {bundles / digest} is not "
                "here, so it cannot be registered again."
            )
            continue
        number = register(store, bundles / digest, line)
        if line is lines[-1]:
            crown(store, number)


def _versions(store: Store) -> dict[str, ModelVersion]:
    """Registered versions by the digest of their ensemble."""
    found = all_pages(store.client.search_model_versions, f"name = '{NAME}'")
    return {one.tags[ENSEMBLE]: one for one in found if ENSEMBLE in one.tags}


def champion(store: Store) -> str | None:
    """The digest of the ensemble that has the alias; None without one."""
    try:
        found = store.client.get_model_version_by_alias(NAME, ALIAS)
    except MlflowException:
        return None
    return str(found.tags.get(ENSEMBLE))


def _pinned() -> list[str]:
    """Exact versions of what the model needs, as installed here, without local labels (+cpu)."""
    return [f"{name}=={version(name).split('+')[0]}" for name in REQUIREMENTS]
