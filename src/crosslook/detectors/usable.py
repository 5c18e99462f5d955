"""Which sets of fakes a detector can learn from. Light: nothing here needs torch."""

from pathlib import Path

from crosslook.patches.patch_set import PatchSet, read_patch_set


def why_unfit(fakes: PatchSet) -> str | None:
    """Why a detector cannot learn from this set, in words; None if it can."""
    if fakes.coco is None:
        return "the set is not labelled"
    if not len(fakes):
        return "the set holds no patch"
    if all(row.get("iscrowd") for row in fakes.coco["annotations"]):
        return "no patch of the set has an object"
    return None


def usable(fakes: Path, names: list[str]) -> tuple[list[str], str | None]:
    """Which of the sets below a folder a detector can learn from; why not, if none.

    ``real_sar`` has nothing to learn from where no SAR scene of split train has labels.
    """
    reasons = {name: why_unfit(read_patch_set(fakes / name)) for name in names}
    fit_for_use = [name for name, reason in reasons.items() if reason is None]
    if fit_for_use:
        return fit_for_use, None
    return [], next(iter(reasons.values()), None) or "there is no set of fakes"
