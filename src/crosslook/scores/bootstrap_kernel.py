"""The bootstrap's replicates as a loop for the compiler; ``scores.bootstrap`` has its twin."""

import numpy as np

from crosslook.scores.averaging_kernel import pairwise_sum
from crosslook.scores.compiling import Floats, Integers, compiled
from crosslook.scores.matching_kernel import Verdicts


@compiled
def resample(
    verdicts: Verdicts,
    image: Integers,
    objects: Integers,
    counts: Integers,
    levels: Floats,
    precision: Floats,
    recall: Floats,
) -> None:
    """Average precision and final recall of one category in every replicate.

    Args:
        verdicts: of the boxes, best score first; a box that is ignored is no hit.
        image: (N,) position of each box's image.
        objects: (I,) to be found in each image.
        counts: (R, I) how often each image stands in each replicate.
        levels: the recall values at which precision is read, rising.
        precision: (T, R) is written; NaN in a replicate without objects.
        recall: (T, R) likewise.
    """
    thresholds = len(precision)
    true, left_out = np.empty(thresholds, np.int64), np.empty(thresholds, np.int64)
    seen = np.empty(thresholds, np.int64)
    at_hit = np.empty((thresholds, len(image)))
    reached = np.empty((thresholds, len(image)))
    for r in range(len(counts)):
        number = 0
        for i in range(len(objects)):
            number += counts[r, i] * objects[i]
        if number == 0:
            precision[:, r], recall[:, r] = np.nan, np.nan
            continue
        true[:], left_out[:], seen[:] = 0, 0, 0
        boxes = 0
        for n in range(len(image)):
            times = counts[r, image[n]]
            boxes += times
            hit, ignored = verdicts.hit[n], verdicts.ignored[n]
            if hit == 0 and ignored == 0:
                continue
            for t in range(thresholds):
                if (hit >> t) & 1:
                    true[t] += times
                    at_hit[t, seen[t]] = true[t] / (boxes - left_out[t] + np.spacing(1.0))
                    reached[t, seen[t]] = true[t] / number
                    seen[t] += 1
                elif (ignored >> t) & 1:
                    left_out[t] += times
        for t in range(thresholds):
            best = 0.0
            for k in range(seen[t] - 1, -1, -1):
                best = max(best, at_hit[t, k])
                at_hit[t, k] = best
            served = 0
            for k in range(seen[t]):
                first = served
                while served < len(levels) and levels[served] <= reached[t, k]:
                    served += 1
                at_hit[t, k] *= served - first
            precision[t, r] = pairwise_sum(at_hit[t], seen[t]) / len(levels)
            recall[t, r] = true[t] / number
