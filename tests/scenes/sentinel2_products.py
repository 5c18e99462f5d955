"""Sentinel-2 products with every part a real one has, small, and with known reflectance.

``write_product`` writes a .SAFE folder: both XMLs, the manifest, the images in the folders of their
level, the true colour, and the masks. Sizes are multiples of 6 pixels of 10 m.
"""

import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import rasterio

BANDS = [
    "B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12",
]  # fmt: skip
NATIVE_M = dict.fromkeys(BANDS, 20) | {
    "B01": 60, "B09": 60, "B10": 60, "B02": 10, "B03": 10, "B04": 10, "B08": 10,
}  # fmt: skip
TIME, TILE = "20230804T021351", "T51MUP"
CORNER, CRS = (300_000, 9_400_000), "EPSG:32751"


@dataclass
class Kind:
    """What a product is like; change what a test is about."""

    level: str = "L1C"
    spacecraft: str = "S2A"
    size: int = 120  # pixels of 10 m
    offset: float | None = -1000.0  # None: no offset list, as before baseline 04.00
    offsets: dict[str, float] = field(default_factory=dict)  # of single bands, instead
    quantification: int = 10_000
    sun: tuple[float, float] = (40.0, 180.0)  # zenith, azimuth
    bands: list[str] | None = None  # whose images are there; None: all of the level
    masks: np.ndarray | None = None  # L1C: (3, size / 6, size / 6)
    scene_classes: np.ndarray | None = None  # L2A: (size / 2, size / 2)
    baseline: str = "05.09"


