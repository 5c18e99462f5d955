"""train_translator: unlabelled patches of both sensors -> checkpoints of one translator."""

from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING

import click

from crosslook import outputs, params, results
from crosslook.translators.settings import Training

if TYPE_CHECKING:
    from crosslook.resume import Unit
    from crosslook.translators.jobs import TrainJob

STAGE = "train_translator"
VERSION = 2  # raise it when the same inputs would give other checkpoints


@click.command(STAGE, short_help="unlabelled patches -> checkpoints of one translator")
@click.argument("translation")
def command(translation: str) -> None:
    """Train TRANSLATION, a name from the list ``translations`` of params.yaml.

    A killed run goes on where it stopped, and ends with the same bytes. With ``ahead: 1``, a
    second process meanwhile trains those that come after it in the list.
    """
    from crosslook import engine, resume
    from crosslook.patches.patch_set import read_patch_set
    from crosslook.patches.selection import tally

    params.known(translation, "translations")
    work, job, training = _unit(translation)
    if not work.done:
        engine.use_threads(training.threads)
        others = _after(translation) if training.ahead and job.learns else []
        with engine.ahead(_train, others, training.threads):
            _train((work, job))

    resume.deliver(work, outputs.build(STAGE, translation))
    record = {"translation": translation} | results.read(work.out / "record.json")
    if training.select.judges:
        record["selected"] = tally(read_patch_set(job.source), training.select)
    results.write(outputs.results(STAGE, translation), record)


def _unit(translation: str) -> "tuple[Unit, TrainJob, Training]":
    """What there is to do for one translation, and the key of its result."""
    from crosslook import resume
    from crosslook.translators.jobs import TrainJob
    from crosslook.translators.methods import method_named

    values = params.overlaid(STAGE, translation)
    method = str(values.pop("method", translation))
    training, settings = params.divide(
        Training, method_named(method).settings, values, f"{STAGE}.{translation}"
    )
    seed = params.seed()
    folders = outputs.build("tile", settings.source), outputs.build("tile", "sar")
    keys = results.digest_folder(folders[0]), results.digest_folder(folders[1])
    course = asdict(replace(training, ahead=0, workers=0))  # neither changes a byte
    if not training.select.judges:
        del course["select"]
    depends_on = {
        "method": method,
        "settings": settings,
        "training": course,
        "seed": seed,
        "patches": keys,
    }
    work = resume.unit(STAGE, translation, depends_on, VERSION)
    packed = outputs.work(STAGE) / "packed"  # shared by all that train on these patches
    job = TrainJob(method, settings, training, seed, *folders, keys, packed, work.state)
    return work, job, training


def _after(translation: str) -> "list[tuple[Unit, TrainJob]]":
    """The translations behind this one in the list that have a training and are not done."""
    names = params.names("translations")
    units = [_unit(name) for name in names[names.index(translation) + 1 :]]
    return [(work, job) for work, job, _ in units if job.learns and not work.done]


def _train(unit: "tuple[Unit, TrainJob]") -> None:
    from crosslook import resume
    from crosslook.translators.jobs import train_set

    work, job = unit
    resume.finish(work, train_set(job, partial(click.echo, err=True)))
