"""What is in the latent space: test embeddings of all sensors in two principal components."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from crosslook.classifier.predictions import FILE, PartPredictions, read_predictions
from crosslook.classifier.studying import Member
from crosslook.scores.projection import fit_projection

Record = dict[str, Any]
COMPONENTS = 2


def latent_views(
    scores: Sequence[Mapping[str, Any]],
    folder: Path,
    of: Collection[str] = (),
    part: str = "test",
) -> list[Record]:
    """A view of one model of each configuration whose sensors have a space in common.

    The model is that of the first seed and of the most samples; what it said has to be there still.

    Args:
        scores: records of ``studying.score_members``.
        folder: has a folder of each model.
        of: configurations; none is all.
        part: of the patches that were held out.

    Returns:
        Records of ``latent_view``, with ``configuration``, ``samples``, ``seed`` and the ``probe``.
    """
    shown: dict[str, Mapping[str, Any]] = {}
    for one in scores:
        name = one["configuration"]
        if one[part]["probe"] and (not of or name in of):
            before = shown.get(name)
            if before is None or _size(one["samples"]) > _size(before["samples"]):
                shown[name] = one
    views = []
    for name, one in shown.items():
        path = folder / Member(name, one["samples"], one["seed"]).name / FILE
        if not path.exists():
            continue
        found = read_predictions(path)[part]
        about = {key: one[key] for key in ("configuration", "samples", "seed")}
        views.append(about | {"probe": one[part]["probe"]} | latent_view(found))
    return views


def latent_view(found: PartPredictions) -> Record:
    """The embeddings of all sensors in the principal components of all of them together.

    Args:
        found: with embeddings of one space.

    Returns:
        ``points`` of each sensor, (N, 2), the share of the variance that each component explains,
        and the position in ``classes`` of each patch's ``main`` class, that of the largest share.
        Where the embeddings span no plane, no points, and the ``reason``.
    """
    sensors = sorted(found.embeddings)
    made: Record = {
        "patches": len(found.shares),
        "scenes": len(set(found.scenes)),
        "classes": list(found.classes),
        "main": found.shares.argmax(axis=1).tolist(),
        "points": {},
        "explained": None,
        "reason": None,
    }
    try:
        view = fit_projection(np.concatenate([found.embeddings[s] for s in sensors]), COMPONENTS)
    except ValueError as error:
        return made | {"reason": f"no plane to show: {error}"}
    points = {s: np.round(view(found.embeddings[s]), 4).tolist() for s in sensors}
    return made | {"points": points, "explained": [float(part) for part in view.explained]}


def _size(samples: int) -> float:
    return samples or float("inf")  # 0: all there are
