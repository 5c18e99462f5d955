"""train_translator: unlabelled patches of two domains -> checkpoints of one translator."""

from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from crosslook import outputs, params, results
from crosslook.stages._translations import (
    LISTS,
    Translation,
    read_translation,
    unlabelled_patches,
)
from crosslook.translators.settings import Domains

if TYPE_CHECKING:
    from crosslook.resume import Unit
    from crosslook.translators.jobs import TrainJob

STAGE = "train_translator"
VERSION = 2  # raise it when the same inputs would give other checkpoints
WATCH = 1  # raise it when the same checkpoints would give other values for the alarms


@click.command(STAGE, short_help="unlabelled patches -> checkpoints of one translator")
@click.argument("translation")
def command(translation: str) -> None:
    """Train TRANSLATION, a name from the lists ``translations`` or ``scenery`` of params.yaml.

    A killed run goes on where it stopped, and ends with the same bytes. With ``ahead: 1``, a
    second process meanwhile trains those that come after it in the lists.
    """
    from crosslook import engine, resume

    wanted = read_translation(translation)
    training = wanted.training
    work, job = _unit(wanted)
    engine.use_threads(training.threads)
    if not work.done:
        others = _after(translation) if training.ahead and job.learns else []
        with engine.ahead(_train, others, training.threads):
            _train((work, job))

    resume.deliver(work, outputs.build(STAGE, translation))
    record = {"translation": translation} | results.read(work.out / "record.json")
    record |= _chosen(wanted, job) | _alarms(wanted, work, job)
    results.write(outputs.results(STAGE, translation), record)


def _unit(wanted: Translation) -> "tuple[Unit, TrainJob]":
    """What there is to do for one translation, and the key of its result."""
    from crosslook import resume
    from crosslook.translators.jobs import TrainJob

    method, settings, training = wanted.method, wanted.settings, wanted.training
    seed, selects = params.seed(), wanted.domains.selects
    folders = unlabelled_patches(wanted.source), unlabelled_patches(wanted.target)
    keys = results.digest_folder(folders[0]), results.digest_folder(folders[1])
    course = asdict(replace(training, ahead=0, workers=0))  # neither changes a byte
    del course["alarms"]  # nor do they
    if not training.select.judges:
        del course["select"]
    depends_on = {
        "method": method,
        "settings": settings,
        "training": course,
        "seed": seed,
        "patches": keys,
    }
    if any(select.judges for select in selects):
        depends_on["selects"] = selects
    work = resume.unit(STAGE, wanted.name, depends_on, VERSION)
    packed = outputs.work(STAGE) / "packed"  # shared by all that train on these patches
    watched = _watching(work).state / "found" if training.alarms.watch else None
    job = TrainJob(
        method, settings, training, seed, *folders, keys, packed, work.state, selects, watched
    )
    return work, job


def _watching(work: "Unit") -> "Unit":
    """The unit of what is found of a training's checkpoints."""
    from crosslook import resume

    return resume.unit(f"{STAGE}_alarms", work.name, {"training": work.key}, WATCH)


def _alarms(wanted: Translation, work: "Unit", job: "TrainJob") -> dict[str, Any]:
    """What the record says of collapse and drift, checkpoint by checkpoint."""
    from crosslook import resume
    from crosslook.patches.patch_set import read_patch_set
    from crosslook.translators.alarms import as_record
    from crosslook.translators.jobs import watch_set

    if not job.watches:
        return {}
    watching = _watching(work)
    if not watching.done:
        watch_set(job, work.out, watching.state / "made")
        resume.finish(watching, watching.state / "made")
    found = results.read(watching.out / "watched.json")
    bands = read_patch_set(job.target).contract["composite_bands"]
    return as_record(found, bands, wanted.training.alarms)


def _chosen(wanted: Translation, job: "TrainJob") -> dict[str, Any]:
    """What the record says of the patches, where the section says anything of them."""
    from crosslook.patches.patch_set import read_patch_set
    from crosslook.patches.selection import select, tally

    said: dict[str, Any] = {}
    every = wanted.training.select
    if every.judges:
        said["selected"] = tally(read_patch_set(job.source), every)
    if wanted.domains != Domains():
        said["domains"] = {"source": wanted.source, "target": wanted.target} | {
            f"selected_{end}": tally(select(read_patch_set(folder), every), own)
            for end, folder, own in zip(
                ("source", "target"), (job.source, job.target), job.selects, strict=True
            )
        }
    return said


def _after(translation: str) -> "list[tuple[Unit, TrainJob]]":
    """The translations behind this one in the lists that have a training and are not done."""
    names = params.names(*LISTS)
    units = [_unit(read_translation(name)) for name in names[names.index(translation) + 1 :]]
    return [(work, job) for work, job in units if job.learns and not work.done]


def _train(unit: "tuple[Unit, TrainJob]") -> None:
    from crosslook import resume
    from crosslook.translators.jobs import train_set

    work, job = unit
    resume.finish(work, train_set(job, partial(click.echo, err=True)))
