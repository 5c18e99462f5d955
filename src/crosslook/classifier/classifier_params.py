"""What a study of land-cover models is made of. Imports neither numpy nor torch."""

from dataclasses import dataclass, field

from crosslook.classifier.settings import NetworkSettings, TrainingSettings
from crosslook.patches.land_cover_settings import LandCoverSettings


@dataclass(frozen=True)
class TrainClassifierParams:
    """Every configuration is trained with every number of samples and every seed."""

    configurations: tuple[str, ...] = ()  # none: nothing is trained
    samples: tuple[int, ...] = (0,)  # patches to learn from; 0: all
    seeds: tuple[int, ...] = (0,)  # added to the project's
    data: str = "data/sen12ms"
    hold: bool = True  # patches are read into memory once; false for what does not fit
    replicates: int = 2000  # of the bootstrap over scenes
    workers: int = 2
    threads: int = 1
    training: TrainingSettings = field(default_factory=TrainingSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    patches: LandCoverSettings = field(default_factory=LandCoverSettings)
