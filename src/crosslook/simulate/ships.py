"""Ships: a hull with a bow, a deck and a bridge, turned to any heading."""

import numpy as np

from crosslook.simulate.fields import ByteArray, Mask
from crosslook.simulate.materials import M


def paint_ship(
    rng: np.random.Generator,
    material: ByteArray,
    x: float,
    y: float,
    heading: float,
    length_px: float,
) -> None:
    """Paint one ship on the water around its middle (x, y); land stays as it is."""
    size, reach = len(material), length_px / 2 + 2
    x0, x1 = max(0, int(x - reach)), min(size, int(x + reach) + 2)
    y0, y1 = max(0, int(y - reach)), min(size, int(y + reach) + 2)
    if x0 >= x1 or y0 >= y1:
        return
    rows, columns = np.mgrid[y0:y1, x0:x1] + 0.5
    ahead = (columns - x) * np.cos(heading) + (rows - y) * np.sin(heading)
    aside = (rows - y) * np.cos(heading) - (columns - x) * np.sin(heading)
    half_beam = max(0.75, length_px * 0.075)
    bow = length_px / 2 - 2 * half_beam
    beam = np.where(ahead > bow, half_beam * (1 - (ahead - bow) / (3 * half_beam)), half_beam)
    ground = material[y0:y1, x0:x1]
    hull = (abs(ahead) <= length_px / 2) & (abs(aside) <= beam) & (ground == M.WATER)
    ground[hull] = M.HULL_RED if rng.random() < 0.5 else M.HULL_DARK
    if half_beam > 0.9:
        ground[hull & (abs(aside) < half_beam - 0.5) & (abs(ahead) < length_px * 0.38)] = M.DECK
    stern = ahead < -length_px * 0.28
    ground[hull & stern & (ahead > -length_px * 0.42)] = M.BRIDGE


def scatter_ships(
    rng: np.random.Generator, material: ByteArray, open_water: Mask, per_mpx: float
) -> int:
    """Ships alone on open water. Returns how many were painted."""
    rows, columns = np.nonzero(open_water[::4, ::4])
    count = int(rng.poisson(per_mpx * len(rows) * 16e-6)) if len(rows) else 0
    for spot in rng.integers(max(len(rows), 1), size=count):
        x, y = columns[spot] * 4 + rng.uniform(0, 4), rows[spot] * 4 + rng.uniform(0, 4)
        paint_ship(rng, material, x, y, rng.uniform(0, 2 * np.pi), rng.uniform(4, 22))
    return count
