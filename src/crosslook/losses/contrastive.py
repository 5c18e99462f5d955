"""Patchwise contrast: what stood at a place must be recognised there after translation."""

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from crosslook.losses.precision import at_least_float32


def patch_nce_per_place(query: Tensor, key: Tensor, temperature: float = 0.07) -> Tensor:
    """The loss of ``patch_nce`` at each place, (B, S), before the mean."""
    _require_same_places(query, key)
    query, key = at_least_float32(query), at_least_float32(key.detach())
    with torch.autocast(query.device.type, enabled=False):
        logits = query @ key.transpose(1, 2) / temperature
        own = torch.arange(logits.shape[1], device=logits.device).repeat(logits.shape[0])
        losses = cross_entropy(logits.flatten(0, 1), own, reduction="none")
    return losses.view(query.shape[:2])


def patch_nce(query: Tensor, key: Tensor, temperature: float = 0.07) -> Tensor:
    """Patchwise InfoNCE: tell each place's own key from the same image's other keys.

    For places s of one image, with q_s and k_s of unit length,

        loss = -mean_s log( exp(q_s . k_s / t) / sum_r exp(q_s . k_r / t) )

    Source: Park et al. 2020, arXiv:2007.15651, eq. (3), for one feature layer. The keys are held
    constant, so the gradient reaches the networks through ``query`` alone.

    Args:
        query: (B, S, D) unit vectors of the translated image.
        key: (B, S, D) unit vectors of the source image at the same places.
        temperature: t > 0. Smaller is stricter.

    Returns:
        () mean over the S places and the batch, float32 at least. log(S) when the features carry
        no information.

    Raises:
        ValueError: if the shapes differ.
    """
    return patch_nce_per_place(query, key, temperature).mean()


def batch_nce_per_place(query: Tensor, key: Tensor, temperature: float = 0.07) -> Tensor:
    """The loss of ``batch_nce`` at each place, (B, S), before the mean."""
    _require_same_places(query, key)
    query, key = (normalize(at_least_float32(x), dim=2) for x in (query, key))
    together = [x.flatten(0, 1)[None] for x in (query, key)]
    return patch_nce_per_place(together[0], together[1], temperature).view(query.shape[:2])


def batch_nce(query: Tensor, key: Tensor, temperature: float = 0.07) -> Tensor:
    """Patchwise InfoNCE by cosine similarity, against the keys of all images of the batch.

    As ``patch_nce``, but each vector is divided by its exact length, and the sum over r runs over
    the places of every image. With one image both are the same up to rounding.

    Source: Han et al. 2021, arXiv:2104.07689, for one feature layer. That the negatives
    come from the whole batch is what its public reference does.

    Args:
        query: (B, S, D) vectors of the translated images, of any length above 0.
        key: (B, S, D) vectors of the images that they were made from, at the same places.
        temperature: t > 0. Smaller is stricter.

    Returns:
        () mean over all B S places, float32 at least. log(B S) when the features carry no
        information.

    Raises:
        ValueError: if the shapes differ.
    """
    return batch_nce_per_place(query, key, temperature).mean()


def _require_same_places(query: Tensor, key: Tensor) -> None:
    if query.shape != key.shape:
        raise ValueError(
            f"query {tuple(query.shape)} and key {tuple(key.shape)} must have one shape (B, S, D): "
            "sample both at the same positions."
        )
