"""Labelled images that are scored together, and how they are drawn, split and put together."""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

FEWEST_SCENES = 8
"""With fewer, images are drawn one by one and folds leave out one scene: see docs/evaluation.md."""

Unit = Literal["images", "scenes"]
Rows = list[dict[str, Any]]  # COCO results


@dataclass(frozen=True)
class Labelled:
    """A COCO data set and the scene of each of its images."""

    ground_truth: Mapping[str, Any]
    scenes: tuple[str, ...]  # in the order of rising image ids

    def __post_init__(self) -> None:
        if len(self.scenes) != len(self.ground_truth["images"]):
            raise ValueError(
                f"{len(self.ground_truth['images'])} images, but the scenes of {len(self.scenes)}."
            )

    @property
    def image_ids(self) -> list[int]:
        """Rising."""
        return sorted(row["id"] for row in self.ground_truth["images"])


def drawn_by(scenes: Sequence[str], wanted: Unit) -> tuple[Unit, Sequence[Hashable]]:
    """What a bootstrap draws, and what each image belongs to.

    Args:
        scenes: (I) of each image.
        wanted: "scenes" is granted where there are at least 8.
    """
    if wanted == "scenes" and len(set(scenes)) >= FEWEST_SCENES:
        return "scenes", scenes
    return "images", range(len(scenes))


def only(ground_truth: Mapping[str, Any], image_ids: Collection[int]) -> dict[str, Any]:
    """The part of a COCO data set that is about some of its images."""
    wanted = set(image_ids)
    return {
        **ground_truth,
        "images": [row for row in ground_truth["images"] if row["id"] in wanted],
        "annotations": [row for row in ground_truth["annotations"] if row["image_id"] in wanted],
    }


def pooled(first: Labelled, second: Labelled) -> tuple[Labelled, int]:
    """Both as one data set, and by how much the image ids of the second were raised.

    Raises:
        ValueError: if their categories differ.
    """
    a, b = first.ground_truth, second.ground_truth
    if a["categories"] != b["categories"]:
        raise ValueError(f"categories differ: {a['categories']} and {b['categories']}.")
    raised = max((row["id"] for row in a["images"]), default=0)
    last = max((row["id"] for row in a["annotations"]), default=0)
    images = [{**row, "id": row["id"] + raised} for row in b["images"]]
    annotations = [
        {**row, "id": row["id"] + last, "image_id": row["image_id"] + raised}
        for row in b["annotations"]
    ]
    together = {
        "categories": a["categories"],
        "images": [*a["images"], *images],
        "annotations": [*a["annotations"], *annotations],
    }
    return Labelled(together, (*first.scenes, *second.scenes)), raised


def pooled_rows(first: Rows, second: Rows, raised: int) -> Rows:
    """Detections on both data sets of ``pooled``."""
    return [*first, *({**row, "image_id": row["image_id"] + raised} for row in second)]
