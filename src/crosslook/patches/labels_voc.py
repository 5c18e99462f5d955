"""Pascal VOC -> drawings: one XML per image."""

from pathlib import Path
from xml.etree.ElementTree import Element

from crosslook.errors import InputError
from crosslook.patches.annotations import is_true
from crosslook.patches.drawings import Drawing, Reading, box, read_xml
from crosslook.patches.label_values import class_name, number, size_of

FLAGS = ("truncated", "occluded")
SIDES = ("xmin", "ymin", "xmax", "ymax")


def read_voc(path: Path, root: Element, reading: Reading) -> list[Drawing]:
    """The objects of one image; those marked difficult are to be ignored.

    Coordinates are taken as continuous, as labelling tools write them today. With
    ``reading.voc_from_1`` they count pixels from 1 and include both ends, as in the challenge: the
    box then begins one pixel earlier.

    Raises:
        InputError: if the name or size of the image is missing, or a box is none.
    """
    image = _text(root, "filename", str(path))
    size = size_of(
        _text(root, "size/height", str(path)), _text(root, "size/width", str(path)), str(path)
    )
    drawings = []
    for i, item in enumerate(root.iter("object")):
        where = f"{path}: object {i + 1}"
        x1, y1, x2, y2 = (
            number(_text(item, f"bndbox/{side}", where), f"{where}: {side}") for side in SIDES
        )
        if reading.voc_from_1:
            x1, y1 = x1 - 1, y1 - 1
        properties = {"ignore": is_true(item.findtext("difficult"), f"{where}: difficult")}
        for flag in FLAGS:
            if (word := item.findtext(flag)) is not None:
                properties[flag] = is_true(word, f"{where}: {flag}")
        name = class_name(_text(item, "name", where), where)
        outline = box(where, x1, y1, x2, y2)
        own_id = f"{path.stem}.{i + 1}"
        drawings.append(Drawing(own_id, name, outline, properties, image=image, size=size))
    return drawings


def read_voc_folder(path: Path, reading: Reading) -> list[Drawing]:
    """The objects of every XML in a folder.

    Raises:
        InputError: if a file is no Pascal VOC, or as ``read_voc``.
    """
    drawings = []
    for file in sorted(path.rglob("*.xml")):
        root = read_xml(file)
        if root.tag != "annotation":
            raise InputError(f"{file} begins with <{root.tag[:40]}>, expected <annotation>.")
        drawings += read_voc(file, root, reading)
    return drawings


def _text(item: Element, path: str, where: str) -> str:
    text = item.findtext(path)
    if text is None or not text.strip():
        raise InputError(f"{where} has no <{path.replace('/', '><')}>.")
    return text.strip()
