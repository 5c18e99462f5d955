"""How much faster the Fréchet distance is than through scipy's matrix square root.

    python benchmarks/scores.py

Embeddings of 2048 numbers, N of them on each side: rectified, with unequal variances and
correlated through 256 factors. Both sides get the same arrays and make their own means and
covariances. The clock is the CPU time of the process, on one thread; a time is the median over
repeats, and both sides must agree to 1e-6 of the value.

Last, all scores of one checkpoint at the smallest N, as score_translator takes them: embeddings
are there; N fakes and their sources of 128 px, one labelled box in each; the default forest; and
the fakes at half of N, five draws, to stand beside real against real.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from scipy import linalg
from threadpoolctl import threadpool_limits

from crosslook.scores.cosine import cosine
from crosslook.scores.coverage import coverage
from crosslook.scores.forest import forest_log_loss
from crosslook.scores.forest_settings import ForestSettings
from crosslook.scores.frechet import frechet_distance
from crosslook.scores.kernel import kid
from crosslook.scores.matching import Floats
from crosslook.scores.of_embeddings import Embedded, judge_at
from crosslook.scores.of_images import change, grid_index, l1_scores, spectrum
from crosslook.scores.projection import fit_projection
from crosslook.scores.survival import Reference, survival, verdicts

D, FACTORS, SCENES = 2048, 256, 15
SIDE_PX, DRAWS, AIM_S = 128, 5, 10.0
CONTRACT = {
    "composite_bands": ["VH", "VV", "VH/VV"],
    "unit": "sigma0_db",
    "stretch": [[-26.0, -5.0], [-20.0, 0.0], [0.0, 1.0]],
    "ratio": "amplitude",
}
T = TypeVar("T")


@dataclass(frozen=True)
class Times:
    """Seconds of CPU, and how far the two values lie apart."""

    n: int
    by_root: float
    ours: float
    gap: float  # share of the value

    @property
    def ratio(self) -> float:
        return self.by_root / self.ours


def sample(n: int, d: int, seed: int, shift: float = 0.0) -> Floats:
    """(n, d) embeddings as those of a network: rectified, correlated, of unequal variance."""
    mix = np.random.default_rng(0).normal(0, 1, (FACTORS, d)) / np.sqrt(FACTORS)
    scale = np.random.default_rng(1).lognormal(0, 0.5, d)
    rng = np.random.default_rng([2, seed])
    common = rng.normal(0, 1, (n, FACTORS)) @ mix
    own = rng.normal(0, 0.5, (n, d))
    found: Floats = scale * np.maximum(common + own + shift, 0)
    return found


def through_square_root(a: Floats, b: Floats) -> float:
    """The formula as it is written, with ``scipy.linalg.sqrtm``."""
    of_a, of_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = np.real(linalg.sqrtm(of_a @ of_b))
    gap = a.mean(axis=0) - b.mean(axis=0)
    return float(gap @ gap + np.trace(of_a) + np.trace(of_b) - 2 * np.trace(root))


def measure(n: int, repeats: int, d: int = D) -> Times:
    """Both times at N = n.

    Raises:
        RuntimeError: if the two disagree.
    """
    a, b = sample(n, d, 0), sample(n, d, 1, 0.1)
    expected, by_root = timed(lambda: through_square_root(a, b), repeats)
    found, ours = timed(lambda: frechet_distance(a, b), max(3, repeats))
    gap = abs(found - expected) / expected
    if gap > 1e-6:
        raise RuntimeError(f"N={n}: {found} and {expected} by sqrtm differ by {gap:.1e}.")
    return Times(n, by_root, ours, gap)


def all_scores(n: int, d: int = D, side: int = SIDE_PX) -> dict[str, float]:
    """CPU seconds of each score of one checkpoint, from n real and n fake patches."""
    real, fake = sample(n, d, 0), sample(n, d, 1, 0.1)
    scenes = [str(i % SCENES) for i in range(n)]
    of_real, of_fake = Embedded(real, scenes), Embedded(fake, scenes)
    rng = np.random.default_rng(3)
    source, image = (rng.integers(1, 256, (n, 3, side, side), np.uint8) for _ in range(2))
    box = np.array([[0.3, 0.3, 0.6, 0.5]]) * side
    reference = Reference(3.0, n, 0.9)
    scores: dict[str, Callable[[], object]] = {
        "Fréchet": lambda: frechet_distance(real, fake),
        "KID, 1000 replicates": lambda: kid(real, fake, scenes, scenes),
        "CRD": lambda: cosine(real, fake),
        "coverage": lambda: coverage(real, fake),
        "forest, default": lambda: forest_log_loss(real, fake, scenes, scenes),
        f"all of these at N = {n // 2}, {DRAWS} draws": lambda: judge_at(
            of_real, of_fake, n // 2, ForestSettings(), DRAWS, 0
        ),
        "PCA": lambda: fit_projection(real)(fake),
        "L1 maps": lambda: l1_scores(change(source, CONTRACT, image, CONTRACT)),
        "checkerboard index": lambda: grid_index(spectrum(image)),
        "label survival": lambda: survival(
            [
                verdict
                for before, after in zip(source, image, strict=True)
                for verdict in verdicts(before[1] / 255, after[1] / 255, box, reference)
            ]
        ),
    }
    return {name: timed(call, 1)[1] for name, call in scores.items()}


def timed(call: Callable[[], T], repeats: int) -> tuple[T, float]:
    """What a call gives, and the median of its CPU seconds."""
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        result = call()
        seconds.append(time.process_time() - start)
    return result, float(np.median(seconds))


def main() -> None:
    """Print both times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, nargs="+", default=[150, 2000])
    parser.add_argument("--repeats", type=int, default=1)
    given = parser.parse_args()
    threadpool_limits(1)
    print(f"Fréchet distance, D = {D}, CPU time on one thread.")
    print(f"{'N':>6}{'sqrtm':>12}{'nuclear norm':>16}{'ratio':>9}{'differ by':>12}")
    for n in given.n:
        times = measure(n, given.repeats)
        print(
            f"{n:>6}{times.by_root:>10.2f} s{times.ours:>14.4f} s{times.ratio:>8.1f}x"
            f"{times.gap:>12.1e}",
            flush=True,
        )
    n = min(given.n)
    seconds = all_scores(n)
    together = sum(seconds.values())
    print(f"\nAll scores of one checkpoint, embeddings at hand, N = {n}, {SCENES} scenes:")
    for name, of_score in seconds.items():
        print(f"{name:>36}{of_score:>9.3f} s")
    met = "met" if together < AIM_S else "missed"
    print(f"{'together':>36}{together:>9.3f} s CPU  (aim at N = 150: under {AIM_S:g} s, {met})")


if __name__ == "__main__":
    main()
