"""Pictures of a page, made small enough that all of them fit into it."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crosslook.report.html_parts import image, marked

SMALL = 100_000  # bytes up to which a PNG stays as it is
HALF = 760  # px of width up to which two stand side by side
TEXT = 4 / 3  # bytes of a page that a byte of a picture takes


@dataclass(frozen=True)
class Picture:
    """One picture of a page."""

    png: bytes
    name: str  # its file, for those that are left out
    caption: str  # as ``html_parts.marked`` reads it

    @property
    def width(self) -> int:
        """In px, from the header of the PNG."""
        return int.from_bytes(self.png[16:20])


@dataclass(frozen=True)
class Coded:
    """A picture's bytes as they stand in the page."""

    data: bytes
    kind: str  # "png" or "jpeg"


Coding = Callable[[bytes], Coded]


def fitted(pictures: Sequence[Picture], most: int) -> list[Coded | None]:
    """The pictures in the best form in which all fit; None for the last ones if none is enough.

    Line drawings are small as PNG, speckle is not. So large ones become JPEG, first at a high
    quality, then at a lower one, then at two thirds of their size.

    Args:
        pictures: in the order of the page.
        most: bytes of the page that all may take.
    """
    found: list[Coded] = []
    for coding in CODINGS:
        found = [_smaller(one.png, coding) for one in pictures]
        if sum(len(one.data) * TEXT for one in found) <= most:
            return list(found)
    left, kept = float(most), []
    for one in found:
        left -= len(one.data) * TEXT
        kept.append(one if left >= 0 else None)
    return kept


def figure(picture: Picture, coded: Coded | None) -> str:
    """The picture with its caption; without bytes, a line that says where it is."""
    if coded is None:
        words = f"No room for the picture `{picture.name}`: {picture.caption}"
        return f'<p class="small">{marked(words)}</p>'
    alt = picture.caption.replace("`", "")
    caption = f"<figcaption>{marked(picture.caption)}</figcaption>"
    seen = image(coded.data, coded.kind, alt, picture.width)
    return f"<figure{' class=half' if picture.width <= HALF else ''}>{seen}{caption}</figure>"


def _smaller(png: bytes, coding: Coding) -> Coded:
    """The coded picture, or the PNG where that is small or smaller."""
    if len(png) <= SMALL:
        return Coded(png, "png")
    coded = coding(png)
    return coded if len(coded.data) < len(png) else Coded(png, "png")


def _jpeg(quality: int, scale: float) -> Coding:
    def code(png: bytes) -> Coded:
        from PIL import Image

        with Image.open(io.BytesIO(png)) as opened:
            seen = opened.convert("RGB")
        if scale < 1:
            size = max(1, round(seen.width * scale)), max(1, round(seen.height * scale))
            seen = seen.resize(size, Image.Resampling.LANCZOS)
        data = io.BytesIO()
        seen.save(data, "jpeg", quality=quality, subsampling=0 if quality > 80 else 2)
        return Coded(data.getvalue(), "jpeg")

    return code


CODINGS: tuple[Coding, ...] = (_jpeg(88, 1), _jpeg(75, 1), _jpeg(70, 2 / 3))
