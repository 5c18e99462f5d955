"""What a translator can be told, method by method. Light: nothing here needs numpy or torch.

Defaults are those of the papers; params.yaml says what a project uses.
"""

import math
from dataclasses import asdict, dataclass, field
from typing import ClassVar, Literal

from crosslook.patches.selection_params import Selection
from crosslook.translators.alarm_settings import Alarms
from crosslook.translators.regulariser_settings import Regularisers

Domain = Literal["optical", "sar"]
Precision = Literal["auto", "float32", "bfloat16"]  # "auto": see precision.py


@dataclass(frozen=True)
class Schedule:
    """Learning rate: constant at first, then falling linearly, in ``clock`` units.

    With ``halve_every`` it is halved each time so many units have passed, for ever; ``constant``
    and ``decay`` then do not count.
    """

    constant: int = 100
    decay: int = 100
    clock: Literal["epochs", "iterations"] = "epochs"
    halve_every: int = 0  # 0: never

    def __post_init__(self) -> None:
        if self.constant < 0 or self.decay < 0 or self.constant + self.decay < 1:
            raise ValueError(
                f"schedule: constant={self.constant} and decay={self.decay} must be >= 0, and one "
                "of them above 0."
            )
        if self.halve_every < 0:
            raise ValueError(f"schedule: halve_every={self.halve_every} must be >= 0.")


def log_spaced(steps: int, count: int = 12) -> tuple[int, ...]:
    """Up to ``count`` steps, each sqrt(2) times the one before, the last one ``steps``.

    Early checkpoints often win, so most of them are early.
    """
    return tuple(sorted({max(1, round(steps / math.sqrt(2) ** i)) for i in range(count)}))


@dataclass(frozen=True)
class Training:
    """How long and on what a translator learns. Methods that learn nothing ignore it."""

    steps: int
    checkpoints: tuple[int, ...] = ()  # steps, rising; () stands for ``log_spaced(steps)``
    batch: int = 1
    accumulate: int = 1  # batches whose gradients make one step
    crop: int = 256  # pixels, a multiple of 4
    schedule: Schedule = field(default_factory=Schedule)
    average: float = 0.0  # decay per step of a moving average of the exported networks; 0: none
    save_every: int = 100  # steps between two saved states
    log_every: int = 10  # steps that make one row of the loss curve
    threads: int = 2
    ahead: int = 0  # 1: meanwhile, a second process trains the translations that come after
    workers: int = 0  # processes that draw batches ahead; 0: the training does it in between
    device: str = "cpu"
    precision: Precision = "auto"  # of the networks; losses and statistics are float32 always
    compile: Literal["off", "on", "graphs"] = "off"  # networks; "graphs": with CUDA graphs
    channels_last: bool = False  # memory layout, for a GPU: on a CPU it costs time
    select: Selection = field(default_factory=Selection)  # which optical patches teach
    alarms: Alarms = field(default_factory=Alarms)  # what is said of the checkpoints, see alarms.py

    def __post_init__(self) -> None:
        counts = (self.steps, self.batch, self.accumulate, self.save_every, self.log_every)
        if min(*counts, self.threads) < 1:
            raise ValueError(
                "steps, batch, accumulate, save_every, log_every and threads must be >= 1."
            )
        if not self.checkpoints:
            object.__setattr__(self, "checkpoints", log_spaced(self.steps))
        if not 0 <= self.average < 1:
            raise ValueError(f"average={self.average} must lie in [0, 1); 0.999 is usual.")
        if self.ahead not in (0, 1) or self.workers < 0:
            raise ValueError(f"ahead={self.ahead} must be 0 or 1, workers={self.workers} >= 0.")
        if not self.device.startswith("cuda") and (self.channels_last or self.compile == "graphs"):
            raise ValueError(
                f"channels_last and compile: graphs are for device: cuda, not {self.device!r}."
            )
        if self.crop < 32 or self.crop % 4:
            raise ValueError(f"crop={self.crop} must be a multiple of 4, and at least 32 pixels.")
        rising = sorted(set(self.checkpoints)) == list(self.checkpoints)
        if not self.checkpoints or not rising or not self.checkpoints[0] >= 1:
            raise ValueError(f"checkpoints={list(self.checkpoints)} must rise and be steps >= 1.")
        if self.checkpoints[-1] > self.steps:
            raise ValueError(
                f"checkpoint {self.checkpoints[-1]} lies behind the last step, {self.steps}."
            )


@dataclass(frozen=True)
class Domains:
    """Which patches a translation goes from and to.

    ``optical`` and ``sar`` are all scenes of that sensor without a domain of their own; any other
    name is the domain of some scenes. Source and target may be one domain, parted by what
    ``select_source`` and ``select_target`` keep of it. ``Training.select`` applies before them.
    """

    source: str = ""  # "": what the method is fed, Settings.source
    target: str = "sar"
    select_source: Selection = field(default_factory=Selection)
    select_target: Selection = field(default_factory=Selection)

    def source_of(self, settings: "Settings") -> str:
        """The name of the source domain, for a method with these settings."""
        return self.source or settings.source

    @property
    def selects(self) -> tuple[Selection, Selection]:
        """What is kept of the source and of the target."""
        return self.select_source, self.select_target


