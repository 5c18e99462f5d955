"""The pictures of a study of land-cover models, and the JSON that each is drawn from."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from crosslook.report.land_cover_bars_picture import draw_bars
from crosslook.report.land_cover_samples_picture import by_size, draw_samples
from crosslook.report.land_cover_style import Row, of_most_samples
from crosslook.report.latent_picture import draw_latent
from crosslook.writing import write_bytes, write_json


def write_pictures(
    folder: Path, table: Sequence[Row], views: Sequence[Mapping[str, Any]]
) -> dict[str, Path]:
    """Write figure2, figure3 and latent, each as .png and .json; what has nothing to show is not.

    Args:
        folder: for the files.
        table: of ``comparing.compare``.
        views: of ``latent.latent_views``.

    Returns:
        Name -> file of each picture.
    """
    lines = [row for rows in by_size(table).values() for row in rows]
    data: dict[str, tuple[Any, Sequence[Any]]] = {
        "figure2": (draw_bars, of_most_samples(table)),
        "figure3": (draw_samples, lines),
        "latent": (draw_latent, views),
    }
    written = {}
    for name, (draw, shown) in data.items():
        if shown:
            path = folder / f"{name}.png"
            write_bytes(path, draw(shown))
            write_json(path.with_suffix(".json"), list(shown))
            written[path.name] = path
    return written
