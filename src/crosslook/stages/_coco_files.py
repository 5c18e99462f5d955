"""COCO files from anywhere -> their score, for those who want only that."""

import json
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

from crosslook import results
from crosslook.errors import InputError

FARTHEST_PX = 2**31  # no raster is wider
LARGEST_SCORE = 1e300
IMAGE = {"id": int}
OBJECT = {"id": int, "image_id": int, "category_id": int, "bbox": list}
RESULT = {"image_id": int, "category_id": int, "bbox": list, "score": (int, float)}


def answer(
    ground_truth: Path | None, detections: Sequence[Path], group_by: str | None, format: str
) -> str:
    """The scores of COCO results, as text or JSON.

    Raises:
        InputError: if a file is not what it has to be; one line that names it.
    """
    from crosslook.report.coco_text import coco_lines
    from crosslook.scores.plain_evaluation import evaluate_plainly

    if ground_truth is None or not detections:
        missing = "--ground-truth" if ground_truth is None else "--detections"
        raise InputError(
            f"{missing} is missing: give both files to score them, or neither to run the stage."
        )
    if len(set(detections)) < len(detections):
        raise InputError("--detections names a file twice: give each file once.")
    truth = read_data_set(ground_truth)
    found = {path.as_posix(): read_results(path, truth) for path in detections}
    drawn_by, groups = grouped(ground_truth, truth, group_by)
    try:
        record = evaluate_plainly(truth, found, groups)
    except ValueError as error:
        raise InputError(f"{ground_truth} and its detections: {error}") from None
    if format == "json":
        return json.dumps(results.plain({**record, "drawn_by": drawn_by}), indent=1)
    return "\n".join(coco_lines(record, drawn_by))


def read_data_set(path: Path) -> dict[str, Any]:
    """A COCO data set in which everything that is looked at is there.

    Raises:
        InputError: naming the file and the first thing that is wrong.
    """
    value = _read(path)
    if not isinstance(value, dict):
        raise InputError(
            f"{path} is no COCO data set: it holds a {type(value).__name__}, no object."
        )
    for key, fields in (("images", IMAGE), ("annotations", OBJECT), ("categories", IMAGE)):
        if not isinstance(value.get(key), list):
            raise InputError(f"{path} is no COCO data set: it has no list {key!r}.")
        _check(path, key, value[key], fields)
    for key in ("images", "annotations", "categories"):
        if len({row["id"] for row in value[key]}) < len(value[key]):
            raise InputError(f"{path}: {key} use an id twice: ids must differ.")
    images = {row["id"] for row in value["images"]}
    kinds = {row["id"] for row in value["categories"]}
    for row in value["annotations"]:
        if row["category_id"] not in kinds:
            raise InputError(
                f"{path}: annotation {row['id']} is of category {row['category_id']}, which is "
                "not among 'categories'."
            )
        if row["image_id"] not in images:
            raise InputError(
                f"{path}: annotation {row['id']} is on image {row['image_id']}, which is not "
                "among 'images'."
            )
        if row["id"] < 1:
            raise InputError(
                f"{path}: an annotation has id {row['id']}; COCO's code takes 0 for 'not found'. "
                "Number annotations from 1."
            )
    if not any(not row.get("iscrowd") for row in value["annotations"]):
        raise InputError(f"{path} has no object to be found: nothing can be scored.")
    return value


def read_results(path: Path, truth: Mapping[str, Any]) -> list[dict[str, Any]]:
    """COCO results on the images of a data set.

    Raises:
        InputError: naming the file and the first thing that is wrong.
    """
    value = _read(path)
    if not isinstance(value, list):
        raise InputError(
            f"{path} holds no COCO results: expected a list of boxes, found a "
            f"{type(value).__name__}."
        )
    _check(path, "results", value, RESULT)
    known = {row["id"] for row in truth["images"]}
    for row in value:
        if row["image_id"] not in known:
            raise InputError(
                f"{path}: a detection is on image {row['image_id']}, which the ground truth lacks."
            )
    return value


def grouped(
    path: Path, truth: Mapping[str, Any], group_by: str | None
) -> tuple[str, Sequence[Hashable]]:
    """What a draw takes, in words, and what each image belongs to, by rising id.

    Raises:
        InputError: if an image lacks the key.
    """
    from crosslook.ensemble.labelled import FEWEST_SCENES

    images = sorted(truth["images"], key=lambda row: row["id"])
    if group_by is None:
        return "images", range(len(images))
    for row in images:
        if not isinstance(row.get(group_by), (str, int)):
            raise InputError(
                f"{path}: image {row['id']} has no {group_by!r} that is a word or a number, by "
                "which it could be grouped."
            )
    groups = [row[group_by] for row in images]
    if len(set(groups)) < FEWEST_SCENES:
        few = f"images ({len(set(groups))} of {group_by!r} are fewer than {FEWEST_SCENES})"
        return few, range(len(images))
    return f"{group_by!r}", groups


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text())
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise InputError(f"{path} is not JSON: {error}.") from None
    except RecursionError:
        raise InputError(f"{path} is nested too deeply to be a COCO file.") from None


def _check(path: Path, what: str, rows: Sequence[Any], fields: Mapping[str, Any]) -> None:
    for i, row in enumerate(rows):
        if not isinstance(row, dict):
            raise InputError(f"{path}: {what}[{i}] is a {type(row).__name__}, expected an object.")
        for key, kind in fields.items():
            if key not in row:
                raise InputError(f"{path}: {what}[{i}] has no {key!r}.")
            if not isinstance(row[key], kind) or isinstance(row[key], bool):
                raise InputError(f"{path}: {what}[{i}] has {key} = {row[key]!r}.")
        box = row["bbox"] if "bbox" in fields else [0.0] * 4
        if len(box) != 4 or not all(isinstance(v, (int, float)) for v in box):
            raise InputError(
                f"{path}: {what}[{i}] has bbox = {box!r}, expected x, y, width, height."
            )
        if not all(abs(v) <= FARTHEST_PX for v in box) or min(box[2:]) < 0:  # NaN is not <=
            raise InputError(
                f"{path}: {what}[{i}] has bbox = {str(box)[:200]}, expected finite pixels and a "
                "width and height that are not negative."
            )
        if "score" in fields and not abs(row["score"]) <= LARGEST_SCORE:
            told = str(row["score"])[:50]
            raise InputError(f"{path}: {what}[{i}] has score = {told}, expected a finite number.")
