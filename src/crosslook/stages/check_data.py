"""check_data: data/ -> results/check_data.json."""

import click

from crosslook import outputs, params, results
from crosslook.checks.check_params import CheckDataParams
from crosslook.patches.tile_params import TileParams

STAGE = "check_data"


@click.command(STAGE, short_help="scenes and labels -> their problems, in words")
def command() -> None:
    """Check every raster and label of data/ before anything is made of them.

    Writes results/check_data.json: problems, scene and label counts per split, coarse histograms.
    Fails when there is a problem, after printing all of them.
    """
    from crosslook.checks.data import check_scenes, require_no_problems
    from crosslook.scenes.catalogue import read_catalogue

    settings = params.read(CheckDataParams, STAGE)
    tile = params.read(TileParams, "tile")
    scenes = read_catalogue(outputs.DATA)

    record = check_scenes(
        scenes,
        tile.composites,
        tile.classes,
        tile.allow_mixed_optical,
        settings,
    )

    written = outputs.results(STAGE)
    results.write(written, record)
    for problem in record["problems"]:
        click.echo(problem)
    require_no_problems(record["problems"], written.as_posix())
    click.echo(f"{len(scenes)} scenes, no problem")
