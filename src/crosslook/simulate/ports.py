"""Where ports fit on a coast, and how they are built there."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from crosslook.simulate.fields import ByteArray, FloatArray, Mask
from crosslook.simulate.materials import M
from crosslook.simulate.port_plans import Bar, Plan, plan_port
from crosslook.simulate.ships import paint_ship
from crosslook.simulate.terrain import Coast, seaward

CLEAR_WATER_PX = 10  # in front of everything built
APART_PX = 92  # between the quays of two ports
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Port:
    """One port in the world."""

    kind: str
    polygon: tuple[tuple[float, float], ...]  # corners (x, y), pixels, not closed
    x: float  # middle of the quay line
    y: float
    angle: float  # direction of the quay line, radians, from x toward y


def place_ports(rng: np.random.Generator, coast: Coast, wanted: int) -> list[tuple[Plan, Port]]:
    """Plan ports and find places for them: land behind, open sea in front, none too close.

    Returns:
        As many as fit, at most ``wanted``.
    """
    east, south = seaward(coast)
    edge = coast.land & ~ndimage.binary_erosion(coast.land) & (coast.inland_px < 3)
    spots_y, spots_x = np.nonzero(edge & ndimage.binary_dilation(coast.sea, iterations=2))
    placed: list[tuple[Plan, Port]] = []
    for _ in range(wanted):
        plan = plan_port(rng)
        if len(spots_x) == 0:
            break
        some = rng.integers(len(spots_x), size=700)
        x, y = spots_x[some] + 0.5, spots_y[some] + 0.5
        out_x = east[spots_y[some] // 2, spots_x[some] // 2].astype(np.float64)
        out_y = south[spots_y[some] // 2, spots_x[some] // 2].astype(np.float64)
        straight = np.hypot(out_x, out_y)
        out_x, out_y = out_x / straight.clip(1e-6), out_y / straight.clip(1e-6)
        angle = np.arctan2(-out_x, out_y) + rng.normal(0, 0.08, len(some))  # v is u turned by 90°
        shift = rng.uniform(-1, 4, len(some))
        x, y = x + shift * out_x, y + shift * out_y
        score = _fit(rng, plan, coast, x, y, angle)
        score[straight < 0.02] = -1
        for _, other in placed:
            score[np.hypot(x - other.x, y - other.y) < APART_PX] = -1
        best = int(np.argmax(score))
        if score[best] > 0:
            polygon = to_scene(plan.outline(), x[best], y[best], angle[best])
            port = Port(plan.kind, polygon, float(x[best]), float(y[best]), float(angle[best]))
            placed.append((plan, port))
    return placed


def _fit(
    rng: np.random.Generator,
    plan: Plan,
    coast: Coast,
    x: Floats,
    y: Floats,
    angle: Floats,
) -> Floats:
    """How well ``plan`` fits at each spot; -1 where it does not fit at all."""
    size = len(coast.land)
    corners = plan.outline()
    left, right = corners[0][0], corners[1][0]
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]

    def sample(mask: Mask, v: Floats) -> Floats:
        us, vs = np.meshgrid(np.linspace(left, right, 9), v)
        px = x[:, None] + us.ravel() * cos - vs.ravel() * sin
        py = y[:, None] + us.ravel() * sin + vs.ravel() * cos
        inside = (px >= 2) & (px < size - 2) & (py >= 2) & (py < size - 2)
        found = mask[py.astype(int).clip(0, size - 1), px.astype(int).clip(0, size - 1)]
        return np.asarray((found & inside).mean(axis=1))

    water = sample(coast.sea, np.linspace(5, plan.reach + CLEAR_WATER_PX, 7))
    land = sample(coast.land, np.linspace(-plan.apron - 8, -4, 5))
    us, vs = np.array(corners).T
    px, py = x[:, None] + us * cos - vs * sin, y[:, None] + us * sin + vs * cos
    inside = ((px >= 3) & (px <= size - 3) & (py >= 3) & (py <= size - 3)).all(axis=1)
    score = 1.5 * water + land + rng.uniform(0, 0.25, len(x))
    return np.where(inside & (water > 0.86) & (land > 0.72), score, -1.0)


def to_scene(
    points: list[tuple[float, float]], x: float, y: float, angle: float
) -> tuple[tuple[float, float], ...]:
    """Turn (u, v) of a port at (x, y) into pixels of the scene."""
    cos, sin = np.cos(angle), np.sin(angle)
    return tuple((float(x + u * cos - v * sin), float(y + u * sin + v * cos)) for u, v in points)


def build_port(
    rng: np.random.Generator, material: ByteArray, offshore_px: FloatArray, plan: Plan, port: Port
) -> None:
    """Dredge, pave and build one port in place."""
    window, u, v = _frame(len(material), port, plan.length + plan.reach + plan.apron)
    ground, depth = material[window], offshore_px[window]
    half = plan.length / 2
    basin = (abs(u) < half) & (v > 0) & (v < plan.reach + 4)
    basin &= (v < plan.reach) | (ground == M.WATER)
    ground[basin] = M.WATER
    depth[basin] = np.maximum(depth[basin], 9)
    for bar in plan.bars:
        mask = _inside(bar, u, v)
        ground[mask] = bar.material
        if bar.material == M.WATER:
            depth[mask] = 9
    road = (abs(u) < half) & (v < -plan.apron) & (v > -plan.apron - 1.2) & (ground != M.WATER)
    ground[road] = M.STREET
    for berth in plan.berths:
        ((x, y),) = to_scene([(berth.u, berth.v)], port.x, port.y, port.angle)
        paint_ship(rng, material, x, y, port.angle + berth.heading, berth.length)


def build_groynes(
    rng: np.random.Generator, material: ByteArray, x: float, y: float, angle: float
) -> None:
    """A row of short rubble groynes, or one lone breakwater: like a port from afar, but none."""
    count = int(rng.choice([1, 3, 4, 5]))
    reach = rng.uniform(10, 18) if count == 1 else rng.uniform(4, 8)
    spacing = rng.uniform(8, 13)
    spot = Port("groynes", (), x, y, angle)
    window, u, v = _frame(len(material), spot, count * spacing + reach)
    ground = material[window]
    for i in range(count):
        at = (i - (count - 1) / 2) * spacing
        mask = _inside(Bar(M.BREAKWATER, at, -3, at, reach, 0.8), u, v)
        ground[mask] = M.BREAKWATER


def _frame(
    size: int, port: Port, reach: float
) -> tuple[tuple[slice, slice], FloatArray, FloatArray]:
    x0, x1 = max(0, int(port.x - reach)), min(size, int(port.x + reach) + 1)
    y0, y1 = max(0, int(port.y - reach)), min(size, int(port.y + reach) + 1)
    y, x = np.mgrid[y0:y1, x0:x1] + 0.5
    cos, sin = np.cos(port.angle), np.sin(port.angle)
    u = (x - port.x) * cos + (y - port.y) * sin
    v = (y - port.y) * cos - (x - port.x) * sin
    return (slice(y0, y1), slice(x0, x1)), u.astype(np.float32), v.astype(np.float32)


def _inside(bar: Bar, u: FloatArray, v: FloatArray) -> Mask:
    du, dv = bar.u1 - bar.u0, bar.v1 - bar.v0
    length = float(np.hypot(du, dv))
    if length == 0:
        return np.asarray(np.hypot(u - bar.u0, v - bar.v0) <= bar.half_width)
    along = ((u - bar.u0) * du + (v - bar.v0) * dv) / length
    across = ((v - bar.v0) * du - (u - bar.u0) * dv) / length
    if bar.round_ends:
        beyond = np.maximum(0, np.maximum(-along, along - length))
        return np.asarray(np.hypot(beyond, across) <= bar.half_width)
    return np.asarray((along >= 0) & (along <= length) & (abs(across) <= bar.half_width))
