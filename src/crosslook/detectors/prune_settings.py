"""How detectors are spared the checkpoints that cannot win. Imports neither numpy nor torch."""

from dataclasses import dataclass

from crosslook.scores.quality import kind_of


@dataclass(frozen=True)
class Prune:
    """Which score ranks the checkpoints of a translation, and in which steps they are tried.

    See docs/decisions/0011: off unless a score is named.
    """

    score: str = ""  # as results/score_translator calls it; empty: every checkpoint is trained on
    keep: float = 0.5  # each set of checkpoints is this share of the next larger one
    least: int = 3  # checkpoints in the smallest set
    replicates: int = 2000  # draws of the intervals

    def __post_init__(self) -> None:
        if not 0 < self.keep < 1 or min(self.least, self.replicates) < 1:
            raise ValueError(
                f"keep={self.keep} must lie between 0 and 1, least={self.least} and replicates="
                f"{self.replicates} be >= 1."
            )
        if self.on and kind_of(self.score).better == "neither":
            raise ValueError(
                f"score={self.score!r} is neither better high nor low, so it ranks nothing: "
                "name another one."
            )

    @property
    def on(self) -> bool:
        """A score is named."""
        return bool(self.score)
