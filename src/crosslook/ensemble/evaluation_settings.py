"""What the evaluation may be told; no heavy imports here."""

from dataclasses import dataclass, field
from typing import Literal

Protocol = Literal["dev", "paper", "nested"]
"""What was used to choose checkpoints and fusion; see docs/evaluation.md."""


@dataclass(frozen=True)
class NestedSettings:
    folds: int = 5  # of scenes
    repeats: int = 10  # of the whole partition
    trials: int = 30  # of the fusion study in every fold

    def __post_init__(self) -> None:
        if self.folds < 2:
            raise ValueError(f"folds={self.folds} must be >= 2.")
        if self.repeats < 1 or self.trials < 1:
            raise ValueError(f"repeats={self.repeats} and trials={self.trials} must be >= 1.")


@dataclass(frozen=True)
class EvaluateParams:
    replicates: int = 2000  # of the bootstrap
    resample: Literal["images", "scenes"] = "scenes"  # fewer than 8 scenes: images all the same
    protocols: tuple[Protocol, ...] = ("dev", "paper", "nested")
    nested: NestedSettings = field(default_factory=NestedSettings)

    def __post_init__(self) -> None:
        if self.replicates < 1:
            raise ValueError(f"replicates={self.replicates} must be >= 1.")
        if "dev" not in self.protocols or len(set(self.protocols)) < len(self.protocols):
            raise ValueError(f"protocols={list(self.protocols)} must be different, and hold 'dev'.")
