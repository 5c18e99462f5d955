"""What can be set in a detector, its training and its use. Imports neither numpy nor torch."""

from dataclasses import dataclass, field
from typing import Literal

from crosslook.detectors.detectron2_limits import why_not
from crosslook.detectors.prune_settings import Prune
from crosslook.patches.selection_params import Selection

Backbone = Literal["resnet18", "resnet34", "resnet50", "resnet101"]


@dataclass(frozen=True)
class Architecture:
    """A detector's shape. The defaults are those of the published Faster R-CNN with FPN.

    Level l of the feature pyramid has one cell per 2^l pixels. ``anchors`` holds, per level, the
    sides in pixels of the squares whose area the anchors have.
    """

    kind: Literal["faster_rcnn", "cascade_rcnn"] = "faster_rcnn"
    engine: Literal["torchvision", "detectron2"] = "torchvision"
    bands: int = 3  # of the patches
    backbone: Backbone = "resnet50"
    width: int = 64  # channels of the first layer; trained weights exist for 64 only
    normalisation: Literal["group", "frozen_batch"] = "frozen_batch"  # group: needs no statistics
    frozen_stages: int = 0  # 1: the first layer stays as it is, 2: and the first stage, ...
    fpn_channels: int = 256
    levels: tuple[int, ...] = (2, 3, 4, 5, 6)
    anchors: tuple[tuple[float, ...], ...] = ((32.0,), (64.0,), (128.0,), (256.0,), (512.0,))
    ratios: tuple[float, ...] = (0.5, 1.0, 2.0)  # height : width
    anchors_sampled: int = 256  # per image and training step
    proposals: int = 1000  # per image
    rois_sampled: int = 512  # per image and training step
    box_head: int = 1024
    nms_iou: float = 0.5  # boxes of one class that overlap more are one object

    def __post_init__(self) -> None:
        if not 8 <= self.width <= 64 or self.width % 8 or self.fpn_channels % 8:
            raise ValueError(
                f"width={self.width} must be 8, 16, ... 64 and fpn_channels={self.fpn_channels} a "
                "multiple of 8."
            )
        if self.bands < 1:
            raise ValueError(f"bands={self.bands} must be >= 1.")
        first, last = min(self.levels, default=0), max(self.levels, default=0)
        if self.levels != tuple(range(first, last + 1)) or not 2 <= first <= 5 or not last <= 6:
            raise ValueError(f"levels={list(self.levels)} must be consecutive, between 2 and 6.")
        if len(self.anchors) != len(self.levels) or len({len(a) for a in self.anchors}) != 1:
            raise ValueError(
                f"anchors={[list(a) for a in self.anchors]} must give each of the "
                f"{len(self.levels)} levels equally many sides."
            )
        if not 0 <= self.frozen_stages <= 5 or not 0 < self.nms_iou < 1:
            raise ValueError(
                f"frozen_stages={self.frozen_stages} must lie in 0..5 and nms_iou={self.nms_iou} "
                "between 0 and 1."
            )
        if self.engine == "detectron2" and (reason := why_not(self)):
            raise ValueError(reason)


@dataclass(frozen=True)
class DetectorSettings:
    """One detector: its shape, and where its training begins.

    ``weights`` is 'warm_start' (trained here on plain simulated shapes), 'none' (random),
    'imagenet' or 'coco' (torchvision's, downloaded), or the path of a .safetensors or .pth file.
    'coco' is torchvision's Faster R-CNN on resnet50; a resnet101 gets its body from 'imagenet' and
    the rest from 'coco'.
    """

    weights: str = "warm_start"
    architecture: Architecture = field(default_factory=Architecture)

    def __post_init__(self) -> None:
        backbone = self.architecture.backbone
        if self.weights in ("coco", "imagenet") and self.architecture.engine != "torchvision":
            raise ValueError(
                f"weights {self.weights!r} are torchvision's: with engine 'detectron2', set "
                "weights to 'warm_start' or to the path of a file of its model zoo."
            )
        if self.weights == "coco" and backbone not in ("resnet50", "resnet101"):
            raise ValueError(
                f"weights 'coco' exist for resnet50 and resnet101 only, not for {backbone}: "
                "set weights to 'imagenet', 'warm_start' or a file."
            )
        if self.weights in ("coco", "imagenet") and self.architecture.width != 64:
            raise ValueError(
                f"weights {self.weights!r} exist for width 64 only, not {self.architecture.width}."
            )


