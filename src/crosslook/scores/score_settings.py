"""What is measured on every checkpoint, importable without numpy: section ``score_translator``."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from crosslook.scores.embedder_settings import EmbedderSettings, require_embedder
from crosslook.scores.forest_settings import ForestSettings


@dataclass(frozen=True)
class ScoreSettings:
    """Section ``score_translator``."""

    patches: int = 150  # fakes, and real patches; fewer where there are not so many
    embedders: Mapping[str, EmbedderSettings] = field(default_factory=dict)
    classifier: str = ""  # model.safetensors of train_classifier, for the semantic consistency
    forest: ForestSettings = field(default_factory=ForestSettings)
    replicates: int = 1000  # of KID's bootstrap over scenes
    draws: int = 5  # of real against real
    ahead: int = 0  # 1: also score the translations that come after, in the same processes
    seed: int = 0  # of folds, trees, draws and replicates; the choice of patches knows none

    def __post_init__(self) -> None:
        if self.patches < 12 or self.replicates < 0 or self.draws < 1 or self.seed < 0:
            raise ValueError(
                f"patches={self.patches} must be >= 12, draws={self.draws} >= 1, "
                f"replicates={self.replicates} and seed={self.seed} >= 0."
            )
        if self.ahead not in (0, 1):
            raise ValueError(f"ahead={self.ahead} must be 0 or 1.")
        for name in self.embedders:
            require_embedder(name)
