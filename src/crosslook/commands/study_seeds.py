"""study_seeds: the whole pipeline once per seed, and one table of what came out."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import yaml

from crosslook import outputs, results
from crosslook.ensemble.naming import promoted
from crosslook.errors import StaleError

NAME = "study_seeds"
FOLDER = outputs.WORK / NAME
Runs = Mapping[int, Mapping[str, Any]]  # seed -> results by stage


@click.command(NAME, short_help="several seeds -> several worlds, one table of results")
@click.option("--seeds", default="1,2,3", show_default=True, help="Whole numbers, by commas.")
@click.option("--output", type=click.Path(path_type=Path), help="Markdown file for the table.")
def command(seeds: str, output: Path | None) -> None:
    """Run the committed pipeline once per seed, each in a clone of its own under .work/.

    The seed changes everything that is random: the world, its split, the warm start, the
    trainings. A run that was stopped goes on where it was. Nothing in this folder changes.
    """
    from crosslook.writing import write_text

    if _git("status", "--porcelain", "--untracked-files=no"):
        raise StaleError("the tree has changes: commit them, so that the table names its code.")
    commit = _git("rev-parse", "--short", "HEAD")

    runs = {}
    for seed in (int(word) for word in seeds.split(",")):
        folder = FOLDER / f"{commit}-seed{seed}"
        _prepare(folder, seed)
        click.echo(f"seed {seed}: running in {folder}", err=True)
        for words in (["crosslook", "data"], ["dvc", "repro", "--quiet"]):
            subprocess.run([sys.executable, "-m", *words], cwd=folder, check=True)
        runs[seed] = {
            name: results.read(folder / outputs.results(name))
            for name in ("evaluate", "evaluate_differences", "tune_fusion")
        }

    text = as_markdown(runs)
    click.echo(text)
    if output:
        write_text(output, text)


def as_markdown(runs: Runs) -> str:
    """AP on SAR test by translation and seed, and the two comparisons that matter."""
    seeds = sorted(runs)
    rows = {
        seed: [row for row in runs[seed]["evaluate"] if row["protocol"] == "dev"] for seed in seeds
    }
    names = list(dict.fromkeys((r["detector"], r["translation"]) for s in seeds for r in rows[s]))
    lines = [
        "| detector | translation | " + " | ".join(f"seed {seed}" for seed in seeds) + " |",
        "|---|---|" + "---|" * len(seeds),
    ]
    for detector, translation in names:
        cells = [
            f"{row['ap']:.3f} ({row['ap_low']:.3f} to {row['ap_high']:.3f})"
            for seed in seeds
            for row in rows[seed]
            if (row["detector"], row["translation"]) == (detector, translation)
        ]
        lines.append(f"| {detector} | {translation} | " + " | ".join(cells) + " |")
    for detector in dict.fromkeys(detector for detector, _ in names):
        for title, cell in (
            ("test images, scenes, boxes", _sizes),
            ("best GAN on dev, minus `none`, on test", _gain),
            ("AP on dev: tuned ensemble, best single", _on_dev),
        ):
            cells = [cell(runs[seed], detector) for seed in seeds]
            lines.append(f"| {detector} | *{title}* | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _sizes(run: Mapping[str, Any], detector: str) -> str:
    row = next(row for row in run["evaluate"] if row["detector"] == detector)
    return f"{row['n_images']}, {row['n_scenes']}, {row['n_boxes']}"


def _gain(run: Mapping[str, Any], detector: str) -> str:
    gap = next(
        gap
        for gap in run["evaluate_differences"]
        if (gap["detector"], gap.get("protocol", "dev")) == (detector, "dev")
        and gap["best_gan"]
        and gap["b"] == "none"
    )
    return f"{gap['a']}: {gap['difference']:+.3f} ({gap['low']:+.3f} to {gap['high']:+.3f})"


def _on_dev(run: Mapping[str, Any], detector: str) -> str:
    tuned = promoted(run["tune_fusion"]["detectors"])[detector]
    return f"{tuned['ap']:.3f}, {tuned['best_single']['ap']:.3f}"


def _prepare(folder: Path, seed: int) -> None:
    """Clone the committed tree into ``folder``, once, with another seed in its params.yaml."""
    if (folder / "params.yaml").exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run(["git", "clone", "--quiet", str(Path.cwd()), str(folder)], check=True)
    values = yaml.safe_load((folder / outputs.PARAMS).read_text())
    (folder / outputs.PARAMS).write_text(yaml.safe_dump({**values, "seed": seed}, sort_keys=False))


def _git(*words: str) -> str:
    return subprocess.run(
        ["git", *words], check=True, capture_output=True, text=True, env=os.environ
    ).stdout.strip()
