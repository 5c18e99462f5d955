"""From two patch sets to the checkpoints of one translator."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from crosslook.errors import CrosslookError, ParamsError
from crosslook.patches.datasets import UnpairedPatches, hold
from crosslook.patches.packed import Packed
from crosslook.patches.patch_set import PatchSet
from crosslook.translators.alarms import Watch, draw_probes
from crosslook.translators.checkpoint import Card, save_translator
from crosslook.translators.compiling import make_fast
from crosslook.translators.curve import Curve, Row
from crosslook.translators.curves_picture import write_curves
from crosslook.translators.grids import sample, write_grid
from crosslook.translators.loading import Loader
from crosslook.translators.methods import create
from crosslook.translators.naming import Checkpoint, averaged, checkpoint_name
from crosslook.translators.precision import use_bfloat16
from crosslook.translators.progress import ProgressLine
from crosslook.translators.schedules import epoch_length, last_step
from crosslook.translators.settings import Settings, Training
from crosslook.translators.training import train
from crosslook.writing import write_json

Say = Callable[[str], None]


def make_checkpoints(
    method: str,
    settings: Settings,
    training: Training,
    seed: int,
    source: PatchSet | Packed,
    target: PatchSet | Packed,
    folder: Path,
    say: Say,
    watched: Path | None = None,
) -> Path:
    """Train one translator and write its checkpoints, going on where a killed run stopped.

    ``folder``/states holds what a resumed run needs; ``folder``/made gets a safetensors file and
    a picture in grids/ per checkpoint, curves.png with the losses so far, and record.json. With
    ``watched``, each checkpoint is tried on probes as it is written: its values go to that folder,
    and ``say`` is told of alarms. Nothing in ``folder`` depends on it.

    Returns:
        ``folder``/made.

    Raises:
        CrosslookError: if a set is empty, its patches are too small, or the training diverges.
    """
    source, target = hold(source), hold(target)
    source_pixels, target_pixels = source.pixels, target.pixels
    channels = (source_pixels.shape[1], target_pixels.shape[1])
    translator = create(method, settings, *channels, seed).to(training.device)
    translator.fit(source_pixels, target_pixels)
    made, shown = folder / "made", (sample(source_pixels), sample(target_pixels))

    def save(step: Checkpoint) -> None:
        name = checkpoint_name(step)
        card = Card(method, settings, source.contract, target.contract, step, seed)
        save_translator(made / f"{name}.safetensors", translator, card)
        if watch:
            watch(step, made / f"{name}.safetensors")
        write_grid(made / "grids" / f"{name}.png", translator, *shown)

    def draw(curve: Curve) -> None:
        if curve.rows:
            write_curves(made / "curves.png", method, curve.rows, training.checkpoints)

    curve = Curve(training.log_every)
    trained = bool(translator.updates())
    probes = draw_probes(source, target, seed) if trained and watched else None
    watch = (
        Watch(probes, training.alarms, watched, training.device, partial(_tell, method, say))
        if probes and watched
        else None
    )
    halved = use_bfloat16(training.precision, training.device)
    if trained:
        make_fast(translator, training)
        batch = training.batch * training.accumulate
        drawn = UnpairedPatches(source, target, batch, training.crop, seed)
        batches = Loader(drawn, training.device, training.workers)
        epoch_steps = epoch_length(len(source), len(target), batch)
        smallest = min(*source_pixels.shape[2:], *target_pixels.shape[2:])
        _require_possible(method, settings, training, epoch_steps, smallest)
        line = ProgressLine(method, training.steps, say, waited=lambda: batches.waited)
        states = folder / "states"

        def after_step(step: int, curve: Curve) -> None:
            if step in training.checkpoints:
                draw(curve)
            line(step, curve)

        try:
            curve = train(
                translator, batches, training, epoch_steps, seed, states, save, after_step, say
            )
        except FloatingPointError as error:
            raise CrosslookError(
                f"{method}: {error} Lower its learning_rate, or set precision: float32."
            ) from None
        finally:
            batches.close()
        draw(curve)
    else:
        save(None)
    parameters = sum(parameter.numel() for parameter in translator.parameters())
    write_json(
        made / "record.json",
        {
            "method": method,
            "checkpoints": _checkpoints(training) if trained else [None],
            "steps": training.steps if trained else 0,
            "parameters": parameters,
            "precision": "bfloat16" if trained and halved else "float32",
            "losses": [_short(row) for row in curve.rows],
            "contract": {"source": source.contract, "target": target.contract},
        },
    )
    return made


def _tell(method: str, say: Say, words: str) -> None:
    say(f"{method}: {words}")


def _require_possible(
    method: str, settings: Settings, training: Training, epoch_steps: int, smallest: int
) -> None:
    """What can only be checked once the patches and the method's sizes are known."""
    if training.crop < settings.smallest_crop:
        raise ParamsError(
            f"{method}: crop={training.crop} is smaller than its networks need: take "
            f"{settings.smallest_crop} or more."
        )
    if training.crop > smallest:
        raise ParamsError(
            f"{method}: crop={training.crop} is larger than the patches, {smallest} px: take a "
            "smaller crop, or cut larger patches."
        )
    if training.steps > (end := last_step(training.schedule, epoch_steps)):
        raise ParamsError(
            f"{method}: the learning rate ends at step {end}, before steps={training.steps}: "
            "lengthen schedule, or take fewer steps."
        )


def _checkpoints(training: Training) -> list[Checkpoint]:
    """Every checkpoint, and its moving average where there is one."""
    kinds: list[Checkpoint] = []
    for step in training.checkpoints:
        kinds += [step, averaged(step)] if training.average else [step]
    return kinds


def _short(row: Row) -> Row:
    return {name: float(f"{value:.6g}") if name != "step" else value for name, value in row.items()}
