"""The parts of the report on image quality: scores of every checkpoint, labels, alarms."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crosslook.report.detection_parts import END, ROW, Part, contents
from crosslook.report.html_parts import heading, paragraph, table
from crosslook.report.names import step_title
from crosslook.report.page_pictures import Picture
from crosslook.report.run import Run
from crosslook.scores.quality import kind_of
from crosslook.translators.naming import Checkpoint, checkpoint_order

Row = Mapping[str, Any]
STAGE = "score_translator"
COLUMNS = 8  # checkpoints in a table
LOST = 5  # boxes that are listed
FATES = ("survived", "vanished", "moved", "unjudged")
CAPTIONS = {
    "training": "Losses and scores over the training (Deep Snow, Fig. 3).",
    "artefacts": "What the generator changes: source, fake, L1 by band, spectrum (Figs. 2, 4).",
    "mean_l1": "L1 by band, mean over all patches: grids that are fixed to the patch (Fig. 4).",
    "forest": "Can a random forest tell fakes from real patches? (Fig. 5)",
    "pairs": "Embeddings in the principal components of the real ones (Fig. 6).",
}
"""By how a file's name begins, in the order of the page."""


def quality(run: Run) -> Iterator[Part]:
    """A part for every translation and scenery."""
    yield heading(2, "Image quality", "quality")
    records = run.named(STAGE)
    if not records:
        yield paragraph(
            "`results/score_translator` is not there: this run has no stage score_translator.",
            "small",
        )
        return
    yield paragraph(
        "Scores of the fakes by their images alone. The real patches are held out from all "
        "trainings and never of SAR test; where the sources are from stands with each name. Beside "
        "the scores, what they give between real patches and other real ones: a perfect generator "
        "would reach that, not 0. **Bold**: the best checkpoint. ᵈ: chosen on dev by a detector."
    )
    yield contents([(f"quality-{name}", name) for name in records])
    for name, record in records.items():
        yield from _translation(run, name, record)


def alarms(run: Run) -> Iterator[Part]:
    """What the trainings of translators and the checks on fakes warned of."""
    yield heading(2, "Alarms", "alarms")
    watched = {
        name: record
        for name, record in run.named("train_translator").items()
        if record.get("alarms")
    }
    if not watched:
        yield paragraph("No training was watched for collapse and drift.", "small")
    for name, record in watched.items():
        yield from _watched(name, record)
    for name, record in run.named("translate").items():
        for one in record["checkpoints"]:
            if one["constant"]:
                yield paragraph(
                    f"`{name}`, {_title(one['checkpoint'])}: {one['constant']} of "
                    f"{one['patches']} fakes are of one value."
                )


def _watched(name: str, record: Row) -> Iterator[Part]:
    """The checkpoints of one training that are beyond a threshold, or that none is."""
    probes, every = record["probes"], record["alarms"]
    flagged = [one for one in every if one["flagged"]]
    if not flagged:
        yield paragraph(f"`{name}`: none of {len(every)} checkpoints raised an alarm.")
        return
    limits = ", ".join(f"{key} {value:g}" for key, value in probes["thresholds"].items())
    yield paragraph(
        f"`{name}`: {len(flagged)} of {len(every)} checkpoints raised an alarm on "
        f"{probes['images']} probes ({limits}; the last two above what real patches give)."
    )
    head = ["step", "alarm", "variation", "saturated", *(f"distance, {b}" for b in probes["bands"])]
    body = [[_title(one["checkpoint"]), ", ".join(one["flagged"]), *_tried(one)] for one in flagged]
    real = ["real", "", *_tried(probes["real"])]
    yield table(head, [*body, real], words=2)


def _tried(values: Row) -> list[str]:
    distances = values["distance"] or []
    found = [values["variation"], values["saturated"], *distances]
    return ["-" if value is None else f"{value:.3g}" for value in found]


def _translation(run: Run, name: str, record: Row) -> Iterator[Part]:
    yield heading(3, f"`{name}`", f"quality-{name}")
    domains = record["domains"]
    yield paragraph(
        f"{domains['source']} to {domains['target']}, {record['n']} patches a side. Sources: "
        f"{domains['source_patches']}. Real: {domains['real_patches']}.",
        "small",
    )
    for one in record["left_out"]:
        yield paragraph(f"Left out: {one['embedder']}, {one['reason']}", "small")
    chosen = {row["checkpoint"] for row in run.one("choose") or [] if row["translation"] == name}
    yield from _scores(record, chosen)
    yield from _labels(name, record, chosen)
    yield from _pictures(name, run.pictures(STAGE, name))


def _scores(record: Row, chosen: set[Checkpoint]) -> Iterator[Part]:
    """A row per score, a column per checkpoint; of many, some and the chosen ones."""
    every = sorted(record["checkpoints"], key=lambda one: checkpoint_order(one["checkpoint"]))
    shown = _some(every, chosen)
    head = ["score", "better"]
    head += [
        _title(one["checkpoint"]) + "ᵈ" * (one["checkpoint"] in chosen - {None}) for one in shown
    ]
    body = []
    empty: dict[str, list[str]] = {}
    for name in every[0]["scores"]:
        values = [one["scores"].get(name) for one in every]
        if all(value is None for value in values):
            reason = every[0]["details"].get(name, {}).get("reason", "no value")
            empty.setdefault(reason, []).append(kind_of(name).label)
            continue
        kind, best = kind_of(name), _best(name, values)
        cells = [_cell(one, name, best) for one in shown]
        unit = every[0]["details"].get(name, {}).get("unit")
        label = f"{kind.label}, {unit}" if unit else kind.label
        body.append([label, kind.better, *cells, _real(record["real"], name)])
    yield table([*head, "real against real"], body, words=2)
    if len(shown) < len(every):
        yield paragraph(
            f"{len(shown)} of {len(every)} checkpoints; all: "
            f"`results/{STAGE}/{record['translation']}.json`.",
            "small",
        )
    for reason, labels in empty.items():
        yield paragraph(f"Not measured: {', '.join(labels)} ({reason}).", "small")


