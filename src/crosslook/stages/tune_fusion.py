"""tune_fusion: dev detections of the chosen detectors -> weights and thresholds that fuse them."""

from typing import Any

import click

from crosslook import outputs, params, results
from crosslook.ensemble.settings import TuneFusionParams
from crosslook.translators.naming import checkpoint_name

STAGE = "tune_fusion"
VERSION = 2  # raise it when a trial would score differently


@click.command(STAGE, short_help="detections on SAR dev -> weights and thresholds of the ensemble")
def command() -> None:
    """Search the fusion that is best on SAR dev, for each detector and ensemble.

    Reads results/choose.json, build/train_detector and build/tile/sar_dev; writes
    results/tune_fusion.json. A killed search goes on where it was.
    """
    from crosslook.ensemble.protocol import chosen_checkpoints
    from crosslook.ensemble.tuning import record, tune
    from crosslook.patches.boxes import from_coco_results
    from crosslook.patches.patch_set import read_patch_set
    from crosslook.resume import unit
    from crosslook.scores.average_precision import count_objects

    settings, seed = params.read(TuneFusionParams, STAGE), params.seed()
    for member in sorted(settings.everyone):
        params.known(member, "translations")
    chosen = results.read(outputs.results("choose"))
    truth = read_patch_set(outputs.build("tile", "sar_dev")).labels()
    image_ids = [image["id"] for image in truth["images"]]

    records: dict[str, dict[str, Any]] = {}
    for detector in params.names("detectors"):
        checkpoints = chosen_checkpoints(chosen, detector, settings.everyone)
        rows = {
            member: results.read(
                outputs.build("train_detector", member, detector, checkpoint_name(step), "dev.json")
            )
            for member, step in checkpoints.items()
        }
        answers = {member: from_coco_results(seen, image_ids) for member, seen in rows.items()}
        records[detector] = {}
        for name, members in settings.ensembles.items():
            depends_on = {
                "search": settings.search,
                "seed": seed,
                "rows": {member: rows[member] for member in members},
                "truth": truth,
            }
            work = unit(STAGE, f"{detector}-{name}", depends_on, VERSION)
            tuned = tune(answers, members, truth, settings, seed, work.state / "trials.jsonl")
            records[detector][name] = record(tuned, checkpoints)

    about = {"n_images": len(image_ids), "n_boxes": count_objects(truth), "seed": seed}
    results.write(outputs.results(STAGE), {**about, "detectors": records})
