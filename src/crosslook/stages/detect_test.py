"""detect_test: detectors of one translation, SAR test -> what they see there."""

from dataclasses import dataclass, field

import click

from crosslook import outputs, params, results
from crosslook.detectors.settings import DetectionSettings
from crosslook.engine import Pool
from crosslook.translators.naming import checkpoint_name

STAGE = "detect_test"
VERSION = 1  # raise it when the same detector would see other boxes


@dataclass(frozen=True)
class DetectTestParams(Pool):
    detection: DetectionSettings = field(default_factory=DetectionSettings)


@click.command(STAGE, short_help="detectors + SAR test -> boxes, not scored here")
@click.argument("translation")
def command(translation: str) -> None:
    """Run every detector that was trained on TRANSLATION on SAR test.

    Reads build/train_detector/TRANSLATION and build/tile/sar_test. Nothing is scored here:
    ``evaluate`` does it, once, for what ``choose`` chose.
    """
    from crosslook import engine, resume
    from crosslook.detectors.jobs import DetectJob, run_detect
    from crosslook.writing import whole_folder

    settings = params.read(DetectTestParams, STAGE)
    trained = results.read(
        outputs.results("train_detector", params.known(translation, "translations"))
    )
    patches = outputs.build("tile", "sar_test")
    digest_of_patches = results.digest_folder(patches)

    units, jobs = {}, []
    for entry in trained["entries"]:
        detector, step = entry["detector"], entry["checkpoint"]
        name = checkpoint_name(step)
        weights = outputs.build("train_detector", translation, detector, name)
        weights /= "weights.safetensors"
        depends_on = {
            "detection": settings.detection,
            "method": trained["method"],
            "weights": results.digest_file(weights),
            "patches": digest_of_patches,
        }
        unit = resume.unit(STAGE, f"{translation}-{name}-{detector}", depends_on, VERSION)
        units[detector, step] = unit
        job = DetectJob(
            detector, trained["method"], step, weights, patches, settings.detection, unit.state
        )
        jobs += [] if unit.done else [job]
    for done in engine.run(run_detect, jobs, settings):
        resume.finish(units[done.detector, done.checkpoint], done.folder)

    with whole_folder(outputs.build(STAGE, translation)) as folder:
        for (detector, step), unit in units.items():
            resume.copy(unit.out, folder / detector / checkpoint_name(step))
    entries = [results.read(unit.out / "entry.json") for unit in units.values()]
    results.write(
        outputs.results(STAGE, translation), {"translation": translation, "entries": entries}
    )
