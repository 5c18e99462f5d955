"""Sentinel-2 L1C and L2A products: what their metadata says of bands, offsets and place.

    reflectance = (DN + offset) / quantification; DN 0 = no data, DN 65535 = saturated

Offsets stand in the XML, one per band, since processing baseline 04.00; older products have none.
They are never guessed from a date, a name or a version: reprocessed archives contradict all three.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from xml.etree.ElementTree import Element

from crosslook.errors import InputError
from crosslook.scenes.cloud_shadows import Sun
from crosslook.scenes.safe import Safe, open_safe

Level = Literal["L1C", "L2A"]

# In the order of their ids in the XML.
BANDS = (
    "B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12",
)  # fmt: skip
RESOLUTIONS_M = (10, 20, 60)  # a product's grids share one corner, and each nests in the next
LARGEST_PX = 11_000  # a tile has 10 980
UTM_M = (1_000_000.0, 10_100_000.0)  # the largest east and north in a zone, with room
NODATA, SATURATED = 0, 65535
METADATA: dict[str, tuple[Level, str, str]] = {
    "MTD_MSIL1C.xml": ("L1C", "QUANTIFICATION_VALUE", "RADIO_ADD_OFFSET"),
    "MTD_MSIL2A.xml": ("L2A", "BOA_QUANTIFICATION_VALUE", "BOA_ADD_OFFSET"),
}


@dataclass(frozen=True)
class Band:
    """One image of a product."""

    name: str  # "B04"
    file: str  # in the SAFE
    resolution_m: int
    offset: float  # added to the stored number before it is divided


@dataclass(frozen=True)
class Product:
    """What a product holds and what its numbers mean; no pixel is read."""

    safe: Safe
    level: Level
    spacecraft: str  # "S2A"
    baseline: str  # "05.09", for the record only
    acquired: str  # ISO time
    crs: str
    corner: tuple[float, float]  # upper left, metres east and north
    size: tuple[int, int]  # height, width in pixels of 10 m
    quantification: float
    bands: Mapping[str, Band]  # those that are there
    true_colour: str | None  # TCI: 8-bit, 10 m
    masks: str | None  # L1C, MSK_CLASSI: opaque cloud, cirrus, snow; 60 m
    scene_classes: str | None  # L2A, SCL; 20 m
    sun: Sun | None

    def transform(self, pixel_m: float) -> tuple[float, float, float, float, float, float]:
        """Pixel of a grid of ``pixel_m`` -> map."""
        return (pixel_m, 0.0, self.corner[0], 0.0, -pixel_m, self.corner[1])

    def shape(self, resolution_m: int) -> tuple[int, int]:
        """Height and width of the grid of 10, 20 or 60 m."""
        factor = resolution_m // 10
        return (-(-self.size[0] // factor), -(-self.size[1] // factor))

    def band(self, name: str) -> Band:
        """One band by name.

        Raises:
            InputError: if the product lacks it, naming the file that should be there.
        """
        if name not in self.bands:
            if name not in BANDS or (name == "B10" and self.level == "L2A"):
                raise InputError(
                    f"{self.safe.path}: {self.level} products have no band {name}; they have "
                    f"{', '.join(b for b in BANDS if (b, self.level) != ('B10', 'L2A'))}."
                )
            raise InputError(
                f"{self.safe.path}: the image of band {name} (IMG_DATA/.../*_{name}*.jp2) is "
                "missing from the product: fetch it again."
            )
        return self.bands[name]


def is_sentinel2(path: Path) -> bool:
    """Whether a path is named like a Sentinel-2 product, .SAFE folder or zip."""
    return re.match(r"S2[A-Z]_.*\.(SAFE|zip)$", path.name, re.IGNORECASE) is not None


def read_product(path: Path) -> Product:
    """Read the metadata of an L1C or L2A product, a SAFE folder or a zip of one.

    Raises:
        InputError: one line that names the part that is missing, damaged or contradictory.
    """
    safe = open_safe(path)
    files = set(safe.files())
    metadata = next((name for name in METADATA if name in files), None)
    if metadata is None:
        if any(re.match(r"S2[A-Z]_OPER_MTD_SAFL1C.*\.xml$", name) for name in files):
            raise InputError(
                f"{path} has the format of before December 2016, with many granules: fetch the "
                "reprocessed product (Collection 1) of the same date instead."
            )
        raise InputError(f"{path}: {' or '.join(METADATA)} is missing from the product.")
    level, quantity, offset = METADATA[metadata]
    root = safe.xml(metadata)
    granule = _granule(path, files)
    tile = f"{granule}/MTD_TL.xml"
    place = safe.xml(tile)
    names = _band_names(root)
    offsets = _offsets(safe, metadata, root, offset, names)
    images = _images(files, granule)
    return Product(
        safe=safe,
        level=level,
        spacecraft=_spacecraft(safe, metadata, root),
        baseline=_text(safe, metadata, root, "PROCESSING_BASELINE"),
        acquired=_time(safe, tile, place),
        crs=_crs(safe, tile, place),
        corner=_corner(safe, tile, place),
        size=_size(safe, tile, place),
        quantification=_positive(safe, metadata, root, quantity),
        bands={
            name: Band(name, *images[name], offsets.get(name, 0.0))
            for name in BANDS
            if name in images
        },
        true_colour=next((f for f in sorted(files) if _is_true_colour(f, granule)), None),
        masks=_one_of(files, f"{granule}/QI_DATA/MSK_CLASSI_B00.jp2"),
        scene_classes=next((f for f in sorted(files) if f.endswith("_SCL_20m.jp2")), None),
        sun=_sun(place),
    )


def _granule(path: Path, files: set[str]) -> str:
    """The one folder below GRANULE/."""
    granules = sorted({"/".join(f.split("/")[:2]) for f in files if f.startswith("GRANULE/")})
    if len(granules) != 1:
        found = "is missing from the product" if not granules else f"holds {len(granules)} granules"
        raise InputError(f"{path}: GRANULE {found}, expected one granule: fetch it again.")
    if f"{granules[0]}/MTD_TL.xml" not in files:
        raise InputError(f"{path}: {granules[0]}/MTD_TL.xml is missing from the product.")
    return granules[0]


def _images(files: set[str], granule: str) -> dict[str, tuple[str, int]]:
    """The finest image of each band and its resolution."""
    found: dict[str, tuple[str, int]] = {}
    native = {"B01": 60, "B09": 60, "B10": 60} | dict.fromkeys(("B02", "B03", "B04", "B08"), 10)
    for name in sorted(files):
        place = name.removeprefix(f"{granule}/IMG_DATA/")
        match = re.fullmatch(r"(?:R(\d0)m/)?[^/]*_(B\d[\dA])(?:_\d0m)?\.jp2", place)
        if match is None or place == name:
            continue
        band = match[2]
        resolution_m = int(match[1] or native.get(band, 20))
        if resolution_m in RESOLUTIONS_M and resolution_m < found.get(band, ("", 61))[1]:
            found[band] = (name, resolution_m)
    return found


def _is_true_colour(file: str, granule: str) -> bool:
    place = file.removeprefix(f"{granule}/IMG_DATA/")
    return place != file and re.fullmatch(r"(R10m/)?[^/]*_TCI(_10m)?\.jp2", place) is not None


def _one_of(files: set[str], name: str) -> str | None:
    return name if name in files else None


def _band_names(root: Element) -> dict[str, str]:
    """Band ids of the XML -> names."""
    names = {str(i): name for i, name in enumerate(BANDS)}
    for one in _all(root, "Spectral_Information"):
        physical, number = one.get("physicalBand", ""), one.get("bandId", "")
        if re.fullmatch(r"B\d[\dA]?", physical) and number:
            names[number] = physical if len(physical) == 3 else f"B0{physical[1]}"
    return names


def _offsets(
    safe: Safe, file: str, root: Element, tag: str, names: Mapping[str, str]
) -> dict[str, float]:
    """Offset by band; empty in products that have none.

    Raises:
        InputError: if there are offsets, but not of every band.
    """
    found: dict[str, float] = {}
    for one in _all(root, tag):
        name = names.get(one.get("band_id", ""))
        if name is None or name in found:
            raise InputError(
                f"{safe.path}: {file}: {tag} of band_id {one.get('band_id')!r} is of no band, or "
                "stands twice: fetch the product again."
            )
        found[name] = _number(safe, file, tag, one.text)
    missing = [name for name in BANDS if name not in found and (name != "B10" or "BOA" not in tag)]
    if found and missing:
        raise InputError(
            f"{safe.path}: {file} has a {tag} for {len(found)} bands, but none for "
            f"{', '.join(missing)}: fetch the product again."
        )
    return found


def _spacecraft(safe: Safe, file: str, root: Element) -> str:
    words = _text(safe, file, root, "SPACECRAFT_NAME")
    match = re.fullmatch(r"Sentinel-?2([A-Z])", words)
    if match is None:
        raise InputError(f"{safe.path}: {file}: SPACECRAFT_NAME {words[:40]!r} is no Sentinel-2.")
    return f"S2{match[1]}"


def _crs(safe: Safe, file: str, root: Element) -> str:
    code = _text(safe, file, root, "HORIZONTAL_CS_CODE")
    if re.fullmatch(r"EPSG:32[67](0[1-9]|[1-5]\d|60)", code, re.ASCII) is None:
        raise InputError(f"{safe.path}: {file}: {code[:40]!r} is no UTM zone (EPSG:326nn, 327nn).")
    return code


def _corner(safe: Safe, file: str, root: Element) -> tuple[float, float]:
    own = _of_10_m(safe, file, root, "Geoposition")
    x, y = (_number(safe, file, tag, _text(safe, file, own, tag)) for tag in ("ULX", "ULY"))
    step = [_number(safe, file, tag, _text(safe, file, own, tag)) for tag in ("XDIM", "YDIM")]
    if step != [10, -10]:
        raise InputError(f"{safe.path}: {file}: pixels of {step} m, expected [10, -10].")
    if not (0 <= x <= UTM_M[0] and 0 <= y <= UTM_M[1]):
        raise InputError(f"{safe.path}: {file}: the corner {x:g} {y:g} lies in no UTM zone.")
    return x, y


def _time(safe: Safe, file: str, root: Element) -> str:
    text = _text(safe, file, root, "SENSING_TIME")
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", text, re.ASCII) is None:
        raise InputError(f"{safe.path}: {file}: SENSING_TIME {text[:40]!r} is no time.")
    return text


def _size(safe: Safe, file: str, root: Element) -> tuple[int, int]:
    own = _of_10_m(safe, file, root, "Size")
    height, width = (
        _number(safe, file, tag, _text(safe, file, own, tag)) for tag in ("NROWS", "NCOLS")
    )
    if not all(1 <= n <= LARGEST_PX and n % 1 == 0 for n in (height, width)):
        raise InputError(
            f"{safe.path}: {file}: a size of {height:g} x {width:g} px, expected 1..{LARGEST_PX}."
        )
    return int(height), int(width)


def _of_10_m(safe: Safe, file: str, root: Element, tag: str) -> Element:
    for one in _all(root, tag):
        if one.get("resolution") == "10":
            return one
    raise InputError(f"{safe.path}: {file} lacks {tag} of resolution 10.")


def _sun(root: Element) -> Sun | None:
    for one in _all(root, "Mean_Sun_Angle"):
        angles = {child.tag: child.text or "" for child in one}
        try:
            sun = Sun(float(angles["ZENITH_ANGLE"]), float(angles["AZIMUTH_ANGLE"]))
        except (KeyError, ValueError):
            return None
        return sun if 0 <= sun.zenith < 90 and 0 <= sun.azimuth <= 360 else None
    return None


def _positive(safe: Safe, file: str, root: Element, tag: str) -> float:
    value = _number(safe, file, tag, _text(safe, file, root, tag))
    if value <= 0:
        raise InputError(f"{safe.path}: {file}: {tag} is {value:g}, expected more than 0.")
    return value


def _number(safe: Safe, file: str, tag: str, text: str | None) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = float("nan")
    if not abs(value) < 1e12:
        raise InputError(f"{safe.path}: {file}: {tag} is {(text or '')[:40]!r}, expected a number.")
    return value


def _text(safe: Safe, file: str, root: Element, tag: str) -> str:
    for one in _all(root, tag):
        if one.text and one.text.strip():
            return one.text.strip()
    raise InputError(f"{safe.path}: {file} lacks {tag}.")


def _all(root: Element, tag: str) -> list[Element]:
    """Every element of this name, in any namespace."""
    return [one for one in root.iter() if one.tag.rpartition("}")[2] == tag]
