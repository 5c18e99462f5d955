"""How the discriminators of a translator are kept in check. Light: needs neither numpy nor torch.

All of it is off by default. Made for few images, where a discriminator learns them by heart.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Regularisers:
    """Differentiable augmentation, LeCam, spectral norm and R1, each by itself or together.

    ``augment``: Zhao et al. 2020, arXiv:2006.10738, with flips and without its changes of colour:
    a discriminator of SAR must go by what is bright.
    ``lecam_*``: Tseng et al. 2021, arXiv:2104.03310. Its public reference takes weight 0.3 for
    small sets of small pictures, decay 0.99, and begins after 1000 steps.
    ``r1_*``: Mescheder et al. 2018, arXiv:1801.04406, every so many steps (Karras et al. 2020,
    arXiv:1912.04958, appendix B).
    ``spectral_norm``: Miyato et al. 2018, arXiv:1802.05957.
    """

    augment: tuple[Literal["flip", "translation", "cutout"], ...] = ()  # of all that is judged
    lecam_weight: float = 0.0  # lambda
    lecam_decay: float = 0.99  # gamma, of the moving averages
    lecam_start: int = 1000  # the term counts from the step after this
    r1_weight: float = 0.0  # gamma
    r1_every: int = 16  # steps; the term is multiplied with it
    spectral_norm: bool = False  # of the discriminators' convolutions

    def __post_init__(self) -> None:
        known = {"flip", "translation", "cutout"}
        if set(self.augment) - known or len(set(self.augment)) != len(self.augment):
            raise ValueError(
                f"augment={list(self.augment)} must name flip, translation or cutout, each once."
            )
        if not (self.lecam_weight >= 0 and self.r1_weight >= 0):
            raise ValueError(
                f"lecam_weight={self.lecam_weight} and r1_weight={self.r1_weight} must be >= 0."
            )
        if not 0 <= self.lecam_decay < 1 or self.lecam_start < 0:
            raise ValueError(
                f"lecam_decay={self.lecam_decay} must lie in [0, 1), and lecam_start="
                f"{self.lecam_start} be >= 0."
            )
        if self.r1_every < 1:
            raise ValueError(f"r1_every={self.r1_every} must be >= 1.")
