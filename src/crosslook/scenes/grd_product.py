"""What an IW GRD product says of itself: its parts by polarisation, its size, its processor."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from crosslook.errors import InputError
from crosslook.scenes.grd_xml import Annotation, read_annotation
from crosslook.scenes.safe import MANIFEST, Safe, open_safe

POLARISATIONS = {"SV": ("VV",), "SH": ("HH",), "DV": ("VV", "VH"), "DH": ("HH", "HV")}
CO_POLARISED = ("VV", "HH")
SIDE_PX = 30_000  # IW GRD images have some 26 000 samples and 17 000 to 21 000 lines
SPACING_M = (1.0, 100.0)  # IW GRDH has 10, GRDM 40
_PART = r"s1[a-z]-iw-grd-(?P<pol>vv|vh|hh|hv)-[0-9a-z-]+"
_PARTS = {
    "annotation": re.compile(rf"annotation/{_PART}\.xml", re.I),
    "calibration": re.compile(rf"annotation/calibration/calibration-{_PART}\.xml", re.I),
    "noise": re.compile(rf"annotation/calibration/noise-{_PART}\.xml", re.I),
    "measurement": re.compile(rf"measurement/{_PART}\.tiff?", re.I),
}


@dataclass(frozen=True)
class GrdBand:
    """The files of one polarisation, as names in the product."""

    polarisation: str  # VV, VH, HH or HV
    annotation: str
    calibration: str
    noise: str
    measurement: str
    noise_removed: bool  # by the processor already


@dataclass(frozen=True)
class Grd:
    """An IW GRD product whose parts are all there."""

    safe: Safe
    platform: str  # S1A, S1B, S1C, S1D
    processor: tuple[int, int]  # IPF version, (2, 90) for 002.90
    acquired: str  # ISO 8601, UTC, of the first line
    flight: str  # "ascending" or "descending"
    bands: tuple[GrdBand, ...]  # the co-polarised one first
    size: tuple[int, int]  # lines, samples
    spacing_m: float  # of samples on the ground

    def band(self, polarisation: str) -> GrdBand:
        """The files of a polarisation.

        Raises:
            ValueError: if the product has it not.
        """
        for band in self.bands:
            if band.polarisation == polarisation:
                return band
        raise ValueError(
            f"no {polarisation}; the product has {[b.polarisation for b in self.bands]}."
        )


def open_grd(path: Path) -> Grd:
    """Open an IW GRD product, a SAFE folder or zip; reads its annotation, no pixel.

    Files are matched by the polarisation in their names, which must be that of their annotation.

    Raises:
        InputError: one line, if it is another product or a part is missing.
    """
    safe = open_safe(path)
    found = {kind: _by_polarisation(safe, kind) for kind in _PARTS}
    wanted = _polarisations(safe, sorted(found["annotation"]))
    bands, said = [], []
    for polarisation in wanted:
        for kind in _PARTS:
            if polarisation not in found[kind]:
                raise InputError(f"{safe.path}: the {kind} of {polarisation} is missing from it.")
        names = {kind: found[kind][polarisation] for kind in _PARTS}
        annotation = read_annotation(safe, names["annotation"])
        _check_header(annotation, polarisation)
        bands.append(GrdBand(polarisation, noise_removed=_noise_removed(annotation), **names))
        said.append((_size(annotation), annotation))
    if len({size for size, _ in said}) > 1:
        raise InputError(f"{safe.path}: its polarisations differ in size.")
    size, first = said[0]
    return Grd(
        safe=safe,
        platform=first.text("adsHeader/missionId"),
        processor=_processor(safe),
        acquired=_time(first, "adsHeader/startTime"),
        flight=first.text("generalAnnotation/productInformation/pass").lower(),
        bands=tuple(bands),
        size=size,
        spacing_m=_spacing_m(first),
    )


def seconds(annotation: Annotation, path: str) -> float:
    """The time at ``path``, seconds since 1970."""
    return datetime.fromisoformat(_time(annotation, path)).timestamp()


def _by_polarisation(safe: Safe, kind: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in safe.files():
        if match := _PARTS[kind].fullmatch(name):
            polarisation = match["pol"].upper()
            if polarisation in found:
                raise InputError(f"{safe.path}: two files hold the {kind} of {polarisation}.")
            found[polarisation] = name
    return found


def _polarisations(safe: Safe, annotated: Sequence[str]) -> tuple[str, ...]:
    """What the product's name promises; without such a name, what is annotated."""
    match = re.match(r"S1[A-Z]_(\w\w)_(\w{3})\w?_\d\w(\w\w)_", safe.name)
    if match:
        mode, kind, code = match.groups()
        if (mode, kind) != ("IW", "GRD"):
            raise InputError(
                f"{safe.path} is a {mode} {kind.strip('_')} product; of Sentinel-1 only IW GRD is "
                "taken."
            )
        if code in POLARISATIONS:
            return POLARISATIONS[code]
    for known in POLARISATIONS.values():
        if set(known) == set(annotated):
            return known
    if not annotated:
        raise InputError(f"{safe.path}: no annotation of an IW GRD image is in it.")
    raise InputError(f"{safe.path} annotates {', '.join(annotated)}, which no IW product holds.")


