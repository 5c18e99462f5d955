"""Sentinel-1 GRD products with the full structure of real ones, and with known backscatter.

The Earth is a sphere here, and the image follows a great circle, so that the place of every pixel
has a formula. Tables are linear along lines and samples, so that every interpolation of them does.
"""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import rasterio
from rasterio.control import GroundControlPoint
from rasterio.windows import Window

EARTH_M = 6_371_000.0
ORBIT_M = EARTH_M + 693_000.0
NEAR_M = 372_000.0  # from below the orbit to the first sample, on the ground
SPACING_M = 10.0
INTERVAL_S = 1.4986e-3  # between lines
START = datetime(2021, 4, 1, 5, 26, 23, 794457)


def _nowhere(line, sample=None):
    return 0.0 * line


POLARISATIONS = {"SV": ["VV"], "SH": ["HH"], "DV": ["VV", "VH"], "DH": ["HH", "HV"]}


@dataclass(frozen=True)
class Track:
    """The geometry of an image: a great circle through its centre, looking right."""

    latitude: float = 45.0
    longitude: float = 9.0
    heading: float = 190.0  # degrees clockwise from north; 190 descends, 350 ascends
    size: tuple[int, int] = (300, 400)  # lines, samples
    wander_m: Callable = _nowhere  # of samples, with the terrain

    def _axes(self):
        lon, lat, flight = np.radians([self.longitude, self.latitude, self.heading])
        up = np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
        east = np.array([-np.sin(lon), np.cos(lon), 0.0])
        north = np.cross(up, east)
        ahead = np.cos(flight) * north + np.sin(flight) * east
        return up, ahead, np.cross(ahead, up)

    @property
    def middle(self):
        return (self.size[0] - 1) / 2, (self.size[1] - 1) / 2

    def ground_m(self, line, sample):
        """From below the orbit, on the ground at height 0."""
        return NEAR_M + sample * SPACING_M - self.wander_m(line)

    def slant_m(self, ground_m, height_m=0.0):
        low, angle = EARTH_M + height_m, ground_m / EARTH_M
        return np.sqrt(low**2 + ORBIT_M**2 - 2 * low * ORBIT_M * np.cos(angle))

    def incidence(self, ground_m):
        return np.arcsin(ORBIT_M * np.sin(ground_m / EARTH_M) / self.slant_m(ground_m))

    def place(self, line, sample, height_m=0.0):
        """Longitude and latitude of what is imaged there, at a height."""
        slant, low = self.slant_m(self.ground_m(line, sample)), EARTH_M + height_m
        seen = np.arccos((low**2 + ORBIT_M**2 - slant**2) / (2 * low * ORBIT_M))
        across = seen - (NEAR_M + self.middle[1] * SPACING_M) / EARTH_M
        along = (line - self.middle[0]) * SPACING_M / EARTH_M
        up, ahead, right = (axis[:, None] for axis in self._axes())
        point = np.cos(across) * (np.cos(along) * up + np.sin(along) * ahead)
        point = point + np.sin(across) * right
        return np.degrees(np.arctan2(point[1], point[0])), np.degrees(np.arcsin(point[2]))

    def image(self, longitude, latitude):
        """Line and sample at which a place at height 0 is imaged: the inverse of ``place``."""
        lon, lat = np.radians(longitude), np.radians(latitude)
        point = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], -1)
        up, ahead, right = self._axes()
        line = np.arctan2(point @ ahead, point @ up) * EARTH_M / SPACING_M + self.middle[0]
        across = np.arcsin(point @ right) * EARTH_M / SPACING_M
        return line, across + self.middle[1] + self.wander_m(line) / SPACING_M


