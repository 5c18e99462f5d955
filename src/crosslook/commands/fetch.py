"""fetch: a file of items -> files of scenes."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crosslook.errors import InputError

if TYPE_CHECKING:
    from crosslook.scenes.stac_assets import Asset

FILE = click.Path(path_type=Path)
GIB = 2**30


@click.command("fetch", short_help="a list of scenes -> their files")
@click.argument("items", type=FILE)
@click.option("--asset", "wanted", multiple=True, help="Repeatable. Default: whole products.")
@click.option("--only", multiple=True, help="Id of an item. Repeatable. Default: all.")
@click.option("--to", type=FILE, default="fetched", show_default=True, help="Folder.")
@click.option(
    "--max-gib", type=float, default=32, show_default=True, help="Of one file; larger is refused."
)
@click.option("--list", "listing", is_flag=True, help="Say what would be fetched, and stop.")
@click.option("--yes", is_flag=True, help="Fetch what is billed to your account, too.")
def command(
    items: Path,
    wanted: tuple[str, ...],
    only: tuple[str, ...],
    to: Path,
    max_gib: float,
    listing: bool,
    yes: bool,
) -> None:
    """Download the assets of ITEMS, a STAC ItemCollection, as 'crosslook search' writes it.

    A download that broke off goes on where it stopped when it is run again. A file appears when it
    is whole: its checksum or size is what the catalogue says, or else its length what the server
    said. Credentials come from the environment (docs/own-data.md). Files whose bucket bills the
    requester are fetched only with --yes.
    """
    from crosslook.scenes.access import asking
    from crosslook.scenes.downloads import Wanted, download
    from crosslook.scenes.stac_assets import choose
    from crosslook.scenes.stac_items import read_items
    from crosslook.scenes.web import open_session

    found = read_items(items)
    if unknown := sorted(set(only) - {item["id"] for item in found}):
        raise InputError(f"{items} has no item {unknown[0]!r}.")
    assets = choose([item for item in found if not only or item["id"] in only], wanted)
    if listing:
        for asset in assets:
            click.echo(f"{asset.name}  {_size(asset.size)}{'  billed' * asset.pays}")
    _say_costs(assets, agreed=yes or listing)
    if listing:
        return

    at_most = round(max_gib * GIB)
    files = [
        Wanted(to / asset.name, asking(asset), asset.size, asset.checksum, at_most)
        for asset in assets
    ]
    session = open_session()
    failed = 0
    for file in files:
        click.echo(f"{file.path.name}  {_size(file.size)} ...")
        try:
            done = download(session, file)
        except InputError as error:
            failed += 1
            click.echo(f"  not fetched: {error}", err=True)
            continue
        there = "was there, " if done.there else ""
        click.echo(f"  {there}{done.size} bytes, {_AGREED[done.agreed]}")
    if failed:
        raise InputError(f"{failed} of {len(files)} files were not fetched; the others are whole.")


_AGREED = {
    "checksum": "checksum as the catalogue says",
    "size": "size as the catalogue says; it gives no checksum known here",
    "length": "length as the server said; the catalogue gives neither size nor checksum",
}


def _say_costs(assets: "Sequence[Asset]", agreed: bool) -> None:
    """Say what is billed before anything is asked for.

    Raises:
        InputError: if something is billed and that was not agreed to.
    """
    billed = [asset for asset in assets if asset.pays]
    if not billed:
        return
    known = sum(asset.size or 0 for asset in billed)
    unknown = sum(asset.size is None for asset in billed)
    size = _size(known) + (f" and {unknown} of unknown size" if unknown else "")
    buckets = sorted({asset.href.split("/")[2] for asset in billed})
    text = (
        f"{len(billed)} files ({size}) lie in {', '.join(map(repr, buckets))}, where the requester "
        "pays: requests and transfer are billed to the account of AWS_ACCESS_KEY_ID"
    )
    if not agreed:
        raise InputError(f"{text}. Nothing was fetched; add --yes to agree.")
    click.echo(text + ".")


def _size(size: int | None) -> str:
    return "size unknown" if size is None else f"{size / 1e6:.1f} MB"
