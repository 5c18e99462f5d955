"""From map coordinates to lines and samples of a GRD image, by its geolocation grid.

The grid gives line, sample, slant range, place and terrain height of some 210 points. High ground
is imaged nearer to the sensor: a point at height h where one at height 0 lies that is
h / tan(incidence) nearer. So the points are first moved to one height, along range; then two cubic
polynomials in map coordinates give line and ground range.
"""

from dataclasses import dataclass

import numpy as np
from rasterio.warp import transform

from crosslook.errors import InputError
from crosslook.scenes.grd_product import Grd, seconds
from crosslook.scenes.grd_xml import Annotation, Floats, read_annotation

LIGHT_M_S = 299_792_458.0
WATER_QUANTILE = 0.1  # of the grid's heights: the level of water and harbours
POINTS = (16, 10_000)  # fewer fit no cubic, more has no IW product
NODES = 1025  # along slant range, of the table of ground ranges
WORST_PX = 100.0  # a grid that fits worse is damaged
CONVERSIONS, POWERS = 1024, 32  # products have some 30 conversions, of 9 coefficients
FARTHEST = 2.0  # times the sides of the image together: what a grid may reach over the ground


@dataclass(frozen=True)
class Grid:
    """The geolocation grid, (N,) each; ``line`` and ``sample`` 0 is the centre of the first."""

    line: Floats
    sample: Floats
    longitude: Floats  # degrees
    latitude: Floats  # degrees
    height_m: Floats  # above the ellipsoid
    incidence: Floats  # radians
    slant_range_m: Floats


@dataclass(frozen=True)
class GroundRange:
    """Slant range to sample: it varies along the image, because the processor follows terrain."""

    slant_range_m: Floats  # (R,) rising
    lines: Floats  # (K,) rising
    samples: Floats  # (K, R)

    @property
    def mean(self) -> Floats:
        """(R,) the sample of each slant range in the mean of all lines."""
        found: Floats = self.samples.mean(axis=0)
        return found

    def sample(self, line: Floats, mean_sample: Floats) -> Floats:
        """The sample on ``line`` of the slant range that has ``mean_sample`` in the mean."""
        along = np.interp(mean_sample, self.mean, np.arange(len(self.slant_range_m)))
        node = np.clip(along.astype(int), 0, len(self.slant_range_m) - 2)
        across = np.interp(line, self.lines, np.arange(len(self.lines)))
        row = np.clip(across.astype(int), 0, max(len(self.lines) - 2, 0))
        below = np.minimum(row + 1, len(self.lines) - 1)
        away = self.samples - self.mean
        u, v = along - node, across - row
        near = away[row, node] * (1 - u) + away[row, node + 1] * u
        far = away[below, node] * (1 - u) + away[below, node + 1] * u
        found: Floats = mean_sample + near * (1 - v) + far * v
        return found


@dataclass(frozen=True)
class Cubic:
    """Polynomials of degree 3 in two variables, each scaled to -1..1 over the points of the fit."""

    middle: Floats  # (2,)
    half: Floats  # (2,)
    weights: Floats  # (10, M)

    def __call__(self, u: Floats, v: Floats) -> Floats:
        """The M values at every place, (..., M)."""
        a, b = (u - self.middle[0]) / self.half[0], (v - self.middle[1]) / self.half[1]
        found: Floats = np.stack(_monomials(a, b), axis=-1) @ self.weights
        return found


