"""choose: AP on SAR dev of every detector -> the best checkpoint per detector and translation."""

from dataclasses import asdict

import click

from crosslook import outputs, params, results

STAGE, SOURCE = "choose", "train_detector"


@click.command(STAGE, short_help="AP on SAR dev -> the best checkpoint per detector, translation")
def command() -> None:
    """Choose the checkpoint with the highest AP on SAR dev, the earlier one when equal.

    Syncs MLflow from results/, asks its registry, and checks the answer against the JSON.
    """
    translations, detectors = params.names("translations"), params.names("detectors")

    from crosslook.tracking.query import choose, without
    from crosslook.tracking.records import gather
    from crosslook.tracking.sheets import sheets
    from crosslook.tracking.store import opened
    from crosslook.tracking.sync import sync

    records = gather({"translations": translations}, [SOURCE])
    entries = {record.name: record.value["entries"] for record in records}

    with opened(outputs.STORE) as store:
        sync(store, sheets(records, [SOURCE]))
        chosen = choose(store, detectors, translations, entries)

    for detector, translation in without(chosen, detectors, translations):
        click.echo(f"{STAGE}: {detector} has no AP with {translation}: left out.", err=True)
    results.write(outputs.results(STAGE), [asdict(one) for one in chosen])