def _check_header(annotation: Annotation, polarisation: str) -> None:
    header = [
        annotation.text(f"adsHeader/{tag}") for tag in ("mode", "productType", "polarisation")
    ]
    if header != ["IW", "GRD", polarisation]:
        raise InputError(
            f"{annotation.source} describes {' '.join(header)}, expected IW GRD {polarisation}."
        )


def _noise_removed(annotation: Annotation) -> bool:
    tag = "imageAnnotation/processingInformation/thermalNoiseCorrectionPerformed"
    word = annotation.text(tag).lower()
    if word not in ("true", "false"):
        raise InputError(
            f"{annotation.source}: {tag.split('/')[-1]} is {word!r}, no true or false."
        )
    return word == "true"


def _size(annotation: Annotation) -> tuple[int, int]:
    place = "imageAnnotation/imageInformation/"
    lines = annotation.number(place + "numberOfLines")
    samples = annotation.number(place + "numberOfSamples")
    if not (2 <= lines <= SIDE_PX and 2 <= samples <= SIDE_PX) or lines % 1 or samples % 1:
        raise InputError(
            f"{annotation.source}: an image of {lines:g} x {samples:g} px is no IW GRD image; "
            f"expected 2..{SIDE_PX} each way."
        )
    return int(lines), int(samples)


def _spacing_m(annotation: Annotation) -> float:
    spacing = annotation.number("imageAnnotation/imageInformation/rangePixelSpacing")
    if not SPACING_M[0] <= spacing <= SPACING_M[1]:
        raise InputError(
            f"{annotation.source}: samples of {spacing:g} m; expected {SPACING_M[0]:g}.."
            f"{SPACING_M[1]:g}."
        )
    return spacing


def _processor(safe: Safe) -> tuple[int, int]:
    for element in safe.xml(MANIFEST).iter("{http://www.esa.int/safe/sentinel-1.0}software"):
        version = re.fullmatch(r"(\d{1,3})\.(\d{2})", element.get("version", ""))
        if element.get("name") == "Sentinel-1 IPF" and version:
            return int(version[1]), int(version[2])
    raise InputError(
        f"{safe.path}: its manifest.safe names no version of the Sentinel-1 IPF, on which the "
        "meaning of its noise and borders depends."
    )


def _time(annotation: Annotation, path: str) -> str:
    text = annotation.text(path)
    try:
        if not re.match(r"20\d\d-", text, re.ASCII):
            raise ValueError
        return np.datetime_as_string(np.datetime64(text.rstrip("Z"), "us"), timezone="UTC")
    except ValueError:
        raise InputError(f"{annotation.source}: <{path.split('/')[-1]}> is no time.") from None
