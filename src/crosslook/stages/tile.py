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
    Scenes with a domain of their own go to build/tile/domains/DOMAIN; grids over the scenes of
    split dev, on which translations are judged, to build/tile/held_out/DOMAIN.
    """
    from crosslook.patches.cutting import write_grids, write_labelled, write_unlabelled
    from crosslook.patches.domains import (
        composites_by_domain,
        contracts_by_domain,
        further_domains,
        held_out,
    )
    from crosslook.patches.splits import LABELLED_SETS, UNLABELLED_SETS, scenes_by_set
    from crosslook.scenes.catalogue import read_catalogue

    settings = params.read(TileParams, STAGE)
    seed = params.seed()
    scenes = read_catalogue(outputs.DATA)

    composites = composites_by_domain(scenes, settings.composites)
    contracts = contracts_by_domain(scenes, composites, settings.allow_mixed_optical)
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
    for name, by_domain in (("domains", further_domains(scenes)), ("held_out", held_out(scenes))):
        sets |= write_grids(
            folder / name,
            by_domain,
            composites,
            settings.unlabelled,
            contracts,
            settings.workers,
        )

    record = {"classes": settings.classes, "contracts": contracts, "sets": sets}
    results.write(outputs.results(STAGE), record)
    for name, found in sets.items():
        click.echo(f"{name}: {found['patches']} patches from {len(found['by_scene'])} scenes")
