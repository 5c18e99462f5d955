"""COCO figures of any data set, with intervals and paired differences: no pipeline needed."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from crosslook.scores import bootstrap
from crosslook.scores.average_precision import count_objects, evaluate
from crosslook.scores.comparing import family_records
from crosslook.scores.matching import match, prepare

REPLICATES, SEED = 2000, 0


def evaluate_plainly(
    ground_truth: Mapping[str, Any],
    detections: Mapping[str, Sequence[Mapping[str, Any]]],
    groups: Sequence[Hashable],
    replicates: int = REPLICATES,
    seed: int = SEED,
) -> dict[str, Any]:
    """The twelve COCO statistics of each set of detections, intervals, and differences.

    AP, AP50, AP75 and AR100 have 95 % intervals of a bootstrap over ``groups``; their
    draws are shared, so that differences in AP are paired. p-values as ``bootstrap.difference``,
    and corrected by Holm's method for all pairs.

    Args:
        ground_truth: a COCO data set.
        detections: name -> COCO results.
        groups: (I) what each image is drawn with, in the order of rising image ids.
        replicates: draws.
        seed: of the draws.

    Raises:
        ValueError: as ``average_precision.evaluate``.
    """
    truth = prepare(ground_truth)
    counts, n_groups = bootstrap.draw(groups, replicates, seed), len(set(groups))
    rows, drawn = [], {}
    for name, found in detections.items():
        values = bootstrap.statistics(match(truth, found), counts)
        statistics = evaluate(ground_truth, found)
        drawn[name] = statistics["AP"], values["AP"]
        limits = {key: bootstrap.interval(one, n_groups) for key, one in values.items()}
        intervals = {key: {"low": low, "high": high} for key, (low, high) in limits.items()}
        rows.append({"detections": name, **statistics, "intervals": intervals})
    names = list(detections)
    pairs = [(a, b) for i, b in enumerate(names) for a in names[i + 1 :]]
    gaps = [
        bootstrap.difference(drawn[a][1], drawn[b][1], drawn[a][0] - drawn[b][0], n_groups)
        for a, b in pairs
    ]
    return {
        "n_images": len(ground_truth["images"]),
        "n_boxes": count_objects(ground_truth),
        "n_groups": n_groups,
        "replicates": replicates,
        "seed": seed,
        "scores": rows,
        "differences": [
            {"a": a, "b": b, **record}
            for (a, b), record in zip(pairs, family_records(gaps), strict=True)
        ],
    }
