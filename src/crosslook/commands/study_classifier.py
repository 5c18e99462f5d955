"""study_classifier: params/land_cover.yaml -> land-cover models, compared over seeds and sizes."""

from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import click

from crosslook import outputs, params, results
from crosslook.classifier.classifier_params import TrainClassifierParams

NAME = "study_classifier"
SECTION = "train_classifier"


@dataclass(frozen=True)
class StudyParams:
    """What a study has beside the configurations, samples and seeds of ``train_classifier``."""

    sized: tuple[str, ...] = ()  # configurations that are also trained on fewer patches
    sizes: tuple[int, ...] = ()  # how many
    latent: tuple[str, ...] = ("c", "c_t_m")  # whose latent spaces are drawn


@click.command(NAME, short_help="all land-cover configurations, several seeds, one table")
@click.option(
    "--params",
    "path",
    type=click.Path(path_type=Path),
    default=outputs.PROFILES / "land_cover.yaml",
    show_default=True,
    help="YAML with a section train_classifier.",
)
def command(path: Path) -> None:
    """Train every configuration with several seeds and numbers of patches, and compare them.

    Seed and patches are the project's. Writes .work/study_classifier/: study.json, table.md, the
    pictures with the JSON behind each, and the models; and the experiment study_classifier of
    MLflow. A study that was stopped goes on where it was; one that is done trains nothing anew.
    """
    from crosslook.classifier.comparing import compare
    from crosslook.classifier.latent import latent_views
    from crosslook.classifier.studying import members
    from crosslook.classifier_units import deliver, look_at_inputs, study_record, train_members
    from crosslook.report.land_cover_text import study_text
    from crosslook.report.study_classifier_pictures import write_pictures
    from crosslook.tracking.records import Record
    from crosslook.tracking.sheets import sheets
    from crosslook.tracking.store import opened
    from crosslook.tracking.sync import sync
    from crosslook.writing import write_text

    section = params.load(path).get(SECTION) or {}
    own, more = params.divide(TrainClassifierParams, StudyParams, section, f"{path}: {SECTION}")
    seed, folder, say = params.seed(), outputs.WORK / NAME, partial(click.echo, err=True)
    seeds = [seed + one for one in own.seeds]
    study = [
        *members(own.configurations, own.samples, seeds),
        *members(more.sized, more.sizes, seeds),
    ]
    inputs = look_at_inputs(own, seed, say)
    units = train_members(list(dict.fromkeys(study)), own, seed, inputs, say)

    deliver(units, folder / "models")
    record = study_record(units, folder / "models", own, seed, inputs)
    record |= compare(list(units), folder / "models", record, own.replicates, seed)
    record["settings"] = {
        "backbone": own.network.backbone,
        "training": asdict(own.training),
        "seed": seed,
        "replicates": own.replicates,
    }
    views = latent_views(record["scores"], folder / "models", more.latent)

    results.write(folder / "study.json", record)
    text = study_text(record)
    write_text(folder / "table.md", text)
    pictures = write_pictures(folder, record["table"], views)
    found = Record(NAME, NAME, results.read(folder / "study.json"), pictures)
    with opened(outputs.STORE) as store:
        sync(store, sheets([found], [NAME]))
    click.echo(text)
