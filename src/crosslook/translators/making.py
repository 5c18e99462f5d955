"""From two patch sets to the checkpoints of one translator."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from crosslook.errors import CrosslookError, ParamsError
from crosslook.patches.datasets import UnpairedPatches, read_array
from crosslook.patches.patch_set import PatchSet, read_patch_set
from crosslook.translators.checkpoint import Card, save_translator
from crosslook.translators.compiling import make_fast
from crosslook.translators.curve import Curve, Row
from crosslook.translators.grids import sample, write_grid
from crosslook.translators.methods import create
from crosslook.translators.naming import Checkpoint, averaged, checkpoint_name
from crosslook.translators.pixels import to_network
from crosslook.translators.precision import use_bfloat16
from crosslook.translators.progress import ProgressLine
from crosslook.translators.schedules import epoch_length, last_step
from crosslook.translators.settings import NetworkSettings, Settings, Training
from crosslook.translators.training import Batches, train
from crosslook.writing import write_json

Say = Callable[[str], None]


@dataclass(frozen=True)
class TrainJob:
    """One translator to train, by paths and settings only: it can travel to another process."""

    method: str
    settings: Settings
    training: Training
    seed: int
    source: Path  # patch set
    target: Path  # patch set
    folder: Path  # gets states/ and made/

    @property
    def learns(self) -> bool:
        """Whether the method has training steps."""
        return isinstance(self.settings, NetworkSettings)


def train_set(job: TrainJob, say: Say) -> Path:
    """Do a ``TrainJob``: ``make_checkpoints`` of the patch sets that it names."""
    source, target = read_patch_set(job.source), read_patch_set(job.target)
    return make_checkpoints(
        job.method, job.settings, job.training, job.seed, source, target, job.folder, say
    )


def make_checkpoints(
    method: str,
    settings: Settings,
    training: Training,
    seed: int,
    source: PatchSet,
    target: PatchSet,
    folder: Path,
    say: Say,
) -> Path:
    """Train one translator and write its checkpoints, going on where a killed run stopped.

    ``folder``/states holds what a resumed run needs; ``folder``/made gets a safetensors file and
    a picture in grids/ per checkpoint, and record.json.

    Returns:
        ``folder``/made.

    Raises:
        CrosslookError: if a set is empty, its patches are too small, or the training diverges.
    """
    source_pixels, target_pixels = read_array(source), read_array(target)
    channels = (source_pixels.shape[1], target_pixels.shape[1])
    translator = create(method, settings, *channels, seed).to(training.device)
    translator.fit(source_pixels, target_pixels)
    made, shown = folder / "made", (sample(source_pixels), sample(target_pixels))

    def save(step: Checkpoint) -> None:
        name = checkpoint_name(step)
        card = Card(method, settings, source.contract, target.contract, step, seed)
        save_translator(made / f"{name}.safetensors", translator, card)
        write_grid(made / "grids" / f"{name}.png", translator, *shown)

    curve = Curve(training.log_every)
    trained = bool(translator.updates())
    halved = use_bfloat16(training.precision, training.device)
    if trained:
        make_fast(translator, training)
        batch = training.batch * training.accumulate
        drawn = UnpairedPatches(source_pixels, target_pixels, batch, training.crop, seed)
        batches = _to_networks(drawn, training.device)
        epoch_steps = epoch_length(len(source), len(target), batch)
        smallest = min(*source_pixels.shape[2:], *target_pixels.shape[2:])
        _require_possible(method, settings, training, epoch_steps, smallest)
        line = ProgressLine(method, training.steps, say)
        try:
            curve = train(
                translator, batches, training, epoch_steps, seed, folder / "states", save, line, say
            )
        except FloatingPointError as error:
            raise CrosslookError(
                f"{method}: {error} Lower its learning_rate, or set precision: float32."
            ) from None
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
            "losses": [_in_order(row) for row in curve.rows],
            "contract": {"source": source.contract, "target": target.contract},
        },
    )
    return made


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


def _to_networks(patches: UnpairedPatches, device: str) -> Batches:
    def batches(step: int) -> tuple[Tensor, Tensor]:
        source, target = patches.at(step)
        return to_network(source, device), to_network(target, device)

    return batches


def _in_order(row: Row) -> Row:
    """The step, then the losses by name: a resumed run has forgotten in which order they came."""
    losses = {name: float(f"{row[name]:.6g}") for name in sorted(row) if name != "step"}
    return {"step": row["step"]} | losses
