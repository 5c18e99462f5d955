"""The registered models and their alias ``champion``.

The record of a registered model, such as results/promotions.jsonl, is the truth; the registry is
made from it, and from the bundles that are still there. Model versions count from 1 in the order of
registration, so after a rebuild the same bundle may have another number: its name is its digest, in
the tag ``crosslook.ensemble`` or ``crosslook.land_cover``.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import mlflow
import numpy as np
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

import crosslook
from crosslook.errors import StaleError
from crosslook.tracking.flatten import flat
from crosslook.tracking.registered import ALIAS, Registered
from crosslook.tracking.store import Store, environment, fluent
from crosslook.tracking.sync import all_pages, experiment_id

EXPERIMENT = "promote"
PACKAGE = Path(crosslook.__file__).parent
SCHEME = "models:/"

Try = tuple[np.ndarray[Any, Any], dict[str, str] | None]
"""Patches that a model is asked about, and the parameters it is asked with."""


def register(store: Store, kind: Registered, bundle: Path, line: Mapping[str, Any]) -> str:
    """Log and register a bundle; a bundle that is registered already stays as it is.

    Args:
        store: the opened index.
        kind: which registered model it is a version of.
        bundle: its folder.
        line: what the record says of it.

    Returns:
        the number of the model version.
    """
    digest = str(line[kind.key])
    if known := _versions(store, kind).get(digest):
        return str(known.version)
    about = kind.describe(bundle)
    _, points = flat({"dev": line["dev"], "test": line["test"]})
    client, experiment = store.client, experiment_id(store, EXPERIMENT)
    with fluent(store), mlflow.start_run(experiment_id=experiment, run_name=digest[:12]):
        mlflow.log_params(dict(about.params))
        mlflow.log_metrics({point.key: point.value for point in points})
        logged = mlflow.pyfunc.log_model(
            name=kind.name,
            python_model=str(kind.code),
            artifacts={"bundle": str(bundle)},
            code_paths=[str(PACKAGE)],
            signature=about.signature,
            input_example=about.example,
            pip_requirements=_pinned(kind.requirements),
            metadata=about.metadata,
        )
        if not client.search_registered_models(f"name = '{kind.name}'"):
            client.create_registered_model(kind.name)
        made = client.create_model_version(
            kind.name,
            logged.model_uri,
            logged.run_id,
            tags={kind.tag: digest, "git.commit": str(line["commit"])},
            model_id=logged.model_id,
        )
    return str(made.version)


def promote(
    store: Store, kind: Registered, bundle: Path, line: Mapping[str, Any], tries: Sequence[Try]
) -> str:
    """Register a bundle, let it predict as users will, and make it the champion.

    Args:
        store: the opened index.
        kind: which registered model it becomes a version of.
        bundle: its folder.
        line: what the record will say of it.
        tries: what it is tried on.

    Returns:
        the number of the model version.

    Raises:
        StaleError: if the loaded model does not answer for every patch; nothing is promoted.
    """
    number = register(store, kind, bundle, line)
    for patches, params in tries:
        answers = ask(store, kind, number, patches, params)
        if [set(answer) for answer in answers] != [kind.answers] * len(patches):
            raise StaleError(f"version {number} of {kind.name} answered {answers!r}: not promoted.")
    crown(store, kind, number)
    return number


def crown(store: Store, kind: Registered, number: str) -> None:
    """Let ``models:/NAME@champion`` be this version."""
    store.client.set_registered_model_alias(kind.name, ALIAS, number)


def ask(
    store: Store,
    kind: Registered,
    number: str,
    patches: np.ndarray[Any, Any],
    params: dict[str, str] | None = None,
) -> list[dict[str, Any]]:
    """Load a version as users do, without pickles, and let it predict.

    Returns:
        per patch a dictionary with the keys of ``kind.answers``.
    """
    variable = "MLFLOW_ALLOW_PICKLE_DESERIALIZATION"
    with fluent(store), environment(variable, "false"):
        model = mlflow.pyfunc.load_model(f"{SCHEME}{kind.name}/{number}")
        return list(model.predict(patches, params=params))


def replay(
    store: Store,
    kind: Registered,
    lines: Sequence[Mapping[str, Any]],
    bundles: Path,
    say: Callable[[str], None],
) -> None:
    """Register everything promoted whose bundle is there; the last line is the champion.

    Args:
        store: the opened index.
        kind: which registered model.
        lines: of its record.
        bundles: the folder with one bundle per digest.
        say: is told of a bundle that is not there.
    """
    known = _versions(store, kind)
    for line in lines:
        digest = str(line[kind.key])
        if digest not in known and not (bundles / digest).is_dir():
            say(
                f"registry: {kind.words} {digest[:12]} was promoted, but {bundles / digest} is not "
                "here, so it cannot be registered again."
            )
            continue
        number = register(store, kind, bundles / digest, line)
        if line is lines[-1]:
            crown(store, kind, number)


def champion(store: Store, kind: Registered) -> str | None:
    """The digest of the bundle that has the alias; None without one."""
    try:
        found = store.client.get_model_version_by_alias(kind.name, ALIAS)
    except MlflowException:
        return None
    return str(found.tags.get(kind.tag))


@contextmanager
def fetched(store: Store, kind: Registered, uri: str) -> Iterator[Path]:
    """The bundle of a registered version, meanwhile; no code of it runs.

    Args:
        store: the opened index.
        kind: which registered model it must be a version of.
        uri: ``models:/NAME@ALIAS`` or ``models:/NAME/VERSION``.

    Raises:
        StaleError: if there is no such version, or its files are gone.
    """
    named = uri.removeprefix(SCHEME)
    with TemporaryDirectory() as elsewhere, fluent(store):
        try:
            if named.startswith(f"{kind.name}@"):
                alias = named.removeprefix(f"{kind.name}@")
                found = store.client.get_model_version_by_alias(kind.name, alias)
            else:
                name, _, number = named.partition("/")
                found = store.client.get_model_version(name, number)
            digest = found.tags[kind.tag]
            bundle = mlflow.artifacts.download_artifacts(
                f"{SCHEME}{kind.name}/{found.version}/artifacts/{digest}",
                dst_path=None if store.artifacts else elsewhere,
            )
        except (MlflowException, OSError, KeyError) as error:
            reason = " ".join(str(error).split())[:200]
            raise StaleError(
                f"{uri} is no {kind.words} in the registry ({reason}): run 'crosslook promote', or "
                "'crosslook track' if one was promoted."
            ) from None
        yield Path(bundle)


def _versions(store: Store, kind: Registered) -> dict[str, ModelVersion]:
    """Registered versions by the digest of their bundle."""
    found = all_pages(store.client.search_model_versions, f"name = '{kind.name}'")
    return {one.tags[kind.tag]: one for one in found if kind.tag in one.tags}


def _pinned(requirements: Sequence[str]) -> list[str]:
    """Exact versions of what a model needs, as installed here, without local labels (+cpu)."""
    return [f"{name}=={version(name).split('+')[0]}" for name in requirements]
