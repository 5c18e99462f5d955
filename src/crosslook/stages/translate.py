"""translate: every checkpoint of one translation, labelled patches -> one fake set each."""

from dataclasses import dataclass

import click

from crosslook import outputs, params, results
from crosslook.stages import _ahead
from crosslook.stages._ahead import AheadPool, Work

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
    from crosslook import resume
    from crosslook.translators.translating import translate_set
    from crosslook.writing import whole_folder

    pool, wanted = params.divide(AheadPool, TranslateParams, params.section(STAGE), STAGE)

    def find(name: str) -> list[Work]:
        return _find(name, wanted.styles)

    own = find(params.known(translation, "translations"))
    later = _ahead.after(translation, ["translations"], find) if pool.ahead else []
    _ahead.run(translate_set, own, later, _ahead.keep, pool)

    with whole_folder(outputs.build(STAGE, translation)) as folder:
        for one in own:
            resume.copy(one.unit.out / "patches", folder / one.job.checkpoint.stem)
    method = results.read(outputs.results("train_translator", translation))["method"]
    checks = [results.read(one.unit.out / "checks.json") for one in own]
    record = {"translation": translation, "method": method, "checkpoints": checks}
    results.write(outputs.results(STAGE, translation), record)


def _find(translation: str, styles: int) -> list[Work]:
    """The checkpoints of a translation."""
    from crosslook import resume
    from crosslook.translators.checkpoint import list_checkpoints
    from crosslook.translators.methods import method_named
    from crosslook.translators.translating import TranslateJob

    method = results.read(outputs.results("train_translator", translation))["method"]
    about = method_named(method)
    labelled = outputs.build("tile", f"{about.settings.source}_labelled")
    patches = results.digest_folder(labelled)
    of_styles = {"styles": styles} if about.has_styles and styles > 1 else {}
    found = []
    for path in list_checkpoints(outputs.build("train_translator", translation)):
        depends_on = {"checkpoint": results.digest_file(path), "patches": patches, **of_styles}
        unit = resume.unit(STAGE, f"{translation}-{path.stem}", depends_on, VERSION)
        found.append(Work(TranslateJob(path, labelled, unit.state, styles), unit))
    return found
