"""What MUNIT and Council-GAN can be told. Light: nothing here needs numpy or torch.

Defaults are those of the papers' references; params.yaml says what a project uses. Both halve
their learning rate: ``schedule: {halve_every: 100000, clock: iterations}``.
"""

from dataclasses import dataclass
from typing import Literal

from crosslook.translators.settings import NetworkSettings


@dataclass(frozen=True)
class StyleSettings(NetworkSettings):
    """Sizes of a generator that is given a style."""

    learning_rate: float = 1e-4
    weight_decay: float = 1e-4  # added to the gradient
    style_length: int = 8
    style_width: int = 256  # hidden layers that turn a style into the decoder's norms
    scales: int = 3  # resolutions that discriminators see
    style_seed: int = 0  # with the patch itself, decides the style that it is translated with

    def __post_init__(self) -> None:
        super().__post_init__()
        if min(self.style_length, self.style_width, self.scales) < 1 or self.style_seed < 0:
            raise ValueError(
                "style_length, style_width and scales must be >= 1, and style_seed >= 0."
            )
        if not self.weight_decay >= 0:
            raise ValueError(f"weight_decay={self.weight_decay} must be >= 0.")

    @property
    def smallest_crop(self) -> int:
        """Four halvings at the coarsest scale need 16 pixels there."""
        return max(32, 16 << (self.scales - 1))


@dataclass(frozen=True)
class MUNITSettings(StyleSettings):
    """Huang et al. 2018, arXiv:1804.04732."""

    blocks: int = 4  # residual blocks of the content encoder, and of the decoder
    image_weight: float = 10.0  # lambda_x in eq. (5)
    content_weight: float = 1.0  # lambda_c
    style_weight: float = 1.0  # lambda_s
    cycle_weight: float = 0.0  # style-augmented cycle; the reference takes 10 for some sets
    inference_style: Literal["drawn", "bank"] = "drawn"  # from N(0, I), or of real targets
    bank: int = 16  # styles of target patches that a checkpoint keeps

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.inference_style not in ("drawn", "bank") or self.bank < 1:
            raise ValueError(
                f"inference_style={self.inference_style!r} must be 'drawn' or 'bank', and "
                f"bank={self.bank} >= 1."
            )


@dataclass(frozen=True)
class CouncilGANSettings(StyleSettings):
    """Nizan and Tal 2020, arXiv:1911.10538.

    The focus weights keep as much of the source as they can. Where all of an image must change,
    as from optical to SAR, set ``undecided_weight`` and ``painted_weight`` to 0.
    """

    blocks: int = 5
    style_length: int = 64
    scales: int = 2
    members: int = 4  # N in the paper
    exported_member: int = 0  # the one that translates after training
    gan_weight: float = 24.0
    council_weight: float = 4.0
    council_start: int = 10_000  # the generators' council term counts from the step after this
    council_draws: int = 4  # other members that a council discriminator sees, at most ``members``
    milder: float = 0.71  # their style is multiplied with this
    focus_start: int = 50_000  # likewise the focus terms
    undecided_weight: float = 0.5
    painted_weight: float = 0.5
    ragged_weight: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.members < 2 or not 0 <= self.exported_member < self.members:
            raise ValueError(
                f"members={self.members} must be >= 2, and exported_member="
                f"{self.exported_member} lie between 0 and members - 1."
            )
        if self.council_draws < 1:
            raise ValueError(f"council_draws={self.council_draws} must be >= 1.")
