"""What scores are made of, on disk: embeddings, L1 maps and spectra of real patches and of fakes.

embeddings/EMBEDDER/{real,CHECKPOINT}.npy    (N, D) float32
maps/{real,CHECKPOINT}.npz                   spectrum (H, W); of fakes also l1 (C, H, W)
example/CHECKPOINT.npz                       source and fake, (C, H, W) uint8, and their l1
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from crosslook.errors import CheckpointError
from crosslook.patches.choosing import Side
from crosslook.patches.patch_set import require_contract
from crosslook.scores.embedder_settings import EmbedderSettings
from crosslook.scores.embedding import embed
from crosslook.scores.embedding_choice import loaded
from crosslook.scores.features import Features
from crosslook.scores.matching import Floats
from crosslook.scores.of_images import change, grid_index, l1_scores, spectrum
from crosslook.translators.checkpoint import load_translator
from crosslook.translators.pixels import Pixels
from crosslook.translators.translating import translate_pixels
from crosslook.translators.translator import Translator
from crosslook.writing import whole_file

REAL = "real"


@dataclass(frozen=True)
class RealJob:
    """Real patches to look at: by a network where an embedder is named, else by their spectrum."""

    side: Side
    n: int  # patches that fakes are compared with; the others are for real against real
    embedder: str
    settings: EmbedderSettings
    folder: Path


def look_at_real(job: RealJob) -> Path:
    """Write embeddings/EMBEDDER/real.npy of all patches, or maps/real.npz of the first n.

    Returns:
        ``folder`` of the job.
    """
    if job.embedder:
        network = loaded(job.embedder, job.settings)
        found = embed(network, job.side.batches(), job.side.contract())
        _save(embeddings(job.folder, job.embedder, REAL), found)
    else:
        power = _Mean()
        for pixels in job.side.first(job.n).batches():
            power.add(len(pixels), spectrum(pixels))
        _save_all(job.folder / "maps" / f"{REAL}.npz", spectrum=power.value())
    return job.folder


def embeddings(folder: Path, embedder: str, of: str) -> Path:
    """Where the embeddings of a checkpoint, or of the real patches, lie."""
    return folder / "embeddings" / embedder / f"{of}.npy"


def read_index(maps: Path) -> float | None:
    """The checkerboard index of the spectrum in a maps/NAME.npz; None where there is none."""
    power = np.load(maps, allow_pickle=False)["spectrum"]
    return grid_index(power if power.size else None)


def make_fakes(
    checkpoint: Path,
    source: Side,
    real: Side,
    embedders: Mapping[str, EmbedderSettings],
    folder: Path,
) -> None:
    """Translate the sources and write what is kept of the fakes, under the checkpoint's name.

    embeddings/EMBEDDER/NAME.npy; maps/NAME.npz with the L1 maps, their means and units, and the
    spectrum; example/NAME.npz with one source, its fake and their L1 map.

    Args:
        checkpoint: of the translator.
        source: patches to translate.
        real: what the fakes will be compared with.
        embedders: settings by name.
        folder: for the files.

    Raises:
        CheckpointError: if the checkpoint is damaged, or makes values that are not finite.
        RadiometryError: if sources or real patches have another radiometry than it was trained on.
        InputError: if an embedding network cannot read its patches.
    """
    contract, name = source.contract(), checkpoint.stem
    translator, card = load_translator(checkpoint, channels=(3, 3), source=contract)
    require_contract(real.contract(), card.target, "the set of real patches", str(checkpoint))
    networks = {one: loaded(one, settings) for one, settings in embedders.items()}
    embedded: dict[str, list[Features]] = {one: [] for one in networks}
    l1, power, example = _Mean(), _Mean(), _Example()
    for pixels in source.batches():
        fake = _translated(translator, pixels, checkpoint)
        for one, network in networks.items():
            embedded[one].append(embed(network, fake, card.target))
        changed = change(pixels, contract, fake, card.target)
        l1.add(len(pixels), changed.map)
        power.add(len(pixels), spectrum(fake))
        example.add(pixels, fake)
    for one, found in embedded.items():
        _save(embeddings(folder, one, name), np.concatenate(found))
    means = l1_scores(replace(changed, map=l1.value()))
    _save_all(
        folder / "maps" / f"{name}.npz",
        l1=l1.value().astype(np.float32),
        spectrum=power.value(),
        bands=np.array(list(means)),
        means=np.array(list(means.values())),
        units=np.array([changed.units[changed.bands.index(band)] for band in means]),
        words=np.array(changed.words),
    )
    one_map = change(example.source[None], contract, example.fake[None], card.target).map
    _save_all(
        folder / "example" / f"{name}.npz",
        source=example.source,
        fake=example.fake,
        l1=one_map.astype(np.float32),
    )


class _Mean:
    """The mean of arrays over patches, batch by batch; empty where one is None."""

    def __init__(self) -> None:
        self.total: Any = 0.0
        self.patches = 0

    def add(self, patches: int, mean: Floats | None) -> None:
        """Take the mean over so many more patches."""
        if mean is not None:
            self.total = self.total + patches * mean
            self.patches += patches

    def value(self) -> Floats:
        """The mean over all; (0, 0) where there is none, since files hold arrays only."""
        return np.asarray(self.total) / self.patches if self.patches else np.zeros((0, 0))


class _Example:
    """The source whose values vary most, in which something can be seen, and its fake."""

    def __init__(self) -> None:
        self.variation = -1.0
        self.source = self.fake = np.zeros((3, 0, 0), np.uint8)

    def add(self, sources: Pixels, fakes: Pixels) -> None:
        """Look at a batch, (B, C, H, W) each; of equals the first is taken."""
        for source, fake in zip(sources, fakes, strict=True):
            variation = float(source.std(axis=(1, 2)).sum())
            if variation > self.variation:
                self.variation, self.source, self.fake = variation, source, fake


def _translated(translator: Translator, source: Pixels, checkpoint: Path) -> Pixels:
    """(N, 3, H, W) fakes; a method that has styles takes that of each patch's own seed."""
    try:
        return np.stack([translate_pixels(translator, patch) for patch in source])
    except FloatingPointError as error:
        raise CheckpointError(
            f"{checkpoint}: {error} The training has diverged: lower learning_rate, or take an "
            "earlier checkpoint."
        ) from None


def _save(path: Path, array: npt.NDArray[Any]) -> None:
    with whole_file(path) as temporary, temporary.open("wb") as file:
        np.save(file, array, allow_pickle=False)


def _save_all(path: Path, **arrays: npt.NDArray[Any]) -> None:
    with whole_file(path) as temporary, temporary.open("wb") as file:
        cast(Any, np.savez)(file, **arrays)