def reflectances(size, seed=0):
    """Reflectance of every band, (size, size) at 10 m but constant within its own pixels."""
    rng = np.random.default_rng(seed)
    made = {}
    for band in BANDS:
        factor = NATIVE_M[band] // 10
        low, high = (0.001, 0.004) if band == "B10" else (0.03, 0.2)
        own = rng.uniform(low, high, (size // factor, size // factor))
        made[band] = own.repeat(factor, axis=0).repeat(factor, axis=1)
    return made


def write_product(folder: Path, seen: dict[str, np.ndarray], kind: Kind | None = None) -> Path:
    """Write a product that shows ``seen``, reflectance by band at 10 m, NaN where there is none.

    A pixel of a coarser band holds the value of its upper left pixel of 10 m.
    """
    kind = kind or Kind()
    name = f"{kind.spacecraft}_MSI{kind.level}_{TIME}_N0509_R060_{TILE}_20230804T052642"
    safe = folder / f"{name}.SAFE"
    granule = safe / "GRANULE" / f"{kind.level}_{TILE}_A042385_20230804T021840"
    for part in ("IMG_DATA", "QI_DATA", "AUX_DATA"):
        (granule / part).mkdir(parents=True)
    for part in ("DATASTRIP", "HTML", "rep_info"):
        (safe / part).mkdir()
    have = [band for band in BANDS if (band, kind.level) != ("B10", "L2A")]
    for band in have if kind.bands is None else kind.bands:
        _write_band(granule, kind, band, stored(seen[band], kind, band))
    true_colour = np.stack([_eight_bits(seen[band]) for band in ("B04", "B03", "B02")])
    place = f"R10m/{TILE}_{TIME}_TCI_10m" if kind.level == "L2A" else f"{TILE}_{TIME}_TCI"
    write_jp2(granule / f"IMG_DATA/{place}.jp2", true_colour, 10)
    if kind.masks is not None:
        write_jp2(granule / "QI_DATA/MSK_CLASSI_B00.jp2", kind.masks.astype(np.uint8), 60)
    if kind.scene_classes is not None:
        path = granule / f"IMG_DATA/R20m/{TILE}_{TIME}_SCL_20m.jp2"
        write_jp2(path, kind.scene_classes.astype(np.uint8)[None], 20)
    (granule / "MTD_TL.xml").write_text(_tile_xml(kind))
    (safe / f"MTD_MSI{kind.level}.xml").write_text(_product_xml(kind))
    (safe / "manifest.safe").write_text("<xfdu:XFDU xmlns:xfdu='urn:ccsds:schema:xfdu:1'/>")
    (safe / "INSPIRE.xml").write_text("<metadata/>")
    return safe


def write_zip(safe: Path) -> Path:
    """The product as its archive hands it out: one zip with the .SAFE folder in it."""
    path = safe.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(safe.rglob("*")):
            archive.write(file, file.relative_to(safe.parent))
    return path


def offset_of(kind: Kind, band: str) -> float:
    return kind.offsets.get(band, kind.offset or 0.0)


def stored(values: np.ndarray, kind: Kind, band: str) -> np.ndarray:
    """Stored numbers of reflectances: NaN is 0, and what exceeds 16 bits is saturated."""
    numbers = np.rint(values * kind.quantification - offset_of(kind, band))
    return np.where(np.isnan(values), 0, np.clip(numbers, 1, 65535)).astype(np.uint16)


def write_jp2(path: Path, pixels: np.ndarray, pixel_m: int) -> None:
    """Lossless JPEG 2000, (C, H, W), placed as MTD_TL.xml says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        rasterio.Env(GDAL_PAM_ENABLED="NO"),
        rasterio.open(
            path,
            "w",
            driver="JP2OpenJPEG",
            width=pixels.shape[2],
            height=pixels.shape[1],
            count=pixels.shape[0],
            dtype=pixels.dtype,
            crs=CRS,
            transform=rasterio.Affine(pixel_m, 0, CORNER[0], 0, -pixel_m, CORNER[1]),
            QUALITY="100",
            REVERSIBLE="YES",
            YCBCR420="NO",
        ) as file,
    ):
        file.write(pixels)


def _write_band(granule: Path, kind: Kind, band: str, numbers: np.ndarray) -> None:
    resolution_m = NATIVE_M[band]
    factor = resolution_m // 10
    place = f"{TILE}_{TIME}_{band}"
    if kind.level == "L2A":
        place = f"R{resolution_m}m/{place}_{resolution_m}m"
    path = granule / f"IMG_DATA/{place}.jp2"
    write_jp2(path, numbers[None, ::factor, ::factor], resolution_m)


def _eight_bits(values: np.ndarray) -> np.ndarray:
    made = np.clip(1 + np.rint(values / 0.3558 * 254), 1, 255)
    return np.where(np.isnan(values), 0, made).astype(np.uint8)


def _product_xml(kind: Kind) -> str:
    l2a = kind.level == "L2A"
    tag = "BOA_ADD_OFFSET" if l2a else "RADIO_ADD_OFFSET"
    outer = "BOA_ADD_OFFSET_VALUES_LIST" if l2a else "Radiometric_Offset_List"
    own = [band for band in BANDS if (band, kind.level) != ("B10", "L2A")]
    rows = "".join(
        f'<{tag} band_id="{BANDS.index(band)}">{offset_of(kind, band):g}</{tag}>' for band in own
    )
    offsets = "" if kind.offset is None else f"<{outer}>{rows}</{outer}>"
    value = kind.quantification
    quantity = (
        "<QUANTIFICATION_VALUES_LIST>"
        f'<BOA_QUANTIFICATION_VALUE unit="none">{value}</BOA_QUANTIFICATION_VALUE>'
        '<AOT_QUANTIFICATION_VALUE unit="none">1000.0</AOT_QUANTIFICATION_VALUE>'
        "</QUANTIFICATION_VALUES_LIST>"
        if l2a
        else f'<QUANTIFICATION_VALUE unit="none">{value}</QUANTIFICATION_VALUE>'
    )
    spectra = "".join(
        f'<Spectral_Information bandId="{i}" physicalBand="{band.replace("B0", "B")}"/>'
        for i, band in enumerate(BANDS)
    )
    root = f"Level-{kind.level[1:]}_User_Product"
    space = "https://psd-14.sentinel2.eo.esa.int/PSD/User_Product.xsd"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><n1:{root} xmlns:n1="{space}"><n1:General_Info>'
        f"<Product_Info><PROCESSING_BASELINE>{kind.baseline}</PROCESSING_BASELINE><Datatake>"
        f"<SPACECRAFT_NAME>Sentinel-{kind.spacecraft[1:]}</SPACECRAFT_NAME></Datatake>"
        f"</Product_Info><Product_Image_Characteristics>{quantity}{offsets}"
        f"<Spectral_Information_List>{spectra}</Spectral_Information_List>"
        f"</Product_Image_Characteristics></n1:General_Info></n1:{root}>"
    )


def _tile_xml(kind: Kind) -> str:
    sizes = "".join(
        f'<Size resolution="{m}"><NROWS>{kind.size * 10 // m}</NROWS>'
        f"<NCOLS>{kind.size * 10 // m}</NCOLS></Size>"
        f'<Geoposition resolution="{m}"><ULX>{CORNER[0]}</ULX><ULY>{CORNER[1]}</ULY>'
        f"<XDIM>{m}</XDIM><YDIM>-{m}</YDIM></Geoposition>"
        for m in (10, 20, 60)
    )
    zenith, azimuth = kind.sun
    root, space = f"Level-{kind.level[1:]}_Tile_ID", "https://psd-14.sentinel2.eo.esa.int/PSD/T.xsd"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><n1:{root} xmlns:n1="{space}"><n1:General_Info>'
        "<SENSING_TIME>2023-08-04T02:19:22.751281Z</SENSING_TIME></n1:General_Info>"
        f"<n1:Geometric_Info><Tile_Geocoding><HORIZONTAL_CS_CODE>{CRS}</HORIZONTAL_CS_CODE>{sizes}"
        "</Tile_Geocoding><Tile_Angles><Mean_Sun_Angle>"
        f'<ZENITH_ANGLE unit="deg">{zenith}</ZENITH_ANGLE>'
        f'<AZIMUTH_ANGLE unit="deg">{azimuth}</AZIMUTH_ANGLE></Mean_Sun_Angle></Tile_Angles>'
        f"</n1:Geometric_Info></n1:{root}>"
    )
