"""warm_start: simulated shapes, or given weights -> what a detector's trainings begin with."""

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from crosslook import outputs, params, results
from crosslook.detectors.settings import DetectorSettings, WarmStartSettings

if TYPE_CHECKING:
    from crosslook.detectors.jobs import StartJob
    from crosslook.resume import Unit

STAGE = "warm_start"
VERSION = 1  # raise it when the same settings would give other weights


@click.command(STAGE, short_help="simulated shapes, or given weights -> start of a detector")
@click.argument("detector")
def command(detector: str) -> None:
    """Make the starting weights of DETECTOR, a name from the list ``detectors`` of params.yaml.

    Writes build/warm_start/DETECTOR/weights.safetensors. A killed run goes on where it stopped,
    and ends with the same bytes.
    """
    from crosslook import engine, resume

    params.known(detector, "detectors")
    work, job = _unit(detector)
    if not work.done:
        engine.use_threads(job.shapes.threads)
        others = _after(detector) if job.shapes.ahead and job.learns else []
        with engine.ahead(_make, others, job.shapes.threads):
            _make((work, job))

    resume.deliver(work, outputs.build(STAGE, detector))
    results.write(outputs.results(STAGE, detector), results.read(work.out / "record.json"))


def _unit(detector: str) -> "tuple[Unit, StartJob]":
    """What there is to do for one detector, and the key of its result."""
    from crosslook import resume
    from crosslook.detectors.jobs import StartJob
    from crosslook.detectors.weights import identity

    wanted = params.read(DetectorSettings, "train_detector", detector)
    shapes = params.read(WarmStartSettings, STAGE)
    training = replace(shapes.training, workers=0)
    same = replace(shapes, training=training, ahead=0)  # neither changes a byte
    seed = params.seed()
    depends_on = {
        "detector": wanted,
        "weights": identity(wanted.weights),
        "shapes": same if wanted.weights == "warm_start" else None,
        "seed": seed,
    }
    work = resume.unit(STAGE, detector, depends_on, VERSION)
    return work, StartJob(detector, wanted, shapes, seed, work.state)


def _after(detector: str) -> "list[tuple[Unit, StartJob]]":
    """The detectors behind this one in the list that learn shapes and are not done."""
    names = params.names("detectors")
    units = [_unit(name) for name in names[names.index(detector) + 1 :]]
    return [(work, job) for work, job in units if job.learns and not work.done]


def _make(unit: "tuple[Unit, StartJob]") -> None:
    from crosslook import resume
    from crosslook.detectors.jobs import run_start

    work, job = unit
    resume.finish(work, run_start(job).folder)
