"""train_classifier: land-cover patches of several sensors -> models that take any of them."""

from functools import partial

import click

from crosslook import outputs, params, results
from crosslook.classifier.classifier_params import TrainClassifierParams

STAGE = "train_classifier"


@click.command(STAGE, short_help="land-cover patches -> models that take either sensor")
def command() -> None:
    """Train the cross-modal land-cover models, and score each sensor on scenes held out.

    A killed run goes on where it stopped, and ends with the same bytes.
    """
    from crosslook.classifier.studying import members
    from crosslook.classifier_units import deliver, look_at_inputs, study_record, train_members

    own, seed = params.read(TrainClassifierParams, STAGE), params.seed()
    say = partial(click.echo, err=True)
    inputs = look_at_inputs(own, seed, say)

    study = members(own.configurations, own.samples, [seed + one for one in own.seeds])
    units = train_members(study, own, seed, inputs, say)

    folder = outputs.build(STAGE)
    deliver(units, folder)
    results.write(outputs.results(STAGE), study_record(units, folder, own, seed, inputs))
