"""The one training loop of all detectors: of warm starts on shapes, of detectors on fakes.

Everything random in step n comes from (seed, n), so a killed training that goes on from its last
saved state ends, on one processor, in the same bytes as one that was never killed.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import SGD, AdamW, Optimizer

from crosslook.detectors.checkpoints import read_tensors, write_tensors
from crosslook.detectors.examples import Batch
from crosslook.detectors.settings import TrainingSettings
from crosslook.errors import CheckpointError, ParamsError
from crosslook.patches.ahead import Ahead

ROWS = 20  # of losses, in the results
STATE = "training.safetensors"

Tensors = dict[str, Tensor]


@dataclass(frozen=True)
class Course:
    """How a training went."""

    kept_step: int
    validation: list[dict[str, Any]]  # {step, ap}
    losses: list[dict[str, Any]]  # {step, one mean per loss since the row before}


@dataclass
class _Progress:
    """What a saved state must hold besides the model and the optimiser."""

    step: int
    kept_step: int
    kept: Tensors
    validation: list[dict[str, Any]]
    names: list[str]  # of the losses, known after the first step
    losses: list[list[float]]  # of every step, in the order of the names

    def add(self, losses: dict[str, float]) -> None:
        """One more step is done."""
        self.names = self.names or sorted(losses)
        self.losses.append([losses[name] for name in self.names])
        self.step += 1


def train(
    model: nn.Module,
    batch: Callable[[int], Batch],
    settings: TrainingSettings,
    seed: int,
    state: Path | None = None,
    examine: Callable[[nn.Module], float] | None = None,
) -> Course:
    """Train ``model`` in place, and leave it with the weights of the best examined step.

    Args:
        model: obeys ``crosslook.detectors.engines``.
        batch: step, from 1 -> its images and targets; must depend on the step alone. With workers
            it travels to them, so it can be pickled.
        settings: steps, optimiser, device.
        seed: of the sampling of anchors and proposals.
        state: folder for the state of an unfinished training; what lies there is gone on from.
        examine: validation AP of the model, the higher the better. The best step is kept, the
            later one of equals. Without it, the last step is kept.

    Raises:
        FloatingPointError: as soon as a loss is not finite; the message names it.
        ParamsError: if the device is not there.
    """
    model.to(_device(settings))
    optimiser = _optimiser(model, settings)
    progress = _Progress(0, 0, {}, [], [], [])
    if state is not None:
        progress = _resume(state / STATE, model, optimiser, progress)
    points = _points(settings) if examine else set()
    with Ahead(batch, settings.workers) as batches:
        while progress.step < settings.steps and not _stalled(progress, settings.patience):
            step = progress.step + 1
            progress.add(_step(model, optimiser, batches(step), settings, seed, step))
            if examine and step in points:
                _examine(model, examine, progress)
            last = step == settings.steps or _stalled(progress, settings.patience)
            if state is not None and (last or step % settings.save_every == 0):
                _save(state / STATE, model, optimiser, progress)
    if progress.kept:
        model.load_state_dict(progress.kept)
    model.to("cpu").eval()
    kept_step = progress.kept_step or progress.step
    return Course(
        kept_step, progress.validation, _thin(progress.names, torch.tensor(progress.losses))
    )


def learning_rate(step: int, settings: TrainingSettings) -> float:
    """Rate of ``step``, from 1: a straight rise, then half a cosine down to 1 % of the highest."""
    rise = min(1.0, step / max(1, settings.warmup_steps))
    rest = max(1, settings.steps - settings.warmup_steps)
    share = min(1.0, max(0, step - settings.warmup_steps) / rest)
    fall = 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * share))
    return settings.learning_rate * rise * fall


def _step(
    model: nn.Module,
    optimiser: Optimizer,
    batch: Batch,
    settings: TrainingSettings,
    seed: int,
    step: int,
) -> dict[str, float]:
    """One step. Returns the losses before it, by name."""
    torch.manual_seed(int(np.random.SeedSequence([seed, 4, step]).generate_state(1)[0]))
    for group in optimiser.param_groups:
        group["lr"] = learning_rate(step, settings)
    model.train()
    images, targets = batch
    device = settings.device
    losses = model(
        [image.to(device) for image in images],
        [{name: value.to(device) for name, value in target.items()} for target in targets],
    )
    values = torch.stack([loss.detach() for loss in losses.values()]).tolist()
    named = dict(zip(losses, values, strict=True))
    if not all(map(math.isfinite, values)):
        raise FloatingPointError(
            f"step {step}: a loss is not finite ({named}): lower learning_rate or clip_norm."
        )
    optimiser.zero_grad()
    sum(losses.values()).backward()
    nn.utils.clip_grad_norm_(model.parameters(), settings.clip_norm)
    optimiser.step()
    return named


def _examine(model: nn.Module, examine: Callable[[nn.Module], float], progress: _Progress) -> None:
    """Measure the model, and keep a copy if it is the best so far."""
    model.eval()
    score = float(examine(model))
    best = max((row["ap"] for row in progress.validation), default=-math.inf)
    progress.validation.append({"step": progress.step, "ap": score})
    if score >= best:
        progress.kept_step = progress.step
        progress.kept = {name: t.detach().cpu().clone() for name, t in model.state_dict().items()}


def _stalled(progress: _Progress, patience: int) -> bool:
    """The last ``patience`` examinations were all worse than the best one."""
    since = [row for row in progress.validation if row["step"] > progress.kept_step]
    return 0 < patience <= len(since)


def _points(settings: TrainingSettings) -> set[int]:
    """The steps at which the model is examined: evenly over the second half, the last included."""
    n = settings.examinations
    return {round(settings.steps * (0.5 + 0.5 * (k + 1) / n)) for k in range(n)}


def _optimiser(model: nn.Module, settings: TrainingSettings) -> Optimizer:
    """Decay pulls on weights only, not on biases and norms."""
    learns = [p for p in model.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in learns if p.ndim > 1], "weight_decay": settings.weight_decay},
        {"params": [p for p in learns if p.ndim <= 1], "weight_decay": 0.0},
    ]
    if settings.optimiser == "sgd":
        return SGD(groups, lr=settings.learning_rate, momentum=0.9)
    return AdamW(groups, lr=settings.learning_rate)


def _device(settings: TrainingSettings) -> str:
    if settings.device == "cuda" and not torch.cuda.is_available():
        raise ParamsError("device: 'cuda' is set, but no GPU is visible here. Set it to 'cpu'.")
    return settings.device


def _save(path: Path, model: nn.Module, optimiser: Optimizer, progress: _Progress) -> None:
    """Everything in one file, so that no part can be newer than another."""
    tensors = {f"model/{name}": t for name, t in model.state_dict().items()}
    tensors |= {f"kept/{name}": t for name, t in progress.kept.items()}
    for n, values in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser/{n}/{name}": t for name, t in values.items()}
    tensors["losses"] = torch.tensor(progress.losses)
    plain = {key: getattr(progress, key) for key in ("step", "kept_step", "validation", "names")}
    write_tensors(path, tensors, plain)


def _resume(path: Path, model: nn.Module, optimiser: Optimizer, fresh: _Progress) -> _Progress:
    """Go on from a saved state; a missing or damaged one means: from the start."""
    try:
        tensors, plain = read_tensors(path)
        losses = tensors["losses"].tolist()
        progress = _Progress(**plain, kept=_below(tensors, "kept/"), losses=losses)
    except (CheckpointError, KeyError, TypeError):
        return fresh
    model.load_state_dict(_below(tensors, "model/"))
    moments: dict[int, Tensors] = {}
    for name, tensor in _below(tensors, "optimiser/").items():
        n, key = name.split("/")
        moments.setdefault(int(n), {})[key] = tensor
    optimiser.load_state_dict(optimiser.state_dict() | {"state": moments})
    return progress


def _below(tensors: Tensors, prefix: str) -> Tensors:
    return {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}


def _thin(names: list[str], losses: Tensor) -> list[dict[str, Any]]:
    """Means over about ``ROWS`` equal pieces of the training."""
    return list(_rows(names, losses.double()))


def _rows(names: list[str], losses: Tensor) -> Iterator[dict[str, Any]]:
    ends = np.unique(np.linspace(0, len(losses), ROWS + 1).round().astype(int))
    for start, end in pairwise(ends):
        means = losses[start:end].mean(dim=0).tolist()
        row = {name: round(mean, 5) for name, mean in zip(names, means, strict=True)}
        yield {"step": int(end), **row}
