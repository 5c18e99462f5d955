"""What the detectron2 engine cannot do. Imports neither torch nor detectron2."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crosslook.detectors.settings import Architecture

GROUPS = 32  # of detectron2's group norm


def why_not(a: "Architecture") -> str | None:
    """Why detectron2 cannot build this architecture, and what to do; None if it can."""
    if a.backbone in ("resnet18", "resnet34") and a.width != 64:
        return (
            f"engine 'detectron2' has {a.backbone} at width 64 only, not {a.width}: set width to "
            "64, or backbone to 'resnet50'."
        )
    if a.normalisation == "group" and a.width % GROUPS:
        return (
            f"engine 'detectron2' has group norm of {GROUPS} groups, which width={a.width} cannot "
            f"be cut into: set width to {GROUPS} or 64."
        )
    if a.levels[-1] < 5:
        return (
            f"engine 'detectron2' has pyramids that end at level 5 or 6, not {a.levels[-1]}: add "
            "the levels that are missing, with their anchors."
        )
    return None