@dataclass(frozen=True)
class GrdProduct:
    """What to write. ``numbers`` gives the digital numbers of a polarisation, or is an array."""

    track: Track = field(default_factory=Track)
    platform: str = "S1A"
    code: str = "DV"
    ipf: str = "003.31"
    numbers: Mapping | None = None  # by polarisation: (H, W) uint16 or f(top, rows); None: no file
    noise_removed: bool = False
    noise: float = 1.0  # times the usual
    terrain_m: Callable = _nowhere
    grid: tuple[int, int] = (10, 21)
    cog: bool = False
    conversions: bool = True

    @property
    def polarisations(self):
        return POLARISATIONS[self.code]

    @property
    def id(self):
        stop = START + timedelta(seconds=25)
        times = f"{START:%Y%m%dT%H%M%S}_{stop:%Y%m%dT%H%M%S}"
        name = f"{self.platform}_IW_GRDH_1S{self.code}_{times}_026269_032297_ECC8"
        return name + ("_COG" if self.cog else "")

    def part(self, polarisation):
        number = self.polarisations.index(polarisation) + 1
        stop = START + timedelta(seconds=25)
        times = f"{START:%Y%m%dt%H%M%S}-{stop:%Y%m%dt%H%M%S}"
        name = f"{self.platform.lower()}-iw-grd-{polarisation.lower()}-{times}"
        return f"{name}-026269-032297-{number:03d}" + ("-cog" if self.cog else "")

    # Tables. The gain differs by polarisation, so that a mix-up shows.

    def gain(self, polarisation, line, sample, quantity="sigmaNought"):
        base = 560.0 + 40.0 * self.polarisations.index(polarisation)
        base += {"sigmaNought": 0.0, "betaNought": -90.0, "gamma": -45.0, "dn": -80.0}[quantity]
        return base + 0.004 * sample + 0.001 * line

    def noise_power(self, polarisation, line, sample):
        """In squared digital numbers."""
        if self.noise_removed:
            return 0.0 * (line + sample)
        power = self.noise * (900.0 + 0.01 * sample + 0.02 * line)
        if self.ipf < "002.90":
            return power
        for top, left, bottom, right, factor in self.azimuth_blocks():
            inside = (line >= top) & (line <= bottom) & (sample >= left) & (sample <= right)
            power = np.where(inside, power * (factor + 0.0001 * (line - top)), power)
        return power

    def azimuth_blocks(self):
        """Top, left, bottom, right (inclusive), first factor, per sub-swath; IW1 starts early."""
        lines, samples = self.track.size
        a, b, late = samples // 3, 2 * samples // 3, lines // 5
        return [
            (0, 0, late - 1, a + 9, 1.15),
            (late, 0, lines - 1, a - 1, 1.0),
            (late, a, lines - 1, b - 1, 1.1),
            (late, b, lines - 1, samples - 1, 0.9),
        ]

    def numbers_of(self, sigma0, polarisation, top=0):
        """The digital numbers that backscatter (h, W), linear power, has from line ``top`` on."""
        line = top + np.arange(sigma0.shape[0], dtype=float)[:, None]
        sample = np.arange(sigma0.shape[1], dtype=float)
        power = sigma0 * self.gain(polarisation, line, sample) ** 2
        power = power + self.noise_power(polarisation, line, sample)
        return np.rint(np.sqrt(power)).astype(np.uint16)


def write_product(folder: Path, product: GrdProduct, zipped: bool = False) -> Path:
    """Write ``folder``/<id>.SAFE, or <id>.zip of it, and return its path."""
    root = folder / f"{product.id}.SAFE"
    (root / "annotation/calibration").mkdir(parents=True)
    (root / "measurement").mkdir()
    (root / "preview").mkdir()
    (root / "manifest.safe").write_text(_manifest(product))
    for polarisation in product.polarisations:
        part = product.part(polarisation)
        (root / f"annotation/{part}.xml").write_text(_annotation(product, polarisation))
        tables = root / "annotation/calibration"
        (tables / f"calibration-{part}.xml").write_text(_calibration(product, polarisation))
        (tables / f"noise-{part}.xml").write_text(_noise(product, polarisation))
        measurement = root / f"measurement/{part}.tiff"
        if product.numbers is None:
            measurement.write_bytes(b"")
        else:
            _write_measurement(measurement, product, product.numbers[polarisation])
    if not zipped:
        return root
    archive = shutil.make_archive(str(folder / product.id), "zip", folder, root.name)
    shutil.rmtree(root)
    return Path(archive)


def _grid(product: GrdProduct):
    lines, samples = product.track.size
    rows = np.unique(np.rint(np.linspace(0, lines - 1, product.grid[0])))
    columns = np.unique(np.rint(np.linspace(0, samples - 1, product.grid[1])))
    line, sample = (axis.ravel() for axis in np.meshgrid(rows, columns, indexing="ij"))
    height = product.terrain_m(line, sample)
    longitude, latitude = product.track.place(line, sample, height)
    return line, sample, longitude, latitude, height


