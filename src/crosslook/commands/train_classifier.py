"""train_classifier: land-cover patches of several sensors -> models that take any of them."""

from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from crosslook import outputs, params, results
from crosslook.classifier.settings import NetworkSettings, TrainingSettings
from crosslook.engine import Pool
from crosslook.patches.land_cover_settings import LandCoverSettings

STAGE = "train_classifier"
VERSION = 1  # raise it when the same inputs would give other models


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


@click.command(STAGE, short_help="land-cover patches -> models that take either sensor")
def command() -> None:
    """Train the cross-modal land-cover models, and score each sensor on scenes held out.

    A killed run goes on where it stopped, and ends with the same bytes.
    """
    from crosslook import engine, resume
    from crosslook.classifier.jobs import ClassifierJob, run_classifier
    from crosslook.classifier.studying import members, score_members
    from crosslook.writing import whole_folder

    own, seed = params.read(TrainClassifierParams, STAGE), params.seed()
    study = members(own.configurations, own.samples, [seed + one for one in own.seeds])
    told, digests = _inputs(own, seed)

    units, jobs = {}, []
    for one in study:
        training = replace(own.training, samples=one.samples)
        weights = {name: file.sha256 for name, file in own.network.weights.items()}
        depends_on = {
            "configuration": one.configuration,
            "network": asdict(own.network) | {"weights": weights},
            "training": asdict(replace(training, workers=0)),  # they change no byte
            "seed": one.seed,
            "threads": own.threads,
            "data": digests,
            "patches": asdict(own.patches) | {"description": "", "labels": ""},
            "split_seed": seed,
        }
        unit = units[one] = resume.unit(STAGE, one.name, depends_on, VERSION)
        job = ClassifierJob(
            one.configuration,
            own.network,
            training,
            one.seed,
            Path(own.data),
            own.patches,
            seed,
            own.hold,
            unit.state,
        )
        jobs += [] if unit.done else [job]
    of_state = {unit.state: unit for unit in units.values()}
    work = partial(run_classifier, say=partial(click.echo, err=True))
    for done in engine.run(work, jobs, Pool(own.workers, own.threads)):
        resume.finish(of_state[done.state], done.folder)

    with whole_folder(outputs.build(STAGE)) as made:
        for one, unit in units.items():
            resume.copy(unit.out, made / one.name)
    results.write(
        outputs.results(STAGE),
        {
            "data": told,
            "scores": score_members(study, outputs.build(STAGE), own.replicates, seed),
            "trainings": [
                results.read(unit.out / "record.json") | asdict(one) for one, unit in units.items()
            ],
        },
    )


def _inputs(own: TrainClassifierParams, seed: int) -> tuple[dict[str, Any] | None, list[str]]:
    """What the patches show, told and recorded, and the digests of all files that they come from.

    Without a configuration nothing is read: a project may have no land-cover patches.
    """
    from crosslook.patches.land_cover_opening import open_land_cover
    from crosslook.patches.land_cover_record import record, support_lines

    if not own.configurations:
        return None, []
    told = record(*open_land_cover(Path(own.data), own.patches, seed))
    click.echo("\n".join(support_lines(told)), err=True)
    files = [Path(name) for name in (own.patches.description, own.patches.labels) if name]
    return told, [results.digest_folder(Path(own.data)), *map(results.digest_file, files)]
