"""picture: labelled patches, their fakes, and detections on SAR test, side by side."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from crosslook import outputs, params, results
from crosslook.errors import InputError
from crosslook.translators.naming import (
    Checkpoint,
    checkpoint_name,
    checkpoint_named,
    checkpoint_order,
)

if TYPE_CHECKING:
    from crosslook.patches.patch_set import PatchSet
    from crosslook.report.side_by_side import Cell

NAME = "picture"
KINDS: dict[str, Literal["png", "jpeg"]] = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg"}
AS_THEY_ARE = ("none", "real_sar")  # translations whose fakes are no fakes


@click.command(NAME, short_help="optical, fakes and detections on SAR test, side by side")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=Path("results.jpg"),
    show_default=True,
    help=".jpg or .png.",
)
@click.option("--columns", type=click.IntRange(1, 12), default=6, show_default=True)
@click.option("--score", type=float, default=0.3, show_default=True, help="Lowest score drawn.")
@click.option("--fakes", is_flag=True, help="Newest fakes beside real SAR; needs no detector.")
@click.option("--scenes", is_flag=True, help="Composites of the scenes in data/; needs no stage.")
def command(output: Path, columns: int, score: float, fakes: bool, scenes: bool) -> None:
    """Draw what the pipeline made: the patches with most labels, and what came of them.

    One row of optical patches, one of each translation's fakes at the chosen checkpoint, and one
    of SAR test patches with the labels (white) and the tuned ensemble's detections (red). With
    --fakes, the fakes of each translation's newest checkpoint and unlabelled SAR of other places.
    With --scenes, the composites of whole scenes, optical above SAR of the same place.
    """
    from crosslook.patches.patch_set import read_patch_set
    from crosslook.report.side_by_side import Cell, draw
    from crosslook.writing import write_bytes

    kind = KINDS.get(output.suffix.lower())
    if kind is None:
        raise InputError(f"{output}: a picture is written as .jpg or .png; change --output.")
    if scenes:
        write_bytes(output, _scenes(columns, kind))
        click.echo(f"{output}: the composites of data/")
        return
    detector = params.names("detectors")[0]
    optical = read_patch_set(outputs.build("tile", "optical_labelled"))
    shown = _fullest(optical, columns)
    rows = [("optical, with labels", [Cell(optical.pixels(i), optical.boxes(i)) for i in shown])]
    for translation, step in (_newest() if fakes else _chosen(detector)).items():
        if translation in AS_THEY_ARE:
            continue
        made = read_patch_set(outputs.build("translate", translation, checkpoint_name(step)))
        title = translation if step is None else f"{translation}, step {step}"
        styles = len(made) // len(optical)  # the fakes of a patch stand together
        rows.append((f"fake SAR: {title}", [Cell(made.pixels(i * styles)) for i in shown]))
    rows.append(_real(columns) if fakes else _detections(detector, columns, score))
    write_bytes(output, draw(rows, kind))
    click.echo(f"{output}: {len(rows)} rows of {columns} patches")


def _scenes(columns: int, kind: Literal["png", "jpeg"]) -> bytes:
    """The scenes of data/ with the stretches of params.yaml."""
    from crosslook.patches.tile_params import TileParams
    from crosslook.report.scene_pictures import SIDE, scene_rows
    from crosslook.report.side_by_side import draw
    from crosslook.scenes.catalogue import read_catalogue
    from crosslook.scenes.composites import Settings

    tile = params.read(TileParams, "tile")
    settings: dict[str, Settings] = {"optical": tile.optical, "sar": tile.sar}
    return draw(scene_rows(read_catalogue(outputs.DATA), settings, columns), kind, SIDE)


def _fullest(patches: "PatchSet", count: int) -> list[int]:
    """The patches with most labels."""
    counts = [sum(not box["iscrowd"] for box in patches.boxes(i)) for i in range(len(patches))]
    return sorted(range(len(patches)), key=lambda i: (-counts[i], i))[:count]


def _chosen(detector: str) -> dict[str, Checkpoint]:
    """The checkpoint of each translation that is best on dev."""
    rows = results.read(outputs.results("choose"))
    return {row["translation"]: row["checkpoint"] for row in rows if row["detector"] == detector}


def _newest() -> dict[str, Checkpoint]:
    """The last checkpoint of each translation that has fakes."""
    found = {}
    for translation in params.names("translations"):
        folder = outputs.build("translate", translation)
        steps = [checkpoint_named(path.name) for path in folder.glob("*") if path.is_dir()]
        if steps:
            found[translation] = max(steps, key=checkpoint_order)
    return found


def _real(columns: int) -> "tuple[str, list[Cell]]":
    from crosslook.patches.patch_set import read_patch_set
    from crosslook.report.side_by_side import Cell

    sar = read_patch_set(outputs.build("tile", "sar"))
    places = [round(i * (len(sar) - 1) / max(1, columns - 1)) for i in range(columns)]
    return "real SAR of other places", [Cell(sar.pixels(i)) for i in places]


def _detections(detector: str, columns: int, score: float) -> "tuple[str, list[Cell]]":
    from crosslook.patches.patch_set import read_patch_set
    from crosslook.report.side_by_side import Cell

    test = read_patch_set(outputs.build("tile", "sar_test"))
    seen: list[dict[str, Any]] = results.read(outputs.build("evaluate", detector, "ensemble.json"))
    cells = [
        Cell(
            test.pixels(i),
            test.boxes(i),
            [row for row in seen if row["image_id"] == i + 1 and row["score"] >= score],
        )
        for i in _fullest(test, columns)
    ]
    return f"SAR test: labels white, tuned ensemble red (score >= {score})", cells