@dataclass(frozen=True)
class Settings:
    """What every method has. ``source``: the sensor whose patches it is fed."""

    source: ClassVar[Domain] = "optical"

    def as_dict(self) -> dict[str, object]:
        """Plain values by name; settings within settings become dicts too."""
        return asdict(self)

    @property
    def smallest_crop(self) -> int:
        """Pixels a side that its networks need."""
        return 32


@dataclass(frozen=True)
class NoneSettings(Settings):
    """Optical patches as they are."""


@dataclass(frozen=True)
class RealSarSettings(Settings):
    """Real, labelled SAR patches as they are: what a perfect translator could reach."""

    source: ClassVar[Domain] = "sar"


@dataclass(frozen=True)
class GreySpeckleSettings(Settings):
    """Luminance with multiplicative speckle."""

    looks: float = 4.0  # equivalent number of looks: mean^2 / variance of the speckle
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.looks > 0 or self.seed < 0:
            raise ValueError(f"looks={self.looks} must be > 0 and seed={self.seed} >= 0.")


@dataclass(frozen=True)
class HistogramSettings(Settings):
    """Each band mapped so that its values are as frequent as in the target."""


@dataclass(frozen=True)
class NetworkSettings(Settings):
    """Sizes and learning rate of a method with a generator and a discriminator."""

    width: int = 64  # generator channels at full resolution
    blocks: int = 9  # residual blocks of the generator
    discriminator_width: int = 64
    learning_rate: float = 2e-4
    betas: tuple[float, float] = (0.5, 0.999)
    regularise: Regularisers = field(default_factory=Regularisers)  # of the discriminators

    def __post_init__(self) -> None:
        if min(self.width, self.blocks, self.discriminator_width) < 1:
            raise ValueError("width, blocks and discriminator_width must be >= 1.")
        if not 0 < self.learning_rate < 1:
            raise ValueError(f"learning_rate={self.learning_rate} must lie between 0 and 1.")


@dataclass(frozen=True)
class CycleGANSettings(NetworkSettings):
    """Zhu et al. 2017, arXiv:1703.10593."""

    cycle_weight: float = 10.0  # lambda in eq. (3)
    identity_weight: float = 0.5  # as a share of cycle_weight, section 5.2
    pool: int = 50  # fakes kept for the discriminators, section 4


@dataclass(frozen=True)
class CUTSettings(NetworkSettings):
    """Park et al. 2020, arXiv:2007.15651. FastCUT: ``fast``, with ``nce_weight`` 10."""

    fast: bool = False  # no identity term, and flipped sources instead
    nce_weight: float = 1.0  # lambda_X in eq. (5)
    layers: tuple[int, ...] = (0, 4, 8, 12, 16)  # of the generator; 12 is the first block
    positions: int = 256  # places per layer and image
    projector_width: int = 256
    temperature: float = 0.07

    def __post_init__(self) -> None:
        super().__post_init__()
        _require_contrast(self)


@dataclass(frozen=True)
class DCLGANSettings(NetworkSettings):
    """Han et al. 2021, arXiv:2104.07689. SimDCL: ``similar``."""

    similar: bool = False  # sources and their fakes of one kind must look alike as a whole
    similarity_weight: float = 10.0  # lambda_SIM, for SimDCL only
    nce_weight: float = 2.0  # lambda_NCE
    identity_weight: float = 1.0  # lambda_IDT
    layers: tuple[int, ...] = (4, 8, 12, 16)  # of the generators; 12 is the first block
    positions: int = 256  # places per layer and image
    projector_width: int = 256
    temperature: float = 0.07

    def __post_init__(self) -> None:
        super().__post_init__()
        _require_contrast(self)

    @property
    def projector_adam(self) -> tuple[float, tuple[float, float]]:
        """Learning rate and betas of the projectors: Adam's own, but SimDCL's are the usual."""
        return (self.learning_rate, self.betas) if self.similar else (1e-3, (0.9, 0.999))


@dataclass(frozen=True)
class AttentionGANSettings(CycleGANSettings):
    """Tang et al. 2019, arXiv:1911.11897, scheme II. Its losses are those of CycleGAN."""


def _require_contrast(settings: CUTSettings | DCLGANSettings) -> None:
    """Layers that lie in the encoder, and sizes above 0."""
    layers, end = settings.layers, 12 + settings.blocks
    if not layers or sorted(set(layers)) != list(layers) or not 0 <= layers[0] <= layers[-1] < end:
        raise ValueError(
            f"layers={list(layers)} must rise and lie between 0 and {end - 1}: with "
            f"blocks={settings.blocks}, that is where the encoder ends."
        )
    if not settings.temperature > 0 or min(settings.positions, settings.projector_width) < 1:
        raise ValueError("temperature must be > 0, positions and projector_width >= 1.")
