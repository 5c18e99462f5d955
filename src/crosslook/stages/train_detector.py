"""train_detector: labelled fakes of one translation -> detectors, and their score on SAR dev."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import click

from crosslook import outputs, params, results
from crosslook.detectors.settings import FitSettings
from crosslook.engine import Pool
from crosslook.translators.naming import checkpoint_name, checkpoint_named

if TYPE_CHECKING:
    from crosslook.detectors.pruning import Measured, Pair

STAGE = "train_detector"
VERSION = 1  # raise it when the same inputs would give other detectors


@click.command(STAGE, short_help="labelled fakes -> detectors, scored on SAR dev")
@click.argument("translation")
def command(translation: str) -> None:
    """Train every detector on every set of fakes that TRANSLATION made.

    Reads build/translate/TRANSLATION, build/warm_start and build/tile/sar_dev; with ``prune``,
    results/score_translator/TRANSLATION.json says which sets come first, and may spare the last
    ones. A killed run goes on where it stopped, and ends with the same bytes.
    """
    from crosslook import engine, resume
    from crosslook.detectors import pruning
    from crosslook.detectors.jobs import FitJob, run_fit
    from crosslook.detectors.usable import usable
    from crosslook.ensemble.labelled import drawn_by
    from crosslook.patches.patch_set import read_patch_set
    from crosslook.patches.selection import tally
    from crosslook.writing import whole_folder

    pool, fit = params.divide(Pool, FitSettings, params.section(STAGE, "every"), f"{STAGE}.every")
    method = results.read(outputs.results("translate", params.known(translation, "translations")))[
        "method"
    ]
    fakes, dev = outputs.build("translate", translation), outputs.build("tile", "sar_dev")
    names, reason = usable(fakes, sorted(path.name for path in fakes.iterdir() if path.is_dir()))
    scores = outputs.results("score_translator", translation)
    plan = pruning.plan(
        [checkpoint_named(name) for name in names], fit.prune, lambda: results.read(scores)
    )
    digest_of_dev, seed = results.digest_folder(dev), params.seed()
    settings = asdict(replace(fit, training=replace(fit.training, workers=0)))  # changes no byte
    del settings["prune"]
    if not fit.select.judges:
        del settings["select"]

    units, jobs = {}, {}
    detectors = params.names("detectors")
    for detector in detectors:
        start = outputs.build("warm_start", detector) / "weights.safetensors"
        for name in names:
            depends_on = {
                "settings": settings,
                "threads": pool.threads,
                "seed": seed,
                "method": method,
                "start": results.digest_file(start),
                "fakes": results.digest_folder(fakes / name),
                "dev": digest_of_dev,
            }
            unit = resume.unit(STAGE, f"{translation}-{name}-{detector}", depends_on, VERSION)
            step = checkpoint_named(name)
            units[detector, step] = unit
            jobs[detector, step] = FitJob(
                detector, translation, method, step, start, fakes / name, dev, fit, seed, unit.state
            )

    def train(pairs: "Sequence[Pair]") -> None:
        waiting = [jobs[pair] for pair in pairs if not units[pair].done]
        for done in engine.run(run_fit, waiting, pool):
            resume.finish(units[done.detector, done.checkpoint], done.folder)

    patches = read_patch_set(dev)
    drawn = drawn_by([patch.scene for patch in patches.patches], "scenes")[1]

    def measure(pair: "Pair") -> "Measured":
        rows = results.read(units[pair].out / "dev.json")
        return pruning.measured(patches.labels(), drawn, rows, fit.prune.replicates, seed)

    courses = pruning.halve(plan, detectors, train, measure, len(set(drawn)))

    kept = {pair: units[pair] for pair in units if pair[1] in courses[pair[0]].trained}
    with whole_folder(outputs.build(STAGE, translation)) as folder:
        for (detector, step), unit in kept.items():
            resume.copy(unit.out, folder / detector / checkpoint_name(step))
    entries = [results.read(unit.out / "entry.json") for unit in kept.values()]
    record = {"translation": translation, "method": method, "entries": entries, "reason": reason}
    if fit.select.judges and names:
        record["selected"] = tally(read_patch_set(fakes / names[0]), fit.select)
    if fit.prune.on:
        record["pruning"] = pruning.record(plan, courses, fit.prune, fit.training)
    results.write(outputs.results(STAGE, translation), record)
