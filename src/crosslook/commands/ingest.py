"""ingest: GeoTIFFs, Sentinel products and labels of a user -> data/."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import click

from crosslook import outputs
from crosslook.errors import InputError

if TYPE_CHECKING:
    from crosslook.scenes.incoming import Incoming
    from crosslook.scenes.radiometry import Calibration

UNITS = ("reflectance-x10000", "reflectance", "db", "linear", "8bit")
SPLITS = ("train", "dev", "test", "unlabelled")
FILE = click.Path(path_type=Path)


@click.command("ingest", short_help="own GeoTIFFs, products and labels -> data/")
@click.argument("sensor", type=click.Choice(["optical", "sar"]))
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("--bands", help="In file order (B04,B03,B02), or picked (B04=4,...).")
@click.option("--unit", type=click.Choice(UNITS), help="What the numbers of GeoTIFFs mean.")
@click.option(
    "--calibration",
    type=click.Choice(["sigma0", "beta0", "gamma0"]),
    help="Of SAR: what to make of products, what GeoTIFFs hold.  [default: sigma0]",
)
@click.option("--labels", type=FILE, help="In a format that 'crosslook labels' reads.")
@click.option("--labels-crs", help="Of GeoJSON and GeoPackage that do not say it: EPSG:32631.")
@click.option("--layer", help="Of a GeoPackage with several.")
@click.option("--box-size-m", type=float, help="Side of the boxes around labels that are points.")
@click.option("--areas", type=FILE, help="Polygons in which the labels are complete.")
@click.option("--split", type=click.Choice(SPLITS), help="Default: train with labels.")
@click.option("--domain", default="", help="Of translators alone: snow, winter, ...")
@click.option("--class-property", default="class", show_default=True, help="It holds the class.")
@click.option("--class-name", help="The class of labels that have none.")
@click.option(
    "--clouds",
    type=click.Choice(["rules", "s2cloudless"]),
    default="rules",
    show_default=True,
    help="What judges the clouds of Sentinel-2 L1C.",
)
@click.option("--offset", type=float, default=0.0, help="Of reflectance-x10000: -1000, if not yet.")
@click.option("--nodata", type=float, help="Default: what the file declares.")
@click.option("--id-prefix", default="", help="Put before the file's stem to make the scene id.")
@click.option("--data", type=FILE, default=outputs.DATA, show_default=True, help="Where to.")
def command(
    sensor: str,
    files: tuple[Path, ...],
    bands: str | None,
    unit: str | None,
    calibration: str | None,
    labels: Path | None,
    labels_crs: str | None,
    layer: str | None,
    box_size_m: float | None,
    areas: Path | None,
    split: str | None,
    domain: str,
    class_property: str,
    class_name: str | None,
    clouds: Literal["rules", "s2cloudless"],
    offset: float,
    nodata: float | None,
    id_prefix: str,
    data: Path,
) -> None:
    """Take GeoTIFFs or products of SENSOR into the project: check them, copy them, list them.

    A GeoTIFF must have a CRS, and be what --bands and --unit say. Units of optical scenes:
    reflectance-x10000, reflectance, 8bit; of SAR scenes: db, linear, 8bit. Numbers of Sentinel-2
    since baseline 04.00 need --offset -1000, unless it was applied already. Sentinel products,
    .SAFE folders or zips of them, say it themselves. Sentinel-2 L1C and L2A: --bands picks others
    than B04,B03,B02, and --unit 8bit takes their true colour. Sentinel-1 IW GRD: --unit linear
    keeps power instead of decibels. Labels are shared out by their property 'scene' (a file's
    stem), else by place. Either everything is taken or nothing.
    """
    from crosslook.patches.drawings import Reading
    from crosslook.patches.ingesting import LabelFiles, ingest
    from crosslook.scenes.radiometry import Sensor

    if calibration is not None and (sensor != "sar" or unit == "8bit"):
        raise InputError("--calibration is of backscatter: of SAR scenes, and not of 8bit ones.")
    kind = partial(_sar, cast("Calibration", calibration or "sigma0"))
    if clouds != "rules" and sensor == "sar":
        raise InputError(f"--clouds {clouds} is of optical scenes.")
    if offset and sensor == "sar":
        raise InputError(f"--offset {offset:g} is of optical scenes.")
    own = kind if sensor == "sar" else partial(_optical, clouds, offset)
    look = partial(own, bands, unit, nodata)
    reading = Reading(labels_crs, layer, class_property, box_size_m)
    own_labels = LabelFiles(labels, areas, class_name, reading)
    done = ingest(data, files, cast(Sensor, sensor), look, own_labels, split, id_prefix, domain)

    for one in done:
        height, width = one.scene.size
        click.echo(f"{one.scene.id}: {one.scene.split}, {height} x {width} px, {one.labels} labels")
    if done[0].labels_elsewhere:
        click.echo(f"{done[0].labels_elsewhere} labels lie in other scenes and were left out")
    if labels is not None and areas is None:
        click.echo("the labels count as complete in the whole scenes; if not, give --areas")


def _optical(
    clouds: Literal["rules", "s2cloudless"],
    offset: float,
    bands: str | None,
    unit: str | None,
    nodata: float | None,
    file: Path,
) -> "Incoming":
    """Examine one file: a Sentinel-2 product by its name, a GeoTIFF otherwise."""
    from crosslook.scenes.incoming import parse_bands
    from crosslook.scenes.sentinel2 import is_sentinel2
    from crosslook.scenes.sentinel2_incoming import TRUE_COLOUR, examine_product

    if not is_sentinel2(file):
        if clouds != "rules":
            raise InputError(f"{file} is no Sentinel-2 product: leave out --clouds.")
        return _geotiff("optical", bands, unit, nodata, "sigma0", file, offset)
    if unit not in (None, "8bit") or nodata is not None or offset:
        raise InputError(
            f"{file} says itself what its numbers mean: leave out --unit, --offset and --nodata, "
            "or write --unit 8bit for its true colour."
        )
    picked = parse_bands(bands or ",".join(TRUE_COLOUR))
    if any(number is not None for _, number in picked):
        raise InputError(f"{file} knows its bands by name: write --bands B04,B03,B02.")
    names = tuple(name for name, _ in picked)
    return examine_product(file, outputs.work("ingest"), names, unit == "8bit", clouds)


def _sar(
    calibration: "Calibration",
    bands: str | None,
    unit: str | None,
    nodata: float | None,
    file: Path,
) -> "Incoming":
    """Examine one file: a folder or zip is a Sentinel-1 product, anything else a GeoTIFF."""
    from crosslook.scenes.sentinel1_incoming import examine_sentinel1
    from crosslook.scenes.sentinel2 import is_sentinel2

    if is_sentinel2(file):
        raise InputError(f"{file} is a Sentinel-2 product: crosslook ingest optical.")
    if not file.is_dir() and file.suffix.lower() not in (".safe", ".zip"):
        return _geotiff("sar", bands, unit, nodata, calibration, file)
    if bands is not None or nodata is not None or unit not in (None, "db", "linear"):
        raise InputError(
            f"{file} says itself what its numbers mean: leave out --bands and --nodata; --unit may "
            "be db or linear."
        )
    return examine_sentinel1(file, calibration, decibels=unit != "linear")


def _geotiff(
    sensor: str,
    bands: str | None,
    unit: str | None,
    nodata: float | None,
    calibration: "Calibration",
    file: Path,
    offset: float = 0.0,
) -> "Incoming":
    from crosslook.scenes.incoming import examine, make_claim

    if file.name.upper().startswith("S1") and file.suffix.upper() in (".SAFE", ".ZIP"):
        raise InputError(f"{file} is a Sentinel-1 product: crosslook ingest sar.")
    if bands is None or unit is None:
        raise InputError(f"{file} is a GeoTIFF: say with --bands and --unit what it holds.")
    return examine(file, make_claim(sensor, unit, bands, nodata, calibration, offset))
