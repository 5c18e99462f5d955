"""The answer of ``crosslook evaluate --ground-truth --detections`` as lines."""

from collections.abc import Mapping
from typing import Any

SHORT = ("AP", "AP50", "AP75", "AR100")
REST = ("APs", "APm", "APl", "AR1", "AR10", "ARs", "ARm", "ARl")


def coco_lines(found: Mapping[str, Any], drawn_by: str) -> list[str]:
    """AP, AP50, AP75 and AR100 with intervals, the other statistics, and differences.

    Args:
        found: from ``scores.plain_evaluation``.
        drawn_by: what a draw takes, in words.
    """
    text = [
        f"{found['n_images']} images, {found['n_boxes']} objects; 95 % intervals of "
        f"{found['replicates']} draws by {drawn_by}, seed {found['seed']}"
    ]
    for row in found["scores"]:
        text += ["", row["detections"]]
        for name in SHORT:
            low, high = row["intervals"][name]["low"], row["intervals"][name]["high"]
            text.append(f"  {name:6} {_number(row[name])}  ({_number(low)} to {_number(high)})")
        text.append("  " + "  ".join(f"{name} {_number(row[name])}" for name in REST))
    for gap in found["differences"]:
        verdict = "" if gap["distinguishable"] else "  not distinguishable"
        text += [
            "",
            f"AP of {gap['a']} minus AP of {gap['b']}:",
            f"  {gap['difference']:+.4f}  ({gap['low']:+.4f} to {gap['high']:+.4f})  "
            f"p {gap['p']:.4f}, Holm {gap['p_holm']:.4f}{verdict}",
        ]
    return text


def _number(value: float) -> str:
    return "  -   " if value < 0 else f"{value:.4f}"
