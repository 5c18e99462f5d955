"""check_data: data/ -> results/check_data.json."""

from dataclasses import dataclass

import click

from crosslook import outputs, params, results
from crosslook.patches.tile_params import TileParams

STAGE = "check_data"


@dataclass(frozen=True)
class CheckDataParams:
    """Section ``check_data``. Composites and classes are read from section ``tile``."""

    plausible_db: tuple[float, float] = (-60.0, 35.0)  # backscatter beyond this is another unit

    def __post_init__(self) -> None:
        if not self.plausible_db[0] < self.plausible_db[1]:
            raise ValueError(f"plausible_db={list(self.plausible_db)} must be low, then high.")


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
        {"optical": tile.optical, "sar": tile.sar},
        tile.classes,
        tile.allow_mixed_optical,
        settings.plausible_db,
    )

    results.write(outputs.results(STAGE), record)
    for problem in record["problems"]:
        click.echo(problem)
    require_no_problems(record["problems"])
    click.echo(f"{len(scenes)} scenes, no problem")
