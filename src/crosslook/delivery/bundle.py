"""An ensemble in one folder, with all that is needed to use it, and nothing of the pipeline.

    FOLDER/ensemble.json             members, weights, fusion rules, classes, radiometry contract
    FOLDER/members/NAME.safetensors  the detector of each member

The same detectors and rules give the same bytes; the digest over them is the ensemble's name.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from crosslook.delivery import digests
from crosslook.delivery.bundle_files import read_description, require_bytes
from crosslook.delivery.promotion import Candidate
from crosslook.detectors.checkpoints import About, Detector, load_detector
from crosslook.detectors.settings import DetectionSettings
from crosslook.ensemble.fusion import FusionRules
from crosslook.errors import CheckpointError
from crosslook.patches.patch_set import require_contract
from crosslook.writing import whole_folder, write_json

FILE = "ensemble.json"
FORMAT = 1
KIND = "ensemble"


@dataclass(frozen=True)
class Member:
    """One detector of an ensemble."""

    name: str  # the translation on whose fakes it learnt
    checkpoint: int | str | None  # training step of the translator; None without one
    weight: float  # > 0, sum 1
    sha256: str  # of its file


@dataclass(frozen=True)
class Recipe:
    """How the members' answers become one. ``rules`` is None where there is one member alone."""

    detector: str
    fusion: str  # "tuned" or "equal"
    members: tuple[Member, ...]
    rules: FusionRules | None
    detection: DetectionSettings
    contract: dict[str, Any]  # radiometry of the patches it is made for
    categories: tuple[dict[str, Any], ...]  # COCO's {id, name}

    @property
    def digest(self) -> str:
        """What names the ensemble: sha256 of its JSON, in which the weights' sha256 stand."""
        return digests.of_json(asdict(self))


def make_recipe(
    candidate: Candidate,
    weights: Mapping[str, Path],
    detection: DetectionSettings,
    contract: Mapping[str, Any],
) -> Recipe:
    """Describe an ensemble of detectors on disk; a member of weight 0 is left out.

    Args:
        candidate: the members, their weights and the rules of the fusion.
        weights: member -> its file.
        detection: which boxes of a member are handed on.
        contract: radiometry of the patches that the ensemble will see.

    Raises:
        CheckpointError: if a file is damaged, or the members know different classes.
        RadiometryError: if a member learnt pixels of the same sensor with another radiometry.
    """
    kept = {name: share for name, share in candidate.shares.items() if share > 0}
    about = {name: load_detector(weights[name]).about for name in kept}
    members = tuple(
        Member(name, candidate.checkpoints[name], share, digests.of_file(weights[name]))
        for name, share in sorted(kept.items())
    )
    categories = _categories(about)
    for name, one in about.items():
        learnt = one.contract or {}
        # A detector that learnt optical pixels as they are is told to look at SAR on purpose.
        if learnt.get("sensor") == contract.get("sensor"):
            require_contract(learnt, contract, f"the detector of {name}", "the ensemble")
    return Recipe(
        candidate.detector,
        candidate.fusion,
        members,
        candidate.rules,
        detection,
        dict(contract),
        categories,
    )


def write_bundle(folder: Path, recipe: Recipe, weights: Mapping[str, Path]) -> None:
    """Write the folder whole, with copies of the members' files."""
    with whole_folder(folder) as temporary:
        (temporary / "members").mkdir()
        for member in recipe.members:
            shutil.copyfile(weights[member.name], _file(temporary, member))
        write_json(temporary / FILE, {"format": FORMAT, **asdict(recipe)})


def read_recipe(folder: Path) -> Recipe:
    """Read what a bundle is made of.

    Raises:
        CheckpointError: if it is missing, damaged, or of another version.
    """
    return read_description(folder / FILE, FORMAT, KIND, _recipe)


def read_members(folder: Path, recipe: Recipe) -> dict[str, Detector]:
    """Load the detectors.

    Raises:
        CheckpointError: if a file is missing or is not the one that the recipe names.
    """
    return {
        member.name: load_detector(require_bytes(_file(folder, member), member.sha256, FILE, KIND))
        for member in recipe.members
    }


def _recipe(values: dict[str, Any]) -> Recipe:
    rules = values["rules"]
    return Recipe(
        **values
        | {
            "members": tuple(Member(**member) for member in values["members"]),
            "rules": FusionRules(**rules) if rules else None,
            "detection": DetectionSettings(**values["detection"]),
            "categories": tuple(values["categories"]),
        }
    )


def _categories(about: Mapping[str, About]) -> tuple[dict[str, Any], ...]:
    kinds: Sequence[tuple[dict[str, Any], ...]] = [one.categories for one in about.values()]
    if not kinds or any(one != kinds[0] for one in kinds):
        known = {name: [kind["name"] for kind in one.categories] for name, one in about.items()}
        raise CheckpointError(
            f"an ensemble needs members that know the same classes, found {known}: "
            "train them again on the same labels."
        )
    return kinds[0]


def _file(folder: Path, member: Member) -> Path:
    return folder / "members" / f"{member.name}.safetensors"
