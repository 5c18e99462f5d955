"""From labelled patches to one trained land-cover model."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from crosslook.classifier.checkpoint import Card, save_classifier
from crosslook.classifier.configurations import Configuration
from crosslook.classifier.log import Log, Row, thinned
from crosslook.classifier.network import LandCoverNetwork
from crosslook.classifier.patches import Batch, Draws, LabelledPatches
from crosslook.classifier.settings import NetworkSettings, TrainingSettings
from crosslook.classifier.training import train, use_bfloat16
from crosslook.classifier.weights import load_start
from crosslook.errors import CrosslookError, InputError, ParamsError
from crosslook.patches.ahead import Ahead
from crosslook.writing import write_json

MODEL = "model.safetensors"
LOG_ROWS = 50  # of a training, in its record

Say = Callable[[str], None]


def make_classifier(
    configuration: Configuration,
    network_settings: NetworkSettings,
    settings: TrainingSettings,
    seed: int,
    patches: LabelledPatches,
    radiometry: Mapping[str, Mapping[str, Any]],
    folder: Path,
    say: Say = lambda words: None,
) -> Path:
    """Train one model and write it, going on where a killed run stopped.

    ``folder``/states holds what a resumed run needs; ``folder``/made gets model.safetensors and
    record.json.

    Args:
        configuration: which losses, of which sensors.
        network_settings: backbone and widths.
        settings: of the training.
        seed: of everything random.
        patches: to learn from.
        radiometry: sensor -> what its numbers mean; travels with the model.
        folder: of this training alone.
        say: is told how far it is.

    Returns:
        ``folder``/made.

    Raises:
        InputError: if the patches lack a sensor, or there are too few.
        CrosslookError: if the training diverges.
    """
    teacher = settings.losses.teacher
    if "distillation" in configuration.terms and teacher not in configuration.sensors:
        raise ParamsError(
            f"{configuration.name}: teacher {teacher!r} is not one of the sensors "
            f"{', '.join(configuration.sensors)}."
        )
    try:
        draws = Draws(
            patches, configuration, settings.batch, seed, settings.samples, settings.augment
        )
    except ValueError as error:
        raise InputError(f"{configuration.name}: {error}") from None
    bands = {name: draws.pixels[name].shape[1] for name in configuration.sensors}
    network = LandCoverNetwork(bands, len(patches.classes), network_settings, seed)
    load_start(network, network_settings)
    made, states = folder / "made", folder / "states"
    with Ahead[Batch](draws, settings.workers, pin=settings.device == "cuda") as batches:
        try:
            log = train(
                network,
                configuration,
                batches,
                settings,
                seed,
                states,
                partial(_tell, say, configuration.name, settings),
                say,
            )
        except FloatingPointError as error:
            raise CrosslookError(
                f"{configuration.name}: {error} Lower learning_rate, or set precision: float32."
            ) from None
    card = Card(
        configuration=configuration.name,
        sensors={name: radiometry[name] for name in configuration.sensors},
        classes=tuple(patches.classes),
        network=network_settings,
        size_px=draws.pixels[configuration.sensors[0]].shape[-1],
        steps=settings.steps,
        samples=len(draws.rows),
        seed=seed,
    )
    save_classifier(made / MODEL, network, card)
    record = {
        "configuration": configuration.name,
        "sensors": list(configuration.sensors),
        "patches": len(draws.rows),
        "steps": settings.steps,
        "seed": seed,
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "precision": "bfloat16" if use_bfloat16(settings.precision, settings.device) else "float32",
        "weights": {
            name: network_settings.weights[name].sha256
            for name in configuration.sensors
            if name in network_settings.weights
        },
        "log": [_short(row) for row in thinned(log.rows, LOG_ROWS)],
    }
    write_json(made / "record.json", record)
    return made


def _tell(say: Say, name: str, settings: TrainingSettings, step: int, log: Log) -> None:
    """A line at each tenth of the training."""
    if step % max(1, settings.steps // 10) == 0 and log.rows:
        words = [f"{key} {value:.3g}" for key, value in log.rows[-1].items() if key != "step"]
        say(f"{name}: step {step} of {settings.steps}, {', '.join(words)}")


def _short(row: Row) -> Row:
    return {name: float(f"{value:.6g}") if name != "step" else value for name, value in row.items()}
