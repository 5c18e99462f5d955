"""tile: data/ -> patch sets for translators and detectors."""

import click

from crosslook import outputs, params, results
from crosslook.patches.tile_params import TileParams

STAGE = "tile"


@click.command(STAGE, short_help="scenes and labels -> patches for translators and detectors")
def command() -> None:
    """Cut the scenes of data/ into patches.

    Writes build/tile/{optical,sar} for translators, build/tile/{optical_labelled,sar_labelled,
    sar_dev,sar_test} for detectors, and results/tile.json: what was kept and dropped, by reason.
    """
    from crosslook.patches.cutting import write_labelled, write_unlabelled
    from crosslook.patches.splits import LABELLED_SETS, UNLABELLED_SETS, scenes_by_set
    from crosslook.scenes.catalogue import read_catalogue
    from crosslook.scenes.composites import Settings, shared_contract

    settings = params.read(TileParams, STAGE)
    seed = params.seed()
    scenes = read_catalogue(outputs.DATA)

    composites: dict[str, Settings] = {"optical": settings.optical, "sar": settings.sar}
    contracts = {
        sensor: shared_contract(
            [scene for scene in scenes if scene.sensor == sensor],
            composites[sensor],
            settings.allow_mixed_optical,
        )
        for sensor in composites
    }
    chosen = scenes_by_set(scenes)
    folder = outputs.build(STAGE)
    sets = {
        name: write_unlabelled(
            folder / name,
            chosen[name],
            composites[name],
            settings.unlabelled,
            contracts[name],
            settings.workers,
        )
        for name in UNLABELLED_SETS
    }
    for name in LABELLED_SETS:
        sensor = name.split("_")[0]
        sets[name] = write_labelled(
            folder / name,
            chosen[name],
            composites[sensor],
            settings.detection,
            settings.classes,
            contracts[sensor],
            seed if name.endswith("_labelled") else None,  # judging windows know no seed
            settings.workers,
        )

    record = {"classes": settings.classes, "contracts": contracts, "sets": sets}
    results.write(outputs.results(STAGE), record)
    for name, found in sets.items():
        click.echo(f"{name}: {found['patches']} patches from {len(found['by_scene'])} scenes")
