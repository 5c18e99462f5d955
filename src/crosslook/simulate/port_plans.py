"""What a port looks like on paper, drawn at random in a frame of its own.

u runs along the quay and v out to sea; the quay line is v = 0. Everything is in pixels.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from crosslook.simulate.materials import SHEDS, M

KINDS = ("fingers", "harbour", "terminal", "docks")
KIND_SHARES = (0.35, 0.30, 0.20, 0.15)


class Bar(NamedTuple):
    """A straight strip from (u0, v0) to (u1, v1); ends are cut square, or round when asked."""

    material: M
    u0: float
    v0: float
    u1: float
    v1: float
    half_width: float
    round_ends: bool = False


class Berth(NamedTuple):
    """A ship alongside, its middle at (u, v), heading along u (0) or v (pi / 2)."""

    u: float
    v: float
    heading: float
    length: float


@dataclass(frozen=True)
class Plan:
    """One port on paper, in its own frame, in pixels."""

    kind: str
    length: float
    apron: float  # how far the port reaches inland
    reach: float  # how far it reaches out to sea
    bars: tuple[Bar, ...]  # painted in this order
    berths: tuple[Berth, ...]

    def outline(self) -> list[tuple[float, float]]:
        """The corners (u, v) of the labelled rectangle around apron, piers and breakwaters."""
        left = min([-self.length / 2, *(min(b.u0, b.u1) - b.half_width for b in self.moles())])
        right = max([self.length / 2, *(max(b.u0, b.u1) + b.half_width for b in self.moles())])
        far = self.reach + 1
        return [(left, -self.apron), (right, -self.apron), (right, far), (left, far)]

    def moles(self) -> list[Bar]:
        return [bar for bar in self.bars if bar.material == M.BREAKWATER]


def _rectangle(material: M, u0: float, u1: float, v0: float, v1: float) -> Bar:
    middle = (v0 + v1) / 2
    return Bar(material, u0, middle, u1, middle, (v1 - v0) / 2)


def plan_port(rng: np.random.Generator) -> Plan:
    """Draw one port of a random kind, 35 to 110 pixels across."""
    kind = str(rng.choice(KINDS, p=KIND_SHARES))
    length, apron, reach = {
        "fingers": (rng.uniform(40, 76), rng.uniform(8, 14), rng.uniform(16, 28)),
        "harbour": (rng.uniform(36, 64), rng.uniform(6, 11), rng.uniform(19, 31)),
        "terminal": (rng.uniform(52, 86), rng.uniform(14, 22), rng.uniform(7, 10)),
        "docks": (rng.uniform(42, 72), rng.uniform(19, 28), rng.uniform(5, 8)),
    }[kind]
    bars = [
        _rectangle(M.APRON, -length / 2, length / 2, -apron, 0),
        _rectangle(M.QUAY, -length / 2, length / 2, -1.3, 0),
    ]
    berths: list[Berth] = []
    _buildings(rng, kind, length, apron, bars)
    if kind == "fingers":
        _piers(rng, length, reach, int(np.clip(length / rng.uniform(13, 18), 2, 5)), bars, berths)
        if rng.random() < 0.55:
            _one_mole(rng, length, reach, bars)
            reach += 7
    elif kind == "harbour":
        _two_moles(rng, length, reach, bars)
        _piers(rng, length * 0.7, reach * 0.5, int(rng.integers(1, 4)), bars, berths)
    elif kind == "terminal":
        _quay_ships(rng, length, bars, berths)
    else:
        _docks(rng, length, apron, bars, berths)
    return Plan(kind, length, apron, reach, tuple(bars), tuple(berths))


def _buildings(
    rng: np.random.Generator, kind: str, length: float, apron: float, bars: list[Bar]
) -> None:
    """Sheds in a row behind the quay; yards and tanks behind them where there is room."""
    u, end = -length / 2 + 2, length / 2 - 2
    depth = min(4.5, apron - 4)
    while u < end - 5:
        width = min(rng.uniform(5, 11), end - u)
        if rng.random() < (0.35 if kind == "terminal" else 0.75):
            roof = M(int(rng.choice(SHEDS)))
            bars.append(_rectangle(roof, u, u + width, -3 - depth, -3.4))
        u += width + rng.uniform(1.5, 3.5)
    if apron < 11:
        return
    u = -length / 2 + 2
    while u < end - 5:
        width = min(rng.uniform(6, 13), end - u)
        if rng.random() < 0.6:
            bars.append(_rectangle(M.YARD, u, u + width, -apron + 1.2, -4.6 - depth))
        elif rng.random() < 0.6:
            for v in np.arange(-apron + 3, -6.5 - depth, 4.5):
                for spot in np.arange(u + 2, u + width - 1, 4.5):
                    bars.append(Bar(M.TANK, spot, v, spot, v, 1.5, round_ends=True))
        u += width + rng.uniform(1.5, 3.0)


def _piers(
    rng: np.random.Generator,
    length: float,
    reach: float,
    count: int,
    bars: list[Bar],
    berths: list[Berth],
) -> None:
    gap = length / count
    for i in range(count):
        u = -length / 2 + gap * (i + 0.5) + rng.uniform(-0.12, 0.12) * gap
        half, far = rng.uniform(1.3, 2.3), reach * rng.uniform(0.65, 1.0)
        bars.append(_rectangle(M.QUAY, u - half, u + half, -1, far))
        if half > 1.7 and far > 12:
            roof = M(int(rng.choice(SHEDS)))
            bars.append(_rectangle(roof, u - half + 0.9, u + half - 0.9, 3, far * 0.75))
        for side in (-1, 1):
            ship = rng.uniform(6, 13)
            if far > ship + 3 and gap > 9 and rng.random() < 0.5:
                where = rng.uniform(ship / 2 + 2, far - ship / 2)
                berths.append(Berth(u + side * (half + 1.6), where, np.pi / 2, ship))


def _one_mole(rng: np.random.Generator, length: float, reach: float, bars: list[Bar]) -> None:
    side = float(rng.choice([-1.0, 1.0]))
    start, bend = side * (length / 2 - 1), side * (length / 2 + rng.uniform(0, 3))
    tip = bend - side * length * rng.uniform(0.35, 0.7)
    bars.append(Bar(M.BREAKWATER, start, -1, bend, reach * 0.8, 1.3, True))
    bars.append(Bar(M.BREAKWATER, bend, reach * 0.8, bend - side * 7, reach + 5, 1.3, True))
    bars.append(Bar(M.BREAKWATER, bend - side * 7, reach + 5, tip, reach + 5.5, 1.3, True))


def _two_moles(rng: np.random.Generator, length: float, reach: float, bars: list[Bar]) -> None:
    mouth = length * rng.uniform(-0.25, 0.25)
    width = rng.uniform(7, 11)
    for side in (-1.0, 1.0):
        foot, shoulder = side * (length / 2 - 1), side * length * rng.uniform(0.42, 0.5)
        knee = side * length * rng.uniform(0.25, 0.33)
        tip = mouth + side * width / 2
        corners = [(foot, -1.0), (shoulder, reach * 0.6), (knee, reach - 1.5)]
        if side * (tip - knee) < 0:
            corners.append((tip, reach - 1.5))
        for (u0, v0), (u1, v1) in pairwise(corners):
            bars.append(Bar(M.BREAKWATER, u0, v0, u1, v1, 1.3, True))


def _quay_ships(
    rng: np.random.Generator, length: float, bars: list[Bar], berths: list[Berth]
) -> None:
    u = -length / 2 + rng.uniform(1, 8)
    while u < length / 2 - 12:
        ship = min(rng.uniform(14, 26), length / 2 - u)
        if rng.random() < 0.75:
            berths.append(Berth(u + ship / 2, 2.2, 0.0, ship))
            for crane in np.arange(u + 4, u + ship - 3, 5.0):
                bars.append(Bar(M.BRIDGE, crane, -1.0, crane, 0.4, 0.6))
        u += ship + rng.uniform(3, 8)


def _docks(
    rng: np.random.Generator,
    length: float,
    apron: float,
    bars: list[Bar],
    berths: list[Berth],
) -> None:
    count = int(np.clip(length / rng.uniform(18, 26), 1, 3))
    gap = length / count
    for i in range(count):
        u, half = -length / 2 + gap * (i + 0.5), rng.uniform(3.5, 5.0)
        deep = apron * rng.uniform(0.65, 0.85)
        bars.append(_rectangle(M.QUAY, u - half - 1.2, u + half + 1.2, -deep - 1.2, 0))
        bars.append(_rectangle(M.WATER, u - half, u + half, -deep, 1))
        if rng.random() < 0.8:
            ship = min(rng.uniform(8, 16), deep - 2)
            side = float(rng.choice([-1.0, 1.0]))
            berths.append(Berth(u + side * (half - 1.7), -deep / 2, np.pi / 2, ship))
