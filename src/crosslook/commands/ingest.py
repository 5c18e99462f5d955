"""ingest: GeoTIFFs and labels of a user -> data/."""

from pathlib import Path

import click

from crosslook import outputs

UNITS = ("reflectance-x10000", "reflectance", "db", "linear", "8bit")
SPLITS = ("train", "dev", "test", "unlabelled")
FILE = click.Path(path_type=Path)


@click.command("ingest", short_help="own GeoTIFFs and labels -> data/")
@click.argument("sensor", type=click.Choice(["optical", "sar"]))
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("--bands", required=True, help="In file order (B04,B03,B02), or picked (B04=4,...).")
@click.option("--unit", required=True, type=click.Choice(UNITS), help="What the numbers mean.")
@click.option("--labels", type=FILE, help="GeoJSON polygons, WGS 84, with a property 'class'.")
@click.option("--areas", type=FILE, help="GeoJSON polygons in which the labels are complete.")
@click.option("--split", type=click.Choice(SPLITS), help="Default: train with labels.")
@click.option("--class-name", help="The class of labels without a property 'class'.")
@click.option("--nodata", type=float, help="Default: what the file declares.")
@click.option("--id-prefix", default="", help="Put before the file's stem to make the scene id.")
@click.option("--data", type=FILE, default=outputs.DATA, show_default=True, help="Where to.")
def command(
    sensor: str,
    files: tuple[Path, ...],
    bands: str,
    unit: str,
    labels: Path | None,
    areas: Path | None,
    split: str | None,
    class_name: str | None,
    nodata: float | None,
    id_prefix: str,
    data: Path,
) -> None:
    """Take GeoTIFFs of SENSOR into the project: check them, copy them, list them.

    Every file must have a CRS, and be what --bands and --unit say. Units of optical scenes:
    reflectance-x10000 (offset already applied), reflectance, 8bit; of SAR scenes: db, linear
    (sigma0), 8bit. Labels are shared out by their property 'scene' (a file's stem), else by place.
    Either everything is taken or nothing.
    """
    from crosslook.patches.ingesting import LabelFiles, ingest
    from crosslook.scenes.incoming import make_claim

    claim = make_claim(sensor, unit, bands, nodata)
    done = ingest(data, files, claim, LabelFiles(labels, areas, class_name), split, id_prefix)

    for one in done:
        height, width = one.scene.size
        click.echo(f"{one.scene.id}: {one.scene.split}, {height} x {width} px, {one.labels} labels")
    if done[0].labels_elsewhere:
        click.echo(f"{done[0].labels_elsewhere} labels lie in other scenes and were left out")
    if labels is not None and areas is None:
        click.echo("the labels count as complete in the whole scenes; if not, give --areas")
