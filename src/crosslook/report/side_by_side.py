"""Optical patches, their fakes, and detections on real SAR, side by side in one picture."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from crosslook.patches.patch_set import Pixels

LABEL, FOUND = "#ffffff", "#ff3b30"
SIDE, TITLE = 1.6, 0.24  # inches: of a patch, and above a row


@dataclass(frozen=True)
class Cell:
    """One image with its boxes (COCO rows: bbox = x y width height, maybe score)."""

    pixels: Pixels  # (3, H, W)
    labels: Sequence[Mapping[str, Any]] = ()
    found: Sequence[Mapping[str, Any]] = ()
    caption: str = ""  # drawn in the lower left corner


def draw(
    rows: Sequence[tuple[str, Sequence[Cell | None]]],
    kind: Literal["png", "jpeg"],
    side: float = SIDE,
) -> bytes:
    """One row of cells per title. Labels are white, detections red with their score.

    Speckle does not compress: as JPEG a picture has a tenth of the bytes.

    Args:
        rows: titles and their cells; None leaves a gap.
        kind: of the picture.
        side: inches of a cell, at 100 pixels each.
    """
    columns = max(len(cells) for _, cells in rows)
    width, height = side * columns, (side + TITLE) * len(rows)
    figure, axes = pyplot.subplots(
        len(rows), columns, figsize=(width, height), dpi=100, squeeze=False
    )
    figure.subplots_adjust(
        left=0, right=1, bottom=0, top=1 - TITLE / height, wspace=0.03, hspace=TITLE / side
    )
    for line, (title, cells) in zip(axes, rows, strict=True):
        for axis in line:
            axis.axis("off")
        line[0].set_title(title, fontsize=8, loc="left")
        for axis, cell in zip(line, cells, strict=False):
            if cell is not None:
                _show(axis, cell)
    data = io.BytesIO()
    figure.savefig(data, format=kind, metadata={"Software": None} if kind == "png" else None)
    pyplot.close(figure)
    return data.getvalue()


def _show(axis: Axes, cell: Cell) -> None:
    axis.imshow(cell.pixels.transpose(1, 2, 0), interpolation="nearest")
    if cell.caption:
        about = {"facecolor": "#000000", "alpha": 0.5, "pad": 1.5, "linewidth": 0}
        place: dict[str, Any] = {
            "transform": axis.transAxes,
            "color": LABEL,
            "fontsize": 7,
            "bbox": about,
        }
        axis.text(0.015, 0.02, cell.caption, parse_math=False, **place)
    for rows, colour in ((cell.labels, LABEL), (cell.found, FOUND)):
        for row in rows:
            if row.get("iscrowd"):
                continue
            x, y, width, height = row["bbox"]
            axis.add_patch(Rectangle((x, y), width, height, fill=False, ec=colour, lw=1.1))
            if "score" in row:
                axis.text(x, y - 2, f"{row['score']:.2f}", color=colour, fontsize=6)
