"""What the fusion study and the evaluation may be told; no heavy imports here."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

ConfidenceType = Literal["avg", "max", "box_and_model_avg", "absent_model_aware_avg"]
Backend = Literal["compiled", "numpy", "ensemble_boxes"]
"""Who fuses: numba's loops (numpy where numba is missing), numpy, or the reference library."""


@dataclass(frozen=True)
class TuneFusionParams:
    ensembles: Mapping[str, tuple[str, ...]]  # name -> its translations; the first is promoted
    trials: int = 300  # after 200 no sampler finds more than the noise of 60 images
    sampler: Literal["tpe", "cmaes"] = "tpe"  # cmaes: the package of that name
    space: Literal["weights", "simplex"] = "weights"  # a weight per member, or shares of sum 1
    lowest_weight: float = 0.01  # of a member; at 0 fusion divides by zero
    iou_threshold: tuple[float, float] = (0.3, 0.8)  # searched range
    skip_threshold: tuple[float, float] = (0.0, 0.3)  # searched range
    confidence: ConfidenceType = "avg"
    backend: Backend = "compiled"
    storage: str | None = None  # URL of a database that gets a copy of all trials; no password

    def __post_init__(self) -> None:
        if not self.ensembles:
            raise ValueError("ensembles={} must name one ensemble at least.")
        for name, members in self.ensembles.items():
            if not re.fullmatch(r"\w+", name) or name.split("_")[-1] == "equal":
                raise ValueError(
                    f"ensembles: {name!r} must be letters, digits and _, and not end in 'equal': "
                    "files and rows of tables are named after it."
                )
            if not members or len(set(members)) < len(members):
                raise ValueError(
                    f"ensembles.{name}={list(members)} must be different translations."
                )
        if self.trials < 1:
            raise ValueError(f"trials={self.trials} must be >= 1.")
        if not 0 < self.lowest_weight < 1:
            raise ValueError(f"lowest_weight={self.lowest_weight} must lie between 0 and 1.")
        most = max(map(len, self.ensembles.values()))
        if self.space == "simplex" and self.lowest_weight * most >= 1:
            raise ValueError(
                f"lowest_weight={self.lowest_weight} is too much for shares of {most} members: "
                f"it must lie below {1 / most:.3f}."
            )
        for name in ("iou_threshold", "skip_threshold"):
            low, high = getattr(self, name)
            if not 0 <= low < high < 1:
                raise ValueError(f"{name}=[{low}, {high}] must be a range within 0..1.")
        if self.storage is not None:
            _check_url(self.storage)

    @property
    def everyone(self) -> list[str]:
        """Every translation that is in an ensemble, once."""
        return list(dict.fromkeys(one for members in self.ensembles.values() for one in members))

    @property
    def search(self) -> dict[str, Any]:
        """What the trials of one ensemble depend on; more trials go on from fewer."""
        return {
            name: value
            for name, value in asdict(self).items()
            if name not in ("ensembles", "trials", "storage")
        }


def _check_url(url: str) -> None:
    """Refuse what is no URL, and one with a password, which would stand in git."""
    if not re.match(r"[\w+]+://", url):
        raise ValueError("storage must be a URL like postgresql+psycopg://NAME@HOST/DATABASE.")
    if urlsplit(url).password is not None or "password" in url.lower():
        raise ValueError(
            "storage must hold no password, it would stand in git: give it in the environment, as "
            "CROSSLOOK_STORAGE_PASSWORD."
        )
