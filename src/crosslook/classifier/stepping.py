"""One training step: what a batch gives in losses and in measures of health."""

from dataclasses import dataclass

import torch
from torch import Tensor

from crosslook.classifier import losses
from crosslook.classifier.configurations import Configuration
from crosslook.classifier.network import LandCoverNetwork
from crosslook.classifier.patches import Batch
from crosslook.classifier.reversal import reversal_factor
from crosslook.classifier.sampling import (
    Rows,
    find_negatives,
    find_positives,
    other_ground,
)
from crosslook.classifier.settings import LossSettings, Mining, MiningSettings

Values = dict[str, Tensor]  # name -> ()


@dataclass(frozen=True)
class Moment:
    """What a step is told of its place in the training."""

    factor: float  # of the reversed gradient
    mining: Mining


def moment(step: int, steps: int, settings: LossSettings, mining: MiningSettings) -> Moment:
    """At ``step``, from 1, of ``steps``."""
    factor = reversal_factor(step, steps, settings.reversal, settings.reversal_rise)
    return Moment(factor, mining.early if step <= mining.early_share * steps else mining.late)


def batch_losses(
    network: LandCoverNetwork,
    batch: Batch,
    configuration: Configuration,
    settings: LossSettings,
    mining: MiningSettings,
    now: Moment,
    bfloat16: bool = False,
) -> tuple[Values, Values]:
    """All losses of a batch, weighted and ready to be summed, and measures of health.

    L = alpha L_T + beta L_C - L_M (Senchugova and Hänsch, eq. 4). The minus stands in the reversed
    gradient, so L_M is added. L_C has one term per sensor.

    Health: ``variance/SENSOR`` of the embeddings, mean over dimensions; ``modality_accuracy``, with
    dropout; ``distance/positive`` and ``distance/negative``; ``active_triplets``, the share of
    hinges above 0; ``without_positive`` and ``without_negative``, the share of patches whose term
    is left out because the batch has no partner for them. NaN where there was nothing to measure.

    Args:
        network: in training mode.
        batch: on its device.
        configuration: which losses.
        settings: their weights.
        mining: of partners.
        now: place in the training.
        bfloat16: trunks and merging networks run in it; the rest is float32.
    """
    with torch.autocast(batch.about["shares"].device.type, torch.bfloat16, enabled=bfloat16):
        vectors = {name: network.embed(name, pixels) for name, pixels in batch.pixels.items()}
    health = {f"variance/{name}": _variance(found) for name, found in vectors.items()}
    embeddings = torch.cat(list(vectors.values())).float()
    rows, logits = batch.rows(), network.classify(embeddings)
    found: Values = {}
    for number, name in enumerate(vectors):
        mine = rows.sensor == number
        loss = losses.classification(logits[mine], rows.shares[mine])
        found[f"classification/{name}"] = settings.classification_weight * loss

    if "modality" in configuration.terms:
        guesses = network.guess_sensor(embeddings, now.factor)
        found["modality"] = losses.modality(guesses, rows.sensor)
        health["modality_accuracy"] = (guesses.argmax(dim=1) == rows.sensor).float().mean()
    if "triplet" in configuration.terms:
        loss, seen = _triplet(embeddings, rows, settings, mining, now.mining)
        found["triplet"] = settings.triplet_weight * loss
        health |= seen
    if "contrast" in configuration.terms:
        positive = find_positives(rows, mining, configuration.aligned)
        negative = other_ground(rows)
        if not configuration.aligned:
            with torch.no_grad():
                negative = find_negatives(rows, mining, "all", positive, negative, negative)
        similarity = losses.cosine_similarity(embeddings)
        loss = losses.contrast(similarity, positive, negative, settings.temperature)
        found["contrast"] = settings.contrast_weight * loss
        health["without_positive"] = _without(positive)
    if "distillation" in configuration.terms:
        teacher = list(vectors).index(settings.teacher)
        positive = find_positives(rows, mining, configuration.aligned, teacher)
        loss = losses.distillation(
            logits, rows.sensor == teacher, positive, settings.distillation_temperature
        )
        found["distillation"] = settings.distillation_weight * loss
        health["without_positive"] = _without(positive[rows.sensor != teacher])
    return found, {name: value.detach() for name, value in health.items()}


def _triplet(
    embeddings: Tensor, rows: Rows, settings: LossSettings, mining: MiningSettings, how: Mining
) -> tuple[Tensor, Values]:
    distance = losses.distances(embeddings, settings.distance)
    with torch.no_grad():
        positive = find_positives(rows, mining)
        similarity = losses.cosine_similarity(embeddings)
        negative = find_negatives(rows, mining, how, positive, similarity, distance)
        active = (distance < settings.margin).float()
    each = losses.triplet(distance, positive, negative, settings.negative_weight, settings.margin)
    health = {
        "distance/positive": distance[positive].mean(),
        "distance/negative": distance[negative].mean(),
        "active_triplets": active[negative].mean(),
        "without_positive": _without(positive),
        "without_negative": _without(negative),
    }
    return each.sum() if settings.triplet_sum else each.mean(), health


def _without(partners: Tensor) -> Tensor:
    """Share of rows that have no partner."""
    return (~partners.any(dim=1)).float().mean()


def _variance(vectors: Tensor) -> Tensor:
    """Mean over dimensions of the variance over the batch."""
    return vectors.detach().float().var(dim=0, unbiased=False).mean()
