"""What each score of a translation is: which way is better, its name, its unit, its paper.

A score is called KIND where it is of images (``survival``), KIND__EMBEDDER where it is of
embeddings (``fd__inception_fid``), KIND__BAND where it is of one band (``l1__VH``). Light: nothing
here needs numpy.
"""

from dataclasses import dataclass, replace
from typing import Literal

Better = Literal["lower", "higher", "neither"]
Of = Literal["images", "embeddings", "band"]

_DEEP_SNOW = "Ren et al. 2020, arXiv:2005.08892"


@dataclass(frozen=True)
class Kind:
    """One kind of score."""

    better: Better
    label: str  # for tables and axes
    unit: str  # "1": a plain number
    paper: str  # "" for our own
    of: Of


KINDS: dict[str, Kind] = {
    "fd": Kind(
        "lower",
        "Fréchet distance",
        "unit of the embedding, squared",
        "Heusel et al. 2017, arXiv:1706.08500, eq. 6",
        "embeddings",
    ),
    "kid": Kind(
        "lower", "KID", "1", "Binkowski et al. 2018, arXiv:1801.01401, section 4", "embeddings"
    ),
    "cos_mean": Kind("higher", "mean cosine", "1", f"{_DEEP_SNOW}, eq. 5", "embeddings"),
    "crd": Kind("lower", "CRD", "1", f"{_DEEP_SNOW}, section 2.3", "embeddings"),
    "crd_excess": Kind("lower", "CRD excess", "1", "", "embeddings"),
    "coverage": Kind(
        "higher", "coverage", "1", "Naeem et al. 2020, arXiv:2002.09797", "embeddings"
    ),
    "forest_log_loss": Kind(
        "higher", "forest log-loss", "nat", f"{_DEEP_SNOW}, section 3.3", "embeddings"
    ),
    "checkerboard": Kind("lower", "checkerboard index", "1", "", "images"),
    "l1": Kind("neither", "L1", "that of the record's details", f"{_DEEP_SNOW}, figure 2", "band"),
    "survival": Kind("higher", "label survival", "1", "", "images"),
    "semantic_consistency": Kind("higher", "semantic consistency", "1", "", "images"),
}

LABELS = {"fd__inception_fid": "FID", "fd__resnet50_imagenet": "FRD"}
"""Scores that have a name of their own in the papers."""


def named(kind: str, of: str) -> str:
    """The name of a score: ``fd`` of ``inception_fid`` is ``fd__inception_fid``."""
    return f"{kind}__{of}"


def kind_of(name: str) -> Kind:
    """What the score of this name is; its label says of which embedder or band it is.

    Args:
        name: KIND, KIND__EMBEDDER or KIND__BAND.

    Raises:
        ValueError: if no kind has this name, or the embedder or band is missing or too much.
    """
    kind, _, of = name.partition("__")
    if kind not in KINDS:
        raise ValueError(
            f"no score is called {name!r}: its kind must be one of {', '.join(KINDS)}."
        )
    found = KINDS[kind]
    if bool(of) != (found.of != "images"):
        wanted = {"images": kind, "embeddings": f"{kind}__EMBEDDER", "band": f"{kind}__BAND"}
        raise ValueError(f"no score is called {name!r}: expected {wanted[found.of]}.")
    label = LABELS.get(name, f"{found.label} ({of})" if of else found.label)
    return replace(found, label=label)
