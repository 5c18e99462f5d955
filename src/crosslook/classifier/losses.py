"""The losses, each with its equation.

Equations (1) to (4) are those of Senchugova and Hänsch, "Cross-Modal Learning for Classification
of Optical and SAR Imagery". All are computed in float32 at least.
"""

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, kl_div, log_softmax, normalize

from crosslook.losses.precision import at_least_float32


def classification(logits: Tensor, shares: Tensor) -> Tensor:
    """KL(label || prediction): how far predicted class shares are from the true ones.

        L_C = 1/N sum_i sum_c y_i(c) log(y_i(c) / p_i(c)),   p = softmax(logits)

    Source: eq. (1). A term with y_i(c) = 0 is 0.

    Args:
        logits: (N, K).
        shares: (N, K), rows >= 0 with sum 1.

    Returns:
        () 0 when the shares agree.

    Raises:
        ValueError: if the shapes differ.
    """
    if logits.shape != shares.shape:
        raise ValueError(f"logits {tuple(logits.shape)} and shares {tuple(shares.shape)} differ.")
    return kl_div(log_softmax(at_least_float32(logits), 1), shares, reduction="batchmean")


def modality(logits: Tensor, sensors: Tensor) -> Tensor:
    """Cross-entropy of the sensor that a vector comes from.

        L_M = -1/N sum_i log m_i(sensor of i),   m = softmax(logits)

    Source: eq. (2), which prints the half of the binary cross-entropy that belongs to m_i = 1 and
    leaves the minus to eq. (4). With two sensors this is the whole binary cross-entropy.

    Args:
        logits: (N, M) for M sensors.
        sensors: (N,) the number of the true one.

    Returns:
        () log M where the vectors tell nothing of their sensor.
    """
    return cross_entropy(at_least_float32(logits), sensors)


def distances(embeddings: Tensor, kind: str = "euclidean") -> Tensor:
    """(N, N) distances between all rows of (N, D): ||a - b||_2, or 1 - cos(a, b)."""
    embeddings = at_least_float32(embeddings)
    if kind == "cosine":
        return 1 - cosine_similarity(embeddings)
    # The quick way by products of matrices loses small distances to rounding.
    return torch.cdist(embeddings, embeddings, compute_mode="donot_use_mm_for_euclid_dist")


def cosine_similarity(embeddings: Tensor) -> Tensor:
    """(N, N) cosines between all rows of (N, D)."""
    unit = normalize(at_least_float32(embeddings), dim=1)
    return unit @ unit.T


def triplet(
    distance: Tensor,
    positive: Tensor,
    negative: Tensor,
    negative_weight: float,
    margin: float,
) -> Tensor:
    """What each patch adds to the triplet loss.

        l_i = ||x_i - x_i+|| + lambda max(0, mu - ||x_i - x_i-||)

    Source: eq. (3), whose L_T is the sum of l_i. The hinge is of each patch, not of the sum over a
    batch. Where a patch has several partners, its term is their mean; where it has none, the term
    is left out.

    Args:
        distance: (N, N).
        positive: (N, N) True where column j is the positive partner of row i.
        negative: (N, N) likewise; several in a row stand for "all hinges".
        negative_weight: lambda.
        margin: mu, in the unit of the distances.

    Returns:
        (N,).
    """
    hinge = (margin - distance).clamp(min=0)
    return _mean_where(distance, positive) + negative_weight * _mean_where(hinge, negative)


def contrast(similarity: Tensor, positive: Tensor, negative: Tensor, temperature: float) -> Tensor:
    """InfoNCE: tell each patch's partner of another sensor from the different ones.

        l_i = -log( exp(s_ip / t) / (exp(s_ip / t) + sum_{n in N_i} exp(s_in / t)) )

    Source: van den Oord et al. 2018, arXiv:1807.03748, eq. (4); in both directions as Radford et
    al. 2021, arXiv:2103.00020, because the rows are patches of all sensors. Differs from both in
    that patches which are neither positive nor negative stand in no sum.

    Args:
        similarity: (N, N) cosines s.
        positive: (N, N) True where column p is the partner of row i; at most one in a row.
        negative: (N, N) True where column n is in N_i.
        temperature: t > 0.

    Returns:
        () mean over the rows that have a partner, 0 if none has. log(1 + |N_i|) where the vectors
        tell nothing.
    """
    paired = positive.any(dim=1)
    if not paired.any():
        return similarity.sum() * 0
    logits = (similarity / temperature).masked_fill(~(positive | negative), -torch.inf)[paired]
    return cross_entropy(logits, positive[paired].int().argmax(dim=1))


def distillation(logits: Tensor, teacher: Tensor, positive: Tensor, temperature: float) -> Tensor:
    """KL between the softened predictions of a teacher and of those it teaches.

        L_D = T^2 mean_i KL( softmax(z_p / T) || softmax(z_i / T) )

    Source: Hinton et al. 2015, arXiv:1503.02531, section 2; T^2 keeps the size of the gradient.
    The teacher's z_p, of the partner p of patch i, is held constant.

    Args:
        logits: (N, K) z.
        teacher: (N,) True where a row is of the teaching sensor; the others are taught.
        positive: (N, N) True where column p is the partner of row i.
        temperature: T > 0.

    Returns:
        () mean over the taught rows that have a partner of the teaching sensor, 0 if none has.
    """
    partner = positive & teacher[None, :] & ~teacher[:, None]
    taught = partner.any(dim=1)
    if not taught.any():
        return logits.sum() * 0
    soft = log_softmax(at_least_float32(logits) / temperature, 1)
    wanted = soft.detach()[partner[taught].int().argmax(dim=1)]
    gap = kl_div(soft[taught], wanted, reduction="batchmean", log_target=True)
    return temperature**2 * gap


def _mean_where(values: Tensor, chosen: Tensor) -> Tensor:
    """(N,) mean of the chosen values of each row; 0 where none is."""
    return (values * chosen).sum(dim=1) / chosen.sum(dim=1).clamp(min=1)
