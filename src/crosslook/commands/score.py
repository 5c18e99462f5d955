"""score: a folder of real images and one of fakes -> every score of quality, without a pipeline."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crosslook.errors import CrosslookError, InputError, MissingWeightsError
from crosslook.scores.embedder_settings import EMBEDDERS, EmbedderSettings, require_embedder
from crosslook.scores.forest_settings import PAPER, ForestSettings

if TYPE_CHECKING:
    from crosslook.scores.embedding import Embedder
    from crosslook.scores.folders import Folder

FORESTS = {"quick": ForestSettings(), "paper": PAPER}
FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@click.command("score", short_help="two folders of images -> FID, KID, CRD, ... of the fakes")
@click.argument("real_dir", type=FOLDER)
@click.argument("fake_dir", type=FOLDER)
@click.option(
    "--embedder",
    metavar="NAME[=WEIGHTS]",
    default="inception_fid",
    show_default=True,
    help=f"One of {', '.join(EMBEDDERS)}.",
)
@click.option("--weights", help="File of trained weights, .pth or .safetensors.")
@click.option("--sha256", default="", help="Of that file, 64 digits.")
@click.option("--download", is_flag=True, help="Weights from their publisher's address.")
@click.option(
    "--forest",
    type=click.Choice(list(FORESTS)),
    default="quick",
    show_default=True,
    help="paper: 100 repeats. quick: until the standard error is 0.005.",
)
@click.option("--crop", type=click.IntRange(32), help="Cut the middle of every image, side in px.")
@click.option("--allow-unequal", is_flag=True, help="Take a random part of the larger side.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="Also write everything as JSON.")
def command(
    real_dir: Path,
    fake_dir: Path,
    embedder: str,
    weights: str | None,
    sha256: str,
    download: bool,
    forest: str,
    crop: int | None,
    allow_unequal: bool,
    seed: int,
    output: Path | None,
) -> None:
    """Score the images of FAKE_DIR against those of REAL_DIR.

    Read: PNG, JPEG and 8-bit GeoTIFF that lie in the folder, or patch sets. Both sides need images
    of one size and equally many. Of one that cannot be read a line tells, and the others are
    scored. Printed are the Fréchet distance (FID with inception_fid, FRD with resnet50_imagenet),
    KID, CRD, coverage, the log-loss of a random forest and the checkerboard index, each beside
    what real images give against real ones.
    """
    from crosslook.scores.folders import require_comparable

    if output is not None and output.suffix.lower() != ".json":
        raise InputError(f"{output}: the scores are written as .json; change --output.")
    name, settings = _settings(embedder, weights, sha256, download)
    real, fake = _open(real_dir), _open(fake_dir)
    n = require_comparable(real, fake, crop or 0, allow_unequal)
    if len(real) != len(fake):
        more = max(real, fake, key=len)
        click.echo(f"{more.path}: a random {n} of {len(more)} images (seed {seed}).", err=True)

    from crosslook.report.score_text import lines
    from crosslook.scores.scoring_folders import PARTS, compare, look
    from crosslook.writing import write_json

    network = _load(name, settings)
    with _bar("embedding", len(real) + len(fake)) as bar:
        seen = look(real, fake, network, crop or 0, bar.update)
    with _bar("scoring", PARTS) as bar:
        record = compare(seen, n, FORESTS[forest], seed, bar.update)
    for line in lines(record):
        click.echo(line)
    if output is not None:
        write_json(output, record)
        click.echo(f"{output}: the same with all details")


def _settings(
    embedder: str, weights: str | None, sha256: str, download: bool
) -> tuple[str, EmbedderSettings]:
    """The network's name, and where its weights come from.

    Raises:
        InputError: if the options contradict each other.
    """
    name, _, path = embedder.partition("=")
    if path and weights:
        raise InputError(f"weights are given twice, {path} and {weights}: leave one away.")
    try:
        require_embedder(name)
        return name, EmbedderSettings(weights or path, sha256, download)
    except ValueError as error:
        raise InputError(str(error)) from None


def _open(path: Path) -> "Folder":
    """A folder, with a line for each image in it that cannot be read."""
    from crosslook.scores.folders import image_count, open_folder

    with _bar(f"reading {path}", image_count(path)) as bar:
        folder = open_folder(path, bar.update)
    for line in folder.unreadable:
        click.echo(f"left out: {line}", err=True)
    return folder


def _load(name: str, settings: EmbedderSettings) -> "Embedder":
    """The network; of missing weights, what to write on the command line.

    Raises:
        CrosslookError: if its weights are missing or wrong.
    """
    from crosslook.judging.embedders import load_embedder

    try:
        return load_embedder(name, settings)
    except MissingWeightsError as error:
        raise CrosslookError(
            f"{error} Here: --weights FILE --sha256 DIGITS; or --embedder resnet50_random, which "
            "needs no weights and gives no FID."
        ) from None


def _bar(label: str, length: int) -> Any:
    """A progress bar on stderr; a single line where that is no terminal."""
    return click.progressbar(length=length, label=label, file=sys.stderr)
