"""data: make data/ ready, from the DVC remote or by simulation."""

import subprocess
import sys
from pathlib import Path

import click
import yaml

from crosslook import outputs, params
from crosslook.errors import InputError

POINTER = Path("data.dvc")


@click.command("data", short_help="fetch data/ from the DVC remote, or simulate it")
def command() -> None:
    """Make data/ ready: keep what is there, else pull it, else simulate it.

    Only the simulated world can be made anew; a profile without a section 'simulate' works on
    scenes that came in by 'crosslook ingest', and those have to come from the DVC remote.
    """
    from crosslook.simulate.dataset import write_data
    from crosslook.simulate.settings import SimulateParams

    if (outputs.DATA / "scenes.json").exists():
        click.echo(f"data: {outputs.DATA}/ is there")
        return
    if POINTER.exists() and _dvc("pull", str(POINTER)):
        click.echo(f"data: {outputs.DATA}/ came from the DVC cache or remote")
        return
    if "simulate" not in params.load():
        raise InputError(
            "data/ is missing, the DVC remote does not have it, and params.yaml has no section "
            "'simulate': run 'dvc pull' with your remote, or 'crosslook ingest'."
        )
    click.echo("data: simulating the world (about a minute)")
    write_data(outputs.DATA, params.seed(), params.read(SimulateParams, "simulate"))
    before = _hash()
    if not _dvc("add", str(outputs.DATA)):
        raise InputError("'dvc add data' failed: run it by hand to see why.")
    if before and before != _hash():
        click.echo(
            "data: the simulated bytes differ from data.dvc (another seed, processor or library); "
            "data.dvc now points to what was made here, and everything goes on"
        )


def _dvc(*words: str) -> bool:
    """Run DVC quietly; True when it did what was asked."""
    return not subprocess.run(
        [sys.executable, "-m", "dvc", *words, "--quiet"], stderr=subprocess.DEVNULL
    ).returncode


def _hash() -> str:
    return str(yaml.safe_load(POINTER.read_text())["outs"][0]["md5"]) if POINTER.exists() else ""
