"""track: results/ -> the MLflow index in mlruns/, and a receipt."""

from functools import partial

import click

from crosslook import outputs, params

STAGE = "track"


@click.command(STAGE, short_help="results/ -> the MLflow index in mlruns/, and a receipt")
@click.option("--quiet", is_flag=True, help="Say nothing when all goes well.")
def command(quiet: bool) -> None:
    """Make MLflow say what results/ says; mlruns/ may be deleted at any time.

    Also registers what was promoted, by results/promotions.jsonl and promotions_landcover.jsonl,
    where the bundles are there.
    """
    instances = {key: params.names(key) for key in ("translations", "scenery", "detectors")}

    from crosslook.tracking import promotions, records, registered, registry
    from crosslook.tracking.sheets import sheets
    from crosslook.tracking.store import opened
    from crosslook.tracking.sync import sync
    from crosslook.writing import write_text

    found = records.gather(instances)
    promoted = [(kind, promotions.read(kind.record)) for kind in registered.ALL]

    with opened(outputs.STORE) as store:
        done = sync(store, sheets(found))
        for kind, lines in promoted:
            bundles, say = outputs.build("promote"), partial(click.echo, err=True)
            registry.replay(store, kind, lines, bundles, say)

    write_text(outputs.STORE / ".synced", records.digest(found) + "\n")
    if not quiet:
        click.echo(f"{STAGE}: {len(found)} records: {done.words}")