@dataclass(frozen=True)
class Geometry:
    """Where the image lies on a map."""

    crs: str
    model: Cubic  # map x, y -> line, mean sample
    ground_range: GroundRange | None
    bounds: tuple[float, float, float, float]  # left bottom right top, map units
    height_m: float  # at which it holds
    residual_px: float  # root mean square over the grid, of lines and samples together

    def to_image(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Line and sample of map places, arrays of one shape; integers are pixel centres."""
        found = self.model(x, y)
        line, sample = found[..., 0], found[..., 1]
        if self.ground_range is not None:
            sample = self.ground_range.sample(line, sample)
        return line, sample


def locate(grd: Grd, height_m: float | None = None) -> Geometry:
    """Fit the geometry of a product in the UTM zone of its centre.

    Args:
        grd: the product.
        height_m: of the ground above the ellipsoid; None: the lowest tenth of the grid's heights,
            where water and harbours are.

    Raises:
        InputError: if the grid is damaged.
    """
    found = read_annotation(grd.safe, grd.bands[0].annotation)
    grid = read_grid(found)
    ground_range = _read_ground_range(found, grd, grid)
    crs = _utm(grid)
    x, y = (np.array(axis) for axis in transform("EPSG:4326", crs, grid.longitude, grid.latitude))
    if not (np.isfinite(x) & np.isfinite(y)).all():
        raise InputError(f"{found.source}: its geolocation grid does not lie on a map of {crs}.")
    level = float(np.quantile(grid.height_m, WATER_QUANTILE)) if height_m is None else height_m
    x, y = _move_to(level, grid, x, y)
    mean_sample = grid.sample
    if ground_range is not None:
        mean_sample = np.interp(grid.slant_range_m, ground_range.slant_range_m, ground_range.mean)
    model = _fit(x, y, np.stack([grid.line, mean_sample], axis=1))
    reach, most = max(np.ptp(x), np.ptp(y)), FARTHEST * sum(grd.size) * grd.spacing_m
    if reach > most:
        raise InputError(
            f"{found.source}: its geolocation grid reaches over {reach / 1000:.4g} km, an image of "
            f"{grd.size[0]} x {grd.size[1]} px over {most / 1000:.4g} at most."
        )
    geometry = Geometry(crs, model, ground_range, (x.min(), y.min(), x.max(), y.max()), level, 0.0)
    away = model(x, y) - np.stack([grid.line, mean_sample], axis=1)
    residual = float(np.sqrt((away**2).sum(axis=1).mean()))
    if not residual < WORST_PX:
        raise InputError(
            f"{found.source}: its geolocation grid is no smooth surface (a cubic misses it by "
            f"{residual:.0f} px), so the product is damaged."
        )
    return Geometry(crs, model, ground_range, geometry.bounds, level, residual)


def read_grid(found: Annotation) -> Grid:
    """The geolocation grid of an annotation.

    Raises:
        InputError: if it is missing, too small, or not on the Earth.
    """
    points = found.all("geolocationGrid/geolocationGridPointList/geolocationGridPoint")
    if not POINTS[0] <= len(points) <= POINTS[1]:
        raise InputError(
            f"{found.source}: its geolocation grid has {len(points)} points, expected "
            f"{POINTS[0]}..{POINTS[1]}."
        )
    tags = ("line", "pixel", "longitude", "latitude", "height", "incidenceAngle", "slantRangeTime")
    columns = [np.array([point.number(tag) for point in points]) for tag in tags]
    line, sample, longitude, latitude, height, incidence, slant_time = columns
    if np.abs(latitude).max() > 84 or np.abs(longitude).max() > 180.5:
        raise InputError(f"{found.source}: its geolocation grid leaves the zones of UTM (84°).")
    if incidence.min() < 10 or incidence.max() > 70 or np.abs(height).max() > 9000:
        raise InputError(f"{found.source}: its geolocation grid has impossible angles or heights.")
    if min(len(np.unique(line)), len(np.unique(sample))) < 4:
        raise InputError(f"{found.source}: its geolocation grid has fewer than 4 rows or columns.")
    slant_range = slant_time * LIGHT_M_S / 2
    return Grid(line, sample, longitude, latitude, height, np.radians(incidence), slant_range)


def _utm(grid: Grid) -> str:
    """EPSG code of the zone of the centre; longitudes are averaged as directions (antimeridian)."""
    east, north = (np.mean(part(np.radians(grid.longitude))) for part in (np.cos, np.sin))
    longitude = np.degrees(np.arctan2(north, east))
    zone = int((longitude + 180) // 6) % 60 + 1
    return f"EPSG:{(32600 if grid.latitude.mean() >= 0 else 32700) + zone}"


def _move_to(level: float, grid: Grid, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Map places of the grid's image positions on ground at ``level``."""
    nearer = (grid.height_m - level) / np.tan(grid.incidence)
    moved = np.stack([x, y], axis=1)
    for _ in range(3):  # the direction of range, from ever smoother places
        place = _fit(grid.line, grid.slant_range_m, moved)
        step = place(grid.line, grid.slant_range_m + 10) - place(grid.line, grid.slant_range_m - 10)
        away = step / np.linalg.norm(step, axis=1, keepdims=True)
        moved = np.stack([x, y], axis=1) - nearer[:, None] * away
    return moved[:, 0], moved[:, 1]


def _read_ground_range(found: Annotation, grd: Grd, grid: Grid) -> GroundRange | None:
    """The conversions from slant to ground range; None if the product has none."""
    conversions = found.all("coordinateConversion/coordinateConversionList/coordinateConversion")
    if not conversions:
        return None
    if len(conversions) > CONVERSIONS:
        raise InputError(
            f"{found.source} has {len(conversions)} conversions to ground range, expected at most "
            f"{CONVERSIONS}."
        )
    image = "imageAnnotation/imageInformation/"
    start = seconds(found, image + "productFirstLineUtcTime")
    interval = found.number(image + "azimuthTimeInterval")
    slant_range = np.linspace(grid.slant_range_m.min() - 500, grid.slant_range_m.max() + 500, NODES)
    lines, samples = [], []
    for one in conversions:
        coefficients = one.numbers("srgrCoefficients")
        if len(coefficients) > POWERS:
            raise InputError(
                f"{found.source} has {len(coefficients)} srgrCoefficients, expected at most "
                f"{POWERS}."
            )
        powers = np.polynomial.Polynomial(coefficients)
        lines.append((seconds(one, "azimuthTime") - start) / interval)
        samples.append(powers(slant_range - one.number("sr0")) / grd.spacing_m)
    order = np.argsort(lines)
    table = GroundRange(slant_range, np.array(lines)[order], np.array(samples)[order])
    if not (np.isfinite(table.samples).all() and (np.diff(table.samples, axis=1) > 0).all()):
        raise InputError(f"{found.source}: its conversion to ground range does not rise.")
    return table


def _fit(u: Floats, v: Floats, values: Floats) -> Cubic:
    middle = np.array([(u.max() + u.min()) / 2, (v.max() + v.min()) / 2])
    half = np.array([np.ptp(u) / 2, np.ptp(v) / 2])
    design = np.stack(_monomials((u - middle[0]) / half[0], (v - middle[1]) / half[1]), axis=-1)
    weights, *_ = np.linalg.lstsq(design, values, rcond=None)
    return Cubic(middle, half, weights.astype(np.float64))


def _monomials(a: Floats, b: Floats) -> list[Floats]:
    return [a**i * b**j for i in range(4) for j in range(4 - i)]
