"""The tables of a study of land-cover models in Markdown."""

from collections.abc import Mapping
from typing import Any

from crosslook.report.land_cover_cells import (
    compared,
    controls,
    differences,
    per_class,
    readings,
    scores,
    sizes,
    spread,
)
from crosslook.report.land_cover_style import PUBLISHED_ON, counts, of_most_samples, reference_note
from crosslook.report.table_cells import Cells
from crosslook.report.table_documents import grid

IN_FULL = ("forest", "baseline", "c", "c_t_m")  # whose classes are shown one by one


def study_text(study: Mapping[str, Any]) -> str:
    """All tables of a study; each heading says how much stands behind it.

    Args:
        study: with ``scores``, ``table`` and ``differences``, as ``study_classifier`` writes it.
    """
    table = study["table"]
    whole = of_most_samples(table)
    said = counts(whole)
    most = max(row["trained_on"] for row in whole)
    of_most = {row["samples"] for row in whole if row["trained_on"] == most}
    gaps = [gap for gap in study["differences"] if gap["samples"] in of_most]
    records = [one for one in study["scores"] if one["samples"] in of_most]
    sections = [
        (
            f"F1, gap, homogeneity and probe: {said}",
            "Mean over the seeds, with the 95 % interval over scenes of that mean; all seeds and "
            "configurations are drawn with the same scenes. Truth and prediction above 30 %. Gap: "
            "F1 of the second sensor minus that of the first. s: homogeneity. probe: accuracy of a "
            "linear probe for the sensor; chance is 1 / number of sensors. "
            f"{reference_note(whole)}Last column: macro (weighted) F1 and s of the paper, on "
            f"{PUBLISHED_ON}.",
            scores(whole),
        ),
        (f"Lowest and highest seed: {said}", "", spread(whole)),
        (
            f"Differences: {said}, trained on {most} patches",
            "Paired: the same scenes and seeds on both sides, with the 95 % interval over scenes. "
            "**Bold**: the interval leaves out 0, and p is below 0.05 after Holm's correction for "
            "all differences of the same score.",
            differences(gaps, compared(whole)),
        ),
        (
            f"Weighted F1 by training patches: {said}",
            "Mean over the seeds, with the 95 % interval over scenes.",
            sizes(table),
        ),
        (
            f"What s has to be read against: {said}",
            "s of each sensor's predictions and the labels, s of pairs of different places, and "
            "two sensors that answer the mean label everywhere.",
            controls(whole),
        ),
        (
            f"Two readings of the truth: {said}",
            "A class is there above 30 % of the patch, or from 10 % on. Priors differ, so the two "
            "do not compare.",
            readings(whole),
        ),
        (
            f"F1 by class: {said}, trained on {most} patches",
            "Mean over the seeds, truth above 30 %; patches: test patches that show the class.",
            per_class(records, IN_FULL),
        ),
    ]
    return "\n".join(text for one in sections if (text := _section(*one)))


def _section(title: str, words: str, cells: Cells) -> str:
    head, body = cells
    told = f"**{title}.**" + (f" {words}" if words else "")
    return f"{told}\n\n{grid(head, body)}\n" if body else ""
