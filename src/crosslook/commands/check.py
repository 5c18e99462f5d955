"""check: data/ -> one HTML page with its problems, pictures, histograms and map."""

from pathlib import Path

import click

from crosslook import outputs, params
from crosslook.checks.check_params import CheckDataParams
from crosslook.errors import InputError
from crosslook.patches.tile_params import TileParams

NAME = "check"


@click.command(NAME, short_help="data/ -> one HTML page: problems, pictures, histograms, map")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=outputs.build(NAME) / "index.html",
    show_default=True,
    help=".html, replaced when it exists.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=outputs.DATA,
    show_default=True,
    help="Folder of scenes.json.",
)
def command(output: Path, data: Path) -> None:
    """Look at data/ before training: what the stage check_data says, with a face.

    Writes one page that needs no network: the problems, each scene with its labels, histograms
    against the range that is expected, no-data, clouds and snow, and where the splits lie. Ends
    with 1 when there is a problem. Changes nothing else.
    """
    if output.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"{output}: the page is written as .html; change --output.")
    from crosslook.checks.data import check_scenes, require_no_problems
    from crosslook.checks.portraits import portray
    from crosslook.report.check_page import check_page, problems_of
    from crosslook.scenes.catalogue import domain_of, read_catalogue
    from crosslook.writing import write_text

    settings = params.read(CheckDataParams, "check_data")
    tile = params.read(TileParams, "tile")
    composites = tile.composites
    scenes = read_catalogue(data)

    record = check_scenes(scenes, composites, tile.classes, tile.allow_mixed_optical, settings)
    problems = record["problems"]
    worst_first = sorted(scenes, key=lambda scene: not problems_of(scene, problems))
    portraits = (
        portray(scene, composites.get(domain_of(scene), composites[scene.sensor]))
        for scene in worst_first
    )
    page = check_page(record, portraits, f"{data.as_posix()}/")

    write_text(output, page)
    for problem in problems:
        click.echo(problem)
    click.echo(f"{output}: {len(scenes)} scenes, {len(page) / 1e6:.1f} MB")
    require_no_problems(problems, output.as_posix())
