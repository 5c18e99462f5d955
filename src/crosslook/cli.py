"""The ``crosslook`` command: stages in flow order, then the commands of users."""

from importlib import import_module

import click

from crosslook import __version__
from crosslook.errors import CrosslookError

STAGES = [
    "check_data",
    "tile",
    "train_classifier",
    "warm_start",
    "train_translator",
    "translate",
    "score_translator",
    "train_detector",
    "choose",
    "tune_fusion",
    "detect_test",
    "evaluate",
    "report",
    "track",
]
COMMANDS = [
    "data",
    "simulate",
    "search",
    "fetch",
    "ingest",
    "labels",
    "check",
    "score",
    "table",
    "picture",
    "translate_scene",
    "classify",
    "promote",
    "study_seeds",
]


class Pipeline(click.Group):
    """Lists stages in flow order, and shows our own errors as one line instead of a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except CrosslookError as error:
            raise click.ClickException(str(error)) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, names in (("Stages, in the order of 'dvc repro'", STAGES), ("Tools", COMMANDS)):
            with formatter.section(title):
                formatter.write_dl(
                    [(name, self.commands[name].get_short_help_str(70)) for name in names]
                )


@click.group(cls=Pipeline)
@click.version_option(__version__)
def main() -> None:
    """Labelled optical imagery in, detectors for SAR out.

    'make repro' runs every stage; each one can also be run alone, in the top folder of the
    project. What a stage does is set in params.yaml, in the section of its name.
    """


for _package, _names in (("stages", STAGES), ("commands", COMMANDS)):
    for _name in _names:
        main.add_command(import_module(f"crosslook.{_package}.{_name}").command)
