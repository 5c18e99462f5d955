"""score_translator: every checkpoint of one translation, held-out patches -> image quality."""

from typing import TYPE_CHECKING, Any

import click

from crosslook import outputs, params, results
from crosslook.engine import Pool
from crosslook.scores.score_settings import ScoreSettings
from crosslook.stages import _ahead
from crosslook.stages._score_units import STAGE, arrays, entry_of, finish, plan
from crosslook.stages._translations import LISTS

if TYPE_CHECKING:
    from crosslook.stages._score_units import Plan


@click.command(STAGE, short_help="checkpoints + held-out patches -> image quality of the fakes")
@click.argument("translation")
def command(translation: str) -> None:
    """Score every checkpoint of TRANSLATION by its images alone, without a detector.

    Reads build/train_translator/TRANSLATION, build/translate/TRANSLATION where labelled fakes are
    made, and patches of build/tile, never those of split test. A killed run goes on where it
    stopped, and ends with the same bytes. With ``ahead: 1`` the same worker processes also score
    the translations that come after it in the lists, as far as those are there.
    """
    from crosslook import engine, resume
    from crosslook.judging.scoring import score_checkpoint, short
    from crosslook.report.quality_pictures import draw_quality
    from crosslook.writing import whole_folder, write_bytes

    pool, settings = params.divide(Pool, ScoreSettings, params.section(STAGE), STAGE)
    trained = results.read(outputs.results("train_translator", params.known(translation, *LISTS)))
    engine.use_threads(pool.threads)
    own = plan(translation, settings, pool)
    later = _ahead.after(translation, LISTS, lambda name: plan(name, settings, pool).work)
    _ahead.run(score_checkpoint, own.work, later if settings.ahead else [], finish, pool)

    record = short(_record(own, settings))
    with whole_folder(outputs.build(STAGE, translation)) as folder:
        for unit in arrays(own):
            resume.copy(unit.out, folder)
        for name, picture in draw_quality(record, trained["losses"], folder).items():
            write_bytes(folder / "pictures" / name, picture)
    results.write(outputs.results(STAGE, translation), record)


def _record(done: "Plan", settings: ScoreSettings) -> dict[str, Any]:
    """What is known of one translation, once all its units are done."""
    from crosslook.judging.looking import read_index

    sides, contrast = done.sides, done.contrast
    return {
        "translation": done.wanted.name,
        "method": done.wanted.method,
        "domains": {
            "source": done.wanted.source,
            "target": done.wanted.target,
            "source_patches": sides.source.words,
            "real_patches": sides.real.words,
        },
        "n": sides.n,
        "embedders": list(done.chosen.known.values()),
        "left_out": list(done.chosen.left_out),
        "real": {
            **done.beside,
            "checkerboard": read_index(done.real[""].out / "maps" / "real.npz"),
            "contrast": None if isinstance(contrast, str) else contrast.as_dict(),
        },
        "checkpoints": [entry_of(done, one, settings) for one in done.work],
    }
