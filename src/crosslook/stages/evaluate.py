"""evaluate: test detections of the chosen, fusion rules -> the table of results, differences."""

import click

from crosslook import outputs, params, results
from crosslook.ensemble.settings import EvaluateParams
from crosslook.translators.naming import checkpoint_name

STAGE = "evaluate"


@click.command(STAGE, short_help="detections on SAR test -> AP with intervals, and differences")
def command() -> None:
    """Score each chosen detector and each ensemble on SAR test, once.

    Reads results/choose.json, results/tune_fusion.json, results/train_detector, build/detect_test
    and build/tile/sar_test; writes results/evaluate.json, results/evaluate_differences.json and
    the fused detections in build/evaluate.
    """
    from crosslook.ensemble.protocol import ensembles, score, single
    from crosslook.patches.patch_set import read_patch_set
    from crosslook.writing import whole_folder, write_json

    settings, seed = params.read(EvaluateParams, STAGE), params.seed()
    chosen = results.read(outputs.results("choose"))
    tuned = results.read(outputs.results("tune_fusion"))["detectors"]
    patches = read_patch_set(outputs.build("tile", "sar_test"))
    truth, scenes = patches.labels(), [patch.scene for patch in patches.patches]
    models = []
    for row in chosen:
        translation, step = row["translation"], checkpoint_name(row["checkpoint"])
        entries = results.read(outputs.results("train_detector", translation))["entries"]
        folder = outputs.build("detect_test", translation, row["detector"], step)
        models.append(single(row, entries, results.read(folder / "test.json")))

    fused = ensembles(tuned, models, truth)
    table, differences = score([*models, *fused], truth, scenes, chosen, tuned, settings, seed)

    with whole_folder(outputs.build(STAGE)) as folder:
        for model in fused:
            write_json(folder / model.detector / f"{model.translation}.json", model.seen)
    results.write(outputs.results(STAGE), table)
    results.write(outputs.results("evaluate_differences"), differences)
