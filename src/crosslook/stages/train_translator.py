"""train_translator: unlabelled patches of both sensors -> checkpoints of one translator."""

from dataclasses import replace
from functools import partial

import click

from crosslook import outputs, params, results
from crosslook.translators.settings import Training

STAGE = "train_translator"
VERSION = 1  # raise it when the same inputs would give other checkpoints


@click.command(STAGE, short_help="unlabelled patches -> checkpoints of one translator")
@click.argument("translation")
def command(translation: str) -> None:
    """Train TRANSLATION, a name from the list ``translations`` of params.yaml.

    A killed run goes on where it stopped, and ends with the same bytes.
    """
    from crosslook import resume
    from crosslook.engine import use_threads
    from crosslook.patches.packed import pack
    from crosslook.patches.patch_set import read_patch_set
    from crosslook.translators.making import make_checkpoints
    from crosslook.translators.methods import method_named

    values = params.overlaid(STAGE, params.known(translation, "translations"))
    method = str(values.pop("method", translation))
    training, settings = params.divide(
        Training, method_named(method).settings, values, f"{STAGE}.{translation}"
    )
    seed = params.seed()
    folders = outputs.build("tile", settings.source), outputs.build("tile", "sar")
    sets = [read_patch_set(folder) for folder in folders]
    keys = [results.digest_folder(folder) for folder in folders]

    depends_on = {
        "method": method,
        "settings": settings,
        "training": replace(training, workers=0),  # any number gives the same bytes
        "seed": seed,
        "patches": keys,
    }
    work = resume.unit(STAGE, translation, depends_on, VERSION)
    if not work.done:
        use_threads(training.threads)
        packed = outputs.work(STAGE) / "packed"  # shared by all that train on these patches
        source, target = (pack(one, packed, key) for one, key in zip(sets, keys, strict=True))
        say = partial(click.echo, err=True)
        made = make_checkpoints(method, settings, training, seed, source, target, work.state, say)
        resume.finish(work, made)

    resume.deliver(work, outputs.build(STAGE, translation))
    record = results.read(work.out / "record.json")
    results.write(outputs.results(STAGE, translation), {"translation": translation} | record)
