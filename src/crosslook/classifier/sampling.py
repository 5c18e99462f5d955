"""Which patches of a batch are each other's partners: by their labels, not by their place.

A partner is of another sensor, of another place, and does not overlap. What is found is a mask
(N, N), row i, column j; a row without True has no partner. Between equal candidates chance decides,
else all patches of a pure class would share one partner.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from crosslook.classifier.settings import Mining, MiningSettings


@dataclass(frozen=True)
class Rows:
    """The patches of a batch, those of all sensors one behind the other."""

    sensor: Tensor  # (N,) number of the sensor
    shares: Tensor  # (N, K) class shares
    place: Tensor  # (N,) number of the place
    scene: Tensor  # (N,) number of the scene
    positions: Tensor  # (N, 4) x1 y1 x2 y2 within the scene


def label_similarity(shares: Tensor) -> Tensor:
    """(N, N) h_ij = sum_c min(y_ic, y_jc): 1 where two labels agree, 0 where they share no class.

    Args:
        shares: (N, K), rows with sum 1.
    """
    return torch.minimum(shares[:, None], shares[None]).sum(dim=2)


def same_ground(rows: Rows) -> Tensor:
    """(N, N) True for patches of one place, and for patches of one scene that overlap."""
    place = rows.place[:, None] == rows.place[None]
    scene = rows.scene[:, None] == rows.scene[None]
    low = torch.maximum(rows.positions[:, None, :2], rows.positions[None, :, :2])
    high = torch.minimum(rows.positions[:, None, 2:], rows.positions[None, :, 2:])
    return place | (scene & (low < high).all(dim=2))


def find_positives(
    rows: Rows, settings: MiningSettings, aligned: bool = False, teacher: int | None = None
) -> Tensor:
    """(N, N) True where column j is the positive partner of row i; at most one in a row.

    By label: the patch of another sensor and another place with the highest label similarity, if
    that is at least ``settings.similar``.

    Args:
        rows: of the batch.
        settings: the threshold.
        aligned: the partner is instead the image of the same place by another sensor.
        teacher: only patches of this sensor are partners, those of the others have one.
    """
    other = rows.sensor[:, None] != rows.sensor[None]
    if teacher is not None:
        other = other & (rows.sensor[None] == teacher)
    if aligned:
        same = other & (rows.place[:, None] == rows.place[None])
        return _best(same.float(), same)
    h = label_similarity(rows.shares)
    return _best(h, other & ~same_ground(rows) & (h >= settings.similar))


def find_negatives(
    rows: Rows,
    settings: MiningSettings,
    how: Mining,
    positive: Tensor,
    similarity: Tensor,
    distance: Tensor,
) -> Tensor:
    """(N, N) True where column j is a negative partner of row i.

    Candidates are patches of other sensors and places with a label similarity below
    ``settings.different``. Of these, by ``how``:

    ``hardest``: the one with the highest cosine similarity (Senchugova and Hänsch, eq. 3).
    ``semi_hard``: likewise, but of those that are farther away than the positive; the farthest
        where none is (Schroff et al. 2015, arXiv:1503.03832, section 3.2).
    ``all``: each of them.

    Args:
        rows: of the batch.
        settings: the threshold.
        how: they are chosen.
        positive: (N, N) of ``find_positives``.
        similarity: (N, N) cosines of the present embeddings, without gradient.
        distance: (N, N) as the triplet loss measures it, without gradient.
    """
    different = other_ground(rows) & (label_similarity(rows.shares) < settings.different)
    if how == "all":
        return different
    if how == "hardest":
        return _best(similarity, different)
    reach = (distance * positive).sum(dim=1, keepdim=True)  # 0 without a positive: all are farther
    farther = different & (distance > reach)
    alone = ~farther.any(dim=1, keepdim=True)
    return _best(similarity, farther) | (_best(distance, different) & alone)


def other_ground(rows: Rows) -> Tensor:
    """(N, N) True for patches of two sensors that show different ground."""
    return (rows.sensor[:, None] != rows.sensor[None]) & ~same_ground(rows)


def _best(values: Tensor, allowed: Tensor) -> Tensor:
    """(N, N) True at the highest allowed value of each row, at a random one of equals."""
    value = values.masked_fill(~allowed, -torch.inf)
    highest = allowed & (value == value.amax(dim=1, keepdim=True))
    chosen = ((1 + torch.rand_like(value)) * highest).argmax(dim=1, keepdim=True)
    return torch.zeros_like(allowed).scatter_(1, chosen, True) & highest
