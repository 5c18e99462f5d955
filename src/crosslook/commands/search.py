"""search: a STAC API -> a file of items."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from crosslook.errors import InputError

if TYPE_CHECKING:
    from crosslook.scenes.stac_items import Item


@click.command("search", short_help="a STAC catalogue -> a list of scenes to fetch")
@click.argument("catalogue")
@click.option("--collection", "collections", multiple=True, required=True, help="Repeatable.")
@click.option("--bbox", help="west,south,east,north in degrees; west > east crosses 180°.")
@click.option("--datetime", help="2023-08-04, 2023-08, or 2023-08-01/2023-08-31.")
@click.option("--max-cloud", type=float, help="Percent of eo:cloud_cover.")
@click.option("--where", multiple=True, help="PROPERTY=VALUE, such as sat:orbit_state=ascending.")
@click.option("--max-items", type=int, default=100, show_default=True)
@click.option(
    "--out", type=click.Path(path_type=Path), default="items.json", show_default=True, help="File."
)
def command(
    catalogue: str,
    collections: tuple[str, ...],
    bbox: str | None,
    datetime: str | None,
    max_cloud: float | None,
    where: tuple[str, ...],
    max_items: int,
    out: Path,
) -> None:
    """Look for scenes in CATALOGUE and write them to a file that 'crosslook fetch' reads.

    CATALOGUE is earth-search, planetary-computer, cdse, or the https address of any STAC API. The
    file is a STAC ItemCollection; edit it, or open it in QGIS, before fetching. Nothing is
    downloaded, and no signature or password is written.
    """
    from crosslook.scenes.stac_items import write_items
    from crosslook.scenes.stac_search import CATALOGUES, Query, search

    url = CATALOGUES.get(catalogue, catalogue)
    if "://" not in url:
        raise InputError(
            f"{catalogue!r} is neither an address nor one of {', '.join(sorted(CATALOGUES))}."
        )
    query = Query(collections, _bbox(bbox), datetime, max_cloud, dict(map(_pair, where)), max_items)
    found = search(url, query)
    for item in found.items:
        click.echo(_line(item))
    write_items(out, found.items)
    more = f", and there are more: raise --max-items {max_items}" if found.more else ""
    click.echo(f"{len(found.items)} items in {out}{more}")


def _bbox(text: str | None) -> tuple[float, float, float, float] | None:
    if text is None:
        return None
    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError:
        raise InputError(f"--bbox {text}: expected west,south,east,north in degrees.") from None
    return west, south, east, north


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise InputError(f"--where {text}: expected PROPERTY=VALUE.")
    return name, value


def _line(item: "Item") -> str:
    """Id, time and clouds; what others wrote is shown without control characters."""
    properties = item["properties"]
    words = [item["id"], str(properties.get("datetime") or properties.get("start_datetime") or "")]
    if isinstance(cloud := properties.get("eo:cloud_cover"), int | float):
        words.append(f"{cloud:.0f} % cloud")
    return "".join(letter if letter.isprintable() else "?" for letter in "  ".join(words))[:200]
