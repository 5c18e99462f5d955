"""evaluate: detections on SAR dev and test -> Table I under every protocol, with intervals."""

from pathlib import Path

import click

from crosslook import outputs, params, results
from crosslook.engine import Pool
from crosslook.ensemble.evaluation_settings import EvaluateParams
from crosslook.ensemble.settings import TuneFusionParams
from crosslook.translators.naming import checkpoint_name

STAGE = "evaluate"


@click.command(STAGE, short_help="detections on SAR test -> AP with intervals, and differences")
@click.option("--ground-truth", type=click.Path(path_type=Path), help="A COCO data set.")
@click.option(
    "--detections",
    type=click.Path(path_type=Path),
    multiple=True,
    help="COCO results on it; give several to compare them.",
)
@click.option("--group-by", help="Key of the images by which they are drawn, e.g. scene.")
@click.option(
    "--format", type=click.Choice(["text", "json"]), default="text", help="Of the answer."
)
def command(
    ground_truth: Path | None, detections: tuple[Path, ...], group_by: str | None, format: str
) -> None:
    """Score detectors and ensembles on SAR test, with intervals, under every protocol.

    Reads results/choose.json, results/tune_fusion.json, results/train_detector,
    build/train_detector, build/detect_test, build/tile/sar_dev and build/tile/sar_test. Writes
    results/evaluate.json and its kin, and fused detections and pictures into build/evaluate.

    With --ground-truth and --detections it scores these COCO files instead, and touches nothing of
    the project: AP, AP50, AP75 and AR with 95 % intervals, and paired differences.
    """
    if ground_truth or detections or group_by or format != "text":
        from crosslook.stages._coco_files import answer

        click.echo(answer(ground_truth, detections, group_by, format))
        return

    from crosslook import engine
    from crosslook.ensemble.evaluation import evaluate
    from crosslook.ensemble.jobs import run_fuse
    from crosslook.ensemble.labelled import Labelled
    from crosslook.ensemble.models import Trained
    from crosslook.patches.ground_area import ground_area_km2
    from crosslook.patches.patch_set import read_patch_set
    from crosslook.report.checkpoints_picture import draw_checkpoints
    from crosslook.report.precision_recall_picture import draw_precision_recall
    from crosslook.writing import whole_folder, write_bytes, write_json

    pool, settings = params.divide(Pool, EvaluateParams, params.section(STAGE), STAGE)
    fusion, seed = params.read(TuneFusionParams, "tune_fusion"), params.seed()
    sets = {name: read_patch_set(outputs.build("tile", f"sar_{name}")) for name in ("dev", "test")}
    dev, test = (
        Labelled(patches.labels(), tuple(patch.scene for patch in patches.patches))
        for patches in sets.values()
    )
    trained = []
    for translation in params.names("translations"):
        for entry in results.read(outputs.results("train_detector", translation))["entries"]:
            place = (translation, entry["detector"], checkpoint_name(entry["checkpoint"]))
            seen = {
                "dev": results.read(outputs.build("train_detector", *place) / "dev.json"),
                "test": results.read(outputs.build("detect_test", *place) / "test.json"),
            }
            about = (entry["detector"], entry["engine"], entry["weights"], translation)
            trained.append(Trained(*about, entry["checkpoint"], seen))

    found = evaluate(
        trained,
        dev,
        test,
        results.read(outputs.results("choose")),
        results.read(outputs.results("tune_fusion"))["detectors"],
        settings,
        fusion,
        seed,
        ground_area_km2(sets["test"].patches),
        lambda jobs: engine.run(run_fuse, jobs, pool),
    )

    with whole_folder(outputs.build(STAGE)) as folder:
        for model in found.fused:
            write_json(folder / model.detector / f"{model.translation}.json", model.seen[0])
        for split in ("dev", "test"):
            picture = draw_checkpoints(found.checkpoints, split)
            write_bytes(folder / f"checkpoints_{split}.png", picture)
        write_bytes(folder / "precision_recall.png", draw_precision_recall(found.operating_points))
    results.write(outputs.results(STAGE), found.rows)
    results.write(outputs.results("evaluate_differences"), found.differences)
    results.write(outputs.results("evaluate_checkpoints"), found.checkpoints)
    results.write(outputs.results("evaluate_operating_points"), found.operating_points)
