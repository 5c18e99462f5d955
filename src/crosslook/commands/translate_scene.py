"""translate_scene: a checkpoint + a whole scene of data/ -> one fake GeoTIFF without seams."""

from collections.abc import Iterator
from pathlib import Path

import click

from crosslook import outputs
from crosslook.errors import CheckpointError, InputError

NAME = "translate_scene"
FILE = click.Path(path_type=Path)


@click.command(NAME, short_help="a checkpoint + a scene of data/ -> one fake scene, no seams")
@click.argument("checkpoint", type=FILE)
@click.argument("scene")
@click.option("--output", type=FILE, required=True, help="The GeoTIFF to write.")
@click.option(
    "--data", type=FILE, default=outputs.DATA, show_default=True, help="Folder that lists it."
)
@click.option("--tile", type=int, default=512, show_default=True, help="Side in px; the memory.")
@click.option(
    "--overlap", type=int, help="Of neighbouring tiles, px. Default: as the method needs."
)
@click.option(
    "--sample",
    type=int,
    default=16,
    show_default=True,
    help="Windows of half a tile's side that the norms' statistics are taken on.",
)
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True)
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
def command(
    checkpoint: Path,
    scene: str,
    output: Path,
    data: Path,
    tile: int,
    overlap: int | None,
    sample: int,
    device: str,
    force: bool,
) -> None:
    """Translate SCENE, an id in data/scenes.json, with the translator in CHECKPOINT.

    The scene is cut with the stretch that the checkpoint was trained on; one of another sensor,
    unit or bands is refused. All tiles share the statistics of the norms and the style, and fade
    into each other. The result is a tiled GeoTIFF of 8 bits, 0 = no-data, where the scene lies.
    Own GeoTIFFs become scenes by 'crosslook ingest'.
    """
    if output.suffix.lower() not in (".tif", ".tiff"):
        raise InputError(f"{output}: the result is a GeoTIFF; let --output end with .tif.")
    if output.exists() and not force:
        raise InputError(
            f"{output} exists already: choose another --output, or replace it (--force)."
        )

    import json

    import torch

    from crosslook.scenes.catalogue import find_scene, read_catalogue
    from crosslook.scenes.composites import settings_for
    from crosslook.scenes.raster import open_scene, read_composite, write_composite
    from crosslook.scenes.windows import Window
    from crosslook.translators.checkpoint import load_translator
    from crosslook.translators.pixels import Pixels
    from crosslook.translators.scenes import translate_rows
    from crosslook.translators.tiling import Tiling

    if device == "cuda" and not torch.cuda.is_available():
        raise InputError("--device cuda: torch finds no GPU here; use --device cpu.")
    chosen = find_scene(read_catalogue(data), scene)
    translator, card = load_translator(checkpoint)
    settings = settings_for(chosen, card.source, str(checkpoint))
    translator.to(device)
    try:
        tiling = Tiling(tile, overlap, sample)
        tiling.overlap_for(translator.reach_px)
    except ValueError as error:
        raise InputError(f"--tile, --overlap, --sample: {error}") from None

    def rows() -> Iterator[Pixels]:
        done = 0
        with open_scene(chosen) as dataset:

            def read(window: Window) -> Pixels:
                return read_composite(dataset, chosen, settings, window)

            for pixels in translate_rows(translator, chosen.size, read, tiling):
                yield pixels
                done += pixels.shape[1]
                click.echo(f"{chosen.id}: {done} of {chosen.size[0]} rows")

    made_by = {"method": card.method, "step": card.step, "seed": card.seed}
    try:
        write_composite(
            output, chosen, rows(), card.target, CROSSLOOK_TRANSLATOR=json.dumps(made_by)
        )
    except FloatingPointError as error:
        raise CheckpointError(
            f"{checkpoint}: scene {chosen.id!r}: {error} The training has diverged: take an "
            "earlier checkpoint."
        ) from None
    height, width = chosen.size
    click.echo(f"{output}: {chosen.id} by {card.method}, {height} x {width} px")
