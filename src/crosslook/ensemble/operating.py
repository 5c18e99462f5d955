"""Thresholds chosen on dev, and what detectors do with them on test."""

from collections.abc import Mapping, Sequence
from typing import Any

from crosslook.ensemble.labelled import Rows
from crosslook.ensemble.models import Model
from crosslook.scores.matching import match, prepare
from crosslook.scores.operating_point import at, best_threshold, curve, thinned


def operating_points(
    on_dev: Sequence[Model],
    on_test: Sequence[Model],
    dev: Mapping[str, Any],
    test: Mapping[str, Any],
    area_km2: float | None,
) -> Rows:
    """One row per model: its threshold, and recall, precision and false alarms on test.

    The threshold has the highest F1 on dev, at an IoU of .5.

        false alarms per 1000 km² = 1000 * boxes without an object / area

    Args:
        on_dev: the models with what they saw on dev.
        on_test: the same models, in the same order, with what they saw on test.
        dev: the COCO data set of the dev images.
        test: that of the test images.
        area_km2: what the test images show; None where it is not known.

    Returns:
        Numbers are None where they are not defined; ``curve`` is that on test.
    """
    truth_dev, truth_test = prepare(dev), prepare(test)
    rows = []
    for before, after in zip(on_dev, on_test, strict=True):
        threshold = best_threshold(curve(match(truth_dev, before.seen[0])))
        found = curve(match(truth_test, after.seen[0]))
        point = at(found, threshold) if threshold is not None else None
        drawn = thinned(found)
        rows.append(
            {
                "detector": after.detector,
                "translation": after.translation,
                "checkpoint": after.checkpoint,
                "protocol": "dev",
                "threshold": threshold,
                "recall": point.recall if point else None,
                "precision": point.precision if point else None,
                "found": point.true if point else None,
                "false_alarms": point.false if point else None,
                "false_alarms_per_1000_km2": (
                    1000 * point.false / area_km2 if point and area_km2 else None
                ),
                "n_boxes": found.objects,
                "area_km2": area_km2,
                "curve": {
                    "score": drawn.score.round(6).tolist(),
                    "recall": drawn.recall.round(6).tolist(),
                    "precision": drawn.precision.round(6).tolist(),
                },
            }
        )
    return rows
