"""labels: label files of any known format -> GeoJSON or COCO."""

from pathlib import Path

import click

from crosslook.errors import InputError

FILE = click.Path(path_type=Path)


@click.command("labels", short_help="labels of any format -> GeoJSON or COCO")
@click.argument("source", metavar="INPUT", type=FILE)
@click.option("--output", required=True, type=FILE, help="OUT.geojson, or OUT.json for COCO.")
@click.option(
    "--scene",
    "scenes",
    multiple=True,
    type=FILE,
    help="GeoTIFF, patch set, or folder with scenes.json; may stand several times.",
)
@click.option("--labels-crs", help="Of GeoJSON and GeoPackage that do not say it: EPSG:32631.")
@click.option("--layer", help="Of a GeoPackage with several.")
@click.option("--class-property", default="class", show_default=True, help="It holds the class.")
@click.option("--class-name", help="The class of labels that have none.")
@click.option("--box-size-m", type=float, help="Side of the boxes around labels that are points.")
@click.option("--voc-from-1", is_flag=True, help="Pascal VOC counts pixels from 1, ends included.")
@click.option(
    "--min-visible",
    type=click.FloatRange(0, 1),
    default=0.3,
    show_default=True,
    help="COCO: a place of which an image shows less is one to ignore.",
)
def command(
    source: Path,
    output: Path,
    scenes: tuple[Path, ...],
    labels_crs: str | None,
    layer: str | None,
    class_property: str,
    class_name: str | None,
    box_size_m: float | None,
    voc_from_1: bool,
    min_visible: float,
) -> None:
    """Convert the labels of INPUT, a file or a folder.

    Read: GeoJSON and GeoPackage in any CRS; COCO, YOLO, Pascal VOC, JSON of Label Studio and CVAT
    for images 1.1, whose pixels are those of a --scene with the same file name. Written: GeoJSON
    in WGS 84, or COCO of every --scene; each is the inverse of the other to 0.01 px.
    """
    from crosslook.patches.drawings import Reading
    from crosslook.patches.images import open_images
    from crosslook.patches.label_export import as_coco, as_geojson, with_class
    from crosslook.patches.labels import read_labels
    from crosslook.writing import write_json

    form = output.suffix.lower()
    if form not in (".geojson", ".json"):
        raise InputError(f"--output {output}: end it in .geojson, or in .json for COCO.")
    if form == ".json" and not scenes:
        raise InputError("COCO holds pixels: give the images with --scene.")
    images = open_images(scenes)
    reading = Reading(labels_crs, layer, class_property, box_size_m, voc_from_1)
    features = with_class(read_labels(source, images, reading), class_name)

    if form == ".geojson":
        write_json(output, as_geojson(features))
        click.echo(f"{output}: {len(features)} labels in WGS 84")
        return
    coco, elsewhere = as_coco(features, images, min_visible)
    write_json(output, coco)
    click.echo(f"{output}: {len(coco['annotations'])} labels in {len(coco['images'])} images")
    if elsewhere:
        click.echo(f"{elsewhere} labels lie in none of them and were left out")
