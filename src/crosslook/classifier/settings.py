"""What can be set in the land-cover model and its training. Imports neither numpy nor torch.

Symbols are those of Senchugova and Hänsch, "Cross-Modal Learning for Classification of Optical and
SAR Imagery", eqs. 1-4. The paper does not publish alpha, beta, lambda, mu, the optimiser, the batch
or the number of steps: the defaults here are ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Backbone = Literal["resnet18", "resnet50", "tiny"]
Mining = Literal["hardest", "semi_hard", "all"]
FEATURES = {"resnet18": 512, "resnet50": 2048, "tiny": 32}  # a trunk's vector per patch


@dataclass(frozen=True)
class TrunkWeights:
    """A file of trained weights for one sensor's trunk: .safetensors, or of ``torch.save``."""

    path: str
    sha256: str

    def __post_init__(self) -> None:
        if len(self.sha256) != 64 or set(self.sha256) - set("0123456789abcdef"):
            raise ValueError(
                f"sha256={self.sha256!r} must be 64 digits of 0-9 and a-f: run sha256sum on "
                f"{self.path}."
            )


@dataclass(frozen=True)
class NetworkSettings:
    """The networks. ``tiny``, three convolutions, is for tests."""

    backbone: Backbone = "resnet50"
    merging: tuple[int, ...] = ()  # outputs of the fully connected layers; (): see ``merged``
    modality_hidden: int = 128
    dropout: float = 0.5  # of the modality classifier
    weights: Mapping[str, TrunkWeights] = field(default_factory=dict)  # sensor -> where it starts

    def __post_init__(self) -> None:
        if len(self.merging) not in (0, 3) or min(self.merging, default=1) < 1:
            raise ValueError(f"merging={list(self.merging)} must give three widths >= 1, or none.")
        if self.modality_hidden < 1 or not 0 <= self.dropout < 1:
            raise ValueError(
                f"modality_hidden={self.modality_hidden} must be >= 1 and dropout={self.dropout} "
                "lie in [0, 1)."
            )
        if self.weights and self.backbone == "tiny":
            raise ValueError("weights: there are none for backbone 'tiny'.")

    @property
    def merged(self) -> tuple[int, ...]:
        """Widths of the merging network: F, 3/4 F and F / 2 of a trunk's F features.

        The paper gives the two ends, 2048 and 1024, and that there are three layers.
        """
        features = FEATURES[self.backbone]
        return self.merging or (features, 3 * features // 4, features // 2)

    @property
    def embedding(self) -> int:
        """Length of the vector in the latent space."""
        return self.merged[-1]


@dataclass(frozen=True)
class LossSettings:
    """L = alpha L_T + beta L_C - L_M, and what the configurations beyond the paper add."""

    classification_weight: float = 1.0  # beta
    triplet_weight: float = 0.1  # alpha
    negative_weight: float = 1.0  # lambda
    margin: float = 1.0  # mu; with distance cosine, .2 is usual
    distance: Literal["euclidean", "cosine"] = "euclidean"  # eq. 3: euclidean; cosine: 1 - cos
    triplet_sum: bool = False  # eq. 3 sums over the batch; the mean does not depend on its size
    reversal: float = 0.1  # what the reversed gradient is multiplied with at the end
    reversal_rise: float = 10.0  # how fast it gets there
    contrast_weight: float = 1.0
    temperature: float = 0.07  # of the contrast
    distillation_weight: float = 1.0
    distillation_temperature: float = 2.0
    teacher: str = "s2"

    def __post_init__(self) -> None:
        weights = {
            name: getattr(self, name)
            for name in (
                "classification_weight",
                "triplet_weight",
                "negative_weight",
                "margin",
                "reversal",
                "reversal_rise",
                "contrast_weight",
                "distillation_weight",
            )
        }
        if bad := {name: value for name, value in weights.items() if not value >= 0}:
            raise ValueError(f"{bad} must be >= 0.")
        if not self.temperature > 0 or not self.distillation_temperature > 0:
            raise ValueError(
                f"temperature={self.temperature} and distillation_temperature="
                f"{self.distillation_temperature} must be > 0."
            )


@dataclass(frozen=True)
class MiningSettings:
    """Which patches of other sensors are partners. Similarity of labels lies in 0..1."""

    similar: float = 0.7  # least similarity of a positive partner
    different: float = 0.5  # a negative partner is less similar than this
    early: Mining = "all"  # the hardest negative from the first step on lets embeddings collapse
    early_share: float = 0.2  # of the steps
    late: Mining = "hardest"

    def __post_init__(self) -> None:
        if not 0 < self.different <= self.similar <= 1:
            raise ValueError(
                f"different={self.different} must be > 0 and at most similar={self.similar}, "
                "which is at most 1."
            )
        if not 0 <= self.early_share <= 1:
            raise ValueError(f"early_share={self.early_share} must lie in 0..1.")


@dataclass(frozen=True)
class TrainingSettings:
    """The course of one training. One optimiser, AdamW, learns everything."""

    steps: int = 1000
    batch: int = 64  # patches of each sensor
    learning_rate: float = 3e-4  # the highest; falls along a cosine to 1 %
    head_rate: float = 1e-3  # of the classifier and the modality classifier, likewise
    betas: tuple[float, float] = (0.5, 0.999)  # of AdamW; with 0.9 an adversary swings
    weight_decay: float = 0.05  # of weights; biases and norms have none
    warmup_share: float = 0.05  # of the steps
    augment: bool = True  # flips and quarter turns
    samples: int = 0  # patches that teach, drawn by the seed; 0: all
    log_every: int = 10  # steps that make one row of the log
    save_every: int = 100  # steps between saved states
    workers: int = 0  # processes that draw batches ahead; changes no byte
    device: Literal["cpu", "cuda"] = "cpu"
    precision: Literal["auto", "float32", "bfloat16"] = "auto"  # auto: bfloat16 on a GPU with it
    losses: LossSettings = field(default_factory=LossSettings)
    mining: MiningSettings = field(default_factory=MiningSettings)

    def __post_init__(self) -> None:
        if min(self.steps, self.log_every, self.save_every) < 1 or self.batch < 2:
            raise ValueError(
                "steps, log_every and save_every must be >= 1, and batch >= 2, so that a batch has "
                "statistics."
            )
        if not 0 < self.learning_rate < 1 or not 0 < self.head_rate < 1 or self.weight_decay < 0:
            raise ValueError(
                f"learning_rate={self.learning_rate} and head_rate={self.head_rate} must lie "
                f"between 0 and 1, weight_decay={self.weight_decay} be >= 0."
            )
        if not all(0 <= beta < 1 for beta in self.betas):
            raise ValueError(f"betas={list(self.betas)} must lie in [0, 1).")
        if not 0 <= self.warmup_share < 1 or self.samples < 0 or self.workers < 0:
            raise ValueError(
                f"warmup_share={self.warmup_share} must lie in [0, 1), samples={self.samples} and "
                f"workers={self.workers} be >= 0."
            )
