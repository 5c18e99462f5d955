"""report: results/, pictures and predictions of build/ -> one HTML page, rho of scores with AP."""

import click

from crosslook import outputs, params, results

STAGE = "report"
LISTS = ("translations", "scenery", "detectors")
SHOWN = (
    "tile",
    "train_classifier",
    "train_translator",
    "translate",
    "score_translator",
    "train_detector",
    "choose",
    "tune_fusion",
    "evaluate",
    "evaluate_differences",
    "evaluate_checkpoints",
    "evaluate_operating_points",
)
DRAWN = ("score_translator", "tune_fusion", "evaluate_checkpoints")  # have pictures in build/


@click.command(STAGE, short_help="results/ and pictures -> one HTML page, rho of scores with AP")
def command() -> None:
    """Write build/report/report.html, which needs nothing beside itself.

    Reads results/, the pictures of build/evaluate, build/tune_fusion and build/score_translator,
    and what the models of build/train_classifier said; what is not there is left out of the page,
    with a line that says so. land_cover.json, beside the page, is what its pictures of land cover
    are drawn from. results/report.json holds Spearman's rho of every score with the AP on SAR dev.
    Nothing is chosen by either: no other stage reads them but ``track``.
    """
    from crosslook.report.associations import associations, points
    from crosslook.report.land_cover_parts import land_cover_of
    from crosslook.report.report_page import report_page
    from crosslook.report.run import Run
    from crosslook.tracking.records import gather
    from crosslook.writing import whole_folder, write_text

    seed, records = params.seed(), gather({key: params.names(key) for key in LISTS}, SHOWN)
    found: dict[str, dict[str, object]] = {}
    for one in records:
        found.setdefault(one.stage, {})[one.name] = one.value
    images = {
        (one.stage, one.name): {name: path.read_bytes() for name, path in one.files.items()}
        for one in records
        if one.stage in DRAWN
    }
    run = Run(found, images, seed)

    scored, trained = (
        run.named(stage).values() for stage in ("score_translator", "train_detector")
    )
    every = points(list(scored), list(trained))
    rows = associations(every, seed)
    classified = land_cover_of(run.one("train_classifier"), outputs.build("train_classifier"))
    report = report_page(run, every, rows, classified=classified)

    with whole_folder(outputs.build(STAGE)) as folder:
        write_text(folder / "report.html", report.html)
        results.write(folder / "land_cover.json", classified.shown)
    results.write(
        outputs.results(STAGE),
        {"associations": rows, "pictures": report.pictures, "left_out": report.left_out},
    )