def _write_measurement(path, product, numbers):
    lines, samples = product.track.size
    line, sample, longitude, latitude, height = _grid(product)
    points = [
        GroundControlPoint(row=row, col=col, x=x, y=y, z=z)
        for row, col, x, y, z in zip(line, sample, longitude, latitude, height, strict=True)
    ]
    layout = (
        {"tiled": True, "blockxsize": 512, "blockysize": 512, "compress": "deflate"}
        if product.cog
        else {}
    )
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=samples,
        height=lines,
        count=1,
        dtype="uint16",
        gcps=points,
        crs="EPSG:4326",
        **layout,
    ) as file:
        for top in range(0, lines, 512):
            rows = min(512, lines - top)
            read = numbers(top, rows) if callable(numbers) else numbers[top : top + rows]
            file.write(read, 1, window=Window(0, top, samples, rows))
    if product.cog:
        with rasterio.open(path, "r+") as file:
            file.build_overviews([2], rasterio.enums.Resampling.average)


def _manifest(product):
    way = "DESCENDING" if 90 < product.track.heading < 270 else "ASCENDING"
    polarisations = "".join(
        f"<s1sarl1:transmitterReceiverPolarisation>{name}</s1sarl1:transmitterReceiverPolarisation>"
        for name in product.polarisations
    )
    objects = "".join(
        f"""<dataObject ID="{kind}{name}" repID="s1Level1{kind}Schema"><byteStream>
<fileLocation locatorType="URL" href="./{place}{product.part(name)}.{suffix}"/></byteStream>
</dataObject>"""
        for name in product.polarisations
        for kind, place, suffix in (
            ("Product", "annotation/", "xml"),
            ("Calibration", "annotation/calibration/calibration-", "xml"),
            ("Noise", "annotation/calibration/noise-", "xml"),
            ("Measurement", "measurement/", "tiff"),
        )
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<xfdu:XFDU xmlns:xfdu="urn:ccsds:schema:xfdu:1" xmlns:safe="http://www.esa.int/safe/sentinel-1.0"
 xmlns:s1="http://www.esa.int/safe/sentinel-1.0/sentinel-1"
 xmlns:s1sarl1="http://www.esa.int/safe/sentinel-1.0/sentinel-1/sar/level-1"
 version="esa/safe/sentinel-1.0/sentinel-1/sar/level-1/grd/standard/iwdp">
<metadataSection>
<metadataObject ID="processing"><metadataWrap><xmlData>
<safe:processing name="GRD Post Processing"><safe:facility name="Test">
<safe:software name="Sentinel-1 IPF" version="{product.ipf}"/></safe:facility></safe:processing>
</xmlData></metadataWrap></metadataObject>
<metadataObject ID="platform"><metadataWrap><xmlData>
<safe:platform><safe:familyName>SENTINEL-1</safe:familyName>
<safe:number>{product.platform[-1]}</safe:number><safe:instrument><safe:extension>
<s1sarl1:instrumentMode><s1sarl1:mode>IW</s1sarl1:mode><s1sarl1:swath>IW</s1sarl1:swath>
</s1sarl1:instrumentMode></safe:extension></safe:instrument></safe:platform>
</xmlData></metadataWrap></metadataObject>
<metadataObject ID="measurementOrbitReference"><metadataWrap><xmlData>
<safe:orbitReference><safe:orbitNumber type="start">26269</safe:orbitNumber>
<safe:orbitNumber type="stop">26269</safe:orbitNumber>
<safe:relativeOrbitNumber type="start">46</safe:relativeOrbitNumber>
<safe:relativeOrbitNumber type="stop">46</safe:relativeOrbitNumber><safe:extension>
<s1:orbitProperties><s1:pass>{way}</s1:pass>
<s1:ascendingNodeTime>2021-04-01T04:49:55.637823</s1:ascendingNodeTime></s1:orbitProperties>
</safe:extension></safe:orbitReference></xmlData></metadataWrap></metadataObject>
<metadataObject ID="generalProductInformation"><metadataWrap><xmlData>
<s1sarl1:standAloneProductInformation>
<s1sarl1:missionDataTakeID>205463</s1sarl1:missionDataTakeID>{polarisations}
<s1sarl1:productClass>S</s1sarl1:productClass><s1sarl1:productType>GRD</s1sarl1:productType>
</s1sarl1:standAloneProductInformation></xmlData></metadataWrap></metadataObject>
<metadataObject ID="acquisitionPeriod"><metadataWrap><xmlData><safe:acquisitionPeriod>
<safe:startTime>{_time(0)}</safe:startTime>
<safe:stopTime>{_time(product.track.size[0] - 1)}</safe:stopTime></safe:acquisitionPeriod>
</xmlData></metadataWrap></metadataObject>
</metadataSection>
<dataObjectSection>{objects}</dataObjectSection>
</xfdu:XFDU>
"""


def _header(product, polarisation):
    number = product.polarisations.index(polarisation) + 1
    return f"""<adsHeader><missionId>{product.platform}</missionId><productType>GRD</productType>
<polarisation>{polarisation}</polarisation><mode>IW</mode><swath>IW</swath>
<startTime>{_time(0)}</startTime><stopTime>{_time(product.track.size[0] - 1)}</stopTime>
<absoluteOrbitNumber>26269</absoluteOrbitNumber><missionDataTakeId>205463</missionDataTakeId>
<imageNumber>{number:03d}</imageNumber></adsHeader>"""


def _annotation(product, polarisation):
    track = product.track
    line, sample, longitude, latitude, height = _grid(product)
    ground = track.ground_m(line, sample)
    slant_s = 2 * track.slant_m(ground) / 299_792_458.0
    angle = np.degrees(track.incidence(ground))
    points = "".join(
        f"""<geolocationGridPoint><azimuthTime>{_time(line[i])}</azimuthTime>
<slantRangeTime>{slant_s[i]:.15e}</slantRangeTime><line>{line[i]:.0f}</line>
<pixel>{sample[i]:.0f}</pixel><latitude>{latitude[i]:.15e}</latitude>
<longitude>{longitude[i]:.15e}</longitude><height>{height[i]:.15e}</height>
<incidenceAngle>{angle[i]:.15e}</incidenceAngle><elevationAngle>{angle[i] - 4:.15e}</elevationAngle>
</geolocationGridPoint>"""
        for i in range(len(line))
    )
    way = "Descending" if 90 < track.heading < 270 else "Ascending"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<product>{_header(product, polarisation)}
<generalAnnotation><productInformation><pass>{way}</pass><timelinessCategory>Fast-24h
</timelinessCategory><platformHeading>{track.heading}</platformHeading><projection>Ground Range
</projection></productInformation></generalAnnotation>
<imageAnnotation><imageInformation>
<productFirstLineUtcTime>{_time(0)}</productFirstLineUtcTime>
<slantRangeTime>{slant_s[0]:.15e}</slantRangeTime><pixelValue>Detected</pixelValue>
<outputPixels>16 bit Unsigned Integer</outputPixels>
<rangePixelSpacing>{SPACING_M:e}</rangePixelSpacing>
<azimuthPixelSpacing>{SPACING_M:e}</azimuthPixelSpacing>
<azimuthTimeInterval>{INTERVAL_S:e}</azimuthTimeInterval>
<numberOfSamples>{track.size[1]}</numberOfSamples><numberOfLines>{track.size[0]}</numberOfLines>
</imageInformation><processingInformation>
<thermalNoiseCorrectionPerformed>{str(product.noise_removed).lower()}</thermalNoiseCorrectionPerformed>
</processingInformation></imageAnnotation>
<coordinateConversion>{_conversions(product)}</coordinateConversion>
<geolocationGrid><geolocationGridPointList count="{len(line)}">{points}</geolocationGridPointList>
</geolocationGrid></product>
"""


def _conversions(product):
    if not product.conversions:
        return '<coordinateConversionList count="0"/>'
    track = product.track
    lines, samples = track.size
    made = []
    for line in np.linspace(-0.04 * lines, 1.02 * lines, 28):
        ground = NEAR_M + np.linspace(-3000, samples * SPACING_M + 3000, 200)
        slant = track.slant_m(ground)
        first = slant.min()
        wander = track.wander_m(np.float64(line))
        powers = np.polynomial.Polynomial.fit(slant - first, ground - NEAR_M + wander, 8).convert()
        made.append(
            f"""<coordinateConversion><azimuthTime>{_time(line)}</azimuthTime>
<sr0>{first:.15e}</sr0><srgrCoefficients count="9">{_words(powers.coef, ".15e")}</srgrCoefficients>
</coordinateConversion>"""
        )
    return (
        f'<coordinateConversionList count="{len(made)}">{"".join(made)}</coordinateConversionList>'
    )


def _calibration(product, polarisation):
    lines, samples = product.track.size
    vectors = []
    for line in np.arange(
        -700, lines + 1400, max(700, lines // 5)
    ):  # they begin before the image and end behind it
        sample = _columns(samples)
        tables = "".join(
            f'<{tag} count="{len(sample)}">{_words(values, ".9e")}</{tag}>'
            for tag in ("sigmaNought", "betaNought", "gamma", "dn")
            for values in [product.gain(polarisation, line, sample, tag)]
        )
        vectors.append(
            f"""<calibrationVector><azimuthTime>{_time(line)}</azimuthTime><line>{line}</line>
<pixel count="{len(sample)}">{_words(sample, ".0f")}</pixel>{tables}</calibrationVector>"""
        )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<calibration>{_header(product, polarisation)}<calibrationInformation>
<absoluteCalibrationConstant>1.0</absoluteCalibrationConstant></calibrationInformation>
<calibrationVectorList count="{len(vectors)}">{"".join(vectors)}</calibrationVectorList>
</calibration>
"""


def _noise(product, polarisation):
    """Range vectors of unequal lengths; before IPF 2.9 they are the only ones."""
    lines, samples = product.track.size
    old = product.ipf < "002.90"
    outer, tag = ("noiseVector", "noiseLut") if old else ("noiseRangeVector", "noiseRangeLut")
    vectors = []
    for i, line in enumerate([0, *np.linspace(0, lines - 1, 5).round()[1:]]):
        sample = _columns(samples)
        sample = sample if i % 2 else np.delete(sample, 1)
        power = product.noise * (900.0 + 0.01 * sample + 0.02 * line)
        if product.ipf < "002.50":
            power = power / (75088.7 * product.gain(polarisation, -700, 0.0, "dn"))
        vectors.append(
            f"""<{outer}><azimuthTime>{_time(line)}</azimuthTime><line>{line:.0f}</line>
<pixel count="{len(sample)}">{_words(sample, ".0f")}</pixel>
<{tag} count="{len(sample)}">{_words(power, ".9e")}</{tag}></{outer}>"""
        )
    azimuth = [] if old else [_azimuth(*block) for block in product.azimuth_blocks()]
    tail = "" if old else f"<noiseAzimuthVectorList>{''.join(azimuth)}</noiseAzimuthVectorList>"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<noise>{_header(product, polarisation)}
<{outer}List count="{len(vectors)}">{"".join(vectors)}</{outer}List>{tail}</noise>
"""


def _azimuth(top, left, bottom, right, factor):
    lines = np.unique([*range(top, bottom, max(10, (bottom - top) // 40)), bottom])
    values = factor + 0.0001 * (lines - top)
    return f"""<noiseAzimuthVector><swath>IW</swath>
<firstAzimuthLine>{top}</firstAzimuthLine><firstRangeSample>{left}</firstRangeSample>
<lastAzimuthLine>{bottom}</lastAzimuthLine><lastRangeSample>{right}</lastRangeSample>
<line count="{len(lines)}">{_words(lines, ".0f")}</line>
<noiseAzimuthLut count="{len(lines)}">{_words(values, ".9e")}</noiseAzimuthLut>
</noiseAzimuthVector>"""


def _columns(samples):
    """Every 40th sample as in real products, but not so many in large images: tables are linear."""
    return np.unique([*range(0, samples, max(40, samples // 40)), samples - 1]).astype(float)


def _words(values, form):
    return escape(" ".join(format(float(value), form) for value in np.atleast_1d(values)))


def _time(line):
    return (START + timedelta(seconds=float(line) * INTERVAL_S)).isoformat(timespec="microseconds")
