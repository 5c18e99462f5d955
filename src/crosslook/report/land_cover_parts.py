"""The part of the report on land cover: what each configuration reaches with either sensor."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crosslook.classifier.tabulating import rows_of
from crosslook.report.detection_parts import Part
from crosslook.report.html_parts import heading, paragraph, table
from crosslook.report.land_cover_bars_picture import draw_bars
from crosslook.report.land_cover_cells import scores
from crosslook.report.land_cover_style import (
    PUBLISHED_ON,
    Row,
    counts,
    of_most_samples,
    reference_note,
)
from crosslook.report.latent_picture import draw_latent
from crosslook.report.page_pictures import Picture

TITLE = ("land-cover", "Land cover")


@dataclass(frozen=True)
class LandCover:
    """What the page shows of a run's land-cover models."""

    rows: Sequence[Row] = ()  # one per configuration; none: no model was trained
    views: Sequence[Mapping[str, Any]] = ()  # of ``latent.latent_views``

    @property
    def titles(self) -> list[tuple[str, str]]:
        """Of the table of contents: one, or none."""
        return [TITLE] if self.rows else []

    @property
    def shown(self) -> dict[str, Any]:
        """What the pictures are drawn from."""
        return {"figure2": list(self.rows), "latent": list(self.views)}


def land_cover_of(record: Mapping[str, Any] | None, folder: Path) -> LandCover:
    """What is shown of results/train_classifier.json, which need not be there.

    Args:
        record: the whole of it.
        folder: has a folder of each model, for the views of latent spaces; those that are not
            there are left out.
    """
    if not record or not record["scores"]:
        return LandCover()
    from crosslook.classifier.latent import latent_views

    rows = of_most_samples(rows_of(record["scores"], record["trainings"]))
    return LandCover(rows, latent_views(record["scores"], folder))


def land_cover(found: LandCover) -> Iterator[Part]:
    """The table, Fig. 2 and the latent spaces; nothing where no model was trained."""
    if not found.rows:
        return
    yield heading(2, TITLE[1], TITLE[0])
    yield paragraph(
        f"**F1 on {counts(found.rows)}**, with 95 % intervals over scenes. A model is as good as "
        "its F1, serves the sensors as equally as the gap (the second one's F1 minus the first "
        "one's) is small, and is consistent where s is high at a high F1, as two sensors that "
        "always give one answer reach s = 1 too; the probe is at chance where the embeddings no "
        "longer show the sensor. "
        f"{reference_note(found.rows)}Last column: macro (weighted) F1 and s of the paper, on "
        f"{PUBLISHED_ON}."
    )
    yield table(*scores(found.rows))
    caption = "F1 of each configuration and sensor (Senchugova and Hänsch, Fig. 2)."
    yield Picture(draw_bars(found.rows), "land cover, F1", caption)
    if found.views:
        caption = "The latent space of each model that has one for all sensors."
        yield Picture(draw_latent(found.views), "land cover, latent space", caption)
