"""What a discriminator is shown in place of an image: mirrored, shifted, with a hole in it.

Source: Zhao et al. 2020, arXiv:2006.10738. Its changes of colour are left out; flips are not in
the paper. A change moves or drops pixels, none alters a value, and all have a gradient.
"""

from collections.abc import Collection
from dataclasses import dataclass

import torch
from torch import Tensor

SHIFT = 1 / 8  # largest shift, of the side
HOLE = 1 / 2  # side of the hole, of the side


@dataclass(frozen=True)
class View:
    """Which pixel of an image stands where."""

    rows: Tensor  # (B, H) row of the image that is shown in this row
    columns: Tensor  # (B, W) likewise
    seen: Tensor  # (B, H, W) False: nothing is shown here


def draw_view(
    changes: Collection[str], batch: int, height: int, width: int, draw: torch.Generator
) -> View:
    """Draw a view for each of ``batch`` images.

    Args:
        changes: of "flip" (each axis with probability 1/2), "translation" (by up to 1/8 of each
            side, to whole pixels), "cutout" (a rectangle of half the sides, its centre anywhere in
            the image, so that part of it may lie outside).
        batch: B.
        height: H.
        width: W.
        draw: random numbers; the view lies on its device.
    """
    rows, rows_inside, rows_cut = _draw_axis(changes, batch, height, draw)
    columns, columns_inside, columns_cut = _draw_axis(changes, batch, width, draw)
    inside = rows_inside[:, :, None] & columns_inside[:, None, :]
    cut = rows_cut[:, :, None] & columns_cut[:, None, :]
    return View(rows, columns, inside & ~cut)


def show(images: Tensor, view: View) -> Tensor:
    """The images, (B, C, H, W), as ``view`` has them; 0, mid grey, where nothing is shown."""
    rows, columns = view.rows.to(images.device), view.columns.to(images.device)
    moved = images.take_along_dim(rows[:, None, :, None], dim=2)
    moved = moved.take_along_dim(columns[:, None, None, :], dim=3)
    return moved * view.seen[:, None].to(moved)


def _draw_axis(
    changes: Collection[str], batch: int, length: int, draw: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Places (B, length) of the image, whether they lie in it, and whether the hole spans them."""

    def pick(low: int, high: int) -> Tensor:
        return torch.randint(low, high + 1, (batch, 1), generator=draw, device=draw.device)

    here = torch.arange(length, device=draw.device).repeat(batch, 1)
    places, cut = here, torch.zeros_like(here, dtype=torch.bool)
    if "flip" in changes:
        places = torch.where(pick(0, 1) == 1, length - 1 - places, places)
    if "translation" in changes:
        furthest = int(SHIFT * length)
        places = places + pick(-furthest, furthest)
    if "cutout" in changes:
        side = int(HOLE * length)
        first = pick(0, length - 1) - side // 2
        cut = (here >= first) & (here < first + side)
    return places.clamp(0, length - 1), (places >= 0) & (places < length), cut
