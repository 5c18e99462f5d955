"""Which of the wanted embedding networks can judge these patches, and why the others cannot."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from crosslook.errors import InputError, MissingWeightsError
from crosslook.judging.embedders import load_embedder
from crosslook.patches.choosing import Side
from crosslook.scores.embedder_settings import EMBEDDERS, EmbedderSettings
from crosslook.scores.embedding import Embedder


@dataclass(frozen=True)
class Chosen:
    """Embedders by name, as records tell of them, and those that are left out."""

    known: Mapping[str, Mapping[str, Any]]  # name -> name, key, dimensions, preprocessing
    left_out: tuple[Mapping[str, str], ...]  # embedder, reason

    @property
    def keys(self) -> dict[str, str]:
        """What the embeddings of each are kept under."""
        return {name: about["key"] for name, about in self.known.items()}


@lru_cache(maxsize=len(EMBEDDERS))
def loaded(name: str, settings: EmbedderSettings) -> Embedder:
    """``load_embedder``, remembered: many jobs need the same networks, one beside the other."""
    return load_embedder(name, settings)


def choose_embedders(wanted: Mapping[str, EmbedderSettings], real: Side) -> Chosen:
    """Those whose weights are here and that can read these patches.

    Args:
        wanted: settings by name.
        real: patches of the target, which the fakes resemble in contract and size.

    Raises:
        InputError: if weights are damaged, or not those that the settings name.
    """
    contract, shape = real.contract(), next(real.first(1).batches()).shape[1:]
    known: dict[str, Mapping[str, Any]] = {}
    left_out = []
    for name, settings in wanted.items():
        try:
            embedder = loaded(name, settings)
        except MissingWeightsError as error:
            left_out.append({"embedder": name, "reason": str(error)})
            continue
        try:
            embedder.preparation.require(name, shape, contract)
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
