"""translate: every checkpoint of one translation, labelled patches -> one fake set each."""

import click

from crosslook import outputs, params, results
from crosslook.engine import Pool

STAGE = "translate"
VERSION = 1  # raise it when the same inputs would give other fakes


@click.command(STAGE, short_help="checkpoints + labelled patches -> labelled fakes")
@click.argument("translation")
def command(translation: str) -> None:
    """Translate the labelled patches with every checkpoint of TRANSLATION."""
    from crosslook import engine, resume
    from crosslook.translators.checkpoint import list_checkpoints
    from crosslook.translators.methods import method_named
    from crosslook.translators.translating import TranslateJob, translate_set
    from crosslook.writing import whole_folder

    pool = params.read(Pool, STAGE)
    trained = outputs.build("train_translator", params.known(translation, "translations"))
    method = results.read(outputs.results("train_translator", translation))["method"]
    labelled = outputs.build("tile", f"{method_named(method).settings.source}_labelled")
    patches = results.digest_folder(labelled)
    units = {}
    for path in list_checkpoints(trained):
        depends_on = {"checkpoint": results.digest_file(path), "patches": patches}
        units[path] = resume.unit(STAGE, f"{translation}-{path.stem}", depends_on, VERSION)

    jobs = [TranslateJob(p, labelled, unit.state) for p, unit in units.items() if not unit.done]
    for job in engine.run(translate_set, jobs, pool):
        resume.finish(units[job.checkpoint], job.folder)

    with whole_folder(outputs.build(STAGE, translation)) as folder:
        for path, unit in units.items():
            resume.copy(unit.out / "patches", folder / path.stem)
    checks = [results.read(unit.out / "checks.json") for unit in units.values()]
    record = {"translation": translation, "method": method, "checkpoints": checks}
    results.write(outputs.results(STAGE, translation), record)
