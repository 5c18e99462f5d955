"""All scores of a folder of fakes against a folder of real images."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from crosslook.scores.artefacts import checkerboard_index, power_spectrum
from crosslook.scores.embedding import Embedder, Pixels, embed
from crosslook.scores.folders import Folder
from crosslook.scores.forest_settings import ForestSettings
from crosslook.scores.matching import Floats, Integers
from crosslook.scores.of_embeddings import Embedded, judge, judge_at, judge_real
from crosslook.scores.of_images import LEAST_PX, MULTIPLE
from crosslook.scores.quality import named

BATCH = 16
DRAWS = 5  # of real against real
REPLICATES = 1000  # of KID's bootstrap
FEWEST_SCENES = 4  # a side, for folds and draws of whole scenes
PARTS = 3  # of ``compare``
Count = Callable[[int], object]


class Spectra:
    """The mean power spectrum of images that come in batches."""

    def __init__(self) -> None:
        self.total: Floats | None = None
        self.images = 0

    def add(self, pixels: Pixels) -> None:
        """Of (B, C, H, W); black is a value, not a gap. Too small ones have no spectrum."""
        height, width = (side - side % MULTIPLE for side in pixels.shape[2:])
        if min(height, width) >= LEAST_PX:
            power = power_spectrum(pixels[:, :, :height, :width].astype(np.float32)) * len(pixels)
            self.total = power if self.total is None else self.total + power
            self.images += len(pixels)

    def index(self) -> float | None:
        """``artefacts.checkerboard_index``."""
        return None if self.total is None else checkerboard_index(self.total / self.images)


@dataclass(frozen=True)
class Side:
    """What was seen of one folder."""

    images: Embedded
    unreadable: int
    grid: float | None  # checkerboard index; None of images below 32 px


@dataclass(frozen=True)
class Seen:
    """Both folders, seen by one network."""

    real: Side
    fake: Side
    groups: str  # what images are drawn and folded by, in words
    about: dict[str, Any]  # the network
    size_px: tuple[int, int]  # height, width
    cropped: bool


def look(
    real: Folder,
    fake: Folder,
    embedder: Embedder,
    crop: int = 0,
    embedded: Count = lambda count: None,
) -> Seen:
    """Embed every image of two folders, and take their spectra.

    Folds of the forest and draws of KID will hold whole scenes where both sides are patch sets of
    at least four scenes each; else every image stands alone.

    Args:
        real: see ``folders.require_comparable``.
        fake: the same.
        embedder: the network.
        crop: side to which images are cut in the middle; 0 leaves them.
        embedded: called with the number of images just embedded.

    Raises:
        InputError: if the network cannot see these images.
    """
    contract = real.contract if real.contract is not None and fake.contract is not None else {}
    scenes, groups = _groups(real, fake)
    sides = []
    for folder, of_folder in zip((real, fake), scenes, strict=True):
        spectra = Spectra()
        watched = _watch(folder.batches(BATCH, crop), spectra, embedded)
        images = Embedded(embed(embedder, watched, contract, BATCH), of_folder)
        sides.append(Side(images, len(folder.unreadable), spectra.index()))
    about = {"name": embedder.name, "key": embedder.key, "dimensions": embedder.dimensions}
    about |= {"preprocessing": embedder.preprocessing}
    size = (crop, crop) if crop else real.sizes[0]
    return Seen(sides[0], sides[1], groups, about, size, bool(crop))


def compare(
    seen: Seen,
    n: int,
    forest: ForestSettings,
    seed: int = 0,
    scored: Count = lambda count: None,
) -> dict[str, Any]:
    """Every score of n fakes against n real images, and what real gives against real.

    Args:
        seen: real images beyond n serve real against real; of more fakes a random n are taken.
        n: images a side, see ``folders.require_comparable``.
        forest: settings of the random forest.
        seed: of every draw.
        scored: called with 1 after each of ``PARTS``.

    Returns:
        "scores", "details" and "real" as a checkpoint of results/score_translator has them, and
        what they are of.
    """
    real, fake = seen.real.images, seen.fake.images
    few_real, few_fake = real[_some(real, n, seed)], fake[_some(fake, n, seed)]
    name = seen.about["name"]

    judged = judge(few_real, few_fake, forest, REPLICATES, seed)
    scored(1)
    beside = judge_real(real, n, forest, DRAWS, seed)
    scored(1)
    details = {kind: dict(one) for kind, one in judged.details.items()}
    if len(real) < 2 * n:
        for kind, drawn in judge_at(real, few_fake, len(real) // 2, forest, DRAWS, seed).items():
            details.setdefault(kind, {})["at_n"] = asdict(drawn)
    scored(1)
    scores = {named(kind, name): value for kind, value in judged.scores.items()}
    return {
        "n": n,
        "images": {"real": _images(seen.real), "fake": _images(seen.fake)},
        "size_px": list(seen.size_px),
        "cropped": seen.cropped,
        "groups": seen.groups,
        "seed": seed,
        "forest": asdict(forest),
        "embedder": seen.about,
        "scores": scores | {"checkerboard": seen.fake.grid},
        "details": {named(kind, name): one for kind, one in details.items()},
        "real": {
            name: {kind: asdict(drawn) for kind, drawn in beside.items()},
            "checkerboard": seen.real.grid,
        },
    }


def _watch(batches: Iterable[Pixels], spectra: Spectra, embedded: Count) -> Iterator[Pixels]:
    """Hand batches on, and note their spectra; a batch counts when the next one is asked for."""
    for pixels in batches:
        spectra.add(pixels)
        yield pixels
        embedded(len(pixels))


def _groups(real: Folder, fake: Folder) -> tuple[tuple[list[str], list[str]], str]:
    """What the images of each side are drawn and folded by, and the rule in words."""
    if real.scenes is not None and fake.scenes is not None:
        both = list(real.scenes), list(fake.scenes)
        if min(len(set(one)) for one in both) >= FEWEST_SCENES:
            return both, "scenes"
    alone = [f"real {i}" for i in range(len(real))], [f"fake {i}" for i in range(len(fake))]
    return alone, "each image alone"


def _some(images: Embedded, n: int, seed: int) -> Integers:
    """Numbers of n images: all in order, or a random choice."""
    if len(images) == n:
        return np.arange(n)
    return np.sort(np.random.default_rng([seed, len(images)]).choice(len(images), n, replace=False))


def _images(side: Side) -> dict[str, int]:
    return {"readable": len(side.images), "unreadable": side.unreadable}
