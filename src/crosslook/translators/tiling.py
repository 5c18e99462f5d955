"""How a scene is cut into tiles that overlap, and what each tile counts at a pixel."""

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from crosslook.translators.translating import MULTIPLE


@dataclass(frozen=True)
class Tiling:
    """How a scene is cut; all in pixels."""

    tile: int = 512  # side of a tile
    overlap: int | None = None  # of neighbours, at least. None: the translator's reach
    sample: int = 16  # windows of half a tile's side that the statistics are taken on, at most

    def __post_init__(self) -> None:
        if self.tile < 64 or self.tile % (2 * MULTIPLE) or self.sample < 1:
            raise ValueError(
                f"tile={self.tile} must be a multiple of {2 * MULTIPLE} from 64 up, and "
                f"sample={self.sample} >= 1."
            )

    def overlap_for(self, reach: int) -> int:
        """The overlap that was asked for, or ``reach``.

        Raises:
            ValueError: if more than two tiles would meet at a pixel, or tiles would not lie on
                the network's grid.
        """
        overlap = reach if self.overlap is None else self.overlap
        if not 0 <= 2 * overlap <= self.tile or overlap % MULTIPLE:
            raise ValueError(
                f"overlap={overlap} must be a multiple of {MULTIPLE}, and at most half of "
                f"tile={self.tile}."
            )
        return overlap


@dataclass(frozen=True)
class Span:
    """The rows, or the columns, of a tile."""

    start: int
    stop: int
    weights: Tensor  # (stop - start,) what the tile counts there; all tiles together count 1


def spans(length: int, tile: int, overlap: int) -> list[Span]:
    """Cut ``length`` pixels into tiles of equal length that overlap by ``overlap`` or more.

    Tiles start at multiples of 4, where the networks' coarse pixels lie. The last one ends with
    the scene; up to 3 of its pixels may be missing.
    """
    steps = (length + -length % MULTIPLE - tile) // MULTIPLE
    if steps <= 0:
        return [Span(0, length, torch.ones(length))]
    count = -(-steps // ((tile - overlap) // MULTIPLE))
    starts = [MULTIPLE * (i * steps // count) for i in range(count + 1)]
    stops = [min(start + tile, length) for start in starts]
    middles = [(start + tile + after) // 2 for start, after in pairwise(starts)]
    ramp = max(overlap // 4, 1)
    found = []
    for i, (start, stop) in enumerate(zip(starts, stops, strict=True)):
        places = torch.arange(start, stop) + 0.5
        weights = torch.ones(stop - start)
        if i > 0:
            weights = ((places - middles[i - 1]) / ramp + 0.5).clamp(0, 1)
        if i < count:
            weights = weights - ((places - middles[i]) / ramp + 0.5).clamp(0, 1)
        found.append(Span(start, stop, weights))
    return found
