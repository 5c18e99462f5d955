"""The resumable units of land-cover models: what ``train_classifier`` and a study of them share.

A unit is one model: a configuration, a number of samples, a seed. Units lie in
.work/train_classifier/ whoever asks for them, so a model that two have in common is trained once.
Stages and commands do not import each other: this is below both.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crosslook import results
from crosslook.classifier.classifier_params import TrainClassifierParams
from crosslook.engine import Pool
from crosslook.errors import InputError

if TYPE_CHECKING:
    from crosslook.classifier.jobs import ClassifierJob
    from crosslook.classifier.studying import Member
    from crosslook.resume import Unit

STORE = "train_classifier"
VERSION = 1  # raise it when the same inputs would give other models

Say = Callable[[str], None]


@dataclass(frozen=True)
class Inputs:
    """The land-cover patches of a study."""

    record: Mapping[str, Any] | None  # of their classes and their split; None: nothing was read
    digests: tuple[str, ...]  # of all files that they come from


def look_at_inputs(own: TrainClassifierParams, seed: int, say: Say) -> Inputs:
    """What the patches show, told and recorded, and the digests of their files.

    Without a configuration nothing is read: a project may have no land-cover patches.

    Args:
        own: names the folder, the patches and the split.
        seed: of the split.
        say: is told how many patches of each part show which class.

    Raises:
        InputError: if there are none, or they are not what they have to be.
    """
    from crosslook.patches.land_cover_opening import open_land_cover
    from crosslook.patches.land_cover_record import record, support_lines

    if not own.configurations:
        return Inputs(None, ())
    if not Path(own.data).is_dir():
        raise InputError(
            f"{own.data} is missing: put land-cover patches there, or set "
            f"{STORE}.configurations: [] in params.yaml."
        )
    told = record(*open_land_cover(Path(own.data), own.patches, seed))
    say("\n".join(support_lines(told)))
    files = [Path(name) for name in (own.patches.description, own.patches.labels) if name]
    folder = results.digest_folder(Path(own.data))
    return Inputs(told, (folder, *map(results.digest_file, files)))


def train_members(
    study: "Sequence[Member]", own: TrainClassifierParams, seed: int, inputs: Inputs, say: Say
) -> "dict[Member, Unit]":
    """Train the models that are not done, each going on where a killed run stopped.

    Args:
        study: the models; ``own`` says all about them but these three.
        own: its ``configurations``, ``samples`` and ``seeds`` are not looked at.
        seed: of the split, the same for all.
        inputs: the patches.
        say: is told how far they are; it travels to other processes.

    Returns:
        The finished unit of each, in the order of ``study``.
    """
    from crosslook import engine, resume
    from crosslook.classifier.jobs import run_classifier

    units = {one: _unit(one, own, seed, inputs) for one in study}
    jobs = [_job(one, own, seed, unit.state) for one, unit in units.items() if not unit.done]
    of_state = {unit.state: unit for unit in units.values()}
    pool = Pool(own.workers, own.threads)
    for done in engine.run(partial(run_classifier, say=say), jobs, pool):
        resume.finish(of_state[done.state], done.folder)
    return units


def deliver(units: "Mapping[Member, Unit]", folder: Path) -> None:
    """Put the files of every model into a folder of its name, replacing what is in ``folder``."""
    from crosslook import resume
    from crosslook.writing import whole_folder

    with whole_folder(folder) as made:
        for one, unit in units.items():
            resume.copy(unit.out, made / one.name)


def study_record(
    units: "Mapping[Member, Unit]",
    folder: Path,
    own: TrainClassifierParams,
    seed: int,
    inputs: Inputs,
) -> dict[str, Any]:
    """The JSON of a study: its patches, the scores of its models, the logs of their trainings.

    Args:
        units: of ``train_members``.
        folder: where ``deliver`` has put them.
        own: says how many replicates an interval has.
        seed: of the replicates.
        inputs: the patches.
    """
    from crosslook.classifier.studying import score_members

    return {
        "data": inputs.record,
        "scores": score_members(list(units), folder, own.replicates, seed),
        "trainings": [
            results.read(unit.out / "record.json") | asdict(one) for one, unit in units.items()
        ],
    }


def _unit(one: "Member", own: TrainClassifierParams, seed: int, inputs: Inputs) -> "Unit":
    from crosslook import resume

    weights = {name: file.sha256 for name, file in own.network.weights.items()}
    training = replace(own.training, samples=one.samples, workers=0)  # workers change no byte
    depends_on = {
        "configuration": one.configuration,
        "network": asdict(own.network) | {"weights": weights},
        "training": asdict(training),
        "seed": one.seed,
        "threads": own.threads,
        "data": inputs.digests,
        "patches": asdict(own.patches) | {"description": "", "labels": ""},
        "split_seed": seed,
    }
    return resume.unit(STORE, one.name, depends_on, VERSION)


def _job(one: "Member", own: TrainClassifierParams, seed: int, state: Path) -> "ClassifierJob":
    from crosslook.classifier.jobs import ClassifierJob

    return ClassifierJob(
        one.configuration,
        own.network,
        replace(own.training, samples=one.samples),
        one.seed,
        Path(own.data),
        own.patches,
        seed,
        own.hold,
        state,
    )
