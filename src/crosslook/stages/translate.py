"""translate: every checkpoint of one translation, labelled patches -> one fake set each."""

from dataclasses import dataclass

import click

from crosslook import outputs, params, results
from crosslook.engine import Pool

STAGE = "translate"
VERSION = 1  # raise it when the same inputs would give other fakes


@dataclass(frozen=True)
class TranslateParams:
    """What is made of every labelled patch."""

    styles: int = 1  # fakes of each patch, by methods that have styles; the others make one

    def __post_init__(self) -> None:
        if self.styles < 1:
            raise ValueError(f"styles={self.styles} must be >= 1.")


@click.command(STAGE, short_help="checkpoints + labelled patches -> labelled fakes")
@click.argument("translation")
def command(translation: str) -> None:
    """Translate the labelled patches with every checkpoint of TRANSLATION."""
    from crosslook import engine, resume
    from crosslook.translators.checkpoint import list_checkpoints
    from crosslook.translators.methods import method_named
    from crosslook.translators.translating import TranslateJob, translate_set
    from crosslook.writing import whole_folder

    pool, wanted = params.divide(Pool, TranslateParams, params.section(STAGE), STAGE)
    trained = outputs.build("train_translator", params.known(translation, "translations"))
    method = results.read(outputs.results("train_translator", translation))["method"]
    about = method_named(method)
    labelled = outputs.build("tile", f"{about.settings.source}_labelled")
    patches = results.digest_folder(labelled)
    styles = {"styles": wanted.styles} if about.has_styles and wanted.styles > 1 else {}
    units = {}
    for path in list_checkpoints(trained):
        depends_on = {"checkpoint": results.digest_file(path), "patches": patches, **styles}
        units[path] = resume.unit(STAGE, f"{translation}-{path.stem}", depends_on, VERSION)

    jobs = [
        TranslateJob(path, labelled, unit.state, wanted.styles)
        for path, unit in units.items()
        if not unit.done
    ]
    for job in engine.run(translate_set, jobs, pool):
        resume.finish(units[job.checkpoint], job.folder)

    with whole_folder(outputs.build(STAGE, translation)) as folder:
        for path, unit in units.items():
            resume.copy(unit.out / "patches", folder / path.stem)
    checks = [results.read(unit.out / "checks.json") for unit in units.values()]
    record = {"translation": translation, "method": method, "checkpoints": checks}
    results.write(outputs.results(STAGE, translation), record)
