"""The parts of the report on detection: Table I, chosen checkpoints, fusion."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crosslook.report import table_cells
from crosslook.report.html_parts import heading, paragraph, table
from crosslook.report.names import step_title
from crosslook.report.page_pictures import Picture
from crosslook.report.run import Run
from crosslook.report.table_facts import counts, meaning

Part = str | Picture
ROW, END = '<div class="row">', "</div>"  # around pictures, narrow ones of which stand in pairs
Row = Mapping[str, Any]

EVALUATION = {
    "precision_recall.png": "Precision over recall on SAR test, IoU .5. The marks are thresholds "
    "that SAR dev chose.",
    "checkpoints_dev.png": "AP on SAR dev over the training of each translator: what checkpoints "
    "are chosen by.",
    "checkpoints_test.png": "The same on SAR test, for this page alone: nothing is chosen by it.",
}
STUDY = {
    "history": "every trial of the study, and the best so far",
    "importance": "what decides, by PED-ANOVA",
    "slices": "trials by parameter, the answer in red",
}


def detection(run: Run) -> Iterator[Part]:
    """Table I, thresholds, differences, precision over recall."""
    yield heading(2, "Detection on SAR", "detection")
    rows = run.one("evaluate")
    if not rows:
        yield run.missing("evaluate")
        return
    yield paragraph(
        f"**Table I.** AP in 0..1 with 95 % bootstrap intervals. "
        f"{' '.join(meaning(rows))} {'. '.join(counts(rows))}."
    )
    head, body = table_cells.models(rows)
    yield table(head, list(_once(body)), words=2)
    if points := run.one("evaluate_operating_points"):
        said, cells = table_cells.thresholds(points)
        yield paragraph(said)
        yield table(*cells, words=2)
    yield from _picture(run, "precision_recall.png")
    every = run.one("evaluate_differences") or []
    if gaps := [gap for gap in every if gap.get("protocol", "dev") == "dev"]:
        yield paragraph(
            "Paired differences on the same draws, checkpoint and fusion chosen on dev. Those of "
            "the other protocols: `crosslook table --format markdown`."
        )
        yield table(*table_cells.gaps(gaps), words=3)


def checkpoints(run: Run) -> Iterator[Part]:
    """Which checkpoint dev chose, what pruning spared, and AP over the training."""
    yield heading(2, "Chosen checkpoints", "checkpoints")
    chosen = run.one("choose")
    if not chosen:
        yield run.missing("choose")
        return
    detectors = list(dict.fromkeys(row["detector"] for row in chosen))
    known = {(row["translation"], row["detector"]): row for row in chosen}
    names = list(dict.fromkeys(row["translation"] for row in chosen))
    yield paragraph(
        "The step of each translator on whose fakes a detector reached the highest AP on SAR dev, "
        "and that AP; the earlier one when equal."
    )
    body = [[f"`{name}`", *(_chosen(known.get((name, d))) for d in detectors)] for name in names]
    yield table(["translation", *detectors], body)
    for name, record in run.named("train_detector").items():
        if record.get("pruning"):
            yield paragraph(_pruning(name, record["pruning"]))
    yield from _picture(run, "checkpoints_dev.png")
    yield from _picture(run, "checkpoints_test.png")


def fusion(run: Run) -> Iterator[Part]:
    """What was fused, and the pictures of each study."""
    yield heading(2, "Fusion", "fusion")
    record = run.one("tune_fusion")
    if not record:
        yield run.missing("tune_fusion")
        return
    yield paragraph(
        f"Weights and thresholds were searched on SAR dev ({record['n_images']} images, "
        f"{record['n_boxes']} boxes). AP below is that of dev."
    )
    studies = [
        (detector, ensemble, study)
        for detector, of_detector in record["detectors"].items()
        for ensemble, study in of_detector.items()
    ]
    yield table(
        ["ensemble", "architecture", "tuned", "weights", "AP", "equal weights", "best single"],
        [_fused(*study) for study in studies],
        words=4,
    )
    pictures = run.pictures("tune_fusion")
    yield ROW
    for detector, ensemble, _ in studies:
        for kind, words in STUDY.items():
            name = f"{detector}/{ensemble}_{kind}.png"
            if name in pictures:
                caption = f"{detector}, ensemble `{ensemble}`: {words}."
                yield Picture(pictures[name], f"build/tune_fusion/{name}", caption)
    yield END


def _picture(run: Run, name: str) -> Iterator[Part]:
    found = run.pictures("evaluate_checkpoints").get(name)
    if found is None:
        yield paragraph(f"`build/evaluate/{name}` is not there: run 'make repro'.", "small")
    else:
        yield Picture(found, f"build/evaluate/{name}", EVALUATION[name])


def _chosen(row: Row | None) -> str:
    return "-" if row is None else f"{step_title(row['checkpoint'])} ({row['ap']:.3f})"


def _pruning(name: str, pruning: Row) -> str:
    saved, every = pruning["saved"], pruning["all"]
    if pruning["reason"]:
        return f"`{name}`: nothing was pruned, {pruning['reason']}."
    gone = [
        f"{detector} {', '.join(step_title(one) for one in course['pruned'])}"
        for detector, course in pruning["detectors"].items()
        if course["pruned"]
    ]
    return (
        f"`{name}`: checkpoints in the order of `{pruning['score']}`; {saved['trainings']} of "
        f"{every['trainings']} trainings were spared, which would have been {saved['steps']} steps "
        f"with {saved['images']} images at most. Not trained on: {'; '.join(gone) or 'none'}."
    )


def _fused(detector: str, ensemble: str, study: Row) -> list[str]:
    weights = ", ".join(f"{name} {weight:.2f}" for name, weight in study["weights"].items())
    best = study["best_single"]
    return [
        f"`{ensemble}`",
        detector,
        str(study["answer"]),
        weights,
        f"{study['ap']:.3f}",
        f"{study['equal']['ap']:.3f}",
        f"{best['ap']:.3f} ({best['translation']})",
    ]


def _once(body: Sequence[Sequence[str]]) -> Iterator[Sequence[str]]:
    """Rows that do not repeat the first cell of the row above."""
    above = None
    for cells in body:
        yield ["", *cells[1:]] if cells[0] == above else cells
        above = cells[0]


def contents(titles: Sequence[tuple[str, str]]) -> str:
    """Links to the parts of the page: (anchor, title) each."""
    links = " · ".join(f'<a href="#{anchor}">{title}</a>' for anchor, title in titles)
    return f"<nav>{links}</nav>"
