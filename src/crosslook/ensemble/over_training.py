"""AP of every checkpoint, with intervals: what Fig. 5 of the detection paper shows."""

from collections.abc import Mapping, Sequence

from crosslook.ensemble.evaluation_settings import EvaluateParams
from crosslook.ensemble.labelled import Labelled, Rows, drawn_by
from crosslook.ensemble.models import Trained
from crosslook.scores import bootstrap
from crosslook.scores.matching import match, prepare


def over_training(
    trained: Sequence[Trained],
    splits: Mapping[str, Labelled],
    params: EvaluateParams,
    seed: int,
) -> Rows:
    """One row per detector, checkpoint and split; AP is that of pycocotools to 1e-12.

    Args:
        trained: every detector of every checkpoint.
        splits: split -> its images; "test" is for the report alone, nothing is chosen by it.
        params: replicates, and whether images or scenes are drawn.
        seed: of the draws; all checkpoints of a split share them.
    """
    rows = []
    for split, images in splits.items():
        truth = prepare(images.ground_truth)
        unit, groups = drawn_by(images.scenes, params.resample)
        counts, drawn = bootstrap.draw(groups, params.replicates, seed), len(set(groups))
        for one in trained:
            matches = match(truth, one.seen[split])
            low, high = bootstrap.interval(bootstrap.statistics(matches, counts)["AP"], drawn)
            rows.append(
                {
                    "detector": one.detector,
                    "translation": one.translation,
                    "checkpoint": one.checkpoint,
                    "split": split,
                    "ap": bootstrap.once(matches)["AP"],
                    "ap_low": low,
                    "ap_high": high,
                    "resampled": unit,
                }
            )
    return rows
