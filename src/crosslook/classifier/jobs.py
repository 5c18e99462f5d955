"""A unit of work for the engine: one model to train, and what it says of the patches held out.

A job carries paths and settings only, so that it can travel to a worker process.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crosslook.classifier.configurations import configuration_named
from crosslook.classifier.settings import NetworkSettings, TrainingSettings
from crosslook.patches.land_cover_settings import LandCoverSettings

if TYPE_CHECKING:
    from crosslook.classifier.patches import Pixels
    from crosslook.classifier.predicting import Predictions
    from crosslook.patches.land_cover import LandCoverSet

    Answer = Callable[[str, Pixels], Predictions]

Say = Callable[[str], None]


@dataclass(frozen=True)
class ClassifierJob:
    """One model: a configuration, a number of samples, a seed."""

    configuration: str
    network: NetworkSettings
    training: TrainingSettings  # with the number of samples
    seed: int  # of the training
    data: Path  # folder of land-cover patches
    patches: LandCoverSettings
    split_seed: int  # of the split, the same for all models that are compared
    hold: bool  # read the patches into memory once
    state: Path

    @property
    def folder(self) -> Path:
        """Where predictions.safetensors, record.json and a network's model.safetensors are left."""
        return self.state / "made"


def run_classifier(job: ClassifierJob, say: Say = lambda words: None) -> ClassifierJob:
    """Do a ``ClassifierJob``, going on where a killed one stopped.

    Raises:
        InputError: if the data are not what they have to be.
        ParamsError: if there is no such configuration for their sensors.
    """
    from crosslook.classifier.checkpoint import load_classifier
    from crosslook.classifier.forest import grow_forest
    from crosslook.classifier.making import MODEL, make_classifier
    from crosslook.classifier.predicting import predict
    from crosslook.classifier.predictions import FILE, write_predictions
    from crosslook.patches.land_cover import in_memory, take
    from crosslook.patches.land_cover_opening import open_land_cover

    data, split = open_land_cover(job.data, job.patches, job.split_seed)
    named = configuration_named(job.configuration, list(data.sensors))
    data = replace(data, sensors={name: data.sensors[name] for name in named.sensors})
    teach = take(data, split.train)
    teach = in_memory(teach) if job.hold else teach
    answer: Answer
    if named.forest:
        answer = grow_forest(named, job.training.samples, job.seed, teach, job.folder)
    else:
        radiometry = radiometry_of(data)
        make_classifier(
            named, job.network, job.training, job.seed, teach, radiometry, job.state, say
        )
        network, _ = load_classifier(job.folder / MODEL)
        batch, device = job.training.batch, job.training.device
        answer = partial(predict, network, batch=batch, device=device)
    parts = {"dev": take(data, split.dev)} if len(split.dev) else {}
    parts["test"] = take(data, split.test)
    write_predictions(job.folder / FILE, named.sensors, parts, answer)
    return job


def radiometry_of(data: "LandCoverSet") -> dict[str, Mapping[str, Any]]:
    """Sensor -> bands, and the clip, mean and deviation of each, as its patches are read.

    ``scale`` and ``offset`` made physical values of the stored numbers; the rest is in these.

    Raises:
        ValueError: if the patches of a sensor are not read from files.
    """
    from crosslook.patches.land_cover import Chosen
    from crosslook.patches.land_cover_stored import StoredPatches

    found: dict[str, Mapping[str, Any]] = {}
    for name, patches in data.sensors.items():
        stored = patches.patches if isinstance(patches, Chosen) else patches
        if not isinstance(stored, StoredPatches) or stored.standard is None:
            raise ValueError(f"{name}: its patches do not say how they were made.")
        clip = None if stored.files.clip is None else list(stored.files.clip)
        found[name] = {
            "bands": list(stored.bands),
            "clip": [clip] * len(stored.bands),
            "mean": list(stored.standard.mean),
            "std": list(stored.standard.std),
            "scale": stored.files.scale,
            "offset": stored.files.offset,
        }
    return found
