"""detect_test: detectors of one translation, SAR test -> what they see there."""

from dataclasses import dataclass, field

import click

from crosslook import outputs, params, results
from crosslook.detectors.settings import DetectionSettings
from crosslook.stages import _ahead
from crosslook.stages._ahead import AheadPool, Work
from crosslook.translators.naming import checkpoint_name

STAGE = "detect_test"
VERSION = 1  # raise it when the same detector would see other boxes


@dataclass(frozen=True)
class DetectTestParams(AheadPool):
    detection: DetectionSettings = field(default_factory=DetectionSettings)


@click.command(STAGE, short_help="detectors + SAR test -> boxes, not scored here")
@click.argument("translation")
def command(translation: str) -> None:
    """Run every detector that was trained on TRANSLATION on SAR test.

    Reads build/train_detector/TRANSLATION and build/tile/sar_test. Nothing is scored here:
    ``evaluate`` does it, once, for what ``choose`` chose.
    """
    from crosslook import resume
    from crosslook.detectors.jobs import run_detect
    from crosslook.writing import whole_folder

    settings = params.read(DetectTestParams, STAGE)
    patches = outputs.build("tile", "sar_test")
    digest = results.digest_folder(patches)

    def find(name: str) -> list[Work]:
        return _find(name, settings.detection, digest)

    own = find(params.known(translation, "translations"))
    later = _ahead.after(translation, ["translations"], find) if settings.ahead else []
    _ahead.run(run_detect, own, later, _ahead.keep, settings)

    with whole_folder(outputs.build(STAGE, translation)) as folder:
        for one in own:
            resume.copy(
                one.unit.out, folder / one.job.detector / checkpoint_name(one.job.checkpoint)
            )
    entries = [results.read(one.unit.out / "entry.json") for one in own]
    results.write(
        outputs.results(STAGE, translation), {"translation": translation, "entries": entries}
    )


def _find(translation: str, detection: DetectionSettings, digest: str) -> list[Work]:
    """The detectors that were trained on a translation; ``digest`` is that of the patches."""
    from crosslook import resume
    from crosslook.detectors.jobs import DetectJob

    trained = results.read(outputs.results("train_detector", translation))
    found = []
    for entry in trained["entries"]:
        detector, step = entry["detector"], entry["checkpoint"]
        name = checkpoint_name(step)
        weights = outputs.build("train_detector", translation, detector, name)
        weights /= "weights.safetensors"
        depends_on = {
            "detection": detection,
            "method": trained["method"],
            "weights": results.digest_file(weights),
            "patches": digest,
        }
        unit = resume.unit(STAGE, f"{translation}-{name}-{detector}", depends_on, VERSION)
        patches = outputs.build("tile", "sar_test")
        job = DetectJob(detector, trained["method"], step, weights, patches, detection, unit.state)
        found.append(Work(job, unit))
    return found
