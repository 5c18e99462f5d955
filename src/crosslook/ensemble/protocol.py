"""Protocol "dev": everything was chosen on dev; the test images are scored once, with intervals.

Gives the rows of the table of results and the paired differences between them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crosslook.ensemble.fusion import FusionRules, fuse_images, normalised
from crosslook.ensemble.naming import TUNED, promoted, row_names
from crosslook.ensemble.problem import patch_sizes
from crosslook.ensemble.settings import EvaluateParams
from crosslook.errors import InputError, StaleError
from crosslook.patches.boxes import from_coco_results, to_coco_results
from crosslook.scores import bootstrap
from crosslook.scores.average_precision import count_objects, evaluate
from crosslook.scores.matching import Floats, match, prepare

PROTOCOL = "dev"
BASELINE = "none"  # optical imagery as it is: what every translation is measured against

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Model:
    """One detector of the table, or one ensemble of them, and what it saw on the test images."""

    detector: str
    engine: str
    weights: str  # what the detector's training started from
    translation: str  # or "ensemble", "ensemble_equal"
    checkpoint: int | str | None
    seen: Rows  # COCO results


def chosen_checkpoints(
    chosen: Sequence[Mapping[str, Any]], detector: str, translations: Iterable[str]
) -> dict[str, int | str | None]:
    """Translation -> the checkpoint that dev chose for one detector.

    Raises:
        StaleError: if a translation was not chosen for this detector.
    """
    found = {row["translation"]: row["checkpoint"] for row in chosen if row["detector"] == detector}
    if missing := [name for name in translations if name not in found]:
        raise StaleError(
            f"results/choose.json has no row of {detector} with {', '.join(missing)}, but params "
            "make it a member of the ensemble: run 'make repro'."
        )
    return {name: found[name] for name in translations}


def single(row: Mapping[str, Any], entries: Sequence[Mapping[str, Any]], seen: Rows) -> Model:
    """The model of one row of results/choose.json.

    Args:
        row: detector, translation, checkpoint.
        entries: those of results/train_detector/TRANSLATION.json.
        seen: its COCO results on the test images.

    Raises:
        StaleError: if the chosen detector was never trained.
    """
    key = (row["detector"], row["checkpoint"])
    for entry in entries:
        if (entry["detector"], entry["checkpoint"]) == key:
            return Model(
                row["detector"],
                entry["engine"],
                entry["weights"],
                row["translation"],
                row["checkpoint"],
                seen,
            )
    raise StaleError(
        f"results/train_detector/{row['translation']}.json has no {key[0]} of checkpoint {key[1]}, "
        "but results/choose.json chose it: run 'make repro'."
    )


def ensembles(
    tuned: Mapping[str, Mapping[str, Mapping[str, Any]]],
    models: Sequence[Model],
    ground_truth: Mapping[str, Any],
) -> list[Model]:
    """Every ensemble of every detector twice: as tuned on dev, and with equal weights.

    Args:
        tuned: detector -> ensemble -> its record in results/tune_fusion.json.
        models: the single ones, among them every member.
        ground_truth: the COCO data set of the test images; only its images are looked at.

    Raises:
        StaleError: if a member is not among ``models``.
    """
    sizes = patch_sizes(ground_truth)
    made = []
    for detector, records in tuned.items():
        for ensemble, (name, name_of_equal) in row_names(records).items():
            record = records[ensemble]
            members = [_member(models, detector, member) for member in record["members"]]
            answers = {m.translation: from_coco_results(m.seen, list(sizes)) for m in members}
            alike = normalised(dict.fromkeys(answers, 1.0))
            for row, weights, settings in (
                (name, record["weights"], record),
                (name_of_equal, alike, record["equal"]),
            ):
                fused = fuse_images(answers, weights, sizes, _rules(settings))
                first = members[0]
                seen = to_coco_results(fused)
                made.append(Model(detector, first.engine, first.weights, row, None, seen))
    return made


def score(
    models: Sequence[Model],
    ground_truth: Mapping[str, Any],
    scenes: Sequence[str],
    chosen: Sequence[Mapping[str, Any]],
    tuned: Mapping[str, Mapping[str, Mapping[str, Any]]],
    params: EvaluateParams,
    seed: int,
) -> tuple[Rows, Rows]:
    """The table of results and the paired differences.

    AP, AP50, AP75 and AR100 are pycocotools' own. The interval is the 95 % percentile interval of a
    bootstrap; all models share its draws, which makes the differences paired.

    Args:
        models: single ones and ensembles.
        ground_truth: the COCO data set of the test images.
        scenes: (I) the scene of each image, in the order of the image ids.
        chosen: the rows of results/choose.json; says which GAN was best on dev.
        tuned: as for ``ensembles``; says which member was.
        params: replicates, and whether images or scenes are drawn.
        seed: of the draws.

    Raises:
        InputError: if the test images have no labelled object.
    """
    n_boxes = count_objects(ground_truth)
    if not n_boxes:
        raise InputError(
            "the test images have no labelled object, so nothing can be scored: "
            "give the test split a scene with labels."
        )
    truth = prepare(ground_truth)
    groups = list(scenes) if params.resample == "scenes" else list(range(len(scenes)))
    counts = bootstrap.draw(groups, params.replicates, seed)
    table, replicates = [], {}
    for model in models:
        statistics = evaluate(ground_truth, model.seen)
        drawn = bootstrap.statistics(match(truth, model.seen), counts)["AP"]
        replicates[model.detector, model.translation] = statistics["AP"], drawn
        low, high = bootstrap.interval(drawn)
        table.append(
            {
                "detector": model.detector,
                "engine": model.engine,
                "weights": model.weights,
                "translation": model.translation,
                "checkpoint": model.checkpoint,
                "protocol": PROTOCOL,
                "ap": statistics["AP"],
                "ap_low": low,
                "ap_high": high,
                "ap50": statistics["AP50"],
                "ap75": statistics["AP75"],
                "ar": statistics["AR100"],
                "n_images": len(scenes),
                "n_scenes": len(set(scenes)),
                "n_boxes": n_boxes,
                "seed": seed,
            }
        )
    return table, _differences(replicates, chosen, promoted(tuned))


def best_gan(chosen: Sequence[Mapping[str, Any]], detector: str) -> str | None:
    """The translation with a training checkpoint that has the highest AP on dev; None without."""
    gans = [r for r in chosen if r["detector"] == detector and r["checkpoint"] is not None]
    return max(gans, key=lambda row: row["ap"])["translation"] if gans else None


def _differences(
    replicates: Mapping[tuple[str, str], tuple[float, Floats]],
    chosen: Sequence[Mapping[str, Any]],
    tuned: Mapping[str, Mapping[str, Any]],
) -> Rows:
    """Every row minus the baseline, and the tuned ensemble minus its best member."""
    rows = []
    for detector in dict.fromkeys(detector for detector, _ in replicates):
        names = [name for of, name in replicates if of == detector]
        pairs = [(name, BASELINE) for name in names if name != BASELINE and BASELINE in names]
        member = tuned[detector]["best_single"]["translation"] if detector in tuned else None
        if member and member != BASELINE and TUNED in names:
            pairs.append((TUNED, member))
        for a, b in pairs:
            (ap_a, of_a), (ap_b, of_b) = replicates[detector, a], replicates[detector, b]
            gap = bootstrap.difference(of_a, of_b, ap_a - ap_b)
            rows.append(
                {
                    "detector": detector,
                    "a": a,
                    "b": b,
                    "difference": gap.difference,
                    "low": gap.low,
                    "high": gap.high,
                    "share_not_above_zero": gap.share_not_above_zero,
                    "distinguishable": gap.distinguishable,
                    "best_gan": b == BASELINE and a == best_gan(chosen, detector),
                    "best_single": a == TUNED and b == member,
                }
            )
    return rows


def _member(models: Sequence[Model], detector: str, member: Mapping[str, Any]) -> Model:
    wanted = (detector, member["translation"], member["checkpoint"])
    for model in models:
        if (model.detector, model.translation, model.checkpoint) == wanted:
            return model
    raise StaleError(
        f"results/tune_fusion.json fuses {detector} of {wanted[1]}, checkpoint {wanted[2]}, which "
        "results/choose.json does not choose any more: run 'make repro'."
    )


def _rules(settings: Mapping[str, Any]) -> FusionRules | None:
    """The rules that a record holds; None where a single member is the answer."""
    if settings["iou_threshold"] is None:
        return None
    return FusionRules(
        settings["iou_threshold"], settings["skip_threshold"], settings["confidence"]
    )
