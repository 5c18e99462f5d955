"""warm_start: simulated shapes, or given weights -> what a detector's trainings begin with."""

from dataclasses import replace

import click

from crosslook import outputs, params, results
from crosslook.detectors.settings import DetectorSettings, WarmStartSettings

STAGE = "warm_start"
VERSION = 1  # raise it when the same settings would give other weights


@click.command(STAGE, short_help="simulated shapes, or given weights -> start of a detector")
@click.argument("detector")
def command(detector: str) -> None:
    """Make the starting weights of DETECTOR, a name from the list ``detectors`` of params.yaml.

    Writes build/warm_start/DETECTOR/weights.safetensors. A killed run goes on where it stopped,
    and ends with the same bytes.
    """
    from crosslook import resume
    from crosslook.detectors.warm_start import write_start
    from crosslook.detectors.weights import identity
    from crosslook.engine import use_threads

    wanted = params.read(DetectorSettings, "train_detector", params.known(detector, "detectors"))
    shapes = params.read(WarmStartSettings, STAGE)
    same = replace(shapes, training=replace(shapes.training, workers=0))  # changes no byte
    seed = params.seed()
    depends_on = {
        "detector": wanted,
        "weights": identity(wanted.weights),
        "shapes": same if wanted.weights == "warm_start" else None,
        "seed": seed,
    }
    work = resume.unit(STAGE, detector, depends_on, VERSION)
    if not work.done:
        use_threads(shapes.threads)
        resume.finish(work, write_start(detector, wanted, shapes, seed, work.state))

    resume.deliver(work, outputs.build(STAGE, detector))
    results.write(outputs.results(STAGE, detector), results.read(work.out / "record.json"))
