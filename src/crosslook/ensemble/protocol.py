"""Protocol "dev": what was chosen and tuned on dev, as models that are scored elsewhere."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crosslook.ensemble.fusion import FusionRules, fuse_images, normalised
from crosslook.ensemble.models import Model, Trained
from crosslook.ensemble.naming import row_names
from crosslook.ensemble.problem import patch_sizes
from crosslook.errors import StaleError
from crosslook.patches.boxes import from_coco_results, to_coco_results


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


def singles(
    chosen: Sequence[Mapping[str, Any]], trained: Sequence[Trained], split: str
) -> list[Model]:
    """The models of the rows of results/choose.json, in their order.

    Args:
        chosen: detector, translation, checkpoint.
        trained: every detector of every checkpoint.
        split: whose images they are to have seen.

    Raises:
        StaleError: if a chosen detector was never trained.
    """
    known = {(one.detector, one.translation, one.checkpoint): one for one in trained}
    made = []
    for row in chosen:
        key = (row["detector"], row["translation"], row["checkpoint"])
        if key not in known:
            raise StaleError(
                f"results/train_detector/{key[1]}.json has no {key[0]} of checkpoint {key[2]}, "
                "but results/choose.json chose it: run 'make repro'."
            )
        one = known[key]
        made.append(Model(key[0], one.engine, one.weights, key[1], key[2], (one.seen[split],)))
    return made


def ensembles(
    tuned: Mapping[str, Mapping[str, Mapping[str, Any]]],
    models: Sequence[Model],
    ground_truth: Mapping[str, Any],
) -> list[Model]:
    """Every ensemble of every detector twice: as tuned on dev, and with equal weights.

    Args:
        tuned: detector -> ensemble -> its record in results/tune_fusion.json.
        models: the single ones, among them every member.
        ground_truth: the COCO data set of the images they saw; only its images are looked at.

    Raises:
        StaleError: if a member is not among ``models``.
    """
    sizes = patch_sizes(ground_truth)
    made = []
    for detector, records in tuned.items():
        for ensemble, (name, name_of_equal) in row_names(records).items():
            record = records[ensemble]
            members = [_member(models, detector, member) for member in record["members"]]
            answers = {m.translation: from_coco_results(m.seen[0], list(sizes)) for m in members}
            alike = normalised(dict.fromkeys(answers, 1.0))
            for row, weights, settings in (
                (name, record["weights"], record),
                (name_of_equal, alike, record["equal"]),
            ):
                fused = fuse_images(answers, weights, sizes, _rules(settings))
                first = members[0]
                seen = (to_coco_results(fused),)
                made.append(Model(detector, first.engine, first.weights, row, None, seen))
    return made


def best_gan(chosen: Sequence[Mapping[str, Any]], detector: str) -> str | None:
    """The translation with a training checkpoint that has the highest AP; None without.

    Args:
        chosen: rows with detector, translation, checkpoint and ap.
        detector: whose rows count.
    """
    gans = [r for r in chosen if r["detector"] == detector and r["checkpoint"] is not None]
    return max(gans, key=lambda row: row["ap"])["translation"] if gans else None


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