@dataclass(frozen=True)
class TrainingSettings:
    """One training, of a warm start or of a detector."""

    steps: int
    batch_size: int = 4
    optimiser: Literal["adamw", "sgd"] = "adamw"  # sgd: with momentum 0.9
    learning_rate: float = 5e-4  # the highest, after the warm-up; falls along a cosine to 1 %
    weight_decay: float = 0.01
    warmup_steps: int = 20
    clip_norm: float = 5.0  # longest gradient
    examinations: int = 3  # points in the second half where validation AP is measured
    patience: int = 0  # examinations in a row without a better AP that end the training; 0: none
    save_every: int = 100  # steps between saved states
    workers: int = 0  # processes that draw batches ahead; changes no byte
    device: Literal["cpu", "cuda"] = "cpu"

    def __post_init__(self) -> None:
        if min(self.patience, self.workers) < 0:
            raise ValueError(f"patience={self.patience} and workers={self.workers} must be >= 0.")
        if min(self.steps, self.batch_size, self.examinations, self.save_every) < 1:
            raise ValueError(
                f"steps={self.steps}, batch_size={self.batch_size}, examinations="
                f"{self.examinations} and save_every={self.save_every} must be >= 1."
            )
        if not 0 < self.learning_rate < 1 or self.clip_norm <= 0 or self.weight_decay < 0:
            raise ValueError(
                f"learning_rate={self.learning_rate} must lie between 0 and 1, clip_norm="
                f"{self.clip_norm} be > 0 and weight_decay={self.weight_decay} be >= 0."
            )


@dataclass(frozen=True)
class WarmStartSettings:
    """A training on plain simulated shapes."""

    training: TrainingSettings
    size_px: int = 192
    largest_px: float = 120.0  # longest side of a shape
    smallest_px: float = 12.0  # shorter side of its box, at least; its longer one is 1.5 times that
    threads: int = 1
    ahead: Literal[0, 1] = 0  # processes that meanwhile make the starts of later detectors

    def __post_init__(self) -> None:
        if self.size_px < 32 or self.largest_px < 2 * self.smallest_px or self.smallest_px < 3:
            raise ValueError(
                f"size_px={self.size_px} must be >= 32, smallest_px={self.smallest_px} >= 3 and "
                f"largest_px={self.largest_px} at least twice smallest_px."
            )


@dataclass(frozen=True)
class AugmentSettings:
    """Changes that keep an object what it is. The same for every translation.

    Flips and quarter turns are always on. The noise is that of radar on a composite whose stretch
    spans ``span_db`` decibel. A crop holds one object whole at least, if the patch has any.
    """

    scale: tuple[float, float] = (0.8, 1.25)  # smallest and largest; [1, 1] for none
    crop_px: int = 0  # side of a crop; 0: of the patch
    min_visible: float = 0.3  # share of an object below which what a crop leaves of it is ignored
    looks: float = 30.0  # speckle: gamma of mean 1 and variance 1/looks; 0 for none
    gain_db: float = 1.0  # standard deviation of a gain common to both polarisations
    span_db: float = 25.0

    def __post_init__(self) -> None:
        low, high = self.scale
        if not 0.5 <= low <= high <= 2 or not 0 < self.min_visible <= 1:
            raise ValueError(
                f"scale={list(self.scale)} must rise from 0.5 at least to 2 at most, and "
                f"min_visible={self.min_visible} lie between 0 and 1."
            )
        if self.crop_px and self.crop_px < 32:
            raise ValueError(f"crop_px={self.crop_px} must be 0 or >= 32.")
        if self.looks < 0 or self.gain_db < 0 or self.span_db <= 0:
            raise ValueError(
                f"looks={self.looks} and gain_db={self.gain_db} must be >= 0 and span_db="
                f"{self.span_db} > 0."
            )


@dataclass(frozen=True)
class DetectionSettings:
    """Which boxes are handed on."""

    score_threshold: float = 0.02
    max_per_image: int = 100
    batch_size: int = 8

    def __post_init__(self) -> None:
        if not 0 <= self.score_threshold < 1 or min(self.max_per_image, self.batch_size) < 1:
            raise ValueError(
                f"score_threshold={self.score_threshold} must lie in [0, 1), max_per_image="
                f"{self.max_per_image} and batch_size={self.batch_size} be >= 1."
            )


@dataclass(frozen=True)
class FitSettings:
    """How a detector learns one set of fakes and looks at SAR dev."""

    training: TrainingSettings
    augment: AugmentSettings = field(default_factory=AugmentSettings)
    detection: DetectionSettings = field(default_factory=DetectionSettings)
    validation_share: float = 0.15  # of the fakes, by scene; chooses the step that is kept
    select: Selection = field(default_factory=Selection)  # which fakes teach, by their originals
    prune: Prune = field(default_factory=Prune)  # which checkpoints are trained on; changes no byte

    def __post_init__(self) -> None:
        if not 0 <= self.validation_share <= 0.5:
            raise ValueError(f"validation_share={self.validation_share} must lie in 0..0.5.")
