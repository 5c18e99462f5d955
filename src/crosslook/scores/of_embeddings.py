"""All scores between the embeddings of real patches and of fakes, and real against real beside."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from crosslook.scores.cosine import cosine
from crosslook.scores.coverage import coverage, expected_coverage
from crosslook.scores.features import Drawn, Features, at_size, real_against_real
from crosslook.scores.forest import forest_log_loss
from crosslook.scores.forest_settings import ForestSettings
from crosslook.scores.frechet import frechet_distance
from crosslook.scores.kernel import kid

DRAWN_REPEATS = 2  # of the forest in each draw: several draws average as well as several repeats


@dataclass(frozen=True)
class Embedded:
    """Embeddings of patches, and the scene of each."""

    features: Features  # (N, D)
    scenes: Sequence[str]  # N

    def __len__(self) -> int:
        return len(self.features)

    def __getitem__(self, rows: Any) -> "Embedded":
        places = np.arange(len(self.features))[rows]
        return Embedded(self.features[places], [self.scenes[i] for i in places])


Value = Callable[[Embedded, Embedded], float]  # of real and fake


@dataclass(frozen=True)
class Judged:
    """Scores by kind; of what could not be measured the details hold the reason."""

    scores: Mapping[str, float | None]
    details: Mapping[str, Mapping[str, Any]]


def judge(
    real: Embedded, fake: Embedded, forest: ForestSettings, replicates: int, seed: int
) -> Judged:
    """Every score of N fakes against N real patches.

    Args:
        real: N of them.
        fake: as many; the scene of a fake is that of its source.
        forest: settings of the random forest, whose folds hold whole scenes.
        replicates: of KID's bootstrap over scenes.
        seed: of every draw.

    Raises:
        ValueError: if N differs or is too small, or an embedding is not finite.
    """
    cosines = cosine(real.features, fake.features)
    found = kid(real.features, fake.features, real.scenes, fake.scenes, replicates, seed)
    scores: dict[str, float | None] = {
        "fd": frechet_distance(real.features, fake.features),
        "kid": found.value,
        **asdict(cosines),
        "coverage": coverage(real.features, fake.features),
    }
    beside = {key: value for key, value in asdict(found).items() if key != "value"}
    details: dict[str, dict[str, Any]] = {
        "kid": beside,
        "coverage": {"expected": expected_coverage(len(real), len(fake))},
    }
    try:
        trees = forest_log_loss(
            real.features, fake.features, real.scenes, fake.scenes, forest, seed
        )
    except ValueError as error:
        scores["forest_log_loss"], details["forest_log_loss"] = None, {"reason": str(error)}
    else:
        scores["forest_log_loss"] = trees.value
        details["forest_log_loss"] = {
            key: value for key, value in asdict(trees).items() if key != "value"
        }
    return Judged(scores, details)


def judge_real(
    real: Embedded, n: int, forest: ForestSettings, draws: int, seed: int
) -> dict[str, Drawn]:
    """Every score between n and n other real patches, by kind; without those not to be had.

    n is halved to what there is: with fewer than 2 n real patches it is N // 2, and the fakes have
    to be scored at that size too (``judge_at``).
    """
    n = min(n, len(real) // 2)

    def drawn(value: Value) -> Drawn:
        return real_against_real(_places(real), _of_places(real, real, value), n, draws, seed)

    return _each(drawn, forest, seed)


def judge_at(
    real: Embedded, fake: Embedded, n: int, forest: ForestSettings, draws: int, seed: int
) -> dict[str, Drawn]:
    """Every score at n real patches and n fakes, drawn from more, to stand by ``judge_real``."""

    def drawn(value: Value) -> Drawn:
        score = _of_places(real, fake, value)
        return at_size(_places(real), _places(fake), score, n, draws, seed)

    return _each(drawn, forest, seed)


def _each(drawn: Callable[[Value], Drawn], forest: ForestSettings, seed: int) -> dict[str, Drawn]:
    few = replace(forest, smallest=DRAWN_REPEATS, largest=DRAWN_REPEATS)
    plain: dict[str, Value] = {
        "fd": lambda a, b: frechet_distance(a.features, b.features),
        "kid": lambda a, b: kid(a.features, b.features, replicates=0).value,
        "cos_mean": lambda a, b: cosine(a.features, b.features).cos_mean,
        "crd": lambda a, b: cosine(a.features, b.features).crd,
        "crd_excess": lambda a, b: cosine(a.features, b.features).crd_excess,
        "coverage": lambda a, b: coverage(a.features, b.features),
    }
    found = {kind: drawn(value) for kind, value in plain.items()}
    with suppress(ValueError):  # the scenes cannot be halved, which the score's own details say
        found["forest_log_loss"] = drawn(
            lambda a, b: (
                forest_log_loss(a.features, b.features, a.scenes, b.scenes, few, seed).value
            )
        )
    return found


def _places(embedded: Embedded) -> Features:
    """(N, 1): rows by number, so that what is drawn still knows its scene."""
    return np.arange(len(embedded), dtype=np.float64)[:, None]


def _of_places(a: Embedded, b: Embedded, value: Value) -> Callable[[Features, Features], float]:
    def score(rows: Features, others: Features) -> float:
        return value(a[rows[:, 0].astype(np.int64)], b[others[:, 0].astype(np.int64)])

    return score
