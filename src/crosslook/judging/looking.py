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

from crosslook.judging.embedding_choice import loaded
from crosslook.patches.choosing import Side
from crosslook.scores.embedder_settings import EmbedderSettings
from crosslook.scores.embedding import embed
from crosslook.scores.features import Features
from crosslook.scores.matching import Floats
from crosslook.scores.of_images import Change, change, grid_index, l1_scores, spectrum
from crosslook.translators.pixels import Pixels
from crosslook.writing import whole_file

Contract = Mapping[str, Any]
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
        save(embeddings(job.folder, job.embedder, REAL), found)
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


class Images:
    """L1 maps, spectrum and one example of the fakes of a checkpoint, written under its name."""

    def __init__(self, folder: Path, of_source: Contract) -> None:
        self.folder, self.of_source = folder, of_source
        self.l1, self.power, self.example = _Mean(), _Mean(), _Example()
        self.changed: Change | None = None  # of the last batch: bands, units and words
        self.of_fake: Contract = {}

    def see(self, source: Pixels, fake: Pixels, of_fake: Contract) -> None:
        """A batch, (B, C, H, W) each."""
        self.changed, self.of_fake = change(source, self.of_source, fake, of_fake), of_fake
        self.l1.add(len(source), self.changed.map)
        self.power.add(len(source), spectrum(fake))
        self.example.add(source, fake)

    def write(self, name: str) -> None:
        """maps/NAME.npz with the L1 maps, their means and units, and the spectrum; example/."""
        if self.changed is None:
            raise ValueError("there is no fake to write of.")
        changed = replace(self.changed, map=self.l1.value())
        means = l1_scores(changed)
        _save_all(
            self.folder / "maps" / f"{name}.npz",
            l1=changed.map.astype(np.float32),
            spectrum=self.power.value(),
            bands=np.array(list(means)),
            means=np.array(list(means.values())),
            units=np.array([changed.units[changed.bands.index(band)] for band in means]),
            words=np.array(changed.words),
        )
        source, fake = self.example.source, self.example.fake
        one_map = change(source[None], self.of_source, fake[None], self.of_fake).map
        _save_all(
            self.folder / "example" / f"{name}.npz",
            source=source,
            fake=fake,
            l1=one_map.astype(np.float32),
        )


class Embedding:
    """The embeddings of the fakes of a checkpoint by one network, written under its name."""

    def __init__(self, folder: Path, embedder: str, settings: EmbedderSettings) -> None:
        self.folder, self.embedder = folder, embedder
        self.network = loaded(embedder, settings)
        self.found: list[Features] = []

    def see(self, source: Pixels, fake: Pixels, of_fake: Contract) -> None:
        """A batch, (B, C, H, W) each."""
        self.found.append(embed(self.network, fake, of_fake))

    def write(self, name: str) -> None:
        """embeddings/EMBEDDER/NAME.npy."""
        save(embeddings(self.folder, self.embedder, name), np.concatenate(self.found))


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


def save(path: Path, array: npt.NDArray[Any]) -> None:
    """Write one array, whole."""
    with whole_file(path) as temporary, temporary.open("wb") as file:
        np.save(file, array, allow_pickle=False)


def _save_all(path: Path, **arrays: npt.NDArray[Any]) -> None:
    with whole_file(path) as temporary, temporary.open("wb") as file:
        cast(Any, np.savez)(file, **arrays)
