"""train_detector: labelled fakes of one translation -> detectors, and their score on SAR dev."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import click

from crosslook import outputs, params, results
from crosslook.detectors.settings import FitSettings
from crosslook.errors import StaleError
from crosslook.stages import _ahead
from crosslook.stages._ahead import AheadPool, Work
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
    from crosslook import resume
    from crosslook.detectors import pruning
    from crosslook.detectors.jobs import run_fit
    from crosslook.ensemble.labelled import drawn_by
    from crosslook.patches.patch_set import read_patch_set
    from crosslook.patches.selection import tally
    from crosslook.writing import whole_folder

    pool, fit = params.divide(
        AheadPool, FitSettings, params.section(STAGE, "every"), f"{STAGE}.every"
    )
    dev, seed = outputs.build("tile", "sar_dev"), params.seed()
    digest_of_dev = results.digest_folder(dev)

    def find(name: str) -> list[Work]:
        return _find(name, fit, pool.threads, digest_of_dev)

    own = find(params.known(translation, "translations"))
    of_pair = {(one.job.detector, one.job.checkpoint): one for one in own}
    method = results.read(outputs.results("translate", translation))["method"]
    names, reason = _usable(translation)
    fakes, scores = (
        outputs.build("translate", translation),
        outputs.results("score_translator", translation),
    )
    plan = pruning.plan(
        [checkpoint_named(name) for name in names], fit.prune, lambda: results.read(scores)
    )
    goes_on = pool.ahead and not fit.prune.on  # what pruning will spare is not known before
    later = _ahead.after(translation, ["translations"], find) if goes_on else []
    detectors = params.names("detectors")

    def train(pairs: "Sequence[Pair]") -> None:
        _ahead.run(run_fit, [of_pair[pair] for pair in pairs], later, _ahead.keep, pool)

    patches = read_patch_set(dev)
    drawn = drawn_by([patch.scene for patch in patches.patches], "scenes")[1]

    def measure(pair: "Pair") -> "Measured":
        rows = results.read(of_pair[pair].unit.out / "dev.json")
        return pruning.measured(patches.labels(), drawn, rows, fit.prune.replicates, seed)

    courses = pruning.halve(plan, detectors, train, measure, len(set(drawn)))

    kept = {pair: one.unit for pair, one in of_pair.items() if pair[1] in courses[pair[0]].trained}
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


def _usable(translation: str) -> tuple[list[str], str | None]:
    """The sets of fakes of a translation that detectors can learn from; why none, if so.

    Raises:
        StaleError: if they are not there, whatever results/ says.
    """
    from crosslook.detectors.usable import usable

    fakes = outputs.build("translate", translation)
    if not fakes.is_dir():
        raise StaleError(f"{fakes} is missing: run 'make repro'.")
    return usable(fakes, sorted(path.name for path in fakes.iterdir() if path.is_dir()))


def _find(translation: str, fit: FitSettings, threads: int, digest_of_dev: str) -> list[Work]:
    """Every detector on every usable set of fakes of a translation."""
    from crosslook import resume
    from crosslook.detectors.jobs import FitJob

    seed, dev = params.seed(), outputs.build("tile", "sar_dev")
    method = results.read(outputs.results("translate", translation))["method"]
    names, _ = _usable(translation)
    settings = asdict(replace(fit, training=replace(fit.training, workers=0)))  # changes no byte
    del settings["prune"]
    if not fit.select.judges:
        del settings["select"]
    found = []
    for detector in params.names("detectors"):
        start = outputs.build("warm_start", detector) / "weights.safetensors"
        for name in names:
            fakes = outputs.build("translate", translation, name)
            depends_on = {
                "settings": settings,
                "threads": threads,
                "seed": seed,
                "method": method,
                "start": results.digest_file(start),
                "fakes": results.digest_folder(fakes),
                "dev": digest_of_dev,
            }
            unit = resume.unit(STAGE, f"{translation}-{name}-{detector}", depends_on, VERSION)
            step = checkpoint_named(name)
            job = FitJob(
                detector, translation, method, step, start, fakes, dev, fit, seed, unit.state
            )
            found.append(Work(job, unit))
    return found
