"""What scores are made of, on disk: embeddings, L1 maps and spectra of real patches and of fakes.

embeddings/EMBEDDER/{real,CHECKPOINT}.npy    (N, D) float32
maps/{real,CHECKPOINT}.npz                   spectrum (H, W); of fakes also l1 (C, H, W)
example/CHECKPOINT.npz                       source and fake, (C, H, W) uint8, and their l1
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from crosslook.errors import CheckpointError
from crosslook.patches.choosing import Side
from crosslook.patches.patch_set import read_patch_set, require_contract
from crosslook.scores.embedder_settings import EmbedderSettings
from crosslook.scores.embedding import embed
from crosslook.scores.embedding_choice import loaded
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
    patches, pixels = job.side.read()
    if job.embedder:
        network = loaded(job.embedder, job.settings)
        found = embed(network, pixels, patches.contract)
        _save(embeddings(job.folder, job.embedder, REAL), found)
    else:
        _save_all(job.folder / "maps" / f"{REAL}.npz", spectrum=_drawn(spectrum(pixels[: job.n])))
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
    patches, pixels = source.read()
    translator, card = load_translator(checkpoint, channels=(3, 3), source=patches.contract)
    wanted = read_patch_set(real.folder).contract
    require_contract(wanted, card.target, "the set of real patches", str(checkpoint))
    fake, name = _translated(translator, pixels, checkpoint), checkpoint.stem
    for embedder, settings in embedders.items():
        network = loaded(embedder, settings)
        _save(embeddings(folder, embedder, name), embed(network, fake, card.target))
    changed = change(pixels, patches.contract, fake, card.target)
    means = l1_scores(changed)
    _save_all(
        folder / "maps" / f"{name}.npz",
        l1=changed.map.astype(np.float32),
        spectrum=_drawn(spectrum(fake)),
        bands=np.array(list(means)),
        means=np.array(list(means.values())),
        units=np.array([changed.units[changed.bands.index(band)] for band in means]),
        words=np.array(changed.words),
    )
    i = liveliest(pixels)
    one = change(pixels[i : i + 1], patches.contract, fake[i : i + 1], card.target)
    _save_all(
        folder / "example" / f"{name}.npz",
        source=pixels[i],
        fake=fake[i],
        l1=one.map.astype(np.float32),
    )


def liveliest(patches: Pixels) -> int:
    """The patch of (N, C, H, W) whose values vary most: something can be seen in it."""
    return int(np.argmax([float(patch.std(axis=(1, 2)).sum()) for patch in patches]))


def _translated(translator: Translator, source: Pixels, checkpoint: Path) -> Pixels:
    """(N, 3, H, W) fakes; a method that has styles takes that of each patch's own seed."""
    try:
        return np.stack([translate_pixels(translator, patch) for patch in source])
    except FloatingPointError as error:
        raise CheckpointError(
            f"{checkpoint}: {error} The training has diverged: lower learning_rate, or take an "
            "earlier checkpoint."
        ) from None


def _drawn(power: Floats | None) -> Floats:
    """A spectrum; an empty array for none, since files hold arrays only."""
    return np.zeros((0, 0)) if power is None else power


def _save(path: Path, array: npt.NDArray[Any]) -> None:
    with whole_file(path) as temporary, temporary.open("wb") as file:
        np.save(file, array, allow_pickle=False)


def _save_all(path: Path, **arrays: npt.NDArray[Any]) -> None:
    with whole_file(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)
