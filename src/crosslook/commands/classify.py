"""classify: images of one sensor + a land-cover model -> class shares per patch, and a map."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from crosslook import outputs
from crosslook.errors import InputError, StaleError

if TYPE_CHECKING:
    from crosslook.classifier.checkpoint import Card
    from crosslook.classifier.network import LandCoverNetwork

NAME = "classify"
FILE = click.Path(path_type=Path)


@click.command(NAME, short_help="images + a land-cover model -> class shares per patch, a map")
@click.argument("images", type=FILE, nargs=-1, required=True)
@click.option(
    "--model",
    help="A file, or models:/... of the registry. [default: models:/crosslook-landcover@champion]",
)
@click.option("--sensor", required=True, help="Of the images: s1, s2, as the model calls it.")
@click.option("--output", type=FILE, required=True, help="Shares per patch: .geojson or .csv.")
@click.option("--map", "map_", type=FILE, help="A map of the first image: .tif, cloud-optimised.")
@click.option("--stride", type=click.IntRange(min=1), help="Px between patches. [default: a patch]")
@click.option(
    "--scale",
    type=float,
    help="physical = stored * scale + offset. [default: the file's, else trained]",
)
@click.option("--offset", type=float, help="Sentinel-2 since baseline 04.00: -0.1.")
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True)
@click.option("--force", is_flag=True, help="Replace files that exist.")
def command(
    images: tuple[Path, ...],
    model: str | None,
    sensor: str,
    output: Path,
    map_: Path | None,
    stride: int | None,
    scale: float | None,
    offset: float | None,
    device: str,
    force: bool,
) -> None:
    """Say what land covers IMAGES, GeoTIFFs of one sensor.

    Each is cut into patches of the size that the model was trained on. Values are physical as in
    the training: backscatter in dB, reflectance.
    """
    if output.suffix.lower() not in (".geojson", ".csv"):
        raise InputError(f"{output}: let --output end with .geojson or .csv.")
    for path in (output, map_):
        if path is not None and path.exists() and not force:
            raise InputError(f"{path} exists already: choose another name, or --force.")
    if map_ is not None and (len(images) > 1 or map_.suffix.lower() not in (".tif", ".tiff")):
        raise InputError("--map is of one image, and ends with .tif.")

    import torch

    from crosslook.classifier.classifying import Stored, classify_image
    from crosslook.classifier.exporting import as_csv, as_geojson, write_map
    from crosslook.writing import write_json, write_text

    if device == "cuda" and not torch.cuda.is_available():
        raise InputError("--device cuda: torch finds no GPU here; use --device cpu.")
    network, card = _load(model)
    found = []
    for path in images:
        made = classify_image(
            path, network, card, sensor, stride, Stored(scale, offset), device=device
        )
        found.append(made)
        click.echo(f"{path}: {len(made.windows)} patches, {made.left_out} left out", err=True)
    if output.suffix.lower() == ".csv":
        write_text(output, as_csv(found, card.classes))
    else:
        write_json(output, as_geojson(found, card.classes))
    if map_ is not None:
        about = {"CROSSLOOK_CONFIGURATION": card.configuration, "CROSSLOOK_SENSOR": sensor}
        write_map(map_, found[0], card.classes, stride or card.size_px, about)
    click.echo(
        f"{output}: {sum(len(one.windows) for one in found)} patches by {card.configuration}"
    )


def _load(model: str | None) -> "tuple[LandCoverNetwork, Card]":
    """The model of a file, or of the registry; of the registry the champion unless told."""
    from crosslook.classifier.checkpoint import load_classifier

    if model and not model.startswith("models:"):
        return load_classifier(Path(model))

    from crosslook.delivery.land_cover_bundle import read_model
    from crosslook.tracking import registered, registry, store

    uri = model or registered.LAND_COVER.champion
    if not store.exists(outputs.STORE):
        raise StaleError(
            f"no index in {outputs.STORE}, so there is no {uri}: give --model a model.safetensors, "
            "or run 'crosslook promote' in the folder of the project."
        )
    with (
        store.opened(outputs.STORE) as index,
        registry.fetched(index, registered.LAND_COVER, uri) as bundle,
    ):
        return read_model(bundle)