def _labels(name: str, record: Row, chosen: set[Checkpoint]) -> Iterator[Part]:
    """What became of the labelled boxes, and the first of those that were lost."""
    rows = [one for one in record["checkpoints"] if one["scores"].get("survival") is not None]
    if not rows:
        return
    real = record["real"]["contrast"]
    yield paragraph(
        f"**Labels.** Boxes whose object is still there, and in its place, in band {real['band']}. "
        f"Of {real['boxes']} real boxes on SAR dev, {100 * real['share']:.0f} % pass the same test "
        "of contrast."
    )
    body = []
    for one in rows:
        counted = one["details"]["survival"]
        cells = [str(counted[fate]) for fate in FATES]
        body.append([_title(one["checkpoint"]), *cells, f"{100 * one['scores']['survival']:.1f} %"])
    yield table(["step", *FATES, "share"], body)
    shown = next((one for one in rows if one["checkpoint"] in chosen), rows[-1])
    lost = shown["lost"]
    if not lost:
        return
    where = "" if shown["checkpoint"] is None else f" at step {step_title(shown['checkpoint'])}"
    more = len(lost) - LOST
    yield paragraph(
        f"Lost{where}: {len(lost)} box{'es'[: 2 * (len(lost) != 1)]}"
        + (f", the first {LOST}; all: `results/{STAGE}/{name}.json`." if more > 0 else "."),
        "small",
    )
    yield table(
        ["patch", "fate", "x1 y1 x2 y2 (px)", "contrast", "shift x, y (px)"],
        [_lost(one) for one in lost[:LOST]],
        words=2,
    )


def _pictures(name: str, pictures: Mapping[str, bytes]) -> Iterator[Part]:
    """In the order of the captions; what is not known comes last, under its own name."""
    kinds = list(CAPTIONS)

    def place(path: str) -> tuple[int, str]:
        kind = _kind(path)
        return (kinds.index(kind) if kind else len(kinds), path)

    if not pictures:
        yield paragraph(f"No pictures in `build/{STAGE}/{name}/pictures`.", "small")
        return
    yield ROW
    for path in sorted(pictures, key=place):
        kind, stem = _kind(path), path.rpartition("/")[2].removesuffix(".png")
        of = stem.removeprefix(f"{kind}_") if kind == "pairs" else ""
        words = CAPTIONS[kind] if kind else stem.replace("_", " ") + "."
        caption = f"`{name}`{f', {of}' if of else ''}: {words}"
        yield Picture(pictures[path], f"build/{STAGE}/{name}/{path}", caption)
    yield END


def _title(checkpoint: Checkpoint) -> str:
    return "fakes" if checkpoint is None else step_title(checkpoint)


def _kind(path: str) -> str:
    stem = path.rpartition("/")[2]
    return next((kind for kind in CAPTIONS if stem.startswith(kind)), "")


def _some(every: Sequence[Row], chosen: set[Checkpoint]) -> list[Row]:
    last = len(every) - 1
    places = {round(i * last / (COLUMNS - 1)) for i in range(COLUMNS)} if last >= COLUMNS else None
    return [
        one
        for i, one in enumerate(every)
        if places is None or i in places or one["checkpoint"] in chosen
    ]


def _best(name: str, values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    better = kind_of(name).better
    if better == "neither" or len(known) < 2:
        return None
    return min(known) if better == "lower" else max(known)


def _cell(one: Row, name: str, best: float | None) -> str:
    value = one["scores"].get(name)
    if value is None:
        return "-"
    text = f"**{value:.4g}**" if value == best else f"{value:.4g}"
    details = one["details"].get(name, {})
    if fewer := details.get("at_n"):
        return f"{text} [{fewer['value']:.4g} at n = {fewer['n']}]"
    by_chance = details.get("shuffled")
    return text if by_chance is None else f"{text} [{by_chance:.4g} of other places]"


def _real(real: Row, name: str) -> str:
    kind, _, of = name.partition("__")
    if kind == "checkerboard" and real["checkerboard"] is not None:
        return f"{real['checkerboard']:.4g}"
    if kind == "survival" and real["contrast"]:
        return f"{real['contrast']['share']:.4g}"
    beside = real.get(of, {}).get(kind) if kind_of(name).of == "embeddings" else None
    if not beside:
        return ""
    return f"{beside['value']:.4g} ± {beside['deviation']:.2g} (n = {beside['n']})"


def _lost(one: Row) -> list[str]:
    shift = one["shift_px"]
    return [
        one["image"],
        one["fate"],
        " ".join(f"{side:.0f}" for side in one["box"]),
        "-" if one["contrast"] is None else f"{one['contrast']:.2f}",
        "-" if shift is None else f"{shift[0]}, {shift[1]}",
    ]
