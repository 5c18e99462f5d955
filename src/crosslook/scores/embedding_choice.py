"""Which of the wanted embedding networks can judge these patches, and why the others cannot."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from crosslook.errors import InputError, MissingWeightsError
from crosslook.scores.embedder_settings import EmbedderSettings
from crosslook.scores.embedding import Embedder, load_embedder


@dataclass(frozen=True)
class Chosen:
    """Embedders by name, as records tell of them, and those that are left out."""

    known: Mapping[str, Mapping[str, Any]]  # name -> name, key, dimensions, preprocessing
    left_out: tuple[Mapping[str, str], ...]  # embedder, reason

    @property
    def keys(self) -> dict[str, str]:
        """What the embeddings of each are kept under."""
        return {name: about["key"] for name, about in self.known.items()}


@lru_cache(maxsize=1)
def loaded(name: str, settings: EmbedderSettings) -> Embedder:
    """``load_embedder``, remembered until another one is asked for: many jobs need one network."""
    return load_embedder(name, settings)


def choose_embedders(wanted: Mapping[str, EmbedderSettings], contract: Mapping[str, Any]) -> Chosen:
    """Those whose weights are here and that can read patches of this contract.

    Args:
        wanted: settings by name.
        contract: of the patches.

    Raises:
        InputError: if weights are damaged, or not those that the settings name.
    """
    known: dict[str, Mapping[str, Any]] = {}
    left_out = []
    for name, settings in wanted.items():
        try:
            embedder = loaded(name, settings)
        except MissingWeightsError as error:
            left_out.append({"embedder": name, "reason": str(error)})
            continue
        try:
            embedder.preparation.require(name, len(contract["composite_bands"]), contract)
        except InputError as error:
            left_out.append({"embedder": name, "reason": str(error)})
            continue
        known[name] = {
            "name": name,
            "key": embedder.key,
            "dimensions": embedder.dimensions,
            "preprocessing": embedder.preprocessing,
        }
    return Chosen(known, tuple(left_out))
