"""One place on the seeded earth: what lies where, before any sensor looks at it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from crosslook.simulate.fields import ByteArray, FloatArray, spectral_noise
from crosslook.simulate.materials import IGBP, M
from crosslook.simulate.ports import Port, build_groynes, build_port, place_ports
from crosslook.simulate.settings import SimulateParams
from crosslook.simulate.ships import scatter_ships
from crosslook.simulate.terrain import Coast, cover_land, make_coast, seaward

PIXEL_M = 10.0
ATTEMPTS = 30


@dataclass(frozen=True)
class World:
    """One place. Every array is (size, size); row 0 is north."""

    seed: tuple[int, ...]
    material: ByteArray  # codes of materials.M
    height_m: FloatArray  # 0 on water
    offshore_px: FloatArray  # distance to land, 0 on land; at least 9 in dredged basins
    parcel: FloatArray  # -1..1, one value per parcel
    street_angle: FloatArray  # radians, direction of streets and parcels
    snow: FloatArray  # 0..1, share of the ground under snow
    ports: tuple[Port, ...]
    ships: int  # stray ships; those alongside are not counted

    @property
    def size_px(self) -> int:
        return len(self.material)

    @property
    def land_cover(self) -> ByteArray:
        """IGBP classes 1..17."""
        classes = IGBP[self.material]
        return np.where(self.snow > 0.6, np.uint8(15), classes)


def make_world(seed: int | Sequence[int], size_px: int, params: SimulateParams) -> World:
    """The place number ``seed``: the same seed, size and params give the same bytes.

    It has at least one port, unless params.ports_per_mpx is 0.

    Raises:
        ValueError: if no port fits at any of 30 coasts; the message names the seed.
    """
    keys = (seed,) if isinstance(seed, int) else tuple(seed)
    for attempt in range(ATTEMPTS):
        rng = np.random.default_rng([*keys, attempt])
        coast = make_coast(rng, size_px, params.land_share)
        mean = params.ports_per_mpx * size_px**2 * 1e-6
        wanted = max(1, round(mean * rng.uniform(0.6, 1.5))) if mean > 0 else 0
        placed = place_ports(rng, coast, wanted)
        if placed or not wanted:
            break
    else:
        raise ValueError(
            f"seed {keys}: no port fits into {ATTEMPTS} coasts of {size_px} pixels; "
            "take larger scenes or another seed."
        )
    spots = _coast_spots(rng, coast, [port for _, port in placed])
    cover = cover_land(rng, coast, _towns(rng, [port for _, port in placed], spots))
    material, offshore = cover.material, coast.offshore_px.copy()
    for x, y, angle in spots[::2]:
        build_groynes(rng, material, x, y, angle)
    for plan, port in placed:
        build_port(rng, material, offshore, plan, port)
    ships = scatter_ships(rng, material, coast.sea & (offshore > 16), params.ships_per_mpx)
    return World(
        seed=keys,
        material=material,
        height_m=np.where(material == M.WATER, np.float32(0), coast.height_m),
        offshore_px=np.where(coast.land & (material != M.WATER), np.float32(0), offshore),
        parcel=cover.parcel,
        street_angle=cover.street_angle,
        snow=_snow(rng, coast, params.snow_above) * (IGBP[material] != IGBP[M.WATER]),
        ports=tuple(port for _, port in placed),
        ships=ships,
    )


def _coast_spots(
    rng: np.random.Generator, coast: Coast, ports: list[Port]
) -> list[tuple[float, float, float]]:
    """Places (x, y, angle) on the coast away from ports, for look-alikes."""
    size = len(coast.land)
    east, south = seaward(coast)
    rows, columns = np.nonzero((coast.inland_px > 0) & (coast.inland_px < 2.2))
    chosen: list[tuple[float, float, float]] = []
    if len(rows) == 0:
        return chosen
    for spot in rng.integers(len(rows), size=max(4, size * size // 40_000)):
        x, y = float(columns[spot]), float(rows[spot])
        near = [np.hypot(x - port.x, y - port.y) < 110 for port in ports]
        near += [np.hypot(x - other[0], y - other[1]) < 60 for other in chosen]
        if not any(near):
            dx = east[rows[spot] // 2, columns[spot] // 2]
            dy = south[rows[spot] // 2, columns[spot] // 2]
            chosen.append((x, y, float(np.arctan2(-dx, dy))))
    return chosen


def _towns(
    rng: np.random.Generator, ports: list[Port], spots: list[tuple[float, float, float]]
) -> list[tuple[float, float, float]]:
    """Towns behind half of the ports, and as many at coasts without one."""
    towns = [
        (port.x + 25 * np.sin(port.angle), port.y - 25 * np.cos(port.angle), rng.uniform(14, 32))
        for port in ports
        if rng.random() < 0.55
    ]
    others = spots[1::2][: max(2, len(ports))]
    return towns + [(x, y, rng.uniform(12, 30)) for x, y, _ in others]


def _snow(rng: np.random.Generator, coast: Coast, above: float) -> FloatArray:
    size = len(coast.land)
    if above >= 1 or not coast.land.any():
        return np.zeros((size, size), dtype=np.float32)
    level = float(np.quantile(coast.height_m[coast.land], above))
    patchy = spectral_noise(rng, size, beta=2.4, outer_px=60, step=2)
    depth = (coast.height_m - np.float32(level)) / np.float32(12) + patchy
    return np.where(coast.land, depth.clip(0, 1), np.float32(0))
