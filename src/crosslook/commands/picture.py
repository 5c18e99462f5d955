"""picture: labelled patches, their fakes, and detections on SAR test, side by side."""

from pathlib import Path
from typing import Any, Literal

import click

from crosslook import outputs, params, results
from crosslook.errors import InputError
from crosslook.translators.naming import checkpoint_name

NAME = "picture"
KINDS: dict[str, Literal["png", "jpeg"]] = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg"}


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
def command(output: Path, columns: int, score: float) -> None:
    """Draw what the pipeline made: the patches with most labels, and what came of them.

    One row of optical patches, one of each translation's fakes at the chosen checkpoint, and one
    of SAR test patches with the labels (white) and the tuned ensemble's detections (red).
    """
    from crosslook.patches.patch_set import PatchSet, read_patch_set
    from crosslook.report.side_by_side import Cell, draw
    from crosslook.writing import write_bytes

    kind = KINDS.get(output.suffix.lower())
    if kind is None:
        raise InputError(f"{output}: a picture is written as .jpg or .png; change --output.")
    detector = params.names("detectors")[0]
    chosen = {
        row["translation"]: row["checkpoint"]
        for row in results.read(outputs.results("choose"))
        if row["detector"] == detector
    }

    def fullest(patches: PatchSet) -> list[int]:
        counts = [sum(not box["iscrowd"] for box in patches.boxes(i)) for i in range(len(patches))]
        return sorted(range(len(patches)), key=lambda i: (-counts[i], i))[:columns]

    optical = read_patch_set(outputs.build("tile", "optical_labelled"))
    shown = fullest(optical)
    rows = [("optical, with labels", [Cell(optical.pixels(i), optical.boxes(i)) for i in shown])]
    for translation, step in chosen.items():
        if translation in ("none", "real_sar"):
            continue
        fakes = read_patch_set(outputs.build("translate", translation, checkpoint_name(step)))
        title = translation if step is None else f"{translation}, step {step}"
        styles = len(fakes) // len(optical)  # the fakes of a patch stand together
        rows.append((f"fake SAR: {title}", [Cell(fakes.pixels(i * styles)) for i in shown]))

    test = read_patch_set(outputs.build("tile", "sar_test"))
    seen: list[dict[str, Any]] = results.read(outputs.build("evaluate", detector, "ensemble.json"))
    rows.append(
        (
            f"SAR test: labels white, tuned ensemble red (score >= {score})",
            [
                Cell(
                    test.pixels(i),
                    test.boxes(i),
                    [row for row in seen if row["image_id"] == i + 1 and row["score"] >= score],
                )
                for i in fullest(test)
            ],
        )
    )
    write_bytes(output, draw(rows, kind))
    click.echo(f"{output}: {len(rows)} rows of {columns} patches")
