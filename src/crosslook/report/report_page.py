"""The report of a run: one HTML file with its tables and pictures, to be read offline or printed.

It shows what was measured on SAR test, and nothing is chosen by it: no stage reads it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crosslook.report.associations import Point
from crosslook.report.detection_parts import Part, checkpoints, contents, detection, fusion
from crosslook.report.html_parts import heading, page, paragraph, table
from crosslook.report.land_cover_parts import LandCover, land_cover
from crosslook.report.page_pictures import Picture, figure, fitted
from crosslook.report.quality_parts import alarms, quality
from crosslook.report.run import Run
from crosslook.report.usefulness_parts import usefulness

TITLES = (
    ("detection", "Detection on SAR"),
    ("checkpoints", "Chosen checkpoints"),
    ("fusion", "Fusion"),
    ("usefulness", "Does image quality predict usefulness?"),
    ("alarms", "Alarms"),
    ("quality", "Image quality"),
)
MOST_BYTES = 7_500_000  # of all pictures in the page
STYLE = """
nav{margin:.6rem 0 1.2rem}h2{border-top:1px solid #ddd;padding-top:1.2rem}
h3{margin-top:1.8rem}p{margin:.5rem 0}
.wide{overflow-x:auto;margin:.6rem 0 1rem}.wide table{font-size:.87rem}
td,th{vertical-align:top;white-space:nowrap}th.n{text-align:right}
tr:nth-child(even) td{background:#f7f7f7}
.row{display:flex;flex-wrap:wrap;column-gap:1rem}
.row figure{flex:0 0 100%}.row figure.half{flex:0 1 calc(50% - .5rem)}
figure{margin:1rem 0 1.4rem}figcaption{color:#555;font-size:.87rem;margin-top:.2rem}
code{font-size:.92em}ul p{margin:.1rem 0}
@media screen and (max-width:60rem){.row figure.half{flex:0 0 100%}body{margin-top:.8rem}
figure{overflow-x:auto}figure:not(.half) img{max-width:none;width:52rem}}
@media print{
body{font-size:10pt;margin:0;max-width:none}nav{display:none}
.wide{overflow:visible}.wide table{font-size:7.5pt}td,th{padding-right:.5rem;white-space:normal}
figure,tr{break-inside:avoid}h2,h3{break-after:avoid}
figure img{max-height:24cm}
}
@page{margin:14mm}
"""


@dataclass(frozen=True)
class Report:
    """The page, and what could not be put into it."""

    html: str
    pictures: int
    left_out: tuple[str, ...]  # files of pictures without room


def report_page(
    run: Run,
    points: Sequence[Point],
    rows: Sequence[Mapping[str, Any]],
    most: int = MOST_BYTES,
    classified: LandCover | None = None,
) -> Report:
    """The page of a run; what is missing is left out, with a line that says so.

    Args:
        run: records and pictures.
        points: every score against AP.
        rows: their associations.
        most: bytes that all pictures may take.
        classified: the land-cover models of the run; None is none.
    """
    classified = classified or LandCover()
    parts: list[Part] = [
        *detection(run),
        *checkpoints(run),
        *fusion(run),
        *usefulness(points, rows),
        *alarms(run),
        *quality(run),
        *land_cover(classified),
    ]
    pictures = [part for part in parts if isinstance(part, Picture)]
    coded = fitted(pictures, most)
    seen = iter(zip(pictures, coded, strict=True))
    body = [part if isinstance(part, str) else figure(*next(seen)) for part in parts]
    left_out = tuple(
        one.name for one, bytes_ in zip(pictures, coded, strict=True) if bytes_ is None
    )
    html = page("crosslook: report", STYLE, [*_head(run, classified), *body])
    return Report(html, len(pictures) - len(left_out), left_out)


def _head(run: Run, classified: LandCover) -> Iterator[str]:
    """What the run is of: translations, detectors, seed, images."""
    every, given = run.named("train_translator"), run.named("translate")
    names = [f"`{name}`" for name in every if name in given]
    scenery = [f"`{name}`" for name in every if name not in given]
    detectors = list(dict.fromkeys(row["detector"] for row in run.one("choose") or []))
    yield heading(1, "crosslook: report")
    yield contents([*TITLES, *classified.titles])
    yield paragraph(
        f"Seed {run.seed}. {len(names)} translations: {', '.join(names) or 'none'}. "
        f"{len(detectors)} detectors: {', '.join(detectors) or 'none'}."
        + (f" Scenery, given to no detector: {', '.join(scenery)}." if scenery else "")
    )
    tile = run.one("tile")
    if not tile:
        yield run.missing("tile")
        return
    body = [
        [name, str(one["patches"]), str(len(one["by_scene"])), _boxes(one)]
        for name, one in tile["sets"].items()
    ]
    yield table(["patches", "number", "scenes", "boxes"], body)


def _boxes(one: Mapping[str, Any]) -> str:
    return ", ".join(f"{count} {name}" for name, count in one.get("boxes", {}).items()) or "-"
