"""YOLO -> drawings: one text per image, numbers from 0 to 1, names of classes in another file.

Reads boxes (class x y width height, and a confidence behind them) and polygons (class x y x y ...),
which also are the rotated boxes of YOLO-OBB. The files say nothing of the size of their images.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import shapely
import yaml

from crosslook.errors import InputError
from crosslook.patches.drawings import Drawing, box, polygon
from crosslook.patches.label_values import class_name, number, short
from crosslook.scenes.bounded_json import read_bytes

YAMLS = ("data.yaml", "data.yml", "dataset.yaml")
LISTS = ("classes.txt", "obj.names")
NOT_LABELS = ("classes.txt", "train.txt", "val.txt", "valid.txt", "test.txt", "readme.txt")
NAMES_BYTES = 2**17
FILES = 100_000
FILE_BYTES = 4 * 2**20
UP = 3  # folders above a label file in which the names are looked for
BEYOND = 0.01  # rounding of exporters; more is no share of an image


def read_yolo(path: Path) -> list[Drawing]:
    """The labels of one text, or of every text below a folder.

    Coordinates of the drawings are shares of the image: its size (1, 1) says so.

    Raises:
        InputError: if the names of the classes are not found, or a line is no label.
    """
    files = list(_texts(path)) if path.is_dir() else [path]
    names = _names(path)
    drawings = []
    for file in files:
        for i, line in enumerate(_lines(file)):
            where = f"{file}: line {i + 1}"
            words = line.split()
            if not words:
                continue
            drawings.append(_drawing(f"{file.stem}.{i + 1}", file.stem, words, names, where))
    return drawings


def is_yolo(path: Path) -> bool:
    """Whether a text begins as a YOLO label file does."""
    words = read_bytes(path, FILE_BYTES)[:400].decode("ascii", "replace").split("\n")[0].split()
    try:
        return (
            len(words) >= 5 and words[0].isdigit() and bool(np.isfinite([*map(float, words)]).all())
        )
    except ValueError:
        return False


def _drawing(own_id: str, image: str, words: list[str], names: list[str], where: str) -> Drawing:
    values = [number(word, f"{where}: a number") for word in words]
    if len(values) < 5 or values[0] != int(values[0]):
        raise InputError(f"{where} is {short(' '.join(words))}, expected: class x y width height.")
    if not 0 <= values[0] < len(names):
        raise InputError(
            f"{where} has class {values[0]:g}, names are given for 0 to {len(names) - 1}."
        )
    properties = {}
    if len(values) <= 6:
        x, y, width, height = values[1:5]
        outline = box(where, x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        if len(values) == 6:
            properties["score"] = values[5]
    elif len(values) % 2 == 1:
        outline = polygon(where, np.reshape(values[1:], (-1, 2)))
    else:
        raise InputError(f"{where} has {len(values)} numbers, expected 5, 6, or 1 + 2 per corner.")
    if not shapely.box(-BEYOND, -BEYOND, 1 + BEYOND, 1 + BEYOND).covers(outline):
        raise InputError(f"{where} leaves the image: YOLO numbers are shares of it, 0 to 1.")
    return Drawing(own_id, names[int(values[0])], outline, properties, image=image, size=(1, 1))


def _texts(folder: Path) -> Iterator[Path]:
    found = []
    for i, file in enumerate(folder.rglob("*.txt")):
        if i >= FILES:
            raise InputError(f"{folder} holds over {FILES} texts: give the folder of the labels.")
        if file.name.lower() not in NOT_LABELS and "readme" not in file.name.lower():
            found.append(file)
    if not found:
        raise InputError(f"{folder} holds no label files (.txt).")
    return iter(sorted(found))


def _lines(file: Path) -> list[str]:
    return read_bytes(file, FILE_BYTES).decode("utf-8", "replace").splitlines()


def _names(path: Path) -> list[str]:
    """The names of the classes, from the files that exporters write beside the labels."""
    folder = path.resolve() if path.is_dir() else path.resolve().parent
    below = [folder / "labels"] if path.is_dir() else []
    for place in [*below, folder, *list(folder.parents)[:UP]]:
        for name in YAMLS:
            if (place / name).is_file():
                return _from_yaml(place / name)
        for name in LISTS:
            if (place / name).is_file():
                lines = [line.strip() for line in _lines(place / name)]
                return _checked(place / name, [line for line in lines if line])
    raise InputError(
        f"{path}: the names of its classes are missing: put data.yaml or classes.txt beside it."
    )


def _from_yaml(file: Path) -> list[str]:
    """``names:`` of a data.yaml: a list, or number: name.

    Only that key is parsed, and as plain values: aliases, which could grow without end, are none.
    """
    text = read_bytes(file, NAMES_BYTES).decode("utf-8", "replace")
    try:
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(text)):
            raise InputError(f"{file} has YAML aliases, which a list of names does not need.")
        names = (yaml.safe_load(text) or {}).get("names")
    except (yaml.YAMLError, ValueError, AttributeError, RecursionError, TypeError) as error:
        raise InputError(f"{file} is no YAML ({' '.join(str(error).split())[:200]}).") from None
    if isinstance(names, dict) and sorted(names, key=str) == sorted(range(len(names)), key=str):
        names = [names[i] for i in range(len(names))]
    if not isinstance(names, list) or not names:
        raise InputError(f"{file} has no list 'names', nor numbers from 0 with their names.")
    return _checked(file, names)


def _checked(file: Path, names: list[object]) -> list[str]:
    return [class_name(name, f"{file}: name {i}") or "" for i, name in enumerate(names)]
