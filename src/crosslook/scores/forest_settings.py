"""How the random forest judges, importable without numpy."""

import math
from dataclasses import dataclass

CHANCE = math.log(2)  # log-loss of a judge that always answers one half


@dataclass(frozen=True)
class ForestSettings:
    """How often folds are drawn anew, and what a leaf's votes mean."""

    smallest: int = 5  # repeats at least
    largest: int = 100  # repeats at most
    standard_error: float = 0.005  # enough repeats when the mean's is no more; 0 never stops early
    smoothed: bool = True  # (k + 1) / (T + 2) in the place of k / T
    trees: int = 100

    def __post_init__(self) -> None:
        if not 2 <= self.smallest <= self.largest or self.trees < 1 or self.standard_error < 0:
            raise ValueError(
                f"need 2 <= smallest <= largest, trees >= 1 and standard_error >= 0, got {self}."
            )


PAPER = ForestSettings(smallest=100, largest=100, standard_error=0.0, smoothed=False)
