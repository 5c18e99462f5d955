"""train_detector: labelled fakes of one translation -> detectors, and their score on SAR dev."""

from dataclasses import asdict, replace

import click

from crosslook import outputs, params, results
from crosslook.detectors.settings import FitSettings
from crosslook.engine import Pool
from crosslook.translators.naming import checkpoint_name, checkpoint_named

STAGE = "train_detector"
VERSION = 1  # raise it when the same inputs would give other detectors


@click.command(STAGE, short_help="labelled fakes -> detectors, scored on SAR dev")
@click.argument("translation")
def command(translation: str) -> None:
    """Train every detector on every set of fakes that TRANSLATION made.

    Reads build/translate/TRANSLATION, build/warm_start and build/tile/sar_dev. A killed run goes on
    where it stopped, and ends with the same bytes.
    """
    from crosslook import engine, resume
    from crosslook.detectors.jobs import FitJob, run_fit
    from crosslook.detectors.usable import usable
    from crosslook.patches.patch_set import read_patch_set
    from crosslook.patches.selection import tally
    from crosslook.writing import whole_folder

    pool, fit = params.divide(Pool, FitSettings, params.section(STAGE, "every"), f"{STAGE}.every")
    method = results.read(outputs.results("translate", params.known(translation, "translations")))[
        "method"
    ]
    fakes, dev = outputs.build("translate", translation), outputs.build("tile", "sar_dev")
    names, reason = usable(fakes, sorted(path.name for path in fakes.iterdir() if path.is_dir()))
    digest_of_dev, seed = results.digest_folder(dev), params.seed()
    settings = asdict(replace(fit, training=replace(fit.training, workers=0)))  # changes no byte
    if not fit.select.judges:
        del settings["select"]

    units, jobs = {}, []
    for detector in params.names("detectors"):
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
            units[detector, name] = unit
            step = checkpoint_named(name)
            job = FitJob(
                detector, translation, method, step, start, fakes / name, dev, fit, seed, unit.state
            )
            jobs += [] if unit.done else [job]
    for done in engine.run(run_fit, jobs, pool):
        resume.finish(units[done.detector, checkpoint_name(done.checkpoint)], done.folder)

    with whole_folder(outputs.build(STAGE, translation)) as folder:
        for (detector, name), unit in units.items():
            resume.copy(unit.out, folder / detector / name)
    entries = [results.read(unit.out / "entry.json") for unit in units.values()]
    record = {"translation": translation, "method": method, "entries": entries, "reason": reason}
    if fit.select.judges and names:
        record["selected"] = tally(read_patch_set(fakes / names[0]), fit.select)
    results.write(outputs.results(STAGE, translation), record)
