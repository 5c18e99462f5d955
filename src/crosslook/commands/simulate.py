"""simulate: a seed -> data/, a simulated world with optical and SAR scenes."""

from pathlib import Path

import click

from crosslook import params
from crosslook.errors import InputError
from crosslook.outputs import DATA
from crosslook.simulate.settings import SimulateParams

NAME = "simulate"


@click.command(NAME, short_help="a seed -> data/, a simulated world with labelled ports")
@click.option(
    "--output", type=click.Path(path_type=Path), default=DATA, show_default=True, help="Folder."
)
@click.option("--seed", type=click.IntRange(min=0), help="Another world. [default: params.yaml]")
@click.option("--force", is_flag=True, help="Replace the folder if it exists.")
def command(output: Path, seed: int | None, force: bool) -> None:
    """Make a simulated world: optical and SAR scenes of different places, with labelled ports.

    The same seed gives the same bytes. Scores on this world show that the pipeline runs; they say
    nothing about real images.
    """
    settings = params.read(SimulateParams, NAME)
    world_seed = params.seed() if seed is None else seed
    if output.exists() and not force:
        raise InputError(
            f"{output} exists already: choose another --output, or replace it (--force)."
        )

    from crosslook.simulate.dataset import write_data

    scenes = write_data(output, world_seed, settings, tell=click.echo)

    mpx = sum(scene.size[0] * scene.size[1] for scene in scenes) / 1e6
    click.echo(f"{output}: {len(scenes)} scenes, {mpx:.1f} Mpx, seed {world_seed}.")
